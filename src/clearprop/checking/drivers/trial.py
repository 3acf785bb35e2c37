"""Trying a driver in plain NumPy: did it run, how far did it get, what did it bind?

In comes a program, which is executed once, and lines to be run after it; out comes an
``Outcome``. Whatever the lines bind is taken away again, so that trials don't see each
other. A trial is given little time: one that hangs has failed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FrameType
from typing import Any

from clearprop.checking.deadline import deadline
from clearprop.checking.drivers import met
from clearprop.checking.patience import BUSY, Patience
from clearprop.trace.source import Source
from clearprop.trace.surroundings import running
from clearprop.trace.watcher import Stop

TRIAL = 1.5  # seconds for one trial
_PRODUCTS = frozenset(
    "dot matmul einsum outer inner tensordot vdot T transpose".split()
)
START = 6.0  # seconds for the program itself


@dataclass(slots=True)
class Outcome:
    """One trial."""

    error: BaseException | None
    reached: int  # how many different lines of the program ran
    called: set[str]  # the functions of the program that were called
    names: dict[str, Any] = field(default_factory=dict)  # what the trial bound

    @property
    def ran(self) -> bool:
        return self.error is None


class Program:
    """A program whose definitions have been executed."""

    def __init__(
        self, source: Source, namespace: dict[str, Any], given: met.Given | None = None
    ) -> None:
        """``given`` are the arguments that its functions were called with."""
        self.given = given or {}
        self.source = source
        self.text = source.text
        self.namespace = namespace
        self._read = _read_by_functions(source)
        self.functions = {
            s.name: s for s in source.tree.body if isinstance(s, ast.FunctionDef)
        }
        self.classes = {
            s.name: s for s in source.tree.body if isinstance(s, ast.ClassDef)
        }

    @cached_property
    def binary(self) -> set[str]:
        """Names that are taken from 1 somewhere: ``(1 - y) * np.log(1 - p)``."""
        return {
            n.right.id
            for n in ast.walk(self.source.tree)
            if isinstance(n, ast.BinOp)
            and isinstance(n.op, ast.Sub)
            and isinstance(n.left, ast.Constant)
            and n.left.value == 1
            and isinstance(n.right, ast.Name)
        }

    @cached_property
    def multiplies(self) -> bool:
        """Whether a product of matrices stands anywhere."""
        return any(
            isinstance(n, ast.MatMult)
            or (isinstance(n, ast.Attribute) and n.attr in _PRODUCTS)
            for n in ast.walk(self.source.tree)
        )

    def method(self, kind: str, name: str) -> ast.FunctionDef | None:
        """A method of a class or of the classes that it is made from."""
        for owner in self._bases(kind):
            for s in self.classes[owner].body:
                if isinstance(s, ast.FunctionDef) and s.name == name:
                    return s
        return None

    def methods(self, kind: str) -> dict[str, ast.FunctionDef]:
        """Every method of a class, its own ones first."""
        found: dict[str, ast.FunctionDef] = {}
        for owner in self._bases(kind):
            for s in self.classes[owner].body:
                if isinstance(s, ast.FunctionDef):
                    found.setdefault(s.name, s)
        return found

    def _bases(self, kind: str) -> list[str]:
        order, waiting = [], [kind]
        while waiting:
            name = waiting.pop(0)
            if name in self.classes and name not in order:
                order.append(name)
                waiting += [ast.unparse(b) for b in self.classes[name].bases]
        return order

    def free(self, name: str) -> str:
        """A name that the program's functions don't use for something of theirs."""
        used = name in self._read or callable(self.namespace.get(name))
        return f"{name}_" if used and name in self.namespace else name

    def met(self, function: ast.FunctionDef | None, name: str) -> str:
        """An expression for an argument that the program has itself given, or ""."""
        if function is None:
            return ""
        lines = [function.lineno, *(d.lineno for d in function.decorator_list)]
        return self.given.get(min(lines), {}).get(name, "")

    def shared(self) -> dict[str, Any]:
        """The program's own values that its functions look up."""
        return {n: v for n, v in self.namespace.items() if n in self._read}

    def run(self, text: str, seconds: float = TRIAL) -> Outcome:
        """Run lines after the program."""
        before = dict(self.namespace)
        watch = _Watch(self.source.file, seconds, {})
        error: BaseException | None = None
        try:
            code = compile(text, "<driver>", "exec")
            with watch.watching():
                exec(code, self.namespace)
        except (Exception, SystemExit, Stop) as raised:
            error = raised
        names = {
            n: v
            for n, v in self.namespace.items()
            if n not in before or before[n] is not v
        }
        self.namespace.clear()
        self.namespace.update(before)
        return Outcome(error, len(watch.lines), watch.called, names)


def _read_by_functions(source: Source) -> set[str]:
    """The names that functions look up outside themselves (attributes as well)."""
    found: set[str] = set()
    waiting = [compile(source.text, source.file, "exec")]
    first = waiting[0]
    for code in waiting:
        waiting += [c for c in code.co_consts if isinstance(c, CodeType)]
        if code is not first:
            found.update(code.co_names)
    return found


class _Watch:
    """Counts the lines of one file that run, and stops when time is up."""

    def __init__(self, file: str, seconds: float, given: met.Given) -> None:
        self.file = file
        self.seconds = seconds
        self.given = given
        self.lines: set[int] = set()
        self.called: set[str] = set()
        self._patience = Patience(seconds)

    @contextmanager
    def watching(self) -> Iterator[None]:
        before = sys.gettrace()
        self._patience = Patience(self.seconds)
        sys.settrace(self._call)
        try:
            with deadline(BUSY * self.seconds):  # for what runs no lines
                yield
        finally:
            sys.settrace(before)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != self.file:
            return None
        code = frame.f_code
        self.called.add(code.co_qualname)
        if code.co_firstlineno not in self.given:
            self.given[code.co_firstlineno] = met.arguments(frame)
        return self._line

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.lines.add(frame.f_lineno)
            if self._patience.over:
                raise Stop
        return self._line


@contextmanager
def executed(source: Source) -> Iterator[Program]:
    """The program after its definitions (and whatever else it does) have run.

    A program that stops early is taken as far as it came.
    """
    with running(source) as namespace:
        watch = _Watch(source.file, START, {})
        try:
            code = compile(source.text, source.file, "exec")
            with watch.watching():
                exec(code, namespace)
        except (Exception, SystemExit, Stop):
            pass
        yield Program(source, namespace, watch.given)
