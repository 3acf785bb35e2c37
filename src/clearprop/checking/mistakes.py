"""The mistakes that have a name: the codes of the report, in the order of the table.

The codes are a public contract: graders count them and exercises ask for them. Where
two fit one mistake, the earlier names it.
"""

from __future__ import annotations

MISTAKES: dict[str, str] = {
    "crash": "NumPy or Python raised inside the forward or the backward pass",
    "blank": "the line isn't filled in",
    "update-sign": "the gradient is right and the weight moves uphill",
    "updated-weight": "a weight that this step has already updated is used",
    "overwritten-accumulator": "= for +=, or += for =: a sum loses parts, or goes on",
    "regularization": "the L2 term is wrong",
    "softmax-jacobian": "p * (1 - p) where the softmax mixes its outputs",
    "missing-derivative": "the slope of an activation is left out",
    "derivative-at-wrong-point": "the right slope, evaluated at another array",
    "wrong-derivative": "the formula of a slope is wrong",
    "dropped-upstream": "the incoming gradient isn't used, or isn't chained",
    "transpose": "a matrix product needs a transpose, or its operands swapped",
    "wrong-axis": "a sum or mean over the wrong axis, without one, or missing",
    "wrong-operand": "another variable, slice or layer of a fitting shape is used",
    "sign": "a minus is missing, or one too many",
    "scale": "a constant factor is missing, or one too many",
    "shape": "arrays are broadcast that shouldn't be",
    "loss-mismatch": "this is the gradient of another loss",
    "unknown": "it is wrong, and no small edit mends it",
}
RANK = {code: rank for rank, code in enumerate(MISTAKES)}
