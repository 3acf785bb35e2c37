"""A forward and a backward function, compared as a whole.

``check(forward, backward, x, w)`` needs no source: the backward pass may be compiled.
The forward function is derived under a random upstream gradient, and what the backward
function returns is compared with that at fresh random inputs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.checking.names import likeness, stem
from clearprop.checking.replays import RELATIVE, SINGLE, ratio
from clearprop.checking.report import UPSTREAM, Claim, Finding, Report, Status
from clearprop.errors import SourceError
from clearprop.prove import fresh

POINTS = 4  # random inputs
_POSITIONAL = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


def check_pair(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    arguments: Sequence[Any],
    seed: int = 0,
) -> Report:
    """The report on a backward function. ``backward`` takes the upstream gradient,
    the forward function's arguments or what it keeps, by the names of its parameters,
    and returns the gradients in the order of those arguments, or by name.
    """
    name = getattr(backward, "__name__", "backward")
    line = getattr(getattr(backward, "__code__", None), "co_firstlineno", 0)
    report = Report(name, "undecided")
    rng = np.random.default_rng(seed)
    factors: dict[str, list[float | None]] = {}
    shown: dict[str, tuple[Any, Any]] = {}
    held = False  # to the constant of an upstream gradient
    silent: list[str] = []
    for _ in range(POINTS):
        values = [_moved(a, rng) for a in arguments]
        right, found, held = _both(forward, backward, values, rng)
        asked = list(inspect.signature(forward).parameters)[: len(values)]
        silent = [of for of in asked if of in right and of not in found]
        for of, gradient in right.items():
            value = np.asarray(found[of], dtype=float) if of in found else None
            if value is not None:
                single = np.asarray(values[0]).dtype == np.float32
                near = SINGLE if single else RELATIVE
                floor = 1e-13 * float(np.max(np.abs(gradient), initial=0.0))
                c = ratio(value, gradient, near, floor)
                same = value.shape == gradient.shape
                factors.setdefault(of, []).append(c if same else None)
                shown.setdefault(of, (value, gradient))
    if not factors:
        raise SourceError(
            f"{name} returns nothing that is called a gradient of an argument of "
            "forward: return them in the order of its arguments, or in a dictionary"
        )
    report.loss = f"sum({getattr(forward, '__name__', 'forward')}(...) * upstream)"
    report.loss_from = UPSTREAM
    common = 1.0 if held else _common(factors)
    for of, seen in factors.items():
        good = common is not None and _is(seen, common)
        status: Status = "right" if good else "wrong"
        report.claims.append(Claim(line, f"d{of}", f"dL/d {of}", status, function=name))
        if not good:
            report.findings.append(_finding(line, of, name, seen, *shown[of]))
    if common is not None and abs(common - 1) > 1e-6:
        report.notes.append(f"every gradient is {common:.6g} times what it is called")
    report.notes += [f"{name} returns no dL/d {of}: it isn't checked" for of in silent]
    report.verdict = "wrong" if report.findings else "right"
    return report


def _moved(value: Any, rng: np.random.Generator) -> Any:
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    moved = np.asarray(fresh(array, rng, 1.0)).astype(array.dtype)
    return moved if array.ndim else float(moved)


def _both(
    forward: Any, backward: Any, values: list[Any], rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, Any], bool]:
    """The derived gradients and the returned ones, by argument.

    And whether the backward function was given an upstream gradient.
    """
    from clearprop.backward import derive

    signature = inspect.signature(forward)
    try:
        out = forward(*values)
    except Exception as error:
        name = getattr(forward, "__name__", "forward")
        said = f"{type(error).__name__}: {error}"
        raise SourceError(
            f"{name} raised {said}. Call it with arguments that fit"
        ) from None
    first = out[0] if isinstance(out, tuple) else out
    upstream: Any = rng.standard_normal(np.shape(first)) if np.ndim(first) else 1.0

    def loss(*given: Any) -> Any:
        result = forward(*given)
        result = result[0] if isinstance(result, tuple) else result
        return np.sum(result * upstream)

    loss.__signature__ = signature  # type: ignore[attr-defined]
    right = {
        name: np.asarray(value, dtype=float)
        for name, value in derive(loss, *values)(*values).items()
        if not isinstance(value, dict | list | tuple)
    }
    names = dict(zip(signature.parameters, values))
    kept = out[1] if isinstance(out, tuple) and len(out) == 2 else out
    given = _given(backward, names, upstream, kept, isinstance(out, tuple))
    found = _by_name(backward(*given), list(right), names, backward)
    return right, found, any(value is upstream for value in given)


def _given(
    backward: Any, names: Mapping[str, Any], upstream: Any, kept: Any, has_kept: bool
) -> list[Any]:
    """What each parameter of the backward function is."""
    try:
        parameters = [
            p.name
            for p in inspect.signature(backward).parameters.values()
            if p.default is p.empty and p.kind in _POSITIONAL
        ]
    except (TypeError, ValueError):  # a compiled function doesn't say
        return [upstream, *names.values()]
    given: list[Any] = []
    waiting = [upstream, *([kept] if has_kept else [])]
    for parameter in parameters:
        if parameter in names:
            given.append(names[parameter])
        elif waiting:
            given.append(waiting.pop(0))
        else:
            raise SourceError(
                f"{backward.__name__} needs {parameter}, which is no argument of the "
                "forward function: give its parameters the same names"
            )
    return given


def _by_name(
    result: Any, names: list[str], given: Mapping[str, Any], backward: Any
) -> dict[str, Any]:
    """What was returned by argument; ``names`` are those that have a gradient."""
    if isinstance(result, Mapping):
        found = {}
        for key, value in result.items():
            word = stem(str(key)) or str(key)
            fitting = [n for n in names if likeness(word, n) >= 0.9 or key == n]
            if fitting:
                found[fitting[0]] = value
        return found
    values = list(result) if isinstance(result, tuple | list) else [result]
    if not _fit(values, names, given) and _fit(values, list(given), given):
        names = list(given)  # whole numbers have no gradient, and may have a place
    if len(values) > len(names):
        who = getattr(backward, "__name__", "backward")
        raise SourceError(
            f"{who} returns {len(values)} values, and forward has {len(names)} "
            f"arguments to derive for ({', '.join(names)})"
        )
    return {name: value for name, value in zip(names, values) if value is not None}


def _fit(values: list[Any], names: list[str], given: Mapping[str, Any]) -> bool:
    """Whether each value has the shape of the argument in its place."""
    return len(values) <= len(names) and all(
        value is None or np.shape(value) == np.shape(given.get(name, 0.0))
        for name, value in zip(names, values)
    )


def _common(factors: Mapping[str, list[float | None]]) -> float | None:
    """The one constant of all gradients; 1 where they don't agree on another."""
    firsts = [f[0] for f in factors.values() if f[0] is not None and f[0] == f[0]]
    if not firsts:
        return 1.0
    same = all(_is(f, firsts[0]) for f in factors.values())
    return firsts[0] if same and firsts[0] > 0 else 1.0


def _is(seen: Sequence[float | None], constant: float) -> bool:
    return all(c is not None and (c != c or abs(c - constant) < 1e-5) for c in seen)


def _finding(
    line: int, of: str, name: str, seen: list[float | None], value: Any, right: Any
) -> Finding:
    first = seen[0]
    mistake, why = "unknown", f"it isn't dL/d {of}"
    if value.shape != right.shape:
        mistake, why = (
            "shape",
            f"it has shape {value.shape}, and {of} has {right.shape}",
        )
    elif first is not None and _is(seen, first):
        mistake = "sign" if abs(first + 1) < 1e-6 else "scale"
        why = f"it is {first:.6g} times dL/d {of}"
    with np.printoptions(precision=6, threshold=8, edgeitems=2, linewidth=160):
        yours, good = str(value), str(right)
    return Finding(
        line, f"d{of}", mistake, why, expected=f"dL/d {of}", yours=yours, right=good,
        function=name,
    )  # fmt: skip
