"""Running a program to see its forward and its backward pass in one graph.

In comes a program, out comes everything that two training steps of it bound: the graph,
the binding log and the leaves. The program is stopped as soon as every update was seen
twice, so that a script that trains for an hour is read in a moment. What can't be
followed is run plainly, and recorded (see ``untraced``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from clearprop.checking import data as standins
from clearprop.checking import derivatives, marking, probing
from clearprop.checking.apart import executes
from clearprop.checking.awaited import awaited
from clearprop.checking.deadline import deadline
from clearprop.checking.follower import PATIENCE, Follower
from clearprop.checking.listener import Spoken
from clearprop.checking.marking import Site
from clearprop.checking.marks import Book
from clearprop.checking.places import frames
from clearprop.checking.prepare import AROUND, planned, prepared
from clearprop.checking.stated import Statement, stated_loss, statements
from clearprop.checking.untraced import Apart, Plainly, from_parameters, targets_on
from clearprop.errors import ClearpropError, SourceError
from clearprop.graph import Graph, Node
from clearprop.trace.function import explained
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import Leaves, Made
from clearprop.trace.loss import Plan
from clearprop.trace.owners import distinct
from clearprop.trace.recompile import rewrite_module
from clearprop.trace.result import Binding, Lost
from clearprop.trace.rewrite import copied
from clearprop.trace.source import Source
from clearprop.trace.standins import Missing, NeededError, StandIns
from clearprop.trace.surroundings import line_in, running, script_error
from clearprop.trace.tracer import Tracer
from clearprop.trace.watcher import Stop


@dataclass(slots=True)
class Observed:
    """One run of a program."""

    source: Source
    tree: ast.Module  # as it was run
    graph: Graph
    log: list[Binding]
    made: list[Made]  # the leaves
    lines: dict[Node, int]
    owners: dict[Node, Any]
    namespace: dict[str, Any]
    plan: Plan
    lost: list[Lost] = field(default_factory=list)
    problem: Exception | None = None  # what ended the program early
    line: int = 0  # where
    frames: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[Binding, Node]] = field(default_factory=list)  # --loss
    driven: tuple[int, int] = (0, 0)  # where a driver begins: in the log, in the graph
    loss: str = ""  # what was asked for
    unasked: str = ""  # why that is no loss here
    statements: list[Statement] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)  # of the statements
    marks: Book = field(default_factory=Book)
    kept: dict[Node, Node] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    size_names: dict[Any, str] = field(default_factory=dict)
    apart: list[Apart] = field(default_factory=list)  # from parameters, run plainly
    notes: list[str] = field(default_factory=list)  # what was stood in for
    stopped: bool = False
    seconds: float = 0.0


@executes
def observe(
    source: Source,
    *,
    loss: str | None = None,
    given: Mapping[str, Any] | None = None,
    wanted: Any = None,
    data: Mapping[str, Any] | None = None,
) -> Observed:
    """Run a program under the hooks.

    ``given`` are names that are there before it starts. ``wanted`` chooses the
    statements that get marks. ``data`` stands in for data that isn't there: see
    ``data.parse``.
    """
    arrays = standins.arrays(data or {})
    loss = loss or stated_loss(source)
    program = standins.stood_in(prepared(source.tree), list(arrays))
    around = {standins.GIVEN: arrays, **AROUND, **(given or {})}
    reading = planned(program)
    if derivatives.primitives(program):
        outside = planned(derivatives.outside(program))
        if not outside.has_loss and outside.implied is None:
            derivatives.called(program)
    patient: ast.Module | None = program
    for _ in range(3):
        found, overlooked, told = _run(
            source, program, reading, loss, around, wanted, patient
        )
        if overlooked:  # once more, with these as parameters too
            reading = replace(reading, updated=reading.updated | overlooked)
        elif not told:
            patient = None  # once more, stopped early: the loss only reports
        else:
            break
    return found


def _run(
    source: Source,
    program: ast.Module,
    reading: Plan,
    loss: str | None,
    given: Mapping[str, Any],
    wanted: Any,
    patient: ast.Module | None,
) -> tuple[Observed, set[str], bool]:
    """One run, parameters that it didn't know of, and whether it told the states."""
    began = perf_counter()
    stated = statements(source)
    tree, sites = (program, []) if wanted is None else marking.marked(program, wanted)
    begun = _Begun()
    code = rewrite_module(
        _with_start(tree, source), source.file, HOOKS, reading.updated
    )
    problem: Exception | None = None
    stopped = False
    with HOOKS.lock, Tracer() as tracer:
        tracer.seeds_count = False
        tracer.keeps_labels = True
        leaves = Leaves(tracer)
        follower = Follower(
            reading, leaves, loss, stated, source.file, patient,
            awaited(source.tree, reading.stepped),
        )  # fmt: skip
        plainly = tracer.apart = Plainly(
            leaves, source, tolerant=bool(given[standins.GIVEN])
        )
        around = StandIns(whole=True)
        with (
            HOOKS.session(tracer, leaves, follower),
            running(source, around) as namespace,
            np.printoptions(),
        ):
            namespace.update(marking.namespace())
            namespace[_START] = begun
            namespace[probing.NAME] = probing.Probes()
            namespace.update(given)
            follower.module, follower.namespace = code, namespace
            HOOKS.frames.append((code, {}))
            try:
                with deadline(PATIENCE + 1):
                    exec(code, namespace)
            except Stop:
                stopped = True
            except SystemExit as error:
                if error.code not in (None, 0):
                    problem = error  # type: ignore[assignment]
            except Exception as error:
                problem = error
            final = dict(namespace)
            overlooked = set() if follower.moved else follower.overlooked()
            told = follower.unread is None or follower.unread.states() is not None
        log, names, size_names = HOOKS.finished
    line = line_in(problem, source.file) if problem is not None else 0
    observed = Observed(
        source=source,
        tree=tree,
        graph=tracer.graph,
        log=log,
        made=leaves.made,
        lines=tracer.lines,
        owners=follower.owners,
        namespace=final,
        plan=reading,
        lost=tracer.lost,
        problem=problem,
        line=line,
        frames=frames(problem, source.file),
        asked=follower.asked,
        driven=begun.at,
        loss=loss or "",
        unasked="" if follower.asked else follower.problem,
        statements=stated,
        spoken=follower.listener.heard,
        kept=follower.kept,
        marks=follower.book,
        sites=sites,
        names=names,
        size_names=size_names,
        apart=from_parameters(plainly.seen, tracer.graph, follower.parameters),
        notes=around.notes,
        stopped=stopped,
        seconds=perf_counter() - began,
    )
    return observed, overlooked, told


