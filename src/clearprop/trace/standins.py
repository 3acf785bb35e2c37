"""Quiet stand-ins for packages that show things, where they aren't installed.

A script that plots its results should be derived on a machine without matplotlib. The
stand-ins take every call and draw nothing; ``from pylab import *`` also brings NumPy's
names, as the real one does. A package that is installed is used, with plots kept off
the screen.

A check runs whole programs, which also load and split data: there the packages that
only show are always stood in for, and what a missing package or file would give may be
handed around until its value is needed.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from clearprop.errors import SourceError
from clearprop.trace.library import is_library_module

QUIET = frozenset(
    """matplotlib pylab mpl_toolkits seaborn plotly bokeh IPython ipywidgets tqdm
    termcolor colorama""".split()
)
DATA = frozenset(("pandas",))  # importing is harmless, using it needs the real one
# what a package is called where it isn't called as its module
PACKAGES = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
}
# in a check: what loads and prepares data, and what only makes code faster
LOADING = frozenset(
    """pandas sklearn scipy h5py PIL cv2 imageio skimage requests joblib yaml keras
    tensorflow torchvision mnist numba""".split()
)


class Quiet:
    """Takes whatever is done with it and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _RETURNS.get(name, Quiet())

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


class NeededError(SourceError):
    """The value of something that isn't there is needed."""

    def __init__(self, sentence: str, missing: Missing) -> None:
        super().__init__(sentence)
        self.missing = missing


class Missing:
    """What a missing package or file would have given: handed around, never a value."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __repr__(self) -> str:
        return "(missing)"

    def _needed(self, *args: Any, **kwargs: Any) -> Any:
        raise NeededError(self._sentence, self)

    __array__ = __array_ufunc__ = __array_function__ = _needed
    __iter__ = __len__ = __bool__ = __float__ = __int__ = __index__ = _needed

    def _combined(self, other: Any) -> Any:
        if other is None or isinstance(other, Missing | int | float | str | list):
            return self
        return self._needed()

    __hash__ = object.__hash__
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _combined
    __truediv__ = __rtruediv__ = __floordiv__ = __mod__ = __pow__ = _combined
    __matmul__ = __rmatmul__ = __and__ = __or__ = _combined
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _combined

    def __neg__(self) -> Any:
        return self

    __invert__ = __neg__


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
        if package in DATA and not self.loading:
            raise SourceError(_not_installed(package, f"{package}.{name}"))
        if package in LOADING and self.loading:
            return self._loading(package, name)
        if package == "tqdm":
            return {"trange": _trange, "tnrange": _trange}.get(name, Progress)
        if name == "imread":
            return Missing(f"{package}.{name} reads a picture that isn't there")
        return _RETURNS.get(name, Quiet())

    loading = False
    notes: list[str] = []  # noqa: RUF012 (that of the finder)

    def _loading(self, package: str, name: str) -> Any:
        if package == "numba":
            return _unchanged
        from clearprop.trace.datasets import stand_in

        found = stand_in(package, name, self.notes)
        if found is not None:
            return found
        return Missing(_not_installed(package, f"{self.__name__}.{name}"))


def _not_installed(package: str, used: str) -> str:
    name = PACKAGES.get(package, package)
    return (
        f"the program uses {used}, and {package} is not installed. "
        f"Install it: pip install {name}"
    )


def _unchanged(*args: Any, **options: Any) -> Any:
    """``@jit``, ``@jit(nopython=True)``: the function as it is."""
    if len(args) == 1 and callable(args[0]) and not options:
        return args[0]
    return lambda function: function


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


def _asked_by_a_library() -> bool:
    """Whether an installed package is importing, and not the program."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if name != __name__ and not str(name).startswith("importlib."):
            return is_library_module(name)
        frame = frame.f_back
    return False


class StandIns:
    """Finds the stand-ins. It is asked only for what nobody else has.

    In a check (``whole``) the packages that only show are not looked for elsewhere:
    drawing takes long and nobody sees it. ``notes`` says what was stood in for.
    """

    def __init__(self, whole: bool = False) -> None:
        self.whole = whole
        self.made: list[str] = []
        self.notes: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        package = name.partition(".")[0]
        if package not in QUIET and _asked_by_a_library():
            return None  # it has its own way without: except ImportError
        if package in QUIET | DATA or (self.whole and package in LOADING):
            # A loader by its methods: importlib.abc would bring tempfile and random.
            return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _Module(spec.name)
        module.loading, module.notes = self.whole, self.notes
        return module

    def exec_module(self, module: ModuleType) -> None:
        self.made.append(module.__name__)
        if module.__name__ in ("pylab", "matplotlib.pylab"):
            _fill_pylab(module)


class _First:
    """Asked before all others, for what only shows."""

    def __init__(self, finder: StandIns) -> None:
        self._finder = finder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in QUIET:
            return self._finder.find_spec(name)
        return None


@contextmanager
def standing_in(finder: StandIns | None = None) -> Iterator[None]:
    """Within: missing packages of the lists are there, quietly."""
    finder = finder if finder is not None else StandIns()
    first = _First(finder)
    hidden: dict[str, Any] = {}
    if finder.whole:
        sys.meta_path.insert(0, first)
        names = [n for n in sys.modules if n.partition(".")[0] in QUIET]
        hidden = {name: sys.modules.pop(name) for name in names}
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if finder.whole:
            sys.meta_path.remove(first)
        for name in finder.made:
            sys.modules.pop(name, None)
        sys.modules.update(hidden)
