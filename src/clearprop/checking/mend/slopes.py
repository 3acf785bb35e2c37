"""The slopes that the program could owe, written with what is in scope.

For each activation the trace or the numbers know: its slope told from its output, from
its input, or by the program's own function for it. Then, as a weaker guess, the usual
slopes of arrays of which nothing is known.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .chains import factors
from .evaluate import evaluate
from .functions import FUNCTIONS, PROBES, USUAL, known
from .places import Atom
from .scene import Helper, Scene
from .spelling import fill, spell


@dataclass(frozen=True, slots=True)
class Slope:
    """``node`` is the slope of ``function`` at ``at``, or a factor of it.

    ``whole`` is the full slope as text; ``function`` is a key of ``FUNCTIONS`` or ''.
    """

    node: ast.expr
    shape: tuple[int, ...]
    function: str
    at: str
    whole: str
    prior: float
    fragment: bool = False

    def says(self) -> str:
        """``the slope of the sigmoid at h is h * (1 - h)``."""
        if self.whole == self.at:
            return f"{self.at} passes the gradient on where the values were passed on"
        if not self.function:
            return f"the slope at {self.at} is {self.whole}"
        called = FUNCTIONS[self.function].called
        return f"the slope of {called} at {self.at} is {self.whole}"


_SLOPE_NAME = re.compile(
    r"prime|deriv|grad|slope|backward|^d_?[a-z]|_d$", re.IGNORECASE
)
_MASK = re.compile(r"mask|dropped|keep|active", re.IGNORECASE)
_FLAG = re.compile(r"deriv|prime|grad|backward|slope", re.IGNORECASE)


def slopes(scene: Scene, mentioned: set[str]) -> list[Slope]:
    """Every slope that could be owed, the likeliest first; one for each spelling."""
    seen: dict[tuple[str, bool], Slope] = {}
    for slope in _candidates(scene, mentioned):
        key = (spell(slope.node), slope.fragment)
        if key not in seen or slope.prior < seen[key].prior:
            seen[key] = slope
    return sorted(seen.values(), key=lambda s: s.prior)


def _candidates(scene: Scene, mentioned: set[str]) -> Iterator[Slope]:
    arrays = [a for a in scene.atoms if _could_be_active(scene, a)]
    for a in arrays:
        role = scene.role(a.text)
        key = known(role.activation)
        if role.kind == "activation" and key:
            z = scene.by_text.get(role.source)
            yield from _of_activation(scene, key, a, z, 0.0)
        elif role.kind == "pre-activation" and key:
            yield from _of_activation(scene, key, None, a, 0.0)
    numbers = not scene.need.runs[0][0].wanted.shape
    for a in arrays[:40]:
        if scene.is_gradient(a.text) or scene.role(a.text).activation:
            continue
        if not a.shape and not numbers:
            continue  # among arrays a number of which nothing is known is a factor
        yield from _as_if(scene, a, 0.06 if a.text in mentioned else 0.12)
    yield from _masks(arrays)
    yield from _by_helpers(scene, arrays)


def _masks(arrays: list[Atom]) -> Iterator[Slope]:
    """``self.mask``, kept by the forward pass: of a ReLU, or of a dropout."""
    for a in arrays:
        named = _MASK.search(a.text) is not None
        if a.shape and (named or np.asarray(a.value).dtype == bool):
            yield Slope(a.node, a.shape, "", a.text, a.text, a.prior + 0.02)


def _could_be_active(scene: Scene, atom: Atom) -> bool:
    return (
        not isinstance(atom.value, int)
        and not scene.is_weight(atom.text)
        and scene.kind(atom.text) not in ("rate", "count", "regularization", "target")
        and np.size(atom.value) > 0
    )


def _of_activation(
    scene: Scene, key: str, a: Atom | None, z: Atom | None, prior: float
) -> Iterator[Slope]:
    function = FUNCTIONS[key]
    shape = (a or z).shape  # type: ignore[union-attr]
    for atom, letter, forms in (
        (a, "A", function.from_output),
        (z, "Z", function.from_input),
    ):
        if atom is None:
            continue
        for rank, form in enumerate(forms):
            node = scene.fill(form, **{letter: atom.node})
            if isinstance(node, ast.Compare) and not _runs(scene, node):
                continue
            whole = spell(node)
            extra = prior + atom.prior + 0.02 * rank
            extra += 0.01 if letter == "Z" else 0
            yield Slope(node, shape, key, atom.text, whole, extra)
            if len(factors(node)) > 1:
                for part in factors(node):
                    yield Slope(part.node, shape, key, atom.text, whole, extra, True)


def _runs(scene: Scene, node: ast.expr) -> bool:
    try:
        evaluate(node, scene.scope, {})
    except Exception:
        return False
    return True


def _as_if(scene: Scene, atom: Atom, prior: float) -> Iterator[Slope]:
    """Nothing is known of this array: it may be an activation, or go into one."""
    low, high = float(np.min(atom.value)), float(np.max(atom.value))
    for key in USUAL:
        output = {
            "sigmoid": low > 0 and high < 1,
            "tanh": low > -1 and high < 1,
            "relu": True,
        }[key]
        for slope in _of_activation(scene, key, atom if output else None, atom, prior):
            # half a slope at what may not even go into such a function says nothing
            if not slope.fragment or "exp" not in spell(slope.node):
                yield slope


def _by_helpers(scene: Scene, arrays: list[Atom]) -> Iterator[Slope]:
    """``sigmoid_prime(z1)``, ``sigmoid(z1, derivative=True)``."""
    numbers = not scene.need.runs[0][0].wanted.shape
    for helper in scene.helpers:
        form = helper_form(helper)
        if not form:
            continue
        key = slope_of(helper, form)
        for atom in arrays[:40]:
            if scene.is_gradient(atom.text) or (not atom.shape and not numbers):
                continue
            node = fill(form, {"F": helper.node, "X": atom.node})
            value = _tried(scene, node)
            if value is None or np.shape(value) != atom.shape:
                continue
            right = _is_slope(scene, atom, value)
            prior = atom.prior + (-0.02 if right else 0.05)
            role = scene.role(atom.text)
            function = known(role.activation) if right else key
            yield Slope(node, atom.shape, function, atom.text, spell(node), prior)


@cache
def _parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def helper_form(helper: Helper) -> str:
    """How the helper is called for a slope: '' if it doesn't look like one."""
    parameters = _parameters(helper.call)
    needed = [p for p in parameters if p.default is p.empty]
    if len(needed) != 1:
        return ""
    for p in parameters[1:]:
        if _FLAG.search(p.name):
            return f"F(X, {p.name}=True)"
    return "F(X)" if _SLOPE_NAME.search(helper.text.split(".")[-1]) else ""


