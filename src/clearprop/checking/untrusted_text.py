"""Programs that reach into what watches them, told by their text.

A program in the sandbox shares its process with the code that follows it. One that
looks for that code could make it report what it likes, so no verdict is given where the
text shows such a thing: a person is asked to look. This is no boundary, the sandbox is;
a right backward pass needs none of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clearprop.trace.source import Source

_MODULES = {"clearprop", "ctypes", "gc", "_ctypes"}
_IMPORTS = ("__import__", "import_module")
_SETTERS = ("setattr", "delattr")
_FRAMES = frozenset((
    "_getframe", "_current_frames", "f_back", "f_globals", "f_locals", "f_builtins",
    "tb_frame", "__globals__", "__subclasses__", "__builtins__", "__code__",
    "settrace", "setprofile", "addaudithook",
))  # fmt: skip
_LIBRARIES = {"numpy", "builtins", "sys", "os", "json"}


def reaches(source: Source) -> str:
    """What the program does to what watches it, in one sentence; empty if nothing."""
    names = _libraries(source.tree)
    for node in ast.walk(source.tree):
        what = _imported(node) or _looked_at(node) or _changed(node, names)
        if what:
            line = getattr(node, "lineno", 0)
            code = source.lines.get(line, "").strip()
            return (
                f"{source.named(line)}, {code}: the program {what}, so that what it "
                "shows can't be believed: a person must look at it"
            )
    return ""


def _libraries(tree: ast.AST) -> set[str]:
    """What the program calls NumPy and the like: ``np``, ``np.testing``."""
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _bound(node)
    }


def _bound(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        where = node.module if isinstance(node, ast.ImportFrom) else alias.name
        if (where or "").partition(".")[0] in _LIBRARIES:
            yield alias.asname or alias.name.partition(".")[0]


def _imported(node: ast.AST) -> str:
    modules: list[str] = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_IMPORTS):
        modules = [
            a.value
            for a in node.args
            if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
    for module in modules:
        if module.partition(".")[0] in _MODULES:
            return f"imports {module.partition('.')[0]}"
    return ""


def _looked_at(node: ast.AST) -> str:
    name = ""
    if isinstance(node, ast.Attribute):
        name = node.attr
        if name == "modules" and ast.unparse(node.value) == "sys":
            return "looks into the modules of its process"
    elif isinstance(node, ast.Name):
        name = node.id
    return "looks into the frames of its process" if name in _FRAMES else ""


def _changed(node: ast.AST, names: set[str]) -> str:
    """``np.allclose = lambda *a: True``."""
    changed: list[ast.expr] = []
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        changed = [node.value]
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in _SETTERS:
        changed = node.args[:1]
    if not changed or _root(changed[0]) not in names:
        return ""
    return f"changes {ast.unparse(changed[0])} itself"


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
