"""What a step does with its gradients, in C: the check, L2, clipping, the update rule.

The formulas are those of ``rules.FORMULAS``, one entry at a time: ``weight`` is the
parameter's entry, ``g`` the gradient's, ``s0`` and ``s1`` those of its slots.
"""

from __future__ import annotations

from collections.abc import Sequence

from clearprop.training.native.access import flat, loop_index
from clearprop.training.native.lines import Lines, named_loops
from clearprop.training.native.loops import Writer
from clearprop.training.native.spelling import c_type, literal
from clearprop.training.native.values import Value
from clearprop.training.plan import Parameter, Plan
from clearprop.training.rules import Rule

# ``{rest_x}`` is 1 - x; ``first`` and ``second`` are what Adam's moments of
# this step are multiplied by, the divisors' reciprocals: a division takes longer.
_LINES: dict[str, tuple[str, ...]] = {
    "sgd": ("weight += -rate * g;",),
    "momentum": ("s0 = {momentum} * s0 - rate * g;", "weight += s0;"),
    "nesterov": (
        "s0 = {momentum} * s0 - rate * g;",
        "weight += {momentum} * s0 - rate * g;",
    ),
    "rmsprop": (
        "s0 = {decay} * s0 + {rest_decay} * (g * g);",
        "weight += -rate * g / (sqrt{s}(s0) + {epsilon});",
    ),
    "adam": (
        "s0 = {beta1} * s0 + {rest_beta1} * g;",
        "s1 = {beta2} * s1 + {rest_beta2} * (g * g);",
        "weight += -rate * (s0 * first) / (sqrt{s}(s1 * second) + {epsilon});",
    ),
    "adamw": (
        "s0 = {beta1} * s0 + {rest_beta1} * g;",
        "s1 = {beta2} * s1 + {rest_beta2} * (g * g);",
        "weight += -rate * (s0 * first) / (sqrt{s}(s1 * second) + {epsilon})"
        " - rate * {weight_decay} * weight;",
    ),
}
# The rules that move a weight whose gradient is zero.
_ALWAYS = ("adamw",)


def rule_lines(rule: Rule, dtype: object) -> list[str]:
    """The update of one entry; ``weight``, ``s0`` and ``s1`` are written in place."""
    names = {k: literal(v, dtype) for k, v in rule.constants.items()}
    names |= {f"rest_{k}": literal(1 - v, dtype) for k, v in rule.constants.items()}
    names["s"] = "f" if c_type(dtype) == "float" else ""
    return [line.format(**names) for line in _LINES[rule.name]]


def step_numbers(rule: Rule) -> list[str]:
    """What the update reads and all parameters share, once a step."""
    lines = ["const double rate64 = rates[s];", "(void)rate64;"]
    for name, beta in (("first", "beta1"), ("second", "beta2")):
        if beta in rule.constants:
            power = f"pow({literal(rule.constants[beta], 'float64')}, count + s + 1)"
            lines.append(f"const double {name}64 = 1 / (1 - {power});")
    return lines


def own_numbers(rule: Rule, dtype: object) -> list[str]:
    """The same in the dtype of one parameter."""
    kind = c_type(dtype)
    names = ["rate"]
    names += [n for n, b in (("first", "beta1"), ("second", "beta2"))
              if b in rule.constants]  # fmt: skip
    return [f"const {kind} {n} = ({kind}){n}64;" for n in names]


def decayed(parameter: Parameter, gradient: str, weight: str) -> str:
    """The gradient with its L2 term."""
    if not parameter.decay:
        return gradient
    return f"{gradient} + {literal(parameter.decay, parameter.value.dtype)} * {weight}"


def clip_lines(plan: Plan, dtype: object) -> list[str]:
    """What clipping does to ``g``; ``shrink`` is the factor of ``clip_norm``."""
    lines = []
    if plan.clip_norm is not None:
        lines.append(f"g *= ({c_type(dtype)})shrink;")
    if plan.clip_value is not None:
        limit = literal(plan.clip_value, dtype)
        lines += [
            f"g = g > {limit} ? {limit} : g;",
            f"g = g < -{limit} ? -{limit} : g;",
        ]
    return lines


