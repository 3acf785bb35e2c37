"""Places that begin as zeros: what is to be added to, as a program's text shows."""

from __future__ import annotations

import ast
import re

from clearprop.trace.rewrite import assignments

_ZERO = re.compile(r"(np|numpy)\.(zeros|zeros_like)\(|0(\.0*)?$|0 \* |0\.0 \* ")


def started_at_zero(tree: ast.AST) -> set[str]:
    """Places that begin as zeros."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            found |= {ast.unparse(t) for t, v in assignments(node) if _is_zero(v)}
    return found


def _is_zero(value: ast.expr) -> bool:
    """Zeros, or a list or a dict of them: ``{k: np.zeros_like(w) for k, w in ...}``."""
    match value:
        case ast.ListComp(elt=element) | ast.DictComp(value=element):
            return _is_zero(element)
        case ast.List(elts=elements) | ast.Dict(values=elements) if elements:
            return all(map(_is_zero, elements))
    return _ZERO.match(ast.unparse(value)) is not None
