"""From a C source to a loaded shared object, compiled at most once on a machine.

The compiler is ``$CC``, or ``cc``, ``gcc``, ``clang`` on the path, or the one in the
``ziglang`` package. A shared object is kept in the user's cache folder under a name
that holds all it depends on (the source, the compiler, the flags, the processor) and
the sum of its own bytes. It is written beside its place and moved there, so that
several processes may compile the same source at once; a file that doesn't have the sum
that its name says is made again.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clearprop.errors import ClearpropError
from clearprop.training.native import pruned
from clearprop.training.native.machine import WIDE, place, processor

# What only compiling needs is imported there: most processes find what they want.
if TYPE_CHECKING:
    import subprocess
    import tempfile

_NATIVE = "-march=native"
# No -ffast-math: nan must reach the loss, where it stops the training. What is left of
# it here changes no number: no errno, no floating-point traps.
# clang would split vectors of 64 bytes, which halves the speed of a large network.
FLAGS = (
    "-O3", _NATIVE, "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden",
    "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd",
    "-pthread", *(["-mprefer-vector-width=512"] if WIDE else []),
)  # fmt: skip


_LOCKS: dict[str, threading.Lock] = {}


class NoCompiler(ClearpropError):
    """There is no C compiler, or it can't do its work."""


@functools.cache
def compiler() -> tuple[str, ...]:
    """The command of the C compiler; raises ``NoCompiler``."""
    import shutil
    from importlib.util import find_spec

    named = os.environ.get("CC")
    if named:
        import shlex

        command = shlex.split(named)
        if shutil.which(command[0]) is None:
            raise NoCompiler(f"CC={named!r} names no program that can be run")
        return tuple(command)
    for name in ("cc", "gcc", "clang"):
        found = shutil.which(name)
        if found:
            return (found,)
    if find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang", "cc")
    raise NoCompiler(
        "there is no C compiler (cc, gcc or clang): install one, or the one that "
        "pip install clearprop[native] brings"
    )


def compiler_files() -> list[str]:
    """The files that say which compiler it is."""
    import shutil
    from importlib.util import find_spec

    command = compiler()
    ziglang = find_spec("ziglang") if "ziglang" in command else None
    found = [shutil.which(command[0]) or command[0]]
    found += [ziglang.origin] if ziglang and ziglang.origin else []
    return [os.path.realpath(path) for path in found]


@functools.cache
def _version(command: tuple[str, ...]) -> str:
    """Which compiler it is, by its files: asking it takes as long as a training."""
    try:
        known = [(path, os.stat(path)) for path in compiler_files()]
    except OSError as error:
        raise NoCompiler(f"{command[0]} doesn't run: {error}") from None
    return "\n".join(f"{path} {s.st_size} {s.st_mtime_ns}" for path, s in known)


@functools.cache
def vector_bytes() -> int:
    """How wide the vectors are that the compiler has for this processor."""
    import subprocess

    asked = [*compiler(), *FLAGS, "-dM", "-E", "-x", "c", os.devnull]
    done = subprocess.run(asked, capture_output=True, text=True)
    known = {line.split()[1] for line in done.stdout.splitlines() if " " in line}
    return 64 if "__AVX512F__" in known else 32 if "__AVX__" in known else 16


def key(source: str, more: tuple[str, ...] = ()) -> str:
    """The name of a source's shared object, which says all that it depends on."""
    import hashlib

    command = compiler()
    parts = [source, *command, _version(command), *FLAGS, *more, processor()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def folder() -> str:
    """Where shared objects are put; a folder of this process where none can be."""
    import tempfile

    chosen = place()
    try:
        os.makedirs(chosen, mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=chosen):
            return chosen
    except OSError:
        return _own_folder().name


@functools.cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    import tempfile

    return tempfile.TemporaryDirectory(prefix="clearprop-")


def _kept(name: str) -> list[str]:
    """The files of this name: of the cache, which may be read-only, and our own."""
    own = [_own_folder().name] if _own_folder.cache_info().currsize else []
    found = []
    for where in (place(), *own):
        with contextlib.suppress(OSError):
            found += [os.path.join(where, f) for f in os.listdir(where)]
    return [f for f in found if os.path.basename(f).startswith(name + "-")]


def library(source: str) -> ctypes.CDLL:
    """The compiled source, from the cache or compiled now."""
    name = key(source)
    # of threads that want the same source, the second finds what the first made
    with _LOCKS.setdefault(name, threading.Lock()):
        return _library(source, name)


def _library(source: str, name: str) -> ctypes.CDLL:
    for path in _kept(name):
        found = _load(path, name)
        if found is not None:
            return found
        with contextlib.suppress(OSError):  # another process may have been faster
            os.unlink(path)
    made = _load(_compile(source, name, folder()), name)
    if made is None:
        raise NoCompiler(f"{compiler()[0]} made a library that can't be loaded")
    return made


def _load(path: str, name: str) -> ctypes.CDLL | None:
    """A shared object that is whole, and says that it is the one of this name."""
    try:
        if not path.endswith(f"-{_sum(path)}.so"):
            return None  # loading half a library can crash
        loaded = ctypes.CDLL(path)
        said = ctypes.c_char_p.in_dll(loaded, "clearprop_key").value
    except (OSError, ValueError):
        return None
    return loaded if said == name.encode() else None


def _sum(path: str) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:40]


def _compile(source: str, name: str, where: str) -> str:
    command = compiler()
    text = (
        f'__attribute__((visibility("default"))) const char *const clearprop_key = '
        f'"{name}";\n{source}'
    )
    with _making(where) as room:
        code, made = os.path.join(room, "steps.c"), os.path.join(room, "steps.so")
        with open(code, "w", encoding="utf-8") as file:
            file.write(text)
        done = _run(command, FLAGS, code, made)
        if done.returncode and _NATIVE in done.stderr:  # not known for all processors
            plain = tuple(flag for flag in FLAGS if flag != _NATIVE)
            done = _run(command, plain, code, made)
        if done.returncode or not os.path.isfile(made):
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            why = next((line for line in said if "error" in line), said[0])
            raise NoCompiler(f"{command[0]} can't compile the steps: {why}")
        path = os.path.join(where, f"{name}-{_sum(made)}.so")
        os.replace(made, path)
    pruned.prune(where)
    return path


@contextlib.contextmanager
def _making(where: str) -> Iterator[str]:
    """A folder that goes away afterwards, and where the program ends meanwhile.

    The compiler may run in a thread that the end of the program leaves behind: nothing
    is said then, as Python's own temporary folders do.
    """
    import atexit
    import shutil
    import tempfile

    room = tempfile.mkdtemp(prefix="making-", dir=where)
    remove = functools.partial(shutil.rmtree, room, ignore_errors=True)
    atexit.register(remove)
    try:
        yield room
    finally:
        remove()
        atexit.unregister(remove)


def _run(
    command: tuple[str, ...], flags: tuple[str, ...], code: str, made: str
) -> subprocess.CompletedProcess[str]:
    import subprocess

    asked = [*command, *flags, "-o", made, code, "-lm"]
    try:
        return subprocess.run(asked, capture_output=True, text=True)
    except OSError as error:
        raise NoCompiler(f"{command[0]} doesn't run: {error}") from None


__all__ = [
    "FLAGS",
    "NoCompiler",
    "compiler",
    "compiler_files",
    "folder",
    "key",
    "library",
    "vector_bytes",
]
