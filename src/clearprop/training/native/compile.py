"""From a C source to a loaded shared object, compiled at most once on a machine.

The compiler is ``$CC``, or ``cc``, ``gcc``, ``clang`` on the path, or the one in the
``ziglang`` package. A shared object is kept in the user's cache folder under a name
that holds all it depends on (the source, the compiler, the flags, the processor) and
the sum of its own bytes. It is written beside its place and moved there, so that
several processes may compile the same source at once; a file that doesn't have the sum
that its name says is made again.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from clearprop.errors import ClearpropError

_NATIVE = "-march=native"
# No -ffast-math: nan must reach the loss, where it stops the training. What is left of
# it here changes no number: no errno, no floating-point traps.
# clang would split vectors of 64 bytes, which halves the speed of a large network.
_WIDE = platform.machine().lower() in ("x86_64", "amd64")
FLAGS = (
    "-O3", _NATIVE, "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden",
    "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd",
    "-pthread", *(["-mprefer-vector-width=512"] if _WIDE else []),
)  # fmt: skip


_LOCKS: dict[str, threading.Lock] = {}


class NoCompiler(ClearpropError):
    """There is no C compiler, or it can't do its work."""


@functools.cache
def compiler() -> tuple[str, ...]:
    """The command of the C compiler; raises ``NoCompiler``."""
    named = os.environ.get("CC")
    if named:
        command = shlex.split(named)
        if shutil.which(command[0]) is None:
            raise NoCompiler(f"CC={named!r} names no program that can be run")
        return tuple(command)
    for name in ("cc", "gcc", "clang"):
        found = shutil.which(name)
        if found:
            return (found,)
    if importlib.util.find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang", "cc")
    raise NoCompiler(
        "there is no C compiler (cc, gcc or clang): install one, or the one that "
        "pip install clearprop[native] brings"
    )


@functools.cache
def _version(command: tuple[str, ...]) -> str:
    """Which compiler it is, by its file: asking it takes as long as a training."""
    program = shutil.which(command[0]) or command[0]
    ziglang = importlib.util.find_spec("ziglang") if "ziglang" in command else None
    files = [program, *([ziglang.origin] if ziglang and ziglang.origin else [])]
    try:
        known = [(os.path.realpath(f), os.stat(f)) for f in files]
    except OSError as error:
        raise NoCompiler(f"{command[0]} doesn't run: {error}") from None
    return "\n".join(f"{path} {s.st_size} {s.st_mtime_ns}" for path, s in known)


@functools.cache
def vector_bytes() -> int:
    """How wide the vectors are that the compiler has for this processor."""
    asked = [*compiler(), *FLAGS, "-dM", "-E", "-x", "c", os.devnull]
    done = subprocess.run(asked, capture_output=True, text=True)
    known = {line.split()[1] for line in done.stdout.splitlines() if " " in line}
    return 64 if "__AVX512F__" in known else 32 if "__AVX__" in known else 16


@functools.cache
def _processor() -> str:
    """What ``-march=native`` depends on."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
        kept = ("model name", "flags", "Features", "CPU part", "CPU implementer")
        return "\n".join(line for line in lines if line.startswith(kept))
    return f"{platform.machine()} {platform.processor()}"


def key(source: str, more: tuple[str, ...] = ()) -> str:
    """The name of a source's shared object, which says all that it depends on."""
    command = compiler()
    parts = [source, *command, _version(command), *FLAGS, *more, _processor()]
    parts.append(platform.platform())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def folder() -> Path:
    """Where shared objects are kept; a folder of this process where none can be."""
    named = os.environ.get("CLEARPROP_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    chosen = Path(named) if named else Path(base) / "clearprop"
    try:
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=chosen):
            return chosen
    except OSError:
        return Path(_own_folder().name)


@functools.cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="clearprop-")


def library(source: str) -> ctypes.CDLL:
    """The compiled source, from the cache or compiled now."""
    name = key(source)
    # of threads that want the same source, the second finds what the first made
    with _LOCKS.setdefault(name, threading.Lock()):
        return _library(source, name)


def _library(source: str, name: str) -> ctypes.CDLL:
    where = folder()
    for path in where.glob(f"{name}-*.so"):
        found = _load(path, name)
        if found is not None:
            return found
        with contextlib.suppress(OSError):  # another process may have been faster
            path.unlink()
    made = _load(_compile(source, name, where), name)
    if made is None:
        raise NoCompiler(f"{compiler()[0]} made a library that can't be loaded")
    return made


def _load(path: Path, name: str) -> ctypes.CDLL | None:
    """A shared object that is whole, and says that it is the one of this name."""
    try:
        if _sum(path) != path.stem.rpartition("-")[2]:
            return None  # loading half a library can crash
        loaded = ctypes.CDLL(str(path))
        said = ctypes.c_char_p.in_dll(loaded, "clearprop_key").value
    except (OSError, ValueError):
        return None
    return loaded if said == name.encode() else None


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:40]


def _compile(source: str, name: str, where: Path) -> Path:
    command = compiler()
    text = (
        f'__attribute__((visibility("default"))) const char *const clearprop_key = '
        f'"{name}";\n{source}'
    )
    with _making(where) as place:
        code, made = place / "steps.c", place / "steps.so"
        code.write_text(text)
        done = _run(command, FLAGS, code, made)
        if done.returncode and _NATIVE in done.stderr:  # not known for all processors
            plain = tuple(flag for flag in FLAGS if flag != _NATIVE)
            done = _run(command, plain, code, made)
        if done.returncode or not made.is_file():
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            why = next((line for line in said if "error" in line), said[0])
            raise NoCompiler(f"{command[0]} can't compile the steps: {why}")
        path = where / f"{name}-{_sum(made)}.so"
        os.replace(made, path)
        return path


@contextlib.contextmanager
def _making(where: Path) -> Iterator[Path]:
    """A folder that goes away afterwards, and where the program ends meanwhile.

    The compiler may run in a thread that the end of the program leaves behind: nothing
    is said then, as Python's own temporary folders do.
    """
    place = tempfile.mkdtemp(prefix="making-", dir=where)
    remove = functools.partial(shutil.rmtree, place, ignore_errors=True)
    atexit.register(remove)
    try:
        yield Path(place)
    finally:
        remove()
        atexit.unregister(remove)


def _run(
    command: tuple[str, ...], flags: tuple[str, ...], code: Path, made: Path
) -> subprocess.CompletedProcess[str]:
    asked = [*command, *flags, "-o", str(made), str(code), "-lm"]
    try:
        return subprocess.run(asked, capture_output=True, text=True)
    except OSError as error:
        raise NoCompiler(f"{command[0]} doesn't run: {error}") from None


__all__ = [
    "FLAGS",
    "NoCompiler",
    "compiler",
    "folder",
    "key",
    "library",
    "vector_bytes",
]