def shrink_lines(plan: Plan) -> list[str]:
    """The factor of ``clip_norm``, from the sum of squares ``squares``."""
    if plan.clip_norm is None:
        return []
    limit = literal(plan.clip_norm, "float64")
    return [
        "const double norm = sqrt(squares);",
        f"const double ratio = {limit} / (norm > 1e-300 ? norm : 1e-300);",
        "const double shrink = ratio < 1 ? ratio : 1;",
    ]


class Updates:
    """Writes the end of a step, entry by entry of each parameter."""

    def __init__(self, plan: Plan, writer: Writer, gradients: Sequence[Value | None]):
        """``gradients``: of each parameter, in its shape and dtype."""
        self.plan = plan
        self.writer = writer
        self.out: Lines = writer.out
        self.gradients = gradients

    def check(self) -> None:
        """``bad`` is not 0 afterwards where an entry of a gradient isn't finite."""
        if self.plan.clip_norm is not None:
            self.out("double squares = 0;")
        for i in range(len(self.gradients)):
            self.check_one(i)

    def check_one(self, i: int) -> None:
        """The same for one of the gradients."""
        if self.gradients[i] is None and not self.plan.parameters[i].decay:
            return
        kind = c_type(self.plan.parameters[i].value.dtype)
        names, n = self._entries(i)
        norm = self.plan.clip_norm is not None
        name, of = ("own", "(double)g * g") if norm else ("off", "g * 0")
        with self.out.block():
            self.out(f"{'double' if norm else kind} {name} = 0;")
            pragma = f"#pragma omp simd reduction(+:{name})"
            with self.out.loops(names, pragma), self.writer.scope():
                self.out(f"const {kind} g = {self._gradient(i, n)};")
                self.out(f"{name} += {of};")
            if norm:
                self.out(f"squares += {name};")
            self.out(f"bad += {name} * 0;")

    def write(self, i: int) -> None:
        """Move one parameter."""
        plan = self.plan
        parameter = plan.parameters[i]
        still = self.gradients[i] is None and not parameter.decay
        if still and plan.rule.name not in _ALWAYS:
            return
        dtype = parameter.value.dtype
        kind = c_type(dtype)
        names, n = self._entries(i)
        slots = range(len(plan.rule.slots))
        with self.out.block():
            self.out(*own_numbers(plan.rule, dtype))
            with self.out.loops(names), self.writer.scope():
                self.out(f"{kind} g = {self._gradient(i, n)}, weight = p{i}[{n}];")
                self.out(*clip_lines(plan, dtype))
                for k in slots:
                    self.out(f"{kind} s{k} = s{i}_{k}[{n}];")
                self.out(*rule_lines(plan.rule, dtype), f"p{i}[{n}] = weight;")
                for k in slots:
                    self.out(f"s{i}_{k}[{n}] = s{k};")

    def _plain(self, i: int) -> bool:
        """Whether a gradient lies in memory as its parameter does."""
        g = self.gradients[i]
        return self.plan.per_example or g is None or self.writer.kept.get(g) == "buffer"

    def _entries(self, i: int) -> tuple[list[tuple[str, int]], str]:
        """The loops over a parameter's entries, and the place of one."""
        value = self.plan.parameters[i].value
        if self._plain(i):
            return ([("n", value.size)], "n") if value.size > 1 else ([], "0")
        return named_loops(value.shape), flat(loop_index(value.shape), value.shape)

    def _gradient(self, i: int, n: str) -> str:
        """One entry of a gradient, its L2 term with it."""
        parameter, g = self.plan.parameters[i], self.gradients[i]
        if g is None:
            code = literal(0, parameter.value.dtype)
        elif self.plan.per_example:
            code = f"w->sum{i}[{n}]"
        elif self._plain(i):
            code = f"w->v{g.index}[{n}]"
        else:
            code = self.writer.read(g, loop_index(g.shape))
        return decayed(parameter, code, f"p{i}[{n}]")
