"""What a run in the sandbox saw, packed as JSON, and unpacked by whoever judges it.

``packed`` runs in the child, beside a program that may be anybody's; ``unpacked`` runs
in the parent and believes nothing. It builds the graph anew (``wire_graph``), takes
lines and statements from its own copy of the program, and raises ``Refused`` for every
other form than the one that ``packed`` gives.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from clearprop import errors
from clearprop.checking import marking, marks
from clearprop.checking.data import stood_in
from clearprop.checking.listener import Spoken
from clearprop.checking.observe import Observed, labelled
from clearprop.checking.prepare import planned, prepared
from clearprop.checking.stated import stated_loss, statements
from clearprop.checking.untraced import Apart
from clearprop.checking.wire_graph import packed_graph, unpacked_graph
from clearprop.checking.wire_values import (
    Packer,
    Refused,
    Unpacker,
    items,
    part,
    record,
    refuse,
    text,
    whole,
)
from clearprop.errors import ClearpropError
from clearprop.graph import Node, ValueGuard
from clearprop.trace.leaves import Made
from clearprop.trace.result import Binding, Lost
from clearprop.trace.source import Source
from clearprop.trace.standins import Missing

BINDINGS = 400_000
SAID = 2000  # characters of an exception's words

Wanted = Callable[[ast.stmt], bool]


# -- out -------------------------------------------------------------------------------


def packed(observed: Observed) -> dict[str, Any]:
    """A run as JSON."""
    packer = Packer()
    numbers = {id(b): i for i, b in enumerate(observed.log)}
    labels = labelled(observed)  # only here are the objects that they hang on
    data = {
        "graph": packed_graph(observed.graph, packer),
        "made": [
            [m.node.index, labels[m.node], packer.value(m.value)] for m in observed.made
        ],
        "log": [_packed_binding(b, observed.source.file) for b in observed.log],
        "lines": [observed.lines.get(n, 0) for n in observed.graph.nodes],
        "guards": [_packed_guard(g, packer) for g in observed.graph.value_guards],
        "kept": [[a.index, b.index] for a, b in observed.kept.items()],
        "asked": [
            [numbers[id(b)], n.index] for b, n in observed.asked if id(b) in numbers
        ],
        "driven": list(observed.driven),
        "unasked": observed.unasked,
        "spoken": [
            [numbers[id(s.binding)], s.number, *map(_index, (s.node, s.lead, s.of))]
            + [s.unknown]
            for s in observed.spoken
            if id(s.binding) in numbers
        ],
        "lost": [
            [one.line, one.code, one.how, one.node.index] for one in observed.lost
        ],
        "marked": [
            [m.site, m.turn, m.item, m.node.index, m.source.index]
            for m in observed.marks.marked
        ],
        "scopes": [
            [site, turn, _packed_scope(scope, packer)]
            for (site, turn), scope in observed.marks.scopes.items()
        ],
        "problem": packed_error(observed.problem),
        "line": observed.line,
        "frames": [
            [name, [[n, list(shape)] for n, shape in shapes.items()]]
            for name, shapes in observed.frames
        ],
        "apart": [
            [a.line, a.code, a.how, _indices(a.results), _indices(a.sources)]
            for a in observed.apart
        ],
        "missing": [n for n, v in observed.namespace.items() if type(v) is Missing],
        "notes": observed.notes,
        "stopped": observed.stopped,
        "seconds": observed.seconds,
    }
    return {**data, "arrays": packer.arrays, "things": packer.things}


def _index(node: Node | None) -> int | None:
    return None if node is None else node.index


def _indices(nodes: Iterable[Node]) -> list[int]:
    return [node.index for node in nodes]


def _packed_binding(binding: Binding, file: str) -> list[Any]:
    before = binding.before.index if binding.before is not None else None
    return [
        binding.line, binding.place, binding.depth, binding.node.index, before,
        binding.file == file, binding.function,
    ]  # fmt: skip


def _packed_guard(guard: ValueGuard, packer: Packer) -> list[Any]:
    return [guard.node.index, packer.value(guard.value), guard.line or 0, guard.code]


def _packed_scope(scope: dict[str, Any], packer: Packer) -> list[Any]:
    sent = ((name, packer.value(value)) for name, value in scope.items())
    return [[name, value] for name, value in sent if value is not None]


def packed_error(error: BaseException | None) -> Any:
    """What a program raised: kind, words and the name that was missing."""
    if error is None:
        return None
    said = [a if type(a) in (str, int) else str(a) for a in error.args]
    if isinstance(error, OSError | SyntaxError | UnicodeError):
        said = [str(error)]
    file = getattr(error, "filename", None)
    name = getattr(error, "name", None)
    return [
        _kind(error),
        [str(s)[:SAID] if type(s) is str else s for s in said],
        str(name) if name is not None else None,
        str(file) if file is not None else None,
    ]


def _kind(error: BaseException) -> str:
    """The nearest class of it that the other side knows."""
    return next(
        (k.__name__ for k in type(error).__mro__ if k.__name__ in _ERRORS), "Exception"
    )


_ERRORS: dict[str, type[Exception]] = {
    **{
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    },
    **{
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, ClearpropError)
    },
    "LinAlgError": np.linalg.LinAlgError,
    "AxisError": np.exceptions.AxisError,
}


# -- back ------------------------------------------------------------------------------


def unpacked(
    answer: Any,
    source: Source,
    *,
    loss: str | None = None,
    wanted: Wanted | None = None,
    data: Iterable[str] = (),
) -> Observed:
    """The run of a program whose text is ``source``; ``Refused`` if that can't be."""
    try:
        return _unpacked(answer, source, loss, wanted, list(data))
    except Refused:
        raise
    except Exception as error:  # whatever NumPy says about a graph that makes no sense
        raise refuse(f"{type(error).__name__} while it was read") from None


