"""Random draws: made anew whenever the graph is computed, and never shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, Params, define


def _draw(
    *before: Any,
    draw: str,
    source: Any,
    seed: Any,
    arguments: Any,
    keywords: Any,
    dims: Any,
    dtype: Any,
) -> Any:
    """``np.random.<draw>(...)``, or the same of the generator that the user made.

    ``before`` is the draw that must be made first; its numbers are not used.
    """
    owner = np.random if source is None else source
    if seed is not None:
        _begin(owner, *seed)
    return getattr(owner, draw)(*arguments, **dict(keywords))


def _begin(owner: Any, how: str, arguments: Any) -> None:
    """Begin again where the forward pass seeds, or makes a generator of its own."""
    if how == "seed":
        owner.seed(*arguments)
        return
    made = getattr(np.random, how)(*arguments)
    if isinstance(made, np.random.Generator):
        owner.bit_generator.state = made.bit_generator.state
    else:
        owner.set_state(made.get_state())


def _infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return tuple(params["dims"]), params["dtype"]


define(
    "random", _draw, infer=_infer, impure=True,
    says="a random draw: made by the forward pass, and no gradient passes",
)  # fmt: skip
