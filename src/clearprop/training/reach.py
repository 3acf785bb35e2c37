"""All that a forward pass can reach, as text: two that have the same text are the same.

A function reaches what its names give it, and nothing else. So it is told whole where
every global is a number, a text, a plain function of the same kind or NumPy's, and
every attribute is in the table of what depends on its arguments alone (``np.exp``, not
``np.load`` or ``np.random``). Where anything else is met, ``Unknown`` is raised.
"""

from __future__ import annotations

import builtins
import opcode
import os
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from clearprop.trace.library import is_library_file

# Attributes that may be read, of NumPy, of arrays, of Python's own containers.
PLAIN = frozenset(
    """
    T abs absolute add all amax amin any append arange arccos arccosh arcsin arcsinh
    arctan arctan2 arctanh argmax argmin array asarray astype atleast_1d atleast_2d
    average axis broadcast_to cbrt clip concatenate copy copysign cos cosh cumprod
    cumsum deg2rad degrees diag diagonal diff divide dot dtype e einsum equal exp
    exp2 expand_dims expm1 eye fabs flatten flip float32 float64 floor fmax fmin
    full full_like get greater greater_equal hstack hypot identity index inf inner
    int32 int64 isfinite isinf isnan item items keys kron less less_equal linalg
    linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or
    matmul max maximum mean min minimum moveaxis multiply nan ndim negative newaxis
    norm not_equal ones ones_like outer pi positive power prod rad2deg radians ravel
    reciprocal reduce repeat reshape roll round shape sign sin sinh size sqrt square
    squeeze stack std subtract sum swapaxes take tan tanh tensordot tile trace
    transpose tril triu true_divide values var vdot vstack where zeros zeros_like
    """.split()
)
BUILTINS = frozenset(
    """
    AssertionError IndexError RuntimeError TypeError ValueError abs bool dict enumerate
    float int len list max min range reversed round sum tuple zip
    """.split()
)
# What a name could be an attribute of: one that these have must be in the table, though
# it may be a global as well.
_MODULES = (np, np.linalg)
_TYPES = (
    np.ndarray, np.float64, np.ufunc, np.dtype, dict, list, tuple, str, float, int,
    FunctionType, BuiltinFunctionType, type,
)  # fmt: skip
_NAMES = {"LOAD_GLOBAL", "LOAD_ATTR", "LOAD_METHOD"}
_REFUSED = {"LOAD_BUILD_CLASS"} | {opcode.opname[op] for op in opcode.hasname} - _NAMES
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_ASKING = {type(np.dot), type(np.sum)}  # functions of NumPy that ask their arguments
_LITERALS = (bool, int, float, str, bytes, type(None), type(Ellipsis))


class Unknown(Exception):
    """Something that can't be told whole; nothing is kept that depends on it."""


def reached(function: Any) -> str:
    """The text of a function and of all that it can reach."""
    return _Teller().value(function)


def literal(value: Any) -> str:
    """A plain value, and tuples of such, so that no two have the same text."""
    if type(value) in _LITERALS:
        return f"{type(value).__name__} {value!r}"
    if type(value) is tuple:
        return f"({', '.join(map(literal, value))})"
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return f"{value.dtype.str} {value.tobytes()!r}"
    raise Unknown(type(value).__name__)


