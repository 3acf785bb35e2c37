"""Where data comes from: a CSV file, .npy, .npz, a pandas frame, or arrays.

``read_data`` looks at what it is given, has it read, and gives a checked ``Table``. A
large .npy stays in its file: what is larger than memory is read as it is needed, and
only looked through once, for numbers that aren't finite.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.columns import UNTRAINED, Trained, Wanted, divided, listed
from clearprop.training.data.table import Table, checked, is_mapped
from clearprop.training.data.text import read_csv

_TEXT = (".csv", ".tsv", ".txt")
_SMALL = 1 << 25  # entries of an array that may as well be in memory


def read_data(
    source: Any,
    *,
    target: Wanted | str | int | None = None,
    features: Wanted | str | int | None = None,
    header: bool | None = None,
    trained: Trained = UNTRAINED,
) -> Table:
    """The table of a file, a frame or an array.

    Parameters
    ----------
    source
        The name of a .csv, .npy or .npz file, a pandas frame, an array of rows, or a
        mapping of names to arrays, which is read as an .npz is.
    target
        The target's column or columns, by name or number (from 1, -1 is the last); in
        an .npz the name of an array; beside a .npy also the name of another .npy.
    features
        The columns, or the array of an .npz, that hold the examples; left out, all that
        isn't the target.
    header
        Whether a CSV's first row holds names; left out, it is seen from the file.
    trained
        What the network was trained on that this is for: the same features are found,
        and a target that stands beside them is left out.

    Raises
    ------
    DataError
        One line with the file, the row and the column.
    """
    targets, chosen = _several(target), _several(features)
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        _there(path)
        try:
            return _file(path, chosen or None, targets, header, trained)
        except OSError as error:
            raise DataError(
                f"{path} can't be read: {error.strerror or error}"
            ) from error
    if isinstance(source, Mapping):
        return _arrays("the data", source, chosen, targets, trained)
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return _frame(source, chosen or list(trained.names) or None, targets)
    return _rows("the data", source, chosen or None, targets, trained)


def _several(wanted: Wanted | str | int | None) -> list[str | int]:
    if wanted is None:
        return []
    several = [wanted] if isinstance(wanted, str | int) else wanted
    if not isinstance(several, Iterable):
        raise DataError(f"{wanted!r} is no column: give its name, or its number")
    return list(several)


def _there(path: str) -> None:
    """A file that can be opened, before anything else."""
    if os.path.isdir(path):
        raise DataError(f"{path} is a folder: name a file in it")
    if not os.path.exists(path):
        raise DataError(f"{path} is not there: check the path")


def _file(
    path: str,
    features: Wanted | None,
    target: Wanted,
    header: bool | None,
    trained: Trained,
) -> Table:
    ending = os.path.splitext(path)[1].lower()
    if ending == ".npz":
        return _archive(path, features or (), target, trained)
    if ending == ".npy":
        return _rows(path, mapped(path), features, target, trained)
    if ending in _TEXT:
        table = read_csv(
            path, features=features, target=target, header=header, trained=trained
        )
        return checked(table)
    raise DataError(
        f"{path}: data is read from .csv, .npy and .npz: save it as one of these"
    )


def mapped(path: str) -> np.ndarray:
    """The array of a .npy; a large one in its file."""
    _there(path)
    try:
        found: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        return found if found.size > _SMALL else np.array(found)
    except ValueError as error:
        if "allow_pickle" in str(error) or "object" in str(error):
            raise DataError(
                f"{path} holds Python objects, where numbers are needed"
            ) from None
        raise DataError(f"{path} is no .npy file, or not all of it") from None
    except EOFError:
        raise DataError(f"{path} is empty") from None


def _archive(path: str, features: Wanted, target: Wanted, trained: Trained) -> Table:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as held:
            if not isinstance(held, np.lib.npyio.NpzFile):
                raise DataError(f"{path} is no .npz file: call it .npy if it is one")
            return _arrays(path, held, features, target, trained)
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        if "allow_pickle" in str(error) and zipfile.is_zipfile(path):
            reason = "it holds Python objects, where numbers are needed"
        else:
            reason = "it is no .npz file, or is damaged"
        raise DataError(f"{path} can't be read: {reason}") from None


def _arrays(
    source: str,
    held: Mapping[str, Any],
    features: Wanted,
    target: Wanted,
    trained: Trained,
) -> Table:
    """Arrays by name: one of them the examples, one the target."""
    names = list(held)
    if not names:
        raise DataError(f"{source} has no arrays")
    for name in (*features, *target):
        if name not in names:
            raise DataError(f"{source} has no array {name!r}: it has {listed(names)}")
    if len(target) > 1 or len(features) > 1:
        raise DataError(f"{source}: name one array, not {listed([*features, *target])}")
    rest = [name for name in names if name not in target]
    if len(rest) > 1:
        rest = [name for name in rest if name not in trained.target]
    if not features and len(rest) != 1:
        raise DataError(
            f"{source} has the arrays {listed(names)}: say which holds the features, "
            f"as in features={rest[0]!r} (--features {rest[0]})"
            if rest
            else f"{source} has no array beside {listed(target)}"
        )
    chosen = str(features[0] if features else rest[0])
    goal = np.asanyarray(held[str(target[0])]) if target else None
    x = _array(f"{source}, {chosen}", held[chosen])
    if goal is not None and goal.ndim == 2 and goal.shape[1] == 1:
        goal = goal[:, 0]
    return checked(Table(source, x, (), goal, tuple(map(str, target))))


def _rows(
    source: str, rows: Any, features: Wanted | None, target: Wanted, trained: Trained
) -> Table:
    """An array of rows, and its target: some of its columns, or another file."""
    array = _array(source, rows)
    goal: np.ndarray | None
    first = str(target[0]) if target else ""
    if first.lower().endswith(".npy"):
        goal = mapped(first)
        if goal.ndim == 2 and goal.shape[1] == 1:
            goal = goal[:, 0]
        return checked(Table(source, array, (), goal, (first,)))
    goal = None
    if features is None and array.ndim == 2:
        features = trained.among(array.shape[1])
    if not target and features is None:
        return checked(Table(source, array))
    if array.ndim != 2:
        raise DataError(
            f"{source} has shape {array.shape}: columns are chosen from rows of numbers"
        )
    chosen, targets = divided(source, (), array.shape[1], features, target)
    if targets:
        goal = np.asarray(array[:, targets[0] if len(targets) == 1 else targets])
    return checked(
        Table(
            source,
            _view(source, array, chosen),
            (),
            goal,
            tuple(str(i + 1) for i in targets),
        )
    )


def _view(source: str, array: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Columns of an array, uncopied where they stand side by side."""
    first, last = columns[0], columns[-1]
    if list(columns) == list(range(first, last + 1)):
        return array[:, first : last + 1]
    if is_mapped(array):
        raise DataError(
            f"{source}: its features don't stand side by side, and it is read from its "
            "file as it is needed: put the target first or last"
        )
    return array[:, list(columns)]


