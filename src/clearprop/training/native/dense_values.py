"""What a dense network does entry by entry between its products, in C.

Each hidden layer's values come from its sums z, and its error from what came back from
the layer above. What goes in is the network, what goes out are lines that compute one
vector: in a loop of their own over all of a layer's, or as the ending of the product
that they follow, while its sums are in registers (``kernels.Ended``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.training.native import kernels
from clearprop.training.native.dense import Dense, Term, between
from clearprop.training.native.dense_layout import Layout
from clearprop.training.native.lines import Lines
from clearprop.training.native.tiles import Tile
from clearprop.training.native.vectors import constant, spelled
from clearprop.training.plan import Plan


class Values:
    """The lines for one network; raises ``Unspelled`` where something has none."""

    def __init__(self, plan: Plan, net: Dense) -> None:
        self.net = net
        self._counted = [g.leaf.node for g in plan.inputs if g.by_row]

    def value(self, at: int, z: str, target: str) -> list[str]:
        """H from z, for hidden layer ``at`` (1, 2, …)."""
        term, h = self.net.layers[at - 1].z, self.net.layers[at].a
        return self._entry(h, {term: z}, target)

    def slope(self, at: int, h: str, z: str, target: str) -> list[str]:
        """The error from ``g``, which came back."""
        layer, above = self.net.layers[at - 1], self.net.layers[at]
        assert above.back is not None
        known = {above.back: "g", above.a: h, layer.z: z}
        return self._entry(layer.error, known, target)

    def keeps_z(self, at: int) -> bool:
        """Whether the slope is computed from z, and not from h alone."""
        return any("OF(z)" in line for line in self.slope(at, "OF(h)", "OF(z)", "d"))

    def often_zero(self, at: int) -> tuple[bool, bool]:
        """Whether much of what a layer hands on is zero, and much of its error."""
        layer, above = self.net.layers[at - 1], self.net.layers[at]
        assert above.back is not None
        z = np.linspace(-2, 2, 40, dtype=self.net.dtype)
        known: dict[Term, Any] = {layer.z: z, above.back: np.ones_like(z)}
        with np.errstate(all="ignore"):  # it may be a logarithm
            h = known[above.a] = self._numbers(above.a, known)
            error = self._numbers(layer.error, known)
        return often(h == 0), often(error == 0)

    def _numbers(self, term: Term, known: dict[Term, Any]) -> Any:
        """What a term is, entry by entry; sizes, and what is as large, are ones."""
        found = dict(known)
        for t in between([term], known):
            if t in known:
                continue
            if t.op.name == "size":
                found[t] = self.net.dtype.type(1)
            elif t.op.name == "broadcast":
                found[t] = found[t.inputs[0]]
            else:
                found[t] = t.op.value(*(found[x] for x in t.inputs), **t.params)
        return found[term]

    def _entry(self, term: Term, known: dict[Term, str], target: str) -> list[str]:
        code = dict(known)
        lines = []
        for t in between([term], known):
            if t in known:
                continue
            if t.op.name in ("const", "size"):
                code[t] = constant(t, self.net.dtype, self._counted)
            elif t.op.name == "broadcast":
                code[t] = code[t.inputs[0]]
            else:
                made = spelled(t, [code[x] for x in t.inputs], self.net.dtype)
                kind = "places" if t.dtype.kind == "b" else "vec"
                lines.append(f"const {kind} v{t.index} = {made};")
                code[t] = f"v{t.index}"
        return [*lines, f"{target} = {code[term]};"]


def often(places: np.ndarray) -> bool:
    """Whether something is so at enough places for ``sparse`` to make use of it."""
    return float(np.mean(places)) >= 0.4


def joined(place: Layout, tile: Tile, at: int) -> bool:
    """Whether a sum over so few columns as layer ``at`` has is made at once.

    Then what follows it is its ending.
    """
    return place.team == 1 and place.widths[at] <= tile.block


def endings(values: Values, place: Layout, tile: Tile) -> str:
    """The C of the products that end so: ``forward1``, ``back1``, ``forward2``, …."""
    parts: list[str] = []
    for at in range(1, place.last):
        h, z, d = place.h[at - 1], place.z[at - 1], place.d[at - 1]
        panels = place.panels[at]
        if joined(place, tile, at - 1):
            out = Lines()
            with out.block(f"static inline void value{at}(vec z, real *h)"):
                if values.keeps_z(at):
                    out(f"AT(h + {z.start - h.start}) = z;")
                out(*values.value(at, "z", "AT(h)"))
            ended = kernels.Ended(f"forward{at}", f"value{at}", panels)
            parts += [*out.text, kernels.product(tile, ended)]
        if joined(place, tile, at + 1):
            out = Lines()
            with out.block(f"static inline void slope{at}(vec g, real *d)"):
                there = [f"OF(d + {space.start - d.start})" for space in (h, z)]
                out(*values.slope(at, there[0], there[1], "AT(d)"))
            back = kernels.accumulate if at + 1 == place.last else kernels.product
            ended = kernels.Ended(f"back{at}", f"slope{at}", panels)
            parts += [*out.text, back(tile, ended)]
    return "\n".join(parts)


__all__ = ["Values", "endings", "joined"]
