"""An explanation as plain text, at most 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.explain.chain_rule import Factor
from clearprop.explain.numbers import Quantity
from clearprop.explain.steps import Step
from clearprop.terminal import COLUMNS, block, painted, seen_width, wrap

if TYPE_CHECKING:
    from clearprop.explain.explanation import Explanation

INDENT = "    "
COLUMN = 26  # where values begin, after "incoming gradient"


class _Page:
    """Lines so far; knows whether they may be coloured."""

    def __init__(self, colour: bool) -> None:
        self.lines: list[str] = []
        self.colour = colour

    def put(self, lines: list[str], style: str = "") -> None:
        self.lines += [painted(line, style, self.colour) for line in lines]

    def gap(self) -> None:
        self.lines.append("")


def to_text(explanation: Explanation, colour: bool = False) -> str:
    """The whole explanation."""
    page = _Page(colour)
    _heading(page, f"{explanation.name}: forward, and back again", "=")
    page.gap()
    _given(page, explanation.given)
    page.gap()
    _heading(page, "Forward pass", "-")
    for step in explanation.steps:
        if step.section == "forward":
            _forward(page, step)
    page.gap()
    _heading(page, "Backward pass: incoming gradient × local derivative", "-")
    backward = [s for s in explanation.steps if s.section == "backward"]
    for step in backward:
        _backward(page, step)
    page.gap()
    if not backward:
        page.put(wrap("The loss depends on nothing that a gradient is wanted for."))
    elif not any(s.weight_step for s in backward):
        page.put(wrap(_NO_RATE), "dim")
    if explanation.remarks:
        page.gap()
        _heading(page, "What these numbers show", "-")
        for remark in explanation.remarks:
            page.gap()
            page.put(wrap(remark.text, "  * ", "    "), "yellow")
    while page.lines and not page.lines[-1]:
        page.lines.pop()
    return "\n".join(line.rstrip() for line in page.lines) + "\n"


_NO_RATE = (
    "To learn, each weight then takes the step Δw = −η ∂L/∂w, with a learning rate η."
)


def _heading(page: _Page, title: str, line: str) -> None:
    lines = wrap(title)
    page.put(lines, "heading")
    page.put([line * max(seen_width(text) for text in lines)], "dim")


def _given(page: _Page, given: list[tuple[str, Quantity]]) -> None:
    width = max((seen_width(name) for name, _ in given), default=0)
    width = width if width <= COLUMN else 0
    for name, value in given:
        pad = " " * max(width - seen_width(name), 0)
        _value(page, f"{name}{pad} = ", value)


def _forward(page: _Page, step: Step) -> None:
    page.gap()
    page.put(
        wrap((step.title or step.target) + _line(step), _number(step), INDENT), "bold"
    )
    if step.code != step.target:
        page.put(block(step.code, INDENT), "cyan")
    _value(page, f"{INDENT}= ", step.value, step.value.shape_text)
    _worked(page, step)


def _backward(page: _Page, step: Step) -> None:
    page.gap()
    title = f"{step.title}, {step.equation}" if step.equation else step.title
    page.put(wrap(title, _number(step), INDENT), "bold")
    page.put(wrap(step.says, INDENT, INDENT) if step.says else [], "dim")
    page.gap()
    page.put(block(step.code, INDENT), "cyan")
    page.gap()
    for i, factor in enumerate(step.factors):
        if factor.role == "then" and i == len(step.factors) - 1:
            page.put(wrap(factor.code, f"{INDENT}  then".ljust(COLUMN), " " * COLUMN))
        else:
            _factor(page, factor, step.operation if i else "")
    if step.after:
        page.put(wrap(step.after, " " * COLUMN, " " * COLUMN))
    head = f"{INDENT}= result".ljust(COLUMN) if step.factors else f"{INDENT}= "
    _value(page, head, step.value, step.value.shape_text, "green")
    _worked(page, step)
    if step.weight_step is not None:
        page.gap()
        found = step.weight_step
        words = f"weight step Δw = −η ∂L/∂w, with {found.says}:"
        page.put(wrap(words, f"{INDENT}  ", f"{INDENT}  "))
        page.put(wrap(found.code, " " * COLUMN, " " * COLUMN))
        _value(page, f"{INDENT}= Δw".ljust(COLUMN), found.value, "", "green")


def _number(step: Step) -> str:
    return f"{step.number:>2}. "


def _line(step: Step) -> str:
    return f" (line {step.line})" if step.line else ""


def _worked(page: _Page, step: Step) -> None:
    if step.worked:
        head = f"{INDENT}  first entry".ljust(COLUMN)
        if step.section == "forward":
            head = f"{INDENT}  first entry: "
        page.put(wrap(step.worked, head, " " * (len(head) + 2)), "dim")


def _factor(page: _Page, factor: Factor, sign: str) -> None:
    head = f"{INDENT}{sign or ' '} {factor.role}".ljust(COLUMN)
    pad = " " * COLUMN
    value = factor.value.text
    line = f"{head}{factor.code} = {value}"
    if factor.code == value:  # a number in the code
        says = f", {factor.says}" if factor.says else ""
        page.put(wrap(f"{factor.code}{says}", head, pad))
        return
    if "\n" not in value and seen_width(line) <= COLUMNS:
        page.put([line])
    else:
        page.put(wrap(factor.code, head, pad))
        _value(page, f"{pad}= ", factor.value)
    page.put(wrap(factor.says, pad, pad) if factor.says else [], "dim")


def _value(
    page: _Page, head: str, value: Quantity, note: str = "", style: str = ""
) -> None:
    """``head value``, its further lines below its first, a note at the right."""
    lines = value.text.split("\n")
    if seen_width(head) + max(seen_width(line) for line in lines) > COLUMNS:
        page.put(wrap(head, head[: len(head) - len(head.lstrip())]))
        head = INDENT + "  "
    pad = " " * seen_width(head)
    made: list[str] = []
    for i, line in enumerate(lines):
        made += block(line, head if i == 0 else pad)
    last = seen_width(made[-1])
    if note and last + len(note) + 2 <= COLUMNS:
        made[-1] += " " * (COLUMNS - last - len(note)) + note
    page.put(made, style)
