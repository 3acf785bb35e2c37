"""Stand-ins for what NumPy programs take from scikit-learn, SciPy and Keras.

Used in a check where those are missing. The data is random, with the shapes and kinds
of the real one: a check asks whether the backward pass is right, not whether the
network learns. Few functions, the ones that are met; each data set is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_ROWS = 200  # of data sets that are larger
# name -> rows, features, classes (0: the target is a number)
_TABLES = {
    "load_iris": (150, 4, 3), "load_wine": (178, 13, 3), "load_digits": (300, 64, 10),
    "load_breast_cancer": (300, 30, 2), "load_diabetes": (200, 10, 0),
    "load_boston": (200, 13, 0), "fetch_california_housing": (200, 8, 0),
    "fetch_openml": (200, 784, 10), "fetch_mldata": (200, 784, 10),
}  # fmt: skip
_MADE = {
    "make_moons": (100, 2, 2), "make_circles": (100, 2, 2), "make_blobs": (100, 2, 3),
    "make_classification": (100, 20, 2), "make_regression": (100, 100, 0),
    "make_gaussian_quantiles": (100, 2, 3),
}  # fmt: skip
# name -> shape of one example, classes (0: a number), entries from 0 to 255
_IMAGES = {
    "mnist": ((28, 28), 10), "fashion_mnist": ((28, 28), 10),
    "cifar10": ((32, 32, 3), 10), "boston_housing": ((13,), 0),
}  # fmt: skip


class Bunch(dict[str, Any]):
    """A dict whose items are attributes too."""

    __getattr__ = dict.__getitem__


def stand_in(package: str, name: str, notes: list[str]) -> Any:
    """What stands for ``name`` of a package, or None."""
    found: Any = None
    if package == "sklearn":
        found = _PREPARING.get(name)
        if name in _TABLES:
            found = _table(name, notes)
        elif name in _MADE:
            found = _sample(name, notes)
    elif package == "scipy":
        found = _SCIPY.get(name)
    elif package in ("keras", "tensorflow", "mnist") and name in _IMAGES:
        found = _Images(name, package, notes)
    return found


def _note(notes: list[str], what: str, package: str) -> None:
    sentence = f"{package} is not installed: {what} gave random numbers instead"
    if sentence not in notes:
        notes.append(sentence)


def _targets(rng: Any, rows: int, classes: int) -> Any:
    return rng.integers(0, classes, rows) if classes else rng.normal(size=rows)


def _table(name: str, notes: list[str]) -> Callable[..., Any]:
    rows, features, classes = _TABLES[name]

    def load(*args: Any, return_X_y: bool = False, **options: Any) -> Any:
        _note(notes, f"{name}()", "sklearn")
        rng = np.random.default_rng(0)
        data = np.abs(rng.normal(2, 1, (rows, features)))
        largest = {64: 16, 784: 255}.get(features)  # of pictures
        if largest is not None:
            data = rng.integers(0, largest + 1, data.shape).astype(float)
        target = _targets(rng, rows, classes)
        if return_X_y:
            return data, target
        return Bunch(
            data=data,
            target=target,
            images=data.reshape(rows, 8, 8) if features == 64 else data,
            feature_names=[f"feature {i}" for i in range(features)],
            target_names=[f"class {i}" for i in range(classes)],
            DESCR="",
        )

    return load


def _sample(name: str, notes: list[str]) -> Callable[..., Any]:
    rows, features, classes = _MADE[name]

    def make(n_samples: int = rows, *args: Any, **options: Any) -> Any:
        _note(notes, f"{name}()", "sklearn")
        rng = np.random.default_rng(0)
        width = int(options.get("n_features", features))
        centers = options.get("centers", options.get("n_classes", classes))
        count = centers if isinstance(centers, int) else len(centers)
        data = rng.normal(size=(int(n_samples), width))
        return data, _targets(rng, int(n_samples), count)

    return make


class _Images:
    """``mnist.load_data()``."""

    def __init__(self, name: str, package: str, notes: list[str]) -> None:
        self._name, self._package, self._notes = name, package, notes

    def load_data(self, *args: Any, **options: Any) -> Any:
        _note(self._notes, f"{self._name}.load_data()", self._package)
        shape, classes = _IMAGES[self._name]
        rng = np.random.default_rng(0)

        def part() -> Any:
            whole = (_ROWS, *shape)
            images = rng.integers(0, 256, whole) if classes else rng.normal(size=whole)
            return images.astype(np.uint8 if classes else float), _targets(
                rng, _ROWS, classes
            )

        return part(), part()


# -- what prepares data and what counts right answers ----------------------------------


def _split(*arrays: Any, test_size: Any = None, **options: Any) -> Any:
    """``train_test_split``: the first rows and the last ones, unshuffled."""
    rows = len(arrays[0])
    size = 0.25 if test_size is None else test_size
    held = round(rows * size) if size < 1 else int(size)
    made: list[Any] = []
    for array in arrays:
        made += [array[: rows - held], array[rows - held :]]
    return made


def _shuffled(*arrays: Any, **options: Any) -> Any:
    return arrays[0] if len(arrays) == 1 else list(arrays)


class _Scaler:
    """``fit``, ``transform`` and both; ``_center`` and ``_width`` say how."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def fit(self, X: Any, y: Any = None) -> Any:
        self.mean_, self.scale_ = self._measured(X)
        return self

    def transform(self, X: Any) -> Any:
        return (X - self.mean_) / self.scale_

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Any) -> Any:
        return X * self.scale_ + self.mean_

    def _measured(self, X: Any) -> tuple[Any, Any]:
        return np.mean(X, axis=0), np.std(X, axis=0) + 1e-12


