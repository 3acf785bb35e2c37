"""What a file defines, ready to be trained: its forward pass, weights, data and rate.

A function of the file is trained as it is, its arguments taken by name from the file's
globals. A script, and a method whose weights lie in its object, are written out first
as one flat function: the lines that the loss needs, every array an argument.
"""

from __future__ import annotations

import inspect
import linecache
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from clearprop.backward import Backward
from clearprop.errors import DeriveError
from clearprop.explain.rate import rate_of
from clearprop.trace.infile import load_function
from clearprop.trace.result import Leaf
from clearprop.trace.source import read
from clearprop.write.frame import imports
from clearprop.write.program import Program as Written
from clearprop.write.writer import write


@dataclass(frozen=True)
class Program:
    """A forward pass with everything that it is called with.

    ``source`` is the flat function, to be read and kept beside the weights. ``rate`` is
    the learning rate of the file, None where it has none.
    """

    network: Callable[..., Any]
    params: dict[str, Any]
    data: dict[str, Any]
    rate: float | None
    source: str


def program_of(backward: Backward, file: str, call: str | None) -> Program:
    """The program that a backward pass was derived from.

    ``call`` names the function of the file, or is the whole call; None for a script.
    """
    trace = backward.trace
    if trace.draws_from is not None:
        raise DeriveError(
            f"{trace.name} draws random numbers in its forward pass: train it from "
            "Python, with clearprop.train"
        )
    # of a function's file too, where the function doesn't name it
    whole = replace(trace, source_lines=read(file).lines)
    found = rate_of(whole, {leaf.node: leaf.value for leaf in trace.leaves})
    rate = None if found is None else found[1]
    learned = backward.wanted
    source = _flat(backward)
    if call is not None and not any(leaf.captured for leaf in learned):
        function, args, kwargs = load_function(file, call, read(file))
        given = inspect.signature(function).bind(*args, **kwargs)
        names = list(dict.fromkeys(leaf.path[0] for leaf in learned))
        values = given.arguments
        return Program(
            function,
            {name: values[name] for name in names},
            {k: v for k, v in values.items() if k not in names},
            rate,
            source,
        )
    return Program(
        _compiled(trace.name, source),
        {leaf.name: leaf.value for leaf in learned},
        {leaf.name: leaf.value for leaf in trace.leaves if leaf not in learned},
        rate,
        source,
    )


def _flat(backward: Backward) -> str:
    """The forward pass as a function of all its arrays that returns the loss."""
    trace = backward.trace
    parameters = [
        inspect.Parameter(leaf.name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for leaf in trace.leaves
    ]
    leaves = [_plain(leaf) for leaf in trace.leaves]
    request = replace(
        backward.request,
        parameters=parameters,
        leaves=leaves,
        wanted=[],
        walked=[],
        containers={},
        statics={},
        with_loss=True,
    )
    return _text(trace.name, write(request), [leaf.name for leaf in leaves])


def _plain(leaf: Leaf) -> Leaf:
    """``params["W"]`` and ``self.W`` as an argument called ``W``."""
    return replace(leaf, label=leaf.name, path=(leaf.name,), captured=False)


def _text(name: str, written: Written, arguments: list[str]) -> str:
    lines = [
        line for made in written.lines if made.section != "guard" for line in made.code
    ]
    body = "\n".join(lines).rstrip().removesuffix(", {}")
    head = f"def {name}({', '.join(arguments)}):"
    if len(head) > 88:
        inner = textwrap.fill(
            ", ".join(arguments), 84, initial_indent="    ", subsequent_indent="    "
        )
        head = f"def {name}(\n{inner}\n):"
    return "\n".join([*imports(lines), "", "", head, body, ""])


def _compiled(name: str, source: str) -> Callable[..., Any]:
    """The function; its lines can be read by whoever traces it."""
    file = f"<{name} {crc32(source.encode()):08x}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = (len(source), None, lines, file)
    scope: dict[str, Any] = {"__name__": name}
    exec(compile(source, file, "exec"), scope)
    function: Callable[..., Any] = scope[name]
    return function


__all__ = ["Program", "program_of"]
