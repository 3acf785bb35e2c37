"""The proof is only worth what it catches: mutants of written backward passes."""

import itertools
import re
import tracemalloc

import numpy as np
import pytest

import clearprop
from clearprop.errors import ClearpropWarning, ProofError
from clearprop.prove import Prover, fresh
from clearprop.trace.arguments import arguments_at


def network(X, Y, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    scores = h @ W2 + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    return -np.sum(Y * np.log(probs)) / X.shape[0] + 0.005 * np.sum(W1**2)


def arguments(rng):
    Y = np.eye(3)[rng.integers(0, 3, size=6)]
    shapes = [(4, 5), (5,), (5, 3), (3,)]
    return rng.normal(size=(6, 4)), Y, *(rng.normal(size=s) for s in shapes)


MUTANTS = [
    (r"dscores = \(probs - Y\)", "dscores = (probs + Y)"),
    (r" / X\.shape\[0\]", ""),
    (r"probs - Y", "probs * (1 - probs)"),
    (r"1 - h\*\*2", "1 - h"),
    (r" \* \(1 - h\*\*2\)", ""),
    (r"W2\.T", "(2 * W2.T)"),
    (r"dscores\.sum\(axis=0\)", "dscores.mean(axis=0)"),
    (r"0\.01 \* W1", "0.02 * W1"),
    (r" \+ 0\.01 \* W1", ""),
    (r"h\.T @", "-h.T @"),
    (r'"b2": db2', '"b2": 1.001 * db2'),
    (r'"W1": dW1', '"W1": dW1.T.reshape(dW1.shape)'),
]


@pytest.mark.parametrize("pattern, replacement", MUTANTS)
def test_a_wrong_backward_pass_is_never_shown(pattern, replacement):
    args = arguments(np.random.default_rng(0))
    wrt = ("W1", "b1", "W2", "b2")
    backward = clearprop.derive(network, *args, wrt=wrt)
    text = re.sub(pattern, replacement, backward.source)
    assert text != backward.source, f"nothing to mutate in\n{text}"
    namespace = {}
    exec(text, namespace)

    def run(values):
        positional, keywords, captured = arguments_at(backward.trace, values)
        found = namespace[backward.name](*positional, **keywords, **captured)
        return {leaf.node: found[leaf.label] for leaf in backward.wanted}

    with pytest.raises(ProofError, match="disagrees"):
        Prover(backward.trace, backward.wanted, run).prove()


def test_a_value_from_outside_the_trace_is_caught():
    counter = itertools.count(1)

    def forward(x):
        return np.sum(x**2) * next(counter)

    with pytest.raises(ProofError, match="other numbers"):
        clearprop.derive(forward, np.array([1.0, 2.0]))


def test_fresh_numbers_keep_the_evident_structure():
    rng = np.random.default_rng(0)
    onehot = np.eye(4)[[0, 2, 1]]
    assert fresh(onehot, rng, 1.0) is onehot
    rows = fresh(np.array([[0.2, 0.8], [0.5, 0.5]]), rng, 1.0)
    assert np.allclose(rows.sum(1), 1) and (rows > 0).all()
    assert (fresh(np.array([0.1, 3.0, 20.0]), rng, 1.0) > 0).all()
    moved = fresh(np.array([0.0, 0.0, 0.0, -2.0]), rng, 1.0)
    assert (moved != [0, 0, 0, -2]).all()


def test_where_the_slope_is_infinite():
    with pytest.warns(ClearpropWarning, match="slope of root is infinite"):
        backward = clearprop.derive(root, np.array([0.0, 1.0]))
    assert backward(np.array([4.0, 1.0]))["x"] == pytest.approx([0.25, 0.5])


def root(x):
    return np.sum(np.sqrt(x))


def test_at_a_kink_the_policy_holds_and_other_numbers_prove():
    def forward(X, W, b):
        return np.sum(np.maximum(0, X @ W + b)) + np.sum(np.abs(W))

    args = np.ones((3, 2)), np.zeros((2, 4)), np.zeros(4)
    gradients = clearprop.derive(forward, *args)(*args)
    assert all((gradients[name] == 0).all() for name in ("X", "W", "b"))


def test_a_chain_of_ten_thousand_operations():
    def forward(x):
        for i in range(6700):
            x = np.tanh(x) if i % 2 else x * 1.0001 + 0.0001
        return np.sum(x)

    x = np.array([0.3, -0.2])
    backward = clearprop.derive(forward, x)
    h = 1e-6
    for i in range(2):
        step = h * np.eye(2)[i]
        slope = (forward(x + step) - forward(x - step)) / (2 * h)
        # 10,000 roundings in the forward pass, divided by 2e-6
        assert backward(x)["x"][i] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_a_proof_takes_ten_times_float32_weights_at_most() -> None:
    """In float64: values, gradients, a direction and the values moved along it.

    That is eight times; one more for what the tracing leaves to the garbage collector.
    """
    peaks = []
    for sizes in ([5, 8, 10], [600, 1000, 10]):  # the first imports what is needed
        made = clearprop.mlp(sizes, hidden="relu", output="softmax", dtype=np.float32)
        x = np.random.default_rng(0).normal(size=(4, sizes[0])).astype(np.float32)
        tracemalloc.start()
        try:
            clearprop.derive(made.forward, x, np.arange(4), *made.params.values())
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # beside them a batch and the graph, about a fiftieth of these weights
    assert peaks[-1] <= 10 * sum(w.nbytes for w in made.params.values())
