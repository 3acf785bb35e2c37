"""One step of a plan as a pure function of JAX arrays: evaluate, prepare, move.

The plan's graph is evaluated node by node, as ``jax_spelling`` has it; what no input
decides (positions, masks) is computed by NumPy while the step is compiled. JAX reads at
a position outside of an array without a word, so every position is looked at: a step
in which one lies outside moves nothing and says which.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.graph import Graph, Node, ordered, recompute
from clearprop.ops.index import may_repeat
from clearprop.sizes import Atom, Size
from clearprop.training.foreseen import Kind, branching, kinds
from clearprop.training.jax_spelling import REFUSED, SPELLING, spell
from clearprop.training.plan import Plan
from clearprop.training.updates import prepared

Shapes = Mapping[Node, tuple[int, ...]]


class Unsupported(Exception):
    """Why JAX can't take a plan, in words."""


# -- beforehand ------------------------------------------------------------------------


def unsupported(plan: Plan) -> str | None:
    """The reason, or None where JAX takes the plan."""
    for parameter in plan.parameters:
        if not known(parameter.value.dtype):
            return f"{parameter.label} holds {parameter.value.dtype.name} numbers"
    why = branching(plan)
    if why is not None:
        return why
    why = refusal(_roots(plan), plan.backward.trace.lines)
    if why is not None:
        return why
    try:
        for kind in kinds(plan):
            _check_sizes(plan, kind)
    except Unsupported as error:
        return str(error)
    return None


def _roots(plan: Plan) -> list[Node]:
    """All that a step computes."""
    found = [plan.loss, *(r.node for r in plan.recorded if r.parameter is None)]
    return found + [p.gradient for p in plan.parameters if p.gradient is not None]


def known(dtype: np.dtype) -> bool:
    """Whether these are numbers that JAX has."""
    return dtype.kind in "biuf" and dtype.itemsize <= 8


def refusal(nodes: Iterable[Node], lines: Mapping[Node, int]) -> str | None:
    """Why one of these nodes, or of those below them, can't be spelled."""
    below = ordered(nodes)
    fixed = _fixed(below)
    for node in below:
        why = _refusal(node, fixed)
        if why is not None:
            line = lines.get(node)
            return f"line {line}: {why}" if line else why
    return None


def _refusal(node: Node, fixed: set[Node]) -> str | None:
    name = node.op.name
    if node in fixed:
        return None
    if not known(node.dtype):
        return f"{node.params.get('label', name)} holds {node.dtype.name} numbers"
    if name != "input" and name not in SPELLING:
        return REFUSED.get(name, f"{name} is not among the operations that JAX has")
    arrays = node.inputs[_FIRST_ARRAY.get(name, len(node.inputs)) :]
    if any(a.dtype.kind == "b" and a not in fixed for a in arrays):
        return "how many entries a mask takes is known only when it runs"
    if name == "setitem" and may_repeat(arrays) and node.inputs[1].ndim:
        return "of values written to one place JAX doesn't promise to keep the last"
    return None


# The first operand that is an index array.
_FIRST_ARRAY = {"getitem": 1, "setitem": 2, "index_add": 2}

_RELATIONS = {
    "==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__,
    ">": int.__gt__, ">=": int.__ge__,
}  # fmt: skip


def _check_sizes(plan: Plan, kind: Kind) -> None:
    """What the trace relied on must hold at this size of a batch too."""
    shapes = _leaf_shapes(plan, kind[0])
    graph: Graph = plan.backward.trace.graph
    for guard in graph.guards:
        left, right = _plain(guard.left, shapes), _plain(guard.right, shapes)
        if not _RELATIONS[guard.relation](left, right):
            raise Unsupported(
                f"the forward pass was followed where {guard.left} {guard.relation} "
                f"{guard.right}, which a batch of this size breaks"
            )
    for node in ordered(_roots(plan)):
        if not _counts_with(node, shapes):
            for param in node.params.values():
                _plain(param, shapes)


def _leaf_shapes(plan: Plan, rows: int | None) -> dict[Node, tuple[int, ...]]:
    shapes: dict[Node, tuple[int, ...]] = {
        p.leaf.node: np.shape(p.value) for p in plan.parameters
    }
    shapes |= {n: shapes[plan.parameters[i].leaf.node] for n, i in plan.current.items()}
    for given in plan.inputs:
        shape = np.shape(given.value)
        if given.by_row:
            shape = shape[1:] if plan.per_example else (rows or 1, *shape[1:])
        shapes[given.leaf.node] = shape
    return shapes


