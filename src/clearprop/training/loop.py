"""``train``: epochs and batches around an engine, until something says stop.

What goes in is a forward pass, its parameters and the data; what comes out is a
``Run``. The engine makes the steps; this module chooses their rows and rates, measures
the validation loss, and decides when it is enough.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, DivergenceError
from clearprop.training.batches import Batches
from clearprop.training.binding import Bound, bind
from clearprop.training.checkpoint import Checkpoints
from clearprop.training.diverging import (
    grown,
    infinite,
    loss_before,
    refuse_strange,
    told,
)
from clearprop.training.engines import engine_for
from clearprop.training.fingerprint import fingerprint
from clearprop.training.given import in_turn, network_of
from clearprop.training.mlp import MLP
from clearprop.training.numbers import finite, limit, positive, whole
from clearprop.training.observing import Observer, remarks
from clearprop.training.plan import Engine, Plan, Steps
from clearprop.training.planning import plan_for
from clearprop.training.progress import Progress, Seen, following
from clearprop.training.recording import targets
from clearprop.training.rules import DEFAULTS, rule_named
from clearprop.training.run import Run
from clearprop.training.schedules import Schedule, rates
from clearprop.training.validation import Validation, split

# A full batch is trained in parts, between which one can look and stop: a fiftieth to
# begin with, longer ones as long as they take less than this, in seconds.
_PARTS = 50
_PART_SECONDS = 0.05
# An epoch is cut where it takes longer than this, in seconds, so that Ctrl-C is heard;
# and sooner where a bar is to move.
_LOOK_SECONDS = 1.0
_BAR_SECONDS = 0.2
# What other libraries and courses call the options.
_ALSO = {
    "lr": "learning_rate", "eta": "learning_rate", "alpha": "learning_rate",
    "max_iter": "epochs", "iterations": "steps", "verbose": "progress",
    "random_state": "seed", "callbacks": "on_epoch", "lambda_": "l2",
}  # fmt: skip


def train(
    network: Any,
    params: Any = None,
    data: Any = None,
    *,
    learning_rate: float | Schedule = 0.01,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
    optimizer: str = "sgd",
    l2: float | Mapping[str, float] = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    shuffle: bool = True,
    seed: int = 0,
    validation: Any = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    target_loss: float | None = None,
    record: Sequence[str] = (),
    update: str = "simultaneous",
    engine: str = "auto",
    per_example: bool | None = None,
    on_epoch: Callable[[Progress], str | None] | None = None,
    progress: bool | None = None,
    checkpoint: str | Checkpoints | None = None,
    resume: bool = False,
    **constants: float,
) -> Run:
    """Train a forward pass written in NumPy.

    Parameters
    ----------
    network
        A forward pass that returns its loss, or what ``clearprop.mlp`` made.
    params
        The parameters by argument name, or the one argument that holds them all.
    data
        The other arguments by name: arrays whose first axis is the examples, and
        numbers. A forward pass that returns one loss per example, or that is written
        for one example, is averaged over the batch.
    learning_rate
        η, or a function from the step (0, 1, …) to η: see ``clearprop.schedules``.
    epochs, steps
        How long: passes over the rows, or updates. 100 epochs if neither is given.
    batch_size
        Rows in a batch; None takes the data whole in every step.
    optimizer
        ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"rmsprop"``, ``"adam"`` or
        ``"adamw"``; its constants as further arguments (``momentum=0.9``).
    l2
        λ: adds λ·w to the gradients of arrays with two or more axes; a dict names what
        decays.
    clip_norm, clip_value
        The largest norm of all gradients together; the largest entry.
    shuffle, seed
        Rows in another order in each epoch, the same for a seed on every engine.
    validation
        Data of the same names, or the share of the rows to hold out.
    patience, min_delta
        Stop after so many epochs without a validation loss lower by ``min_delta``; the
        best parameters are kept.
    target_loss
        Stop at this loss (of an epoch; of a step, if the data is taken whole).
    record
        Names whose values are kept at every step: parameters (after the update),
        values of the forward pass, and gradients (``"dW1"``).
    update
        ``"simultaneous"``, the gradient step; ``"sequential"``: each parameter moves
        before the next one's gradient is computed, in the order of ``params``.
    engine
        ``"auto"``, ``"numpy"``, ``"native"`` or ``"jax"``.
    per_example
        Whether the forward pass is written for one example; found out if not said.
    on_epoch
        Called with a ``Progress`` after each epoch, or part of a full-batch training.
        A sentence that it returns ends the training, and says why.
    progress
        A bar on stderr; None: where that is a terminal and rich is installed.
    checkpoint
        The file in which the training is kept, so that it can go on after it was cut
        short: saved every 30 seconds and at the end, or as ``Checkpoints`` says.
    resume
        Go on from ``checkpoint``, bit for bit as if nothing had happened; begin anew
        where it isn't there yet.

    Raises
    ------
    ClearpropError
        With the reason and a remedy where it can't train.
    DivergenceError
        Where the loss or a gradient is no longer finite, or the loss grows without end;
        its ``run`` holds what there is.
    """
    _refuse_unknown(optimizer, constants)
    sequential = in_turn(update)
    whole(seed, "seed", least=0)
    forward, params = network_of(network, params, "train")
    if data is None:
        raise ClearpropError("train needs data: a dict by argument name")
    bound = bind(forward, params, data)
    if isinstance(network, MLP):
        network.refuse(bound.data)
    bound, held_out = split(bound, validation, seed)
    if isinstance(network, MLP) and held_out is not None:
        network.refuse(held_out.data, "validation")
    plan = plan_for(
        bound,
        rule=rule_named(optimizer, constants),
        batch_size=whole(batch_size, "batch_size"),
        l2=l2,
        clip_norm=limit(clip_norm, "clip_norm"),
        clip_value=limit(clip_value, "clip_value"),
        sequential=sequential,
        record=record,
        per_example=per_example,
    )
    loop = Loop(
        plan=plan,
        bound=bound,
        engine=engine_for(plan, engine, settled=checkpoint is not None),
        learning_rate=learning_rate,
        epochs=whole(epochs, "epochs"),
        steps=whole(steps, "steps"),
        shuffle=shuffle,
        seed=seed,
        validation=held_out,
        patience=whole(patience, "patience"),
        min_delta=positive(min_delta, "min_delta"),
        target_loss=finite(target_loss, "target_loss"),
        on_epoch=on_epoch,
        progress=progress,
    )
    if checkpoint is not None:
        loop.keep(checkpoint, resume)
    elif resume:
        raise ClearpropError("resume=True needs the checkpoint to go on from")
    return loop.run()


@dataclass
class Loop:
    """The state of a training, from the first epoch to the last."""

    plan: Plan
    bound: Bound
    engine: Engine
    learning_rate: float | Schedule
    epochs: int | None
    steps: int | None
    shuffle: bool
    seed: int
    validation: Validation | None = None
    patience: int | None = None
    min_delta: float = 0.0
    target_loss: float | None = None
    on_epoch: Callable[[Progress], str | None] | None = None
    progress: bool | None = None
    checkpoint: Checkpoints | None = None
    fingerprint: dict[str, Any] = field(default_factory=dict)

    step: int = 0
    part: int = 0  # steps of a full batch at once
    within: int = 0  # steps made of an epoch that isn't over
    epoch: int = 0
    seconds: float = 0.0
    stopped: str = ""
    losses: list[np.ndarray] = field(default_factory=list)
    used_rates: list[np.ndarray] = field(default_factory=list)
    records: dict[str, list[Any]] = field(default_factory=dict)
    epoch_losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    best: float = math.inf
    best_epoch: int = 0
    best_state: dict[str, np.ndarray] | None = None
    shuffled_from: dict[str, Any] | None = None  # the generator before this epoch
    last_rows: np.ndarray | None = None  # of the last step
    ended: bool = False  # it wasn't finite
    seen: Seen | None = None
    before: float | None = None  # the loss before the first step, once it is asked for

    def __post_init__(self) -> None:
        if self.patience is not None and self.validation is None:
            raise ClearpropError("patience needs validation data to watch")
        size = self.plan.batch_size
        self.batches = (
            None
            if size is None or self.plan.rows is None
            else Batches(self.plan.rows, size, self.shuffle, self.seed)
        )
        per_epoch = 1 if self.batches is None else self.batches.per_epoch
        if self.steps is None:
            self.epochs = 100 if self.epochs is None else self.epochs
            self.steps = self.epochs * per_epoch
        elif self.epochs is not None:
            raise ClearpropError("give epochs or steps, not both")
        self.observer = Observer(self.plan)

    def run(self) -> Run:
        """Train to the end."""
        steps = self.steps or 0
        self.observer.look(self.step, self.engine.state())
        with following(steps, self.step, self.progress) as self.seen:
            while self.step < steps and not self.stopped:
                self._part(steps)
                self._save_if_due()
        if self.checkpoint is not None and self.checkpoint.last_step != self.step:
            self.checkpoint.save(self)
        if self.within:  # the last epoch isn't whole: the steps were counted
            self._look(self._epoch_ended())
        if self.best_state is not None:
            self.engine.restore(self.best_state)
        else:
            self._refuse_growth(1)
        self.stopped = self.stopped or f"all {steps} steps made"
        return self.result()

    def _part(self, steps: int) -> None:
        """One epoch; of a full batch, so many steps at once."""
        losses = self._full_batch(steps) if self.batches is None else self._epoch(steps)
        if losses is not None:
            self._look(losses)

    def _epoch(self, steps: int) -> np.ndarray | None:
        """The losses of an epoch, or of what is left of it; None if it isn't over."""
        assert self.batches is not None
        self.shuffled_from = self.batches.state
        for rows in self.batches.epoch(self.within):
            made = 0
            while made < len(rows):
                count = min(len(rows) - made, steps - self.step, self._ahead())
                if count == 0:
                    return None
                done = self._advance(rows[made : made + count], count)
                self.within += len(done.losses)
                made += count
                if done.ended:
                    return self._epoch_ended()
                if made < len(rows):
                    self._save_if_due()
                    if self.seen is not None:
                        self._show(float(np.mean(self._of_this_epoch())))
        return self._epoch_ended()

    def _epoch_ended(self) -> np.ndarray:
        """The epoch's losses; another one begins."""
        losses = self._of_this_epoch()
        self.epoch_losses.append(float(np.mean(losses)))
        self.epoch += 1
        self.within = 0
        return losses

    def _of_this_epoch(self) -> np.ndarray:
        """The losses of the epoch so far, which may have been made by two runs."""
        found: list[np.ndarray] = []
        left = self.within
        for losses in reversed(self.losses):
            found.append(losses[-left:])
            left -= len(losses)
            if left <= 0:
                break
        return np.concatenate(found[::-1])

    def _ahead(self) -> int:
        """How many steps to make before one looks at the clock."""
        ahead = None if self.checkpoint is None else self.checkpoint.steps_ahead(self)
        ahead = sys.maxsize if ahead is None else ahead
        if self.engine.any_count and self.batches is not None:
            speed = self.step / self.seconds if self.seconds else 0.0
            often = _LOOK_SECONDS if self.seen is None else _BAR_SECONDS
            ahead = min(ahead, max(1, int(speed * often)))
        return ahead

    def _save_if_due(self) -> None:
        if self.checkpoint is not None and self.checkpoint.due(self.epoch):
            self.checkpoint.save(self)

    def keep(self, checkpoint: str | Checkpoints, resume: bool) -> None:
        """Save the training as it goes, or go on from where it was saved."""
        self.fingerprint = fingerprint(
            self.plan,
            self.engine,
            learning_rate=self.learning_rate,
            held_out=None if self.validation is None else self.validation.data,
            shuffle=self.shuffle,
            seed=self.seed,
            patience=self.patience,
            min_delta=self.min_delta,
            target_loss=self.target_loss,
        )
        self.checkpoint = (
            Checkpoints(checkpoint) if isinstance(checkpoint, str) else checkpoint
        )
        if self.engine.processes > 1 and self.checkpoint.seconds is not None:
            raise ClearpropError(
                f"{self.engine.processes} processes train together, and their clocks "
                "differ: save by epochs, with Checkpoints(path, seconds=None, epochs=1)"
            )
        self.checkpoint.begin(self, resume)

    def _full_batch(self, steps: int) -> np.ndarray:
        """A part of a full-batch training: each step is an epoch of its own."""
        self.part = self.part or -(-steps // _PARTS)
        part = 1 if self.validation is not None else self.part
        count = min(part, steps - self.step, self._ahead())
        before = self.engine.state() if self.target_loss is not None else None
        spent = self.seconds
        done = self._advance(None, count, before)
        # processes that train together make the same parts, whatever their clocks say
        if self.seconds - spent < _PART_SECONDS and self.engine.processes == 1:
            self.part *= 2
        self.epoch_losses += done.losses.tolist()
        self.epoch += len(done.losses)
        return done.losses

    def _advance(
        self,
        rows: np.ndarray | None,
        count: int,
        before: dict[str, np.ndarray] | None = None,
    ) -> Steps:
        began = time.perf_counter()
        used = rates(self.learning_rate, self.step, count)
        done = self.engine.run(rows, used)
        if before is not None and self.target_loss is not None:
            reached = np.flatnonzero(done.losses <= self.target_loss)
            if len(reached) and reached[0] + 1 < len(done.losses):
                # too far: once more, up to the step that reached it
                used = used[: reached[0] + 1]
                self.engine.restore(before)
                done = self.engine.run(rows, used)
        self.seconds += time.perf_counter() - began
        self.step += len(done.losses)
        self.last_rows = None if rows is None else rows[len(done.losses) - 1]
        self.ended = done.ended
        self.losses.append(done.losses)
        self.used_rates.append(used[: len(done.losses)])
        for name, values in done.records.items():
            self.records.setdefault(name, []).append(values)
        return done

    # -- between parts -----------------------------------------------------------------

    def _look(self, losses: np.ndarray) -> None:
        """Whether to stop, and what to say to those who watch."""
        if self.ended:
            self._ended(losses[-1])
        self._refuse_growth(3)
        found = None
        if self.validation is not None:
            found = self.validation.loss(
                self.bound, self.params(), self.plan.per_example
            )
            if not np.isfinite(found):
                refuse_strange(self.validation.data, "the validation data: ")
            self.validation_losses.append(found)
            self._compare(found)
        if self.target_loss is not None and self.epoch_losses[-1] <= self.target_loss:
            self.stopped = (
                f"the loss reached {self.target_loss:g} after {self.step} steps"
            )
        self.observer.maybe(self.step, self.engine, self.seconds)
        now = self._show(self.epoch_losses[-1])
        if self.on_epoch is not None:
            self.stopped = self.on_epoch(now) or self.stopped

    def _show(self, loss: float) -> Progress:
        """Tell those who watch how far it is."""
        held = self.validation_losses
        now = Progress(
            self.epoch,
            self.epochs,
            self.step,
            self.steps or 0,
            loss,
            held[-1] if held else None,
            self.seconds,
            self.engine.name,
        )
        if self.seen is not None:
            self.seen(now)
        return now

    def _compare(self, found: float) -> None:
        if found < self.best - self.min_delta:
            self.best, self.best_epoch = found, self.epoch
            if self.patience is not None:
                self.best_state = self.engine.state()
        elif (
            self.patience is not None and self.epoch - self.best_epoch >= self.patience
        ):
            self.stopped = (
                f"no lower validation loss for {self.patience} epochs; the parameters "
                f"are those of epoch {self.best_epoch}"
            )

    def _refuse_growth(self, epochs: int) -> None:
        """Stop where the loss has grown, and stays so for so many epochs."""
        what = grown(
            self.plan, self.losses, self._loss_before, self.epoch_losses[-epochs:],
            self.engine,
        )  # fmt: skip
        if what:
            self._diverged(f"{what} by step {self.step - 1}")

    def _loss_before(self) -> float:
        if self.before is None:
            self.before = loss_before(self.plan)
        return self.before

    def _ended(self, loss: float) -> None:
        """The loss of the last step, or a gradient, was not finite."""
        at = f"at step {self.step - 1}"
        if np.isfinite(loss):
            what = infinite(self.plan, self.engine.state(), self.last_rows)
            self._diverged(f"{what} {at}, where the loss is {loss:.4g}", slope=True)
        self._diverged(f"the loss is {loss} {at}")

    def _diverged(self, what: str, slope: bool = False) -> None:
        self.stopped = f"diverged: {what}"
        raise DivergenceError(
            told(
                self.plan, what, self.step, self.used_rates[-1][-1], self.last_rows,
                slope,
            ),
            self.result(),
        )  # fmt: skip

    # -- what there is at the end ------------------------------------------------------

    def params(self) -> Any:
        """The parameters as they are, nested as they came in."""
        return self.bound.trained(self.plan, self.engine.state())

    def result(self) -> Run:
        """The run so far."""
        state = self.engine.state()
        history: dict[str, Any] = {
            "loss": np.concatenate(self.losses),
            "epoch_loss": np.array(self.epoch_losses),
            "learning_rate": np.concatenate(self.used_rates),
        }
        if self.validation is not None:
            history["validation_loss"] = np.array(self.validation_losses)
        self.observer.look(self.step, state)
        history |= self.observer.history()
        for name, parts in self.records.items():
            history[name] = _joined(parts)
        shapes = {p.label: p.value.shape for p in self.plan.parameters}
        return Run(
            params=self.bound.trained(self.plan, state),
            history=history,
            engine=self.engine.name,
            stopped=self.stopped,
            steps=self.step,
            epochs=self.epoch,
            seconds=self.seconds,
            parameters={
                p.label: state[str(i)] for i, p in enumerate(self.plan.parameters)
            },
            recorded=[r.name for r in self.plan.recorded],
            targets=targets(self.plan),
            remarks=remarks(history, shapes),
        )


def _joined(parts: list[Any]) -> Any:
    arrays = all(isinstance(p, np.ndarray) for p in parts)
    if arrays and len({p.shape[1:] for p in parts}) == 1:
        return np.concatenate(parts)
    return [value for part in parts for value in part]


def _refuse_unknown(optimizer: str, constants: Mapping[str, Any]) -> None:
    """A misspelled option is no constant of the update rule."""
    known = {key for table in DEFAULTS.values() for key in table}
    options = [n for n in train.__annotations__ if n not in ("return", "constants")]
    for name in constants:
        if name not in known:
            from difflib import get_close_matches

            near = [_ALSO[name]] if name in _ALSO else []
            near = near or get_close_matches(name, [*options, *known], 1)
            hint = f": is {near[0]} meant?" if near else ""
            raise ClearpropError(f"train has no option {name!r}{hint}")


__all__ = ["Loop", "Progress", "train"]
