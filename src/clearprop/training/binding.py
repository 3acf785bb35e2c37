"""Which argument of the forward pass is a parameter, and which is data.

``train(network, params, data)`` names neither: the keys of ``params`` and of ``data``
are argument names, and a forward pass that takes its parameters as one dict or list
gets them whole. What goes in is the user's three; what comes out is a ``Bound``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.errors import ClearpropError

# A step that is kept needs no tracer: what follows user code is imported where it does.
if TYPE_CHECKING:
    from clearprop.training.plan import Plan

_NAMED = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


class Bound(NamedTuple):
    """The arguments of a forward pass, sorted into parameters and data."""

    network: Callable[..., Any]
    signature: inspect.Signature
    params: dict[str, Any]  # argument name -> parameters, numbers as floats
    data: dict[str, Any]  # argument name -> all rows, or the one fixed value
    given: Any  # params as they came
    whole: str | None  # the argument that takes all parameters at once

    @property
    def name(self) -> str:
        """What messages call the forward pass."""
        return _name(self.network)

    def call(self, data: Mapping[str, Any], params: Any = None) -> Any:
        """Run the user's own forward pass; what it writes into is a copy.

        Arrays are copied only where it does write: they may be all the data there are.
        """
        params = self.params if params is None else params
        try:
            return self._run(_each(_locked, data), _each(_locked, params))
        except ValueError:
            return self._run(_each(np.copy, data), _each(np.copy, params))

    def _run(self, data: Mapping[str, Any], params: Any) -> Any:
        bound = self.arguments(data, params)
        return self.network(*bound.args, **bound.kwargs)

    def arguments(
        self, data: Mapping[str, Any], params: Mapping[str, Any]
    ) -> inspect.BoundArguments:
        """The arguments in the order of the signature, defaults filled in."""
        given = {**params, **data}
        bound = self.signature.bind_partial()
        extra = dict(given)
        for name, parameter in self.signature.parameters.items():
            if name in extra and parameter.kind in _NAMED:
                bound.arguments[name] = extra.pop(name)
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                bound.arguments[name] = extra
        bound.apply_defaults()
        return bound

    def paths(self) -> Iterator[tuple[Any, ...]]:
        """The way to each parameter, in their order."""
        return (path for name, v in self.params.items() for path in _paths(v, (name,)))

    def nested(self, values: Mapping[tuple[Any, ...], Any]) -> Any:
        """The parameters, nested as they came, with those at these paths replaced."""
        from clearprop.trace.replay import Copier

        copier = Copier(values)
        made = {name: copier.copy(v, (name,)) for name, v in self.params.items()}
        return made[self.whole] if self.whole is not None else made

    def trained(self, plan: Plan, state: Mapping[str, np.ndarray]) -> Any:
        """The parameters of an engine's state, nested as they came."""
        return self.moved([p.leaf.path for p in plan.parameters], state)

    def moved(
        self, paths: Iterable[tuple[Any, ...]], state: Mapping[str, np.ndarray]
    ) -> Any:
        """The same, for parameters at these paths in the state's order."""
        return self.nested(
            {p: _like(state[str(i)], self.at(p)) for i, p in enumerate(paths)}
        )

    def at(self, path: tuple[Any, ...]) -> Any:
        """The parameter at a path, as it was given."""
        found = self.params[path[0]]
        for _, item in path[1:]:
            found = found[item]
        return found


def _each(done: Callable[[np.ndarray], np.ndarray], value: Any) -> Any:
    """The same value with this done to every array in it."""
    if isinstance(value, np.ndarray):
        return done(value)
    if isinstance(value, dict):
        made = value.copy()
        made.update((k, _each(done, v)) for k, v in value.items())
        return made
    if isinstance(value, list | tuple):
        items = (_each(done, v) for v in value)
        named = hasattr(value, "_fields")
        return type(value)(*items) if named else type(value)(items)
    return value


def _locked(array: np.ndarray) -> np.ndarray:
    found = array.view()
    found.flags.writeable = False
    return found


def _name(network: Any) -> str:
    from clearprop.trace.function import name_of

    return name_of(network)


def _like(value: np.ndarray, example: Any) -> Any:
    """Numbers that came as Python numbers go as such."""
    return float(value) if isinstance(example, float | int) else value


