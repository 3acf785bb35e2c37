"""The self-check: nothing is shown that has not been compared with the forward pass.

The written source is executed, at the user's numbers and at fresh ones, and its
gradients are compared with central differences of the traced forward pass in random
directions (Richardson-extrapolated; Press et al. 2007, section 5.7). One run of the
user's own function, at moved numbers and muted, catches a value that slipped out of the
trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, NumericError, ProofError
from clearprop.graph import Node, Tape, evaluate, ordered
from clearprop.sizes import Size
from clearprop.trace.arguments import same_draws
from clearprop.trace.result import Leaf, Trace

Values = dict[Node, Any]

# A step where rounding and truncation of the extrapolated difference balance:
# eps ** (1/5) for an O(h**4) formula.
_STEP = float(np.finfo(float).eps) ** 0.2
# The extrapolated difference keeps about 4/5 of the digits; beyond that, a factor for
# the condition of sums. A wrong factor in a gradient is far above this.
_TOLERANCE = 1e-6
_TRIES = 6


@dataclass(slots=True)
class Proof:
    """At how many points every gradient was compared, for reports and tests."""

    points: int = 0


def as_float64(value: Any) -> Any:
    """A leaf's value, floats in float64; integers and booleans as they are."""
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return float(array) if array.ndim == 0 else array.astype(np.float64)
    return array if array.ndim else array[()]


def own_values(trace: Trace) -> Values:
    """The user's numbers: made where they are needed, twice as large as float32."""
    return {leaf.node: as_float64(leaf.value) for leaf in trace.leaves}


# What is added to a score that isn't to be chosen.
_NEVER = -1e3


def fresh(value: Any, rng: np.random.Generator, scale: float) -> Any:
    """Other numbers with the evident structure of the old ones.

    Integers, booleans and arrays of zeros and ones stay (labels, masks, one-hot rows),
    and so does the -1e9 that is added to scores before a softmax; rows that sum to one
    still do; positive numbers stay positive.
    """
    array = np.asarray(value, dtype=np.float64)
    zeros, ones = array == 0, array == 1
    if (zeros | ones).all() and zeros.any() == ones.any():  # both, or nothing at all
        return value
    spread = float(np.std(array)) or float(np.max(np.abs(array))) or 1.0
    never = array <= _NEVER
    if never.any() and np.max(np.abs(array[~never]), initial=0.0) <= 1e-2 * -_NEVER:
        rest = array[~never]
        moved = array.copy()
        moved[~never] = fresh(rest, rng, scale) if rest.any() else rest
        return moved
    if not np.isfinite(spread):
        return value
    noise = rng.standard_normal(array.shape)
    if (array > 0).all():
        moved = array * np.exp(0.3 * scale * noise)
        rows = array.ndim and array.shape[-1] > 1  # a gain of (C, 1, 1) has none
        if rows and np.allclose(array.sum(-1), 1.0):
            moved = moved / moved.sum(-1, keepdims=True)
        elif (array < 1).all():  # a probability stays one
            moved = np.minimum(moved, (1 + array) / 2)
    else:
        moved = array + scale * spread * noise
    return float(moved) if array.ndim == 0 else moved


def _size(value: Any) -> float:
    """The typical size of an input's entries, 1 where there is none."""
    array = np.asarray(value, dtype=np.float64)
    finite = array[np.isfinite(array)]
    return (float(np.sqrt(np.mean(finite**2))) if finite.size else 1.0) or 1.0


def _atoms(param: Any) -> Iterator[Any]:
    if isinstance(param, Size):
        yield from param.atoms()
    elif isinstance(param, tuple):
        for part in param:
            yield from _atoms(part)


