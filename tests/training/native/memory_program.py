"""Trains a dense network in a process of its own, and prints what memory that took.

``python memory_program.py sizes batch``: the bytes that the native engine's peak lies
above the process that holds the data and the derived step; and what is allowed.
"""

import ctypes
import gc
import sys
from pathlib import Path

import numpy as np

import clearprop as cp
from clearprop.training.binding import bind
from clearprop.training.engines import engine_for
from clearprop.training.plan import Plan
from clearprop.training.planning import plan_for
from clearprop.training.rules import rule_named

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def memory(what: str) -> int:
    """``VmRSS``, what is resident now, or ``VmHWM``, the most since it was cleared."""
    lines = STATUS.read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(what))
    return int(line.split()[1]) * 1024


def plan_of(sizes: list[int], batch: int, rows: int) -> Plan:
    net = cp.mlp(sizes, hidden="relu", output="softmax", dtype=np.float32)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, sizes[0]), dtype=np.float32)
    data = {"x": x, "t": rng.integers(0, sizes[-1], rows)}
    bound = bind(net.forward, net.params, data)
    return plan_for(bound, rule=rule_named("sgd", {}), batch_size=batch)


def train(plan: Plan) -> None:
    """From the engine's making to the state that is kept."""
    engine = engine_for(plan, "native")
    rows = np.random.default_rng(0).integers(0, plan.rows, (6, plan.batch_size))
    done = engine.run(rows, np.full(6, 0.01))
    assert np.isfinite(done.losses).all()
    engine.state()


def main() -> None:
    sizes, batch = [int(n) for n in sys.argv[1].split("-")], int(sys.argv[2])
    train(plan_of([20, 16, 16, 10], 32, 100))  # all is imported, and ran once
    plan = plan_of(sizes, batch, 4 * batch)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = memory("VmRSS")
    CLEAR.write_text("5")
    train(plan)
    weights = sum(p.value.nbytes for p in plan.parameters)
    values = 4 * batch * sum(sizes)
    # gradients there are of the weights, and of a batch's values
    print(memory("VmHWM") - before, int(1.2 * (2 * weights + 2 * values)))


if __name__ == "__main__":
    main()
