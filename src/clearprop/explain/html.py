"""An explanation as HTML for a notebook: no script, no outside file, text escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from clearprop.explain.chain_rule import Factor
from clearprop.explain.numbers import Quantity
from clearprop.explain.steps import Step

if TYPE_CHECKING:
    from clearprop.explain.explanation import Explanation

# Colours come from the page around: what is set here is only faded or framed.
STYLE = """
.cp-explain { font-family: system-ui, sans-serif; line-height: 1.45; max-width: 60em; }
.cp-explain h2 { font-size: 1.25em; margin: 1em 0 .4em; }
.cp-explain h3 { font-size: 1em; margin: 1.2em 0 .2em; }
.cp-explain pre, .cp-explain code { font-family: ui-monospace, monospace; }
.cp-explain pre { margin: .2em 0 .4em; padding: .2em .6em; white-space: pre-wrap;
  border-left: 3px solid #6b8fd6; background: transparent; }
.cp-explain table { border-collapse: collapse; margin: .3em 0; }
.cp-explain td { padding: .15em .8em .15em 0; text-align: left; vertical-align: top;
  background: transparent; border: 0; white-space: pre; }
.cp-explain .cp-wide { overflow-x: auto; }
.cp-explain .cp-dim { opacity: .7; }
.cp-explain .cp-result td { border-top: 1px solid currentColor; font-weight: 600; }
.cp-explain .cp-remark { border-left: 3px solid #d6a13b; padding: .1em .7em;
  margin: .4em 0; }
.cp-explain figure { margin: .6em 0; overflow-x: auto; }
""".strip()


def to_html(explanation: Explanation, network: str = "") -> str:
    """The whole explanation, as one ``<div>``; ``network`` is the SVG of the units."""
    return "\n".join(_lines(explanation, network)) + "\n"


def _lines(explanation: Explanation, network: str) -> Iterator[str]:
    yield f"<div class='cp-explain'><style>{STYLE}</style>"
    yield f"<h2>{escape(explanation.name)}: forward, and back again</h2>"
    if network:
        yield f"<figure>{network}</figure>"
    yield "<div class='cp-wide'><table>"
    for name, value in explanation.given:
        yield f"<tr><td>{_code(name)}</td><td>{_code(value.text)}</td></tr>"
    yield "</table></div>"
    yield "<h2>Forward pass</h2>"
    for step in explanation.steps:
        if step.section == "forward":
            yield from _forward(step)
    yield "<h2>Backward pass</h2>"
    for step in explanation.steps:
        if step.section == "backward":
            yield from _backward(step)
    if explanation.remarks:
        yield "<h2>What these numbers show</h2>"
        for remark in explanation.remarks:
            yield f"<div class='cp-remark'>{escape(remark.text)}</div>"
    yield "<h2>The graph</h2>"
    yield f"<figure>{explanation.graph_svg()}</figure>"
    yield "</div>"


def _forward(step: Step) -> Iterator[str]:
    yield f"<h3>{step.number}. {escape(step.title or step.target)}</h3>"
    yield f"<pre>{escape(step.code)}\n= {_lines_below(step.value)}</pre>"


def _backward(step: Step) -> Iterator[str]:
    equation = f" <span>{escape(step.equation)}</span>" if step.equation else ""
    yield f"<h3>{step.number}. {escape(step.title)}{equation}</h3>"
    if step.says:
        yield f"<div class='cp-dim'>{escape(step.says)}</div>"
    yield f"<pre>{escape(step.code)}</pre>"
    yield "<div class='cp-wide'><table>"
    for i, factor in enumerate(step.factors):
        yield _row(factor, step.operation if i else "")
    after = f" ({escape(step.after)})" if step.after else ""
    yield (
        f"<tr class='cp-result'><td>= result{after}</td><td><code>{escape(step.target)}"
        f"</code></td><td>{_code(step.value.text)}</td>"
        f"<td class='cp-dim'>{escape(step.value.shape_text)}</td></tr>"
    )
    yield "</table></div>"
    if step.worked:
        yield f"<div class='cp-dim'>For instance {_code(step.worked)}</div>"
    if step.weight_step is not None:
        found = step.weight_step
        yield (
            f"<div>Weight step Δw = −η ∂L/∂w = {_code(found.code)} "
            f"({escape(found.says)})</div><pre>{escape(found.value.text)}</pre>"
        )


def _row(factor: Factor, sign: str) -> str:
    role = escape(f"{sign} {factor.role}".strip())
    return (
        f"<tr><td>{role}</td><td>{_code(factor.code)}</td><td>{_code(factor.value.text)}"
        f"</td><td class='cp-dim'>{escape(factor.says)}</td></tr>"
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _lines_below(value: Quantity) -> str:
    return escape(value.text).replace("\n", "\n  ")
