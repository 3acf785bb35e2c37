"""What a docstring says about a network, without what it says about running a file."""

from __future__ import annotations

import re

# A paragraph with any of these is for the teacher, or gives the answer away.
_NOT_FOR_STUDENTS = re.compile(
    r"clearprop|\bderive|error\s+term|weight\s+step|\bexample\b.*\.py|\w\.py\b|^\s*(python|\$|>>>)",
    re.MULTILINE,
)


def paragraphs(docstring: str | None) -> list[str]:
    """The paragraphs that can be shown to a student."""
    made = re.split(r"\n\s*\n", docstring.strip("\n")) if docstring else []
    kept: list[str] = []
    for i, text in enumerate(made):
        following = made[i + 1] if i + 1 < len(made) else ""
        leads_on = text.rstrip().endswith(":") and _NOT_FOR_STUDENTS.search(following)
        if not leads_on and not _NOT_FOR_STUDENTS.search(text):
            kept.append(text)
    return kept
