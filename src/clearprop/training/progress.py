"""How far a training is: a bar with the loss, the speed and the time left.

It goes to stderr where that is a terminal and rich (the extra ``progress``) is there,
leaves nothing behind when it is done, and is silent otherwise.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a training is, for those who look on."""

    epoch: int
    epochs: int | None
    step: int
    steps: int
    loss: float
    validation_loss: float | None
    seconds: float
    engine: str


# The speed is that of so many seconds.
_LATELY = 2.0

Seen = Callable[[Progress], None]


@contextmanager
def following(steps: int, made: int, wanted: bool | None) -> Iterator[Seen | None]:
    """A function to be told of each part that is done; none where nobody looks.

    ``made``: the steps of an earlier run. ``wanted``: None: if someone looks.
    """
    if not _shown(wanted):
        yield None
        return
    with _bar() as bar:
        task = bar.add_task("", total=steps, completed=made, loss="", speed="")
        lately: deque[Progress] = deque()

        def seen(progress: Progress) -> None:
            lately.append(progress)
            while len(lately) > 2 and progress.seconds - lately[1].seconds >= _LATELY:
                lately.popleft()
            bar.update(
                task,
                completed=progress.step,
                loss=_losses(progress),
                speed=f"{_speed(lately):,.0f} steps/s",
            )

        yield seen


def _speed(lately: deque[Progress]) -> float:
    """Steps in a second, of late: NumPy's are no measure for those of compiled code."""
    first, last = lately[0], lately[-1]
    steps, seconds = last.step, last.seconds
    if first is not last:
        steps, seconds = steps - first.step, seconds - first.seconds
    return steps / max(seconds, 1e-9)


def _shown(wanted: bool | None) -> bool:
    if wanted is False or sys.stderr is None:
        return False
    if wanted is None and not sys.stderr.isatty():
        return False
    try:
        import rich.progress  # noqa: F401 (asked whether it is there)
    except ImportError:
        return False
    return True


def _losses(progress: Progress) -> str:
    held = progress.validation_loss
    return f"loss {progress.loss:.4g}" + ("" if held is None else f", held {held:.4g}")


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("training"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


__all__ = ["Progress", "following"]
