"""How softmax, its logarithm and log-sum-exp are written: one function for each way.

They work on rows along any axes, kept, put back or transposed; what is subtracted
from a whole row doesn't matter. The table that uses them is in
``clearprop.gradient.recognise``.
"""

from __future__ import annotations

from clearprop.gradient.match import (
    below_its_maximum,
    exponent_of_exp,
    kept_axes,
    minus,
    move_again,
    moved,
    origin,
    picks_one,
    reduction_of,
    sides,
    turned,
    unshifted,
)
from clearprop.graph import Node
from clearprop.ops.elementwise import is_number

# -- softmax and its logarithm ---------------------------------------------------------


def softmax(node: Node) -> Node | None:
    above, below = node.inputs
    base, order = turned(above)
    x = exponent_of_exp(base)
    axis = None if x is None else reduction_of(above, below, "sum")
    if x is None or not axis:
        return None
    z = unshifted(x, [order[a] for a in axis])
    return z.graph.apply("softmax", z.transpose(order), axis=axis)


def softmax_is_shifted(node: Node) -> bool:
    base, order = turned(node.inputs[0])
    axis = reduction_of(node.inputs[0], node.inputs[1], "sum") or ()
    return below_its_maximum(base.inputs[0], [order[a] for a in axis])


def _transposed_back(node: Node) -> Node | None:
    """``softmax(z.T, axis=0).T`` is ``softmax(z, axis=1)``."""
    (inner,) = node.inputs
    if inner.inputs[0].op.name != "transpose":
        return None
    axes = node.params["axes"]
    axis = tuple(sorted(axes.index(a) for a in inner.params["axis"]))
    return node.graph.apply(inner.op.name, inner.inputs[0].transpose(axes), axis=axis)


def turns_named(node: Node) -> Node | None:
    named = node.inputs[0].op.name in ("softmax", "log_softmax")
    return _transposed_back(node) if named else None


def log_softmax(node: Node) -> Node | None:
    x, total = node.inputs
    axis = reduction_of(x, total, "logsumexp")
    if not axis:
        return None
    return x.graph.apply("log_softmax", unshifted(x, axis), axis=axis)


def log_softmax_is_shifted(node: Node) -> bool:
    x, total = node.inputs
    return below_its_maximum(x, reduction_of(x, total, "logsumexp") or ())


def logsumexp(node: Node) -> Node | None:
    core, steps = moved(node.inputs[0])
    x = exponent_of_exp(core.inputs[0]) if core.op.name == "sum" else None
    if x is None or not core.params["axis"]:
        return None
    return move_again(x.graph.apply("logsumexp", x, **core.params), steps)


def logsumexp_is_shifted(node: Node) -> bool:
    core, _ = moved(node.inputs[0])
    return below_its_maximum(core.inputs[0].inputs[0], core.params["axis"])


def logsumexp_put_back(node: Node) -> Node | None:
    """``m + logsumexp(x - m)``."""
    for shift, total in sides(node, "add"):
        core, steps = moved(total)
        if core.op.name != "logsumexp" or core.inputs[0].op.name != "sub":
            continue
        x, taken = core.inputs[0].inputs
        if any(s.op.name not in ("reshape", "transpose", "broadcast") for s in steps):
            continue
        if _same_rows(shift, total, taken, core):
            return move_again(x.graph.apply("logsumexp", x, **core.params), steps)
    return None


def _same_rows(shift: Node, total: Node, taken: Node, core: Node) -> bool:
    """Whether what is added back is what each row was shifted by."""
    source, along = origin(shift)
    other, axes = origin(taken)
    if source is not other or any(axes[a] is not None for a in core.params["axis"]):
        return False
    start, rows = origin(total)
    if start is not core:
        return False
    behind = kept_axes(core)
    return along == tuple(None if r is None else axes[behind[r]] for r in rows)


def put_back_is_shifted(node: Node) -> bool:
    cores = [moved(n)[0] for n in node.inputs]
    core = next(c for c in cores if c.op.name == "logsumexp")
    return below_its_maximum(core.inputs[0], core.params["axis"])


def picked_from_total(node: Node) -> Node | None:
    """``logsumexp(x) - x[i, y]`` is ``-log_softmax(x)[i, y]``, and turned around."""
    a, b = node.inputs
    if node.op.name == "add":
        for total, other in ((a, b), (b, a)):
            if other.op.name == "neg":
                picked = _pick(total, other.inputs[0])
                if picked is not None:
                    return -picked
        return None
    picked = _pick(a, b)
    if picked is not None:
        return -picked
    return _pick(b, a)


def _pick(total: Node, entry: Node) -> Node | None:
    """``log_softmax(x)`` read at the entry, if the total is of the same rows."""
    if total.op.name != "logsumexp" or entry.op.name not in (
        "getitem",
        "take_along_axis",
    ):
        return None
    x, axis = total.inputs[0], total.params["axis"]
    if entry.inputs[0] is not x or len(axis) != 1:
        return None
    if entry.op.name == "getitem":
        fits = not total.params["keepdims"] and picks_one(entry, axis[0])
    else:
        fits = total.params["keepdims"] and entry.params["axis"] == axis[0]
    if not fits or entry.shape != total.shape:
        return None
    logp = x.graph.apply("log_softmax", unshifted(x, axis), axis=axis)
    return move_again(logp, [entry])


# -- logarithms of named functions -----------------------------------------------------


def log_of_named(node: Node) -> Node | None:
    """``log(softmax(x)[i, y])``, ``log(sigmoid(x).T)``, ``log(1 - sigmoid(x))``."""
    core, steps = moved(node.inputs[0])
    apply = node.graph.apply
    if core.op.name == "softmax":
        return move_again(apply("log_softmax", core.inputs[0], **core.params), steps)
    if core.op.name == "sigmoid":
        return move_again(apply("log_sigmoid", core.inputs[0]), steps)
    if core.op.name == "sub" and is_number(core.inputs[0], 1):
        s, inside = moved(core.inputs[1])
        if s.op.name == "sigmoid":
            return move_again(-apply("softplus", s.inputs[0]), steps + inside)
    return None


def log1p_of_sigmoid(node: Node) -> Node | None:
    s = minus(node.inputs[0])
    if node.inputs[0].op.name != "neg" or s.op.name != "sigmoid":
        return None
    return -node.graph.apply("softplus", s.inputs[0])