def _unpacked(
    data: Any,
    source: Source,
    loss: str | None,
    wanted: Wanted | None,
    given: list[str],
) -> Observed:
    values = Unpacker(data)
    made_of = [record(entry, 3) for entry in items(part(data, "made"), BINDINGS)]
    leaves = {whole(index): _leaf_value(values, v) for index, _, v in made_of}
    graph = unpacked_graph(part(data, "graph"), leaves, values)
    values.finish_things()
    node = values.node
    last = len(source.text.splitlines())

    def line(value: Any) -> int:
        return whole(value, 0, 10_000_000)

    def own(value: Any) -> int:
        return whole(value, 0, last)

    def nodes(value: Any) -> tuple[Node, ...]:
        return tuple(map(node, items(value, 1000)))

    made = []
    for index, label, _ in made_of:
        if node(index).op.name != "input":
            raise refuse("what was given is no input")
        made.append(Made(node(index), text(label), (), leaves[index], False))
    log = list(_log(items(part(data, "log"), BINDINGS), source, node, own))
    graph.value_guards = [
        ValueGuard(node(index), values.value(value), line(at), text(code))
        for index, value, at, code in _records(data, "guards", 4)
    ]
    serial, edge = record(part(data, "driven"), 2)
    stated = statements(source)
    program = stood_in(prepared(source.tree), given)
    tree, sites = (program, []) if wanted is None else marking.marked(program, wanted)
    observed = Observed(
        source=source,
        tree=tree,
        graph=graph,
        log=log,
        made=made,
        lines=dict(
            zip(values.nodes, map(line, record(data["lines"], len(values.nodes))))
        ),
        owners={},
        namespace={
            text(name): Missing("") for name in items(part(data, "missing"), 1000)
        },
        plan=planned(program),
        lost=[
            Lost(line(at), text(code), text(how), node(index))
            for at, code, how, index in _records(data, "lost", 4)
        ],
        problem=None if part(data, "problem") is None else raised(data["problem"]),
        line=own(part(data, "line")),
        frames=[
            (
                text(name),
                {text(n): _shape(s) for n, s in map(_pair, items(names, 10_000))},
            )
            for name, names in _records(data, "frames", 2)
        ],
        asked=[
            (log[whole(i, 0, len(log) - 1)], node(index))
            for i, index in _records(data, "asked", 2)
        ],
        driven=(whole(serial, 0, len(log)), whole(edge, 0, len(graph.nodes))),
        loss=loss or stated_loss(source) or "",
        unasked=_said(part(data, "unasked")),
        statements=stated,
        spoken=list(_spoken(data, log, len(stated), node)),
        kept={node(a): node(b) for a, b in _records(data, "kept", 2)},
        sites=sites,
        apart=[
            Apart(line(at), _said(code), text(how), nodes(results), nodes(sources))
            for at, code, how, results, sources in _records(data, "apart", 5)
        ],
        notes=[_said(note) for note in items(part(data, "notes"), 100)],
        stopped=part(data, "stopped") is True,
    )
    _marks(data, observed, values)
    return observed


