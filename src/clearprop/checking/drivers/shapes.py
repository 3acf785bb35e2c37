"""Shapes for an argument by its role, under a layout: weights, biases, data, states.

In comes what an argument is, out come shapes, the likeliest first. A ``Layout`` is a
way of laying examples and weights out: in rows, in columns, one at a time; a program
keeps to one, so that all arguments are first tried in the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from clearprop.checking.drivers.hints import Hints
from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.sizes import IMAGE, USUAL, Sizes

Shape = tuple[int, ...]
_I = IMAGE


@dataclass(frozen=True, slots=True)
class Layout:
    """How examples and weights are laid out."""

    name: str
    one: bool = False  # a single output
    gates: int = 1  # an LSTM's weights lead to four gates side by side
    alone: bool = False  # one example at a time
    stacked: bool = False  # state and input go through one matrix, one upon the other
    turned: bool = False  # ``w.T @ X``: weights lead from rows to columns
    upright: bool = False  # gains and biases of channels, as they line up with images


USUAL_LAYOUTS = (
    Layout("rows"),
    Layout("rows, labels"),
    Layout("rows, weights in a vector", one=True),
    Layout("columns"),
    Layout("rows", one=True),
    Layout("columns", one=True),
    Layout("columns", one=True, turned=True),
    Layout("columns", turned=True),
    Layout("numbers"),
)
OTHER_LAYOUTS = (
    Layout("vector"),
    Layout("transposed"),
    Layout("sequence"),
    Layout("rows", gates=4),
    Layout("rows", gates=3),
    Layout("columns", stacked=True),
    Layout("rows", stacked=True),
    Layout("columns", alone=True),
    Layout("columns", stacked=True, alone=True),
    Layout("image"),
    Layout("image", upright=True),
    Layout("image, channels last"),
    Layout("picture"),
    Layout("picture, channels last"),
    Layout("transposed vector"),
    Layout("signal"),  # one vector of samples, and a kernel that moves along it
)
LAYOUTS = USUAL_LAYOUTS + OTHER_LAYOUTS


@dataclass(frozen=True, slots=True)
class Wanted:
    """An argument that needs a value."""

    name: str
    hints: Hints = field(default_factory=Hints)
    between: tuple[int, int] | None = None  # the sizes of its numbered layer
    constructor: bool = False
    functions: tuple[str, ...] = ()  # of the program
    single: bool = False  # its weights lead straight to the targets
    plain: bool = False  # there are no weights: predictions meet targets
    pool: bool = False  # windows that don't overlap
    binary: bool = False  # a target of two classes: 1 - y stands in the program
    numbers: bool = False  # the program multiplies no matrices
    sizes: Sizes = USUAL
    kind: str = ""  # its role, where the name alone says another

    def examples(self, layout: Layout) -> int:
        """How many examples there are."""
        return 1 if layout.alone else self.sizes.N

    def outputs(self, layout: Layout) -> int:
        """How many outputs there are."""
        return 1 if layout.one else self.sizes.C


def shapes(kind: str, wanted: Wanted, layout: Layout) -> list[Shape] | None:
    """The shapes of a role; None where it isn't an array."""
    if kind not in _BY_ROLE:
        return None
    found = list(dict.fromkeys(_BY_ROLE[kind](wanted, layout)))
    rank = wanted.hints.ranks.get(wanted.name)
    return sorted(found, key=lambda s: rank is not None and len(s) != rank)


def in_order(said: Hints) -> tuple[Layout, ...]:
    """The layouts, those of images or columns first where a shape is stated so."""
    if said.image:
        return tuple(sorted(LAYOUTS, key=lambda a: not a.name.startswith("image")))
    inputs = [s for n, s in said.shapes.items() if role(n) == "input" and len(s) == 2]
    if any(examples == USUAL.N != features for features, examples in inputs):
        columns = sorted(USUAL_LAYOUTS, key=lambda a: a.name != "columns")
        return (*columns, *OTHER_LAYOUTS)
    return LAYOUTS


def anything(s: Sizes) -> list[Shape]:
    """Shapes for what has a name that says nothing."""
    return [(s.N, s.D), (s.N, s.H), (s.D,), (s.N,)]


def _layer(wanted: Wanted, layout: Layout) -> tuple[int, int]:
    s = wanted.sizes
    if wanted.between is not None:
        before, after = wanted.between
        return before, wanted.outputs(layout) if after == s.C else after
    before = s.H + s.D if layout.stacked else s.D
    return before, (wanted.outputs(layout) if wanted.single else s.H) * layout.gates


def _weights(wanted: Wanted, layout: Layout, sizes: tuple[int, int]) -> list[Shape]:
    before, after = sizes
    s = wanted.sizes
    if layout.name == "numbers" and wanted.numbers:
        return [()]
    if layout.name == "image":
        return [(_I["F"], _I["C"], _I["K"], _I["K"])]
    if layout.name == "image, channels last":
        return [(_I["K"], _I["K"], _I["C"], _I["F"])]
    if layout.name.startswith("picture"):
        return [(_I["K"], _I["K"])]
    if layout.name == "signal":
        return [(_I["K"],)]
    found = [(before, after), (after, before)]
    if layout.turned != (layout.name in ("columns", "transposed", "transposed vector")):
        found.reverse()
    vectors: list[Shape] = [(before,), (s.H,)]
    if layout.name == "rows, weights in a vector" and after == 1:
        return [*vectors, *found]
    others = [(s.V, before), (s.H, s.H), (s.D, s.H), (s.H, s.D), (s.H, s.C), (s.D, s.D)]
    return [*found, *vectors, *others]


