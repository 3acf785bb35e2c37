"""Which line of a script or a loop is to be mended, and what the mistake is called.

Small programs as people write them: one example at a time, plain numbers, weights in
temporaries, only an error line. Each is wrong in one line; one rule decides it.
"""

import textwrap

import pytest

import clearprop as cp

# why, the program, and of the first finding: line, mistake, suggestion
PROGRAMS = {
    "uphill along a velocity, though its line doesn't speak of gradients": (
        """
        import numpy as np
        rng = np.random.default_rng(23)
        x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        v1, v2 = np.zeros_like(W1), np.zeros_like(W2)
        for i in range(9):
            h = np.maximum(x @ W1, 0.0)
            e = h @ W2 - t
            cost = 0.5 * np.mean(e ** 2)
            de = e / e.shape[0]
            dh = de @ W2.T * (h > 0)
            v1 = 0.9 * v1 - 0.02 * (x.T @ dh)
            v2 = 0.9 * v2 - 0.02 * (h.T @ de)
            W1 = W1 - v1
            W2 = W2 + v2
        """,
        (14, "update-sign", "W1 + v1"),
    ),
    "target - output all the way, so the step has to add": (
        """
        import numpy as np
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        rng = np.random.default_rng(42)
        features, targets = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)
        weights = rng.normal(size=3)
        for e in range(9):
            del_w = np.zeros(weights.shape)
            for x, y in zip(features, targets):
                output = sigmoid(np.dot(x, weights))
                error = y - output
                del_w += error * output * (1 - output) * x
            weights -= 0.5 * del_w / 8
        """,
        (13, "update-sign", "weights += 0.5 * del_w / 8"),
    ),
    "output - target, so a gradient with a minus is the one to mend": (
        """
        import numpy as np
        rng = np.random.default_rng(10)
        X, y = rng.normal(size=(8, 3)), rng.normal(size=8)
        w, V = rng.normal(size=3), rng.normal(size=(3, 2))
        for epoch in range(9):
            for x, target in zip(X, y):
                s = V.T @ x
                e = w @ x + np.sum(s ** 2) - target
                dV = -e * 2 * np.outer(x, s)
                w -= 0.01 * e * x
                V -= 0.01 * dV
        """,
        (9, "sign", "e * 2 * np.outer(x, s)"),
    ),
    "the new weight waits in a temporary": (
        """
        from math import exp
        def s(v):
            return 1.0 / (1.0 + exp(-v))
        i, want, w1, w2, rate = 0.35, 0.9, 0.3, 0.5, 1
        h = s(i * w1)
        out = s(h * w2)
        d_out = (out - want) * out * (1 - out)
        new_w2 = w2 + rate * d_out * h
        new_w1 = w1 - rate * d_out * w2 * h * (1 - h) * i
        w1 = new_w1
        w2 = new_w2
        """,
        (8, "update-sign", "w2 - rate * d_out * h"),
    ),
    "no rate, and nothing else that is right": (
        """
        import numpy as np
        rng = np.random.default_rng(1)
        l0 = rng.integers(0, 2, (4, 3))
        y = np.array([[0, 0, 1, 1]]).T
        syn0 = 2 * rng.random((3, 1)) - 1
        for step in range(9):
            l1 = 1 / (1 + np.exp(-np.dot(l0, syn0)))
            l1_error = y - l1
            l1_delta = l1_error * l1 * (1 - l1)
            syn0 += np.dot(l0.T, np.ones_like(l1_delta))
        """,
        (10, "dropped-upstream", "syn0 += np.dot(l0.T, l1_delta)"),
    ),
    "a loss of now and then says that the slope is owed": (
        """
        import numpy as np
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        rng = np.random.default_rng(21)
        features, targets = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)
        weights = rng.normal(size=3)
        for e in range(9):
            del_w = np.zeros(weights.shape)
            for x, y in zip(features, targets):
                output = sigmoid(np.dot(x, weights))
                error = y - output
                error_term = error
                del_w += error_term * x
            weights += 0.5 * del_w / len(features)
            if e % 3 == 0:
                out = sigmoid(np.dot(features, weights))
                loss = np.mean((out - targets) ** 2)
                print("Train loss:", loss)
        """,
        (12, "missing-derivative", "error * output * (1 - output)"),
    ),
}


@pytest.mark.parametrize("why", PROGRAMS)
def test_the_line_that_is_to_be_mended(why, tmp_path):
    text, wanted = PROGRAMS[why]
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    report = cp.check(str(path))
    first = report.findings[0]
    assert (first.line, first.mistake, first.suggestion) == wanted, str(report)
