"""The cache is bounded: what goes, what stays, and who else may be at it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clearprop.training import entries
from clearprop.training.native import pruned
from clearprop.training.native.compile import library
from clearprop.training.native.pruned import prune

HOUR = 3600.0


def put(folder: Path, at: int, hours: float, size: int = 100, end: str = ".so") -> Path:
    """A file of the cache that was used so many hours ago."""
    name = f"{at:040x}-{at:040x}.so" if end == ".so" else f"{at:09x}-2.step"
    path = folder / name
    path.write_bytes(bytes(size))
    then = time.time() - hours * HOUR
    os.utime(path, (then, then))
    return path


def test_what_was_used_longest_ago_goes_first(tmp_path) -> None:
    old, step, young = (
        put(tmp_path, 1, 30), put(tmp_path, 2, 20, end=".step"), put(tmp_path, 3, 10),
    )  # fmt: skip
    prune(tmp_path, 300)
    assert old.exists() and step.exists() and young.exists()
    prune(tmp_path, 299)
    assert not old.exists() and step.exists() and young.exists()
    prune(tmp_path, 100)
    assert not step.exists() and young.exists()


def test_use_counts_and_not_only_making(tmp_path) -> None:
    used, unused = put(tmp_path, 1, 30), put(tmp_path, 2, 20)
    made = used.stat().st_mtime
    os.utime(used, (time.time() - 2 * HOUR, made))
    prune(tmp_path, 100)
    assert used.exists() and not unused.exists()


def test_what_was_used_just_now_stays(tmp_path) -> None:
    now, before = put(tmp_path, 1, 0.1), put(tmp_path, 2, 2)
    prune(tmp_path, 0)
    assert now.exists() and not before.exists()


def test_nothing_else_is_touched(tmp_path) -> None:
    others = ["numpy.so", "notes.step", f"{1:040x}.so", f"{1:040x}-{1:040x}.so.bak"]
    for name in others:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (1, 1))
    prune(tmp_path, 0)
    assert sorted(others) == sorted(os.listdir(tmp_path))
    prune(tmp_path / "missing", 0)


def test_compiling_and_keeping_prune(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))
    monkeypatch.setattr(pruned, "MOST", 1000)
    old = put(tmp_path, 1, 2, 2000)
    source = '__attribute__((visibility("default"))) int three(void) { return 3; }'
    assert library(source).three() == 3
    assert not old.exists()
    (made,) = tmp_path.glob("*.so")
    old = put(tmp_path, 2, 2, 2000)
    monkeypatch.setattr(entries, "_is_younger", lambda path: False)
    entries.keep("a key", {"n": 1}, [str(made)], [])
    assert not old.exists()
    assert entries.find("a key") == {"n": 1}


@pytest.mark.parametrize("most", [0, 1_000])
def test_processes_that_prune_at_once(tmp_path, most: int) -> None:
    for at in range(200):
        put(tmp_path, at, 2 + at)
    program = "import sys; from clearprop.training.native.pruned import prune; "
    program += f"prune(sys.argv[1], {most})"
    several = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
        for _ in range(3)
    ]
    assert [p.wait() for p in several] == [0, 0, 0]
    # what another one removes meanwhile counts: nobody removes more in its place
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) == most
