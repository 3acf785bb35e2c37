"""The line at the head of a written function: what the trace fixed must hold.

Sizes that NumPy checks by itself (the inner size of a product) need no guard; the
number of axes, sizes tied by broadcasting and sizes that loops ran over do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clearprop.graph import Node, SizeGuard
from clearprop.sizes import Atom, Dim, Size
from clearprop.write import expression as ex
from clearprop.write.program import Line, Request
from clearprop.write.sizes import access_text, size_text, tuple_text

if TYPE_CHECKING:
    from clearprop.write.writer import Writer

_LETTERS = "NDHCKMPQRSTUVW"


def letters(request: Request) -> dict[Atom, str]:
    """A letter for each free size, in the order of the arguments."""
    found: dict[Atom, str] = {}
    free = iter([*_LETTERS, *(f"N{i}" for i in range(1, 1000))])
    for leaf in request.leaves:
        for dim in leaf.node.dims:
            resolved = request.graph.resolve(dim)
            if isinstance(resolved, Size):
                for atom in resolved.atoms():
                    if atom.kind == "dim" and atom not in found:
                        found[atom] = next(free)
    return found


def _dim_letter(dim: Dim, names: dict[Atom, str]) -> str:
    class _Speller:
        def atom(self, atom: Atom) -> str | None:
            return names.get(atom)

        def like(self, dims: object, dtype: object) -> None:
            return None

        def whole(self, size: Size) -> None:
            return None

        def size(self, size: Size, code: str | None = None) -> None:
            return None

        def generator(self, source: object) -> str:
            return "np.random"

        def fresh(self, wish: str) -> str:
            return wish

    return size_text(dim, _Speller()).code


def shape_letters(request: Request, names: dict[Atom, str]) -> list[str]:
    """``x (N, D)`` for every leaf."""
    items = []
    for leaf in request.leaves:
        dims = [_dim_letter(request.graph.resolve(d), names) for d in leaf.node.dims]
        if not dims:
            items.append(f"{leaf.label} a number")
        else:
            items.append(f"{leaf.label} {tuple_text(dims)}")
    return items


def _conditions(request: Request, writer: Writer) -> tuple[list[str], list[str]]:
    """What would be wrong about the arguments, as Python conditions; sizes in words."""
    graph = request.graph
    inputs = {leaf.node for leaf in request.leaves}
    tied: dict[tuple[Node, int], Dim] = {}
    others: list[str] = []
    facts: list[str] = []  # what the others mean, for the message
    for entry in graph.guards:
        left, right = graph.resolve(entry.left), graph.resolve(entry.right)
        atoms = [
            a for d in (entry.left, entry.right, left, right) for a in _leaf_atoms(d)
        ]
        if any(a.args[0] not in inputs for a in atoms):
            if not _holds(left, entry.relation, right) or entry.relation == "==":
                writer.late.append(entry)  # a size that the data decides
            continue
        if entry.relation == "==":
            # every size of these that something else decides is compared with that
            compared = False
            for atom in atoms:
                known = graph.resolve(Size({(atom,): 1}))
                if atom.kind == "dim" and _own(known) != atom:
                    tied[atom.args[0], atom.args[1]] = known
                    compared = True
            if compared and left == right:
                continue
        elif _holds(left, entry.relation, right):
            continue
        if left == right:  # N // 2 == 3 was learned from this very guard
            left, right = entry.left, entry.right
        code = broken(SizeGuard(left, right, entry.relation), writer)
        if code not in others:
            others.append(code)
            facts.append(_fact(left, entry.relation, right, writer))
    conditions = []
    plain: list[tuple[str, int]] = []  # only the number of axes is fixed
    numbers: list[str] = []
    single: list[tuple[str, str]] = []  # a size and what it must equal
    for leaf in request.leaves:
        node = leaf.node
        name = writer.texts[node].code
        if not node.ndim:
            if node.is_float:
                numbers.append(name)
            continue
        checks = [tied.get((node, axis)) for axis in range(node.ndim)]
        if all(c is not None for c in checks):
            shape = _shape([c for c in checks if c is not None], writer)
            conditions.append(f"{name}.shape != {shape}")
            continue
        plain.append((name, node.ndim))
        for axis, check in enumerate(checks):
            if check is not None:
                single.append((f"{name}.shape[{axis}]", size_text(check, writer).code))
    conditions += _together(single)
    each = [f'getattr({name}, "ndim", 0) != 0' for name in numbers]
    found = _axes(plain) + conditions + _numbers(numbers) + others
    if len(found) == 2 and len(f"    if {' or '.join(found)}:") > ex.WIDTH:
        # the formatter would break the second condition inside its brackets
        axes = [f"{name}.ndim != {ndim}" for name, ndim in plain]
        found = axes + conditions + each + others
    return found, facts


def _lengths(request: Request) -> list[Line]:
    """Lists and tuples of arrays have the length that the trace went through."""
    conditions = [
        f"len({access_text(path)}) != {length}"
        for path, (kind, length) in request.containers.items()
        if issubclass(kind, (list, tuple))
    ]
    if not conditions:
        return []
    message = f"{request.name} is written for lists of other lengths"
    return [Line("guard", [*_if(conditions), *_raise(message)])]


def _numbers(names: list[str]) -> list[str]:
    """That numbers are numbers; np.ndim would take longer than a small network."""
    if len(names) < 3 or len(", ".join(names)) > 30:
        return [f'getattr({name}, "ndim", 0) != 0' for name in names]
    each = f"for number in ({', '.join(names)})"
    return [f'any(getattr(number, "ndim", 0) != 0 {each})']


def _leaf_atoms(dim: Dim) -> list[Atom]:
    if not isinstance(dim, Size):
        return []
    return [a for a in dim.atoms() if a.kind in ("dim", "int")]


def _holds(left: Dim, relation: str, right: Dim) -> bool:
    """Whether a relation is true whatever the free sizes are."""
    if relation in ("<=", "<"):
        left, right, relation = right, left, {"<=": ">=", "<": ">"}[relation]
    difference = left - right if isinstance(left, (int, Size)) else 0
    terms = difference.terms if isinstance(difference, Size) else (((), difference),)
    if not isinstance(difference, Size) and isinstance(left, int | Size):
        return {">=": difference >= 0, ">": difference > 0, "!=": difference != 0}.get(
            relation, False
        )
    return relation == ">=" and all(coefficient >= 0 for _, coefficient in terms)


_OPPOSITE = {"==": "!=", ">=": "<", "<": ">=", "<=": ">", ">": "<=", "!=": "=="}


def broken(guard: SizeGuard, writer: Writer) -> str:
    """The condition under which a size guard does not hold."""
    left, right = size_text(guard.left, writer), size_text(guard.right, writer)
    return f"{left.code} {_OPPOSITE[guard.relation]} {right.code}"


def _fact(left: Dim, relation: str, right: Dim, writer: Writer) -> str:
    a, b = size_text(left, writer), size_text(right, writer)
    return f"{a.code} {relation} {b.code}"


def guard(condition: str, message: str) -> list[str]:
    """``if condition: raise ValueError(message)``."""
    return [*_if([condition]), *_raise(message)]


def _axes(plain: list[tuple[str, int]]) -> list[str]:
    """The numbers of axes, several compared at once."""
    few = len(plain) < 3 or len(_tuples(plain)) > ex.WIDTH - 16
    if few and len(plain) < 6:
        return [f"{name}.ndim != {ndim}" for name, ndim in plain]
    conditions: list[str] = []
    rest = plain
    while rest:
        taken = len(rest)
        while taken > 1 and len(_tuples(rest[:taken])) > ex.WIDTH - 16:
            taken -= 1
        conditions.append(_tuples(rest[:taken]))
        rest = rest[taken:]
    return conditions


def _tuples(plain: list[tuple[str, int]]) -> str:
    if len(plain) == 1:
        return f"{plain[0][0]}.ndim != {plain[0][1]}"
    left = ", ".join(f"{name}.ndim" for name, _ in plain)
    return f"({left}) != ({', '.join(str(ndim) for _, ndim in plain)})"


def _together(checks: list[tuple[str, str]]) -> list[str]:
    """Single sizes, those that must equal the same one compared at once."""
    by_size: dict[str, list[str]] = {}
    for size, known in checks:
        by_size.setdefault(known, []).append(size)
    conditions = []
    for known, sizes in by_size.items():
        joined = f"{{{', '.join(sizes)}}} != {{{known}}}"
        if len(sizes) > 2 and len(joined) <= ex.WIDTH - 16:
            conditions.append(joined)
        else:
            conditions += [f"{size} != {known}" for size in sizes]
    return conditions


def _shape(dims: list[Dim], writer: Writer) -> str:
    """A shape, as part of another array's where it is one: ``W.shape[1:]``."""
    atoms = [_own(d) for d in dims]
    first = atoms[0]
    if first is not None and first.kind == "dim":
        node, start = first.args
        run = [("dim", node, start + i) for i in range(len(dims))]
        if [(a.kind, *a.args) if a else None for a in atoms] == run:
            stop = start + len(dims)
            name = writer.texts[node].code
            if start == 0 and stop == node.ndim:
                return f"{name}.shape"
            if stop == node.ndim:
                return f"{name}.shape[{start}:]"
            if start == 0:
                return f"{name}.shape[:{stop}]"
    return tuple_text([size_text(d, writer).code for d in dims])