def slope_of(helper: Helper, form: str) -> str:
    """The function whose slope the helper computes, told from its values, or ''."""
    scope = {"F": helper.call, "X": PROBES}
    try:
        value = np.asarray(evaluate(fill(form, {}), scope, {}), float)
    except Exception:
        return ""
    for key, function in FUNCTIONS.items():
        for template in (*function.from_output[:1], *function.from_input[:1]):
            text = template.replace("SIGMOID(Z)", "(1 / (1 + np.exp(-Z)))")
            right = evaluate(fill(text, {}), {"A": PROBES, "Z": PROBES, "np": np}, {})
            if value.shape == np.shape(right) and np.allclose(value, right):
                return key
    return ""


def _tried(scene: Scene, node: ast.expr) -> Any:
    try:
        return np.asarray(evaluate(node, scene.scope, {}), float)
    except Exception:
        return None


def _is_slope(scene: Scene, atom: Atom, value: Any) -> bool:
    """Whether the value is the slope owed at this activation or pre-activation."""
    outputs = [atom] if scene.kind(atom.text) == "activation" else []
    outputs += [
        a
        for a in scene.atoms
        if scene.role(a.text).source == atom.text and scene.kind(a.text) == "activation"
    ]
    for a in outputs:
        key = known(scene.role(a.text).activation)
        for form in FUNCTIONS[key].from_output[:1] if key else ():
            right = _tried(scene, scene.fill(form, A=a.node))
            if np.shape(right) == np.shape(value) and np.allclose(value, right):
                return True
    return False


def recognised(node: ast.expr) -> str:
    """The function whose slope this expression is, of whatever it is taken at."""
    return _recognised(spell(node))


@cache
def _recognised(text: str) -> str:
    for key, patterns in _PATTERNS.items():
        for pattern in patterns:
            if re.fullmatch(pattern, text):
                return key
    return ""


# One point in a slope: a name, a place or a call, the same at each mention.
_X = r"(?P<x>[\w.\[\]'\-]+(?:\([^()]*\))?)"
_PATTERNS = {
    "sigmoid": (
        rf"{_X} \* \(1\.?0? - (?P=x)\)",
        rf"\(1\.?0? - {_X}\) \* (?P=x)",
        rf"{_X} - (?P=x)\*\*2",
    ),
    "tanh": (
        rf"1\.?0? - {_X}\*\*2",
        rf"1\.?0? - {_X} \* (?P=x)",
        rf"1\.?0? - np\.(?:square\({_X}\)|power\([\w.\[\]'\-]+, 2\))",
        r"1\.?0? - np\.tanh\([\w.\[\]'\-]+\)\*\*2",
    ),
    "relu": (
        rf"{_X} >=? 0(?:\.0)?",
        rf"np\.where\({_X} >=? 0(?:\.0)?, 1(?:\.0)?, 0(?:\.0)?\)",
    ),
}
