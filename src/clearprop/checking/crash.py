"""Why a line raised, in a sentence or two: in shapes and in the user's own names.

Comes in the exception, the line of code and the shapes of what it names; goes out what
doesn't fit what and, where something simple does fit, that. Kinds of exceptions and the
words for them stand in one table; what isn't in it is told as Python did.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from clearprop.checking import crash_shapes as fits
from clearprop.checking import crash_values as values
from clearprop.checking.crash_line import Crash, listed, spelled

# Type, what the message holds, words. The first that has something to say says it.
_WORDS: tuple[tuple[type[BaseException], str, Callable[[Crash], str | None]], ...] = (
    (Exception, "", values.blank),
    (ValueError, "not aligned|matmul|broadcast", fits.mismatch),
    (ValueError, "into shape", fits.reshaped),
    (ValueError, "into shape", fits.stored),
    (ValueError, "truth value", values.truth),
    (ValueError, "axis", fits.axis),
    (IndexError, "axis .* dimension", fits.axis),
    (IndexError, "out of (bounds|range)", fits.index),
    (IndexError, "too many indices", fits.indices),
    (IndexError, "integer", values.whole),
    (NameError, "", values.name),
    (KeyError, "", values.key),
    (AttributeError, "", values.attribute),
    (ZeroDivisionError, "", values.zero),
    (AssertionError, "", values.assertion),
    (TypeError, "multiply sequence", values.sequence),
    (TypeError, "Cannot cast ufunc", values.integers),
    (TypeError, "'(NoneType|ellipsis|str)'", values.operand),
    (TypeError, "ufunc .* (loop|not supported)|<U", values.text),
    (TypeError, "not callable", values.called),
    (TypeError, "(indices must be|as an) integer|integer scalar", values.whole),
    (TypeError, "converted to Python scalar|0-dimensional", values.one_number),
)


def explain_crash(crash: Crash) -> str:
    """Why a line raised."""
    for kind, pattern, words in _WORDS:
        if isinstance(crash.error, kind) and re.search(pattern, crash.message):
            says = words(crash)
            if says:
                return says
    return _as_it_was(crash)


def _as_it_was(crash: Crash) -> str:
    """Python's own words, and the shapes of what the line names."""
    what = crash.message or "no more is known"
    says = f"{crash.code}: {type(crash.error).__name__}: {what}."
    named = dict.fromkeys(
        ast.unparse(node) for node in crash.nodes() if isinstance(node, ast.expr)
    )
    known = [f"{n} is {spelled(crash.shapes[n])}" for n in named if n in crash.shapes]
    return f"{says} Here {listed(known)}." if known else says
