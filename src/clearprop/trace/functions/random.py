"""Random draws in the forward pass: drawn again whenever the written code runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Dim
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles
from clearprop.trace.replay import current_state
from clearprop.trace.size import TracedSize

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

# where each function takes its size (None: every argument is a size)
_SIZE_AT: dict[str, int | None] = {
    "rand": None, "randn": None, "random": 0, "random_sample": 0, "ranf": 0,
    "sample": 0, "standard_normal": 0, "standard_exponential": 0, "standard_cauchy": 0,
    "normal": 2, "uniform": 2, "randint": 2, "integers": 2, "random_integers": 2,
    "choice": 1, "binomial": 2, "poisson": 1, "exponential": 1, "laplace": 2,
    "gumbel": 2, "logistic": 2, "lognormal": 2, "beta": 2, "gamma": 2,
    "standard_gamma": 1, "standard_t": 1, "chisquare": 1, "geometric": 1,
    "rayleigh": 1, "weibull": 1, "pareto": 1, "power": 1, "triangular": 3,
    "vonmises": 2, "negative_binomial": 2, "zipf": 1, "logseries": 1, "wald": 2,
}  # fmt: skip


def _dims(t: Tracer, name: str, args: Any, kwargs: Any, value: Any) -> tuple[Dim, ...]:
    place = _SIZE_AT[name]
    if place is None:
        return tuple(t.dim(n) for n in args)
    size = kwargs.get("size", args[place] if len(args) > place else None)
    return np.shape(value) if size is None else t.dims(size)


def _spelled(t: Tracer, value: Any) -> Any:
    """An argument as the written code repeats it: sizes stay sizes."""
    if type(value) is TracedSize:
        return t.dim(value)
    if type(value) is Traced and not value.ndim and value.dtype.kind in "iu":
        return t.dim(value)
    if type(value) is Traced:
        if t.varies(value.node):
            t.settle(value)
        return np.asarray(value.value).item() if not value.ndim else _fixed(value.value)
    if isinstance(value, list | tuple):
        return tuple(_spelled(t, v) for v in value)
    return value


def _fixed(value: np.ndarray) -> Any:
    return tuple(_fixed(v) for v in value) if value.ndim else value.item()


def _draw(t: Tracer, function: Any, *args: Any, **kwargs: Any) -> Any:
    name = function.__name__
    state = None if t.seeds_count else current_state()
    if t._given_depends(_values(name, args, kwargs)):
        return _shifted(t, function, name, *args, **kwargs)
    value = function(*t.plain(list(args)), **t.plain(kwargs))
    if t.keeps_labels and name != "binomial" and np.asarray(value).dtype.kind in "bi":
        return t.lift(value)
    dims = _dims(t, name, args, kwargs, value)
    node = _node(t, function, name, args, kwargs, dims, value)
    t.states[node] = state
    return t.wrap(node, value)


def _values(name: str, args: Any, kwargs: Any) -> list[Any]:
    """The arguments but for the size: ``k = y.max() + 1`` decides no number of
    ``randn(d, k)``, only how many there are.
    """
    place = _SIZE_AT[name]
    by_name = {word: value for word, value in kwargs.items() if word != "size"}
    if place is None:
        return [by_name]
    return [*args[:place], *args[place + 1 :], by_name]


def _node(
    t: Tracer, function: Any, name: str, args: Any, kwargs: Any, dims: Any, value: Any
) -> Node:
    """A draw, and those before it, which come first also where nobody uses them.

    The first one after ``np.random.seed(0)`` says so.
    """
    source = _source(function)
    _, seed = t.seeds.pop(id(source), (None, None))
    first = seed is not None or not t.seeds_count
    before = () if first else t.draws.get(id(source), ())
    node = t.graph.apply(
        "random",
        *before,
        draw=name,
        source=source,
        seed=seed,
        arguments=tuple(_spelled(t, a) for a in args),
        keywords=tuple((k, _spelled(t, v)) for k, v in kwargs.items()),
        dims=dims,
        dtype=np.asarray(value).dtype,
    )
    t.draws[id(source)] = (node,)
    return node


def _source(function: Any) -> Any:
    """None for ``np.random.<name>``, else the generator that the user made."""
    owner = getattr(function, "__self__", None)  # np.random.seed has none
    return None if owner is getattr(np.random.mtrand, "_rand", None) else owner


def _shifted(t: Tracer, function: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """``normal(mu, sigma)`` moves with its arguments: mu + sigma * standard normal."""
    kwargs = dict(kwargs)
    args = (*args, *(None,) * (3 - len(args)))
    if name == "normal":
        loc, scale = kwargs.get("loc", args[0]), kwargs.get("scale", args[1])
        low, span = (0.0 if loc is None else loc), (1.0 if scale is None else scale)
        plain = "standard_normal"
    elif name == "uniform":
        low, high = kwargs.get("low", args[0]), kwargs.get("high", args[1])
        low, high = (0.0 if low is None else low), (1.0 if high is None else high)
        span, plain = high - low, "random_sample"
        if not hasattr(function.__self__, plain):
            plain = "random"
    else:
        t.refuse(
            f"{name} draws from values that depend on an input: it has no derivative",
            "Draw uniform or normal numbers and compute with them",
        )
    size = kwargs.get("size", args[2])
    if size is None:
        size = t.call(np.broadcast_shapes, (_shape(t, low), _shape(t, span)), {})
    noise = t.call(getattr(function.__self__, plain), (), {"size": size})
    return low + span * noise


def _shape(t: Tracer, value: Any) -> Any:
    return tuple(t.size(d) for d in t.node(value).dims)


for _name in _SIZE_AT:
    handles(f"random.{_name}", named=True)(_draw)


def _order(t: Tracer, function: Any, count: Any) -> Any:
    """A random order of ``count`` positions."""
    value = function.__self__.permutation(t.plain(count))
    dims = (t.dim(count),)
    return t.wrap(_node(t, function, "permutation", [count], {}, dims, value), value)


@handles("random.permutation", named=True)
def _permutation(t: Tracer, function: Any, x: Any, axis: int = 0) -> Any:
    if isinstance(x, int) or (type(x) is Traced and not x.ndim):
        return _order(t, function, x)
    array = t.call(np.asarray, (x,), {})
    return t.call(np.take, (array, _order(t, function, t.length(array)), axis), {})


@handles("random.shuffle", named=True)
def _shuffle(t: Tracer, function: Any, x: Any, axis: int = 0) -> None:
    if isinstance(x, list):
        function(x)  # a list of anything: only its order changes
        return
    array = t.lift(x)
    order = _order(t, function, t.length(array))
    t.store(array, ..., t.call(np.take, (array, order, axis), {}))


@handles("random()", named=True)
def _other(t: Tracer, function: Any, *args: Any, **kwargs: Any) -> Any:
    """seed, get_state, spawn …: not draws. Other draws are constants of the trace."""
    given = [*args, kwargs]
    if t._given_depends(given):
        t.refuse(
            f"np.random.{function.__name__} of values that depend on an input",
            "Draw uniform or normal numbers and compute with them",
        )
    t.settle(given)
    value = function(*t.plain(list(args)), **t.plain(kwargs))
    if not isinstance(value, np.ndarray | np.generic):
        return value
    dims = np.shape(value)
    return t.wrap(
        _node(t, function, function.__name__, args, kwargs, dims, value), value
    )


@handles("random.seed", named=True)
def _seed(t: Tracer, function: Any, seed: Any = None) -> None:
    """The same numbers every time: the written code seeds as the forward pass does."""
    args = () if seed is None else (seed,)
    function(*t.plain(list(args)))
    _begins(t, _source(function), "seed", args)


@handles("random.default_rng", "random.RandomState", named=True)
def _generator(t: Tracer, function: Any, seed: Any = None) -> Any:
    """A generator that the forward pass makes; without a seed it is never the same."""
    args = () if seed is None else (seed,)
    made = function(*t.plain(list(args)))
    _begins(t, made, function.__name__, args)
    return made


def _begins(t: Tracer, source: Any, how: str, args: Any) -> None:
    if t.seeds_count and args and all(isinstance(a, int | np.integer) for a in args):
        given = tuple(t.dim(a) for a in args)
        t.seeds[id(source)] = source, (how, given)
