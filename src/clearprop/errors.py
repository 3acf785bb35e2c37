"""One family of exceptions: every message says what, where and what to do.

Everything that clearprop refuses is a ``ClearpropError``; the command line prints its
message and exits with code 2, so a message must stand on its own, without a traceback.
"""

from __future__ import annotations

from typing import Any


class ClearpropError(Exception):
    """What clearprop can't do, where in the user's code, and what to do about it."""


class TraceError(ClearpropError):
    """The forward pass could not be followed: an unknown function, a lost value."""


class DeriveError(ClearpropError):
    """The gradient can't be written: no scalar loss, no derivative, integer input."""


class NumericError(ClearpropError):
    """The forward pass produced inf or nan at the user's own numbers."""


class ProofError(ClearpropError):
    """The written source disagrees with the forward pass; it is not shown."""


class SourceError(ClearpropError):
    """A script, notebook or function could not be found, read or parsed."""


class DivergenceError(ClearpropError):
    """The loss of a training is no longer finite, or grows; ``run`` has the rest."""

    def __init__(self, message: str, run: Any = None) -> None:
        """``run`` is the training up to where it was stopped."""
        super().__init__(message)
        self.run = run


class DataError(ClearpropError):
    """Data, weights or a checkpoint can't be read, or don't fit: file, row, column."""


class ClearpropWarning(UserWarning):
    """Something the user should know, which does not stop the derivation."""
