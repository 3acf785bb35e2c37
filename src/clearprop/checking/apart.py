"""The few functions that execute the program under check, and who acts in their place.

Checking one's own file runs everything here. Checking somebody else's must not: what
``@executes`` marks is then done in a sandbox, and the rest of the checker, which only
computes with what came of it, stays the same. ``acting`` puts an agent in the way: it
is given the function and its arguments, and returns what the function would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Agent = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_agent: ContextVar[Agent | None] = ContextVar("_agent", default=None)


def executes(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that runs the program, or calls functions of it."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        agent = _agent.get()
        if agent is None:
            return function(*args, **kwargs)
        # What it calls in turn is part of it.
        with acting(None):
            found: R = agent(function, args, kwargs)
        return found

    return call


def is_marked(function: Callable[..., Any]) -> bool:
    """Whether an agent can act in the place of a function."""
    return hasattr(function, "__wrapped__")


@contextmanager
def acting(agent: Agent | None) -> Iterator[None]:
    """Have an agent do what is marked; None: it is done here and now."""
    token = _agent.set(agent)
    try:
        yield
    finally:
        _agent.reset(token)
