"""What follows the last layer of a dense network, in C: LANES examples side by side.

From the last layer's values z to the loss and its gradient there, everything belongs to
one example; at the end a mean is taken. So LANES examples are worked on at once, one in
each lane of a vector, and a softmax needs no sum across a vector. What comes in are the
graph's nodes between z and the two, what goes out is the C function

``static double tail(rows, order, arrays, z, sz, scale, d, sd, *off)``

which reads z turned, in panels of LANES examples, writes ``scale`` times the gradient
to d in the same way, with zeros beyond the last example, and gives the loss; ``*off``
is nan where an entry of the gradient isn't finite.
"""

from __future__ import annotations

from clearprop.training.native.dense import Dense, Term, between
from clearprop.training.native.lines import Lines
from clearprop.training.native.spelling import c_type
from clearprop.training.native.vectors import Unspelled, constant, spelled
from clearprop.training.plan import Plan

# How a reduction over a row's entries begins and takes one: {r}, {x}.
_REDUCED = {
    "sum": ("none", "{r} += {x};"),
    "mean": ("none", "{r} += {x};"),
    "max": ("ALL(-(real)__builtin_inf())", "{r} = most({x}, {r});"),
    "min": ("ALL((real)__builtin_inf())", "{r} = least({x}, {r});"),
}
# Written where they are read, or taken by the loop over entries.
_ELSEWHERE = ("broadcast", "const", "size", "getitem", "arange")


