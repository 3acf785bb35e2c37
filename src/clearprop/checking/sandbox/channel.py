"""The one way out of the sandbox: a pipe that carries a single framed answer.

A frame is a secret token of this run, the length, and JSON. The child gets the token
on its input and keeps it in a closure; the parent takes nothing that doesn't begin with
it. What the program prints goes elsewhere, so a report that is printed, or bytes that
are written to whatever is open, never pass for an answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

TOKEN = 32
_LENGTH = 8
_HEAD = TOKEN + _LENGTH
# An empty list costs 3 bytes in JSON and 64 in memory: 32 MB would take most of a GB.
_CONTAINERS = 1_000_000


class BadAnswer(Exception):
    """Why the bytes in the pipe are no answer."""


def sender(fd: int, token: bytes) -> Callable[[bytes], None]:
    """The function that sends one payload; what it needs can't be patched later."""
    write = os.write

    def send(payload: bytes) -> None:
        head = token + len(payload).to_bytes(_LENGTH, "big")
        for part in (head, payload):
            rest = memoryview(part)
            while rest:
                rest = rest[write(fd, rest) :]

    return send


def complete(received: bytearray, limit: int) -> bool:
    """Whether there is nothing to wait for: a whole frame, or more than allowed."""
    if len(received) < _HEAD:
        return False
    return len(received) >= _HEAD + min(_length(received), limit)


def opened(received: bytearray, token: bytes, limit: int) -> dict[str, Any]:
    """The message in the frame: ``{"result": …}`` or ``{"problem": …}``."""
    if not received.startswith(token):
        raise BadAnswer(
            "wrote into the channel that clearprop's own answer goes through"
        )
    length = _length(received)
    if length > limit:
        raise BadAnswer(f"gave an answer of {length:,} bytes; {limit:,} are allowed")
    payload = bytes(received[_HEAD:])
    if len(payload) != length:
        raise BadAnswer("gave an answer that is cut off or has something after it")
    if payload.count(b"[") + payload.count(b"{") > _CONTAINERS:
        raise BadAnswer(f"gave an answer of more than {_CONTAINERS:,} lists")
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadAnswer("gave an answer that is not JSON") from None
    if not isinstance(message, dict) or not message.keys() & {"result", "problem"}:
        raise BadAnswer("gave an answer of the wrong form")
    return message


def _length(received: bytearray) -> int:
    return int.from_bytes(received[TOKEN:_HEAD], "big")
