"""Two facts about clearprop that aren't ratios to a peer.

Beside a busy process on every core, a training has half of each: in proportion, it
takes twice as long. And how long a classifier of digits takes until it is right at 97
of 100 pictures that it has never seen, in a process and a cache of its own, so that
deriving and compiling count.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from time import perf_counter, sleep

from timing import PAUSE

SPIN = "while True: pass"
# Until the processes spin, and their neighbours have noticed.
SETTLED = 0.2


def cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows or macOS
        return os.cpu_count() or 1


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that compute without end."""
    running = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    sleep(SETTLED)
    try:
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def alone_and_beside(
    turns: dict[str, Callable[[], object]], rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of each turn, alone and beside a busy process on every core."""
    times: dict[str, tuple[list[float], list[float]]] = {n: ([], []) for n in turns}
    for call in turns.values():
        call()
    for _ in range(rounds):
        for at, count in enumerate((0, cores())):
            with busy(count):
                for name, call in turns.items():
                    sleep(PAUSE)
                    start = perf_counter()
                    call()
                    times[name][at].append(perf_counter() - start)
    return times


DIGITS = """
from time import perf_counter
import numpy as np
from sklearn.datasets import load_digits

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
order = np.random.default_rng(0).permutation(len(X))
known, unseen = order[360:], order[:360]

start = perf_counter()
import clearprop as cp

network = cp.mlp([64, 64, 10], hidden="relu", output="softmax")
run = cp.train(
    network, data={"x": X[known], "t": y[known]}, engine="native", optimizer="adam",
    learning_rate=0.003, epochs=30, batch_size=32,
)
guesses = network.predict(X[unseen], run.params).argmax(axis=1)
print(perf_counter() - start, np.mean(guesses == y[unseen]))
"""


def digits(rounds: int) -> tuple[float, float]:
    """Seconds from importing clearprop to the last guess, and the share of right ones.

    Nothing was compiled before. Raises ImportError without scikit-learn's pictures.
    """
    import sklearn.datasets  # noqa: F401 (asked whether it is there)

    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            done = subprocess.run(
                [sys.executable, "-c", DIGITS],
                env={**os.environ, "CLEARPROP_CACHE": cache},
                capture_output=True,
                text=True,
                check=True,
            )
        found.append([float(word) for word in done.stdout.split()])
    seconds, shares = zip(*found, strict=True)
    return statistics.median(seconds), min(shares)
