"""Which argument of the forward pass is a parameter, and which is data.

``train(network, params, data)`` names neither: the keys of ``params`` and of ``data``
are argument names, and a forward pass that takes its parameters as one dict or list
gets them whole. What goes in is the user's three; what comes out is a ``Bound``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.given import as_data, as_floats, each, locked, paths

# A step that is kept needs no tracer: what follows user code is imported where it does.
if TYPE_CHECKING:
    from clearprop.trace.result import Leaf
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
            return self._run(each(locked, data), each(locked, params))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            return self._run(each(np.copy, data), each(np.copy, params))

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

    def path_of(self, leaf: Leaf) -> tuple[Any, ...]:
        """The way to a leaf by argument name, also where ``**options`` took it."""
        kind = self.signature.parameters.get(leaf.path[0])
        if leaf.captured or kind is None or kind.kind is not kind.VAR_KEYWORD:
            return leaf.path
        (_, (_, name), *rest) = leaf.path
        return (name, *rest)

    def paths(self) -> Iterator[tuple[Any, ...]]:
        """The way to each parameter, in their order."""
        return (path for name, v in self.params.items() for path in paths(v, (name,)))

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
    if isinstance(data, tuple | list):
        data = _by_name(network, params, data, free, bool(own), signature, who)
    entries = _entries(data)
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
    strange = [k for k in entries if k not in names and not takes_any]
    if missing and strange:
        raise ClearpropError(
            f"{who()} gets no value for {', '.join(missing)}, and data has "
            f"{', '.join(map(repr, strange))}: call data as the arguments are called"
        )
    if missing:
        raise ClearpropError(
            f"{who()} gets no value for {', '.join(missing)}: put it into params if it "
            "is trained, into data if it isn't"
        )
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
        {k: as_floats(v, k) for k, v in own.items()},
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


def _entries(data: Any) -> dict[str, Any]:
    """The data by argument name."""
    if data is None:
        return {}
    if isinstance(data, Mapping):
        return dict(data)
    raise ClearpropError(
        f"data is a {type(data).__name__}: give a dict of arrays by argument name, "
        "such as {'x': X, 'target': T}"
    )


def _by_name(
    network: Callable[..., Any],
    params: Any,
    data: Sequence[Any],
    free: list[str],
    named: bool,
    signature: inspect.Signature,
    who: Callable[[], str],
) -> dict[str, Any]:
    """Data in the order of the arguments; ``named``: parameters have names there."""
    left = [n for n in free if _required(signature, n)]
    whole = 0 if named else 1
    if len(data) != len(left) - whole:
        beside = f" ({', '.join(left) or 'none'})" if named else ""
        raise ClearpropError(
            f"data has {len(data)} entries where {who()} takes {len(left) - whole} "
            f"beside its parameters{beside}: give a dict by name, such as "
            "{'x': X, 'target': T}"
        )
    if not named:
        from clearprop.training.whole import argument_for_all

        left.remove(
            argument_for_all(network, left, data, lambda d: bind(network, params, d))
        )
    return dict(zip(left, data, strict=True))


__all__ = ["Bound", "bind"]
