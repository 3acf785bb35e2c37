"""How each elementwise operation, number and type is written in C.

One row per operation: its C expression over inputs that are names or literals, cast
already to the dtype it is computed in. ``{s}`` is the suffix of that dtype's functions.
NumPy's own answers at nan are kept: a maximum with nan is nan.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np


class Spelled(NamedTuple):
    """One operation in C."""

    code: str
    cheap: bool = True  # as cheap as reading it from memory
    truth: bool = False  # it compares: inputs meet in their own common dtype
    whole: str = ""  # for whole numbers, where that differs


def _calls(*names: str) -> dict[str, Spelled]:
    return {n: Spelled(n.replace("arc", "a") + "{s}({0})", cheap=False) for n in names}


def _truths(**codes: str) -> dict[str, Spelled]:
    return {name: Spelled(code, truth=True) for name, code in codes.items()}


SPELLED: dict[str, Spelled] = {
    "add": Spelled("{0} + {1}"),
    "sub": Spelled("{0} - {1}"),
    "mul": Spelled("{0} * {1}"),
    "div": Spelled("{0} / {1}", cheap=False),
    "neg": Spelled("-{0}"),
    "pow": Spelled("pow{s}({0}, {1})", cheap=False, whole="cp_ipow({0}, {1})"),
    "mod": Spelled("cp_mod{s}({0}, {1})", cheap=False, whole="cp_imod({0}, {1})"),
    "floor_divide": Spelled(
        "cp_floordiv{s}({0}, {1})", cheap=False, whole="cp_idiv({0}, {1})"
    ),
    "exp": Spelled("cp_exp{s}({0})", cheap=False),
    "expm1": Spelled("cp_expm1{s}({0})", cheap=False),
    "log": Spelled("cp_log{s}({0})", cheap=False),
    "log1p": Spelled("cp_log1p{s}({0})", cheap=False),
    "tanh": Spelled("cp_tanh{s}({0})", cheap=False),
    "logaddexp": Spelled("cp_logaddexp{s}({0}, {1})", cheap=False),
    **_calls(
        "exp2", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "arcsin",
        "arccos", "arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "erf",
        "floor", "ceil", "rint", "trunc",
    ),
    "arctan2": Spelled("atan2{s}({0}, {1})", cheap=False),
    "hypot": Spelled("hypot{s}({0}, {1})", cheap=False),
    "abs": Spelled("fabs{s}({0})", whole="({0} < 0 ? -{0} : {0})"),
    # 0 at 0 and nan at nan
    "sign": Spelled("({0} > 0 ? 1 : {0} < 0 ? -1 : {0})"),
    "maximum": Spelled("({0} > {1} || {0} != {0} ? {0} : {1})"),
    "minimum": Spelled("({0} < {1} || {0} != {0} ? {0} : {1})"),
    "clip": Spelled("cp_clip{s}({0}, {1}, {2})", whole="cp_iclip({0}, {1}, {2})"),
    "where": Spelled("({0} ? {1} : {2})"),
    "bitwise_and": Spelled("{0} & {1}"),
    "bitwise_or": Spelled("{0} | {1}"),
    "bitwise_xor": Spelled("{0} ^ {1}"),
    "invert": Spelled("~{0}"),
    "astype": Spelled("{0}"),
    **_truths(
        lt="{0} < {1}", le="{0} <= {1}", gt="{0} > {1}", ge="{0} >= {1}",
        eq="{0} == {1}", ne="{0} != {1}",
        logical_and="({0} != 0) & ({1} != 0)",
        logical_or="({0} != 0) | ({1} != 0)",
        logical_xor="({0} != 0) ^ ({1} != 0)",
        logical_not="{0} == 0",
        isnan="{0} != {0}",
        isfinite="({0} - {0}) == 0",
        signbit="__builtin_signbit({0})",
        isinf="({0} == {0}) & (({0} - {0}) != 0)",
    ),
}  # fmt: skip

# maximum(x, 0) and minimum(x, 0): one instruction, and nan passes.
_AGAINST_NUMBER = {
    "maximum": "({0} < {1} ? {1} : {0})",
    "minimum": "({0} > {1} ? {1} : {0})",
}

_TYPES = {
    "float64": "double", "float32": "float", "bool": "uint8_t",
    "int64": "int64_t", "int32": "int32_t", "int16": "int16_t", "int8": "int8_t",
    "uint64": "uint64_t", "uint32": "uint32_t", "uint16": "uint16_t",
    "uint8": "uint8_t",
}  # fmt: skip


def c_type(dtype: Any) -> str:
    """The C type that holds a dtype."""
    return _TYPES[np.dtype(dtype).name]


def literal(value: Any, dtype: Any) -> str:
    """A number of a dtype, exactly."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        whole = int(value)
        code = f"INT64_C({whole})" if abs(whole) > 2**31 - 1 else str(whole)
        return f"({code})" if whole < 0 else code
    value = float(dtype.type(value))
    suffix = "f" if dtype == np.float32 else ""
    if math.isnan(value):
        return f'__builtin_nan{suffix}("")'
    if math.isinf(value):
        return f"({'-' if value < 0 else ''}__builtin_inf{suffix}())"
    plain = repr(value)
    if float(plain) != float(dtype.type(float(plain))):
        plain = value.hex()
    code = f"{plain}{suffix}"
    return f"({code})" if math.copysign(1, value) < 0 else code


def cast(code: str, source: Any, target: Any) -> str:
    """An expression of one dtype as another."""
    if np.dtype(source) == np.dtype(target):
        return code
    if np.dtype(target).kind == "b":
        return f"({code} != 0)"
    return f"({c_type(target)}){code}"


def spell(name: str, inputs: list[str], compute: Any, numbers: list[Any]) -> str:
    """An operation on inputs of its compute dtype; ``numbers``: known ones or None."""
    compute = np.dtype(compute)
    row = SPELLED[name]
    suffix = "f" if compute == np.float32 else ""
    floats = compute.kind == "f"
    if name == "pow" and numbers[1] is not None:
        power = _power(inputs[0], float(numbers[1]), suffix, floats)
        if power is not None:
            return power
    if name in _AGAINST_NUMBER and floats:
        for number, order in ((numbers[1], inputs), (numbers[0], inputs[::-1])):
            if number is not None and number == number:
                return _AGAINST_NUMBER[name].format(*order)
    code = row.whole if row.whole and not floats else row.code
    return code.format(*inputs, s=suffix)


def _power(x: str, n: float, suffix: str, floats: bool) -> str | None:
    """``x**n`` without a call, where that is as exact."""
    if n == 2:
        return f"{x} * {x}"
    if n == 3:
        return f"{x} * {x} * {x}"
    if floats and n == 0.5:
        return f"sqrt{suffix}({x})"
    if floats and n == -1:
        return f"1 / {x}"
    if floats and n == -2:
        return f"1 / ({x} * {x})"
    return None
