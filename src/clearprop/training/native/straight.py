"""A tiny plan without loops: every entry of every value is a variable of its own.

The parameters and their slots live in registers for the whole chunk of steps. What goes
in is the values of a plan; what comes out is the lines before, in and after the loop
over the steps, or None where the plan isn't tiny or reads at positions that only the
data know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.training.native.spelling import c_type
from clearprop.training.native.terms import Term, Terms, TermWriter
from clearprop.training.native.update import (
    clip_lines,
    decayed,
    own_numbers,
    rule_lines,
    step_numbers,
)
from clearprop.training.native.values import Value
from clearprop.training.plan import Plan

# The most entries, and factors of products, that are written out one by one.
_ENTRIES = 200

Entries = np.ndarray  # of terms


@dataclass
class Lines:
    """C around and inside the loop over the steps."""

    before: list[str] = field(default_factory=list)
    step: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    sigmoids: bool = False


class _TooHard(Exception):
    """Not for straight lines."""


def is_tiny(needed: Iterable[Value]) -> bool:
    """Whether straight lines would be short."""
    total = 0
    for v in needed:
        if v.op not in ("number", "view", "array"):
            total += v.size
        if v.op == "matmul":
            total += v.size * v.inputs[0].shape[-1]
    return total <= _ENTRIES


def straight(
    plan: Plan,
    needed: Sequence[Value],
    loss: Value,
    gradients: Sequence[Value | None],
    observed: dict[int, Value],
    gathered: bool,
) -> Lines | None:
    """The lines; ``observed``: the recorded values by their place among the records."""
    several = plan.per_example and (plan.batch_size or plan.rows or 1) > 1
    if several or plan.clip_norm is not None or not is_tiny(needed):
        return None
    try:
        return _Straight(plan, gathered).lines(needed, loss, gradients, observed)
    except _TooHard:
        return None


class _Straight:
    def __init__(self, plan: Plan, gathered: bool) -> None:
        self.plan = plan
        self.gathered = gathered
        self.terms = Terms()
        self.made = Lines()
        self.write = TermWriter(
            self.terms, self.made.step.append, self.made.before.append,
            moves_little=not gathered,
        )  # fmt: skip
        self.entries: dict[Value, Entries] = {}
        self.moved: dict[int, list[Term]] = {}  # parameters after their update

    def lines(
        self,
        needed: Sequence[Value],
        loss: Value,
        gradients: Sequence[Value | None],
        observed: dict[int, Value],
    ) -> Lines:
        plan, step = self.plan, self.made.step
        self._load()
        later = set()
        for v in needed:
            current = v.op == "array" and v.params["array"][0] == "current"
            if current or any(x in later for x in v.inputs):
                later.add(v)
            else:
                self.entries[v] = self._compute(v)
        step += [*step_numbers(plan.rule)]
        for kind in sorted({c_type(p.value.dtype) for p in plan.parameters}):
            step.append(f"const {kind} rate_{kind} = ({kind})rate64;")
        step.append(f"losses[s] = {self.write(self.entries[loss].flat[0])};")
        for k, v in observed.items():
            self._record(k, [self.write(t) for t in self.entries[v].flat])
        self._judge([g for g in gradients if g is not None and g not in later])
        for i, g in enumerate(gradients):
            for v in needed if g in later else ():
                if v not in self.entries and self._within(v, later):
                    self.entries[v] = self._compute(v)
            if g in later:
                self._judge_late(i, g)
            self._move(i, g)
        # all are computed from the old ones before the first is replaced
        after = {i: [self.write(t) for t in moved] for i, moved in self.moved.items()}
        for i, names in after.items():
            step += [f"p{i}_{n} = {name};" for n, name in enumerate(names)]
        self._record_parameters()
        self.made.sigmoids = self.terms.sigmoids
        return self.made

    def _within(self, v: Value, later: set[Value]) -> bool:
        """Whether all that a value needs is there by now."""
        if v.op == "array":
            return (
                v.params["array"][0] != "current" or v.params["array"][1] in self.moved
            )
        return all(x in self.entries for x in v.inputs)

    # -- what is kept in registers ---------------------------------------------------

    def _load(self) -> None:
        for i, parameter in enumerate(self.plan.parameters):
            kind = c_type(parameter.value.dtype)
            for name in (f"p{i}", *(f"s{i}_{k}" for k in self._slots())):
                for n in range(parameter.value.size):
                    self.made.before.append(f"{kind} {name}_{n} = {name}[{n}];")
                    self.made.after.append(f"{name}[{n}] = {name}_{n};")

    def _slots(self) -> range:
        return range(len(self.plan.rule.slots))

    # -- entries -------------------------------------------------------------------

    def _compute(self, v: Value) -> Entries:
        if v.op in _ENTRIES_OF:
            made = _ENTRIES_OF[v.op](self, v)
            return np.asarray(made, dtype=object).reshape(v.shape)
        raise _TooHard

    def _number(self, v: Value) -> Any:
        return [self.terms.number(v.params["value"], v.dtype)]

    def _array(self, v: Value) -> Any:
        kind, which = v.params["array"]
        if kind == "current":
            return self.moved[which]
        if kind == "parameter":
            names = [f"p{which}_{n}" for n in range(v.size)]
        elif kind == "const":
            names = [f"c{which}[{n}]" for n in range(v.size)]
        elif not v.params["by_row"]:
            names = [f"x{which}_{n}" for n in range(v.size)]
            self.made.before += [
                f"const {c_type(v.dtype)} {name} = x{which}[{n}];"
                for n, name in enumerate(names)
            ]
        else:
            names = self._row_entries(v, which)
        return [self.terms.leaf(name, v.dtype) for name in names]

    def _row_entries(self, v: Value, which: int) -> list[str]:
        stride = v.size if self.plan.per_example else v.size // v.shape[0]
        source = f"all{which}" if self.plan.per_example else f"x{which}"
        names = []
        for n in range(v.size):
            row = f"row[{n // stride}]" if self.gathered else str(n // stride)
            name = f"x{which}_{n}"
            place = f"{row} * {stride} + {n % stride}"
            self.made.step.append(
                f"const {c_type(v.dtype)} {name} = {source}[{place}];"
            )
            names.append(name)
        return names

    def _view(self, v: Value) -> Any:
        source = self.entries[v.inputs[0]]
        axes = v.params["axes"]
        return [
            source[tuple(s + sum(k * at[a] for a, k in by) for s, by in axes)]
            for at in np.ndindex(v.shape)
        ]

    def _reshape(self, v: Value) -> Any:
        return self.entries[v.inputs[0]]

    def _counted(self, v: Value) -> Any:
        start, step = v.params["start"], v.params["step"]
        return [self.terms.number(start + step * n, v.dtype) for n in range(v.size)]

    def _eye(self, v: Value) -> Any:
        k = v.params["k"]
        return [
            self.terms.number(int(i + k == j), v.dtype) for i, j in np.ndindex(v.shape)
        ]

    def _map(self, v: Value) -> Any:
        inputs = [self.entries[x].flat for x in v.inputs]
        name, compute = v.params["name"], v.params["compute"]
        return [
            self.terms.map(name, v.dtype, compute, list(parts))
            for parts in zip(*inputs)
        ]

    def _matmul(self, v: Value) -> Any:
        a, b = (self.entries[x] for x in v.inputs)
        return [
            self.terms.sum(
                [self.terms.product([x, y]) for x, y in zip(a[*at, i], b[*at, :, j])]
            )
            for *at, i, j in np.ndindex(v.shape)
        ]

    def _reduce(self, v: Value) -> Any:
        if v.params["name"] not in _REDUCE or v.inputs[0].dtype.kind != "f":
            raise _TooHard
        axes = v.params["axes"]
        source = self.entries[v.inputs[0]]
        last = np.moveaxis(source, axes, range(-len(axes), 0)).reshape((*v.shape, -1))
        reduce = _REDUCE[v.params["name"]]
        return [reduce(self.terms, list(last[at])) for at in np.ndindex(v.shape)]

    # -- the end of a step -----------------------------------------------------------

    def _judge(self, gradients: Sequence[Value]) -> None:
        step = self.made.step
        step.append("double bad = losses[s] - losses[s];")
        for g in gradients:
            self._judge_gradient(g)
        self._end_if_bad()

    def _judge_gradient(self, g: Value) -> None:
        for t in self.entries[g].flat:
            if t.kind != "number":
                self.made.step.append(f"bad += {self.write(t)} * 0;")

    def _end_if_bad(self, *undo: str) -> None:
        step = self.made.step
        step += ["if (bad != 0) {", "  made = -(s + 1);", *undo]
        self._record_parameters()
        step += ["  break;", "}"]

    def _judge_late(self, i: int, g: Value) -> None:
        """A gradient that reads a moved parameter: the slots moved with it go back."""
        self._judge_gradient(g)
        self._end_if_bad(*(
            f"{slot} = {slot}_before;"
            for j in range(i)
            for slot in self._slot_names(j)
        ))  # fmt: skip

    def _slot_names(self, i: int) -> list[str]:
        size = self.plan.parameters[i].value.size
        return [f"s{i}_{k}_{n}" for k in self._slots() for n in range(size)]

    def _move(self, i: int, g: Value | None) -> None:
        """The parameter after its update, as terms."""
        plan = self.plan
        parameter = plan.parameters[i]
        dtype, size = parameter.value.dtype, parameter.value.size
        zero = self.terms.number(0.0, dtype)
        gradient = [zero] * size if g is None else list(self.entries[g].flat)
        old = [self.terms.leaf(f"p{i}_{n}", dtype) for n in range(size)]
        plain = plan.rule.name == "sgd" and plan.clip_value is None
        self.moved[i] = []
        for n in range(size):
            if plain and g is None and not parameter.decay:
                self.moved[i].append(old[n])
            elif plain and not parameter.decay:
                rate = self.terms.leaf(f"rate_{c_type(dtype)}", dtype)
                change = self.terms.product([rate, gradient[n]], -1.0)
                self.moved[i].append(self.terms.sum([old[n], change]))
            else:
                self.moved[i].append(self._by_rule(i, n, self.write(gradient[n])))

    def _by_rule(self, i: int, n: int, g: str) -> Term:
        plan = self.plan
        dtype = plan.parameters[i].value.dtype
        kind = c_type(dtype)
        lines = [f"{kind} q{i}_{n};"]
        if plan.current and n == 0:
            lines += [f"const {kind} {s}_before = {s};" for s in self._slot_names(i)]
            lines += [f"(void){s}_before;" for s in self._slot_names(i)]
        lines.append("{")
        lines += own_numbers(plan.rule, dtype)
        lines.append(f"{kind} weight = p{i}_{n};")
        lines.append(f"{kind} g = {decayed(plan.parameters[i], g, 'weight')};")
        lines += clip_lines(plan, dtype)
        lines += [f"{kind} s{k} = s{i}_{k}_{n};" for k in self._slots()]
        lines += rule_lines(plan.rule, dtype)
        lines += [f"s{i}_{k}_{n} = s{k};" for k in self._slots()]
        lines += [f"q{i}_{n} = weight;", "}"]
        self.made.step += lines
        return self.terms.leaf(f"q{i}_{n}", dtype)

    # -- records -------------------------------------------------------------------

    def _record(self, k: int, names: list[str]) -> None:
        start = f"record{k}[s * {len(names)} + "
        self.made.step += [f"{start}{n}] = {name};" for n, name in enumerate(names)]

    def _record_parameters(self) -> None:
        for k, r in enumerate(self.plan.recorded):
            if r.parameter is not None:
                value = self.plan.parameters[r.parameter].value
                names = [f"p{r.parameter}_{n}" for n in range(value.size)]
                self._record(k, names)


_ENTRIES_OF: dict[str, Any] = {
    "number": _Straight._number, "array": _Straight._array, "view": _Straight._view,
    "reshape": _Straight._reshape, "counted": _Straight._counted,
    "eye": _Straight._eye, "map": _Straight._map, "matmul": _Straight._matmul,
    "reduce": _Straight._reduce,
}  # fmt: skip


def _extreme(name: str) -> Any:
    def reduce(terms: Terms, parts: list[Term]) -> Term:
        best = parts[0]
        for part in parts[1:]:
            best = terms.call(name, best.dtype, best.dtype, [best, part])
        return best

    return reduce


_REDUCE: dict[str, Any] = {
    "sum": Terms.sum, "prod": Terms.product,
    "max": _extreme("maximum"), "min": _extreme("minimum"),
}  # fmt: skip
