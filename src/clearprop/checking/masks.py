"""A mask on a line of its own: ``mask = h2 > 0`` before ``dh1 = dh1 * mask``.

Or a softmax's Jacobian, ``J = np.diag(p) - np.outer(p, p)`` before ``dz = J @ dp``. No
gradient is meant there, so the line that uses it is the one that blame finds. Comes in
such a line, that no small edit mends; go out the lines that give its masks, to be
searched as if they were written within it, and an edit of the whole as one of the mask
alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from clearprop.checking.marking import Site
from clearprop.checking.mend.kinds_jacobian import makes_diagonal
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.trial import Blame


def masks(reading: Reading, blame: Blame) -> Iterator[Blame]:
    """The lines whose masks a blamed one uses, the nearest first."""
    sites = reading.observed.sites
    here = sites[blame.site]
    if blame.item is not None or blame.kind == "update" or blame.through is not None:
        return
    used = {n.id for n in ast.walk(here.statement) if isinstance(n, ast.Name)}
    for site in reversed(sites):
        name = _mask(site)
        before = site.statement.lineno < here.statement.lineno
        if name in used and before and site.function == here.function:
            used.discard(name)
            yield replace(blame, site=site.number, kind="mask", through=blame.site)


def _mask(site: Site) -> str:
    """What a line calls the mask that it makes, or ''."""
    match site.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_mask(value):
            return name
    return ""


def _is_mask(value: ast.expr) -> bool:
    """Or a matrix that is one: the Jacobian of a softmax."""
    return _chooses(value) or makes_diagonal(value)


def _chooses(value: ast.expr) -> bool:
    match value:
        case ast.Compare():
            return True
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            return _chooses(left) or _chooses(right)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return _chooses(operand)
        case ast.Call(func=ast.Attribute(value=inner, attr="astype")):
            return _chooses(inner)
    return False


def written_within(user: ast.stmt, mask: ast.stmt) -> ast.stmt:
    """The line that uses a mask, with the mask written out in it."""
    assert isinstance(mask, ast.Assign) and isinstance(mask.targets[0], ast.Name)
    name = mask.targets[0].id
    uses = [
        n
        for n in ast.walk(user)
        if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
    ]
    return substituted(user, {id(n): mask.value for n in uses})


def of_the_mask(edit: Edit, whole: ast.stmt, mask: ast.stmt) -> Edit | None:
    """An edit of the written-out line as one of the mask's; None where it is more."""
    assert isinstance(mask, ast.Assign)
    text, old = spell(whole), spell(mask.value)
    if text.count(old) != 1:
        return None
    head, tail = text.split(old)
    new = edit.statement.removeprefix(head).removesuffix(tail)
    if len(head) + len(new) + len(tail) != len(edit.statement):
        return None
    try:
        tree = ast.parse(new, mode="eval").body
    except SyntaxError:
        return None
    statement = f"{spell(mask.targets[0])} = {spell(tree)}"
    return replace(edit, statement=statement) if _is_mask(tree) else None