class Tail:
    """Sorts nodes into stages: a loop over the entries, then the rows' own numbers.

    What needs a row's number (a softmax's sum) can be written once the loop over its
    entries is done: in the next stage's.
    """

    def __init__(self, plan: Plan, net: Dense) -> None:
        last = net.layers[-1]
        self.z, self.error, self.loss = last.z, last.error, net.loss
        self.dtype, self.width = net.dtype, self.z.shape[1]
        self.given = net.given
        self.counted = [g.leaf.node for g in plan.inputs if g.by_row]
        self.first = len(plan.parameters) * (1 + len(plan.rule.slots))
        self.nodes = between([self.loss, self.error], [self.z])
        self.labels: set[Term] = set()
        self._inverted: set[Term] = set()
        self.late: set[Term] = set()  # numbers that are known after the last row
        self.stage: dict[Term, int] = {}
        for node in self.nodes:
            self._check(node)
            self.stage[node] = self._stage_of(node)
        for node in self.nodes:
            indexed = node.op.name in ("getitem", "index_add")
            if not indexed and any(n in self.labels for n in node.inputs):
                raise Unspelled("labels that are numbers too")
        if self.kind(self.loss) != "one" or self.kind(self.error) != "entry":
            raise Unspelled("the loss")

    def checked(self) -> list[tuple[str, int, int]]:
        """The labels, as inputs of the plan, and how many classes there are."""
        return sorted(("input", self.given[n], self.width) for n in self.labels)

    # -- what a node is ------------------------------------------------------------

    def kind(self, node: Term) -> str:
        """What it has one value for: an "entry" of z, a "row", or just "one"."""
        same = node.graph.same
        dims = [d for d in node.dims if not (isinstance(d, int) and d == 1)]
        if not dims:
            return "one"
        if same(dims, self.z.dims):
            return "entry"
        if same(dims, self.z.dims[:1]) and same(node.dims[:1], dims):
            return "row" if self.width > 1 else "entry"
        raise Unspelled(f"{node.op.name} of shape {node.shape}")

    def _check(self, node: Term) -> None:
        """Only what the loops below can hold."""
        name, kind = node.op.name, self.kind(node)
        if name == "input" and node not in self.given:
            raise Unspelled("an input that is no array of rows")
        if name in _REDUCED:
            across = node.params["axis"] == (1,) and node.inputs[0].ndim == 2
            if not (across or (kind == "one" and name in ("sum", "mean"))):
                raise Unspelled("a reduction over rows")
            if kind == "one" and self.kind(node.inputs[0]) != "one":
                self.late.add(node)
        elif name in ("getitem", "index_add"):
            self.labels.add(self._labels(node))
        elif name == "reshape" and self.kind(node.inputs[0]) != kind:
            raise Unspelled("another shape")
        if any(n in self.late for n in node.inputs):
            if kind != "one":
                raise Unspelled("a number that all rows give")
            self.late.add(node)

    def _labels(self, node: Term) -> Term:
        """The labels of z[arange(N), labels]."""
        counted, labels = node.inputs[-2:]
        plain = (
            node.params["key"] == (("array", 0), ("array", 1))
            and self.kind(node.inputs[0]) == "entry"
            and counted.op.name == "arange"
            and (counted.params["start"], counted.params["step"]) == (0, 1)
            and labels in self.given
            and labels.dtype.kind in "iu"
            and labels.ndim == 1
        )
        if not plain:
            raise Unspelled("an index")
        return labels

    def _stage_of(self, node: Term) -> int:
        """The stage that writes it; -1: there from the beginning."""
        if not node.inputs or node is self.z or self.kind(node) == "one":
            return -1
        entry = self.kind(node) == "entry"
        counted = [n for n in node.inputs if n.op.name != "arange"]
        above = [self.stage[n] + (entry and self.kind(n) == "row") for n in counted]
        return max(0, *above)

    def _takes(self, node: Term) -> bool:
        """Whether a row's number, or a total's part of it, is made of entries."""
        reduces = node.op.name in _REDUCED or node.op.name == "getitem"
        return reduces and self.kind(node.inputs[0]) == "entry"

    def _outlives(self, node: Term) -> bool:
        """Whether an entry is read after the loop that writes it."""
        if node is self.z:
            return False
        if node is self.error or node in self.given:
            return True
        readers = [n for n in self.nodes if node in n.inputs]
        return any(self._written(n) != self.stage[node] for n in readers)

    def _written(self, node: Term) -> int:
        """The stage of the loop that reads a node's inputs."""
        if node.op.name == "broadcast":
            readers = [n for n in self.nodes if node in n.inputs]
            return min((self._written(n) for n in readers), default=-1)
        return self.stage[node]

    # -- C -------------------------------------------------------------------------

    def name(self, node: Term, by: Term) -> str:
        """A node where ``by`` is written."""
        while node.op.name == "broadcast":
            (node,) = node.inputs
        kind = self.kind(node)
        if kind == "one":
            if node.op.name in ("const", "size"):
                return constant(node, self.dtype, self.counted)
            return f"o{node.index}"
        if kind == "row":
            return f"r{node.index}"
        if node is self.z:
            return "OF(zs + c * LANES)"
        within = self.stage[node] == self.stage[by]
        return f"v{node.index}" if within else f"e{node.index}[c]"

    def value(self, node: Term) -> str:
        """The C of one value of a node."""
        if node.op.name == "reshape":
            return self.name(node.inputs[0], node)
        if node.op.name == "index_add":
            x, value = (self.name(n, node) for n in node.inputs[:2])
            hit = f"r{self._labels(node).index} == c"
            return f"{x} + (vec)(({hit}) & (places){value})"
        inputs = [self.name(n, node) for n in node.inputs]
        divisor = self._shared_divisor(node)
        if divisor is not None:
            return f"{inputs[0]} * i{divisor.index}"
        return spelled(node, inputs, self.dtype)

    def _shared_divisor(self, node: Term) -> Term | None:
        """What all entries of a row are divided by: one division, then products."""
        if node.op.name != "div" or self.kind(node) != "entry":
            return None
        x, divisor = node.inputs
        while divisor.op.name == "broadcast":
            (divisor,) = divisor.inputs
        same = self.kind(divisor) != "entry" and x.dtype == node.dtype
        return divisor if same else None

    def lines(self, node: Term) -> list[str]:
        """What writes a node; nothing where that is done elsewhere."""
        name, kind = node.op.name, self.kind(node)
        if name in _ELSEWHERE or node in self.given or node is self.z:
            return []
        if name in _REDUCED:
            return self._reduced(node)
        if kind == "row":
            return [f"r{node.index} = {self.value(node)};"]
        own = f"{'o' if kind == 'one' else 'v'}{node.index}"
        truth = "places" if node.dtype.kind == "b" else "vec"
        return [f"const {truth} {own} = {self.value(node)};"]

    def _reduced(self, node: Term) -> list[str]:
        """The end of a reduction: a mean's division, and a total as a number."""
        (x,) = node.inputs
        mean = node.op.name == "mean"
        if node in self.late:
            count = f"rows * {self.width if self.kind(x) == 'entry' else 1}"
            over = f" / ({count})" if mean else ""
            return [f"const vec o{node.index} = ALL((real)(t{node.index}{over}));"]
        if self.kind(node) == "one":
            return [f"const vec o{node.index} = {self.name(x, node)};"]
        if self.kind(x) == "row":
            return [f"r{node.index} = {self.name(x, node)};"]
        return [f"r{node.index} /= (real){self.width};"] if mean else []

    def taking(self, node: Term) -> str:
        """What a row's number takes from each entry."""
        x, r = self.name(node.inputs[0], node), f"r{node.index}"
        if node.op.name == "getitem":
            return f"{r} = either(r{self._labels(node).index} == c, {x}, {r});"
        return _REDUCED[node.op.name][1].format(r=r, x=x)

    def source(self) -> str:
        """The function."""
        late = [n for n in self.nodes if n in self.late]
        early = [n for n in self.nodes if self.kind(n) == "one" and n not in self.late]
        out = Lines()
        with out.block(_HEAD % self.width):
            for node in self.nodes:
                if node in self.given:
                    at, kind = self.given[node], c_type(node.dtype)
                    out(f"const {kind} *const x{at} = arrays[{self.first + at}];")
            out(*(line for n in early for line in self.lines(n)))
            out(*(f"double t{n.index} = 0;" for n in late if n.op.name in _REDUCED))
            out("vec wrong = none;")
            with out.block("for (long at = 0; at < rows; at += LANES)"):
                self._group(out)
            out("*off += sum_of(wrong);")
            out(*(line for n in late for line in self.lines(n)))
            out(f"return ({self.name(self.loss, self.loss)})[0];")
        return "\n".join([*out.text, ""])

    def _group(self, out: Lines) -> None:
        """LANES examples: load, the stages, what they add to totals and to d."""
        out(
            "const long valid = rows - at < LANES ? rows - at : LANES;",
            "const places here = lane < (label)valid;",
            "const real *const zs = z + at / LANES * sz;",
            "real *const ds = d + at / LANES * sd;",
        )
        for node in self.nodes:
            kind = self.kind(node) if node.op.name not in _ELSEWHERE[:-2] else "one"
            truth = node in self.labels or node.dtype.kind == "b"
            own = "places" if truth else "vec"
            if kind == "entry" and self._outlives(node):
                out(f"{own} e{node.index}[OUTPUTS];")
            elif (kind == "row" and node.op.name != "arange") or self._takes(node):
                start = _REDUCED.get(node.op.name, ("none",))[0]
                out(f"{own} r{node.index}{f' = {start}' if self._takes(node) else ''};")
        self._load(out)
        for stage in range(1 + max(self.stage.values())):
            self._stage(out, stage)
        for node in self.late:
            if node.op.name in _REDUCED:
                (x,) = node.inputs
                r = x if self.kind(x) == "row" else node
                out(f"t{node.index} += sum_of((vec)(here & (places)r{r.index}));")
        out(_GIVE % {"e": self.error.index})

    def _load(self, out: Lines) -> None:
        """The last layer's values, and these rows of the data."""
        rows = [n for n in self.nodes if n in self.given]
        if not rows:
            return
        with out.block("for (int l = 0; l < LANES; l++)"):
            out("const int64_t row = row_of(order, at + (l < valid ? l : 0));")
            for node in rows:
                x, n = f"x{self.given[node]}", node.index
                if node in self.labels:
                    out(f"const int64_t label{n} = {x}[row];")
                    out(f"r{n}[l] = (label)(label{n} + (label{n} < 0 ? OUTPUTS : 0));")
                elif self.kind(node) == "row":
                    out(f"r{n}[l] = {x}[row];")
                else:
                    out("for (int c = 0; c < OUTPUTS; c++)")
                    out(f"  e{n}[c][l] = {x}[row * OUTPUTS + c];")

    def _stage(self, out: Lines, stage: int) -> None:
        """The loop over entries, then the rows' own numbers."""
        own = [n for n in self.nodes if self.stage[n] == stage]
        taken = [n for n in self.nodes if self._takes(n) and self._at(n) == stage]
        entries = [n for n in own if self.kind(n) == "entry"]
        divisors = {self._shared_divisor(n): n for n in entries}
        for divisor, node in divisors.items():
            if divisor is not None and divisor not in self._inverted:
                self._inverted.add(divisor)
                out(f"const vec i{divisor.index} = 1 / {self.name(divisor, node)};")
        if entries or taken:
            with out.block("for (label c = 0; c < OUTPUTS; c++)"):
                for node in sorted({*entries, *taken}, key=lambda n: n.index):
                    if node in taken:
                        out(self.taking(node))
                        continue
                    written = self.lines(node)
                    out(*written)
                    if written and self._outlives(node):
                        out(f"e{node.index}[c] = v{node.index};")
        out(*(line for n in own if self.kind(n) == "row" for line in self.lines(n)))

    def _at(self, node: Term) -> int:
        """The stage in which a reduction takes entries."""
        return max(0, self.stage[node.inputs[0]])


_HEAD = """\
enum { OUTPUTS = %d };

static double tail(
    long rows, const int64_t *order, void *const *arrays, const real *z, long sz,
    real scale, real *d, long sd, double *off)"""
_GIVE = """\
vec odd = none;
    for (int c = 0; c < OUTPUTS; c++) {
      odd += e%(e)d[c] * 0;
      AT(ds + c * LANES) = (vec)(here & (places)(e%(e)d[c] * scale));
    }
    wrong += (vec)(here & (places)odd);"""

__all__ = ["Tail"]
