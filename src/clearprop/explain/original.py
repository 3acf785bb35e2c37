"""Remarks about the forward pass as the user wrote it, before anything was recognised.

The written code may be more stable than the user's; an overflow that it avoids is still
worth a word. So is a transpose that does nothing, which no graph remembers.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.explain.remark import Remark
from clearprop.explain.run import Values
from clearprop.graph import Node, evaluate
from clearprop.trace.arguments import same_draws
from clearprop.trace.result import Trace

# Where an overflow is met, and what to write instead.
_STABLE = {
    "sigmoid": "1 / (1 + exp(-z)) comes out as 0, which is right to the last digit",
    "finite": "the result is finite all the same",
}


def remarks_on(trace: Trace, values: Values) -> list[Remark]:
    """What is worth saying about the user's own lines."""
    return [*_overflow(trace, values), *_idle_transpose(trace)]


def _overflow(trace: Trace, values: Values) -> Iterator[Remark]:
    """``exp`` that gives inf from a finite number, although the loss is finite."""
    computed: dict[Node, Any] = {}
    with np.errstate(all="ignore"), same_draws(trace):
        try:
            loss = evaluate([trace.loss], values, computed)[0]
        except (ArithmeticError, ValueError, TypeError):
            return
    if not np.isfinite(loss):
        return
    for node in sorted(computed, key=lambda n: n.index):
        if node.op.name not in ("exp", "exp2", "expm1", "sinh", "cosh", "pow"):
            continue
        out = np.asarray(computed[node])
        argument = np.asarray(computed[node.inputs[-1]])
        if not np.isinf(out).any() or not np.isfinite(argument).all():
            continue
        line = trace.lines.get(node)
        where = f"line {line}, " if line else ""
        code = trace.source_lines.get(line, "").strip() if line else ""
        place = f"{where}{code}: " if code else "In the forward pass, "
        top = float(np.max(argument))
        name = "np.power" if node.op.name == "pow" else f"np.{node.op.name}"
        yield Remark(
            "overflow",
            f"{place}{name}({top:.4g}) overflows to inf. "
            "The loss is finite all the same, but NumPy warns, and one "
            f"inf - inf would make it nan. {_remedy(trace, node)}",
            code,
            line,
        )
        return


def _remedy(trace: Trace, node: Node) -> str:
    readers = [n for n in trace.graph.nodes if node in n.inputs]
    names = {n.op.name for n in readers}
    if "add" in names and "sum" not in names:
        return "For a sigmoid, 0.5 * (1 + np.tanh(0.5 * z)) never overflows."
    if "sum" in names:
        return "Subtract the maximum first: np.exp(z - z.max(axis=-1, keepdims=True))."
    return "Keep its argument small, or work with logarithms."


# -- a transpose that does nothing -----------------------------------------------------


def _idle_transpose(trace: Trace) -> Iterator[Remark]:
    """``x.T`` where x has one axis: NumPy returns it unchanged."""
    ndims = _axes_by_name(trace)
    told: set[str] = set()
    for number, code in sorted(trace.source_lines.items()):
        for name in _transposed_names(code):
            if ndims.get(name) != {1} or name in told:
                continue
            told.add(name)
            yield Remark(
                "idle transpose",
                f"line {number}, {code.strip()}: {name} is a 1-D array, so {name}.T is "
                f"{name} itself. A column is {name}[:, None], a row {name}[None, :].",
                name,
                number,
            )


def _axes_by_name(trace: Trace) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for leaf in trace.leaves:
        found.setdefault(leaf.name, set()).add(leaf.node.ndim)
    for binding in trace.log:
        found.setdefault(binding.place, set()).add(binding.node.ndim)
    return found


def _transposed_names(code: str) -> Iterator[str]:
    try:
        tree = ast.parse(textwrap.dedent(code).strip())
    except SyntaxError:
        try:  # a line that opens a block, such as `def f(x): return x.T`
            tree = ast.parse(textwrap.dedent(code).strip() + "\n    pass")
        except SyntaxError:
            return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in ("T", "transpose"):
            continue
        if isinstance(node.value, ast.Name):
            yield node.value.id
        elif isinstance(node.value, ast.Attribute):
            yield ast.unparse(node.value)
