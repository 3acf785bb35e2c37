"""Dense networks as scikit-learn's estimators: fit, predict, pipelines, grid search.

What scikit-learn asks of an estimator is here; the network comes from ``mlp``, the
training from ``train``. The parameters have the names and the meaning that they have in
scikit-learn's own ``MLPClassifier`` and ``MLPRegressor``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.loop import Progress, train
from clearprop.training.mlp import mlp

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
except ImportError as missing:
    raise ClearpropError(
        "the estimators need scikit-learn 1.6 or newer: "
        "pip install 'clearprop[sklearn]'"
    ) from missing

_DTYPES = (np.float64, np.float32)


class _Network(BaseEstimator):  # type: ignore[misc]
    """What both estimators have in common: their parameters, and the training."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate_init: Any = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        engine: str = "auto",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.engine = engine

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The weights of each layer: (inputs, outputs)."""
        return [w for name, w in self.network_.params.items() if name[0] == "W"]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The biases of each layer."""
        return [b for name, b in self.network_.params.items() if name[0] == "b"]

    def _train(
        self, X: np.ndarray, t: np.ndarray, outputs: int, stratify: bool, **network: str
    ) -> None:
        """Fit a network with so many outputs to the targets ``t``."""
        hidden = self.hidden_layer_sizes
        layers = list(hidden) if isinstance(hidden, Iterable) else [hidden]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        net = mlp(
            [X.shape[1], *layers, outputs],
            hidden=self.activation,
            seed=seed,
            dtype=X.dtype,
            **network,
        )
        held_out = None
        if self.early_stopping:
            X, held_x, t, held_t = train_test_split(
                X,
                t,
                test_size=self.validation_fraction,
                random_state=seed,
                stratify=t if stratify else None,
            )
            held_out = {"x": held_x, "t": held_t}
        batch = self._batch(len(X))
        # scikit-learn waits for one more epoch than n_iter_no_change, which may be inf
        patience = min(self.n_iter_no_change, self.max_iter) + 1
        optimizer, constants = self._optimizer()
        run = train(
            net,
            data={"x": X, "t": t},
            learning_rate=self.learning_rate_init,
            epochs=self.max_iter,
            batch_size=batch,
            optimizer=optimizer,
            l2=self.alpha / batch,
            shuffle=self.shuffle,
            seed=seed,
            validation=held_out,
            patience=patience if self.early_stopping else None,
            min_delta=self.tol if self.early_stopping else 0.0,
            on_epoch=None if self.early_stopping else _Settled(self),
            engine=self.engine,
            **constants,
        )
        if run.epochs == self.max_iter:
            warnings.warn(
                f"the training was still going on after max_iter={self.max_iter} "
                "epochs: allow more, or a larger tol",
                ConvergenceWarning,
                stacklevel=3,
            )
        net.params = run.params
        self.network_ = net
        self.engine_ = run.engine
        self.loss_ = run.loss
        self.loss_curve_ = run.history["epoch_loss"].tolist()
        self.validation_curve_ = (
            run.history["validation_loss"].tolist() if self.early_stopping else None
        )
        self.n_iter_ = run.epochs
        self.n_layers_ = len(net.sizes)
        self.n_outputs_ = outputs
        self.out_activation_ = net.output

    def _batch(self, rows: int) -> int:
        """How many rows a batch has."""
        size = self.batch_size
        if isinstance(size, str) and size == "auto":
            return min(200, rows)
        if not isinstance(size, Integral) or size < 1:
            raise ClearpropError(
                f"batch_size={size!r} can't be: use 'auto' or a positive whole number"
            )
        return min(int(size), rows)

    def _optimizer(self) -> tuple[str, dict[str, Any]]:
        """Its name and constants for ``train``."""
        if self.solver == "lbfgs":
            raise ClearpropError(
                "solver='lbfgs' is not a rule for steps on batches: use 'adam' or 'sgd'"
            )
        if self.solver in ("adam", "adamw"):
            betas = {"beta1": self.beta_1, "beta2": self.beta_2}
            return self.solver, {**betas, "epsilon": self.epsilon}
        if self.solver == "sgd" and self.momentum:
            name = "nesterov" if self.nesterovs_momentum else "momentum"
            return name, {"momentum": self.momentum}
        return self.solver, {}

    def _output(self, X: Any) -> np.ndarray:
        """What the network says about each row."""
        check_is_fitted(self)
        dtype = self.network_.params["W1"].dtype
        found: np.ndarray = self.network_.predict(
            validate_data(self, X, dtype=dtype, reset=False)
        )
        return found


