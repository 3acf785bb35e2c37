"""What a line of the backward pass is, in the words of the field.

One table for what a gradient is the gradient of, and one sentence for each entry. The
sentences say what the formula means, not how it is written.
"""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.graph import Node
from clearprop.write.latex import layer_at
from clearprop.write.layers import SLOPES, Layer, users_of
from clearprop.write.reading import Reading


@dataclass(frozen=True, slots=True)
class Role:
    """What a gradient is: its title, its definition, and what it means."""

    title: str
    equation: str
    says: str
    kind: (
        str  # "error term", "weights", "bias", "activation", "leaf", "value", "helper"
    )
    layer: Layer | None = None


# What the error term of a layer means, by the activation that it goes back through.
_ERROR_TERM = {
    "": "The layer is linear: its slope is 1 and the gradient passes as it is.",
    "softmax": "Softmax ties its outputs together: raising one lowers the others.",
    "relu": "ReLU passes the gradient where a unit is active and stops it elsewhere.",
}
_SLOPE = (
    "The gradient that arrives at each unit's output, times the slope of its {} at "
    "this point: how the loss answers to a small push on the unit's input."
)
# what leaves the units of a linear layer as they are
_PASSES = frozenset(
    "add sub neg matmul einsum reshape transpose getitem concatenate log_softmax "
    "softmax astype".split()
)
_PUSH = "How the loss answers to a small push on the unit's input."
_CROSS_ENTROPY = (
    "Softmax and cross-entropy together: what the network believes minus what is true, "
    "shared out over the examples."
)
_SENTENCES = {
    "weights": "Each weight answers for the unit it leads to: that unit's error term "
    "times the input that the weight carried.",
    "bias": "A bias is added to its unit's input unchanged, so it receives the unit's "
    "error term{}.",
    "activation": "Each hidden unit is blamed in proportion to the weights through "
    "which it spoke: the error terms of the layer above, sent back through them.",
    "entering": "Each value is blamed in proportion to the weights through which it "
    "went on: the error terms of the layer above, sent back through them.",
    "output": "How the loss answers to a small change of the output.",
    "input": "The error terms of the first layer, sent back through its weights: how "
    "the loss answers to a small change of the input.",
}


def name_of(reading: Reading, node: Node) -> str | None:
    """The user's name for a value; for a pre-activation without one, whose it is."""
    if node in reading.names:
        return reading.names[node]
    for layer in reading.layers:
        if node in (layer.z, layer.product):
            if layer.y in reading.names:
                return f"(pre-activation of {reading.names[layer.y]})"
            if layer.name:
                return f"(pre-activation of the {layer.name})"
    users = users_of(reading.forward).get(node, [])
    if len(users) == 1 and users[0] in reading.names:
        return f"(pre-activation of {reading.names[users[0]]})"
    return None


def role_of(reading: Reading, of: Node | None, target: str) -> Role:
    """What the gradient variable ``target`` is."""
    if of is None:
        return Role(f"{target}, needed below", "", "", "helper")
    name = name_of(reading, of)
    partial = f"∂L/∂{name}" if name else ""
    layer = layer_at(reading, of)
    if layer is not None:
        whose = f"the {layer.name}" if layer.name else name or "a layer"
        equation = f"δ = {partial}" if partial else "δ"
        return Role(
            f"error term of {whose}", equation, _error_term_says(reading, layer),
            "error term", layer,
        )  # fmt: skip
    for layer in reading.layers:
        found = _around(reading, layer, of, name or target, partial)
        if found is not None:
            return found
    if of in reading.leaves:
        return Role(f"gradient of {name}", partial, _op_says(reading, of), "leaf")
    if _near_loss(reading, of):
        says = "Where the way back starts: how the loss answers to a small change here."
        return Role(f"gradient of {name or target}", partial, says, "value")
    return Role(
        f"gradient of {name or target}", partial, _op_says(reading, of), "value"
    )


def _around(
    reading: Reading, layer: Layer, of: Node, name: str, partial: str
) -> Role | None:
    """A gradient that belongs to a layer, other than its error term."""
    place = f" of the {layer.name}" if layer.name else ""
    if of is layer.weights.node:
        into = f" into the {layer.name}" if layer.name else ""
        title = f"gradient of the weights{into}" if into else f"gradient of {name}"
        return Role(title, partial, _SENTENCES["weights"], "weights", layer)
    if layer.bias is not None and of is layer.bias.node:
        more = ", summed over the examples" if layer.source.ndim > 1 else ""
        title = f"gradient of the bias{place}" if place else f"gradient of {name}"
        return Role(title, partial, _SENTENCES["bias"].format(more), "bias", layer)
    if of is layer.y and reading.chain:
        last = layer is reading.layers[-1]
        if last:
            title, says = "gradient at the output", _SENTENCES["output"]
        else:
            title = f"error attributed to each unit of the {layer.name}"
            goes_on = any(after.source is layer.y for after in reading.layers)
            says = _SENTENCES["activation"] if goes_on else _op_says(reading, of)
        return Role(title, partial, says, "activation", layer)
    if of is layer.source and reading.chain and layer is reading.layers[0]:
        return Role(
            "gradient of the input", partial, _SENTENCES["input"], "leaf", layer
        )
    masked = of not in reading.leaves and all(of is not la.y for la in reading.layers)
    if of is layer.source and reading.chain and masked:
        title = f"error attributed to what enters the {layer.name}"
        return Role(title, partial, _SENTENCES["entering"], "entering", layer)
    return None


def _error_term_says(reading: Reading, layer: Layer) -> str:
    if layer.function in ("", "softmax") and any(
        n.op.name == "log_softmax" and n.inputs[0] is layer.z for n in reading.forward
    ):
        return _CROSS_ENTROPY
    if activation(reading, layer) is None:
        return _PUSH
    if layer.function == "" and _near_loss(reading, layer.z):
        return (
            "The output layer is linear: its slope is 1, and the error term is how the "
            "loss answers to the output."
        )
    if layer.function in _ERROR_TERM:
        return _ERROR_TERM[layer.function]
    name = SLOPES[layer.function].removeprefix("slope of ").removeprefix("the ")
    return _SLOPE.format(name)


def activation(reading: Reading, layer: Layer) -> str | None:
    """The function that the error term goes back through; "" for none.

    None where it is another one: ``z * sigmoid(z)``, or one without a name here.
    """
    users = users_of(reading.forward).get(layer.z, [])
    floats = [user for user in users if user.is_float]
    if layer.function:
        alone = len(floats) == 1 or layer.function == "softmax"
        return layer.function if alone else None
    passes = all(user.op.name in _PASSES for user in floats)
    return "" if passes or _near_loss(reading, layer.z) else None


def _near_loss(reading: Reading, of: Node) -> bool:
    """Whether only unnamed values stand between this one and the loss."""
    users = users_of(reading.forward)
    node = of
    for _ in range(8):
        above = users.get(node, [])
        if len(above) != 1:
            return node is reading.loss
        node = above[0]
        if node is reading.loss:
            return True
        if node in reading.names:
            return False
    return False


def _op_says(reading: Reading, of: Node) -> str:
    """The sentence of the one operation that reads a value."""
    users = users_of(reading.forward).get(of, [])
    if len(users) != 1 or not users[0].op.says:
        return ""
    says = users[0].op.says
    return says[0].upper() + says[1:] + "."
