"""Timing side by side: everyone has a turn in every round, and ratios are what counts.

Absolute times move from machine to machine and from day to day.
"""

import statistics
from collections.abc import Callable
from time import perf_counter


def interleaved(
    turns: dict[str, Callable[[], object]], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Seconds for one call of each, in each round: everyone has a turn in every round.

    A turn repeats the call for about `seconds`; the order rotates from round to round,
    so that nobody always follows the same neighbour.
    """
    repeats = {}
    for name, call in turns.items():
        call()
        start = perf_counter()
        call()
        repeats[name] = max(1, round(seconds / (perf_counter() - start)))

    names = list(turns)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            call, count = turns[name], range(repeats[name])
            start = perf_counter()
            for _ in count:
                call()
            times[name].append((perf_counter() - start) / len(count))
    return times


def ratio(times: list[float], yardstick: list[float]) -> float:
    """The median over the rounds: what is slow in a round is slow for both."""
    return statistics.median(a / b for a, b in zip(times, yardstick, strict=True))


def duration(seconds: float) -> str:
    if seconds < 1e-6:
        return f"{seconds * 1e9:.0f} ns"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.2f} s"
