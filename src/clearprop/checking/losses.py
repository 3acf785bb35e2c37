"""Which loss a step descends on: the one that is stated, or one of a closed list.

A number that is assigned or returned as loss, cost or error binds. With only an error
line the first loss of ``STANDARD`` under which most of the step comes out right is
meant, and squared error where none does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from clearprop.checking.anchors import Anchor
from clearprop.checking.decided import decided
from clearprop.checking.enclosing import statements_around
from clearprop.checking.examples import of_its_examples
from clearprop.checking.names import is_upstream
from clearprop.checking.reading import Reading, Step
from clearprop.checking.report import UPSTREAM
from clearprop.checking.shifted import looked_at, shifts
from clearprop.checking.staged import output
from clearprop.checking.stated import stated_loss
from clearprop.checking.terms import VIEWS, bare
from clearprop.checking.unguarded import unguarded
from clearprop.errors import DeriveError
from clearprop.graph import Node, back_to
from clearprop.trace.loss import continues
from clearprop.trace.result import Binding
from clearprop.trace.rewrite import assignments, place_of
from clearprop.trace.source import Source

WRITTEN = 4  # lines that may write one error down
_LOSS = re.compile(r"loss|cost", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loss that a step may descend on."""

    node: Node
    text: str  # the expression, in the program's names where it has some
    source: str  # "line 20: error = target - output"
    bound: bool  # the program states it: no other one may be chosen
    name: str = ""  # of the closed list
    anchors: tuple[Anchor, ...] = ()
    output: str = ""  # what it is called, where it is no loss but a program's output


def squared(output: Node, target: Node) -> Node:
    """Half the squares (Bishop 2006, eq. 5.11)."""
    return 0.5 * (output - target) ** 2


def binary(output: Node, target: Node) -> Node:
    """Binary cross-entropy (Bishop 2006, eq. 4.90)."""
    log = output.graph.apply
    inside = target * log("log", output) + (1 - target) * log("log", 1 - output)
    return -inside


def categorical(output: Node, target: Node) -> Node:
    """Cross-entropy of probabilities (Bishop 2006, eq. 4.108)."""
    return -(target * output.graph.apply("log", output))


def hinge(output: Node, target: Node) -> Node:
    """Hinge loss for targets of -1 and 1 (Bishop 2006, eq. 7.44)."""
    return output.graph.apply("maximum", 1 - target * output, 0.0)


def perceptron(output: Node, target: Node) -> Node:
    """Perceptron criterion, of what the output is decided by (Bishop, eq. 4.54)."""
    z = decided(output)
    if z is None:
        raise DeriveError("the output isn't decided by a comparison")
    return (output - target) * z


def counted(output: Node, target: Node) -> Node:
    """Poisson deviance, but for what the counts alone are (McCullagh 1989, 2.3)."""
    return output - target * output.graph.apply("log", output)


STANDARD: dict[str, tuple[Callable[[Node, Node], Node], str]] = {
    "squared error": (squared, "0.5 * np.sum(({t} - {o})**2)"),
    "binary cross-entropy": (
        binary,
        "-np.sum({t} * np.log({o}) + (1 - {t}) * np.log(1 - {o}))",
    ),
    "softmax cross-entropy": (categorical, "-np.sum({t} * np.log({o}))"),
    "hinge loss": (hinge, "np.sum(np.maximum(0, 1 - {t} * {o}))"),
    "Poisson deviance": (counted, "np.sum({o} - {t} * np.log({o}))"),
    "perceptron criterion": (
        perceptron,
        "np.sum(({o} - {t}) * z), where {o} is decided by z",
    ),
}


def total(node: Node) -> Node:
    return node.sum(range(node.ndim)) if node.ndim else node


def candidates(reading: Reading, step: Step) -> list[Candidate]:
    """Every loss that the step may descend on; a bound one comes alone and first.

    Where its logarithms are guarded, it comes without the guards too.
    """
    found = []
    shared = _shared(reading, step)
    if step.losses:
        group = [
            a
            for a, b in zip_longest(step.losses, step.losses[1:])
            if b is None or not continues(b.node, a.node)
        ]
        group = _descended(group, shared)
        bound = shared is None or any(a.node in shared for a in group)
        group = [of_its_examples(reading, step, a) for a in group]
        weights = set(step.befores.values())
        group = looked_at(group, weights, shared or ())
        whole = _sum([-a.node if a.ascended else a.node for a in group])
        text, where = stated(reading, group[0])
        if group[0].ascended:
            text = turned(text)
        found.append(Candidate(whole, text, where, bound, "", tuple(group)))
        plain = unguarded(whole, weights, reading.number)
        if plain is not None:
            found.append(replace(found[0], node=plain))
        if bound:
            return found
    report = None if step.losses else _reported(reading)
    for other in standard(reading, step):
        if report is not None and other.name == "squared error":
            return [replace(other, source=stated(reading, report)[1], bound=True)]
        found.append(other)
    last = output(reading, step)
    if last is not None:
        code = reading.observed.source.lines.get(last.line, "").strip()
        source = f"{reading.observed.source.named(last.line)}: {code}"
        found.append(Candidate(last.node, last.place, source, False, output=last.place))
    return found


