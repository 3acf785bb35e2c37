"""How a program writes what can be written in several ways: read once for each need."""

from __future__ import annotations

import ast

from ..need import Need

_MODULES = ("np", "numpy")


class Style:
    """The habits that the statement and the program's own functions show."""

    def __init__(self, need: Need, numpy: str) -> None:
        modules = (*_MODULES, numpy)
        at = dot = method = function = False
        for tree in (need.statement, *need.helpers.values()):
            for node in ast.walk(tree):
                if isinstance(node, ast.MatMult):
                    at = True
                if not isinstance(node, ast.Attribute):
                    continue
                dot = dot or node.attr in ("dot", "matmul")
                if node.attr in ("sum", "mean"):
                    owner = node.value
                    whole = isinstance(owner, ast.Name) and owner.id in modules
                    function, method = function or whole, method or not whole
        self.multiplies_by_at = at or not dot
        self.sums_by_method = method and not function