class _Teller:
    """Tells each function once: they may call each other."""

    def __init__(self) -> None:
        self._told: dict[FunctionType, int] = {}

    def value(self, value: Any) -> str:
        """A global, a default, or what a closure holds."""
        if type(value) is FunctionType and not _of_numpy(value):
            return self._function(value)
        if value is np:
            return "NumPy"
        if isinstance(value, ModuleType | type | np.ufunc) or callable(value):
            return _numpy(value)
        return literal(value)

    def _function(self, function: FunctionType) -> str:
        if function in self._told:
            return f"function {self._told[function]}"
        self._told[function] = len(self._told)
        if function.__dict__:  # it may say that it wraps another
            raise Unknown("a function with attributes")
        parts = [
            f"function {self._told[function]} {function.__module__}",
            self._code(function.__code__, function),
            *map(self.value, function.__defaults__ or ()),
            *(
                f"{k}={self.value(v)}"
                for k, v in (function.__kwdefaults__ or {}).items()
            ),
        ]
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or ()
        ):
            try:
                held = cell.cell_contents
            except ValueError:
                raise Unknown(f"{name} is not there yet") from None
            parts.append(f"{name}={self.value(held)}")
        return "{" + "\n".join(parts) + "}"

    def _code(self, code: CodeType, function: FunctionType) -> str:
        refused = {opcode.opname[op] for op in code.co_code[::2]} & _REFUSED
        if refused:
            raise Unknown(", ".join(sorted(refused)))
        # a notebook's cell has another file each time; a library's code isn't rewritten
        file = code.co_filename if is_library_file(code.co_filename) else "own"
        parts = [
            f"{file} {code.co_argcount} {code.co_posonlyargcount} "
            f"{code.co_kwonlyargcount} {code.co_flags} {code.co_varnames} "
            f"{code.co_freevars} {code.co_cellvars}",
            repr(code.co_code),
            repr(code.co_exceptiontable),
        ]
        for constant in code.co_consts:
            inner = isinstance(constant, CodeType)
            parts.append(self._code(constant, function) if inner else literal(constant))
        parts += [f"{n}: {self._name(n, function)}" for n in code.co_names]
        return "\n".join(parts)

    def _name(self, name: str, function: FunctionType) -> str:
        """A name of the code, whether it is a global there, an attribute, or both."""
        if name not in PLAIN and name not in BUILTINS and _is_attribute(name):
            raise Unknown(f"{name} may be an attribute")
        told = []
        if name in PLAIN:
            told = [
                f"{owner.__name__}.{name}={self.value(vars(owner)[name])}"
                for owner in _MODULES
                if name in vars(owner)
            ]
        if name in function.__globals__:
            told.append(self.value(function.__globals__[name]))
        elif name in BUILTINS:
            told.append(_builtin(name, function))
        elif name not in PLAIN:
            raise Unknown(f"{name} is no attribute that is known")
        return ", ".join(told)


def _is_attribute(name: str) -> bool:
    """Whether NumPy, an array or another plain value has such an attribute."""
    return any(hasattr(t, name) for t in _TYPES) or any(
        name in vars(m) or name in m.__all__ for m in _MODULES
    )


def _builtin(name: str, function: FunctionType) -> str:
    found: Any = getattr(function, "__builtins__", {}).get(name)
    own = found is getattr(builtins, name) and (
        (isinstance(found, type) and found.__module__ == "builtins")
        or (type(found) is BuiltinFunctionType and found.__self__ is builtins)
    )
    if not own or found.__name__ != name:
        raise Unknown(f"{name} is not Python's own")
    return f"builtin {name}"


def _of_numpy(function: FunctionType) -> bool:
    return os.path.abspath(function.__code__.co_filename).startswith(_NUMPY)


def _numpy(value: Any) -> str:
    """Something of NumPy's, by the name that it has there."""
    kind = type(value)
    inner = value._implementation if kind in _ASKING - {FunctionType} else value
    own = (
        kind is np.ufunc
        or (type(inner) is FunctionType and _of_numpy(inner))
        or (type(inner) is BuiltinFunctionType and _module(inner).startswith("numpy"))
    ) and inner.__name__ in PLAIN
    scalar = isinstance(value, type) and issubclass(value, np.generic)
    if not (own or value is np.linalg or (scalar and _module(value) == "numpy")):
        raise Unknown(f"{kind.__name__} {getattr(value, '__name__', '')}")
    return f"{kind.__name__} {_module(inner)}.{inner.__name__}"


def _module(value: Any) -> str:
    return str(getattr(value, "__module__", None))


__all__ = ["Unknown", "literal", "reached"]
