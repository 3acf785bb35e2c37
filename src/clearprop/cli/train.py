"""``clearprop train``: what a file defines, or layers of units, is trained.

Comes in what the user asked for; goes out a summary on stdout (or JSON and nothing
else), the files that were asked for, and an exit code: 0 trained, 1 diverged, 2 could
not. Nothing is written before the training has ended, but its checkpoint.
"""

from __future__ import annotations

import io
import os
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearprop.cli import output, target
from clearprop.errors import ClearpropError, ClearpropWarning, DivergenceError

if TYPE_CHECKING:
    import argparse

    from clearprop.training.run import Run

TRAINED, DIVERGED = 0, 1
_OF_LAYERS = (
    "hidden", "last", "data", "target", "features", "header", "scale", "one_hot",
    "validation",
)  # fmt: skip
_OF_FILES = ("wrt", "call")
_SHOWN = 12  # numbers of trained parameters that are shown
_IN_JSON = 10_000


@dataclass
class Job:
    """Something to train, and what is to be kept beside its weights."""

    about: list[str]
    network: Any
    params: dict[str, Any]
    data: dict[str, Any]
    options: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    score: Any = None  # of trained parameters, in words and as a number


def train(options: argparse.Namespace) -> int:
    """Train, show, save; the exit code."""
    from clearprop.training.loop import train as run_training

    _agree(options)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        if options.layers:
            from clearprop.cli.train_layers import job_of

            job = job_of(options)
        else:
            job = _file_job(options)
        try:
            with redirect_stdout(io.StringIO()):  # what the forward pass prints
                run = run_training(
                    job.network, job.params, job.data, **job.options, **_common(options)
                )
        except DivergenceError as error:
            return _diverged(error, options)
    _deliver(run, job, options)
    told = [str(w.message) for w in heard if issubclass(w.category, ClearpropWarning)]
    told = list(dict.fromkeys(told))
    if options.format == "json":
        output.show(output.as_json(_machine(run, job, told)))
        return TRAINED
    for message in told:
        output.warn(message)
    output.show("\n".join(_summary(run, job, options)))
    return TRAINED


def _agree(options: argparse.Namespace) -> None:
    """What would stop it after all the work, before it."""
    if options.layers and options.target_file:
        raise ClearpropError(
            f"--layers writes a network of its own: leave {options.target_file} out, "
            "or leave --layers out"
        )
    if not options.layers and not options.target_file:
        raise ClearpropError(
            "there is nothing to train: name a file, or give --layers and --data (see "
            "clearprop train --help)"
        )
    if (options.target_file or "").endswith((".csv", ".tsv", ".npy", ".npz")):
        raise ClearpropError(
            f"{options.target_file} is data, and no forward pass: give it with --data, "
            "and a network with --layers or a file"
        )
    foreign = _OF_FILES if options.layers else _OF_LAYERS
    for name in foreign:
        if getattr(options, name) is not None:
            goes = "a file" if options.layers else "--layers"
            option = name.replace("_", "-")
            raise ClearpropError(f"--{option} goes with {goes}: leave it out here")
    if options.resume and not options.checkpoint:
        raise ClearpropError("--resume goes with --checkpoint: name the file")
    if options.plot:
        _can_plot(options.plot)
    given = [options.data, options.target]
    if options.target_file:
        given = [target.parse(options.target_file).file]
    output.check_places(given, [options.save, options.plot, options.checkpoint])


def _can_plot(path: str) -> None:
    """A picture that can't be drawn is told before the training, not after it."""
    from importlib.util import find_spec

    if os.path.splitext(path)[1].lower() not in output.PICTURES:
        raise ClearpropError(f"--plot {path}: plots are .png, .svg or .pdf files")
    if find_spec("matplotlib") is None:
        raise ClearpropError("plots need matplotlib: pip install 'clearprop[plot]'")


def _common(options: argparse.Namespace) -> dict[str, Any]:
    """The options that every training has."""
    from clearprop.training.checkpoint import Checkpoints

    found = {
        name: getattr(options, name)
        for name in (
            "epochs", "steps", "l2", "clip_norm", "patience", "target_loss", "update",
            "seed", "engine", "resume",
        )
    }  # fmt: skip
    if options.checkpoint:
        found["checkpoint"] = Checkpoints(
            options.checkpoint, seconds=options.checkpoint_seconds
        )
    return {**found, "record": target.names(options.record) or ()}


