"""A file that is larger than memory streams through."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clearprop.training.native.compile import NoCompiler, compiler

PROGRAM = Path(__file__).with_name("streaming_program.py")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits private memory")
@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_file_larger_than_memory_is_trained_on(engine, tmp_path):
    if engine == "native":
        try:
            compiler()
        except NoCompiler as error:
            pytest.skip(str(error))
    done = subprocess.run(
        [sys.executable, PROGRAM, engine],
        cwd=tmp_path, env={**os.environ, "CLEARPROP_CACHE": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    (tmp_path / "many.npy").unlink()  # a file system in memory keeps what was read
    assert done.returncode == 0, done.stderr
    first, last = map(float, done.stdout.split())
    assert last < first / 2
