"""Trains on a .npy that is larger than the memory which this process may have.

``python streaming_program.py engine``: in the folder in which it runs it writes a file
with holes, which takes no place on the disk, and prints the losses of two epochs.
"""

import resource
import sys
from pathlib import Path

import numpy as np

import clearprop as cp

ROWS, COLUMNS = 600_000, 128
ROOM = 120 << 20  # for the order of the rows, the labels and the batches


def network() -> cp.MLP:
    return cp.mlp([COLUMNS, 8, 2], output="softmax")


def train(path: str, engine: str) -> cp.Run:
    table = cp.read_data(path, target=-1)
    prepared = cp.Preparation.of(table, labels="classes", classes=2)
    data = {"x": prepared.features(table), "t": prepared.target_of(table)}
    return cp.train(
        network(), data=data, epochs=2, batch_size=500, learning_rate=0.1, engine=engine
    )


def written(path: str, rows: int) -> None:
    """Zeros and, every hundred rows, a number that the label follows."""
    shape = (rows, COLUMNS + 1)
    whole = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    whole[::100, 0] = whole[::100, -1] = 1
    whole.flush()


def data_segment() -> int:
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmData")
    )
    return int(line.split()[1]) * 1024


def main() -> None:
    written("few.npy", 1000)
    train("few.npy", sys.argv[1])  # all is imported, compiled, and its threads began
    written("many.npy", ROWS)
    size = Path("many.npy").stat().st_size
    assert size > 2 * ROOM, size
    # private memory; pages of a file that are read can be given up again
    most = data_segment() + ROOM
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        np.load("many.npy")
    except MemoryError:
        pass
    else:
        raise AssertionError("it fits into memory")
    run = train("many.npy", sys.argv[1])
    print(*run.history["epoch_loss"])


if __name__ == "__main__":
    main()
