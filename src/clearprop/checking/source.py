"""The same program with another text: mended, or with a driver at its end."""

from __future__ import annotations

import ast
from dataclasses import replace

from clearprop.trace.source import Source, parsed


def with_text(source: Source, text: str) -> Source:
    """A program with another text; SyntaxError where it is none."""
    return replace(source, text=text, tree=parsed(text))


def extended(source: Source, more: str) -> Source:
    """A program with lines at its end."""
    text = source.text if source.text.endswith("\n") else source.text + "\n"
    made = with_text(source, text + more)
    return replace(made, driver=len(more.splitlines()))


def without_loops(source: Source) -> Source:
    """A program that doesn't train: its own loops left out, line for line."""
    lines = source.text.splitlines()
    for statement in source.tree.body:
        if isinstance(statement, ast.For | ast.While):
            last = statement.end_lineno or statement.lineno
            rest = [""] * (last - statement.lineno)
            lines[statement.lineno - 1 : last] = ["pass", *rest]
    return with_text(source, "\n".join(lines) + "\n")
