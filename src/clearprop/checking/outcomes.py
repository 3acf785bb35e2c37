"""What a program stands or falls with: the updates and the gradients that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from clearprop.checking.first_layer import handed_back
from clearprop.checking.judgement import Outcome
from clearprop.checking.names import (
    gradient_of,
    is_upstream,
    likeness,
    stem,
    step_stem,
)
from clearprop.checking.projected import stepped
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replaced import replaced
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.spoken import as_outcomes
from clearprop.checking.staged import promised
from clearprop.checking.terms import adds, alike, bare, unmarked
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier
from clearprop.trace.result import Binding

_ITEM = re.compile(r"\[\d+\]$")
SURE = 0.9  # a name that says which forward value it belongs to


def outcomes(reading: Reading, step: Step, scene: Scene) -> list[Outcome]:
    """Updates first; gradients of what the step doesn't update by their names."""
    updates = [replace(u, after=stepped(scene, u)) for u in step.updates]
    found = [Outcome("update", u.binding, u.before, u.after, update=u) for u in updates]
    moved = {u.leaf for u in step.updates}
    if step.updates:
        lost = list(replaced(reading, step, scene))
        found = [o for o in found if o.of not in {n.of for n in lost}] + lost
    filled = {
        bare(n.inputs[0])
        for n in reading.graph.nodes
        if n.op.name in ("setitem", "index_add") and n not in reading.probes
    }
    # of x = x + dt * v the name dx doesn't say which x is meant: the updates decide
    states = _rebound(reading, scene) if step.updates else set()
    governed = reading.anchors.governed
    aims = _aims(reading, scene)
    edge = reading.observed.driven[1]  # the program's own run, before a driver's
    rest = {
        leaf: reading.labels[leaf]
        for leaf in scene.gradient
        if leaf in reading.labels
        and leaf not in moved
        and leaf not in filled  # h = np.zeros((T + 1, N, H)) only holds other values
        and leaf not in states
        and (leaf not in governed or not moved)  # another loss's to move
        and (leaf.index >= edge or leaf in scene.below)
        and not (step.updates and leaf in aims)
        and not is_upstream(identifier(reading.labels[leaf]))
    }
    if scene.output:  # every stage is a claim
        rest |= {
            b.node: b.place
            for b in reading.log
            if b.node in scene.gradient and stem(identifier(b.place)) is None
        }
    stated = list(as_outcomes(reading, step, scene))
    spots = {(o.line, o.binding.place) for o in stated}
    found += [
        o
        for o in _named(reading, step, scene, rest)
        if (o.line, o.binding.place) not in spots  # a comment says more than a name
    ]
    claimed = {o.node for o in found}
    back = handed_back(reading, step, scene) if step.updates else ()
    return found + [o for o in back if o.node not in claimed] + stated


def _aims(reading: Reading, scene: Scene) -> set[Node]:
    """Data that the loss compares with what was made of it, as an autoencoder's does.

    What a program calls its gradient is as a rule what came back through the layers.
    """
    return {
        aim
        for n in scene.below
        if n.op.name == "sub"
        for aim, output in (n.inputs, n.inputs[::-1])
        if aim.op.name == "input" and output is not aim
        if aim in reading.inputs_of(output)
        if not _is_plain(output, aim)
    }


def _is_plain(output: Node, aim: Node) -> bool:
    """Whether a value is made of another one alone, as a mean that is taken off it."""
    return {n for n in ordered([output]) if n.op.name == "input"} <= {aim}


def _rebound(reading: Reading, scene: Scene) -> set[Node]:
    """Leaves whose name the forward pass gives to what it makes of them."""
    return {
        b.before
        for b in reading.log
        if b.before is not None
        and b.node is not b.before
        and b.node in scene.below
        and b.before in reading.inputs_of(b.node)
    }


def _named(
    reading: Reading, step: Step, scene: Scene, leaves: dict[Node, str]
) -> Iterator[Outcome]:
    """The last binding of each place whose name is that of a leaf's gradient."""
    last: dict[tuple[str, str], Binding] = {}
    for binding in backward(reading, step, scene):
        last[binding.place, binding.function] = binding
    for binding in passed_on(reading, step, scene):
        last.setdefault((binding.place, binding.function), binding)
    forward = {
        identifier(b.place)
        for b in reading.log
        if unmarked(b.node) in scene.below  # self.x = x keeps what goes on unmarked
        and bare(b.node).inputs
        and b.place != "return"
    }
    calls = _calls(_span(reading, step))
    taken: dict[Node, Outcome] = {}
    parts: set[str] = set()
    for one in _listed([*last.values(), *_strays(reading, step, last)], leaves, scene):
        parts |= {f"{one.binding.place}[{i}]" for i in range(one.of.shape[0])}
        taken[one.of] = one
    for sure in (True, False):
        for binding in last.values():
            if binding.place in parts:
                continue
            leaf = _leaf(binding, leaves, sure, bool(step.updates), forward, scene)
            if leaf is None or (leaf in taken and not sure):
                continue
            often = calls.get(binding.function, 1) > 1
            if binding.depth and often and _uses(scene, leaf) > 1:
                continue  # what one use adds: the caller sums up
            if leaf in taken and _score(taken[leaf].binding) >= _score(binding):
                continue
            taken[leaf] = Outcome("gradient", binding, leaf, binding.node)
    found = [_completed(reading, scene, o) for o in taken.values()]
    yield from sorted(found, key=lambda o: o.binding.serial)


