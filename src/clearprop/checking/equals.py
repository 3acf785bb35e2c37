"""Of lines that would right as much: those that say they are gradients come first.

What a line is called, and what it does, tells more than where it stands: a mask that
masks nothing is likelier to be wrong than what is the gradient its name says. Come in
candidates of equal worth, go out a few of them, the likeliest first.
"""

from __future__ import annotations

import ast
import re

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.names import likeness, passed_back, stem
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, Scene, match, tolerance
from clearprop.checking.roles import places
from clearprop.checking.telling import does_nothing
from clearprop.checking.trial import Blame, statement_of, target_text
from clearprop.checking.weighing import TRIED, is_forward
from clearprop.graph import Node
from clearprop.trace.loss import identifier, is_error

SAID = 0.6  # as likely, a name says what its value is the gradient of
_ERROR = re.compile(r"_errors?$")
_LEAD = re.compile(
    r".*_|[dg]|d[a-z]*_?d|grads?|gradient|deltas?|del|nabla|err(or)?s?", re.I
)
EACH = 2  # of them, of one statement


def spread(reading: Reading, scene: Scene, equals: list[Blame]) -> list[Blame]:
    """The first of equals, a few of each statement, slopes last."""
    right = [b for b in equals if _is_right_as_named(reading, scene, b)]
    right += [b for b in _turned_later(scene, equals) if b not in right]
    equals = sorted(
        [b for b in equals if b not in right] or right,
        key=lambda b: (
            is_forward(scene, b),
            not b.turned,
            not (does_nothing(statement_of(reading, b)) or _is_idle(scene, b)),
            not (_speaks(reading, b) or _is_multiple(scene, b)),
            _is_another(reading, scene, b),
        ),
    )
    scaled = [b for b in equals if b.kind == "gradient" and _is_multiple(scene, b)]
    spots = {(b.site, b.item) for b in scaled}
    counts: dict[object, int] = {}
    found: list[Blame] = []
    for blame in equals:
        spot = blame.site, blame.item
        if blame.kind == "gradient" and spot in spots and blame not in scaled:
            continue  # dZ = 2 * dA is dA's, and masked on the next line
        if any(_same(blame, other) for other in found):
            continue  # a value has several names
        key = blame.site, blame.item, blame.kind in ("multiple", "turned")
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= EACH:
            found.append(blame)
    return found[:TRIED]


def apart(blames: list[Blame]) -> list[Blame]:
    """Without those that want what another one does: a value has several names."""
    kept: list[Blame] = []
    for blame in blames:
        if not any(_same(blame, other) for other in kept):
            kept.append(blame)
    return kept


def _same(one: Blame, other: Blame) -> bool:
    if (one.site, one.item) != (other.site, other.item):
        return False
    if one.wanted.keys() != other.wanted.keys():
        return False
    pairs = [(a[0], other.wanted[n][0]) for n, a in one.wanted.items()]
    return all(np.shape(a) == np.shape(b) and np.allclose(a, b) for a, b in pairs)


def _speaks(reading: Reading, blame: Blame) -> bool:
    """Whether a line speaks of gradients: ``sp = sigmoid_prime(z)`` doesn't.

    ``residual = rate - counts`` does: with it the way back begins.
    """
    site = reading.observed.sites[blame.site]
    if is_error(identifier(target_text(site.statement))):
        return True
    return passed_back(site.function) or any(
        isinstance(n, ast.Name | ast.Attribute)
        and passed_back(identifier(ast.unparse(n)))
        for n in ast.walk(site.statement)
    )


def _is_multiple(scene: Scene, blame: Blame) -> bool:
    """Whether a line gives what it owes, but for a constant; a rate is no gradient."""
    return blame.kind != "update" and all(
        match(found, wanted, tolerance([node])) is not None
        and np.ptp(found[:OWN], 0).any()
        for node, wanted in blame.wanted.items()
        for found in [scene.values(node)]
    )


def _is_another(reading: Reading, scene: Scene, blame: Blame) -> bool:
    """Whether a line would have to be another gradient than its name says.

    ``draw = dh`` lacks a slope, and so does ``dh``, were it to be ``draw``.
    """
    if len(blame.wanted) < 2 or blame.name.startswith("return"):
        return False  # one run, or what a helper gives: its names fit all callers
    word = stem(identifier(_target(reading, blame)))
    if word is None:
        return False
    shape = next(iter(blame.wanted)).shape
    names = [n for node, n in forward(reading, scene).items() if node.shape == shape]
    names += _read_there(reading, scene, blame, shape)
    best = max((likeness(word, identifier(n)) for n in names), default=0.0)
    own = [blame.name, *_made_of(reading, scene, blame.of)]
    # o is cache[3] as well
    own += [b.place for b in reading.log if b.node is blame.of]
    return best >= SAID > max(likeness(word, identifier(n)) for n in own)


def _made_of(reading: Reading, scene: Scene, value: Node | None) -> list[str]:
    """What is made of a value that has no name: the h of z in ``h = tanh(z)``."""
    if value is None or value in reading.named:
        return []
    line = reading.observed.lines.get(value, 0)
    names = forward(reading, scene)
    return [n for v, n in names.items() if reading.observed.lines.get(v, 0) == line]


