"""What stands around the lines: the signature, the docstring, the returned dict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from clearprop.trace.result import Leaf
from clearprop.write import expression as ex
from clearprop.write.guards import letters, shape_letters
from clearprop.write.numpy import array_text
from clearprop.write.program import Line, Request
from clearprop.write.sizes import key_literal, tuple_text

Containers = dict[tuple[Any, ...], tuple[type, int]]


def module_text(request: Request, lines: list[Line]) -> str:
    """The whole module: the import, the signature, the docstring and the lines."""
    captured = [leaf.name for leaf in request.leaves if leaf.captured]
    signature = ex.bracketed(
        f"def {request.name}(", _signature(request, captured), "):", 0
    )
    wrt = ", ".join(leaf.label for leaf, _ in request.wanted)
    shapes = shape_letters(request, letters(request))
    doc = [f'    """Gradients of {request.forward_name}: {wrt}.']
    if len(doc[0]) > ex.WIDTH:
        doc = [f'    """Gradients of {request.forward_name}.']
    doc += ["", *_fill(shapes, 4), '    """']
    body = []
    section = "guard"
    for line in lines:
        if line.section != section:
            if line.section in ("forward", "backward"):
                body.append("")
                body.append(f"    # {line.section} pass")
            elif line.section == "return":
                body.append("")
            section = line.section
        body += line.code
    return "\n".join([*imports(body), "", "", *signature, *doc, *body, ""])


# What written code is called by, and what that needs.
MODULES = {"np": "import numpy as np", "scipy": "import scipy.special"}


def imports(code: Iterable[str]) -> list[str]:
    """What lines of written code need: NumPy, and SciPy where NumPy has no function."""
    scipy = any("scipy." in line.partition("#")[0] for line in code)
    return list(MODULES.values()) if scipy else [MODULES["np"]]


def _signature(request: Request, captured: list[str]) -> list[str]:
    """The forward function's parameters, then the captured arrays.

    After a parameter with a default, captured arrays are passed by name.
    """
    items: list[str] = []
    star, optional = False, False
    last: list[str] = []
    read = {leaf.path[0] for leaf in request.leaves}
    read |= {re.split(r"[.[]", label)[0] for label in request.statics}
    for parameter in request.parameters:
        item = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            item, star = f"*{item}", True
        elif parameter.kind is parameter.VAR_KEYWORD:
            last = [f"**{item}"]
            continue
        elif parameter.kind is parameter.KEYWORD_ONLY and not star:
            items.append("*")
            star = True
        default = _default(parameter.default)
        if default is None and parameter.default is not parameter.empty:
            if parameter.name not in read:
                default = "None"  # a function, say: it has done its work
            elif parameter.kind is not parameter.KEYWORD_ONLY:
                items = [i.partition("=")[0] for i in items]  # needed, so these are too
                optional = False
        if default is not None:
            item += f"={default}"
            optional = True
        items.append(item)
        if (
            parameter.kind is parameter.POSITIONAL_ONLY
            and parameter
            is [p for p in request.parameters if p.kind is p.POSITIONAL_ONLY][-1]
        ):
            items.append("/")
    if captured and optional and not star:
        items.append("*")
    return items + captured + last


def _default(value: Any) -> str | None:
    """A default as it is written, or None where it would be long or no literal."""
    if isinstance(value, bool | int | float | str | type(None)):
        return key_literal(value)
    if isinstance(value, np.ndarray):
        return array_text(value) if value.size <= 16 else None
    if type(value) not in (tuple, list, dict) or len(value) > 16:
        return None
    items = [_default(v) for v in (value.values() if type(value) is dict else value)]
    texts = [i for i in items if i is not None]
    if len(texts) < len(items):
        return None
    if type(value) is dict:
        pairs = zip(map(key_literal, value), texts, strict=True)
        return "{" + ", ".join(f"{key}: {text}" for key, text in pairs) + "}"
    return tuple_text(texts) if type(value) is tuple else f"[{', '.join(texts)}]"


def _fill(items: list[str], indent: int) -> list[str]:
    lines, current = [], ""
    for i, item in enumerate(items):
        piece = item + (", " if i < len(items) - 1 else ".")
        if current and indent + len(current) + len(piece.rstrip()) > ex.WIDTH:
            lines.append(" " * indent + current.rstrip())
            current = ""
        current += piece
    return [*lines, " " * indent + current.rstrip()]


def return_lines(
    results: list[tuple[Leaf, str]], loss: str | None, containers: Containers
) -> list[str]:
    """The return statement: the gradients, nested as the arguments are."""
    tree: dict[str, Any] = {}
    for leaf, code in results:
        if leaf.captured or len(leaf.path) == 1:
            tree[leaf.label if leaf.captured else leaf.path[0]] = code
            continue
        root = leaf.path[0]
        tree.setdefault(root, _Branch((root,), containers)).put(leaf.path[1:], code)
    items = [
        f"{key_literal(k)}: {v if isinstance(v, str) else v.code()}"
        for k, v in tree.items()
    ]
    if loss is not None:
        return ex.bracketed(f"return {loss}, {{", items, "}", 4)
    return ex.bracketed("return {", items, "}", 4)


class _Branch:
    """A nested argument's gradients, in its own nesting."""

    def __init__(self, path: tuple[Any, ...], containers: Containers) -> None:
        self.items: dict[Any, Any] = {}
        self.path = path
        self.containers = containers

    def put(self, path: Sequence[tuple[str, Any]], code: str) -> None:
        """Place a gradient at the end of a path."""
        here = self
        for step in path[:-1]:
            below = _Branch((*here.path, step), self.containers)
            here = here.items.setdefault(step, below)
        here.items[path[-1]] = code

    def code(self) -> str:
        """As a dict display, or a list or tuple display for indexed entries."""
        texts = {
            k: v if isinstance(v, str) else v.code() for k, v in self.items.items()
        }
        if all(kind == "index" for kind, _ in texts):
            last = max(i for _, i in texts)
            full = [texts.get(("index", i), "None") for i in range(last + 1)]
            if issubclass(self.containers.get(self.path, (list, 0))[0], tuple):
                return tuple_text(full)
            return f"[{', '.join(full)}]"
        return (
            "{" + ", ".join(f"{key_literal(k[1])}: {v}" for k, v in texts.items()) + "}"
        )