class _MinMax(_Scaler):
    def _measured(self, X: Any) -> tuple[Any, Any]:
        low = np.min(X, axis=0)
        return low, np.max(X, axis=0) - low + 1e-12


class _OneHot:
    """``OneHotEncoder`` and ``LabelBinarizer``."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def fit(self, y: Any) -> Any:
        self.classes_ = np.unique(np.asarray(y))
        self.categories_ = [self.classes_]
        return self

    def transform(self, y: Any) -> Any:
        return (np.asarray(y).reshape(-1, 1) == self.classes_).astype(float)

    def fit_transform(self, y: Any) -> Any:
        return self.fit(y).transform(y)


class _Labels(_OneHot):
    def transform(self, y: Any) -> Any:
        return np.searchsorted(self.classes_, np.asarray(y))


def _accuracy(right: Any, given: Any, **options: Any) -> Any:
    return float(np.mean(np.asarray(right) == np.asarray(given)))


def _squared(right: Any, given: Any, **options: Any) -> Any:
    return float(np.mean((np.asarray(right) - np.asarray(given)) ** 2))


def _confusion(right: Any, given: Any, **options: Any) -> Any:
    classes = np.unique(np.concatenate([np.ravel(right), np.ravel(given)]))
    return np.array(
        [
            [np.sum((np.ravel(right) == a) & (np.ravel(given) == b)) for b in classes]
            for a in classes
        ]
    )


def expit(x: Any) -> Any:
    """The sigmoid."""
    return 1 / (1 + np.exp(-x))


def softmax(x: Any, axis: Any = None) -> Any:
    """Exponentials, divided by their sum."""
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The logarithm of the sum of exponentials."""
    top = np.max(x)
    return np.log(np.sum(np.exp(x - top), axis=axis, keepdims=keepdims)) + top


class _Normal:
    """``truncnorm(a, b, loc, scale).rvs(size)``, from NumPy's global numbers."""

    def __init__(
        self, a: float = -9.0, b: float = 9.0, loc: float = 0.0, scale: float = 1.0
    ) -> None:
        self.a, self.b, self.loc, self.scale = a, b, loc, scale

    def rvs(self, size: Any = None, **options: Any) -> Any:
        drawn = np.clip(np.random.normal(size=size), self.a, self.b)  # noqa: NPY002
        return drawn * self.scale + self.loc


_PREPARING: dict[str, Any] = {
    "train_test_split": _split,
    "shuffle": _shuffled,
    "StandardScaler": _Scaler,
    "MinMaxScaler": _MinMax,
    "OneHotEncoder": _OneHot,
    "LabelBinarizer": _OneHot,
    "LabelEncoder": _Labels,
    "accuracy_score": _accuracy,
    "mean_squared_error": _squared,
    "confusion_matrix": _confusion,
}
_SCIPY: dict[str, Any] = {
    "expit": expit,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "truncnorm": _Normal,
}
for _thing in (*_PREPARING.values(), *_SCIPY.values()):
    # code of clearprop's own is called with plain values; this is to be followed
    _parts = vars(_thing).values() if isinstance(_thing, type) else ()
    for _part in (_thing, *_parts):
        if callable(_part) and hasattr(_part, "__module__"):
            _part.__module__ = "sklearn"
