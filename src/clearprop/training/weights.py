"""Weights on disk: nested parameters to and from .npz, and all that ``predict`` needs.

Beside the arrays stand ``network.py``, the NumPy source of the network, and
``clearprop.json``: how the parameters nest, which function predicts, how new data is
prepared. Nothing is pickled. Reading weights runs nothing; ``function`` runs the
network's source, as importing it would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.training.archive import read_archive, write_archive
from clearprop.training.data.preparation import Preparation

_ABOUT, _SOURCE = "clearprop.json", "network.py"
_FORMAT, _VERSION = "clearprop weights", 1


@dataclass(frozen=True)
class Weights:
    """Trained parameters, with what is needed to use them.

    ``predict`` is the name of the function in ``source`` that makes predictions of
    rows and parameters; empty where the network has none.
    """

    params: Any
    source: str = ""
    predict: str = ""
    preparation: Preparation | None = None

    def function(self) -> Callable[..., Any]:
        """The function that predicts. This runs ``source``: code of the file's own."""
        if not self.source or not self.predict:
            raise DataError(
                "these weights have no function that predicts: their network gives a "
                "loss only"
            )
        scope: dict[str, Any] = {"__name__": "network"}
        try:
            exec(compile(self.source, _SOURCE, "exec"), scope)
        except SystemExit:
            raise DataError("the network's source ends the program") from None
        except Exception as error:
            raise DataError(f"the network's source fails: {error}") from error
        found = scope.get(self.predict)
        if not callable(found):
            raise DataError(f"the network's source has no function {self.predict}")
        predict: Callable[..., Any] = found
        return predict


def save_weights(
    path: str,
    params: Any,
    *,
    source: str = "",
    predict: str = "",
    preparation: Preparation | None = None,
) -> None:
    """Write parameters (nested dicts, lists and tuples of arrays) to an .npz."""
    arrays: dict[str, np.ndarray] = {}
    nesting = _nesting(params, (), arrays)
    about = {
        "format": _FORMAT,
        "version": _VERSION,
        "params": nesting,
        "predict": predict,
        "preparation": None if preparation is None else preparation.to_json(),
    }
    texts = {_ABOUT: json.dumps(about, indent=1) + "\n"}
    if source:
        texts[_SOURCE] = source
    write_archive(path, arrays, texts)


def load_weights(path: str) -> Weights:
    """The weights of a file that ``save_weights`` wrote. Nothing of it is run."""
    arrays, texts = read_archive(path)
    if _ABOUT not in texts:
        raise DataError(
            f"{path} holds no weights of clearprop's: it has no entry {_ABOUT}"
        )
    try:
        about = json.loads(texts[_ABOUT])
        if about["format"] != _FORMAT:
            raise DataError(f"{path} holds no weights: it is a {about['format']}")
        if about["version"] != _VERSION:
            raise DataError(
                f"{path} was saved by a newer clearprop (version {about['version']} of "
                f"the format, this one reads {_VERSION}): update clearprop"
            )
        found = about["preparation"]
        return Weights(
            _nested(about["params"], arrays),
            texts.get(_SOURCE, ""),
            about["predict"],
            None if found is None else Preparation.from_json(found),
        )
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        raise DataError(f"{path} is damaged: its {_ABOUT} makes no sense") from None


def _nesting(
    value: Any, path: tuple[str, ...], arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """How parameters nest, as JSON; the leaves go to ``arrays``."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise DataError(f"the key {key!r} can't be saved: use text or numbers")
        items = [[k, _nesting(v, (*path, str(k)), arrays)] for k, v in value.items()]
        return {"dict": items}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_nesting(v, (*path, str(i)), arrays)
                       for i, v in enumerate(value)]}  # fmt: skip
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        where = ".".join(path) or "params"
        raise DataError(
            f"{where} of type {type(value).__name__} can't be saved: parameters are "
            "numbers and arrays of numbers"
        )
    name = _free(re.sub(r"[^\w.-]", "_", ".".join(path)) or "params", arrays)
    arrays[name] = array
    kind = "array" if isinstance(value, np.ndarray) else "number"
    return {"scalar" if isinstance(value, np.generic) else kind: name}


def _free(name: str, taken: Mapping[str, Any]) -> str:
    found, count = name, 2
    while found in taken:
        found, count = f"{name}_{count}", count + 1
    return found


def _nested(nesting: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """The parameters again."""
    ((kind, held),) = nesting.items()
    if kind == "dict":
        return {key: _nested(value, arrays) for key, value in held}
    if kind == "list":
        return [_nested(value, arrays) for value in held]
    if kind == "tuple":
        return tuple(_nested(value, arrays) for value in held)
    if kind == "scalar":  # of NumPy's: its dtype stays
        return arrays[held][()]
    return arrays[held].item() if kind == "number" else arrays[held]


__all__ = ["Weights", "load_weights", "save_weights"]
