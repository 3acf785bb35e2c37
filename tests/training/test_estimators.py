"""The estimators are what scikit-learn calls one, and they learn."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import clearprop as cp

SMALL = {"hidden_layer_sizes": (20,), "learning_rate_init": 0.01, "random_state": 0}
unsettled = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@unsettled
@parametrize_with_checks(
    [cp.ClearpropClassifier(**SMALL), cp.ClearpropRegressor(**SMALL)]
)
def test_it_is_an_estimator(estimator, check):
    check(estimator)


# --- learning -------------------------------------------------------------------------


@unsettled
def test_digits_held_out():
    X, y = load_digits(return_X_y=True)
    split = train_test_split(X.astype(np.float32), y, random_state=0, stratify=y)
    train_x, test_x, train_y, test_y = split
    network = cp.ClearpropClassifier(
        (64,), learning_rate_init=3e-3, batch_size=32, max_iter=30, random_state=0
    )
    model = make_pipeline(MinMaxScaler(), network).fit(train_x, train_y)
    assert model.score(test_x, test_y) >= 0.97
    assert {w.dtype for w in network.coefs_} == {np.dtype(np.float32)}
    assert [w.shape for w in network.coefs_] == [(64, 64), (64, 10)]
    assert [b.shape for b in network.intercepts_] == [(64,), (10,)]
    np.testing.assert_allclose(model.predict_proba(test_x).sum(axis=1), 1, rtol=1e-5)


@unsettled
def test_without_hidden_layers_it_is_logistic_regression():
    """The same convex problem, alpha/2·‖W‖²/n beside the mean loss, solved twice."""
    X, y = load_iris(return_X_y=True)
    X, y = StandardScaler().fit_transform(X[50:]), y[50:]
    alpha = 1.0
    network = cp.ClearpropClassifier(
        (), solver="sgd", alpha=alpha, batch_size=100, learning_rate_init=0.3,
        max_iter=2000, tol=0, n_iter_no_change=2000, random_state=0,
    ).fit(X, y)  # fmt: skip
    known = LogisticRegression(C=1 / alpha, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(network.coefs_[0].T, known.coef_, rtol=1e-5)
    np.testing.assert_allclose(network.intercepts_[0], known.intercept_, rtol=1e-5)


@unsettled
def test_without_hidden_layers_it_is_ridge_regression():
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    network = cp.ClearpropRegressor(
        (), solver="sgd", alpha=20.0, batch_size=len(X), learning_rate_init=0.2,
        max_iter=1500, tol=0, n_iter_no_change=1500, random_state=0,
    ).fit(X, y)  # fmt: skip
    known = Ridge(alpha=20.0).fit(X, y)
    np.testing.assert_allclose(network.coefs_[0][:, 0], known.coef_, rtol=1e-5)
    np.testing.assert_allclose(network.predict(X), known.predict(X), rtol=1e-5)


@unsettled
@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_same_steps_as_scikit_learn_from_the_same_weights(
    solver, nesterov, monkeypatch
):
    """Batch, loss, decay and rule mean what they mean in MLPClassifier."""
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    same = {
        "hidden_layer_sizes": (5,), "activation": "tanh", "solver": solver,
        "alpha": 0.5, "batch_size": 50, "learning_rate_init": 0.05, "max_iter": 20,
        "shuffle": False, "nesterovs_momentum": nesterov, "random_state": 0,
        "epsilon": 1e-30,  # they add it before the second moment's correction
    }  # fmt: skip
    begun = cp.mlp([4, 5, 3], hidden="tanh", output="softmax", dtype=np.float64).params
    weights = [np.array(begun[name]) for name in ("W1", "W2")]

    def coefs(self, n_in, n_out, *rest):
        found = next(w for w in weights if w.shape == (n_in, n_out))
        return found.copy(), np.zeros(n_out)

    monkeypatch.setattr(MLPClassifier, "_init_coef", coefs)
    monkeypatch.setattr(
        "clearprop.training.mlp.initial_weights", lambda *rest: dict(begun)
    )
    ours = cp.ClearpropClassifier(**same).fit(X, y)
    theirs = MLPClassifier(**same).fit(X, y)
    for found, known in zip(ours.coefs_, theirs.coefs_):
        np.testing.assert_allclose(found, known, rtol=1e-9, atol=1e-12)


@unsettled
def test_two_classes_have_one_output_and_their_names():
    X, y = load_iris(return_X_y=True)
    X, names = X[:100], np.array(["round", "long"])[y[:100]]
    network = cp.ClearpropClassifier(**SMALL).fit(X, names)
    assert network.out_activation_ == "sigmoid"
    assert network.n_outputs_ == 1
    assert network.classes_.tolist() == ["long", "round"]
    assert network.score(X, names) == 1
    found = network.predict_proba(X)
    assert found.shape == (100, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@unsettled
def test_several_labels_for_each_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = (X @ rng.normal(size=(3, 2)) > 0).astype(int)
    network = cp.ClearpropClassifier(**SMALL).fit(X, y)
    assert network.predict(X).shape == (200, 2)
    assert np.mean(network.predict(X) == y) > 0.95


@unsettled
def test_several_numbers_for_each_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ rng.normal(size=(3, 2))
    network = cp.ClearpropRegressor(**SMALL).fit(X, y)
    assert network.predict(X).shape == (200, 2)
    assert network.score(X, y) > 0.95


@pytest.mark.parametrize("kind", [cp.ClearpropClassifier, cp.ClearpropRegressor])
def test_same_random_state_same_network(kind):
    X, y = load_iris(return_X_y=True)
    small = {**SMALL, "max_iter": 3, "early_stopping": True}
    with pytest.warns(ConvergenceWarning, match="after max_iter=3 epochs"):
        one, two = (kind(**small).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.coefs_[0], two.coefs_[0])


# --- beside the rest of scikit-learn --------------------------------------------------


@unsettled
def test_pipeline_grid_search_and_cross_validation():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(
        StandardScaler(), cp.ClearpropClassifier(**SMALL, max_iter=80)
    )
    search = GridSearchCV(
        model,
        {
            "clearpropclassifier__activation": ["relu", "gelu"],
            "clearpropclassifier__hidden_layer_sizes": [(8,), (8, 8)],
        },
        cv=2,
    ).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(search.best_estimator_, X, y, cv=3).mean() > 0.9


@unsettled
def test_clone_and_pickle():
    X, y = load_iris(return_X_y=True)
    network = cp.ClearpropClassifier(**SMALL, max_iter=3, alpha=0.1).fit(X, y)
    fresh = clone(network)
    assert fresh.get_params() == network.get_params()
    assert not hasattr(fresh, "network_")
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(again.predict_proba(X), network.predict_proba(X))


# --- when it ends ---------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_it_ends_when_the_loss_has_settled():
    X, y = load_iris(return_X_y=True)
    network = cp.ClearpropClassifier(**SMALL, tol=0.05, n_iter_no_change=4).fit(X, y)
    curve = np.array(network.loss_curve_)
    assert network.n_iter_ == len(curve) < 200
    assert (curve[-5:] > curve[:-5].min() - 0.05).all()
    assert network.loss_ == curve[-1]


@pytest.mark.filterwarnings("error")
def test_early_stopping_keeps_the_best_parameters():
    """Noise for labels: what is learned makes the held-out loss worse."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 20)), rng.integers(0, 2, 120)
    network = cp.ClearpropClassifier(
        (50,), learning_rate_init=0.01, early_stopping=True, n_iter_no_change=5,
        validation_fraction=0.4, random_state=0, alpha=0,
    ).fit(X, y)  # fmt: skip
    assert 5 < network.n_iter_ < 200
    curve = network.validation_curve_
    best = int(np.argmin(curve))  # then five epochs of patience, and one too many
    assert network.n_iter_ == len(curve) == best + 1 + 5 + 1


