"""Which node a recorded name means: a weight, a value of the forward pass, a gradient.

``record=["w1", "out", "dw1"]``: the user's own names, the last value that a name was
given, and ``d`` + a name for the gradient of the loss with respect to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from clearprop.backward import Backward
from clearprop.errors import ClearpropError
from clearprop.graph import Node, ordered
from clearprop.training.plan import Parameter, Plan, Recorded


def recorded(
    backward: Backward,
    parameters: Sequence[Parameter],
    loss: Node,
    names: Iterable[str],
    sequential: bool,
) -> tuple[Recorded, ...]:
    """A record for each name; an unknown one is refused with those there are."""
    names = [names] if isinstance(names, str) else list(names)
    if not names:
        return ()
    values = _sequential_values(backward) if sequential else _values(backward)
    gradients: dict[str, Node] = {}
    if not sequential:
        gradients = {f"d{values_name}": g for values_name, g in _walked(backward)}
    moved: dict[str, int] = {}
    for i, parameter in enumerate(parameters):
        for name in (parameter.label, parameter.leaf.name):
            moved.setdefault(name, i)
            if parameter.gradient is not None:
                gradients.setdefault(f"d{name}", parameter.gradient)
    found = []
    for name in names:
        if name in moved:
            index = moved[name]
            found.append(Recorded(name, parameters[index].leaf.node, index))
        elif name == "loss" and name not in values:
            found.append(Recorded(name, loss))
        elif name in values:
            found.append(Recorded(name, values[name]))
        elif name in gradients:
            found.append(Recorded(name, gradients[name]))
        else:
            raise _unknown(name, list(dict.fromkeys([*moved, *values, *gradients])))
    return tuple(found)


def _values(backward: Backward) -> dict[str, Node]:
    """The forward values by the user's names, as the derived graph has them."""
    request = backward.request
    found = {leaf.name: leaf.node for leaf in backward.trace.leaves}
    for table in (request.inner_names, request.names):
        for node in sorted(table, key=lambda n: n.index):
            found[table[node]] = node
    return found


def _sequential_values(backward: Backward) -> dict[str, Node]:
    """The same from the trace itself, which sequential updates compute."""
    trace = backward.trace
    found = {leaf.name: leaf.node for leaf in trace.leaves}
    return found | {b.place: b.node for b in trace.log if b.place != "return"}


def _walked(backward: Backward) -> Iterable[tuple[str, Node]]:
    names = {node: name for name, node in _values(backward).items()}
    for value, gradient in backward.request.walked:
        if value in names:
            yield names[value], gradient


def targets(plan: Plan) -> dict[str, float]:
    """Single numbers of the data that a forward value is subtracted from."""
    numbers = {
        given.leaf.node: given for given in plan.inputs if np.ndim(given.value) == 0
    }
    return {
        numbers[n].leaf.label: float(numbers[n].value)
        for node in ordered([plan.backward.trace.loss])
        if node.op.name == "sub"
        for n in node.inputs
        if n in numbers
    }


def _unknown(name: str, known: Sequence[str]) -> ClearpropError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return ClearpropError(
        f"record={name!r}: the forward pass has no value of that name"
        + (f"; is {near[0]!r} meant?" if near else f"; it has {', '.join(known)}")
    )


__all__ = ["recorded", "targets"]