def _read_there(
    reading: Reading, scene: Scene, blame: Blame, shape: tuple[int, ...]
) -> list[str]:
    """What forward values are called where a line runs: ``A_prev`` in a helper."""
    book = reading.observed.marks
    turn = next((m.turn for m in book.marked if m.node in blame.wanted), 0)
    scope = book.scopes.get((blame.site, turn), {})
    return [
        place
        for place, value in places(scope)
        if isinstance(value, Node) and value in scene.gradient and value.shape == shape
    ]


def _is_idle(scene: Scene, blame: Blame) -> bool:
    """Whether a line stores nothing new: ``dz[relu(z) < 0] = 0`` where none is."""
    return all(
        node.inputs
        and node.inputs[0].op.name in ("where", "setitem")
        and any(
            before.shape == node.shape
            and all(map(np.array_equal, scene.values(before), scene.values(node)))
            for before in node.inputs[0].inputs
        )
        for node in blame.wanted
    )


def _turned_later(scene: Scene, equals: list[Blame]) -> list[Blame]:
    """The lines that would be turned round, though a later one loses the sign.

    Where ``dA`` is a gradient and ``dZ`` is minus one, ``dA`` isn't amiss.
    """
    turned = [b for b in equals if _is_minus(scene, b)]
    signs: dict[tuple[int, Item], set[int]] = {}
    last = {}
    for blame in turned:  # target - out is the target's gradient, and minus out's
        signs.setdefault((blame.site, blame.item), set()).add(_sign(scene, blame))
        last[blame.site, blame.item] = min(n.index for n in blame.wanted)
    lost = max((last[spot] for spot, found in signs.items() if -1 in found), default=0)
    held = {
        spot
        for spot, found in signs.items()
        if found <= {0, 1} and 1 in found and last[spot] < lost
    }
    return [b for b in turned if (b.site, b.item) in held]


def _is_minus(scene: Scene, blame: Blame) -> bool:
    """Whether a line gives minus what it owes, but for a positive constant."""
    node = _first_amiss(scene, blame)
    how = match(scene.values(node), blame.wanted[node], tolerance([node]), scene.floor)
    return how is not None and how.factor < 0


def _sign(scene: Scene, blame: Blame) -> int:
    """The sign with which a line that owes minus its value is a gradient, as it is."""
    gradients = blame.kind == "gradient" and blame.of in scene.gradient
    return -int(np.sign(blame.factor)) if gradients else 0


def _target(reading: Reading, blame: Blame) -> str:
    """What a line binds: the ``dg`` of ``di, df, dg = …``, where that is to blame."""
    statement = statement_of(reading, blame)
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        if isinstance(target, ast.Tuple | ast.List) and isinstance(blame.item, int):
            return ast.unparse(target.elts[blame.item])
    return target_text(statement)


def _is_right_as_named(reading: Reading, scene: Scene, blame: Blame) -> bool:
    """Whether a line is the gradient that its name ends with: ``gd2`` is that of d2.

    ``hidden_errors`` is that of hidden, or minus that. Of ``error = y - out`` the sign
    is what may be wrong.
    """
    if blame.kind == "update" or blame.name.startswith("return"):
        return False
    name = identifier(_target(reading, blame))
    statement = reading.observed.sites[blame.site].statement
    subtracts = any(isinstance(n, ast.Sub) for n in ast.walk(statement))
    error = _ERROR.search(name) is not None and not subtracts
    values = forward(reading, scene)
    meant = {
        b.node
        for b in reading.log
        if b.node in values
        and (other := identifier(b.place)) != name
        and (_ends_with(name, other) or (error and _ERROR.sub("", name) == other))
    }
    # what later runs of a line go on from may be another line's mistake
    first = _first_amiss(scene, blame)
    return any(_is_gradient(scene, first, of, error) for of in meant)


def _ends_with(name: str, other: str) -> bool:
    """Whether a name is another after a word: not ``a2`` in ``delta2``."""
    return name.endswith(other) and bool(_LEAD.fullmatch(name.removesuffix(other)))


def _first_amiss(scene: Scene, blame: Blame) -> Node:
    """The first run of a line that gave another value than it owes."""
    nodes = sorted(blame.wanted, key=lambda n: n.index)
    for node in nodes:
        here, wanted = scene.values(node)[0], blame.wanted[node][0]
        if here.shape != wanted.shape or not np.allclose(here, wanted):
            return node
    return nodes[0]


def _is_gradient(scene: Scene, node: Node, of: Node, either: bool = False) -> bool:
    """Whether a line gives the gradient of a value, with no constant of its own.

    Of ``either`` sign, where that is so.
    """
    gradient = scene.gradient[of]
    near = tolerance([node, gradient])
    if node.shape != gradient.shape:
        return False
    how = match(scene.values(node), scene.values(gradient), near, scene.floor)
    if how is None or how.varied is None:
        return False
    return abs((abs(how.factor) if either else how.factor) - 1) <= near
