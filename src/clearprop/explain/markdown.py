"""An explanation as Markdown, with its formulas for MathJax or KaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clearprop.explain.numbers import Quantity
from clearprop.explain.steps import Step

if TYPE_CHECKING:
    from clearprop.explain.explanation import Explanation


def to_markdown(explanation: Explanation) -> str:
    """The whole explanation."""
    return "\n".join(_lines(explanation)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Text in which nothing is taken for markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text)


def code(text: str) -> str:
    """Text as inline code, whatever backticks it holds."""
    ticks = max((len(t) for t in re.findall(r"`+", text)), default=0)
    fence = "`" * (ticks + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _lines(explanation: Explanation) -> Iterator[str]:
    yield from (f"# {escaped(explanation.name)}: forward, and back again", "")
    if explanation.given:
        yield from ("| given | value |", "| --- | --- |")
        for name, value in explanation.given:
            yield f"| {_cell(name)} | {_cell(value.text)} |"
        yield ""
    yield from ("## Forward pass", "")
    for step in explanation.steps:
        if step.section == "forward":
            yield from _forward(step)
    yield from ("## Backward pass", "")
    for step in explanation.steps:
        if step.section == "backward":
            yield from _backward(step)
    if explanation.equations.by_index:
        yield from ("## By index", "", *_math(explanation.equations.by_index), "")
    if explanation.remarks:
        yield from ("## What these numbers show", "")
        for remark in explanation.remarks:
            yield f"- {escaped(remark.text)}"


def _math(rows: list) -> Iterator[str]:  # type: ignore[type-arg]
    yield "$$"
    yield r"\begin{aligned}"
    for i, row in enumerate(rows):
        yield row.text + (r" \\" if i < len(rows) - 1 else "")
    yield r"\end{aligned}"
    yield "$$"


def _forward(step: Step) -> Iterator[str]:
    yield f"**{step.number}. {escaped(step.title or step.target)}**"
    yield from ("", *_fenced(step.code), "")
    if step.latex:
        yield from ("$$", step.latex, "$$", "")
    yield from (*_result(step.value), "")


def _backward(step: Step) -> Iterator[str]:
    equation = f", {escaped(step.equation)}" if step.equation else ""
    yield f"### {step.number}. {escaped(step.title)}{equation}"
    yield ""
    if step.says:
        yield from (escaped(step.says), "")
    yield from (*_fenced(step.code), "")
    if step.latex:
        yield from ("$$", step.latex, "$$", "")
    if step.factors:
        yield from ("| | code | value | |", "| --- | --- | --- | --- |")
        for i, factor in enumerate(step.factors):
            sign = f"{step.operation} " if i and step.operation else ""
            yield (
                f"| {sign}{factor.role} | {_cell(factor.code)} | "
                f"{_cell(factor.value.text)} | {escaped(factor.says)} |"
            )
        after = f" ({escaped(step.after)})" if step.after else ""
        cells = (_cell(step.target), _cell(step.value.text), step.value.shape_text)
        yield f"| **result**{after} | {' | '.join(cells)} |"
        yield ""
    else:
        yield from (*_result(step.value), "")
    if step.worked:
        yield from (f"For instance {code(step.worked)}.", "")
    if step.weight_step is not None:
        found = step.weight_step
        yield f"Weight step Δw = −η ∂L/∂w = {code(found.code)} ({escaped(found.says)}):"
        yield from ("", *_fenced(found.value.text, ""), "")


def _fenced(text: str, language: str = "python") -> list[str]:
    return [f"```{language}", text, "```"]


def _result(value: Quantity) -> list[str]:
    return _fenced(f"= {value.text}".replace("\n", "\n  "), "")


def _cell(text: str) -> str:
    """Code in a table: one line, no bar."""
    lines = [line.strip() for line in text.split("\n")]
    return "<br>".join(code(line.replace("|", "\\|")) for line in lines)