def _array(source: str, value: Any) -> np.ndarray:
    try:
        array: np.ndarray = np.asanyarray(value)
    except ValueError:
        raise DataError(f"{source} is no array: its rows differ in length") from None
    if isinstance(array, np.ma.MaskedArray):
        if np.ma.is_masked(array):
            raise DataError(
                f"{source} hides entries behind a mask: fill them in, or leave their "
                "rows out"
            )
        array = array.data
    if array.ndim == 0:
        single = "single number" if array.dtype.kind in "fiub" else type(value).__name__
        raise DataError(f"{source} is a {single}, where rows are needed")
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _frame(frame: Any, features: Wanted | None, target: Wanted) -> Table:
    """A pandas frame, or what looks like one."""
    source = "the frame"
    labels = list(frame.columns)
    names = [str(label) for label in labels]
    chosen, targets = divided(source, names, len(names), features, target)
    columns = [_column(frame, names, i) for i in chosen]
    goals = [_goal(frame, i) for i in targets]
    return checked(
        Table(
            source,
            np.stack(columns, axis=1) if columns else np.zeros((len(frame), 0)),
            tuple(names[i] for i in chosen),
            goals[0] if len(goals) == 1 else np.stack(goals, axis=1) if goals else None,
            tuple(names[i] for i in targets),
        )
    )


def _column(frame: Any, names: Sequence[str], i: int) -> np.ndarray:
    values = np.asarray(frame.iloc[:, i])
    if values.dtype.kind in "mMc":  # these become floats, and mean nothing
        raise DataError(
            f"the frame, column {names[i]}: it holds {values.dtype} values, where "
            "numbers are needed"
        )
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        for row, value in enumerate(values.tolist()):
            try:
                float(value)
            except (TypeError, ValueError):
                raise DataError(
                    f"the frame, row {row + 1}, column {names[i]}: {value!r} is not a "
                    "number"
                ) from None
        raise


def _goal(frame: Any, i: int) -> np.ndarray:
    """A target as it is: numbers, or text, where what is missing is empty."""
    column = frame.iloc[:, i]
    values = np.asarray(column)
    if values.dtype.kind in "fiub":
        return values
    missing = np.asarray(column.isna())
    return np.array(
        ["" if gone else str(v) for v, gone in zip(values.tolist(), missing)],
        dtype=np.str_,
    )


__all__ = ["mapped", "read_data"]
