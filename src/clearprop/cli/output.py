"""Where results go: files that are whole or absent, JSON, and colour on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from clearprop.errors import ClearpropError

PICTURES = (".png", ".svg", ".pdf")
_COLOURS = {"red": "31", "yellow": "33", "dim": "2"}


def coloured(stream: TextIO) -> bool:
    """Whether colour is welcome: a terminal, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Text in a colour, where colour is welcome."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if coloured(stream) else text


def as_json(value: Any) -> str:
    """One JSON object, in ASCII, so that any reader will do."""
    import json

    return json.dumps(value, indent=2) + "\n"


def show(text: str) -> None:
    """Text on stdout, its last line ended."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable("stdout", error) from error


def tell(sentence: str) -> None:
    """A sentence on stderr, beside the result; an empty one is none."""
    if sentence:
        print(painted("clearprop:", "dim", sys.stderr), sentence, file=sys.stderr)


def warn(message: str) -> None:
    """Something that the user should know, on stderr."""
    print(
        painted("clearprop: warning:", "yellow", sys.stderr), message, file=sys.stderr
    )


def complain(reason: str) -> None:
    """What went wrong, on stderr, if anybody listens."""
    with suppress(OSError):
        print(painted("clearprop:", "red", sys.stderr), reason, file=sys.stderr)


def plain(value: Any) -> Any:
    """What JSON can say: arrays as lists, records by field, anything else as text."""
    import numpy as np

    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is not None:
        return {name: plain(getattr(value, name)) for name in fields}
    return str(value)


def check_places(given: Iterable[str | None], wanted: Iterable[str | None]) -> None:
    """Whether results may be written there: not over the input or one another."""
    from clearprop.training.archive import check_place

    taken = {os.path.realpath(path) for path in given if path}
    for path in wanted:
        if not path:
            continue
        check_place(path)
        target = os.path.realpath(path)
        if target in taken:
            raise ClearpropError(f"{path} would be overwritten: choose another name")
        taken.add(target)


def write_picture(path: str, figure: Any) -> None:
    """A matplotlib figure, in the format that the file's ending says."""
    import io

    ending = os.path.splitext(path)[1].lstrip(".").lower()
    content = io.BytesIO()
    figure.savefig(content, format=ending)
    write_bytes(path, content.getvalue())


def write_file(path: str, text: str) -> None:
    """A text file, whole or as it was before, its last line ended."""
    whole = text if text.endswith("\n") else text + "\n"
    write_bytes(path, whole.encode("utf-8"))


def write_bytes(path: str, content: bytes) -> None:
    """A file that is whole or, if anything fails, as it was before."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        if os.path.isdir(target):
            raise ClearpropError(f"{path} is a folder: name a file in it")
        _write(target, path, content)  # a device or a pipe can't be replaced
        return
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        _write(temporary, path, content)
        with suppress(OSError):  # keep the rights of a file that is replaced
            os.chmod(temporary, os.stat(target).st_mode & 0o777)
        try:
            os.replace(temporary, target)
        except OSError as error:
            raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _write(target: str, path: str, content: bytes) -> None:
    try:
        with open(target, "wb") as file:
            file.write(content)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> ClearpropError:
    if isinstance(error, FileNotFoundError):
        folder = os.path.dirname(path) or "."
        return ClearpropError(f"{path} can't be written: there is no folder {folder}")
    return ClearpropError(f"{path} can't be written: {error.strerror or error}")


@contextmanager
def muted() -> Iterator[None]:
    """The user's program runs with nothing to read and nobody to listen.

    File descriptors are turned away too: programs that the program starts write there.
    """
    streams = sys.stdin, sys.stdout, sys.stderr
    sys.stdout.flush()
    sys.stderr.flush()
    null = os.open(os.devnull, os.O_RDWR)
    kept: list[tuple[int, int]] = []
    for number in (0, 1, 2):
        with suppress(OSError):  # a descriptor that is closed stays closed
            kept.append((number, os.dup(number)))
            os.dup2(null, number)
    try:
        with (
            open(os.devnull, encoding="utf-8") as nothing,
            open(os.devnull, "w", encoding="utf-8") as nobody,
        ):
            sys.stdin, sys.stdout, sys.stderr = nothing, nobody, nobody
            yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(null)
