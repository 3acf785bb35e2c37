"""The pytest fixture ``check_backward``: a test that fails with the checker's report.

pytest finds it through the entry point ``pytest11``, so it is loaded wherever clearprop
is installed, in sessions that never use it too: nothing but pytest is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CheckBackward = Callable[..., None]


@pytest.fixture
def check_backward() -> CheckBackward:
    """Check that a hand-written backward pass is right.

    ``check_backward(forward, backward, x, w)`` takes what ``clearprop.check`` takes,
    its options included. It fails with the report as its message, also where nothing
    could be decided: a test that passes says that the gradients are right.
    """

    def check(*args: Any, **options: Any) -> None:
        __tracebackhide__ = True
        if said := _complaint(args, options):
            pytest.fail(said)

    return check


def _complaint(args: tuple[Any, ...], options: dict[str, Any]) -> str:
    """What is to be said against the backward pass, or nothing."""
    import clearprop

    try:
        report = clearprop.check(*args, **options)
    except clearprop.ClearpropError as error:
        return f"this could not be checked: {error}"
    return "" if report.verdict == "right" else str(report)
