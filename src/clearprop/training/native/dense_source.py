"""A dense network's training steps in C, on one core or on a small team of them.

Hidden columns are split among the team, not the batch: each core keeps its own columns
of the weights, from one step to the next. The last layer's rows go with the columns
that they meet, so that each member has a part of the sum; every member adds the parts
up and works out the loss for itself. The way back is the same in reverse. So there is
one barrier a step where there is one hidden layer, three for two, five for three.

Memory is one block that the engine gives: weights, activations and errors, all in
panels (see ``tiles``). A batch is put into panels while the one before is computed,
and fetched from memory during the one before that. Plain gradient descent goes straight
into the weights, with -rate multiplied into the error; other rules gather the gradient
first.
"""

from __future__ import annotations

from clearprop.training.native import kernels, shared, sparse, team, turned, vectors
from clearprop.training.native.dense import Dense
from clearprop.training.native.dense_layout import Layout, Space
from clearprop.training.native.dense_sparse import Sparse
from clearprop.training.native.dense_values import Values, endings, joined
from clearprop.training.native.kept import Panels
from clearprop.training.native.lines import Lines
from clearprop.training.native.routine import LOSSES, SIGNATURE, VISIBLE
from clearprop.training.native.rowwise import Tail
from clearprop.training.native.spelling import literal
from clearprop.training.native.tiles import tile_for, types
from clearprop.training.native.update import own_numbers, rule_lines, step_numbers
from clearprop.training.plan import Plan

# A batch of so few bytes comes from a cache by itself.
_NEAR = 16 * 1024