def slope(
    loss: Callable[[Values], float], values: Values, direction: Mapping[Node, Any]
) -> tuple[float, float]:
    """The derivative along a direction and an estimate of its error (inf at a kink)."""
    base = {n: np.asarray(values[n], dtype=np.float64) for n in direction}

    def along(h: float) -> float:
        moved = dict(values)
        for node, d in direction.items():
            moved[node] = base[node] + h * d
        return loss(moved)

    here = along(0.0)
    best, error, before, last = 0.0, np.inf, np.inf, np.nan
    for h in (_STEP, _STEP / 8, _STEP / 64):
        wide = (along(2 * h) - along(-2 * h)) / (4 * h)
        up, down = along(h), along(-h)
        narrow = (up - down) / (2 * h)
        extrapolated = (4 * narrow - wide) / 3
        rough = abs(extrapolated - narrow)
        # small kinks within a step may let the two agree by chance: ask the last step's
        apart = abs(extrapolated - last)
        if np.isfinite(apart):
            rough, error = max(rough, apart), max(error, apart)
        last = extrapolated
        # where the slopes to both sides differ however small the step, there is a kink
        bend = abs(up - 2 * here + down) / h
        kink = bend > 1e-4 * abs(extrapolated) and bend > 0.5 * before
        before = bend
        if kink:
            return extrapolated, np.inf
        if np.isfinite(extrapolated) and rough < error:
            best, error = extrapolated, rough
        if error <= 1e-7 * abs(best) and h < _STEP:
            break
    return best, error