def _own(dim: Dim) -> Atom | None:
    return dim.atom if isinstance(dim, Size) else None


def _unpacked(request: Request, writer: Writer) -> list[Line]:
    """Arrays taken out of nested arguments, lists of numbers made arrays."""
    lines = []
    for leaf in request.leaves:
        name = writer.variables[leaf.node]
        code = writer.plan.accesses.get(leaf.node, name)
        if isinstance(leaf.value, (list, tuple)):
            code = f"np.asarray({code})"
        if code != name:
            lines.append(Line("guard", [f"    {name} = {code}"], name, leaf.node))
    return lines


def guard_lines(request: Request, writer: Writer) -> list[Line]:
    """The lines before the forward pass: nested arguments taken out, sizes checked."""
    lines = _lengths(request) + _unpacked(request, writer)
    for label, value in request.statics.items():
        if label.isidentifier() and isinstance(value, (bool, str, type(None))):
            test = (
                f"{label} is not {value}"
                if not isinstance(value, str)
                else f'{label} != "{value}"'
            )
            message = f"{request.name} is written for {label}={value!r}"
            lines.append(Line("guard", guard(test, message)))
    conditions, facts = _conditions(request, writer)
    if not conditions:
        return lines
    shapes = ", ".join(shape_letters(request, letters(request)))
    message = f"{request.name} needs {shapes}"
    if facts:
        message += f"; {', '.join(facts)}"
    lines.append(Line("guard", [*_if(conditions), *_raise(message)]))
    return lines