def turned(text: str) -> str:
    """Minus an expression."""
    return f"-{text}" if re.match(r"[\w.]+(\(.*\))?$", text) else f"-({text})"


_TIMES_GIVEN = re.compile(r"^np\.sum\(([\w.\[\]']+) \* (\w+)\)$")


def of_upstream(candidate: Candidate) -> bool:
    """Whether a loss is ``np.sum(out * dout)``: what a layer's backward pass is for."""
    found = _TIMES_GIVEN.match(candidate.text)
    return found is not None and is_upstream(found[2])


def held_targets(reading: Reading, step: Step, loss: Node) -> frozenset[Node]:
    """Targets that were made with the weights: they count as given (Sutton & Barto
    2018, section 9.3: semi-gradient methods).

    Such a target is the side of a difference that data is added to, ``r + gamma * v``,
    and both sides are made with the weights.
    """
    learned = {u.leaf for u in step.updates} or set(reading.parameters)
    sides = (reading.anchors.bootstrapped(node, learned) for node in reading.cone(loss))
    return frozenset(side for side in sides if side is not None)


def made_targets(reading: Reading, step: Step) -> frozenset[Node]:
    """Targets that were made from the input: ``dx`` leaves out what they say of it."""
    learned = set(reading.parameters)
    found = {bare(a.target) for a in step.errors if a.target is not None}
    return frozenset(
        node
        for node in found
        if node.inputs and learned and not reading.inputs_of(node) & learned
    )


def _shared(reading: Reading, step: Step) -> set[Node] | None:
    """Losses that are made from the same forward pass as the updates."""
    if not step.updates or not step.losses:
        return None
    befores = set(step.befores.values())
    backward = back_to([u.after for u in step.updates], befores)
    learned = set(reading.parameters)
    found = set()
    for anchor in step.losses:
        ends = befores | shifts(anchor.node, befores).keys()  # a line search's
        own = {
            n
            for n in back_to([anchor.node], ends)
            if n not in ends and n.inputs and reading.inputs_of(n) & learned
        }
        if own & backward or not own:
            found.add(anchor.node)
    return found


def _descended(group: list[Anchor], shared: set[Node] | None) -> list[Anchor]:
    """Without the same line's losses that the updates have nothing to do with.

    A gradient check at the first weights, or ``loss = net.loss(x, t)`` once more after
    a step, on what was the last batch.
    """
    own = {_spot(a) for a in group if shared and a.node in shared}
    return [
        a for a in group if not own or a.node in (shared or ()) or _spot(a) not in own
    ]


def _spot(anchor: Anchor) -> tuple[int, str]:
    binding = anchor.binding
    return anchor.line, binding.place if binding is not None else ""


def _reported(reading: Reading) -> Anchor | None:
    """A squared error that is stated as the loss, though not with a step's weights.

    ``loss = np.mean((out - targets)**2)`` after every tenth epoch.
    """
    errors = {a.node for a in reading.errors}
    for anchor in reading.losses:
        binding = anchor.binding
        name = binding.place if binding is not None else ""
        if _LOSS.search(name) and _squared(anchor.node) in errors:
            return anchor
    return None


def _squared(node: Node) -> Node | None:
    """The e of a value that is ``np.mean(e**2)``, up to a constant."""
    while True:
        inputs = [bare(n) for n in node.inputs]
        name = node.op.name
        if name == "square" or (name == "mul" and inputs[0] is inputs[1]):
            return inputs[0]
        if name == "pow":
            two = inputs[1].op.name == "const" and inputs[1].params["value"] == 2
            return inputs[0] if two else None
        if name in ("mul", "div"):
            inputs = [n for n in inputs if n.op.name not in ("const", "size")]
        elif name not in ("sum", "mean", "reshape", "broadcast", "astype", "mark"):
            return None
        if len(inputs) != 1:
            return None
        node = inputs[0]


def standard(reading: Reading, step: Step) -> Iterator[Candidate]:
    """The closed list, for the error lines of a step.

    Where two lines write the error of one target down, either may have a slip in it.
    """
    yield from _standard(reading, step, step.errors)
    written: dict[int, list[Anchor]] = {}
    for anchor in step.errors:
        written.setdefault(anchor.line, []).append(anchor)
    targets = [{bare(a.target) for a in e if a.target} for e in written.values()]
    if 1 < len(written) <= WRITTEN and all(t == targets[0] for t in targets):
        for errors in written.values():
            yield from _standard(reading, step, errors)


