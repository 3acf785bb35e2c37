"""The compiler and the cache of shared objects: races, corruption, nothing there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from clearprop.training.native import compile as compiling
from clearprop.training.native.compile import NoCompiler, library

SOURCE = """
#include <stdint.h>
__attribute__((visibility("default"))) int64_t answer(void) { return 42; }
int64_t step(void) { return 7; } /* libc has a step of its own */
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """A cache of its own, and nothing remembered of another compiler."""
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "cache"))
    for name in ("compiler", "_version", "_own_folder"):
        getattr(compiling, name).cache_clear()
    yield
    for name in ("compiler", "_version", "_own_folder"):
        getattr(compiling, name).cache_clear()


def kept(tmp_path):
    return list((tmp_path / "cache").glob("*.so"))


def test_the_second_time_nothing_is_compiled(tmp_path, monkeypatch) -> None:
    assert library(SOURCE).answer() == 42
    (first,) = kept(tmp_path)

    def never(*args: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiling, "_compile", never)
    assert library(SOURCE).answer() == 42
    assert kept(tmp_path) == [first]


def test_nothing_but_shared_objects_is_left_behind(tmp_path) -> None:
    library(SOURCE)
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] == [".so"]


def test_only_what_is_meant_to_be_seen_is_seen() -> None:
    # under its own name it would be found, or libc's in its place
    assert not hasattr(library(SOURCE.replace("step", "a_step")), "a_step")


@pytest.mark.parametrize("harm", [b"", b"\x7fELF", b"half", None])
def test_a_corrupt_file_is_made_again(tmp_path, harm) -> None:
    # in a process of its own: a library that is loaded stays loaded
    program = (
        "from clearprop.training.native.compile import library\n"
        f"assert library({SOURCE!r}).answer() == 42"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if harm is None else harm)
    subprocess.run([sys.executable, "-c", program], check=True)
    (again,) = kept(tmp_path)
    assert len(again.read_bytes()) == len(whole)


def test_a_foreign_library_under_the_name_is_not_used(tmp_path) -> None:
    program = "from clearprop.training.native.compile import library\n"
    other = SOURCE.replace("42", "13")
    subprocess.run([sys.executable, "-c", f"{program}library({other!r})"], check=True)
    (path,) = kept(tmp_path)
    total = path.stem.rpartition("-")[2]
    path.rename(path.with_name(f"{compiling.key(SOURCE)}-{total}.so"))
    subprocess.run(
        [sys.executable, "-c", f"{program}assert library({SOURCE!r}).answer() == 42"],
        check=True,
    )


def test_processes_that_compile_the_same_at_once(tmp_path) -> None:
    program = (
        "from clearprop.training.native.compile import library\n"
        f"assert library({SOURCE!r}).answer() == 42"
    )
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(6)]
    assert [p.wait() for p in running] == [0] * 6
    assert kept(tmp_path)
    assert [p for p in (tmp_path / "cache").iterdir() if p.suffix != ".so"] == []


def test_a_cache_that_can_only_be_read_is_read(tmp_path, monkeypatch) -> None:
    library(SOURCE)
    monkeypatch.setattr(compiling, "folder", lambda: pytest.fail("it was there"))
    assert library(SOURCE).answer() == 42


def test_an_unwritable_cache(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "file"))
    assert library(SOURCE).answer() == 42


def test_the_key_says_what_a_library_depends_on(monkeypatch) -> None:
    first = compiling.key(SOURCE)
    assert compiling.key(SOURCE + " ") != first
    monkeypatch.setattr(compiling, "FLAGS", ("-shared",))
    assert compiling.key(SOURCE) != first


def test_another_compiler_or_processor_is_another_library(monkeypatch, tmp_path):
    made = tmp_path / "cc"
    monkeypatch.setenv("CC", str(made))
    names = []
    for version in ("one", "another"):  # of the same compiler, in the same place
        made.write_text(f"#!/bin/sh\n# {version}\n")
        made.chmod(0o755)
        compiling.compiler.cache_clear()
        compiling._version.cache_clear()
        names.append(compiling.key(SOURCE))
    monkeypatch.setattr(compiling, "processor", lambda: "an older one")
    names.append(compiling.key(SOURCE))
    assert len(set(names)) == 3


def test_nothing_needs_pythons_headers(monkeypatch, tmp_path):
    """They are hidden behind a file that can't be compiled."""
    headers = tmp_path / "headers"
    headers.mkdir()
    for name in ("Python.h", "pyconfig.h", "numpy/arrayobject.h"):
        path = headers / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#error this machine has no headers of Python's\n")
    wrapped = tmp_path / "cc"
    command = shlex.join([*compiling.compiler(), "-I", str(headers)])
    wrapped.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    wrapped.chmod(0o755)
    program = """
import numpy as np
import clearprop as cp
from clearprop.training.native.compile import NoCompiler, library

try:
    library('#include <Python.h>')
except NoCompiler as error:
    assert "no headers of Python's" in str(error), error
else:
    raise AssertionError("they are not hidden")

def forward(x, t, w):
    return (np.sum(x * w) - t) ** 2

step = cp.stepper(forward, {"w": np.zeros(3)}, learning_rate=0.1, engine="native")
for _ in range(3):
    step(np.ones(3), 1.0)
assert step.engine == "native", step.engine
network = cp.mlp([3, 8, 2], output="softmax")
data = {"x": np.ones((40, 3), np.float32), "t": np.ones(40, int)}
run = cp.train(network, data=data, batch_size=10, epochs=4, engine="native")
assert run.engine == "native", run.engine
"""
    environment = {**os.environ, "CC": str(wrapped), "CLEARPROP_FRESH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_compiler_says_what_to_install(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NoCompiler, match=r"pip install clearprop\[native\]"):
        library(SOURCE)


def test_a_wrong_cc_is_named(monkeypatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(NoCompiler, match="CC='no-such-compiler'"):
        library(SOURCE)


def test_what_the_compiler_says_is_passed_on() -> None:
    with pytest.raises(NoCompiler, match=r"can't compile the steps: .*error"):
        library("int f(void) { return undeclared; }")


def test_a_compiler_that_is_chosen_by_cc(monkeypatch) -> None:
    monkeypatch.setenv("CC", "gcc -O1" if os.path.exists("/usr/bin/gcc") else "cc")
    assert library(SOURCE).answer() == 42


def test_a_program_that_ends_while_it_compiles_says_and_leaves_nothing(tmp_path):
    compiler = tmp_path / "slow"
    compiler.write_text("#!/bin/sh\n[ $1 = --version ] || sleep 2\n")
    compiler.chmod(0o755)
    program = (
        "import glob, threading, time\n"
        "from clearprop.training.native.compile import folder, library\n"
        "threading.Thread(target=library, args=['int x;'], daemon=True).start()\n"
        "while not glob.glob(folder() + '/making-*/*.c'):\n"
        "    time.sleep(0.01)\n"
    )
    cache = tmp_path / "cache"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "CC": str(compiler), "CLEARPROP_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert list(cache.iterdir()) == []


def test_the_compiler_of_the_native_extra(monkeypatch, tmp_path) -> None:
    pytest.importorskip("ziglang", reason="ziglang is not installed")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiling.compiler()[1:] == ("-m", "ziglang", "cc")
    assert library(SOURCE).answer() == 42
