"""Where the loss stands in what a forward pass returns.

It may return the loss, or the losses of the rows; a tuple that begins with it, or a
dict that calls it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def losses_of(result: Any) -> Any:
    """The loss, or the losses, in what a forward pass returned."""
    place = place_of_loss(result)
    return result if place is None else result[place]


def place_of_loss(result: Any) -> Any:
    """The index or the key of the loss; None where it is all that was returned."""
    if isinstance(result, Mapping) and "loss" in result:
        return "loss"
    return 0 if isinstance(result, tuple) and result else None


__all__ = ["losses_of", "place_of_loss"]