class DenseSource:
    """Writes the C of one network; raises ``Unspelled`` where something has none."""

    def __init__(
        self, plan: Plan, net: Dense, batch: int, members: int, vector_bytes: int
    ) -> None:
        self.plan, self.net, self.batch = plan, net, batch
        self.tile = tile_for(net.dtype, vector_bytes)
        self.values, self.last = Values(plan, net), len(net.layers)
        choice = Sparse(plan, self.values, net, self.tile, batch)
        self.place = Layout(plan, net, batch, self.tile, members, choice.first_turned)
        self.sparse = choice.products(self.place)
        if self.sparse:
            self.place.add_lists(sparse.room(self.tile))
        self.many = self.place.team > 1
        self.slots = len(plan.rule.slots)
        self.data = len(plan.parameters) * (1 + self.slots) + net.data
        self.tail = Tail(plan, net)
        self.labels = self.tail.checked()

    # -- pieces --------------------------------------------------------------------

    def own(self, at: int) -> tuple[str, str]:
        """The first of a member's own panels of a layer, and the one after its last."""
        all_of_them = "0", str(self.place.panels[at])
        return (f"from{at}", f"to{at}") if self.many else all_of_them

    def h(self, at: int, panel: str = "0") -> str:
        """What layer ``at`` + 1 reads: the batch, or a layer's values."""
        if at == 0:
            return self.x("s", panel)
        space, turns = self.place.h[at - 1], self.place.h_turns[at]
        turn = f" + s % {turns} * {space.size}" if turns > 1 else ""
        return space.at(panel) + turn

    def x(self, step: str, panel: str = "0") -> str:
        """The batch of a step."""
        space, turns = self.place.x, self.place.x_turns
        turn = f" + ({step}) % {turns} * {space.size}" if turns > 1 else ""
        return space.at(panel) + turn

    def _joined(self, at: int) -> bool:
        return joined(self.place, self.tile, at)

    def _named(self, what: str, at: int) -> tuple[str, str]:
        """The function for a layer's product with its first arguments, and the last."""
        name = "accumulate" if what == "weights" else "product"
        if (what, at) in self.sparse:
            return f"sparse_{name}(&j->crew, me, ", ", found"
        return self._shared(name), ""

    def _shared(self, name: str) -> str:
        """The call of a function whose work a team shares."""
        return f"shared_{name}(&j->crew, me, " if self.many else f"{name}("

    def each(self, out: Lines, at: int, lines: list[str]) -> None:
        """A loop over a member's vectors of a layer's values."""
        first, end = self.own(at)
        apart = self.place.apart
        with out.block(f"for (long p = {first}; p < {end}; p++)"):
            out(f"const long end = p * {apart} + rows * LANES;")
            with out.block(f"for (long i = p * {apart}; i < end; i += LANES)"):
                out(*lines)

    # -- a step --------------------------------------------------------------------

    def text(self) -> str:
        """The whole source."""
        out = Lines()
        self.member(out)
        self.entry(out)
        outputs, called = self.place.widths[-1], "\n".join(out.text)
        names = [
            name
            for name in ("product", "accumulate")
            if self.many or self.sparse or f"{name}(" in called
        ]
        parts = [
            _INCLUDED,
            types(self.tile, outputs),
            team.crew(self.place.team),
            kernels.source(self.tile, names),
            shared.SOURCE if self.many or self.sparse else "",
            sparse.source(self.tile) if self.sparse else "",
            turned.source(self.tile, outputs),
            vectors.source(self.net.dtype),
            endings(self.values, self.place, self.tile),
            self.tail.source(),
            team.source(self.place.team, _FIELDS),
            _PIECES,
        ]
        return "\n".join([*parts, called, ""])

    def member(self, out: Lines) -> None:
        """All steps, as each member does them."""
        with out.block("static void steps_of(job *j, long me)"):
            out("real *const m = j->memory;", "const long rows = j->rows;")
            out("const double *const rates = j->rates;")
            out("const int64_t count = j->count;", "(void)count;")
            out("const long groups = (rows + LANES - 1) / LANES;")
            if self.sparse:
                lists = f"{self.place.lists.at()} + me * {self.place.lists.size}"
                out(f"lists *const found = (lists *)({lists});")
            if self.many:
                out("const long team = j->crew.size;")
                for at in range(1, self.last):
                    n = self.place.panels[at]
                    out(f"const long from{at} = {n} * me / team;")
                    out(f"const long to{at} = {n} * (me + 1) / team;")
                self.collect(out, "0")
                out("arrive(&j->crew, me);", "wait_for_all(&j->crew, me);")
            with out.block("for (int64_t s = 0; s < j->steps; s++)"):
                if self.many:
                    out("begin_step(&j->crew, me, s);")
                self.step(out)
                if self.many:
                    out("catch_up(&j->crew, me);")

    def collect(self, out: Lines, step: str) -> None:
        """A member's share of a batch's rows, into panels."""
        share = "rows * me / team, rows * (me + 1) / team" if self.many else "0, rows"
        out(
            f"{self._shared('collect')}{self.place.widths[0]}, j->arrays[{self.data}], "
            f"batch(j, {step}), {share},",
            f"        {self.x(step)}, {self.place.apart});",
        )

    def next_batch(self, out: Lines) -> None:
        with out.block("if (s + 1 < j->steps)"):
            self.collect(out, "s + 1")

    def step(self, out: Lines) -> None:
        """Forward, the loss, backward with the updates."""
        if not self.many:
            self.collect(out, "s")
        for at in range(1, self.last):
            if at > 1 and self.many:
                out("arrive(&j->crew, me);", "wait_for_all(&j->crew, me);")
            self.forward(out, at)
        self.output(out)
        self.output_backward(out)
        for at in range(self.last - 1, 0, -1):
            self.backward(out, at)

    def forward(self, out: Lines, at: int) -> None:
        """A member's columns of a hidden layer."""
        place, w = self.place, self.place.w[at - 1]
        first, end = self.own(at)
        x = f"{place.widths[at - 1]}, {end} - {first}, {self.h(at - 1)}, {place.apart}"
        by = f"{place.own(at, first)}, {w.apart}, {int(w in place.w_turned)}"
        bias = self.bias(at, first)
        if self._joined(at - 1):
            h = f"{self.h(at)}, {place.apart}"
            out(f"forward{at}(rows, {x},", f"        {by}, {h}, {bias});")
            return
        name, found = self._named("forward", at)
        with out.block():
            out(f"real *const h = {self.h(at)};")
            z = place.z[at - 1].at() if self.values.keeps_z(at) else "h"
            out(
                f"real *const z = {z};",
                f"{name}rows, {x},",
                f"        {by}, z + {first} * {place.apart}, {place.apart}, "
                f"{bias}{found});",
            )
            self.each(out, at, self.values.value(at, "OF(z + i)", "AT(h + i)"))

    def bias(self, at: int, panel: str = "0") -> str:
        """The address of a layer's bias, or NULL."""
        has = self.net.layers[at - 1].bias is not None
        return self.place.b[at - 1].at(panel) if has else "NULL"

    def output(self, out: Lines) -> None:
        """The last layer: each member's part, the sum, the loss and its gradient.

        Everything is turned: Zᵀ = Wᵀ Hᵀ, an example in each lane.
        """
        place, at = self.place, self.last
        n, w, scores = place.widths[at - 1], place.w[at - 1], place.scores
        first, end = self.own(at - 1) if at > 1 else ("0", str(place.panels[0]))
        has_bias = self.net.layers[at - 1].bias is not None
        out(f"const long wide = columns({n}, {first}, {end});")
        if has_bias:
            each = f" + me * {place.copies * place.b[at - 1].size}" if self.many else ""
            out(f"real *const bias = {self.bias(at)}{each};")
        bias = "bias" if has_bias else "NULL"
        if self.many and has_bias:
            bias = "me ? NULL : bias"  # once in the sum of all parts
        turn = f" + s % 2 * team * {scores.size}" if self.many else ""
        mine = f" + me * {scores.size}" if self.many else ""
        out(f"real *const scores = {scores.at()}{turn};")
        out(
            f"real *const turned = {place.turned.at('0', f'{first} * LANES')};",
            f"turn_all(rows, wide, {self.h(at - 1, first)}, {place.apart}, turned, "
            f"{place.turned.apart});",
            f"begin(OUTPUTS, groups, scores{mine}, {scores.apart}, {bias});",
            f"combine(OUTPUTS, wide, groups, {w.at(first)}, {w.apart}, turned, "
            f"{place.turned.apart},",
            f"        scores{mine}, {scores.apart}, 1);",
        )
        if self.many:
            self.next_batch(out)
            out("arrive(&j->crew, me);", "wait_for_all(&j->crew, me);")
            out(f"real *const total = {place.total.at()} + me * {scores.size};")
            with out.block(f"for (long i = 0; i < {scores.size}; i += LANES)"):
                out("vec sum = OF(scores + i);")
                out("for (long o = 1; o < team; o++)")
                out(f"  sum += OF(scores + o * {scores.size} + i);")
                out("AT(total + i) = sum;")
        out(f"real *const error = {place.error.at() + mine};")
        out(*step_numbers(self.plan.rule))
        out(*own_numbers(self.plan.rule, self.net.dtype), "(void)rate;")
        out(
            "double off = 0;",
            "const double loss = tail(rows, batch(j, s), j->arrays, "
            f"{'total' if self.many else 'scores'}, {scores.apart},",
            f"    {'-rate' if place.plain else '1'}, error, {place.error.apart}, "
            "&off);",
            "if (me == 0) j->losses[s] = loss, j->done = s + 1;",
        )
        with out.block("if (loss - loss != 0 || off != 0)"):
            out("if (me == 0) j->done = -(s + 1);", "return;")

    def output_backward(self, out: Lines) -> None:
        """The last layer's input gradient, then its weights: dWᵀ = Δᵀ H."""
        place, at = self.place, self.last
        layer, space, apart = self.net.layers[at - 1], place.w[at - 1], place.apart
        first, end = self.own(at - 1) if at > 1 else ("0", str(place.panels[0]))
        w, panels = space.at(first), f"{end} - {first}"
        error = f"error, {place.error.apart}"
        if at > 1:
            joined = self._joined(at)
            back = f"back{at - 1}" if joined else "accumulate"
            out(
                f"{back}(OUTPUTS, rows, {panels}, {error}, {w}, {space.apart},",
                f"           {place.d[at - 2].at(first)}, {apart}, 0, NULL);",
            )
            if not joined:
                self.slope(out, at - 1)
        into, keep = self.target(layer.weight, space)
        out(
            f"combine(OUTPUTS, rows, {panels}, {error}, {self.h(at - 1, first)}, "
            f"{apart},",
            f"        {w}{into}, {space.apart}, {keep});",
        )
        self.update(out, layer.weight, w, panels, "OUTPUTS", space)
        if layer.bias is not None:
            space = place.b[at - 1]
            into, keep = self.target(layer.bias, space)
            out(f"row_sums(OUTPUTS, groups, {error}, bias{into}, {keep});")
            self.update(out, layer.bias, "bias", str(place.panels[at]), "1", space)

    def backward(self, out: Lines, at: int) -> None:
        """The error one layer down, then this layer's weights."""
        place, apart = self.place, self.place.apart
        first, end = self.own(at)
        rows, panels = str(place.widths[at - 1]), f"{end} - {first}"
        layer, space = self.net.layers[at - 1], place.w[at - 1]
        w, error = place.own(at, first), place.d[at - 1].at(first)
        in_parts = self.many and at > 1
        if at > 1:
            self.back(out, at, error, w)
        if in_parts:
            out("arrive(&j->crew, me);")
        elif at > 1 and not self._joined(at):
            self.slope(out, at - 1)
        ahead = "NULL"
        bytes_ = place.widths[0] * self.batch * self.net.dtype.itemsize
        if at == 1 and bytes_ > _NEAR:
            n, coming = place.widths[0], "s + 2" if self.many else "s + 1"
            out(f"soon next = ahead_of(j, {coming}, me, j->arrays[{self.data}], {n});")
            ahead = "&next"
        x, d, tall, wide = self.h(at - 1), error, rows, panels
        if space in place.w_turned:
            x, d = error, x
            tall = f"columns({place.widths[at]}, {first}, {end})"
            wide = str(place.panels[at - 1])
        into, keep = self.target(layer.weight, space)
        name, found = self._named("weights", at)
        if ahead != "NULL" and name == "accumulate(":
            out(f"pace({ahead}, tiles_of({tall}, {wide}));")
        out(
            f"{name}rows, {tall}, {wide}, {x}, {apart}, {d}, {apart},",
            f"           {w}{into}, {space.apart}, {keep}, {ahead}{found});",
        )
        self.update(out, layer.weight, w, wide, tall, space)
        if layer.bias is not None:
            space, bias = place.b[at - 1], self.bias(at, first)
            into, keep = self.target(layer.bias, space)
            out(f"column_sums(rows, {panels}, {error}, {apart}, {bias}{into}, {keep});")
            self.update(out, layer.bias, bias, panels, "1", space)
        if in_parts:
            out("wait_for_all(&j->crew, me);")
            self.slope(out, at - 1, self.part(at))

    def target(self, parameter: int, space: Space) -> tuple[str, str]:
        """Where a gradient goes, as an offset, and what is kept of what is there."""
        decay = literal(self.plan.parameters[parameter].decay, self.net.dtype)
        if not self.place.plain:
            return f" + {(1 + self.slots) * space.size}", "0"
        shrinks = self.plan.parameters[parameter].decay
        return "", f"1 - rate * {decay}" if shrinks else "1"

    def update(
        self, out: Lines, parameter: int, w: str, panels: str, rows: str, space: Space
    ) -> None:
        """What another rule than plain gradient descent does with a gradient."""
        if self.place.plain:
            return
        decay = self.plan.parameters[parameter].decay
        dtype = self.net.dtype
        lines = [
            line.replace("sqrtf(", "sqrt_of(").replace("sqrt(", "sqrt_of(")
            for line in rule_lines(self.plan.rule, dtype)
        ]
        out(f"for (long p = 0; p < {panels}; p++)")
        with out.block(f"for (long r = 0; r < {rows}; r++)"):
            out(f"real *const at = {w} + p * {space.apart} + r * LANES;")
            gradient = f"OF(at + {(1 + self.slots) * space.size})"
            out(f"vec weight = OF(at), g = {gradient};")
            if decay:
                out(f"g += {literal(decay, dtype)} * weight;")
            slots = [(k, (k + 1) * space.size) for k in range(self.slots)]
            out(*(f"vec s{k} = OF(at + {place});" for k, place in slots))
            out(*lines, "AT(at) = weight;")
            out(*(f"AT(at + {place}) = s{k};" for k, place in slots))

    def part(self, at: int) -> str:
        """Where the members' parts of what comes back through a layer lie."""
        parts = self.place.parts
        return f"{parts.at()} + {at % self.place.part_turns} * team * {parts.size}"

    def back(self, out: Lines, at: int, error: str, w: str) -> None:
        """The error times the weights turned: all of it, or a member's part of it."""
        place = self.place
        first, end = self.own(at - 1)
        columns, panels = str(place.widths[at]), f"{end} - {first}"
        target = place.d[at - 2].at(first)
        if self.many:
            own, after = self.own(at)
            columns = f"columns({columns}, {own}, {after})"
            panels = str(place.panels[at - 1])
            target = f"{self.part(at)} + me * {place.parts.size}"
        name, found = f"back{at - 1}(", ""
        if not self._joined(at):
            name, found = self._named("back", at)
        out(
            f"{name}rows, {columns}, {panels}, {error}, {place.apart},",
            f"        {w}, {place.w[at - 1].apart}, 1, {target}, {place.apart}, "
            f"NULL{found});",
        )

    def slope(self, out: Lines, at: int, part: str = "") -> None:
        """The error of a hidden layer from what came back, or from its parts."""
        first = ["vec g = OF(d + i);"]
        if part:
            each = f"g += OF(part + o * {self.place.parts.size} + i);"
            first = ["vec g = OF(part + i);", f"for (long o = 1; o < team; o++) {each}"]
        with out.block():
            if part:
                out(f"const real *const part = {part};")
            out(f"real *const d = {self.place.d[at - 1].at()};")
            out(f"const real *const h = {self.h(at)};", "(void)h;")
            if self.values.keeps_z(at):
                out(f"const real *const z = {self.place.z[at - 1].at()};")
            lines = self.values.slope(at, "OF(h + i)", "OF(z + i)", "AT(d + i)")
            self.each(out, at, [*first, *lines])

    # -- the way in and out --------------------------------------------------------

    def entry(self, out: Lines) -> None:
        """What the engine calls."""
        with out.block(f"{VISIBLE} {SIGNATURE}"):
            out("/* it begins with the number of rows of a batch, a vector long */")
            out("const int64_t rows = *(const int64_t *)memory;")
            out("real *const m = (real *)memory + LANES;", LOSSES)
            out(
                "job j = {.steps = steps, .rows = rows, .count = count, "
                ".batches = batches, .rates = rates,",
                "         .arrays = arrays, .losses = losses, .memory = m};",
            )
            out("run_team(&j);", "return j.done;")
        size = (self.tile.lanes + self.place.size) * self.net.dtype.itemsize
        out(f"{VISIBLE} int64_t clearprop_memory(void) {{ return {size}; }}")

    def panels(self) -> list[Panels]:
        """Where each parameter and its slots are in memory, in the plan's order."""
        place, lanes = self.place, self.tile.lanes
        found: dict[int, tuple[Space, int]] = {}
        for at, layer in enumerate(self.net.layers, 1):
            found[layer.weight] = place.w[at - 1], 1
            if layer.bias is not None:
                found[layer.bias] = (
                    place.b[at - 1],
                    place.team if at == self.last else 1,
                )
        return [
            Panels(
                tuple(
                    lanes + space.start + (member * place.copies + slot) * space.size
                    for member in range(members)
                ),
                space.apart,
                lanes,
                turned=space in place.w_turned,
            )
            for space, members in (found[i] for i in sorted(found))
            for slot in range(1 + self.slots)
        ]


_INCLUDED = """\
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
"""
_FIELDS = """\
int64_t steps, rows, count, done;
    const int64_t *batches;
    const double *rates;
    void *const *arrays;
    double *losses;
    real *memory;"""
_PIECES = """\
static const int64_t *batch(const job *j, int64_t step) {
    return j->batches ? j->batches + step * j->rows : NULL;
}

/* A member's rows of a batch to come. */
static inline soon ahead_of(
    const job *j, int64_t step, long me, const real *x, long columns) {
    if (!j->batches || step >= j->steps) return (soon){0};
    const int64_t *rows = batch(j, step);
    const long size = j->crew.size;
    return (soon){
        x, rows + j->rows * me / size, rows + j->rows * (me + 1) / size, columns, 0, 0};
}

/* How many columns lie in the panels from one to another. */
static inline long columns(long all, long from, long to) {
    return (to * LANES < all ? to * LANES : all) - from * LANES;
}
"""

__all__ = ["DenseSource"]
