"""Running NumPy on traced values: every operation is computed and becomes a node.

A ``Tracer`` owns the graph while the user's code runs. It turns what the code handles
(arrays, numbers, sizes, lists of them) into nodes, runs NumPy on the concrete values
beside them, and checks each node's shape and dtype against what NumPy really gave.
"""

from __future__ import annotations

import linecache
import operator
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from clearprop.errors import ClearpropError, SourceError, TraceError
from clearprop.graph import Graph, Node, ValueGuard, ordered
from clearprop.ops.shape import infer_size
from clearprop.sizes import Dim, Size
from clearprop.trace import keys
from clearprop.trace.array import Traced
from clearprop.trace.functions import Handler, handler_for, is_numpy
from clearprop.trace.functions.ufuncs import call_ufunc
from clearprop.trace.numberlist import NumberList
from clearprop.trace.result import DICTS, Lost
from clearprop.trace.size import RangeList, TracedRange, TracedSize
from clearprop.trace.views import Buffer, View

_NUMBERS = (bool, int, float)
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_USER_FILE: dict[str, bool] = {}


def _is_user_file(filename: str) -> bool:
    found = _USER_FILE.get(filename)
    if found is None:
        inside = filename.startswith((_HOME, _NUMPY, "<frozen", "<__array_function__"))
        found = _USER_FILE[filename] = not inside
    return found


class Forks:
    """The branches of a function that is run on whole arrays: each way in turn."""

    def __init__(self, decided: list[bool]) -> None:
        self.decided = decided
        self.conditions: list[Traced] = []

    def answer(self, condition: Traced) -> bool:
        """The way that this run takes: the decided one, or first the true one."""
        place = len(self.conditions)
        self.conditions.append(condition)
        return self.decided[place] if place < len(self.decided) else True


