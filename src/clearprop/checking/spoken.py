"""Stated claims as outcomes: what a training step is judged by.

Comes in what a run made of each claim (see ``listener``); goes out, step by step, what
``judge`` compares, and a sentence for a claim, or a loss, whose names mean nothing.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from clearprop.checking.judgement import Outcome
from clearprop.checking.listener import Spoken
from clearprop.checking.observe import Observed
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.stated import Statement, asked_for
from clearprop.errors import SourceError, TraceError
from clearprop.graph import Node
from clearprop.trace.loss import identifier


def as_outcomes(reading: Reading, step: Step, scene: Scene) -> Iterator[Outcome]:
    """The claims that speak of this step.

    A value that is worked out in several lines, or summed up over several executions,
    has to be what is claimed in the end.
    """
    groups: dict[tuple[int, Node], dict[int, Outcome]] = {}
    for spoken in _of_step(reading, step):
        of = _source(reading, scene, spoken)
        if of is None or spoken.lead is None:
            continue
        one = Outcome(
            "stated", spoken.binding, of, spoken.node, lead=spoken.lead,
            statement=reading.observed.statements[spoken.number],
        )  # fmt: skip
        groups.setdefault((spoken.number, of), {})[spoken.binding.line] = one
    for lines in groups.values():
        latest = list(lines.values())[::-1]
        # dx = dx * mask; dx = dx @ W.T: the claim above both may mean the first
        yield next((o for o in latest if _is_multiple(scene, o)), latest[0])


def unheard(reading: Reading, step: Step, scene: Scene) -> TraceError | None:
    """The first claim whose names mean nothing to the program or to its loss."""
    observed = reading.observed
    for spoken in _of_step(reading, step):
        one = observed.statements[spoken.number]
        where = _where(observed, one)
        if spoken.lead is None:
            what = spoken.unknown if spoken.unknown.isidentifier() else one.lead
            return TraceError(
                f"{where}: {what} is no number that the program has there"
            )
        if _source(reading, scene, spoken) is None:
            names = {n.id for n in _names(observed.source.tree)}
            unknown = [n.id for n in _names(ast.parse(one.of)) if n.id not in names]
            if unknown:
                why = f"the program has nothing called {unknown[0]}"
            else:
                why = f"the loss doesn't depend on {one.of}"
            return TraceError(f"{where}: {why}")
    return None


def unasked(observed: Observed) -> SourceError | None:
    """Why the loss that was asked for is none; nothing where it is one."""
    text = observed.loss
    if not text or observed.asked:
        return None
    known = {"np", *dir(builtins), *observed.namespace, *_bound(observed.source.tree)}
    unknown = [n.id for n in _names(ast.parse(text)) if n.id not in known]
    if unknown:
        why = f"the program has nothing called {unknown[0]}"
    elif observed.unasked:
        why = observed.unasked
    elif observed.problem is not None:  # the program raised before it had a value
        return None
    else:
        why = "it has no value while the program computes its gradients"
    return SourceError(f"{asked_for(observed.source, text)}: {why}")


def _bound(tree: ast.AST) -> Iterator[str]:
    """Every name that a program has, wherever it has it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def _names(tree: ast.AST) -> Iterator[ast.Name]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Name))


def _where(observed: Observed, one: Statement) -> str:
    said = f"{one.place} = {one.text}"
    if not one.line:
        return f'--claim "{said}"'
    return f"{observed.source.named(one.line)}, # clearprop: {said}"


def _of_step(reading: Reading, step: Step) -> Iterator[Spoken]:
    last = step.last
    if step is reading.steps[-1] and not reading.observed.stopped:
        last = len(reading.log)
    for spoken in reading.observed.spoken:
        if step.first <= spoken.binding.serial <= last:
            yield spoken


def _source(reading: Reading, scene: Scene, spoken: Spoken) -> Node | None:
    """The forward value that a claim means: as it was in this step's forward pass."""
    one = reading.observed.statements[spoken.number]
    nodes = [spoken.of] if spoken.of is not None else []
    for node in list(nodes):  # a weight that this step has moved already
        leaf = reading.versions.get(node)
        if leaf is not None and leaf in scene.step.befores:
            nodes.append(scene.step.befores[leaf])
    for binding in reversed(reading.log[: spoken.binding.serial]):
        if binding.place == one.of:
            nodes.append(binding.node)
            if binding.node in scene.gradient:
                break
    nodes += [
        scene.step.befores.get(leaf, leaf)
        for leaf, label in reading.labels.items()
        if label == one.of or identifier(label) == one.of
    ]
    return next((n for n in nodes if n in scene.gradient), None)


def _is_multiple(scene: Scene, outcome: Outcome) -> bool:
    """Whether a value is what is claimed, but for a constant."""
    assert outcome.lead is not None
    gradient = scene.gradient[outcome.of]
    wanted = [a * g for a, g in zip(scene.values(outcome.lead), scene.values(gradient))]
    near = tolerance([outcome.node, gradient])
    return match(scene.values(outcome.node), wanted, near, scene.floor) is not None
