"""Programs that try the sandbox itself: the probe of a layer, and the tests.

``execute`` is the one task that runs a given text as it is. The probe is such a text:
it tries what a layer must forbid, so that a layer is believed only after it has held.
"""

from __future__ import annotations

from typing import Any

EXECUTE = f"{__name__}:execute"

PROBE = """
import os, socket

def refused(action):
    try:
        action()
    except OSError:
        return True
    return False

def fork():
    if os.fork() == 0:
        os._exit(0)

forbidden = {
    "read a file of the user's": lambda: open(outside).read(),
    "write beside it": lambda: open(outside + ".new", "w"),
    "open a socket": lambda: socket.socket(),
    "start a process": fork,
    "signal another process": lambda: os.kill(os.getppid(), 0),
    "change a file's mode": lambda: os.chmod("own", 0o700),
}
open("own", "w").close()
result = [name for name, action in forbidden.items() if not refused(action)]
"""


def execute(request: dict[str, Any]) -> Any:
    """Run ``source`` with the names of ``given``; what it leaves in ``result``."""
    space = {"__name__": "__main__", **request.get("given", {})}
    exec(compile(request["source"], "<trial>", "exec"), space)
    return space.get("result")
