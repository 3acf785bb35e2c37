"""Many devices, and many processes, train what one does.

Eight devices are simulated on this processor; two processes with two devices each meet
on this machine, as they would over a network.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from training.jax_program import CASES, trained

pytest.importorskip("jax", reason="JAX is not installed")

PROGRAM = Path(__file__).with_name("jax_program.py")
# The shares of a batch are added up in another order; all of it is float64.
EXACT = {"rtol": 1e-10, "atol": 1e-13}


def started(devices, errors, *arguments):
    environment = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.Popen(
        [sys.executable, PROGRAM, *map(str, arguments)],
        env=environment, stdout=subprocess.DEVNULL, stderr=errors,
    )  # fmt: skip


def run(devices, *calls):
    """Run the program, once for each call, all at the same time."""
    with tempfile.TemporaryFile("w+") as errors:
        processes = [started(devices, errors, *call) for call in calls]
        limit = time.monotonic() + 300
        try:
            while any(p.poll() is None for p in processes):
                # where one fails, the others would wait for it
                if any(p.poll() for p in processes) or time.monotonic() > limit:
                    break
                time.sleep(0.05)
            codes = [p.poll() for p in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()
        errors.seek(0)
        assert codes == [0] * len(calls), errors.read()[-3000:]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What NumPy trains, case by case."""
    folder = tmp_path_factory.mktemp("numpy")
    return {case: trained(case, folder, "numpy") for case in CASES}


def check(out, expected):
    """The arrays of a program are NumPy's; what the engine is called comes back."""
    with np.load(out) as arrays:
        for case, run in expected.items():
            for name, value in run.params.items():
                found = arrays[f"{case}/{name}"]
                np.testing.assert_allclose(found, value, err_msg=case, **EXACT)
            losses, recorded = arrays[f"{case}/losses"], arrays[f"{case}/recorded"]
            np.testing.assert_allclose(losses, run.history["loss"], **EXACT)
            np.testing.assert_allclose(recorded, run.history["W2"], **EXACT)
    return json.loads(out.with_suffix(".json").read_text())


def test_eight_devices(tmp_path, expected):
    run(8, [tmp_path / "out.npz"])
    names = check(tmp_path / "out.npz", expected)
    why = "15 rows can't be shared out evenly"
    assert names.pop("uneven") == f"jax (8 devices, only one is used: {why})"
    assert set(names.values()) == {"jax (8 devices)"}


def test_two_processes(tmp_path, expected):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outs = [tmp_path / "first.npz", tmp_path / "second.npz"]
    run(2, *([out, 2, which, port] for which, out in enumerate(outs)))
    for out in outs:
        names = check(out, expected)
        assert "save by epochs" in names.pop("checkpoint")
        assert "each computes everything: 15 rows" in names.pop("uneven")
        assert set(names.values()) == {"jax (4 devices of 2 processes)"}
