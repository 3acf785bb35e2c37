"""Which lines of a program are its backward pass: those that a second run marks.

Comes in a run that was read and judged; go out the numbers of the lines whose values
come after the loss, or are called gradients, helpers included. What a program computes
to check its own gradient by differences is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from clearprop.checking.judged import Judged
from clearprop.checking.marking import stores
from clearprop.checking.names import passed_back, stem
from clearprop.checking.observe import Observed
from clearprop.checking.reading import Reading
from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import appended
from clearprop.trace.source import Source


def backward_lines(
    source: Source, observed: Observed, reading: Reading, judged: Sequence[Judged]
) -> set[int]:
    """The lines of the backward pass, helpers included."""
    file = source.file
    written = [
        (n.lineno, n.end_lineno or n.lineno)
        for n, _ in stores(source.tree)
        if isinstance(n, ast.stmt | ast.Call)
    ] + [
        (n.lineno, n.end_lineno or n.lineno)
        for n in ast.walk(source.tree)
        if isinstance(n, ast.Expr) and appended(n) is not None
    ]
    lines = set()
    moving = {line for u in reading.updates for line in (*u.lines, u.binding.line)}
    for one in judged:
        below = one.judgement.scene.below
        # a layer that hands its upstream gradient on: return dout
        wrong = {o.node for o in one.judgement.outcomes if not o.right}
        begun = False
        probes = reading.probes - below
        # a numerical gradient takes the weights as they are: no marks in them
        trying = {
            b.function
            for b in reading.log
            if b.node in probes and b.node.op.name == "setitem"
        } - {"<module>"}
        for b in reading.log:
            node = b.node
            if node in probes:
                continue
            begun = begun or (node in below and bool(node.inputs))
            named = passed_back(identifier(b.place))
            if b.file != file or not (node.is_float or named or node.dtype == bool):
                continue
            if not begun and not reading.inputs_of(node):
                continue  # a weight that starts as random numbers
            made_here = reading.observed.lines.get(node) == b.line
            if node in reading.versions and not (
                b.line in moving or named or made_here
            ):
                continue  # W_old = W.copy(): with a mark it would be moved there
            # delta = out - y, which the loss has squared before; grad = x, by mistake
            said = stem(identifier(b.place)) is not None or named
            behind = node not in below and node.op.name != "input"
            if behind or node in wrong or said:
                lines.add(b.line)
        # dscores[rows, y] -= 1, dh[h < 0] = 0 and dbs.append(…) bind no name
        behind_it = {
            observed.lines.get(n, 0)
            for n in reading.graph.nodes
            if n not in below and n not in probes and reading.inputs_of(n)
        }
        lines |= {
            first
            for first, last in written
            if behind_it.intersection(range(first, last + 1))
        }
        lines -= _lines_of(source.tree, trying)
    return lines


def _lines_of(tree: ast.AST, functions: set[str]) -> set[int]:
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in functions
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