class Tracer:
    """The graph being built, and everything the user's values are asked to do."""

    _active: list[Tracer] = []  # noqa: RUF012 (a stack of with blocks)

    def __init__(self, graph: Graph | None = None) -> None:
        self.graph = graph if graph is not None else Graph()
        self.lost: list[Lost] = []
        self.lines: dict[Node, int] = {}
        self._marked = len(self.graph.nodes)
        self._lifted: dict[int, tuple[Any, Traced]] = {}
        self._depends: list[tuple[bool, bool]] = []
        self._guarded: set[Node] = set()
        self.seeds_count = True  # not in a script, which seeds before its first epoch
        self.keeps_labels = False  # rows and labels that are drawn stay what they are
        self.states: dict[Node, Any] = {}  # of the random numbers, before each draw
        self.draws: dict[int, tuple[Node]] = {}  # the last one of each generator
        self.seeds: dict[int, tuple[Any, Any]] = {}  # of draws that are still to come
        self.forks: Forks | None = None  # while np.vectorize follows every branch
        # runs plainly what can't be followed: in a check, which sees whole programs
        self.apart: Any = None
        self.asleep = False  # then traced values are as plain as their numbers

    def __enter__(self) -> Tracer:
        Tracer._active.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        Tracer._active.remove(self)

    @staticmethod
    def current() -> Tracer | None:
        """The tracer of the innermost ``with`` block, if there is one."""
        return Tracer._active[-1] if Tracer._active else None

    # -- values coming in ------------------------------------------------------------

    def input(self, label: str, value: Any) -> Traced:
        """A leaf. Arrays are copied; the same array object gives the same leaf."""
        if isinstance(value, np.ndarray):
            known = self._lifted.get(id(value))
            if known is not None:
                return known[1]
            self._numeric(value, label)
            mine: Any = np.array(value)
        elif isinstance(value, np.generic):
            self._numeric(value, label)
            mine = value
        elif type(value) in _NUMBERS:
            mine = value
        else:
            raise TraceError(
                f"{label} is a {type(value).__name__}: inputs are arrays and numbers. "
                "Convert it with np.array first."
            )
        node = self.graph.input(label, mine)
        traced = Traced(self, Buffer(node), (), mine)
        if isinstance(value, np.ndarray):
            self._lifted[id(value)] = (value, traced)
        return traced

    def integer_input(self, label: str, value: int) -> TracedSize:
        """An integer argument: a size that is known by its own name."""
        node = self.graph.input(label, int(value))
        return TracedSize(self, Size.of("int", node, value=int(value)))

    def lift(self, value: Any) -> Any:
        """An ndarray or NumPy scalar as a traced constant; anything else unchanged."""
        if type(value) is Traced or not isinstance(value, np.ndarray | np.generic):
            return value
        if value.dtype.kind not in "fiub":
            return value
        if isinstance(value, np.generic):
            return self.wrap(self.graph.constant(value), value)
        known = self._lifted.get(id(value))
        if known is not None:
            return known[1]
        if type(value) is not np.ndarray:
            self._plain_array(value)
        mine = np.array(value)
        traced = Traced(self, Buffer(self.graph.constant(mine)), (), mine)
        self._lifted[id(value)] = (value, traced)
        return traced

    def lift_all(self, value: Any) -> Any:
        """``lift`` for whatever a NumPy function returned."""
        if type(value) in (list, tuple):
            return type(value)(self.lift_all(item) for item in value)
        return self.lift(value)

    def _plain_array(self, value: np.ndarray) -> None:
        name = type(value).__name__
        if name in ("matrix", "MaskedArray"):
            self.refuse(
                f"a {name} changes what * and indexing mean",
                "Convert it with np.asarray, and write products with @",
            )

    def _numeric(self, value: Any, label: str) -> None:
        kind = value.dtype.kind
        if kind == "c":
            raise TraceError(
                f"{label} is complex: clearprop follows real numbers only. "
                "Split it into its real and imaginary part."
            )
        if kind not in "fiub":
            raise TraceError(
                f"{label} has dtype {value.dtype}: clearprop follows numbers only. "
                "Make all rows equally long, or pass numbers as a float array."
            )

    # -- nodes -----------------------------------------------------------------------

    def node(self, value: Any) -> Node:
        """The node of anything that NumPy would take as a number or an array."""
        kind = type(value)
        if kind is Traced:
            node: Node = value.node
            return node
        if kind in _NUMBERS:
            return self.graph.number(value)
        if kind is TracedSize:
            return self.graph.number(value.size)
        if kind is TracedRange or kind is range:
            return self.graph.apply(
                "arange",
                start=self.dim(value.start),
                stop=self.dim(value.stop),
                step=self.dim(value.step),
            )
        if kind is Size:
            return self.graph.number(value)
        if kind is Node:
            return value  # type: ignore[no-any-return]
        if kind is NumberList:
            return self.node(value.array())
        if kind is RangeList:
            return self.node(value.origin if value.untouched else list(value))
        if kind in (list, tuple):
            return self._stacked(value)
        if isinstance(value, np.ndarray):
            self._numeric(value, "this array")
            return self.lift(value).node  # type: ignore[no-any-return]
        if isinstance(value, np.generic):
            self._numeric(value, "this number")
            return self.graph.constant(value)
        if kind is complex:
            self.refuse("complex numbers are not followed", "Use real numbers")
        if value is not None and hasattr(value, "__array__"):
            return self.node(np.asarray(value))
        if isinstance(value, _NUMBERS):
            return self.graph.number(
                float(value) if isinstance(value, float) else int(value)
            )
        self.refuse(
            f"a {kind.__name__} can't be used as a number here",
            "Convert it to an array first",
        )

    def _stacked(self, items: Sequence[Any]) -> Node:
        if not self.touched(items):
            array = np.array(items)
            self._numeric(array, "this list")
            return self.graph.constant(array)
        nodes = [self.node(item) for item in items]
        dtype = np.array(self.plain(items)).dtype
        # one dtype, as np.array would choose it; Python numbers in it are entries
        nodes = [
            self.cast(n, dtype) if n.weak or n.dtype != dtype else n for n in nodes
        ]
        return self.graph.apply("stack", *nodes, axis=0)

    def cast(self, node: Node, dtype: Any) -> Node:
        """A node in another dtype; Python numbers become constants of it."""
        dtype = np.dtype(dtype)
        if dtype.kind not in "fiub":
            self.refuse(f"dtype {dtype} is not followed", "Use real numbers")
        if node.weak and node.op.name == "const":
            return self.graph.constant(dtype.type(node.params["value"]))
        return node.cast(dtype)

    def touched(self, value: Any) -> bool:
        """Whether a traced value or size is, or is inside, this one."""
        kind = type(value)
        if kind in (Traced, TracedSize, TracedRange, RangeList, NumberList):
            return True
        if kind in (list, tuple):
            return any(self.touched(item) for item in value)
        if kind in DICTS:
            return any(self.touched(item) for item in value.values())
        if kind is slice:
            return self.touched((value.start, value.stop, value.step))
        return False

    def plain(self, value: Any) -> Any:
        """The concrete value: what NumPy itself is run on."""
        kind = type(value)
        if kind is Traced:
            return value.value
        if kind is TracedSize:
            return value.size.value
        if kind is TracedRange:
            return value.plain()
        if kind in (list, tuple):
            return kind([self.plain(item) for item in value])
        if kind is NumberList:
            return [self.plain(item) for item in value]
        if kind is RangeList:
            return list(value.origin.plain()) if value.untouched else list(value)
        if kind is dict:
            return {key: self.plain(item) for key, item in value.items()}
        if kind is slice:
            return slice(*self.plain((value.start, value.stop, value.step)))
        return value

    def foreign(self, value: Any) -> bool:
        """Whether arithmetic with this is the other object's own business."""
        kind = type(value)
        if kind is Traced or kind in _NUMBERS or kind is TracedSize:
            return False
        return (
            not isinstance(
                value, np.ndarray | np.generic | list | tuple | range | int | float
            )
            and kind is not complex
        )

    # -- operations ------------------------------------------------------------------

    def combine(self, name: str, *operands: Any) -> Node:
        """The node of an elementwise operation (or matmul) on anything."""
        return self.graph.apply(name, *[self.node(self.lift(o)) for o in operands])

    def binary(self, name: str, function: Callable[..., Any], a: Any, b: Any) -> Any:
        """``function(a, b)``, computed and recorded."""
        value = function(self.plain(a), self.plain(b))
        if self.asleep:
            return value
        try:
            self.check_kind(value)
            return self.wrap(self.combine(name, a, b), value)
        except ClearpropError as error:
            return self.aside(error, function, (a, b), {})

    def check_kind(self, value: Any) -> None:
        """Refuse what is neither real numbers nor booleans."""
        if isinstance(value, np.ndarray | np.generic):
            kind = value.dtype.kind
        else:
            kind = "c" if type(value) is complex else "f"
        if kind == "c":
            self.refuse("the result is complex", "Keep to real numbers")
        if kind not in "fiub":
            self.refuse(
                f"the result is an array of dtype {value.dtype}, not of numbers",
                "Make all rows equally long",
            )

    def wrap(self, node: Node, value: Any) -> Any:
        """A fresh traced value; the node is made to agree with what NumPy gave."""
        return Traced(self, Buffer(self.agreed(node, value)), (), value)

    def agreed(self, node: Node, value: Any) -> Node:
        """The node with NumPy's dtype; a wrong shape is a bug of clearprop's own."""
        if isinstance(value, np.ndarray | np.generic):
            shape = value.shape
            dtype = value.dtype
            if dtype.kind not in "fiub":
                self.check_kind(value)
            if node.weak or node.dtype != dtype:
                node = self.cast(node, dtype)
        else:
            shape = ()
            if type(value) not in _NUMBERS:
                self.check_kind(value)
        if node.shape != shape:
            self.refuse(
                f"clearprop worked out shape {node.shape} for {node.op.name} where "
                f"NumPy gave {shape}",
                "This is a mistake in clearprop: please report it",
            )
        self.mark()
        return node

    def fitted(self, node: Node, target: Traced) -> Node:
        """A node as it lands in an existing array: cast and broadcast to it."""
        here = target.node
        if node.weak or node.dtype != here.dtype:
            node = self.cast(node, here.dtype)
        return node.broadcast(here.dims)

    def mark(self) -> None:
        """Note the user's line for every node made since the last time."""
        nodes = self.graph.nodes
        if self._marked < len(nodes):
            line = self._user_frame()
            number = line.f_lineno if line is not None else 0
            for node in nodes[self._marked :]:
                self.lines.setdefault(node, number)
            self._marked = len(nodes)

    def finish(self, result: Any, value: Any) -> Any:
        """What a handler built, joined with what NumPy computed."""
        if type(result) is View:
            return self._finish_view(result, value)
        if isinstance(value, tuple | list):
            made = [self.finish(r, v) for r, v in zip(result, value, strict=True)]
            kind = type(value)
            return kind(*made) if hasattr(value, "_fields") else kind(made)
        if type(result) in (Traced, Node):
            node = result.node if type(result) is Traced else result
            return self.wrap(node, value)
        return result  # a plain answer

    def _finish_view(self, result: View, value: Any) -> Any:
        base = self.lift(result.base)
        if type(base) is Traced:
            if value is base.value:
                return base
            if (
                isinstance(value, np.ndarray)
                and isinstance(base.value, np.ndarray)
                and value.size
                and np.may_share_memory(value, base.value)
            ):
                view = Traced(self, base.buffer, (*base.steps, *result.steps), value)
                self._agree_view(view, value)
                return view
        node = self.node(base)
        for step in result.steps:
            node = step.forward(node)
        return self.wrap(node, value)

    def _agree_view(self, view: Traced, value: np.ndarray) -> None:
        node = view.node
        if self.agreed(node, value) is not node:
            self.refuse(
                "a view with another dtype is not followed", "Use .astype(dtype)"
            )

    # -- calls -----------------------------------------------------------------------

    def knows(self, function: Any) -> bool:
        """Whether a call to this belongs to the tracer: NumPy's, and numbers'."""
        return handler_for(function) is not None or is_numpy(function)

    def call(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call a NumPy function on any mix of traced and plain arguments."""
        if self.asleep:
            return function(*self.plain(tuple(args)), **self.plain(dict(kwargs)))
        if isinstance(function, np.ufunc):
            return self.ufunc(function, "__call__", args, kwargs)
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ufunc):
            return self.ufunc(owner, function.__name__, args, kwargs)
        if type(owner) is not Traced and isinstance(owner, np.ndarray | np.generic):
            return self._method(owner, function, args, kwargs)
        try:
            return self._called(function, args, kwargs)
        except ClearpropError as error:
            return self.aside(error, function, args, kwargs)
        except Exception:  # NumPy's own words are better than those of a handler
            if self.apart is None:
                raise
            return self.apart(function, args, kwargs)

    def _called(
        self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        handler = handler_for(function)
        if handler is None:
            return self._unknown(function, args, kwargs)
        if handler.direct:
            return self._run(handler, function, args, kwargs)
        args = [self.lift_all(a) for a in args]
        kwargs = {k: self.lift_all(a) for k, a in kwargs.items()}
        out = kwargs.pop("out", None)
        value = function(
            *[self.plain(a) for a in args],
            **{k: self.plain(a) for k, a in kwargs.items()},
        )
        if isinstance(value, np.ndarray) and value.dtype.kind not in "fiub":
            if not self.touched(list(args)):
                return value
            self.check_kind(value)
        made = self.finish(self._run(handler, function, args, kwargs), value)
        if out is not None:
            self.store(out, ..., made)
            return out
        return made

    def aside(
        self, error: ClearpropError, function: Any, args: Any, kwargs: Any
    ) -> Any:
        """What can't be followed is run plainly in a check, and refused elsewhere."""
        if self.apart is None:
            raise self._located(error) from None
        if isinstance(error, SourceError):  # a stand-in's value is needed, or a file's
            missing = getattr(error, "missing", None)
            if missing is None or self.touched([*args, kwargs]):
                raise error
            return missing
        return self.apart(function, args, kwargs)

    def _run(
        self, handler: Handler, function: Any, args: Sequence[Any], kwargs: Any
    ) -> Any:
        try:
            if handler.named:
                return handler.run(self, function, *args, **kwargs)
            return handler.run(self, *args, **kwargs)
        except TypeError as error:
            trace = error.__traceback__
            if trace is not None and trace.tb_next is None:  # not one of its parameters
                name = _spelled(function)
                self.refuse(
                    f"{name} with these arguments is not something that clearprop "
                    "can derive",
                    "Leave out the unusual arguments",
                )
            raise

    def _method(
        self, owner: Any, function: Any, args: Sequence[Any], kwargs: Any
    ) -> Any:
        if not self.touched([*args, kwargs]) and not isinstance(owner, np.ndarray):
            return self.lift_all(function(*args, **kwargs))
        lifted = self.lift(owner)
        if type(lifted) is not Traced:
            return function(*args, **kwargs)
        return getattr(lifted, function.__name__)(*args, **kwargs)

    def _unknown(self, function: Any, args: Sequence[Any], kwargs: Any) -> Any:
        given = [*args, kwargs]
        if self._given_depends(given):
            name = _spelled(function)
            self.refuse(
                f"{name} is not an operation that clearprop can derive",
                "Write it with functions that have a derivative, or move it out of "
                "the forward pass",
            )
        self.settle(given)
        return self.lift_all(
            function(*self.plain(list(args)), **self.plain(dict(kwargs)))
        )

    def ufunc(
        self, ufunc: np.ufunc, method: str, inputs: Sequence[Any], kwargs: Any
    ) -> Any:
        """A ufunc, or one of its methods."""
        if self.asleep:
            called = getattr(ufunc, method)
            return called(*self.plain(tuple(inputs)), **self.plain(dict(kwargs)))
        try:
            return call_ufunc(self, ufunc, method, inputs, kwargs)
        except ClearpropError as error:
            called = ufunc if method == "__call__" else getattr(ufunc, method)
            return self.aside(error, called, inputs, kwargs)

    # -- reading and writing at positions --------------------------------------------

    def getitem(self, owner: Any, key: Any) -> Any:
        """``owner[key]`` for anything: arrays, np.r_ and np.c_, plain containers."""
        if type(owner) is Traced:
            return self.read(owner, key)
        if isinstance(owner, np.ndarray) and owner.dtype.kind in "fiub":
            return self.read(self.lift(owner), key)
        name = type(owner).__name__
        if name in ("RClass", "CClass") and type(owner).__module__.startswith("numpy"):
            from clearprop.trace.functions.joining import concatenator

            return concatenator(self, owner, key)
        if type(owner).__module__.startswith("numpy") and name in (
            "MGridClass",
            "OGridClass",
            "nd_grid",
        ):
            self.settle(key)
            return self.lift_all(owner[self.plain(key)])
        return owner[key]

    def setitem(self, owner: Any, key: Any, value: Any) -> None:
        """``owner[key] = value`` for anything."""
        if type(owner) is Traced:
            self.store(owner, key, value)
        elif isinstance(owner, np.ndarray) and id(owner) in self._lifted:
            self.store(self._lifted[id(owner)][1], key, value)
        elif isinstance(owner, np.ndarray) and self.touched([key, value]):
            self.refuse(
                "a traced value is stored in an array that clearprop didn't see being "
                "made",
                "Make the array inside the forward pass, with np.zeros",
            )
        else:
            owner[key] = value

    def read(self, owner: Traced, key: Any) -> Any:
        """``owner[key]`` for a traced array: a view or a copy, as NumPy has it."""
        if self.asleep:
            return owner.value[self.plain(key)]
        try:
            index = keys.parse(self, owner.node, key)
            value = owner.value[index.plain]
            return self.finish(View(owner, index.steps()), value)
        except ClearpropError as error:
            return self.aside(error, operator.getitem, (owner, key), {})

    def store(self, owner: Traced, key: Any, value: Any) -> None:
        """``owner[key] = value`` for a traced array."""
        if self.asleep:
            owner.value[self.plain(key)] = self.plain(value)
            return
        try:
            whole = owner.node
            index = keys.parse(self, whole, key)
            if keys.same_place(owner, index, value):
                return  # the second half of x[:, 0] += v, written already
            value = self.lift_all(value)
            source = self.node(value)
            owner.value[index.plain] = self.plain(value)
            params = index.params
            if source.ndim:
                region = self.graph.apply("getitem", whole, *index.arrays, **params)
                self._tie_assigned(region.dims, source.dims)
            node = self.graph.apply("setitem", whole, source, *index.arrays, **params)
            if self.apart is not None:
                node = self.apart.restored(node)
            owner.write(self.agreed(node, owner.value))
        except ClearpropError as error:
            self.aside(error, operator.setitem, (owner, key, value), {})

    def _tie_assigned(self, region: Sequence[Dim], given: Sequence[Dim]) -> None:
        for place, dim in zip(reversed(region), reversed(given)):
            if int(dim) == 1 != int(place):
                self.graph.fix(dim)
            elif int(dim) == int(place):
                self.graph.tie(place, dim)

    def count(self, mask: Node, value: Any) -> Dim:
        """How many entries a mask takes: a size that the data decides."""
        found = int(np.count_nonzero(value))
        if not self.varies(mask):
            return found
        return Size.of("int", mask.sum(range(mask.ndim)), value=found)

    # -- sizes and numbers -----------------------------------------------------------

    def size(self, dim: Dim) -> Any:
        """A dim as the user's code sees it: an int, or a traced size."""
        dim = self.graph.resolve(dim)
        return TracedSize(self, dim) if isinstance(dim, Size) else dim

    def sized(self, size: Any) -> Any:
        """A traced size as a number in the graph."""
        return self.wrap(self.graph.number(size.size), size.size.value)

    def dim(self, value: Any) -> Dim:
        """What the user gave as a size, as a dim."""
        if type(value) is TracedSize:
            return self.graph.resolve(value.size)
        if type(value) is Traced:
            number = value.value.__index__()
            if not self.varies(value.node):
                return int(number)
            node = value.node.reshape(()) if value.ndim else value.node
            return Size.of("int", node, value=int(number))
        if isinstance(value, Size):
            return value
        return int(value.__index__())

    def dims(self, shape: Any) -> tuple[Dim, ...]:
        """What the user gave as a shape, as dims."""
        if type(shape) is Traced and shape.ndim:
            shape = list(shape)
        if isinstance(shape, np.ndarray) and shape.ndim:
            shape = list(shape)
        if type(shape) in (list, tuple):
            return tuple(self.dim(n) for n in shape)
        return (self.dim(shape),)

    def new_dims(self, dims: Sequence[Dim], shape: Any) -> tuple[Dim, ...]:
        """A new shape for an array of these dims, with its -1 worked out."""
        return infer_size(dims, self.dims(shape))

    def integer(self, traced: Traced) -> int:
        """A traced whole number that must be known now: it is guarded."""
        value = int(traced.value)
        if not self.asleep and self.varies(traced.node):
            self._guard(traced.node, value)
        return value

    def length(self, value: Any) -> Any:
        """``len(value)``, symbolic where it is free."""
        if type(value) is Traced and value.ndim:
            return self.size(value.node.dims[0])
        if type(value) is TracedRange:
            node = self.node(value)
            return self.size(node.dims[0])
        return len(value)

    def range(self, *limits: Any) -> Any:
        """``range(*limits)``, symbolic where a limit is free."""
        limits = tuple(
            self.size(self.dim(n)) if type(n) is Traced else n for n in limits
        )
        if not any(type(n) is TracedSize for n in limits):
            return range(*limits)
        start, stop, step = 0, limits[0], 1
        if len(limits) > 1:
            start, stop = limits[:2]
        if len(limits) > 2:
            step = limits[2]
        return TracedRange(self, start, stop, step)

    def settle(self, given: Any) -> None:
        """Fix every free size that these values depend on."""
        kind = type(given)
        if kind is TracedSize:
            self.graph.fix(given.size)
        elif kind is TracedRange:
            given.fixed()
        elif kind is RangeList:
            len(given)
        elif kind is Traced:
            for node in ordered([given.node]):
                for dim in (*node.dims, *_sizes(tuple(node.params.values()))):
                    self.graph.fix(self.graph.resolve(dim))
        elif kind in (list, tuple):
            for item in given:
                self.settle(item)
        elif kind is dict:
            for item in given.values():
                self.settle(item)
        elif kind is slice:
            self.settle((given.start, given.stop, given.step))

    # -- what depends on what --------------------------------------------------------

    def depends(self, node: Node) -> bool:
        """Whether a value depends on an input (or on a random draw)."""
        return self._dependence(node)[0]

    def varies(self, node: Node) -> bool:
        """Whether a value can be another one next time: inputs, draws, free sizes."""
        return self._dependence(node)[1]

    def _dependence(self, node: Node) -> tuple[bool, bool]:
        known = self._depends
        for new in self.graph.nodes[len(known) :]:
            depends = new.op.name == "input" or new.op.impure
            varies = depends
            for source in new.inputs:
                d, v = known[source.index]
                depends, varies = depends or d, varies or v
            if not varies and new.params:
                varies = bool(_sizes(tuple(new.params.values())))
            known.append((depends, varies))
        return known[node.index]

    def _given_depends(self, given: Any) -> bool:
        if type(given) is Traced:
            return self.depends(given.node)
        if type(given) in (list, tuple):
            return any(self._given_depends(item) for item in given)
        if type(given) is dict:
            return any(self._given_depends(item) for item in given.values())
        return False

    # -- leaving the graph -----------------------------------------------------------

    def truth(self, value: Any) -> bool:
        """The truth of a value; what it depends on an input for is guarded."""
        if type(value) is not Traced:
            return bool(value)
        if self.asleep:
            return bool(value.value)
        if self.forks is not None and value.ndim:
            return self.forks.answer(value)
        truth = bool(value.value)
        node = value.node
        if self.varies(node):
            if node.ndim:
                node = node.reshape(())
            if node.dtype.kind != "b":
                node = self.graph.apply("ne", node, 0)
            self._guard(node, truth)
        return truth

    def _guard(self, node: Node, value: Any) -> None:
        if node in self._guarded:
            return
        self._guarded.add(node)
        _, line, code = self.where()
        self.graph.value_guards.append(ValueGuard(node, value, line, code))
        self.mark()

    def lose(self, traced: Traced, how: str) -> Any:
        """The plain value of a traced one; an error later, if it reaches the loss."""
        if not self.asleep and self.varies(traced.node):
            _, line, code = self.where()
            self.lost.append(Lost(line, code, how, traced.node))
        return traced.value

    # -- the user's line -------------------------------------------------------------

    def _user_frame(self) -> FrameType | None:
        """The user's innermost frame, of code that can be shown if there is such."""
        frame: FrameType | None = sys._getframe(1)
        hidden: FrameType | None = None
        while frame is not None:
            file = frame.f_code.co_filename
            if _is_user_file(file):
                # "<string>", made by exec, has no lines to show; a notebook's cell has
                if not file.startswith("<") or file in linecache.cache:
                    return frame
                hidden = hidden or frame
            frame = frame.f_back
        return hidden

    def where(self) -> tuple[str, int, str]:
        """File, line and code of the user's statement that is running."""
        frame = self._user_frame()
        if frame is None:
            return "", 0, ""
        file, line = frame.f_code.co_filename, frame.f_lineno
        return file, line, linecache.getline(file, line, frame.f_globals).strip()

    def refuse(self, what: str, remedy: str) -> NoReturn:
        """Say what can't be followed, where, and what to do."""
        _, line, code = self.where()
        place = f"line {line}, {code}: " if code else f"line {line}: " if line else ""
        raise TraceError(f"{place}{what}. {remedy}.")

    def _located(self, error: ClearpropError) -> ClearpropError:
        """The error with the user's line in front, if it isn't there yet."""
        text = str(error)
        if text.startswith("line "):
            return error
        _, line, code = self.where()
        return TraceError(f"line {line}, {code}: {text}" if line else text)


def _spelled(function: Any) -> str:
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__name__", type(function).__name__)
    if module.startswith("numpy"):
        inner = [p for p in module.split(".")[1:] if p in ("linalg", "fft", "random")]
        return ".".join(["np", *inner, name])
    return f"{module}.{name}" if module and module != "builtins" else name


def _sizes(params: Iterable[Any]) -> list[Size]:
    found: list[Size] = []
    for param in params:
        if isinstance(param, Size):
            found.append(param)
        elif type(param) is tuple:
            found += _sizes(param)
    return found