class _Settled:
    """Ends a training whose loss has stopped falling, as scikit-learn does."""

    def __init__(self, estimator: _Network) -> None:
        self.tol = estimator.tol
        self.patience = estimator.n_iter_no_change
        self.best = np.inf
        self.waited = 0

    def __call__(self, progress: Progress) -> str | None:
        self.waited = self.waited + 1 if progress.loss > self.best - self.tol else 0
        self.best = min(self.best, progress.loss)
        if self.waited <= self.patience:
            return None
        return (
            f"the loss fell by less than {self.tol:g} in each of more than "
            f"{self.patience} epochs"
        )


class ClearpropClassifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A dense network that tells classes apart, with cross-entropy as its loss.

    ``y`` holds a class for each row, or 0 and 1 for each of several labels.

    Parameters
    ----------
    hidden_layer_sizes
        Units of each hidden layer.
    activation
        Of the hidden layers: any name that ``clearprop.mlp`` knows, or one for each.
    solver
        ``"adam"``, ``"sgd"`` (with ``momentum`` and ``nesterovs_momentum``),
        ``"rmsprop"`` or ``"adamw"``.
    alpha
        L2: adds alpha/2·‖W‖² divided by the batch size to the loss.
    batch_size
        ``"auto"`` is 200, or all rows where there are fewer.
    learning_rate_init
        The learning rate, or a schedule (``clearprop.schedules``).
    max_iter
        At most so many epochs.
    shuffle, random_state
        Rows in another order in each epoch; the seed of it and of the first weights.
    tol, n_iter_no_change
        It ends when the loss has not fallen by ``tol`` for so many epochs.
    early_stopping, validation_fraction
        Look at the loss of rows held out instead, and keep the best parameters.
    beta_1, beta_2, epsilon
        Adam's constants.
    engine
        As in ``clearprop.train``; ``engine_`` says which one ran.
    """

    def fit(self, X: Any, y: Any) -> ClearpropClassifier:
        """Train on rows ``X`` (N, D) of classes ``y`` (N,)."""
        X, y = validate_data(self, X, y, dtype=_DTYPES, multi_output=True)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise ValueError(
                "y must hold one class for each row, or columns of 0 and 1"
            )
        self._by_label = kind == "multilabel-indicator"
        if self._by_label:
            self.classes_ = np.arange(y.shape[1])
            self._train(X, y.astype(X.dtype), y.shape[1], False, output="sigmoid")
            return self
        self.classes_, labels = np.unique(
            column_or_1d(y, warn=True), return_inverse=True
        )
        if len(self.classes_) == 1:
            raise ValueError(
                f"y holds one class only, {self.classes_[0]}: there is nothing to "
                "tell apart"
            )
        if len(self.classes_) == 2:
            self._train(X, labels.astype(X.dtype), 1, True, output="sigmoid")
        else:
            self._train(X, labels, len(self.classes_), True, output="softmax")
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class (N, classes), or of each label."""
        found = self._output(X)
        if found.shape[1] > 1 or self._by_label:
            return found
        return np.hstack([1 - found, found])

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row; 0 or 1 for each label."""
        found = self.predict_proba(X)
        if self._by_label:
            return (found > 0.5).astype(int)
        likeliest: np.ndarray = self.classes_[found.argmax(axis=1)]
        return likeliest

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class ClearpropRegressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A dense network that predicts numbers, with half the squared error as its loss.

    ``y`` holds a number for each row, or several. The parameters are those of
    ``ClearpropClassifier``.
    """

    def fit(self, X: Any, y: Any) -> ClearpropRegressor:
        """Train on rows ``X`` (N, D) with targets ``y``: (N,) or (N, outputs)."""
        X, y = validate_data(
            self, X, y, dtype=_DTYPES, multi_output=True, y_numeric=True
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        outputs = 1 if y.ndim == 1 else y.shape[1]
        self._train(X, y.astype(X.dtype), outputs, False, loss="half_squared_error")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The number of each row, (N,), or the numbers, (N, outputs)."""
        found = self._output(X)
        return found[:, 0] if self.n_outputs_ == 1 else found


__all__ = ["ClearpropClassifier", "ClearpropRegressor"]