def _counts_with(node: Node, leaves: Container[Node]) -> bool:
    """Whether a size is made of whole numbers of the data: ``2 * s0``."""
    if node.op.name != "size":
        return False
    atoms = list(node.params["size"].atoms())
    simple = all(a.kind in ("dim", "int") and a.args[0] in leaves for a in atoms)
    return simple and any(a.kind == "int" for a in atoms)


def _plain(param: Any, shapes: Shapes) -> Any:
    """A parameter of an operation with its sizes as plain numbers."""
    if isinstance(param, tuple):
        return tuple(_plain(p, shapes) for p in param)
    if not isinstance(param, Size):
        return param

    def number(atom: Atom) -> int:
        if atom.kind == "dim" and atom.args[0] in shapes:
            return int(shapes[atom.args[0]][atom.args[1]])
        raise Unsupported("a size of the forward pass is a number that the data decide")

    return int(param.substitute(number))


# -- evaluating ------------------------------------------------------------------------


def _fixed(nodes: Iterable[Node]) -> set[Node]:
    """What no input decides, of positions and truths: it is computed beforehand."""
    found: set[Node] = set()
    for node in nodes:
        free = node.op.name in ("input", "random") or node.dtype.kind not in "biu"
        if node.op.name == "size":
            free = any(a.kind == "int" for a in node.params["size"].atoms())
        if node.op.name == "const" or not (free or set(node.inputs) - found):
            found.add(node)
    return found


@dataclass
class Values:
    """The values of nodes by JAX, from those of the leaves on.

    ``strange`` gathers, for each array that is indexed, what to say and whether a
    position lies outside of it; ``labels`` is how the user calls the leaves.
    """

    of: dict[Node, Any]
    labels: Mapping[Node, str]
    strange: list[tuple[str, Any]] = field(default_factory=list)

    def add(self, nodes: Sequence[Node]) -> list[Any]:
        """Compute nodes and all below them."""
        below = ordered(nodes)
        fixed = _fixed(below)
        shapes = {n: np.shape(v) for n, v in self.of.items() if n.op.name == "input"}
        for node in below:
            if node in self.of:
                continue
            if node in fixed:
                recompute([node], self.of)
                continue
            if _counts_with(node, shapes):
                self.of[node] = self._counted(node.params["size"], shapes)
                continue
            params = {k: _plain(v, shapes) for k, v in node.params.items()}
            operands = [self.of[n] for n in node.inputs]
            self._look(node, operands, params)
            self.of[node] = spell(node, operands, params)
        return [self.of[n] for n in nodes]

    def _counted(self, size: Size, shapes: Shapes) -> Any:
        """A size that is made of whole numbers of the data."""

        def number(atom: Atom) -> Any:
            if atom.kind == "int":
                return self.of[atom.args[0]].astype(int)
            return shapes[atom.args[0]][atom.args[1]]

        return size.substitute(number)

    def _look(self, node: Node, operands: Sequence[Any], params: Any) -> None:
        """Note whether positions lie inside of what they index."""
        shape = np.shape(operands[0]) if operands else ()
        if node.op.name == "take_along_axis":
            self._inside(node.inputs[1], operands[1], shape[params["axis"]])
        if node.op.name not in _FIRST_ARRAY:
            return
        first, axis = _FIRST_ARRAY[node.op.name], 0
        for item in params["key"]:
            if item[0] == "int":
                self._inside(None, item[1], shape[axis])
            if item[0] == "array":
                array = node.inputs[first + item[1]]
                if array.dtype.kind == "b":
                    axis += array.ndim
                    continue
                self._inside(array, operands[first + item[1]], shape[axis])
            axis += item[0] != "new"

    def _inside(self, source: Node | None, positions: Any, n: int) -> None:
        label = "an index" if source is None else self.labels.get(source, "an index")
        outside = jnp.any((jnp.asarray(positions) < -n) | (jnp.asarray(positions) >= n))
        message = (
            f"{label} holds a number outside of the {n} entries that it indexes: "
            f"labels are 0 to {n - 1}"
        )
        self.strange.append((message, outside))


# -- the step --------------------------------------------------------------------------


