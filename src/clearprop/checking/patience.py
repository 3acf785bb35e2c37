"""How long a search may go on, whatever else the machine does.

By the clock on the wall a search finds less where the machine is busy, and a program
that was right yesterday is undecided today. So its work is counted in processor time;
only where the program under check sleeps does the wall's clock decide.
"""

from __future__ import annotations

from time import perf_counter, process_time

# A machine this many times slower than an idle one still finds the same.
BUSY = 5
# So often the processor's clock is asked: where a system call is slow, asking it at
# every step would be most of the work.
EVERY = 0.01


class Patience:
    """Begins when it is made; ``over`` once so many seconds of work are done."""

    __slots__ = ("_again", "_latest", "_worked")

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._again = now + seconds
        self._latest = now + BUSY * seconds
        self._worked = process_time() + seconds

    @property
    def left(self) -> float:
        """Seconds of work that are left, at least 0."""
        return max(0.0, self._worked - process_time())

    @property
    def over(self) -> bool:
        now = perf_counter()
        if now < self._again:  # the cheaper clock first: this is asked often
            return False
        if now > self._latest or process_time() > self._worked:
            return True
        self._again = now + EVERY
        return False