def _if(conditions: list[str]) -> list[str]:
    line = f"    if {' or '.join(conditions)}:"
    if len(line) <= ex.WIDTH:
        return [line]
    first, *rest = conditions
    return [
        "    if (",
        *_broken_line(f"        {first}"),
        *(piece for c in rest for piece in _broken_line(f"        or {c}")),
        "    ):",
    ]


def _broken_line(line: str) -> list[str]:
    """A comparison that is too long goes on before its operator."""
    if len(line) <= ex.WIDTH:
        return [line]
    left, operator, right = re.split(r" (==|!=|<=|>=|<|>) ", line, maxsplit=1)
    return [left, f"        {operator} {right}"]


def _raise(message: str) -> list[str]:
    message = message.replace("\\", "\\\\").replace('"', "'")
    line = f'        raise ValueError("{message}")'
    if len(line) <= ex.WIDTH:
        return [line]
    whole = f'            "{message}"'
    if len(whole) <= ex.WIDTH:
        return ["        raise ValueError(", whole, "        )"]
    pieces, current = [], ""
    for word in message.split(" "):
        if len(current) + len(word) + 1 > ex.WIDTH - 16:
            pieces.append(current)
            current = ""
        current += word + " "
    pieces.append(current.rstrip())
    quoted = [f'            "{piece}"' for piece in pieces]
    return ["        raise ValueError(", *quoted, "        )"]
