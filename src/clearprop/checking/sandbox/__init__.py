"""Programs that someone else wrote, run apart from everything else.

Comes in: the name of one of clearprop's own functions and a JSON request for it, which
says what program to run. Goes out: that function's JSON result and how the run ended.
The function runs in a fresh child process, in the strongest layer this machine has:

1. bubblewrap: namespaces, no network, nothing of the machine's files but Python;
2. Landlock and seccomp: the process gives up its own rights, no privilege needed;
3. none: ``available()`` is None, and only files that one trusts should be run.

What is promised: this reduces the risk from buggy or casually malicious submissions.
For hostile input use a disposable virtual machine. In particular the program shares its
process with the task that watches it, so someone who knows clearprop's source well can
make the *task* return what they like: the caller believes no verdict from a child, only
material for its own. The child is never given what it must not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Answer", "Layer", "Limits", "available", "run", "why_not"]

if TYPE_CHECKING:
    from clearprop.checking.sandbox.answer import Answer, Layer, Limits
    from clearprop.checking.sandbox.layers import available, run, why_not

_HOMES = {
    "Answer": "clearprop.checking.sandbox.answer",
    "Layer": "clearprop.checking.sandbox.answer",
    "Limits": "clearprop.checking.sandbox.answer",
    "available": "clearprop.checking.sandbox.layers",
    "run": "clearprop.checking.sandbox.layers",
    "why_not": "clearprop.checking.sandbox.layers",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: each child starts without the parent's."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
