"""What is in scope, and what each thing is for.

An edit is made of values that the program has. This module lists them, as the program
would write them (``a1``, ``cache['A1']``, ``self.W2``), and says of each whether it is
a gradient, a weight, an activation. What the trace said comes first; what it didn't say
is told from the values, and last from the name.
"""

from __future__ import annotations

import ast
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..need import Need, Role
from .evaluate import evaluate
from .functions import FUNCTIONS, known
from .places import Atom, atoms, has_fields, made_up_keys, read
from .pure import is_own, is_pure
from .spelling import fill, name, rebuilt, spell
from .style import Style


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of the program's own, or a method of an object in scope."""

    text: str
    node: ast.expr
    call: Callable[..., Any]


_OTHER = Role("other")

_GRADIENT = re.compile(
    r"^(d(?!ata)[A-Z_]\w*|\w*(grad|delta|err|upstream|nabla)\w*)$", re.IGNORECASE
)
# What the trace says of a value that only came in: an argument may be anything.
_NEAR = 1e-9  # the same number, computed in another way
_UNSAID = ("other", "data")
_RATE = re.compile(r"^(lr|eta|alpha|\w*learn\w*|\w*rate|step\w*)$", re.IGNORECASE)
_REGULARIZATION = re.compile(
    r"^(\w*reg\w*|\w*lamb\w*|lam|\w*decay|l2\w*|wd)$", re.IGNORECASE
)
_COUNT = re.compile(
    r"^(n|m|N|M|B|T|bs|\w*batch\w*|n_\w+|num_\w+|\w*(samples|examples|records))$"
)
_WEIGHT = re.compile(r"^([Ww]\w*|\w*weight\w*|[Ww][a-z]{0,2}\d*|theta\w*|U|V)$")


class Scene:
    """The atoms, helpers and roles of one scope."""

    def __init__(self, need: Need) -> None:
        self.need = need
        self.scope = need.runs[0][0].scope
        self.modules = [
            k for k, v in self.scope.items() if isinstance(v, types.ModuleType)
        ]
        self.numpy = next((k for k in self.modules if self.scope[k] is np), "")
        self._roles = {_normal(k): r for k, r in need.roles.items()}
        self.atoms = list(self._collected(need.statement))
        self.by_text = {a.text: a for a in self.atoms}
        for node, key, _ in made_up_keys(self.scope, need.statement):
            for text in self.by_text:  # params['W%d' % l]
                known = self._roles.get(text.replace(f"[{spell(node)}]", f"[{key!r}]"))
                if known is not None:
                    self._roles.setdefault(text, known)
        self.helpers = list(_helpers(self.scope))
        self.sigmoid = self._own_sigmoid()
        self.style = Style(need, self.numpy)
        self._infer_activations()

    # Writing ------------------------------------------------------------------

    def fill(self, template: str, **parts: ast.expr) -> ast.expr:
        """A template, with NumPy and the sigmoid spelt as the program spells them."""
        if "SIGMOID(Z)" in template:
            parts = {**parts, "SIGMOIDZ": self._sigmoid_of(parts["Z"])}
            template = template.replace("SIGMOID(Z)", "SIGMOIDZ")
        if self.numpy:
            return fill(template, {**parts, "np": name(self.numpy)})
        return rebuilt(fill(template, parts), _bare)

    def _sigmoid_of(self, z: ast.expr) -> ast.expr:
        if self.sigmoid is not None:
            return fill("F(Z)", {"F": self.sigmoid.node, "Z": z})
        return self.fill("1 / (1 + np.exp(-Z))", Z=z)

    def _own_sigmoid(self) -> Helper | None:
        z = np.array([-1.3, 0.4])
        right = FUNCTIONS["sigmoid"].value(z)
        return next((h for h in self.helpers if _gives(h, z, right)), None)

    # Meaning ------------------------------------------------------------------

    def role(self, text: str) -> Role:
        return self._roles.get(text, _OTHER)

    def kind(self, text: str) -> str:
        return self.role(text).kind

    def is_gradient(self, text: str) -> bool:
        kind = self.kind(text)
        return kind == "gradient" or (kind in _UNSAID and _says(_GRADIENT, text))

    def is_weight(self, text: str) -> bool:
        kind = self.kind(text)
        if kind in ("weight", "updated-weight"):
            return True
        return kind in _UNSAID and _says(_WEIGHT, text)

    def is_regularization(self, text: str) -> bool:
        kind, atom = self.kind(text), self.by_text.get(text)
        number = atom is None or not atom.shape  # l2 may be the second layer
        unsaid = kind in (*_UNSAID, "rate") and number
        return kind == "regularization" or (unsaid and _says(_REGULARIZATION, text))

    def is_rate(self, text: str) -> bool:
        return self.kind(text) == "rate" or (
            self.kind(text) == "other" and _says(_RATE, text)
        )

    def is_count(self, text: str) -> bool:
        kind, atom = self.kind(text), self.by_text.get(text)
        number = atom is not None and not atom.shape  # float(len(X)) is data to a trace
        unsaid = kind == "other" or (kind == "data" and number)
        return kind == "count" or (unsaid and _says(_COUNT, text))

    def is_softmax(self, text: str) -> bool:
        return self.role(text).activation == "softmax"

    # Collecting ---------------------------------------------------------------

    def _collected(self, statement: ast.stmt) -> Iterator[Atom]:
        """The likeliest spellings first, and one of each value.

        What the target held the last time round is no use, unless it is a weight, or
        the line passes a gradient on from layer to layer.
        """
        target = self.need.target
        kept = self._reads_target(statement) or self.is_weight(target) or self.again
        firsts = [replays[0].scope for replays in self.need.runs[:20]]
        seen: set[tuple[Any, ...]] = set()
        alive: list[Any] = []  # so that no two values share an id
        number = not np.shape(self.need.runs[0][0].wanted)
        found = [
            *read(self.scope, self.need.reads),
            *atoms(self.scope, statement, self.need.cuts, number),
        ]
        spelt: set[str] = set()
        for atom in sorted(found, key=lambda a: a.prior):
            if atom.text in spelt or (not kept and atom.text == target):
                continue
            spelt.add(atom.text)
            values = [_reached(atom.node, scope) for scope in firsts]
            alive.append(values)
            # zs[2], zs[-l] and zs[l]: one spelling is enough where all say the same.
            same = (atom.text.split("[")[0], *map(id, values))
            if "[" not in atom.text or same not in seen:
                seen.add(same)
                yield atom

    @property
    def again(self) -> bool:
        """Whether the statement runs several times in one step."""
        return len(self.need.runs) > 1

    def _reads_target(self, statement: ast.stmt) -> bool:
        return any(
            isinstance(n, ast.expr)
            and isinstance(getattr(n, "ctx", None), ast.Load)
            and spell(n) == self.need.target
            for n in ast.walk(statement)
        )

    def _infer_activations(self) -> None:
        """``a`` is the sigmoid of ``z`` if the numbers say so."""
        arrays = [
            a
            for a in self.atoms
            if np.size(a.value)
            and np.asarray(a.value).dtype.kind == "f"
            and not self.is_weight(a.text)
        ][:60]
        for a in arrays:
            if self.kind(a.text) == "other" and _softmax_like(a.value):
                self._roles[a.text] = Role("activation", "", "softmax")
        heads = [_head(a.value) for a in arrays]  # of most pairs that is enough
        alike: dict[tuple[int, ...], list[tuple[Atom, float]]] = {}
        for a, head in zip(arrays, heads):
            alike.setdefault(a.shape, []).append((a, head))
        for key, function in FUNCTIONS.items():
            if key in ("square", "exp"):  # too common to mean an activation
                continue
            for z in arrays:
                if len(alike[z.shape]) == 1:
                    continue
                value = function.value(z.value)
                wanted = _head(value)
                for a, head in alike[z.shape]:
                    if a is not z and abs(head - wanted) < _NEAR:
                        self._note_activation(a, z, key, value)

    def _note_activation(self, a: Atom, z: Atom, key: str, value: np.ndarray) -> None:
        role = self.role(a.text)
        if role.source or not _close(a.value, value):
            return
        if _close(a.value, z.value):  # the same array again, under another name
            return
        if role.kind == "other" or (
            role.kind == "activation"
            and (not role.activation or known(role.activation) == key)
        ):
            self._roles[a.text] = replace(
                role, kind="activation", source=z.text, activation=key
            )