def _log(
    entries: list[Any],
    source: Source,
    node: Callable[[Any], Node],
    own: Callable[[Any], int],
) -> Iterable[Binding]:
    for serial, entry in enumerate(entries):
        at, place, depth, index, before, mine, function = record(entry, 7)
        yield Binding(
            serial,
            own(at) if mine is True else whole(at),
            text(place),
            whole(depth, 0, 100_000),
            node(index),
            None if before is None else node(before),
            source.file if mine is True else "",
            text(function),
        )


def _spoken(
    data: Any, log: list[Binding], stated: int, node: Callable[[Any], Node]
) -> Iterable[Spoken]:
    """Where the claims of the text were heard."""
    for i, number, index, lead, of, unknown in _records(data, "spoken", 6):
        yield Spoken(
            log[whole(i, 0, len(log) - 1)],
            whole(number, 0, stated - 1),
            node(index),
            None if lead is None else node(lead),
            None if of is None else node(of),
            _said(unknown),
        )


def _marks(data: Any, observed: Observed, values: Unpacker) -> None:
    """What the marks of this run noted, at the statements that were to be marked."""
    book, sites = observed.marks, len(observed.sites)
    for site, turn, item, index, source in _records(data, "marked", 5):
        if type(item) is list:
            item = tuple(k if type(k) is int else text(k) for k in items(item, 10))
        elif item is not None and type(item) is not int:
            item = text(item)
        marked, below = values.node(index), values.node(source)
        apart = marked.op is marks.MARKED and marked.inputs[0] is below
        moved = marked is below and marked in observed.kept  # a weight's new value
        if not (apart or moved):
            raise refuse("a mark is none")
        book.marked.append(
            marks.Marked(
                whole(site, 0, sites - 1), whole(turn, 0, BINDINGS), item, marked, below
            )
        )
    for site, turn, scope in _records(data, "scopes", 3):
        key = whole(site, 0, sites - 1), whole(turn, 0, marks.OFTEN)
        book.scopes[key] = values.pairs(scope)


def _leaf_value(values: Unpacker, value: Any) -> Any:
    made = values.value(value)
    if type(made) not in (bool, int, float, np.ndarray):
        raise refuse("an input is no number")
    return made


def raised(data: Any) -> Exception:
    """The exception again, of a kind that this side knows."""
    kind, said, name, file = record(data, 4)
    made = _ERRORS.get(text(kind), Exception)
    words = [s if type(s) is int else _said(s) for s in items(said, 10)]
    if issubclass(made, SyntaxError | UnicodeError):  # they are built from many parts
        made = ValueError
    error = made(*words) if issubclass(made, OSError) else made.__new__(made, *words)
    for attribute, value in (("name", name), ("filename", file)):
        if value is not None and hasattr(error, attribute):
            setattr(error, attribute, text(value))
    return error


def _said(value: Any) -> str:
    """A sentence, without what a terminal would act on."""
    if type(value) is not str or len(value) > SAID:
        raise refuse("an error has no words")
    return "".join(c if c.isprintable() else " " for c in value)


def _records(data: Any, name: str, length: int) -> Iterable[list[Any]]:
    return (record(entry, length) for entry in items(part(data, name), BINDINGS))


def _pair(entry: Any) -> list[Any]:
    return record(entry, 2)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(whole(n, 0, 10**12) for n in items(value, 64))
