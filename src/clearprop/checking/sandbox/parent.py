"""The parent's side: start a child, listen until its deadline, clean up after it.

Comes in: a task, its request and a layer. Goes out: an ``Answer``, always: whatever the
child does, this returns soon after the deadline, with the child and all that it started
gone and its files deleted.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from clearprop.checking.sandbox import bubblewrap, channel, places
from clearprop.checking.sandbox.answer import MB, Answer, Layer, Limits
from clearprop.checking.sandbox.scratch import too_much, work_folder

Path = str | os.PathLike[str]

# -I ignores the user's environment and folder; the rest of the order is on the input.
_BOOT = """
import json, sys
def start(order):
    sys.path[:0] = [root for root in order["roots"] if root not in sys.path]
    from clearprop.checking.sandbox.child import main
    main(order)
start(json.loads(sys.stdin.buffer.readline()))
"""
_FLAGS = ("-I", "-B", "-X", "utf8", "-c", _BOOT)

_ONE_THREAD = (
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    *("BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TICK = 0.1
_GRACE = 1.0
_CHUNK = 1 << 16


@dataclass(slots=True)
class _Heard:
    answer: bytearray = field(default_factory=bytearray)
    text: bytearray = field(default_factory=bytearray)
    text_dropped: bool = False
    stopped: str = ""  # why the parent lost patience


def run_in(
    layer: Layer,
    task: str,
    request: Mapping[str, Any],
    limits: Limits,
    files: Sequence[Path],
) -> Answer:
    """Run one task in a child, in the given layer."""
    begun = time.monotonic()
    if sys.platform == "win32":
        problem = "clearprop can't run a program apart from itself on Windows"
        return Answer(False, None, problem, "", 0.0, layer)
    named = {os.path.basename(path): path for path in map(os.path.abspath, files)}
    for name, path in named.items():
        if os.path.islink(path) and layer is not Layer.PLAIN:
            # It could lead to the answer key.
            problem = f"{name} is a link: the file itself has to be handed in"
            return Answer(False, None, problem, "", 0.0, layer)
    token = secrets.token_bytes(channel.TOKEN)
    with work_folder(layer, named) as scratch, _pipe() as answer, _pipe() as text:
        readable = places.readable()
        order = {
            "roots": places.import_roots(),
            "layer": layer,
            "limits": asdict(limits),
            "task": task,
            "readable": [*readable, *places.DEVICES, *named.values()],
            "writable": [scratch, os.devnull],
            "answer": answer.write.fileno(),
            "token": token.hex(),
        }
        before = _before(layer, readable, named, limits)
        process = _start(before, scratch, _input(order, request), answer, text)
        heard = _Heard(stopped="was interrupted")
        try:
            deadline = begun + limits.wall
            heard = _listen(process, answer.read, text.read, deadline, limits, scratch)
        finally:
            code = _end(process, 0 if heard.stopped else _GRACE)
        _drain(text.read, heard, limits)
    result, problem = _judge(heard, token, code, layer, limits)
    printed = heard.text.decode("utf-8", "replace")
    if heard.text_dropped:
        printed += "\n(and more, which was not kept)\n"
    seconds = time.monotonic() - begun
    return Answer(not problem, result, _tame(problem), _tame(printed), seconds, layer)


def _tame(text: str) -> str:
    """Without what moves a terminal's cursor, colours it or types into it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", lines)


@dataclass(frozen=True, slots=True)
class _Pipe:
    read: IO[bytes]
    write: IO[bytes]


@contextmanager
def _pipe() -> Iterator[_Pipe]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    with open(read, "rb", buffering=0) as r, open(write, "wb", buffering=0) as w:
        yield _Pipe(r, w)


