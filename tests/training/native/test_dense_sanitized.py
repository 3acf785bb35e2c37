"""The whole C of dense networks under the sanitizers, and with every warning an error.

Data lie at the very end of what may be read, and the last batch is smaller, so that a
row or a column too many shows.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training.native.plans import plan_of

import clearprop as cp
from clearprop.training.native import dense_sparse, dense_steps
from clearprop.training.native.compile import FLAGS, compiler

MAIN = """
#include <stdlib.h>
int main(void) {{
    enum {{ ROWS = {rows}, COLUMNS = {columns}, BATCH = {batch} }};
    enum {{ STEPS = ROWS / BATCH }};
    const long size = (clearprop_memory() + 63) / 64 * 64;
    char *memory = aligned_alloc(64, size);
    memset(memory, 0, size);
    real *x = malloc(ROWS * COLUMNS * sizeof(real));
    int64_t *labels = malloc(ROWS * sizeof(int64_t));
    int64_t *order = malloc(ROWS * sizeof(int64_t));
    for (long i = 0; i < ROWS * COLUMNS; i++) x[i] = (i % 7 - 3) * (i % 5 < {fifths});
    for (long i = 0; i < ROWS; i++) labels[i] = i % {classes}, order[i] = ROWS - 1 - i;
    double rates[STEPS], losses[STEPS];
    for (long i = 0; i < STEPS; i++) rates[i] = 0.1;
    void *arrays[{first} + 2] = {{0}}, *blocks[] = {{losses}};
    arrays[{first}] = x, arrays[{first} + 1] = labels;
    *(int64_t *)memory = BATCH;
    int64_t made = clearprop_run(STEPS, order, rates, 0, arrays, blocks, memory);
    *(int64_t *)memory = ROWS % BATCH;
    int64_t *last = order + STEPS * BATCH;
    made += clearprop_run(1, last, rates, made, arrays, blocks, memory);
    free(memory), free(x), free(labels), free(order);
    return made == STEPS + 1 ? 0 : 1;
}}
"""


@pytest.mark.parametrize(
    ("sizes", "rule", "team", "dtype", "hidden", "fifths"),
    [
        ([20, 16, 3], "sgd", 1, "float32", "tanh", 5),
        ([30, 10], "adam", 1, "float64", "tanh", 5),
        ([33, 48, 24, 10], "momentum", 1, "float32", "tanh", 5),
        ([130, 65, 40, 17], "sgd", 3, "float64", "tanh", 5),
        # these leave zeros out: those of layers, then those of the data
        ([530, 65, 40, 17], "sgd", 2, "float32", "relu", 5),
        ([530, 65, 40, 17], "adam", 3, "float64", "relu", 5),
        ([33, 530, 541, 10], "sgd", 1, "float32", "relu", 5),
        ([530, 65, 40, 17], "sgd", 2, "float32", "relu", 2),
        ([530, 65, 10], "momentum", 1, "float64", "tanh", 1),
    ],
)
@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
def test_sanitizers_find_nothing(
    sanitizer: str,
    sizes: list[int],
    rule: str,
    team: int,
    dtype: str,
    hidden: str,
    fifths: int,
    tmp_path: Path,
    monkeypatch: Any,
) -> None:
    for name in ("ROWS", "PANELS", "PANELS_AT_ONCE"):
        monkeypatch.setattr(dense_sparse, f"_FEWEST_{name}", 1)
    monkeypatch.setattr(dense_steps, "_WORTH_MEETING", 1)
    monkeypatch.setattr(dense_steps, "cores", lambda: team)
    net = cp.mlp(sizes, hidden=hidden, output="softmax", dtype=dtype)
    rows, batch = 45, 19
    data = {
        "x": np.full((rows, sizes[0]), fifths // 5, dtype),
        "t": np.arange(rows) % sizes[-1],
    }
    plan = plan_of(net.forward, net.params, data, rule, batch_size=batch)
    made = dense_steps.dense_steps(plan)
    assert made is not None
    zeros = hidden == "relu" or fifths < 5
    assert ("sparse_accumulate(&j->crew, me, rows" in made.source) == zeros
    main = MAIN.format(
        rows=rows, columns=sizes[0], batch=batch, classes=sizes[-1], fifths=fifths,
        first=len(plan.parameters) * (1 + len(plan.rule.slots)),
    )  # fmt: skip
    (tmp_path / "d.c").write_text(made.source + main)
    flags = [f for f in FLAGS if f not in ("-O3", "-shared")]
    # one text for all networks: not every function of it is called by each
    checks = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-g"]
    if sanitizer == "thread" and team == 1:
        pytest.skip("there is one thread")
    checks += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    command = [*compiler(), *flags, *checks, "-o", "d", "d.c", "-lm"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if "cannot find" in built.stderr:  # the sanitizers' libraries are not installed
        pytest.skip("this compiler has no sanitizers")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(["./d"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