def _helpers(scope: Mapping[str, Any]) -> Iterator[Helper]:
    for key, value in scope.items():
        if is_own(value) or isinstance(value, np.vectorize):
            if is_pure(value):
                yield Helper(key, name(key), value)
        elif has_fields(value) and not callable(value) and not _is_library(value):
            for attr in dir(type(value)):
                if attr.startswith("__"):
                    continue
                defined = getattr(type(value), attr, None)
                if is_own(defined) and is_pure(defined):
                    method = getattr(value, attr)
                    node = ast.Attribute(value=name(key), attr=attr, ctx=ast.Load())
                    yield Helper(spell(node), node, method)


def _is_library(value: Any) -> bool:
    """Whether it is Python's own: ``parser.error`` of argparse ends the program."""
    return type(value).__module__.partition(".")[0] in sys.stdlib_module_names


def _bare(node: ast.AST) -> ast.AST | None:
    """``np.exp`` as ``exp``, for programs that import NumPy's names."""
    if isinstance(node, ast.Attribute) and spell(node.value) == "np":
        return name(node.attr)
    return None


def _normal(text: str) -> str:
    """A place as ``ast.unparse`` spells it."""
    try:
        return spell(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return text


def _says(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the name says it: dA1 of ``cache['dA1']``, ws of ``self.ws[-l]``."""
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^\]'\"]*\]", "", text))
    return bool(words) and pattern.match(words[-1]) is not None


def _softmax_like(value: np.ndarray) -> bool:
    if (
        np.ndim(value) not in (1, 2)
        or value.size < 2
        or not np.all((value > 0) & (value < 1))
    ):
        return False
    return any(
        value.shape[axis] > 1 and np.allclose(value.sum(axis=axis), 1, atol=1e-9)
        for axis in range(value.ndim)
    )


def _head(value: np.ndarray) -> float:
    return float(np.asarray(value).flat[0])


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=_NEAR, atol=1e-12))


def _reached(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    try:
        return evaluate(node, scope, {})
    except Exception:
        return object()


def _gives(helper: Helper, argument: np.ndarray, wanted: np.ndarray) -> bool:
    try:
        value = np.asarray(helper.call(argument.copy()), float)
    except Exception:
        return False
    return value.shape == wanted.shape and bool(np.allclose(value, wanted))
