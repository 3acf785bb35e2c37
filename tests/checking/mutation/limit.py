"""A time limit for what runs in this process, where the system has alarms."""

from __future__ import annotations

import signal
from types import FrameType


class TooLong(BaseException):
    """Raised when the time is over; no ``except Exception`` catches it."""


class time_limit:
    """``with time_limit(5): ...`` raises ``TooLong`` after five seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "SIGALRM"):
            self.before = signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)

    @staticmethod
    def _stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLong
