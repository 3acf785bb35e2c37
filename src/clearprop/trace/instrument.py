"""The hooks: what rewritten code calls while it runs.

``HOOKS`` stands as a constant in every rewritten code object (see ``rewrite``). Within
``with HOOKS.session(tracer, leaves):`` calls of the user's functions are rewritten in
turn, NumPy's go to the tracer, arrays from anywhere else become traced ones at birth,
and every assignment is logged. Outside of a session the hooks do what plain Python
does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import RLock
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

from clearprop.trace import python
from clearprop.trace.array import Traced
from clearprop.trace.book import HOOKS_OF_THE_BOOK, Book
from clearprop.trace.captured import Captured
from clearprop.trace.leaves import Leaves
from clearprop.trace.library import is_library_file, is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.recompile import is_rewritten, rewritten
from clearprop.trace.size import TracedRange, TracedSize
from clearprop.trace.tracer import Tracer

# what calls a function while nothing is traced
Asleep = Callable[[Any, Any, Any], Any]
_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class made by a class statement
_TRACED = frozenset((Traced, TracedSize, TracedRange))
_CONTAINERS = frozenset((list, tuple, dict, range, enumerate, zip, map, filter))
_CALLING = frozenset(("builtins", "itertools", "_functools", "concurrent", "threading"))
_LIFTED = frozenset(
    (np.ndarray, np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_)
)


class Hooks:
    """One object for all traces; what belongs to the running one is its attributes."""

    slice = slice
    # Held from the first line of a trace until what it found is taken: there is one
    # trace at a time, whatever threads there are.
    lock = RLock()

    def __init__(self) -> None:
        self._begin(None, None, None)

    def _begin(self, tracer: Tracer | None, leaves: Leaves | None, script: Any) -> None:
        self.tracer = tracer
        self.leaves = leaves
        self.script = script  # what follows a script: see ``watcher``
        self.captured = Captured(leaves, script)
        self.book = Book(tracer, leaves, script)
        self.frames = self.book.frames
        self.asleep: Asleep | None = None
        self._functions: dict[int, tuple[Any, Callable[..., Any] | None]] = {}
        for name in HOOKS_OF_THE_BOOK:  # log, leaf, returned, …
            setattr(self, name, getattr(self.book, name))

    @contextmanager
    def session(
        self, tracer: Tracer | None, leaves: Leaves | None, script: Any = None
    ) -> Iterator[None]:
        """Trace what runs inside; the user's globals and closures are put back."""
        outer = self.__dict__.copy()
        self._begin(tracer, leaves, script)
        try:
            yield
        finally:
            self.captured.put_back()
            finished = self.book.bindings, self.captured.names, self.book.size_names
            self.__dict__.update(outer)
            self.finished = finished

    @contextmanager
    def sleep(self, asleep: Asleep) -> Iterator[None]:
        """Run what is inside as if nothing was traced, on the numbers alone."""
        book, tracer = self.book, self.tracer
        if tracer is None:
            yield
            return
        awake = self.tracer, self.script, book.script
        self.tracer = self.script = book.tracer = book.script = None
        self.asleep, tracer.asleep = asleep, True
        try:
            yield
        finally:
            self.tracer, self.script, book.script = awake
            book.tracer = tracer
            self.asleep, tracer.asleep = None, False

    # -- calls -------------------------------------------------------------------------

    def call(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``function(*args, **kwargs)``, followed."""
        if self.tracer is None:
            if self.asleep is not None:
                return self.asleep(function, args, kwargs)
            return function(*args, **kwargs)
        act = _ACTS.get(type(function))
        if act is None:
            act = _act_for(function)
        return act(self, function, args, kwargs)

    def _function(self, function: Any, args: Any, kwargs: Any) -> Any:
        known = self._functions.get(id(function))
        if known is None:
            known = self._resolve(function)
        made = known[1]
        if made is None:
            return self._foreign(function, args, kwargs)
        frames = self.frames
        frames.append((made.__code__, {}))
        try:
            return made(*args, **kwargs)
        finally:
            frames.pop()

    def _resolve(self, function: Any) -> tuple[Any, Callable[..., Any] | None]:
        """What to run for a Python function: None where it isn't the user's."""
        made: Callable[..., Any] | None = None
        if is_rewritten(function.__code__):
            made = function
        elif not is_library_file(function.__code__.co_filename):
            made = self.followed(function)
        self._functions[id(function)] = found = (function, made)
        return found

    def followed(self, function: Any) -> Callable[..., Any]:
        """A user's function with hooks, on traced copies of what it captured."""
        self.captured.visit(function)
        code = rewritten(
            function.__code__, function.__globals__, self, self.script is not None
        )
        if code is None:  # the source can't be read: protocols alone serve
            self.captured.visit_unread(function)
            return function  # type: ignore[no-any-return]
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        made = FunctionType(
            code,
            function.__globals__,
            function.__name__,
            self._defaults(function),
            tuple(cells[name] for name in code.co_freevars),
        )
        keywords = function.__kwdefaults__
        if keywords:
            assert self.leaves is not None
            made.__kwdefaults__ = {
                k: self.leaves.captured(v, (k,)) for k, v in keywords.items()
            }
        made.__dict__.update(function.__dict__)
        return made

    def _defaults(self, function: Any) -> tuple[Any, ...] | None:
        given = function.__defaults__
        if not given:
            return None
        assert self.leaves is not None
        code = function.__code__
        names = code.co_varnames[code.co_argcount - len(given) : code.co_argcount]
        return tuple(
            v if type(v) in (int, float, bool, str) or v is None
            else self.leaves.captured(v, (name,))
            for name, v in zip(names, given)
        )  # fmt: skip

    def _method(self, function: Any, args: Any, kwargs: Any) -> Any:
        owner = function.__self__
        if type(owner) in _TRACED:
            return self._on_array(function, args, kwargs)
        inner = function.__func__
        if type(inner) is FunctionType:
            known = self._functions.get(id(inner)) or self._resolve(inner)
            if known[1] is None:
                return self._foreign(function, args, kwargs)
            return self._function(inner, (owner, *args), kwargs)
        return self._foreign(function, args, kwargs)

    def _on_array(self, function: Any, args: Any, kwargs: Any) -> Any:
        if any(type(a) is NumberList for a in args):
            args = [a.array() if type(a) is NumberList else a for a in args]
        return function(*args, **kwargs)

    def _numpy(self, function: Any, args: Any, kwargs: Any) -> Any:
        assert self.tracer is not None
        if any(type(a) is NumberList for a in args):
            args = [a.array() if type(a) is NumberList else a for a in args]
        if any(type(a) is FunctionType or type(a) is MethodType for a in args):
            args = [self._callback(a) for a in args]
        return self.tracer.call(function, args, kwargs)

    def _builtin(self, function: Any, args: Any, kwargs: Any) -> Any:
        handler = python.HANDLERS.get(function)
        if handler is not None:
            return handler(self, function, args, kwargs)
        owner = function.__self__
        kind = type(owner)
        if kind in (list, dict, tuple, set) or kind is NumberList:
            result = function(*args, **kwargs)
            return self.lifted(result) if type(result) in _LIFTED else result
        tracer = self.tracer
        assert tracer is not None
        if kind is ModuleType:
            if tracer.knows(function):
                if owner.__name__ in ("builtins", "math") and not tracer.touched(args):
                    return function(*args, **kwargs)
                return self._numpy(function, args, kwargs)
        elif kind is np.ndarray or isinstance(owner, np.generic):
            return getattr(tracer.lift(owner), function.__name__)(*args, **kwargs)
        elif kind is str:
            return function(*tracer.plain(args), **tracer.plain(kwargs))
        elif kind.__module__.startswith("numpy"):
            return self._numpy(function, args, kwargs)
        return self._foreign(function, args, kwargs)

    def _class(self, function: Any, args: Any, kwargs: Any) -> Any:
        handler = python.HANDLERS.get(function)
        if handler is not None:
            return handler(self, function, args, kwargs)
        module = function.__module__
        if module.startswith("numpy"):
            if function is np.vectorize:
                return function(*args, **kwargs)
            return self._numpy(function, args, kwargs)
        if (
            function.__flags__ & _HEAP
            and not is_library_module(module)
            and type(function).__call__ is type.__call__
            and function.__new__ is object.__new__
            and type(function.__init__) is FunctionType
        ):
            made = object.__new__(function)
            if self._function(function.__init__, (made, *args), kwargs) is not None:
                raise TypeError("__init__() should return None")
            return made
        return self._foreign(function, args, kwargs)

    def _partial(self, function: Any, args: Any, kwargs: Any) -> Any:
        return self.call(
            function.func, *function.args, *args, **{**function.keywords, **kwargs}
        )

    def _instance(self, function: Any, args: Any, kwargs: Any) -> Any:
        """An object that is called."""
        kind = type(function)
        inner = getattr(kind, "__call__", None)  # noqa: B004 (it is wanted, not asked)
        if type(inner) is FunctionType and not is_library_module(kind.__module__):
            return self._function(inner, (function, *args), kwargs)
        if kind is MethodDescriptorType and args and type(args[0]) in _TRACED:
            return getattr(args[0], function.__name__)(*args[1:], **kwargs)
        wrapped = getattr(function, "py_func", None)  # numba's
        if wrapped is None and kind.__name__ == "_lru_cache_wrapper":
            assert self.tracer is not None
            if self.tracer.touched([*args, kwargs]):
                wrapped = function.__wrapped__
        if type(wrapped) is FunctionType:
            return self._function(wrapped, args, kwargs)
        if kind is np.vectorize:
            return python.vectorized(self, function, args, kwargs)
        assert self.tracer is not None
        if self.tracer.knows(function):
            return self._numpy(function, args, kwargs)
        return self._foreign(function, args, kwargs)

    def _foreign(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Code that isn't followed: called as it is; what it returns is lifted."""
        tracer = self.tracer
        assert tracer is not None
        if tracer.knows(function):  # NumPy's, and what SciPy makes of it
            return self._numpy(function, args, kwargs)
        if tracer.apart is not None:
            return tracer.apart.foreign(self, function, args, kwargs)
        return self.as_it_is(function, args, kwargs)

    def as_it_is(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same, where nothing may get lost."""
        tracer = self.tracer
        assert tracer is not None
        module = getattr(function, "__module__", None) or ""
        package = module.partition(".")[0]
        if package in python.SINKS or package == "clearprop":
            return function(*tracer.plain(args), **tracer.plain(kwargs))
        if package in sys.stdlib_module_names or not is_library_module(module):
            if package in _CALLING:
                args = [self._callback(a) for a in args]
                kwargs = {k: self._callback(a) for k, a in kwargs.items()}
            made = function(*args, **kwargs)
            if isinstance(made, type) and made.__module__.startswith("clearprop."):
                made.__module__ = "__main__"  # namedtuple() asks who has called it
            return self.lifted(made)
        if tracer.touched([*args, kwargs]):
            args = [self._left(a, function) for a in args]
            kwargs = {k: self._left(a, function) for k, a in kwargs.items()}
        args = [self._callback(a) for a in args]
        kwargs = {k: self._callback(a) for k, a in kwargs.items()}
        return self.lifted(function(*args, **kwargs))

    def _left(self, value: Any, function: Any) -> Any:
        """A plain value for a library that NumPy's protocols don't reach."""
        tracer = self.tracer
        assert tracer is not None
        name = getattr(function, "__qualname__", type(function).__name__)
        kind = type(value)
        if kind is Traced:
            return tracer.lose(value, f"{name}()")
        if kind is NumberList:
            return self._left(value.whole, function).tolist()
        if kind in (list, tuple):
            return kind([self._left(v, function) for v in value])
        if kind is dict:
            return {k: self._left(v, function) for k, v in value.items()}
        return tracer.plain(value)

    def _callback(self, value: Any) -> Any:
        """A function that other code will call: followed when it does."""
        kind = type(value)
        if kind is FunctionType:
            known = self._functions.get(id(value)) or self._resolve(value)
            return value if known[1] is None else partial(self.call, value)
        if kind is partial:
            return value if value.func == self.call else partial(self.call, value)
        inner = value.__func__ if kind is MethodType else None
        if type(inner) is FunctionType and type(value.__self__) not in _TRACED:
            known = self._functions.get(id(inner)) or self._resolve(inner)
            return value if known[1] is None else partial(self.call, value)
        return value

    def lifted(self, value: Any) -> Any:
        """Arrays from elsewhere become traced ones, also inside containers."""
        kind = type(value)
        tracer = self.tracer
        assert tracer is not None
        if kind in _LIFTED:
            return tracer.lift(value)
        if kind is tuple:
            made = [self.lifted(v) for v in value]
            return value if all(a is b for a, b in zip(made, value)) else tuple(made)
        if kind is list and len(value) < 10_000:
            for i, item in enumerate(value):
                if type(item) in _LIFTED or type(item) in (list, tuple, dict):
                    value[i] = self.lifted(item)
        elif kind is dict:
            for key, item in value.items():
                if type(item) in _LIFTED or type(item) in (list, tuple, dict):
                    value[key] = self.lifted(item)
        return value

    # -- reading -----------------------------------------------------------------------

    def attribute(self, owner: Any, name: str) -> Any:
        """``owner.name``."""
        tracer = self.tracer
        kind = type(owner)
        if tracer is None or kind in _TRACED:
            return getattr(owner, name)
        if kind is np.ndarray:
            return getattr(tracer.lift(owner), name)
        found = kind.__dict__.get(name)
        if found is None and kind.__flags__ & _HEAP:
            found = getattr(kind, name, None)
        getter = found.fget if isinstance(found, property) else None
        if type(getter) is FunctionType and not is_library_module(kind.__module__):
            return self._function(getter, (owner,), {})
        value = getattr(owner, name)
        assert self.leaves is not None
        path = self.leaves.paths.get(id(owner))
        if path is None:
            return tracer.lift(value) if type(value) in _LIFTED else value
        here = (*path, ("attr", name))
        if type(value) in (FunctionType, MethodType, BuiltinFunctionType):
            return value
        own_module = kind is ModuleType and not is_library_module(owner.__name__)
        if own_module or isinstance(owner, type) or type(value) is np.ndarray:
            return self.leaves.captured(value, here)
        return value

    def item(self, owner: Any, key: Any) -> Any:
        """``owner[key]``."""
        tracer = self.tracer
        if tracer is None:
            return owner[key]
        kind = type(owner)
        if kind is Traced:
            return tracer.read(owner, key)
        if kind is list or kind is tuple:
            value = owner[key]
            return self.lifted(value) if type(value) in _LIFTED else value
        if kind is NumberList:
            tracer.settle(owner.whole.shape)
            return owner[key]
        if isinstance(owner, dict):
            if type(key) is Traced:
                key = key.value if not key.ndim and key.dtype.kind == "f" else int(key)
            value = owner[key]
            return self.lifted(value) if type(value) in _LIFTED else value
        if kind is np.ndarray or kind.__module__.startswith("numpy"):
            return tracer.getitem(owner, key)
        inner = getattr(kind, "__getitem__", None)
        if type(inner) is FunctionType and not is_library_module(kind.__module__):
            return self._function(inner, (owner, key), {})
        return self.lifted(owner[key])

    def base(self, owner: Any) -> Any:
        """What is stored into: an array that came from elsewhere is traced from now."""
        if self.tracer is not None and type(owner) is np.ndarray:
            return self.tracer.lift(owner)
        return owner

    def each(self, iterable: Any) -> Any:
        """What a loop walks over."""
        kind = type(iterable)
        if kind in _CONTAINERS or kind is Traced or self.tracer is None:
            return iterable
        if kind is NumberList:
            self.tracer.settle(iterable.whole.shape)
            return iterable
        if kind is np.ndarray:
            return self.tracer.lift(iterable)
        inner = getattr(kind, "__iter__", None)
        if type(inner) is FunctionType and not is_library_module(kind.__module__):
            return self._function(inner, (iterable,), {})
        if kind.__module__ == "builtins":
            return iterable
        return map(self.lifted, iterable)

    def percent(self, left: Any, right: Any) -> Any:
        """``left % right``: a remainder, or a text with numbers put in."""
        if type(left) is str and self.tracer is not None:
            return left % self.tracer.plain(right)
        return left % right


def _act_for(function: Any) -> Callable[..., Any]:
    kind = type(function)
    if isinstance(function, type):
        return Hooks._class
    if kind.__module__ == "numpy" and kind.__name__ != "vectorize":
        return Hooks._numpy
    return Hooks._instance


_ACTS: dict[type, Callable[..., Any]] = {
    FunctionType: Hooks._function,
    MethodType: Hooks._method,
    BuiltinFunctionType: Hooks._builtin,
    type: Hooks._class,
    partial: Hooks._partial,
    np.ufunc: Hooks._numpy,
    type(np.sum): Hooks._numpy,
}
if type(np.sum) is FunctionType:  # NumPy before its dispatchers were types of C
    _ACTS[FunctionType] = Hooks._function

HOOKS = Hooks()