@dataclass
class Step:
    """``step(state, inputs, rate)``: the state after a step, and what it tells.

    A state holds the weights, their slots, the number of steps made (a Python number,
    so that it doesn't decide a dtype) and whether training goes on.
    """

    plan: Plan
    messages: list[str] = field(default_factory=list)  # filled while it is compiled

    def __call__(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Nothing moves where the loss isn't finite or a position lies outside."""
        plan = self.plan
        count = state["count"] + 1
        if plan.current:
            found = self._in_turn(state, inputs, rate, count)
        else:
            found = self._at_once(state, inputs, rate, count)
        loss, observed, strange, weights, slots = found
        goes_on = state["goes_on"] & jnp.isfinite(loss) & (strange == 0)

        def unless_ended(new: Any, old: Any) -> Any:
            return jax.tree.map(lambda a, b: jnp.where(goes_on, a, b), new, old)

        after = {
            "weights": unless_ended(weights, state["weights"]),
            "slots": unless_ended(slots, state["slots"]),
            "count": count,
            "goes_on": goes_on,
        }
        for r in plan.recorded:
            if r.parameter is not None:
                observed[r.name] = after["weights"][r.parameter]
        return after, {"loss": loss, "strange": strange, "records": observed}

    def _at_once(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any, count: Any
    ) -> tuple[Any, ...]:
        plan = self.plan
        loss, gradients, observed, outside = self._mean(state["weights"], inputs)
        ready = prepared(jnp, plan, gradients, state["weights"])
        moved = [
            self._moved(state, i, gradient, rate, count)
            for i, gradient in enumerate(ready)
        ]
        weights, slots = [w for w, _ in moved], [s for _, s in moved]
        return loss, observed, _first(outside), weights, slots

    def _in_turn(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any, count: Any
    ) -> tuple[Any, ...]:
        plan = self.plan
        values = self._values(state["weights"], inputs)
        observed = [r for r in plan.recorded if r.parameter is None]
        loss, *seen = values.add([plan.loss, *(r.node for r in observed)])
        records = {r.name: v for r, v in zip(observed, seen)}
        weights, slots = list(state["weights"]), list(state["slots"])
        now = {i: node for node, i in plan.current.items()}
        for i, parameter in enumerate(plan.parameters):
            if parameter.gradient is not None:
                (gradient,) = values.add([parameter.gradient])
                alone = replace(plan, parameters=(parameter,))
                (ready,) = prepared(jnp, alone, [gradient], [weights[i]])
                weights[i], slots[i] = self._moved(state, i, ready, rate, count)
            values.of[now[i]] = weights[i]
        outside = self._outside(values)
        return loss.reshape(()), records, _first(outside), weights, slots

    def _moved(
        self, state: dict[str, Any], i: int, gradient: Any, rate: Any, count: Any
    ) -> tuple[Any, Any]:
        weight, slots = state["weights"][i], state["slots"][i]
        # in NumPy the rate is a Python number, which leaves the dtype alone
        change, after = self.plan.rule.step(
            jnp, weight, gradient, slots, rate.astype(gradient.dtype), count
        )
        after = {k: v.astype(slots[k].dtype) for k, v in after.items()}
        return weight + change.astype(weight.dtype), after

    # -- values ------------------------------------------------------------------------

    def _mean(
        self, weights: Sequence[Any], inputs: Mapping[int, Any]
    ) -> tuple[Any, ...]:
        """The loss, the gradients, what is observed and what lies outside."""
        if not self.plan.per_example:
            return self._values_at(weights, inputs)
        rows = {i: 0 if self.plan.inputs[i].by_row else None for i in inputs}
        each = jax.vmap(self._values_at, (None, rows))(weights, inputs)
        loss, gradients, observed, outside = each
        means = [g.mean(axis=0) for g in gradients]
        return loss.mean(), means, observed, outside.any(axis=0)

    def _values_at(
        self, weights: Sequence[Any], inputs: Mapping[int, Any]
    ) -> tuple[Any, ...]:
        plan = self.plan
        values = self._values(weights, inputs)
        (loss,) = values.add([plan.loss])
        gradients = [
            jnp.zeros_like(w)
            if p.gradient is None
            else jnp.broadcast_to(values.add([p.gradient])[0], w.shape)
            for p, w in zip(plan.parameters, weights)
        ]
        observed = {
            r.name: values.add([r.node])[0]
            for r in plan.recorded
            if r.parameter is None
        }
        return loss.reshape(()), gradients, observed, self._outside(values)

    def _values(self, weights: Sequence[Any], inputs: Mapping[int, Any]) -> Values:
        plan = self.plan
        of = {p.leaf.node: w for p, w in zip(plan.parameters, weights)}
        of |= {plan.inputs[i].leaf.node: x for i, x in inputs.items()}
        return Values(of, {given.leaf.node: given.leaf.label for given in plan.inputs})

    def _outside(self, values: Values) -> Any:
        self.messages = [message for message, _ in values.strange]
        return jnp.array([flag for _, flag in values.strange], dtype=bool)


def _first(flags: Any) -> Any:
    """The number of the first that is set, from 1 on; 0 where none is."""
    if not len(flags):
        return jnp.zeros((), int)
    return jnp.where(flags.any(), jnp.argmax(flags) + 1, 0)


__all__ = ["Step", "Unsupported", "Values", "known", "refusal", "unsupported"]