def _weight(wanted: Wanted, layout: Layout) -> list[Shape]:
    return _weights(wanted, layout, _layer(wanted, layout))


def _recurrent(wanted: Wanted, layout: Layout) -> list[Shape]:
    if layout.stacked:
        return _weight(wanted, layout)
    h = wanted.sizes.H
    return _weights(wanted, layout, (h, h * layout.gates))


def _input_weight(wanted: Wanted, layout: Layout) -> list[Shape]:
    return _weights(wanted, layout, (wanted.sizes.D, wanted.sizes.H * layout.gates))


def _output_weight(wanted: Wanted, layout: Layout) -> list[Shape]:
    return _weights(wanted, layout, (wanted.sizes.H, wanted.outputs(layout)))


def _biases(wanted: Wanted, layout: Layout, size: int) -> list[Shape]:
    s = wanted.sizes
    if layout.name == "numbers" and wanted.numbers:
        return [()]
    if layout.name == "image":
        upright = 1, _I["F"], 1, 1
        return [upright] if layout.upright else [(_I["F"],), (_I["F"], 1)]
    if layout.name == "image, channels last":
        return [(1, 1, 1, _I["F"]), (_I["F"],)]
    if layout.name == "signal":
        return [()]
    column: list[Shape] = [(size, 1), (size,), (s.H, 1)]
    row: list[Shape] = [(size,), (1, size), (size, 1)]
    other: list[Shape] = [(), (s.C,), (s.D,), (s.H,)]
    if layout.name == "rows, weights in a vector" and size == 1:
        return [*other, *row]
    return [*(column if layout.name == "columns" else row), *other]


def _bias(wanted: Wanted, layout: Layout) -> list[Shape]:
    before, after = _layer(wanted, layout)
    return _biases(wanted, layout, after)


def _output_bias(wanted: Wanted, layout: Layout) -> list[Shape]:
    size = wanted.sizes.H if layout.stacked else wanted.outputs(layout)
    return _biases(wanted, layout, size)


def _data(wanted: Wanted, layout: Layout) -> list[Shape]:
    s = wanted.sizes
    image = _I["N"], _I["C"], _I["H"], _I["W"]
    first: dict[str, Shape] = {
        "columns": (s.D, wanted.examples(layout)),
        "numbers": (s.N,) if wanted.numbers else (s.N, s.D),
        "vector": (s.D,),
        "transposed vector": (s.D,),
        "sequence": (s.N, s.T, s.D),
        "image": image,
        "image, channels last": (image[0], *image[2:], image[1]),
        "picture": image[2:],
        "signal": (_I["W"],),
        "picture, channels last": (*image[2:], image[1]),
    }
    alone: list[Shape] = [] if wanted.hints.batched else [(s.D, 1), (1, s.D)]
    flat: list[Shape] = [(s.N, s.D), (s.D, s.N), (s.D,), *alone]
    chosen = first.get(layout.name, (s.N, s.D))
    return [chosen, *flat, (s.N, s.T, s.D), image, (s.T, s.D, 1)]


def _hidden(wanted: Wanted, layout: Layout) -> list[Shape]:
    s = wanted.sizes
    if layout.name == "columns":
        return [(s.H, wanted.examples(layout)), (s.H, 1)]
    if "vector" in layout.name:
        return [(s.H,), (s.H, 1)]
    return [(s.N, s.H), (s.H,), (s.H, 1)]


def _gain(wanted: Wanted, layout: Layout) -> list[Shape]:
    s = wanted.sizes
    if layout.name == "columns":
        return [(s.D, 1)]
    if layout.name == "image":
        upright = 1, _I["C"], 1, 1
        return [upright] if layout.upright else [(_I["C"],), upright]
    return [(s.D,), (1, s.D), (s.H,), ()]


def _attention(wanted: Wanted, layout: Layout) -> list[Shape]:
    s = wanted.sizes
    found: list[Shape] = [(s.N, s.D), (s.T, s.N, s.D)]
    return found[::-1] if layout.name == "sequence" else found


def _ids(wanted: Wanted, layout: Layout) -> list[Shape]:
    s = wanted.sizes
    return [(s.N, s.T), (s.N,), (s.T,)]


_BY_ROLE: Mapping[str, Callable[[Wanted, Layout], list[Shape]]] = {
    "weight": _weight,
    "recurrent": _recurrent,
    "input_weight": _input_weight,
    "output_weight": _output_weight,
    "bias": _bias,
    "output_bias": _output_bias,
    "input": _data,
    "mask": _data,
    "probability": _data,
    "ids": _ids,
    "hidden": _hidden,
    "gain": _gain,
    "attention": _attention,
}
