"""Pictures of a training: the loss, and what was recorded beside it.

Matplotlib (the extra ``plot``) is imported when a picture is asked for. Recorded
numbers are drawn as trajectories, with the target as a line: the picture at the end of
the seeds' notebook. Of recorded arrays the norm is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    from clearprop.training.run import Run

# A loss that falls by more than this is drawn on a logarithmic axis.
_DECADES = 100.0
# Okabe & Ito (2008): colours that the colour-blind can tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_GREY = "#666666"
# More points than this can't be seen.
_POINTS = 4000


def plot(run: Run) -> Any:
    """A matplotlib figure: the loss, the recorded values, the layers, as there are."""
    figure_class = _figure_class()
    recorded = [name for name in run.recorded if name in run.history]
    layers = "gradient_norm" in run.history
    rows = 1 + bool(recorded) + layers
    figure = figure_class(figsize=(8, 0.6 + 2.9 * rows), layout="constrained")
    axes = iter(figure.subplots(rows, 1, squeeze=False)[:, 0])
    _loss(next(axes), run)
    if recorded:
        _trajectories(next(axes), run, recorded)
    if layers:
        _layers(next(axes), run)
    return figure


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ClearpropError(
            "plots need matplotlib: pip install 'clearprop[plot]'"
        ) from None
    return Figure


def _loss(ax: Any, run: Run) -> None:
    history = run.history
    steps: np.ndarray = np.asarray(history["loss"], float)
    epochs: np.ndarray = np.asarray(history["epoch_loss"], float)
    whole = len(epochs) == len(steps)  # every step takes all rows
    lines = [epochs] if whole else [steps, epochs]
    if not whole:
        at = np.arange(len(steps)) * len(epochs) / len(steps)
        _line(ax, at, steps, colour="#B0C4D8", width=0.8, label="each batch")
    ends = np.arange(len(epochs)) + (0 if whole else 1)
    _line(ax, ends, epochs, colour=_COLOURS[0], label="training")
    if "validation_loss" in history:
        held = np.asarray(history["validation_loss"], float)
        lines.append(held)
        _line(ax, ends[: len(held)], held, colour=_COLOURS[1], label="held-out rows")
    ax.set_xlabel("step" if whole else "epoch")
    ax.set_ylabel("loss")
    _scale(ax, np.concatenate(lines))
    if len(lines) > 1:
        ax.legend(frameon=False)
    _plain(ax)


def _trajectories(ax: Any, run: Run, names: list[str]) -> None:
    for name, colour in zip(names, _colours(len(names))):
        values = run.history[name]
        size = {np.size(v) for v in values}
        numbers = np.array([np.linalg.norm(np.ravel(v)) for v in values])
        if size == {1}:
            numbers = np.array([float(np.reshape(v, ())) for v in values])
        label = name if size == {1} else f"‖{name}‖"
        _line(ax, np.arange(len(numbers)), numbers, colour=colour, label=label)
    for name, value in run.targets.items():
        ax.axhline(value, color="black", linewidth=1, linestyle=(0, (4, 3)), label=name)
    ax.set_xlabel("step")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _plain(ax)


def _layers(ax: Any, run: Run) -> None:
    """The norms of gradients (solid) and weights (dotted), layer by layer."""
    at = np.asarray(run.history["observed_at"])
    labels = [k for k, v in run.parameters.items() if np.ndim(v) > 1]
    labels = labels or list(run.parameters)
    for label, colour in zip(labels, _colours(len(labels))):
        gradients, weights = (
            np.where(norms > 0, norms, np.nan)  # a logarithm has no zero
            for norms in (
                run.history["gradient_norm"][label],
                run.history["weight_norm"][label],
            )
        )
        _line(ax, at, gradients, colour=colour, label=f"‖d{label}‖")
        ax.plot(at, weights, color=colour, linewidth=1, linestyle=":")
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("norm (dotted: weights)")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _plain(ax)


def _colours(count: int) -> list[Any]:
    """Colours of their own for a few lines; from dark to light for many."""
    if count <= len(_COLOURS):
        return list(_COLOURS[:count])
    from matplotlib import colormaps

    return [colormaps["viridis"](0.95 * i / (count - 1)) for i in range(count)]


def _line(
    ax: Any, x: Any, y: Any, *, colour: Any, label: str, width: float = 1.6
) -> None:
    every = max(1, len(x) // _POINTS)
    marker = "o" if len(x) == 1 else None
    ax.plot(
        x[::every], y[::every], color=colour, linewidth=width, label=label,
        marker=marker,
    )  # fmt: skip


def _scale(ax: Any, values: np.ndarray) -> None:
    found = values[np.isfinite(values)]
    if len(found) and found.min() > 0 and found.max() > _DECADES * found.min():
        ax.set_yscale("log")


def _plain(ax: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(
        MaxNLocator(integer=True, min_n_ticks=1)
    )  # steps and epochs
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_GREY)
    ax.tick_params(colors=_GREY)
    ax.margins(x=0.01)


__all__ = ["plot"]
