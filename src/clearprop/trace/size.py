"""Sizes in the user's code: integers that keep their origin through arithmetic.

``N, D = x.shape`` gives ``TracedSize`` values. Whole-number arithmetic stays symbolic;
with floats and traced values a size becomes an ordinary traced number. Whatever needs
the plain integer (a loop count, a list index) fixes the size: the written code then
insists on it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from clearprop.sizes import Dim, Size, floordiv, remainder

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class TracedSize:
    """A free size as the user's code sees it: an int that remembers its origin."""

    __slots__ = ("size", "tracer")
    __array_priority__ = 1000

    def __init__(self, tracer: Tracer, size: Size) -> None:
        self.tracer = tracer
        self.size = size

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(N, int) is true in the user's code
        return int

    @property
    def value(self) -> int:
        """The example's number."""
        return self.size.value

    def _fixed(self) -> int:
        return self.tracer.graph.fix(self.size)

    __index__ = __int__ = __trunc__ = _fixed

    def __float__(self) -> float:
        return float(self._fixed())

    def __bool__(self) -> bool:
        return bool(self._compare(0, "!=", operator.ne))

    def __hash__(self) -> int:
        return hash(self.size.value)

    def __repr__(self) -> str:
        return repr(self.size.value)

    def __format__(self, spec: str) -> str:
        return format(self.size.value, spec)

    def __reduce__(self) -> Any:
        return int, (self.size.value,)

    def __copy__(self) -> TracedSize:
        return self

    def __deepcopy__(self, memo: Any) -> TracedSize:
        return self

    @property
    def real(self) -> TracedSize:
        """A whole number is its own real part."""
        return self

    def item(self) -> TracedSize:
        """Sizes of 0-d arrays come as plain numbers already."""
        return self

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any
    ) -> Any:
        return self.tracer.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        return self.tracer.call(function, args, kwargs)

    # -- arithmetic ------------------------------------------------------------------

    def _whole(self, other: Any, function: Callable[[Dim, Dim], Dim]) -> Any:
        """Arithmetic that stays a size where both sides are whole numbers."""
        if type(other) is TracedSize:
            return self.tracer.size(function(self.size, other.size))
        if type(other) is int:
            return self.tracer.size(function(self.size, other))
        return None

    def _number(self, other: Any, function: Callable[[Any, Any], Any]) -> Any:
        """Arithmetic as a number in the graph."""
        if type(other) is TracedSize:
            other = other.tracer.sized(other)
        elif self.tracer.foreign(other):
            return NotImplemented
        return function(self.tracer.sized(self), other)

    def __add__(self, other: Any) -> Any:
        made = self._whole(other, operator.add)
        return self._number(other, operator.add) if made is None else made

    def __radd__(self, other: Any) -> Any:
        made = self._whole(other, lambda a, b: b + a)
        return self._number(other, lambda a, b: b + a) if made is None else made

    def __sub__(self, other: Any) -> Any:
        made = self._whole(other, operator.sub)
        return self._number(other, operator.sub) if made is None else made

    def __rsub__(self, other: Any) -> Any:
        made = self._whole(other, lambda a, b: b - a)
        return self._number(other, lambda a, b: b - a) if made is None else made

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, list | tuple | str):
            return other * self._fixed()
        made = self._whole(other, operator.mul)
        return self._number(other, operator.mul) if made is None else made

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, list | tuple | str):
            return other * self._fixed()
        made = self._whole(other, lambda a, b: b * a)
        return self._number(other, lambda a, b: b * a) if made is None else made

    def __floordiv__(self, other: Any) -> Any:
        made = self._whole(other, floordiv)
        return self._number(other, operator.floordiv) if made is None else made

    def __rfloordiv__(self, other: Any) -> Any:
        made = self._whole(other, lambda a, b: floordiv(b, a))
        return self._number(other, lambda a, b: b // a) if made is None else made

    def __mod__(self, other: Any) -> Any:
        made = self._whole(other, remainder)
        return self._number(other, operator.mod) if made is None else made

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, str):
            return other % self.size.value
        made = self._whole(other, lambda a, b: remainder(b, a))
        return self._number(other, lambda a, b: b % a) if made is None else made

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __pow__(self, other: Any, modulo: None = None) -> Any:
        if type(other) is int and 0 <= other <= 8:
            total: Any = 1
            for _ in range(other):
                total = self * total
            return total
        return self._number(other, operator.pow)

    def __rpow__(self, other: Any) -> Any:
        return self._number(other, lambda a, b: b**a)

    def __truediv__(self, other: Any) -> Any:
        return self._number(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._number(other, lambda a, b: b / a)

    def __matmul__(self, other: Any) -> Any:
        return NotImplemented

    def __neg__(self) -> Any:
        return self.tracer.size(self.size * -1)

    def __pos__(self) -> TracedSize:
        return self

    def __abs__(self) -> Any:
        return self if self >= 0 else -self

    def __round__(self, digits: int | None = None) -> TracedSize:
        return self

    __floor__ = __ceil__ = __pos__

    def __rshift__(self, other: Any) -> Any:
        return self // 2 ** int(other)

    def __lshift__(self, other: Any) -> Any:
        return self * 2 ** int(other)

    def __rlshift__(self, other: Any) -> Any:
        return other << self._fixed()

    def __rrshift__(self, other: Any) -> Any:
        return other >> self._fixed()

    def __and__(self, other: Any) -> Any:
        if type(other) is int and other >= 0 and (other & (other + 1)) == 0:
            return self % (other + 1)
        return self._fixed() & int(other)

    __rand__ = __and__

    # -- comparison: which way it went is guarded ------------------------------------

    def _compare(self, other: Any, relation: str, function: Any) -> Any:
        if type(other) is TracedSize:
            dim: Dim = other.size
        elif type(other) is int:
            dim = other
        elif type(other).__module__ == "clearprop.trace.array":
            return function(self.tracer.sized(self), other)
        elif isinstance(other, float):
            return bool(function(self.tracer.sized(self), other))
        else:
            return NotImplemented
        graph = self.tracer.graph
        truth = bool(function(self.value, int(dim)))
        holds = relation if truth else _OPPOSITE[relation]
        if isinstance(graph.resolve(self.size - dim), int):
            return truth  # true for every size
        if holds == "==":
            graph.tie(self.size, dim)
        elif not (isinstance(dim, int) and dim <= 0 and holds == ">="):
            graph.require(self.size, holds, dim)
        return truth

    def __eq__(self, other: object) -> Any:
        return self._compare(other, "==", operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, "!=", operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, "<", operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, "<=", operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, ">", operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, ">=", operator.ge)


class RangeList(list[int]):
    """``list(range(N))``: symbolic as an index until anything else is done with it."""

    __slots__ = ("origin", "untouched")

    def __init__(self, origin: TracedRange) -> None:
        super().__init__(origin.plain())
        self.origin = origin
        self.untouched = True

    def __reduce__(self) -> Any:
        return list, (list(self),)


def _fixing(name: str) -> Any:
    inherited = getattr(list, name)

    def method(self: RangeList, *args: Any, **kwargs: Any) -> Any:
        if self.untouched:
            self.origin.fixed()
            self.untouched = False
        return inherited(self, *args, **kwargs)

    method.__name__ = name
    return method


for (
    _name
) in """__iter__ __len__ __getitem__ __setitem__ __delitem__ __contains__ __add__
    __iadd__ __mul__ __imul__ __rmul__ __reversed__ __eq__ __ne__ __lt__ __le__ __gt__
    __ge__ append extend insert pop remove sort reverse clear copy index
    count""".split():
    setattr(RangeList, _name, _fixing(_name))


def _added_to(self: RangeList, other: Any) -> Any:
    return other + list(self)


setattr(RangeList, "__radd__", _added_to)  # noqa: B010


class TracedRange:
    """``range(N)`` with a free N: symbolic as an index, fixed when walked over."""

    __slots__ = ("start", "step", "stop", "tracer")

    def __init__(self, tracer: Tracer, start: Any, stop: Any, step: Any) -> None:
        self.tracer = tracer
        self.start, self.stop, self.step = start, stop, step

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return range

    def plain(self) -> range:
        """The example's range; nothing is fixed."""
        start, stop, step = (
            self.tracer.plain(n) for n in (self.start, self.stop, self.step)
        )
        return range(start, stop, step)

    def fixed(self) -> range:
        """The plain range: the written code will insist on its limits."""
        return range(int(self.start), int(self.stop), int(self.step))

    def __iter__(self) -> Iterator[int]:
        return iter(self.fixed())

    def __reversed__(self) -> Iterator[int]:
        return reversed(self.fixed())

    def __len__(self) -> int:
        return len(self.fixed())

    def __contains__(self, item: Any) -> bool:
        return item in self.fixed()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int) and type(key) is int and key >= 0:
            self.plain()[key]
            return self.start + key * self.step
        return self.fixed()[key]

    def __repr__(self) -> str:
        return repr(self.plain())

    def __eq__(self, other: object) -> bool:
        return self.fixed() == other

    def __hash__(self) -> int:
        return hash(self.plain())
