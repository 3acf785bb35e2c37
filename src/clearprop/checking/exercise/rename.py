"""Names that say something: ``t`` becomes ``doutput_in``, what enters ``output``.

In a function that nobody edits, ``t`` will do; a student who is asked for it has to
know what it is.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

from clearprop.checking.exercise.item import Item

WIDTH = 88
_NAMELESS = re.compile(r"t(_\d+)?|dloss_in")
OWNER = re.compile(r"\(pre-activation of (\w+)\)")


def renamed(items: list[Item], taken: set[str]) -> list[Item]:
    """``t`` becomes ``doutput_in``, where it is the gradient of what enters output."""
    taken = taken | {item.name for item in items}
    new: dict[str, str] = {}
    for item in items:
        wish = _wish(item)
        if wish and wish != item.name and wish not in taken:
            new[item.name] = wish
            taken.add(wish)
    return [
        replace(
            item,
            name=new.get(item.name, item.name),
            code=_wrapped(_substituted(item.code, new)),
            latex=_respelled(item.latex, new),
        )
        for item in items
    ]


def _wish(item: Item) -> str:
    if item.kind != "gradient":
        return ""
    if item.parameter:
        return f"d{item.parameter}"
    if not _NAMELESS.fullmatch(item.name):
        return ""
    owner = OWNER.fullmatch(item.of)
    if owner:
        return f"d{owner[1]}_in"
    return f"d{item.of}" if item.of.isidentifier() else ""


def _substituted(code: str, new: dict[str, str]) -> str:
    if not new:
        return code
    words = "|".join(re.escape(name) for name in new)
    return re.sub(rf"(?<![\w.])({words})(?!\w)", lambda m: new[m[1]], code)


def _respelled(latex: str, new: dict[str, str]) -> str:
    """The same names in a formula: one letter stands bare there."""
    for old, name in new.items():
        word = rf"\mathit{{{name}}}".replace("_", r"\_")
        spelled = old.replace("_", r"\_")
        latex = latex.replace(rf"\mathit{{{spelled}}}", word)
        bare = re.sub(r"_(\d+)", r"_\1", old)
        pattern = rf"(?<![\\\w{{]){re.escape(bare)}(?![\w}}_])"
        latex = re.sub(pattern, word.replace("\\", r"\\"), latex)
    return latex


def _wrapped(code: str) -> str:
    """A line that a new name made too long, in brackets."""
    if max(map(len, code.splitlines())) <= WIDTH or "\n" in code:
        return code
    target, _, value = code.partition(" = ")
    inside = textwrap.fill(value, WIDTH - 4, break_long_words=False)
    return f"{target} = (\n{textwrap.indent(inside, '    ')}\n)"
