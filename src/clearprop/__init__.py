"""clearprop: writes the backward pass, explains it, and checks the one you wrote."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
_imported_at = time_ns()  # sources that are younger may not be those that run
__all__ = [
    "MLP", "Backward", "Checkpoints", "ClearpropError", "ClearpropWarning",
    "DivergenceError", "Preparation", "Report", "Run", "check", "derive",
    "load_weights", "mlp", "read_data", "save_weights", "schedules", "stepper",
    "train",
]  # fmt: skip

if TYPE_CHECKING:
    from clearprop.backward import Backward, derive
    from clearprop.checking.checker import check
    from clearprop.checking.report import Report
    from clearprop.errors import ClearpropError, ClearpropWarning, DivergenceError
    from clearprop.training import schedules
    from clearprop.training.checkpoint import Checkpoints
    from clearprop.training.data import Preparation, read_data
    from clearprop.training.estimators import ClearpropClassifier as ClearpropClassifier
    from clearprop.training.estimators import ClearpropRegressor as ClearpropRegressor
    from clearprop.training.loop import train
    from clearprop.training.mlp import MLP, mlp
    from clearprop.training.run import Run
    from clearprop.training.stepper import stepper
    from clearprop.training.weights import load_weights, save_weights

_HOMES = {
    "derive": "clearprop.backward",
    "Backward": "clearprop.backward",
    "check": "clearprop.checking.checker",
    "Report": "clearprop.checking.report",
    "mlp": "clearprop.training.mlp",
    "MLP": "clearprop.training.mlp",
    "ClearpropError": "clearprop.errors",
    "ClearpropWarning": "clearprop.errors",
    "DivergenceError": "clearprop.errors",
    "stepper": "clearprop.training.stepper",
    "train": "clearprop.training.loop",
    "Run": "clearprop.training.run",
    "schedules": "clearprop.training",
    "Checkpoints": "clearprop.training.checkpoint",
    "Preparation": "clearprop.training.data",
    "read_data": "clearprop.training.data",
    "load_weights": "clearprop.training.weights",
    "save_weights": "clearprop.training.weights",
    "ClearpropClassifier": "clearprop.training.estimators",
    "ClearpropRegressor": "clearprop.training.estimators",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import clearprop`` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'clearprop' has no attribute {name!r}")
    from importlib import import_module

    home = import_module(_HOMES[name])
    return getattr(home, name, None) or import_module(f"{_HOMES[name]}.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