def _standard(
    reading: Reading, step: Step, errors: Sequence[Anchor]
) -> Iterator[Candidate]:
    if not errors:
        return
    first = errors[0]
    hard = first.output is not None and decided(first.output) is not None
    order = list(STANDARD.items())
    if first.node.op.name == "setitem":  # p[np.arange(n), y] -= 1
        order.sort(key=lambda item: item[0] != "softmax cross-entropy")
    for name, (build, text) in order:
        if hard != (build is perceptron):
            continue  # no gradient of another loss goes through a step
        if build is counted and not _are_counts(reading, first.target):
            continue
        if build is hinge and _is_never_negative(reading):
            continue
        terms = []
        try:
            for anchor in errors:
                output, target = paired(anchor)
                terms.append(total(build(output, target)))
        except DeriveError:
            continue
        words, source = worded(reading, first, text)
        yield Candidate(_sum(terms), words, source, False, name, tuple(errors))


def _is_never_negative(reading: Reading) -> bool:
    """Whether the targets of all steps are given, and none is the -1 of a hinge."""
    given = {m.node: m.value for m in reading.observed.made}
    for error in (e for step in reading.steps for e in step.errors):
        node = error.target
        while node is not None and node.op.name in VIEWS:
            node = node.inputs[0]
        number = node.params.get("value") if node is not None else None
        value = given.get(node, number) if node is not None else None
        if value is None or np.any(np.asarray(value) < 0):
            return False
    return True


def _are_counts(reading: Reading, target: Node | None) -> bool:
    """Whether a target is how often something happened: 0, 3, 1."""
    below = reading.inputs_of(target) if target is not None else frozenset()
    values = [np.asarray(m.value) for m in reading.observed.made if m.node in below]
    return len(values) == 1 and bool(
        (values[0] >= 0).all() and (values[0] % 1 == 0).all() and (values[0] > 1).any()
    )


def worded(reading: Reading, error: Anchor, text: str) -> tuple[str, str]:
    """A loss of the closed list in the program's names, and where its error stands."""
    assert error.output is not None and error.target is not None
    words = {
        "o": _word(error.output, reading.named, reading, "output"),
        "t": _word(error.target, reading.named, reading, "target"),
    }
    code = reading.observed.source.lines.get(error.line, "").strip()
    return text.format(**words), f"line {error.line}: {code}" if code else ""


def paired(anchor: Anchor) -> tuple[Node, Node]:
    """Output and target, each as large as their difference."""
    assert anchor.output is not None and anchor.target is not None
    dims = anchor.node.dims
    return _float(anchor.output).broadcast(dims), _float(anchor.target).broadcast(dims)


def _float(node: Node) -> Node:
    return node if node.is_float else node.cast(np.float64)


def _word(node: Node, named: dict, reading: Reading, default: str) -> str:  # type: ignore[type-arg]
    while True:
        if node in named:
            return str(named[node].place)
        if node in reading.labels:
            return reading.labels[node]
        if node.op.name not in ("broadcast", "reshape", "astype", "mark"):
            return default
        node = node.inputs[0]


def _sum(nodes: Sequence[Node]) -> Node:
    total: Node | None = None
    for node in dict.fromkeys(nodes):
        one = node.reshape(()) if node.dims else node
        total = one if total is None else total + one
    assert total is not None
    return total


def _written(source: Source, binding: Binding) -> str:
    """The expression that a statement gives a place, on one line."""
    for statement in reversed(statements_around(source.tree, binding.line)):
        if isinstance(statement, ast.AugAssign):
            break
        for place, value in _given(statement):
            if place == binding.place:
                text = ast.get_source_segment(source.text, value) or ""
                return ast.unparse(value) if "\n" in text else text
    return ""


def _given(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The places that a statement gives a value, each with that."""
    if isinstance(statement, ast.Assign):
        for target, value in assignments(statement):
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            for part in parts:
                if isinstance(part, ast.Name | ast.Attribute | ast.Subscript):
                    yield place_of(part), value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield place_of(statement.target), statement.value
    elif isinstance(statement, ast.Return) and statement.value is not None:
        value = statement.value
        first = isinstance(value, ast.Tuple) and value.elts
        yield from (("return", value), ("return[0]", first[0] if first else value))
    for node in ast.walk(statement):
        if isinstance(node, ast.NamedExpr):
            yield node.target.id, node.value


def stated(reading: Reading, anchor: Anchor) -> tuple[str, str]:
    """The expression of a stated loss, and where it stands."""
    binding = anchor.binding
    assert binding is not None
    source = reading.observed.source
    code = source.lines.get(binding.line, "").strip()
    asked = reading.observed.loss
    if asked and not (binding.place == asked and code.startswith(f"{asked} =")):
        by = "# clearprop: L" if stated_loss(source) == asked else "--loss"
        return asked, f"{by}, after {source.named(binding.line)}: {code}"
    text = _written(source, binding) or binding.place
    if source.driver and binding.line > len(source.lines) - source.driver:
        given = "np.sum(" in text and code.startswith("loss")
        return text, UPSTREAM if given else f"a call that clearprop adds: {code}"
    return text, f"{source.named(binding.line)}: {code}"
