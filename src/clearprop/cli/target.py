"""What the user points at: a script, a notebook, or a function or method in a file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from clearprop.errors import ClearpropError, SourceError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from clearprop.backward import Backward

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")


class Target(NamedTuple):
    """A file and, maybe, the dotted name of a function in it."""

    file: str
    function: str | None = None

    @property
    def title(self) -> str:
        """The file's name, without its folder."""
        return os.path.basename(self.file)


def parse(text: str) -> Target:
    """``network.py`` or ``network.py:net.loss``."""
    file, colon, name = text.rpartition(":")
    if colon and file and not os.path.exists(text) and not re.search(r"[/\\]", name):
        if not _NAME.match(name):
            raise SourceError(
                f"{text}: {name!r} is not the name of a function: write it as "
                f"{file}:loss or {file}:net.loss"
            )
        return Target(file, name)
    return Target(text)


def names(text: str | None) -> list[str] | None:
    """``W1, params['b,c']`` as a list: commas inside brackets don't divide."""
    if text is None:
        return None
    found, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            found.append(text[start:i].strip())
            start = i + 1
    found.append(text[start:].strip())
    return [name for name in found if name]


def derive(target: Target, options: Namespace) -> Backward:
    """Run the forward pass of a target and derive it."""
    from clearprop.backward import derive_trace
    from clearprop.trace.script import trace_script

    wrt, call = names(options.wrt), options.call or target.function
    try:
        trace = trace_script(target.file, loss=options.loss, wrt=wrt, call=call)
        if wrt is None:
            from clearprop.trace.weights import learned

            wrt = learned(trace, _moved(target, call))
        return derive_trace(trace, wrt=wrt, style=options.style)
    except SystemExit:
        raise SourceError(
            f"{target.title}: the forward pass ended the program"
        ) from None
    except ClearpropError as error:
        if not str(error).startswith("line "):
            raise
        from clearprop.trace.source import read

        placed = read(target.file).placed(str(error))
        raise type(error)(placed) from error


def _moved(target: Target, call: str | None) -> Iterable[str]:
    """For a function: what the program around it moves, as by ``W -= rate * dW``."""
    from clearprop.trace.loss import plan
    from clearprop.trace.source import read

    return plan(read(target.file).tree).updated if call is not None else ()
