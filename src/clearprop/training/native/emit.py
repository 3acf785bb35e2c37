"""A plan as one C source: a chunk of training steps in a single routine.

``emit(plan, rows, gathered)`` gives the source and what the engine must hand to it.
``clearprop_run`` takes the row numbers of the batches and the learning rates and does,
for each: forward pass, backward pass, check, clipping, update, records. It returns how
many steps it made, negative where the last one was not finite and made no update.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from clearprop.training.native.access import flat, loop_index, through_views
from clearprop.training.native.dense_steps import dense_steps
from clearprop.training.native.kept import Panels
from clearprop.training.native.lines import Lines, named_loops
from clearprop.training.native.loops import Writer
from clearprop.training.native.lowered import Lowered
from clearprop.training.native.mathlib import PRELUDE, SIGMOID
from clearprop.training.native.products import matmul_source
from clearprop.training.native.routine import SIGNATURE, VISIBLE, Record, Told
from clearprop.training.native.schedule import Schedule, below
from clearprop.training.native.spelling import c_type
from clearprop.training.native.straight import straight
from clearprop.training.native.update import Updates, shrink_lines, step_numbers
from clearprop.training.native.values import Index, Value
from clearprop.training.plan import Plan, Recorded

# Returned (plus the step) where an index lies outside its array.
STRANGE = -(2**62)

_WRITTEN: WeakKeyDictionary[Plan, dict[Any, Emitted]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Emitted:
    """A source, and what the engine must know to call it.

    The arrays are handed over in this order: each parameter with its slots (nothing
    where they stay in panels), the inputs, the constants.
    """

    source: str
    constants: list[np.ndarray]
    records: list[Record]  # of one step
    labels: list[tuple[str, int, int]]  # ("input", which, the length of their axis)
    batch: int | None = None  # one source for batches of all sizes: memory begins so
    panels: Sequence[Panels] = ()  # of what is trained, if it stays in the memory


def emit(plan: Plan, rows: int | None, gathered: bool) -> Emitted:
    """The source of a plan's steps at ``rows`` rows a batch.

    ``gathered``: a batch's rows are given by number; otherwise it takes all of them.
    Raises ``Unsupported``. A plan is asked about before it is compiled: what was
    written once is kept with it.
    """
    written = _WRITTEN.setdefault(plan, {})
    if (rows, gathered) not in written:
        written[rows, gathered] = _emitted(plan, rows, gathered)
    return written[rows, gathered]


def _emitted(plan: Plan, rows: int | None, gathered: bool) -> Emitted:
    generic = _Emitter(plan, rows, gathered)
    found = dense_steps(plan)
    if found is None:
        return generic.emitted()
    return Emitted(found.source, [], [], found.labels, rows, found.panels)


class _Emitter:
    """Everything that writing one source needs to know."""

    def __init__(self, plan: Plan, rows: int | None, gathered: bool) -> None:
        self.plan = plan
        self.rows = rows or 1
        self.gathered = gathered
        self.lowered = lowered = Lowered(plan, rows)
        self.observed = [r for r in plan.recorded if r.parameter is None]
        lowered.add([plan.loss, *(r.node for r in self.observed)])
        lowered.add(p.gradient for p in plan.parameters if p.gradient is not None)
        self.loss = lowered.of[plan.loss]
        self.gradients = [self._gradient(i) for i in range(len(plan.parameters))]
        self.found = [g for g in self.gradients if g is not None]
        self.roots = [self.loss, *self.found]
        self.roots += [lowered.of[r.node] for r in self.observed]
        self.needed = below(self.roots)
        self.copied: list[Value] = []  # inputs whose rows are put next to each other
        self.constants = [
            v
            for v in self.needed
            if v.op == "array" and v.params["array"][0] == "const"
        ]
        self.out = Lines()
        self.writer = Writer(self._array, self.out)
        self.updates = Updates(plan, self.writer, self.gradients)

    def _gradient(self, i: int) -> Value | None:
        """A gradient in its parameter's shape and dtype."""
        parameter = self.plan.parameters[i]
        if parameter.gradient is None:
            return None
        g, dtype = self.lowered.of[parameter.gradient], parameter.value.dtype
        base, _ = through_views(g, ("0",) * len(g.shape))
        if g.dtype != dtype or base.op == "array":
            # a copy also where it is another parameter, which moves before this one
            g = self.lowered.values.map("astype", [g], dtype, dtype)
        return self.lowered.values.spread(g, parameter.value.shape)

    # -- arrays --------------------------------------------------------------------

    def _array(self, v: Value, idx: Index) -> str:
        """An entry of what the engine hands over, or of the copy that is read."""
        kind, which = v.params["array"]
        place = flat(idx, v.shape)
        if kind == "const":
            return f"c{which}[{place}]"
        if kind == "parameter" and self.plan.current:
            return f"w->old{which}[{place}]"
        if kind != "input":
            return f"p{which}[{place}]"
        if v in self.copied:
            return f"w->x{which}[{place}]"
        if self.gathered and v.params["by_row"] and not self.plan.per_example:
            rest = v.shape[1:]
            place = f"row[{idx[0]}] * {int(np.prod(rest))} + {flat(idx[1:], rest)}"
        return f"x{which}[{place}]"

    def _pointers(self) -> Iterable[str]:
        """Names for the arrays that the engine hands over."""
        plan = self.plan
        names: list[tuple[str, str]] = []
        for i, parameter in enumerate(plan.parameters):
            kind = c_type(parameter.value.dtype)
            names.append((kind, f"p{i}"))
            names += [(kind, f"s{i}_{k}") for k in range(len(plan.rule.slots))]
        for i, given in enumerate(plan.inputs):
            whole = "all" if plan.per_example and given.by_row else "x"
            names.append((f"const {c_type(given.leaf.node.dtype)}", f"{whole}{i}"))
        names += [
            (f"const {c_type(v.dtype)}", f"c{v.params['array'][1]}")
            for v in self.constants
        ]
        for at, (kind, name) in enumerate(names):
            yield f"{kind} *restrict const {name} = arrays[{at}];"
            yield f"(void){name};"

    # -- the whole -----------------------------------------------------------------

    def emitted(self) -> Emitted:
        """The source and what goes with it."""
        self.out.depth = 2
        observed = {
            k: self.lowered.of[r.node]
            for k, r in enumerate(self.plan.recorded)
            if r.parameter is None
        }
        records = [self._record_of(r) for r in self.plan.recorded]
        tiny = straight(
            self.plan, self.needed, self.loss, self.gradients, observed, self.gathered
        )
        if tiny is None:
            self._step()
        else:
            self.out(*tiny.step)
        whole = Lines()
        whole(PRELUDE, *([SIGMOID] if tiny and tiny.sigmoids else []))
        whole(matmul_source(set(self.writer.packed)), "struct work {")
        whole(
            *(
                f"  {kind} {name}[{size}] __attribute__((aligned(64)));"
                for name, (kind, size) in self.writer.buffers.items()
            ),
            "  char end;",
            "};",
            VISIBLE,
        )
        with whole.block(SIGNATURE):
            whole("struct work *restrict const w = memory;", *self._pointers())
            whole(*Told(records).names())
            whole("(void)batches; (void)count; (void)w;")
            whole("int64_t made = steps;", *(tiny.before if tiny else []))
            with whole.block("for (int64_t s = 0; s < steps; s++)"):
                if self.gathered:
                    whole(f"const int64_t *const row = batches + s * {self.rows};")
                    whole("(void)row;")
                whole.text += self.out.text
            whole(*(tiny.after if tiny else []), "return made;")
        whole(VISIBLE, "int64_t clearprop_memory(void) { return sizeof(struct work); }")
        nodes = self.plan.backward.trace.graph.nodes
        return Emitted(
            "\n".join([*whole.text, ""]),
            [nodes[v.params["array"][1]].params["value"] for v in self.constants],
            records,
            self._labels(),
        )

    def _labels(self) -> list[tuple[str, int, int]]:
        """Index arrays by their place among the inputs, or among the constants."""
        found = []
        for v, n in self.writer.labels:
            kind, which = v.params["array"]
            at = self.constants.index(v) if kind == "const" else which
            found.append((kind, at, n))
        return sorted(found)

    def _step(self) -> None:
        plan, out = self.plan, self.out
        out("int strange = 0;")
        if plan.current:
            self._sequential()
            return
        if plan.per_example:
            loss = self._over_rows()
        else:
            self._copy_rows()
            loss = self._pass("s")
        self._judge(loss)
        self.updates.check()
        self._stop()
        out(*step_numbers(plan.rule), *shrink_lines(plan))
        for i in range(len(plan.parameters)):
            self.updates.write(i)
        self._record_parameters()

    def _pass(self, step: str) -> str:
        """Forward and backward pass and their records; the loss as an expression."""
        self.writer.write(Schedule(self.roots, self.found))
        self._record_values(step)
        return self.writer.read(self.loss, ("0",) * len(self.loss.shape))

    def _judge(self, loss: str) -> None:
        """``bad`` is not 0 where the loss isn't finite."""
        if self.writer.strange:
            self.out(f"if (strange) return INT64_C({STRANGE}) + s;")
        self.out("(void)strange;", f"losses[s] = {loss};")
        self.out("double bad = losses[s] - losses[s];")

    def _stop(self, *undo: str) -> None:
        with self.out.block("if (bad != 0)"):
            self.out(*undo)
            self._record_parameters()
            self.out("made = -(s + 1);", "break;")

    def _copy_rows(self) -> None:
        """The rows of a batch that products read are put next to each other."""
        if not self.gathered:
            return
        for v in self.needed:
            for x in v.inputs if v.op == "matmul" else ():
                base, _ = through_views(x, ("0",) * len(x.shape))
                if base.params.get("by_row") and base not in self.copied:
                    self.copied.append(base)
        for v in self.copied:
            which, stride = v.params["array"][1], v.size // v.shape[0]
            kind = c_type(v.dtype)
            self.writer.buffers[f"x{which}"] = (kind, v.size)
            self.out(
                f"for (int64_t i = 0; i < {v.shape[0]}; i++)",
                f"  memcpy(w->x{which} + i * {stride}, x{which} + row[i] * {stride}, "
                f"{stride} * sizeof({kind}));",
            )

    # -- one example at a time -----------------------------------------------------

    def _over_rows(self) -> str:
        """The means of the gradients, in ``w->sum0`` …, and of the loss."""
        out = self.out
        out("double total = 0;")
        for i, g in enumerate(self.gradients):
            if g is not None:
                self.writer.buffers[f"sum{i}"] = (c_type(g.dtype), g.size)
                self._fill(i, g, "= 0")
        with out.loops([("e", self.rows)]):
            out(
                f"const int64_t at = {'row[e]' if self.gathered else 'e'};", "(void)at;"
            )
            for i, given in enumerate(self.plan.inputs):
                if given.by_row:
                    kind = c_type(given.leaf.node.dtype)
                    stride = int(np.prod(np.shape(given.value)[1:]))
                    out(f"const {kind} *const x{i} = all{i} + at * {stride};")
                    out(f"(void)x{i};")
            out(f"total += {self._pass(f'(s * {self.rows} + e)')};")
            for i, g in enumerate(self.gradients):
                if g is not None:
                    self._entries(g, f"w->sum{i}[{{n}}] += {{x}};")
        if self.rows > 1:
            for i, g in enumerate(self.gradients):
                if g is not None:
                    self._fill(i, g, f"/= {self.rows}")
        return f"total / {self.rows}"

    def _fill(self, i: int, g: Value, what: str) -> None:
        self.out(f"for (int64_t n = 0; n < {g.size}; n++) w->sum{i}[n] {what};")

    # -- sequential updates --------------------------------------------------------

    def _sequential(self) -> None:
        """Each parameter moves before the next one's gradient is completed."""
        plan, out = self.plan, self.out
        self._copy_rows()
        back = []
        for i, parameter in enumerate(plan.parameters):
            kind, size = c_type(parameter.value.dtype), parameter.value.size
            slots = range(len(plan.rule.slots))
            for one in (f"p{i}", *(f"s{i}_{k}" for k in slots)):
                name = f"old{one.removeprefix('p')}"
                self.writer.buffers[name] = (kind, size)
                out(f"memcpy(w->{name}, {one}, {size} * sizeof({kind}));")
                back.append(f"memcpy({one}, w->{name}, {size} * sizeof({kind}));")
        later: set[Value] = set()
        for v in self.needed:
            moved = v.op == "array" and v.params["array"][0] == "current"
            if moved or any(x in later for x in v.inputs):
                later.add(v)
        first = [v for v in self.roots if v not in later]
        read = [x for v in later for x in v.inputs if x not in later]
        own = [g for g in self.found if g not in later]
        self.writer.write(Schedule([*first, *read], [*own, *read]))
        self._record_values("s")
        self._judge(self.writer.read(self.loss, ("0",) * len(self.loss.shape)))
        self._stop()
        out(*step_numbers(plan.rule))
        for i, g in enumerate(self.gradients):
            if g in later:
                done = {*self.writer.kept, *self.writer.virtual}
                self.writer.write(Schedule([g], [g], done))
            self.updates.check_one(i)
            self._stop(*back)
            self.updates.write(i)
        self._record_parameters()

    # -- records -------------------------------------------------------------------

    def _record_of(self, r: Recorded) -> Record:
        if r.parameter is not None:
            value = self.plan.parameters[r.parameter].value
            return r.name, value.shape, value.dtype
        v = self.lowered.of[r.node]
        many = (self.rows,) if self.plan.per_example else ()
        return r.name, (*many, *v.shape), v.dtype

    def _record_values(self, step: str) -> None:
        for k, r in enumerate(self.plan.recorded):
            if r.parameter is None:
                v = self.lowered.of[r.node]
                start = f"record{k}[{step} * {v.size}"
                self._entries(v, start + " + {n}] = {x};")

    def _record_parameters(self) -> None:
        for k, r in enumerate(self.plan.recorded):
            if r.parameter is not None:
                value = self.plan.parameters[r.parameter].value
                kind, size = c_type(value.dtype), value.size
                self.out(
                    f"memcpy(record{k} + s * {size}, p{r.parameter}, "
                    f"{size} * sizeof({kind}));"
                )

    def _entries(self, v: Value, line: str) -> None:
        """A line for each entry ``{x}`` of a value, whose place is ``{n}``."""
        idx = loop_index(v.shape)
        with self.out.loops(named_loops(v.shape)), self.writer.scope():
            x = self.writer.read(v, idx)
            self.out(line.format(x=x, n=flat(idx, v.shape)))
