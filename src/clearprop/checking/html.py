"""A report as HTML for a notebook: no script, no outside file, text escaped.

Comes in a report and how much of it may be told; goes out one ``<div>`` that takes its
colours from the page around it, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from clearprop.checking import rows as words
from clearprop.checking.hint import LINE, MEND, told
from clearprop.checking.report import Report
from clearprop.checking.rows import Details, Row

STYLE = """
.cp-check { font-family: system-ui, sans-serif; line-height: 1.45; max-width: 70em; }
.cp-check h2 { font-size: 1.15em; margin: .4em 0; }
.cp-check code, .cp-check pre { font-family: ui-monospace, monospace; font-size: .95em;
  white-space: pre-wrap; background: transparent; }
.cp-check pre { margin: 0; padding: 0; overflow-x: auto; }
.cp-check table { border-collapse: collapse; margin: .5em 0; color: inherit;
  font-size: 1em; }
.cp-check td { padding: .15em 1.2em .15em 0; text-align: left; vertical-align: top;
  background: transparent; border: 0; white-space: nowrap; }
.cp-check td:last-child { width: 100%; white-space: normal; }
.cp-check .cp-place { opacity: .7; }
.cp-check .cp-word { font-weight: 600; }
.cp-check .cp-right { color: #2e8b57; }
.cp-check .cp-wrong { color: #d0453b; }
.cp-check .cp-undecided { color: #b7791f; }
.cp-check .cp-follows, .cp-check .cp-unchecked, .cp-check .cp-dim { opacity: .7; }
.cp-check .cp-finding { border-left: 3px solid #d0453b; padding: .1em .8em;
  margin: .1em 0 .6em; }
.cp-check .cp-finding td { padding: .1em 1em .1em 0; }
.cp-check .cp-mend { font-weight: 600; }
.cp-check .cp-note { border-left: 3px solid #d6a13b; padding: .1em .7em;
  margin: .4em 0; }
""".strip()


def to_html(report: Report, hint: int = MEND) -> str:
    """The whole report, as one ``<div>``."""
    return "\n".join(_lines(told(report, hint), hint)) + "\n"


def _lines(report: Report, hint: int) -> Iterator[str]:
    yield f"<div class='cp-check'><style>{STYLE}</style>"
    result = (
        f"<span class='cp-{report.verdict}'>{escape(words.headline(report))}</span>"
    )
    yield f"<h2>{escape(report.file)} {result}</h2>"
    if report.verdict == "undecided":
        yield f"<p>{escape(words.reason(report))}</p>"
    if report.loss:
        yield f"<div><span class='cp-dim'>loss</span> {_code(words.loss(report))}</div>"
    shown = words.rows(report)
    if hint == LINE and report.verdict != "right":
        shown = [row for row in shown if row.status == "wrong"]
    yield from _table(shown)
    for note in report.notes:
        yield f"<div class='cp-note'>{escape(words.placed(report, note))}</div>"
    if report.layer:
        yield f"<div class='cp-dim'>sandbox: {escape(report.layer)}</div>"
    yield "</div>"


def _table(rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    several = len({row.function for row in rows}) > 1
    function = ""
    yield "<table>"
    for row in rows:
        if several and row.function != function:
            title = f"in {row.function}" if row.function else "in the script"
            yield f"<tr><td colspan='4' class='cp-dim'>{escape(title)}</td></tr>"
        function = row.function
        says = row.says if row.status == "follows" else _code(row.says)
        yield (
            f"<tr><td class='cp-place'>{escape(row.place)}</td>"
            f"<td>{_code(row.variable)}</td>"
            f"<td class='cp-word cp-{row.status}'>{escape(row.word)}</td>"
            f"<td>{says}</td></tr>"
        )
        for details in row.details:
            yield "<tr><td></td><td colspan='3'><div class='cp-finding'><table>"
            yield from _details(details)
            yield "</table></div></td></tr>"
    yield "</table>"


def _details(details: Details) -> Iterator[str]:
    for label, text in details.entries:
        prose = label in ("why", "kind")
        shown = escape(text) if prose else f"<pre>{escape(text)}</pre>"
        style = " class='cp-mend'" if label == "mend" else ""
        yield f"<tr><td class='cp-dim'>{label}</td><td{style}>{shown}</td></tr>"
    if details.yours and details.right:
        for label, text in (("yours", details.yours), ("right", details.right)):
            yield (
                f"<tr><td class='cp-dim'>{label}</td>"
                f"<td><pre>{escape(text)}</pre></td></tr>"
            )
    if details.code:
        yield f"<tr><td></td><td class='cp-dim'>{escape(details.code)}</td></tr>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>" if text else ""