def bind(network: Callable[..., Any], params: Any, data: Any) -> Bound:
    """Give every argument of the forward pass its value.

    Raises ``ClearpropError`` where an argument has no value or a value no argument.
    """
    try:
        signature = inspect.signature(network)
    except (TypeError, ValueError):
        raise ClearpropError(
            f"{_name(network)} is no Python function: its arguments aren't known. "
            "Wrap it: def forward(x, W): ..."
        ) from None
    named = [p for p in signature.parameters.values() if p.kind in _NAMED]
    takes_any = any(
        p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values()
    )
    names = [p.name for p in named]

    def who() -> str:
        return f"{_name(network)}{signature}"

    own = _own_names(params, names, takes_any)
    free = [n for n in names if n not in own]
    entries = _entries(data, free, own, signature, who)
    whole = None
    if not own:
        left = [n for n in free if n not in entries and _required(signature, n)]
        if len(left) != 1:
            raise ClearpropError(
                f"params can't be given to {who()}: its keys {_keys(params)} are no "
                "arguments there, and "
                + (
                    "no argument is left to take them all"
                    if not left
                    else f"{', '.join(left)} are all left to take them"
                )
                + ". Call the arguments as the keys are called."
            )
        whole = left[0]
        own = {whole: params}
    missing = [
        n
        for n in names
        if n not in own and n not in entries and _required(signature, n)
    ]
    if missing:
        raise ClearpropError(
            f"{who()} gets no value for {', '.join(missing)}: put it into params if it "
            "is trained, into data if it isn't"
        )
    strange = [k for k in entries if k not in names and not takes_any]
    if strange:
        raise ClearpropError(
            f"data has {', '.join(map(repr, strange))}, which {who()} doesn't take"
        )
    both = [k for k in entries if k in own]
    if both:
        raise ClearpropError(f"{', '.join(both)} stands in params and in data")
    return Bound(
        network,
        signature,
        {k: _as_floats(v, k) for k, v in own.items()},
        {k: as_data(v, k) for k, v in entries.items()},
        params,
        whole,
    )


def _required(signature: inspect.Signature, name: str) -> bool:
    return signature.parameters[name].default is inspect.Parameter.empty


def _keys(params: Any) -> str:
    return ", ".join(map(repr, params)) if isinstance(params, Mapping) else "(none)"


def _own_names(params: Any, names: list[str], takes_any: bool) -> dict[str, Any]:
    """The parameters by argument name; nothing where they are to be taken whole."""
    if not isinstance(params, Mapping):
        return {}
    if not params:
        raise ClearpropError("params is empty: there is nothing to train")
    fits = [k for k in params if k in names]
    if not fits and not takes_any:
        return {}
    strange = [k for k in params if k not in names]
    if strange and not takes_any:
        raise ClearpropError(
            f"params has {', '.join(map(repr, strange))}, which the forward pass "
            f"doesn't take; it takes {', '.join(names)}"
        )
    return dict(params)


def _entries(
    data: Any,
    free: list[str],
    own: Any,
    signature: inspect.Signature,
    who: Callable[[], str],
) -> dict[str, Any]:
    """The data by argument name."""
    if data is None:
        return {}
    if isinstance(data, Mapping):
        return dict(data)
    if isinstance(data, tuple | list) and own:
        left = [n for n in free if _required(signature, n)]
        if len(data) != len(left):
            raise ClearpropError(
                f"data has {len(data)} entries where {who()} takes {len(left)} beside "
                f"its parameters ({', '.join(left) or 'none'}): give a dict by name, "
                "such as {'x': X, 'target': T}"
            )
        return dict(zip(left, data, strict=True))
    raise ClearpropError(
        f"data is a {type(data).__name__}: give a dict of arrays by argument name, "
        "such as {'x': X, 'target': T}"
    )


def _as_floats(value: Any, label: str) -> Any:
    """Parameters as training moves them: whole numbers become floats, arrays copies."""
    if isinstance(value, dict):
        return type(value)(
            (k, _as_floats(v, f"{label}[{k!r}]")) for k, v in value.items()
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_as_floats(v, label) for v in value))
    if isinstance(value, bool) or value is None or isinstance(value, str | bytes):
        return value
    if isinstance(value, list | tuple) and not _numbers(value):
        made = (_as_floats(v, f"{label}[{i}]") for i, v in enumerate(value))
        return type(value)(made)
    if isinstance(value, int | float):
        return float(value)
    array = np.array(value)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise ClearpropError(
            f"{label} holds {array.dtype.name} values: parameters are real numbers"
        )
    if not np.isfinite(array).all():
        raise ClearpropError(f"{label} holds nan or inf before the first step")
    return array


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, ("key", key)))
    elif isinstance(value, list | tuple) and not _numbers(value):
        for i, item in enumerate(value):
            yield from _paths(item, (*path, ("index", i)))
    else:
        yield path


def _numbers(value: Any) -> bool:
    return bool(value) and all(
        type(v) in (int, float) or (isinstance(v, list) and _numbers(v)) for v in value
    )


def as_data(value: Any, name: str) -> Any:
    """An entry of the data: an array as it is, a list or a frame as an array."""
    if isinstance(value, bool | int | float | str) or value is None or callable(value):
        return value
    if isinstance(value, Mapping):
        return value
    array = value if isinstance(value, np.ndarray) else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ClearpropError(
            f"data[{name!r}] holds {array.dtype.name} values: give numbers (text "
            "labels as 0, 1, 2, …)"
        )
    return array


__all__ = ["Bound", "as_data", "bind"]
