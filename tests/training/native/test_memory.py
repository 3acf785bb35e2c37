"""What training takes up beside the data, measured in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("memory_program.py")


@pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="Linux tells the peak"
)
def test_weights_gradients_and_one_batch_and_no_more() -> None:
    """Weights in panels, the state that is read at the end, two batches on their way.

    The network is W6 with wider layers: it is large beside the loaded code.
    """
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "784-2048-2048-10", "256"],
        # glibc gives a freed array back at once, and a new one begins with none; each
        # thread has a part of its own of what comes back through a layer
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "CLEARPROP_THREADS": "2"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    peak, allowed = map(int, done.stdout.split())
    assert peak <= allowed