class Prover:
    """Proves one written function against one trace."""

    def __init__(
        self,
        trace: Trace,
        targets: Sequence[Leaf],
        run: Callable[[Values], Mapping[Node, Any]],
    ) -> None:
        """``run`` executes the written source and gives the gradient of each target."""
        self.trace = trace
        self.targets = [leaf.node for leaf in targets]
        self.run = run
        self.labels = {leaf.node: leaf.label for leaf in trace.leaves}

    def loss(self, values: Values) -> float:
        """The traced forward pass, replayed."""
        with np.errstate(all="ignore"), same_draws(self.trace):
            try:
                return float(evaluate([self.trace.loss], values)[0])
            except np.linalg.LinAlgError:  # cholesky of what isn't positive definite
                return np.nan

    def holds(self, values: Values) -> bool:
        """Whether every branch that the trace took is taken at these values."""
        guards = self.trace.graph.value_guards
        if not guards:
            return True
        with np.errstate(all="ignore"), same_draws(self.trace):
            try:
                found = evaluate([g.node for g in guards], values)
            except np.linalg.LinAlgError:
                return False
        return all(
            bool(np.all(f == g.value)) for f, g in zip(found, guards, strict=True)
        )

    def prove(self, seed: int = 0) -> Proof:
        """Raise ``ProofError`` unless the written source is the gradient."""
        rng = np.random.default_rng(seed)
        proof = Proof()
        self._same_as_original(rng)
        self._compare(own_values(self.trace), rng, proof)
        for scale in (1.0, 0.3, 0.05):
            values = self._fresh(rng, scale)
            if self.holds(values) and np.isfinite(self.loss(values)):
                self._compare(values, rng, proof)
                if proof.points:
                    return proof
        if not proof.points:  # a kink, and a structure that keeps it: give that up
            values = {
                n: v + rng.standard_normal(np.shape(v)) * _size(v)
                if n in self._floats
                else v
                for n, v in own_values(self.trace).items()
            }
            if self.holds(values) and np.isfinite(self.loss(values)):
                self._compare(values, rng, proof, guarded=True)
        return proof

    @property
    def _floats(self) -> set[Node]:
        return {leaf.node for leaf in self.trace.leaves if leaf.node.is_float}

    def _fresh(self, rng: np.random.Generator, scale: float) -> Values:
        """Moved numbers."""
        return {
            n: fresh(v, rng, scale) if n in self._floats else v
            for n, v in own_values(self.trace).items()
        }

    def _same_as_original(self, rng: np.random.Generator) -> None:
        """The user's function at moved numbers gives what the graph gives."""
        if self.trace.rerun is None:
            return
        for scale in (1e-2, 1e-4):
            values = self._fresh(rng, scale)
            if not self.holds(values):
                continue
            expected = self.loss(values)
            try:
                found = float(np.asarray(self.trace.rerun(values)))
            except ClearpropError:
                raise
            except Exception:
                continue  # the user's own checks may refuse moved numbers
            gap = abs(found - expected)
            # float32 literals and sums in another order explain this much
            if gap <= 1e-5 * max(abs(found), abs(expected), 1e-12) or (
                not np.isfinite(found) and not np.isfinite(expected)
            ):
                return
            raise ProofError(self._silent_constant(found, expected))

    def _silent_constant(self, found: float, expected: float) -> str:
        lost = self.trace.lost
        if lost:
            first = lost[0]
            place = f"line {first.line}, {first.code}: " if first.code else ""
            return (
                f"{place}{first.how} takes a value out of NumPy in code that clearprop "
                "can't read, and the loss depends on it. Use NumPy's own functions "
                "there (np.tanh, not math.tanh), or define that function in a file."
            )
        return (
            f"the forward pass of {self.trace.name} could not be followed: run again "
            f"at other numbers it gives {found:.6g}, its trace {expected:.6g}. Does it "
            "depend on more than its arguments (the time, a file, a counter)?"
        )

    def _compare(
        self,
        values: Values,
        rng: np.random.Generator,
        proof: Proof,
        guarded: bool = False,
    ) -> None:
        """The written source against differences of the forward pass.

        ``guarded``: the source may refuse these values, by a guard of its own.
        """
        try:
            with np.errstate(all="ignore"):
                gradients = self.run(values)
        except Exception as error:
            if guarded and isinstance(error, ValueError):
                return
            raise ProofError(
                f"the written backward pass of {self.trace.name} fails: {error}"
            ) from error
        for node in self.targets:
            g, x = np.asarray(gradients[node]), np.asarray(values[node])
            if g.shape != x.shape:
                raise ProofError(
                    f"the written gradient of {self.labels[node]} has shape {g.shape}, "
                    f"the value has {x.shape}"
                )
        # an infinite slope can't be compared here: other numbers decide
        finite = [n for n in self.targets if np.isfinite(gradients[n]).all()]
        tape = self._tape(values)
        groups = self._groups(finite, values, gradients)
        decided = [self._along(g, values, gradients, rng, tape) for g in groups]
        proof.points += all(decided) and len(finite) == len(self.targets)

    def _tape(self, values: Values) -> Callable[[Values], float]:
        """The forward pass, quick to run again near these values."""
        counted = any(
            atom.kind == "int" and atom.args[0].op.name != "input"
            for node in self.trace.graph.nodes
            if node.symbolic
            for param in node.params.values()
            for atom in _atoms(param)
        )
        if counted:  # a mask may take another number of entries at other values
            return self.loss
        with np.errstate(all="ignore"), same_draws(self.trace):
            tape = Tape(self.trace.loss, values, self.targets)
        return lambda moved: float(tape.run(moved))

    def _groups(
        self, targets: Sequence[Node], values: Values, gradients: Mapping[Node, Any]
    ) -> list[list[tuple[Node, float]]]:
        """Inputs that are moved together, each with the length of its move.

        Along a common direction every input's part of the slope is made equally large,
        so that none hides another; an input whose part is far smaller goes alone.
        """
        parts = {}
        for node in targets:
            g, size = np.asarray(gradients[node], dtype=float), _size(values[node])
            parts[node] = float(np.sqrt(np.sum(np.square(g)))) * size
        largest = max(parts.values(), default=0.0)
        together = [n for n in targets if parts[n] > 1e-3 * largest]
        alone = [n for n in targets if n not in together]
        smallest = min((parts[n] for n in together), default=1.0)
        groups = [[(n, _size(values[n]))] for n in alone]
        if together:
            groups.append(
                [(n, _size(values[n]) * smallest / parts[n]) for n in together]
            )
        return groups

    def _along(
        self,
        group: list[tuple[Node, float]],
        values: Values,
        gradients: Mapping[Node, Any],
        rng: np.random.Generator,
        loss: Callable[[Values], float],
    ) -> bool:
        """Whether a group could be compared; an error where it disagrees."""
        found = expected = 0.0
        wrong = False
        with np.errstate(all="ignore"):
            noise = self._noise(loss(values))
            for _ in range(_TRIES):
                direction: dict[Node, Any] = {}  # the one before makes room first
                for n, length in group:
                    direction[n] = length * rng.standard_normal(np.shape(values[n]))
                expected, error = slope(loss, values, direction)
                if not np.isfinite(error):
                    continue  # a kink in the way: another direction
                found = size = 0.0
                for n, _ in group:
                    terms = np.atleast_1d(gradients[n] * direction[n])
                    found += float(terms.sum())
                    size += float(np.abs(terms, out=terms).sum())
                bound = 10 * error + _TOLERANCE * max(size, abs(expected)) + noise
                if abs(found - expected) <= bound:
                    return True
                wrong = True
                if error <= 1e-4 * max(abs(expected), size):
                    break
        if not wrong:
            return False
        labels = ", ".join(self.labels[n] for n, _ in group)
        raise ProofError(
            f"the gradient of {labels} that was derived for {self.trace.name} "
            f"disagrees with its forward pass ({found:.6g} where {expected:.6g} is "
            "right); it is not shown. This is a fault in clearprop: please report the "
            "forward pass."
        )

    @staticmethod
    def _noise(loss: float) -> float:
        """Rounding of the loss itself, as a difference quotient sees it."""
        noise: float = 16 * np.finfo(float).eps * abs(loss) / (_STEP / 64)
        return noise