def _file_job(options: argparse.Namespace) -> Job:
    """The forward pass of a file, with its weights, data and learning rate."""
    from clearprop.training.program import program_of

    where = target.parse(options.target_file)
    call = options.call or where.function
    options.style = "fused"
    try:
        with output.muted():
            backward = target.derive(where, options)
            program = program_of(backward, where.file, call)
    except ClearpropError:
        own = None if call else _own_training(where.file)
        if own is None:
            raise
        line, code = own
        raise ClearpropError(
            f"{where.title}, {line}, {code}: the program trains already, so run it "
            f"itself: python {where.file}"
        ) from None
    rate = options.learning_rate
    if rate is None:
        rate = 0.01 if program.rate is None else program.rate
    trained = ", ".join(leaf.label for leaf in backward.wanted)
    return Job(
        [f"{where.title}: {trained}", f"learning rate {rate:g}"],
        program.network,
        program.params,
        program.data,
        {
            "learning_rate": rate,
            "batch_size": options.batch_size,
            "optimizer": options.optimizer or "sgd",
        },
        {"source": program.source},
    )


def _own_training(file: str) -> tuple[str, str] | None:
    """Where a program calls clearprop's own training: the line, and what it calls."""
    import ast

    from clearprop.trace.source import read

    source = read(file)
    calls = {"train", "stepper", "ClearpropClassifier", "ClearpropRegressor"}
    known: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for found in node.names:
                if found.name == "clearprop":
                    name = found.asname or found.name
                    known |= {f"{name}.{call}" for call in calls}
        elif isinstance(node, ast.ImportFrom) and node.module == "clearprop":
            known |= {f.asname or f.name for f in node.names if f.name in calls}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in known:
            return source.named(node.lineno), f"{ast.unparse(node.func)}(…)"
    return None


# -- what comes out --------------------------------------------------------------------


def _deliver(run: Run, job: Job, options: argparse.Namespace) -> None:
    """The files that were asked for."""
    if options.save:
        from clearprop.training.weights import save_weights

        save_weights(options.save, run.params, **job.kept)
    if options.plot:
        output.write_picture(options.plot, run.plot())


def _summary(run: Run, job: Job, options: argparse.Namespace) -> list[str]:
    lines = list(job.about)
    losses = run.history["epoch_loss"]
    if len(losses):
        held = run.history.get("validation_loss")
        beside = "" if held is None else f"; on the rows held out {held[-1]:.6g}"
        first = "" if len(losses) == 1 else f"{losses[0]:.6g} -> "
        lines.append(f"loss {first}{losses[-1]:.6g}{beside}")
    if not run.stopped.startswith("all "):
        lines.append(run.stopped)
    if job.score is not None:
        lines.append(job.score(run.params)[0])
    if sum(value.size for value in run.parameters.values()) <= _SHOWN:
        lines += [f"{name} = {_shown(v)}" for name, v in run.parameters.items()]
    for what, path in (("weights", options.save), ("plot", options.plot)):
        if path:
            lines.append(f"{what}: {path}")
    return [*lines, f"{run.steps} steps in {_time(run.seconds)}, {run.engine}"]


def _machine(run: Run, job: Job, told: list[str]) -> dict[str, Any]:
    found = {
        "engine": run.engine,
        "steps": run.steps,
        "epochs": run.epochs,
        "seconds": run.seconds,
        "stopped": run.stopped,
        "loss": float(run.history["epoch_loss"][-1]),
        "history": {
            name: output.plain(values)
            for name, values in run.history.items()
            if name not in ("loss", "learning_rate") or len(values) <= _IN_JSON
        },
        "warnings": told,
    }
    if job.score is not None:
        found["score"] = job.score(run.params)[1]
    if sum(value.size for value in run.parameters.values()) <= _IN_JSON:
        found["parameters"] = {k: output.plain(v) for k, v in run.parameters.items()}
    return found


def _diverged(error: DivergenceError, options: argparse.Namespace) -> int:
    if options.format == "json":
        run = error.run
        found = {"error": str(error), "diverged": True}
        if run is not None:
            found |= {"steps": run.steps, "epochs": run.epochs}
        output.show(output.as_json(found))
    output.complain(str(error))
    return DIVERGED


def _time(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 60 else f"{seconds / 60:.3g} min"


def _shown(value: Any) -> str:
    import numpy as np

    return np.array2string(np.asarray(value), precision=6, separator=", ").replace(
        "\n", ""
    )


__all__ = ["Job", "train"]
