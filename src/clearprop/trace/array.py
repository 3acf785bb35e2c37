"""The array that the user's code sees while it is traced.

A ``Traced`` has a node in the graph and the concrete NumPy value beside it. It answers
to everything an ndarray answers to; operations go to the tracer, which runs NumPy on
the concrete values and builds the node.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Node
from clearprop.trace.views import Buffer, Step, View, reshaped, transposed

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


class Traced:
    """A traced array, NumPy scalar or Python number."""

    __slots__ = ("__weakref__", "_seen", "buffer", "steps", "tracer", "value")
    __array_priority__ = 1000

    def __init__(
        self, tracer: Tracer, buffer: Buffer, steps: tuple[Step, ...], value: Any
    ) -> None:
        self.tracer = tracer
        self.buffer = buffer
        self.steps = steps
        self.value = value
        self._seen: tuple[Node, Node] | None = None

    # -- what it is ------------------------------------------------------------------

    @property
    def node(self) -> Node:
        """The node of this value now: a view reads through its buffer."""
        whole = self.buffer.node
        if not self.steps:
            return whole
        if self._seen is None or self._seen[0] is not whole:
            node = whole
            for step in self.steps:
                node = step.forward(node)
            self._seen = (whole, node)
        return self._seen[1]

    @property
    def is_array(self) -> bool:
        """Whether it can be written in place; scalars can only be rebound."""
        return isinstance(self.value, np.ndarray)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance works as the user expects
        return type(self.value)

    def write(self, node: Node) -> None:
        """Put a new node in this array's place, through the views to the buffer."""
        wholes = [self.buffer.node]
        for step in self.steps[:-1]:
            wholes.append(step.forward(wholes[-1]))
        for step, whole in zip(reversed(self.steps), reversed(wholes)):
            if step.back is None:
                self.tracer.refuse(
                    "this view can't be written to", "Write into a copy of it"
                )
            node = step.back(whole, node)
        self.buffer.node = node
        self.tracer.mark()

    @property
    def shape(self) -> Any:
        """Free sizes where they are free, plain integers where they are fixed."""
        if isinstance(self.value, np.ndarray) and not self.tracer.asleep:
            return tuple(self.tracer.size(dim) for dim in self.node.dims)
        return np.shape(self.value)

    @shape.setter
    def shape(self, new: Any) -> None:
        node = self.node
        self.value.shape = self.tracer.plain(new)
        self.steps = (*self.steps, reshaped(self.tracer.new_dims(node.dims, new)))

    @property
    def size(self) -> Any:
        """The number of entries."""
        total: Any = 1
        for n in self.shape:
            total = total * n
        return total

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(np.ndim(self.value))

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's dtype of the value."""
        return np.asarray(self.value).dtype

    @property
    def T(self) -> Any:
        """The axes reversed."""
        if self.tracer.asleep:
            return np.asarray(self.value).T
        axes = tuple(range(self.ndim))[::-1]
        return self.tracer.finish(
            View(self, (transposed(axes),)), np.asarray(self.value).T
        )

    @property
    def mT(self) -> Any:
        """The last two axes swapped."""
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Any:
        """The value itself: complex numbers are refused."""
        return self

    @property
    def imag(self) -> Any:
        """Zeros."""
        return self.tracer.binary("mul", operator.mul, self, 0)

    @property
    def flat(self) -> Any:
        """The entries in a row: for reading, and for writing where NumPy can."""
        return self.reshape(-1)

    @flat.setter
    def flat(self, value: Any) -> None:
        self.reshape(-1)[...] = value

    def __getattr__(self, name: str) -> Any:
        value = object.__getattribute__(self, "value")
        if name.startswith("__") or not hasattr(value, name):
            raise AttributeError(
                f"{type(value).__name__!r} object has no attribute {name!r}"
            )
        if name in _PLAIN:
            return getattr(value, name)
        if self.tracer.apart is not None:
            return _method_apart(self, name)
        self.tracer.refuse(
            f".{name} is not something that clearprop can derive",
            "Write it with NumPy functions that have a derivative",
        )

    # -- the protocols ---------------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any
    ) -> Any:
        return self.tracer.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        return self.tracer.call(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        value = self.tracer.lose(self, "np.asarray outside of the traced code")
        return np.array(value, dtype=dtype)

    # -- leaving NumPy ---------------------------------------------------------------

    def __float__(self) -> float:
        return float(self.tracer.lose(self, "float()"))

    def __int__(self) -> int:
        if self.dtype.kind in "iub":
            return self.tracer.integer(self)
        return int(self.tracer.lose(self, "int()"))

    def __index__(self) -> int:
        operator.index(self.value)  # a float raises, as in NumPy
        return self.tracer.integer(self)

    def __complex__(self) -> complex:
        self.tracer.refuse("complex numbers are not followed", "Use real numbers")

    def __bool__(self) -> bool:
        return self.tracer.truth(self)

    def item(self, *index: Any) -> Any:
        """The Python number, still traced."""
        if self.tracer.asleep:
            return np.asarray(self.value).item(*index)
        part = self if not index else self.reshape(-1)[index[0]]
        if len(index) > 1:
            part = self[index]
        return self.tracer.wrap(part.node.reshape(()), np.asarray(part.value).item())

    def tolist(self) -> Any:
        """Plain nested lists: the way back to the graph is lost."""
        if self.tracer.asleep:
            return np.asarray(self.value).tolist()
        if self.tracer.apart is not None and np.size(self.value) <= _SHORT:
            return [part.tolist() for part in self] if self.ndim else self.item()
        return self.tracer.lose(self, ".tolist()").tolist()

    def __hash__(self) -> int:
        if self.is_array:
            return id(self)
        if self.dtype.kind in "iub":  # a dict's key: which entry is met is decided here
            return hash(self.tracer.integer(self))
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __reduce__(self) -> Any:  # storing is free: what is stored is the plain value
        value = self.value
        return (np.array, (np.array(value),)) if self.is_array else (_same, (value,))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    # -- containers ------------------------------------------------------------------

    def __len__(self) -> int:
        if not self.ndim:
            return len(self.value)  # NumPy's own TypeError
        if self.tracer.asleep:
            return len(self.value)
        return self.tracer.graph.fix(self.node.dims[0])

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            iter(self.value)  # NumPy's own TypeError
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return self.tracer.truth((self == item).any())

    def __getitem__(self, key: Any) -> Any:
        return self.tracer.read(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.tracer.store(self, key, value)

    # -- methods that aren't a NumPy function of the same signature ------------------

    def copy(self, order: str = "C") -> Any:
        """A new array with the same entries."""
        if self.tracer.asleep:
            return _copied(self.value)
        return self.tracer.wrap(self.node, _copied(self.value))

    def astype(self, dtype: Any, order: str = "K", casting: str = "unsafe",
               subok: bool = True, copy: bool = True) -> Any:  # fmt: skip
        """The same numbers in another dtype."""
        array: Any = np.asarray(self.value)
        value = array.astype(dtype, casting=casting)
        if not copy and value.dtype == self.dtype:
            return self
        if not isinstance(self.value, np.ndarray):
            value = value[()]
        if self.tracer.asleep:
            return value
        return self.tracer.wrap(self.tracer.cast(self.node, value.dtype), value)

    def reshape(self, *shape: Any, order: str = "C", **kwargs: Any) -> Any:
        """The same entries in another shape."""
        new = shape[0] if len(shape) == 1 else shape
        if not shape:
            new = kwargs.pop("shape")
        return self.tracer.call(np.reshape, (self, new), {"order": order, **kwargs})

    def transpose(self, *axes: Any) -> Any:
        """Axes in another order, given as numbers or as one tuple."""
        order = axes[0] if len(axes) == 1 else axes or None
        if isinstance(order, int):
            order = (order,)
        return self.tracer.call(np.transpose, (self, order), {})

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """Cut off below and above."""
        kwargs = {} if out is None else {"out": out}
        return self.tracer.call(np.clip, (self, min, max), kwargs)

    def view(self, dtype: Any = None, **kwargs: Any) -> Any:
        """The same memory; bytes read as another dtype are refused."""
        if kwargs or (dtype is not None and np.dtype(dtype) != self.dtype):
            self.tracer.refuse(
                "bytes read as another dtype can't be followed", "Use .astype(dtype)"
            )
        return self[...]

    def fill(self, value: Any) -> None:
        """One value everywhere, in place."""
        self[...] = value

    def sort(self, axis: int = -1, **kwargs: Any) -> None:
        """Sorted in place."""
        self[...] = self.tracer.call(np.sort, (self, axis), kwargs)

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Values stored at flat positions."""
        self.tracer.call(np.put, (self, indices, values, mode), {})

    def dot(self, other: Any, out: Any = None) -> Any:
        """The matrix product, by ``np.dot``'s rules."""
        kwargs = {} if out is None else {"out": out}
        return self.tracer.call(np.dot, (self, other), kwargs)

    def conj(self) -> Any:
        """The value itself: complex numbers are refused."""
        return self.tracer.ufunc(np.positive, "__call__", (self,), {})

    conjugate = conj

    # -- arithmetic ------------------------------------------------------------------

    def _binary(self, name: str, function: Any, other: Any, swap: bool = False) -> Any:
        tracer = self.tracer
        a, b = (other, self) if swap else (self, other)
        if tracer.foreign(other):
            if tracer.apart is not None and type(other) in _NO_NUMBERS:
                return function(tracer.plain(a), tracer.plain(b))  # NumPy's own words
            return NotImplemented
        return tracer.binary(name, function, a, b)

    def _in_place(self, name: str, function: Any, inplace: Any, other: Any) -> Any:
        tracer = self.tracer
        if tracer.foreign(other):
            return NotImplemented
        if not self.is_array:
            return tracer.binary(name, function, self, other)
        if tracer.asleep:
            inplace(self.value, tracer.plain(other))
            return self
        try:
            node = tracer.combine(name, self, other)
        except ClearpropError as error:
            return tracer.aside(error, inplace, (self, other), {})
        inplace(self.value, tracer.plain(other))
        self.write(tracer.fitted(node, self))
        return self

    def __neg__(self) -> Any:
        return self._unary("neg", operator.neg)

    def __abs__(self) -> Any:
        return self._unary("abs", operator.abs)

    def __invert__(self) -> Any:
        return self._unary("invert", operator.invert)

    def __pos__(self) -> Any:
        if self.tracer.asleep:
            return +self.value
        return self.tracer.wrap(self.node, +self.value)

    def _unary(self, name: str, function: Any) -> Any:
        value = function(self.value)
        if self.tracer.asleep:
            return value
        return self.tracer.wrap(self.tracer.graph.apply(name, self.node), value)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __round__(self, digits: int | None = None) -> Any:
        return self.tracer.call(round, (self, digits), {})

    def __trunc__(self) -> Any:
        return self.tracer.call(int, (self,), {})

    def __floor__(self) -> Any:
        return self.tracer.call(int, (self.tracer.call(np.floor, (self,), {}),), {})

    def __ceil__(self) -> Any:
        return self.tracer.call(int, (self.tracer.call(np.ceil, (self,), {}),), {})


def _same(value: Any) -> Any:
    return value


def _method_apart(array: Traced, name: str) -> Any:
    """A method or an attribute that can't be followed, of the plain value."""
    found = getattr(array.value, name)
    if not callable(found):
        return array.tracer.lift(found)
    method = getattr(type(array.value), name)

    def called(*args: Any, **kwargs: Any) -> Any:
        assert array.tracer.apart is not None
        return array.tracer.apart(method, (array, *args), kwargs)

    return called


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


_NO_NUMBERS = (type(None), type(Ellipsis), str)
_SHORT = 256  # longer arrays become plain lists

# what may be read without following it: nothing of it can reach the loss
_PLAIN = frozenset(
    """flags strides nbytes itemsize data tobytes dump dumps tofile is_integer
    as_integer_ratio hex base ctypes device""".split()
)

_OPERATORS = {
    "add": ("add", operator.add, operator.iadd),
    "sub": ("sub", operator.sub, operator.isub),
    "mul": ("mul", operator.mul, operator.imul),
    "truediv": ("div", operator.truediv, operator.itruediv),
    "floordiv": ("floor_divide", operator.floordiv, operator.ifloordiv),
    "mod": ("mod", operator.mod, operator.imod),
    "pow": ("pow", operator.pow, operator.ipow),
    "matmul": ("matmul", operator.matmul, operator.imatmul),
    "and": ("bitwise_and", operator.and_, operator.iand),
    "or": ("bitwise_or", operator.or_, operator.ior),
    "xor": ("bitwise_xor", operator.xor, operator.ixor),
}
_SHIFTS = {"lshift": np.left_shift, "rshift": np.right_shift}
_COMPARISONS = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt,
    "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip

# array methods with the signature of NumPy's function of the same name
_METHODS = """sum mean max min argmax argmin std var prod cumsum cumprod ravel squeeze
    repeat take round argsort any all trace diagonal nonzero swapaxes searchsorted
    ptp compress choose""".split()


def _operator(name: str, op: str, function: Any, inplace: Any) -> None:
    def plain(self: Traced, other: Any) -> Any:
        return self._binary(op, function, other)

    def reflected(self: Traced, other: Any) -> Any:
        return self._binary(op, function, other, swap=True)

    def in_place(self: Traced, other: Any) -> Any:
        return self._in_place(op, function, inplace, other)

    setattr(Traced, f"__{name}__", plain)
    setattr(Traced, f"__r{name}__", reflected)
    setattr(Traced, f"__i{name}__", in_place)


def _comparison(name: str, function: Callable[[Any, Any], Any]) -> None:
    def compare(self: Traced, other: Any) -> Any:
        return self._binary(name, function, other)

    setattr(Traced, f"__{name}__", compare)


def _shift(name: str, ufunc: np.ufunc) -> None:
    """``x >> 1``: of whole numbers that depend on nothing, as NumPy has it."""

    def shift(self: Traced, other: Any) -> Any:
        return self.tracer.ufunc(ufunc, "__call__", (self, other), {})

    def reflected(self: Traced, other: Any) -> Any:
        return self.tracer.ufunc(ufunc, "__call__", (other, self), {})

    setattr(Traced, f"__{name}__", shift)
    setattr(Traced, f"__r{name}__", reflected)


def _method(name: str) -> None:
    def method(self: Traced, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.call(getattr(np, name), (self, *args), kwargs)

    method.__name__ = name
    setattr(Traced, name, method)


for _name, (_op, _function, _inplace) in _OPERATORS.items():
    _operator(_name, _op, _function, _inplace)
for _name, _function in _COMPARISONS.items():
    _comparison(_name, _function)
for _name, _ufunc in _SHIFTS.items():
    _shift(_name, _ufunc)
for _name in _METHODS:
    _method(_name)


def _flatten(self: Traced, order: str = "C") -> Any:
    return self.tracer.call(np.ravel, (self, order), {}).copy()


setattr(Traced, "flatten", _flatten)  # noqa: B010