# The stable form to use instead, by the operation that gave inf or nan.
_STABLE = {
    "exp": "subtract the maximum first: np.exp(z - z.max(axis=..., keepdims=True)), or "
    "use np.logaddexp(0, z) for log(1 + exp(z))",
    "log": "keep its argument above 0: np.log(np.clip(p, 1e-12, None)), or work with "
    "log-probabilities: z - np.logaddexp.reduce(z)",
    "div": "keep the denominator away from 0: add a small number to it",
    "sqrt": "keep its argument above 0: np.sqrt(v + 1e-12)",
    "pow": "keep the base above 0, or use a whole exponent",
    "sub": "inf - inf is not a number: keep both sides finite",
    "mul": "0 * inf is not a number: keep both sides finite",
}  # fmt: skip


def _reach(name: str, inputs: Sequence[Any]) -> str:
    """The number among an operation's inputs that leads to inf or nan."""
    found = [np.asarray(value, dtype=float).ravel() for value in inputs]
    if name == "div" and len(found) == 2 and not np.all(found[1]):
        return "it divides by 0"
    numbers = np.concatenate([*found, np.zeros(1)])
    if name in ("log", "log2", "log10", "log1p", "sqrt", "pow"):
        return f"its input goes down to {np.min(numbers):.4g}"
    return f"its input reaches {np.max(np.abs(numbers)):.4g}"


def explain_non_finite(trace: Trace, values: Values) -> None:
    """Raise ``NumericError`` at the line where inf or nan first appears."""
    computed: Values = {}
    with np.errstate(all="ignore"), same_draws(trace):
        evaluate([trace.loss], values, computed)
    for leaf in trace.leaves:
        value = np.asarray(computed[leaf.node])
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            kind = "nan" if np.isnan(value).any() else "inf"
            raise NumericError(
                f"{leaf.label} holds {kind}: take it out before the forward pass "
                f"(np.isfinite({leaf.label}) shows where)"
            )
    if np.isfinite(np.asarray(computed[trace.loss])).all():
        return
    for node in ordered([trace.loss]):
        value = np.asarray(computed[node])
        if node.op.name in ("const", "broadcast") or value.dtype.kind != "f":
            continue
        if np.isfinite(value).all():
            continue
        kind = "nan" if np.isnan(value).any() else "inf"
        line = trace.lines.get(node)
        code = trace.source_lines.get(line, "").strip() if line else ""
        where = f"line {line}, {code}: " if line else ""
        reach = _reach(node.op.name, [computed[n] for n in node.inputs])
        advice = _STABLE.get(node.op.name, "look at the numbers that go in")
        raise NumericError(
            f"{where}{node.op.name} gives {kind} ({reach}). "
            f"{advice[0].upper()}{advice[1:]}."
        )