def _input(order: Mapping[str, Any], request: Mapping[str, Any]) -> IO[bytes]:
    """A file without a name: unlike a pipe, it can't fill up and block."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the child is started
    for line in (order, request):
        file.write(json.dumps(line).encode() + b"\n")
    file.seek(0)
    return file


def _before(
    layer: Layer, readable: Sequence[str], files: dict[str, str], limits: Limits
) -> list[str]:
    if layer is not Layer.BUBBLEWRAP:
        return []
    program = bubblewrap.binary() or "bwrap"
    return bubblewrap.command(program, readable, files, limits)


def _start(
    before: Sequence[str], scratch: str, order: IO[bytes], answer: _Pipe, text: _Pipe
) -> subprocess.Popen[bytes]:
    with order, answer.write, text.write:
        return subprocess.Popen(
            [*before, sys.executable, *_FLAGS],
            stdin=order,
            stdout=text.write,
            stderr=text.write,
            pass_fds=(answer.write.fileno(),),
            cwd="/" if before else scratch,
            env=_environment(scratch),
            start_new_session=True,
        )


def _environment(scratch: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
    return {
        **kept,
        **dict.fromkeys(_ONE_THREAD, "1"),
        **dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), scratch),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
    }


def _listen(
    process: subprocess.Popen[bytes],
    answer: IO[bytes],
    text: IO[bytes],
    deadline: float,
    limits: Limits,
    scratch: str,
) -> _Heard:
    """Read both pipes until the answer is whole, the child is gone or time is up."""
    heard = _Heard()
    with selectors.DefaultSelector() as selector:
        selector.register(answer, selectors.EVENT_READ)
        selector.register(text, selectors.EVENT_READ)
        next_look = time.monotonic() + _TICK
        while selector.get_map():
            now = time.monotonic()
            if now >= deadline:
                heard.stopped = f"ran for more than {limits.wall:g} s and was stopped"
                break
            if now >= next_look:
                if too_much(scratch, limits):
                    heard.stopped = (
                        f"wrote more than {limits.scratch // MB} MB of files"
                    )
                    break
                next_look = now + _TICK
            ready = selector.select(min(deadline - now, _TICK))
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is answer:
                    heard.answer += chunk
                else:
                    _keep(chunk, heard, limits)
            if channel.complete(heard.answer, limits.answer):
                break
            if not ready and process.poll() is not None:
                break  # a copy of a pipe is open somewhere, but nobody is left to write
    return heard


def _keep(chunk: bytes, heard: _Heard, limits: Limits) -> None:
    room = limits.text - len(heard.text)
    heard.text += chunk[:room]
    heard.text_dropped |= len(chunk) > room


def _drain(text: IO[bytes], heard: _Heard, limits: Limits) -> None:
    """What was printed just before the answer and is still in the pipe."""
    while not heard.text_dropped:
        try:
            chunk = os.read(text.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            return
        _keep(chunk, heard, limits)


def _end(process: subprocess.Popen[bytes], grace: float) -> int | None:
    """End the child and its group; its own exit code, or None if it had to be killed.

    A child that is on its way out is let go: bubblewrap then clears up its own.
    """
    try:
        code: int | None = process.wait(grace)
    except subprocess.TimeoutExpired:
        code = None
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return code


def _judge(
    heard: _Heard, token: bytes, code: int | None, layer: Layer, limits: Limits
) -> tuple[Any, str]:
    """The result, or why there is none."""
    if heard.stopped:
        return None, f"the program {heard.stopped}"
    if not heard.answer:
        return None, f"the program {_silence(code, layer, limits)}"
    try:
        message = channel.opened(heard.answer, token, limits.answer)
    except channel.BadAnswer as error:
        return None, f"the program {error}"
    if "problem" in message:
        return None, str(message["problem"]) or "the program failed without a word"
    return message["result"], ""


def _silence(code: int | None, layer: Layer, limits: Limits) -> str:
    """How a child ended that sent no answer."""
    if code is None:
        return "closed the channel that clearprop's own answer goes through"
    # bubblewrap reports a signal as a shell does.
    killed_by = code - 128 if layer is Layer.BUBBLEWRAP else -code
    if killed_by == signal.SIGXCPU:
        return f"used more than {limits.cpu} s of processor time and was stopped"
    if killed_by in list(signal.Signals):
        return f"was killed ({signal.Signals(killed_by).name})"
    return f"ended without an answer (exit code {code})"
