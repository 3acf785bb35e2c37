"""Trains with JAX on as many devices as there are, and writes what came out.

Run by ``test_jax_devices.py`` in processes of their own: how many devices a process has
is decided before JAX is first used. Arguments: where to write, and for several
processes how many there are, which one this is, and the port on which they meet.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

import clearprop as cp


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(x, t, W1, b1, W2):
    return np.mean((sigmoid(x @ W1 + b1) @ W2 - t) ** 2)


def one_row(x, t, W1, b1, W2):
    return np.sum((sigmoid(x @ W1 + b1) @ W2 - t) ** 2)


def start():
    rng = np.random.default_rng(1)
    return {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": np.ones((4, 1))}


def rows(count):
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(count, 3)), "t": rng.normal(size=(count, 1))}


def mapped(folder, count):
    """The same with x in a file that is read as batches need it."""
    path = Path(folder) / f"x{os.getpid()}.npy"
    np.save(path, rows(count)["x"])
    return {**rows(count), "x": np.load(path, mmap_mode="r")}


# 16 rows go evenly to 2, 4 and 8 devices; 37 rows leave a last batch of 5; 15 don't go.
OPTIONS = dict(epochs=2, learning_rate=0.1, optimizer="adam", record=["W2"])
CASES = {
    "batches": (network, lambda folder: rows(37), dict(batch_size=16)),
    "one example": (one_row, lambda folder: rows(37), dict(batch_size=16)),
    "full batch": (network, lambda folder: rows(16), dict()),
    "mapped": (network, lambda folder: mapped(folder, 37), dict(batch_size=16)),
    "uneven": (network, lambda folder: rows(30), dict(batch_size=15)),
}


def trained(case, folder, engine):
    """The run of a case."""
    forward, data, options = CASES[case]
    return cp.train(forward, start(), data(folder), engine=engine, **options, **OPTIONS)


def main(out, processes="1", which="0", port=""):
    import jax

    if processes != "1":
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(f"127.0.0.1:{port}", int(processes), int(which))
    arrays, names = {}, {}
    for case in CASES:
        run = trained(case, Path(out).parent, "jax")
        names[case] = run.engine
        arrays |= {f"{case}/{k}": v for k, v in run.params.items()}
        arrays[f"{case}/losses"] = run.history["loss"]
        arrays[f"{case}/recorded"] = np.asarray(run.history["W2"])
    if processes != "1":
        try:
            cp.train(network, start(), rows(16), engine="jax", checkpoint=out)
        except cp.ClearpropError as error:
            names["checkpoint"] = str(error)
    np.savez(out, **arrays)
    Path(out).with_suffix(".json").write_text(json.dumps(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
