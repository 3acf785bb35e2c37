"""The command line: ``clearprop derive``, ``explain``, ``check``, ``train`` and so on.

What comes in are arguments, what goes out is text on stdout and an exit code: 0 done
or right, 1 wrong (a check) or diverged (a training), 2 could not, with the reason as
one sentence on stderr.
With ``--format json`` stdout holds JSON and nothing else, whatever happens.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DONE, COULD_NOT, INTERRUPTED = 0, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = _joined(sys.argv[1:] if arguments is None else arguments)
    _lenient_output()
    json, debug = _wants_json(given), "--debug" in given
    try:
        try:
            return _run(given)
        except Exception as error:
            if isinstance(error, BrokenPipeError):
                raise
            if debug:
                import traceback

                traceback.print_exc()
            return _could_not(_sentence(error), json)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _could_not("interrupted", json, INTERRUPTED)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(given: Sequence[str]) -> int:
    from clearprop.cli.parser import parser

    options: argparse.Namespace = parser().parse_args(given)
    if options.command == "check":
        from clearprop.cli.check import check_command

        return check_command(options)
    if options.command == "train":
        from clearprop.cli.train import train

        return train(options)
    from clearprop.cli import commands, exercise, predict

    command = {
        "derive": commands.derive,
        "explain": commands.explain,
        "exercise": exercise.exercise,
        "predict": predict.predict,
    }
    command[options.command](options)
    return DONE


def _sentence(error: Exception) -> str:
    """What went wrong, on its own; nobody but us needs a traceback."""
    from clearprop.errors import ClearpropError

    if isinstance(error, ClearpropError):
        return str(error)
    if isinstance(error, RecursionError):
        return "the forward pass nests too deeply for Python: split it up"
    if isinstance(error, MemoryError):
        return "there is not enough memory: try a smaller example"
    return (
        f"clearprop itself failed ({type(error).__name__}: {error}): please report it "
        "with the forward pass, and with what --debug prints"
    )


def _could_not(reason: str, json: bool, code: int = COULD_NOT) -> int:
    if json:
        from contextlib import suppress

        from clearprop.cli.output import as_json, show
        from clearprop.errors import ClearpropError

        with suppress(ClearpropError):  # where stdout is what can't be written
            show(as_json({"error": reason}))
    from clearprop.cli.output import complain

    complain(reason)
    return code


def _wants_json(given: Sequence[str]) -> bool:
    """Known before the arguments are parsed, for errors in the arguments."""
    from itertools import pairwise

    return "--format=json" in given or ("--format", "json") in pairwise(given)


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--loss -np.log(p)`` as ``--loss=-np.log(p)``: an expression is no option."""
    joined: list[str] = []
    for word in arguments:
        negative = word.startswith("-") and not word.startswith(("--", "-o", "-h"))
        if negative and joined and joined[-1] in ("--loss", "--against"):
            word = f"{joined.pop()}={word}"
        joined.append(word)
    return joined


def _lenient_output() -> None:
    """A δ on a terminal that has none becomes a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


__all__ = ["main"]
