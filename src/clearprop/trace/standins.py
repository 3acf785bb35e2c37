"""Quiet stand-ins for packages that show things, where they aren't installed.

A script that plots its results should be derived on a machine without matplotlib. The
stand-ins take every call and draw nothing; ``from pylab import *`` also brings NumPy's
names, as the real one does. A package that is installed is used, with plots kept off
the screen.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np

from clearprop.errors import SourceError

QUIET = frozenset(
    """matplotlib pylab mpl_toolkits seaborn plotly bokeh IPython ipywidgets tqdm
    termcolor colorama""".split()
)
DATA = frozenset(("pandas",))  # importing is harmless, using it needs the real one


class Quiet:
    """Takes whatever is done with it and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Quiet()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return Quiet()

    def __getitem__(self, key: Any) -> Any:
        return Quiet()

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


def _subplots(rows: int = 1, columns: int = 1, *args: Any, **kwargs: Any) -> Any:
    rows, columns = int(kwargs.get("nrows", rows)), int(kwargs.get("ncols", columns))
    if rows * columns == 1:
        return Quiet(), Quiet()
    axes = np.empty((rows, columns), object)
    for spot in np.ndindex(rows, columns):
        axes[spot] = Quiet()
    return Quiet(), _Axes(axes.squeeze())


class _Axes:
    """An array of plots, which NumPy's hooks needn't see."""

    def __init__(self, axes: Any) -> None:
        self._axes = axes

    def __getitem__(self, key: Any) -> Any:
        found = self._axes[key]
        return _Axes(found) if isinstance(found, np.ndarray) else found

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self._axes)))

    def __len__(self) -> int:
        return len(self._axes)

    def ravel(self) -> Any:
        return _Axes(self._axes.ravel())

    flatten = ravel

    @property
    def flat(self) -> Any:
        return self.ravel()


def _plot(*args: Any, **kwargs: Any) -> Any:
    return [Quiet()]


def _hist(*args: Any, **kwargs: Any) -> Any:
    return Quiet(), Quiet(), Quiet()


class Progress:
    """``tqdm(iterable)``: the iterable, without a bar."""

    def __init__(self, iterable: Any = (), *args: Any, **kwargs: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Quiet()


def _trange(*limits: int, **kwargs: Any) -> Progress:
    return Progress(range(*limits))


_RETURNS = {"subplots": _subplots, "plot": _plot, "hist": _hist}
_PYPLOT = """plot show figure subplot subplots hist scatter imshow legend xlabel ylabel
    title axis grid clf cla close savefig colorbar contour contourf semilogy semilogx
    loglog bar barh errorbar fill_between xlim ylim xticks yticks axhline axvline text
    annotate pause draw ion ioff gca gcf tight_layout suptitle cm rcParams style matshow
    pcolor pcolormesh plot_date stem step boxplot quiver""".split()


class _Module(ModuleType):
    """A module in which every name is there."""

    __path__: list[str] = []  # noqa: RUF012 (makes it a package)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        package = self.__name__.partition(".")[0]
        if package in DATA:
            raise SourceError(
                f"the program uses {package}.{name}, and {package} is not installed. "
                f"Install it: pip install {package}"
            )
        if package == "tqdm":
            return {"trange": _trange, "tnrange": _trange}.get(name, Progress)
        return _RETURNS.get(name, Quiet())


def _fill_pylab(module: ModuleType) -> None:
    """What ``from pylab import *`` brings besides plots: NumPy's names."""
    names: dict[str, Any] = {n: getattr(np, n) for n in np.__all__ if hasattr(np, n)}
    for part in ("fft", "random", "linalg"):
        inner = import_module(f"numpy.{part}")
        names.update({n: getattr(inner, n) for n in inner.__all__})
    for name in ("abs", "bool", "bytes", "max", "min", "pow", "round"):
        names[name] = getattr(builtins, name)
    names.update({n: _RETURNS.get(n, Quiet()) for n in _PYPLOT})
    names.update(np=np, plt=Quiet(), pylab=Quiet())
    module.__dict__.update({n: v for n, v in names.items() if not n.startswith("_")})


class _Finder(MetaPathFinder, Loader):
    """Comes last: it is asked only for what nobody else has."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in QUIET | DATA:
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self.made.append(module.__name__)
        if module.__name__ in ("pylab", "matplotlib.pylab"):
            _fill_pylab(module)


@contextmanager
def standing_in() -> Iterator[None]:
    """Within: missing packages of the lists are there, quietly."""
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.made:
            sys.modules.pop(name, None)
