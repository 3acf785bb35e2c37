"""The child's side: close the doors, call the task, send its answer, end.

Comes in on standard input: the order (the layer, the limits, the task, the secret token
of the answer) and the request, as two lines of JSON. Goes out through the answer pipe:
one frame with ``{"result": …}`` or ``{"problem": …}``. The task's own module is
imported before the doors close, everything that the submission does comes after.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from clearprop.checking.sandbox import channel, kernel, landlock, limits, seccomp
from clearprop.checking.sandbox.answer import MB, Layer, Limits
from clearprop.errors import ClearpropError

Task = Callable[[dict[str, Any]], Any]

# A task is one of clearprop's own functions; nothing else may be called by name.
_OWN = "clearprop.checking."
_MESSAGE = 2000


def main(order: dict[str, Any]) -> None:
    """Carry out one order and end the process, whatever the program left behind."""
    send = channel.sender(_hidden(order["answer"]), bytes.fromhex(order.pop("token")))
    encode, end, flush = json.JSONEncoder().encode, os._exit, _flush
    request = json.loads(sys.stdin.buffer.readline())
    _close_input()
    allowed = Limits(**order["limits"])
    task = resolve(order["task"])
    lock(Layer(order["layer"]), allowed, order["readable"], order["writable"])
    payload = _attempt(lambda: encode({"result": task(request)}).encode(), allowed)
    flush()
    send(payload if isinstance(payload, bytes) else encode(payload).encode())
    end(0)


def resolve(task: str) -> Task:
    """The function that a task's name, ``package.module:function``, stands for."""
    module, _, function = task.partition(":")
    if not module.startswith(_OWN):
        raise ValueError(f"{task}: a task is a function of {_OWN.rstrip('.')}")
    found: Task = getattr(import_module(module), function)
    return found


def lock(
    layer: Layer, allowed: Limits, readable: list[str], writable: list[str]
) -> None:
    """Close the doors of a layer; an OSError if one of them can't be closed."""
    limits.die_with_parent()
    if layer is not Layer.PLAIN:
        kernel.no_new_privileges()
        kernel.drop_capabilities()
    if layer is Layer.LANDLOCK:
        landlock.restrict(readable, writable)
    limits.apply(allowed)
    if layer is not Layer.PLAIN:
        seccomp.restrict()


def _attempt(action: Callable[[], bytes], allowed: Limits) -> bytes | dict[str, str]:
    """What the action gives, or how it failed in one sentence."""
    try:
        return action()
    except ClearpropError as refusal:
        said = str(refusal)
    except SystemExit:
        said = "the program ended itself (sys.exit) before it was done"
    except KeyboardInterrupt:
        said = "the program interrupted itself before it was done"
    except MemoryError:
        said = f"the program needed more than {allowed.memory // MB} MB of memory"
    except BaseException as error:
        said = _worded(error)
    return {"problem": said[:_MESSAGE]}


def _worded(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # an exception of the program's own can't even be printed
        return type(error).__name__


def _flush() -> None:
    """What was printed is to be read before the answer is; a closed stdout is fine."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            continue


def _hidden(fd: int) -> int:
    """The same pipe at a number that isn't the next one a program would guess."""
    import fcntl

    hidden = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64 + os.urandom(1)[0] // 2)
    os.close(fd)
    return hidden


def _close_input() -> None:
    """The order with its token can't be read a second time; input() sees the end."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # The old object still has the order in its buffer, and would seek back to it.
    empty = open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process
    sys.stdin = sys.__stdin__ = empty  # type: ignore[misc]