# --- what can't be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"activation": "rleu"}, "hidden='rleu' is unknown: did you mean 'relu'?"),
        ({"hidden_layer_sizes": (0,)}, "0 is no positive whole number"),
        ({"solver": "lbfgs"}, "use 'adam' or 'sgd'"),
        ({"solver": "adma"}, "optimizer='adma' is unknown"),
        ({"batch_size": "small"}, "use 'auto' or a positive whole number"),
        ({"batch_size": 0}, "use 'auto' or a positive whole number"),
        ({"engine": "steam"}, "engine='steam' is unknown"),
    ],
)
def test_wrong_parameters_are_one_sentence(given, says):
    with pytest.raises(cp.ClearpropError) as error:
        cp.ClearpropClassifier(**given).fit(np.eye(4), [0, 1, 0, 1])
    assert says in str(error.value)


def test_one_class_only():
    with pytest.raises(ValueError, match="y holds one class only, a:"):
        cp.ClearpropClassifier().fit(np.eye(2), ["a", "a"])


def test_without_scikit_learn_it_says_what_to_install():
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import clearprop as cp\n"
        "from clearprop import *\n"
        "try:\n    cp.ClearpropClassifier\n"
        "except cp.ClearpropError as error:\n    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'clearprop[sklearn]'" in run.stdout


def test_clearprop_alone_imports_no_scikit_learn():
    program = (
        "import sys, clearprop as cp\n"
        "cp.mlp, cp.train\n"
        "print('sklearn' in sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"