_START = "__clearprop_driver__"


class _Begun:
    """Called between a program and its driver: says how far the run had come."""

    def __init__(self) -> None:
        self.at = (0, 0)

    def __call__(self) -> None:
        tracer = HOOKS.book.tracer
        assert tracer is not None
        self.at = len(HOOKS.book.bindings), len(tracer.graph.nodes)
        HOOKS.script.book.forget()


def _with_start(tree: ast.Module, source: Source) -> ast.Module:
    """A copy of a program that says when its driver begins, if it has one."""
    made: ast.Module = copied(tree)
    if source.driver:
        last = len(source.text.splitlines()) - source.driver
        place = sum(s.lineno <= last for s in made.body)
        call = ast.Expr(ast.Call(ast.Name(_START, ast.Load()), [], []))
        ast.copy_location(call, made.body[place])
        made.body.insert(place, ast.fix_missing_locations(call))
    return made


def labelled(observed: Observed) -> dict[Node, str]:
    """Labels that tell leaves apart; a driver's keep the names they are given."""
    edge = observed.driven[1]
    driven = [m for m in observed.made if m.node.index >= edge]
    others = [m for m in observed.made if m.node.index < edge]
    names = {m.node: m.label for m in observed.made}
    with suppress(Exception):  # an object of the program's that can't be looked into
        names |= distinct([*driven, *others], observed.owners, dict(observed.namespace))
    return names


def missing_on(observed: Observed) -> list[str]:
    """The names on the line that failed that stand for data that isn't there."""
    return [
        name
        for name in re.findall(r"[A-Za-z_]\w*", observed.source.lines[observed.line])
        if type(observed.namespace.get(name)) is Missing
    ]


def because(observed: Observed) -> ClearpropError:
    """The sentence for a program that couldn't be followed."""
    error = observed.problem
    assert error is not None
    code = observed.source.lines.get(observed.line, "").strip()
    targets = targets_on(observed.source.tree, observed.line)
    if isinstance(error, NeededError):
        remedy = standins.asked_for(missing_on(observed) or targets)
        return SourceError(
            f"line {observed.line}, {code}: {error}. Or let random numbers stand in "
            f"for the data: {remedy}"
        )
    if isinstance(error, ClearpropError):
        if str(error).startswith("line ") or not observed.line:
            return error
        return type(error)(f"line {observed.line}, {code}: {error}")
    if isinstance(error, FileNotFoundError):
        remedy = standins.asked_for(targets)
        name = error.filename or re.sub(r" not found\.?$", "", str(error))
        return SourceError(
            f"line {observed.line}, {code}: the file {name} is not there. Put it "
            f"beside the program, or let random numbers stand in for it: {remedy}"
        )
    if isinstance(error, SystemExit):
        return SourceError(f"line {observed.line}, {code}: the program ended itself")
    return script_error(error, observed.line, code) or explained(error)


__all__: Sequence[str] = ["Observed", "because", "observe"]