def _completed(reading: Reading, scene: Scene, outcome: Outcome) -> Outcome:
    """The whole sum, where what has the name is one of its terms.

    ``return dout + dx`` of a residual block: ``dx`` is what came through the block.
    """
    gradient = scene.gradient[outcome.of]
    near = tolerance([outcome.node, gradient])

    def fits(node: Node) -> bool:
        values = scene.values(node), scene.values(gradient)
        return match(*values, near, scene.floor) is not None

    later = (
        b
        for b in reading.log[outcome.binding.serial + 1 : scene.step.last + 1]
        if b.node is not outcome.node
        and b.node.shape == outcome.node.shape
        and adds(b.node, outcome.node)
    )
    whole = next(later, None)
    if whole is None or fits(outcome.node):
        return outcome
    if not (whole.place.startswith("return") or fits(whole.node)):
        return outcome
    return replace(outcome, binding=whole, node=whole.node)


def _calls(log: Iterable[Binding]) -> Counter[str]:
    """How often each function ran: as often as what it does first."""
    first: dict[str, tuple[int, str]] = {}
    found: Counter[str] = Counter()
    for binding in log:
        here = binding.line, binding.place
        found[binding.function] += first.setdefault(binding.function, here) == here
    return found


def _listed(
    bindings: Iterable[Binding], leaves: dict[Node, str], scene: Scene
) -> Iterator[Outcome]:
    """``dx = [w[0] * ddot, w[1] * ddot]``: a list of numbers for a list of numbers."""
    found: dict[str, dict[str, Binding]] = {}
    for binding in bindings:
        if binding.place.endswith("]") and not binding.node.shape:
            found.setdefault(_list_of(binding), {})[binding.place] = binding
    for place, parts in found.items():
        word = promised(identifier(place), scene.output)
        for leaf, label in leaves.items():
            if leaf.ndim != 1 or word != identifier(label):
                continue
            names = [f"{place}[{i}]" for i in range(leaf.shape[0])]
            if set(names) != set(parts):
                continue
            last = max(parts.values(), key=lambda b: b.serial)
            nodes = [parts[name].node.reshape((1,)) for name in names]
            whole = scene.graph.apply("concatenate", *nodes, axis=0)
            yield Outcome("gradient", replace(last, place=place), leaf, whole)


def _strays(
    reading: Reading, step: Step, known: dict[tuple[str, str], Binding]
) -> Iterator[Binding]:
    """What stands in a list of gradients and was known before: the data ``x[1]``."""
    lists = {(_list_of(b), b.function) for b in known.values() if _list_of(b)}
    for binding in reading.log[step.first :]:
        new = (binding.place, binding.function) not in known
        if new and (_list_of(binding), binding.function) in lists:
            yield binding


def _list_of(binding: Binding) -> str:
    return binding.place.rpartition("[")[0]


def _uses(scene: Scene, leaf: Node) -> int:
    """How often the forward pass reads a value."""
    return sum(leaf in n.inputs for n in scene.below)


def passed_on(reading: Reading, step: Step, scene: Scene) -> Iterator[Binding]:
    """Gradients that are the upstream one, unchanged: ``dx = dout.reshape(…)``."""
    for binding in reading.log[step.first :]:
        known = binding.node in scene.below and binding.node.is_float
        if (
            known
            and promised(identifier(binding.place), scene.output)
            and binding.node.op.name != "const"
        ):
            named = reading.named.get(binding.node)
            if named is None or named.place.startswith("return"):
                continue  # d_real = D.forward(real) is an output
            if named.place != binding.place:
                yield binding


def _score(binding: Binding) -> tuple[bool, int]:
    """Of two names for one gradient, the outer and the later one counts."""
    return binding.depth == 0, binding.serial


def _span(reading: Reading, step: Step) -> list[Binding]:
    last = step.last if step.updates else len(reading.log) - 1
    return reading.log[step.first : last + 1]


def backward(reading: Reading, step: Step, scene: Scene) -> list[Binding]:
    """The bindings of a step that are no part of its forward pass."""
    return [
        b
        for b in _span(reading, step)
        if b.node.is_float and b.node not in scene.below and reading.inputs_of(b.node)
    ]


def _leaf(
    binding: Binding,
    leaves: dict[Node, str],
    sure: bool,
    updates: bool,
    forward: set[str],
    scene: Scene,
) -> Node | None:
    name = identifier(binding.place)
    word = promised(name, scene.output) or gradient_of(binding.place)
    if _ITEM.search(binding.place):  # g_real[3] of a list is no gradient of real
        shape = binding.node.shape
        leaves = {n: v for n, v in leaves.items() if "[" in v or alike(n.shape, shape)}
    if sure:
        if word is None:
            return None
        scored = [(likeness(word, identifier(v)), leaf) for leaf, v in leaves.items()]
        scored = [s for s in scored if s[0] >= SURE]
    else:
        word = word or step_stem(name)
        if word is None or updates or word in forward:
            return None
        scored = [
            (likeness(word, identifier(v)), leaf)
            for leaf, v in leaves.items()
            if leaf.ndim and alike(leaf.shape, binding.node.shape)
        ]
        scored = [s for s in scored if s[0] > 0]
    if not scored:
        return None
    best = max(s[0] for s in scored)
    if best < 1 and word in forward:
        return None  # the da of a = f(A) is no gradient of A
    chosen = [leaf for score, leaf in scored if score == best]
    fitting = [leaf for leaf in chosen if leaf.shape == binding.node.shape]
    if not fitting and all(_is_read_in_parts(scene, n, binding.node) for n in chosen):
        return None  # the dx of one time step
    if not fitting and updates and not bare(binding.node).inputs:
        return None  # dreal = -np.ones((n, 1)) / n begins the way back from its score
    return (fitting or chosen)[0]


def _is_read_in_parts(scene: Scene, leaf: Node, part: Node) -> bool:
    """Whether the forward pass takes pieces of a value that are as large as this."""
    return any(
        n.op.name == "getitem" and n.shape == part.shape
        for n in scene.below
        if leaf in n.inputs
    )
