"""Which line is to be mended, where more than one could be: one rule, one program."""

import textwrap

import pytest

import clearprop as cp

# why, the program, and of the first finding: line, mistake, suggestion
PROGRAMS = {
    "a line before the one that is a gradient": (
        """
        import numpy as np
        rng = np.random.default_rng(1)
        x, y = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
        W = rng.normal(size=(4, 3))
        for step in range(5):
            scores = x @ W
            e = np.exp(scores)
            probs = e / e.sum(axis=1, keepdims=True)
            loss = -np.mean(np.log(probs[np.arange(6), y]))
            dscores = probs.copy()
            dscores[np.arange(6), y] -= 2
            dscores /= 6
            W -= 0.5 * x.T @ dscores
        """,
        (12, "scale", "dscores[np.arange(6), y] -= 1"),
    ),
    "a line that moves a part of a weight": (
        """
        import numpy as np
        rng = np.random.default_rng(2)
        X, y = rng.normal(size=(9, 2)), rng.normal(size=9)
        w, rate = rng.normal(size=3), 0.01
        for step in range(5):
            out = X @ w[1:] + w[0]
            error = y - out
            loss = 0.5 * (error ** 2).sum()
            w[1:] -= rate * X.T @ error
            w[0] += rate * error.sum()
        """,
        (10, "update-sign", "w[1:] += rate * X.T @ error"),
    ),
    "a layer's own line, and not the loop that takes what every layer returns": (
        """
        import numpy as np
        class Dense:
            def __init__(self, n, m):
                self.W = rng.normal(size=(n, m))
            def forward(self, x):
                self.x = x
                return x @ self.W
            def backward(self, grad):
                back = grad @ self.W.T
                self.W -= 0.05 * self.x.T @ grad
                return back
        class Leaky:
            def forward(self, x):
                self.sizes = np.abs(x)
                return np.where(x > 0, x, 0.1 * x)
            def backward(self, grad):
                return grad * np.exp(-self.sizes)
        rng = np.random.default_rng(5)
        x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
        net = [Dense(3, 4), Leaky(), Dense(4, 5), Leaky(), Dense(5, 2)]
        for step in range(5):
            out = x
            for layer in net:
                out = layer.forward(out)
            loss = 0.5 * np.sum((out - y) ** 2)
            grad = out - y
            for layer in reversed(net):
                grad = layer.backward(grad)
        """,
        (18, "unknown", None),
    ),
    "the same rate twice, as a plain number": (
        """
        import numpy as np
        rng = np.random.default_rng(3)
        x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
        w, b = rng.normal(size=(2, 1)), np.zeros(1)
        def fit(w, b, rate):
            for step in range(5):
                out = x @ w + b
                loss = np.mean((out - y) ** 2)
                dout = 2 * (out - y) / len(y)
                dw = x.T @ dout
                db = dout.sum(axis=0)
                w = w - rate * rate * dw
                b = b - rate * db
            return w, b
        fit(w, b, 0.1)
        """,
        (13, "scale", "w - rate * dw"),
    ),
    "a constant that an L2 term hides": (
        """
        import numpy as np
        rng = np.random.default_rng(4)
        x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
        W, b, reg = rng.normal(size=(3, 2)), np.zeros(2), 0.1
        for step in range(5):
            out = x @ W + b
            loss = np.sum((out - y) ** 2) / len(x) + reg * np.sum(W ** 2)
            dout = 2 * (out - y)
            dW = x.T @ dout + 2 * reg * W
            db = dout.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
        """,
        (9, "scale", "2 * (out - y) / y.shape[0]"),
    ),
    "an upstream gradient leaves no sign open": (
        """
        import numpy as np
        def tanh_forward(x):
            out = np.tanh(x)
            return out, out
        def tanh_backward(dout, out):
            return -dout * (1 - out ** 2)
        """,
        (7, "sign", "return dout * (1 - out ** 2)"),
    ),
    "what a backward function returns, and not the line that takes it": (
        """
        import numpy as np

        rng = np.random.default_rng(2)
        C = 3
        x = rng.normal(size=(2 * C, 20))
        y = np.sin(x[:2])
        W = 0.4 * rng.normal(size=(C, C))
        V = 0.4 * rng.normal(size=(2, 2 * C))
        U = 0.4 * rng.normal(size=(2 * C, 2 * C))


        def coupling_forward(x):
            x1, x2 = x[:C], x[C:]
            t = np.tanh(W @ x1)
            return np.concatenate([x1, x2 + t]), (x1, t)


        def coupling_backward(dy, cache):
            x1, t = cache
            dy1, dy2 = dy[:C], dy[C:]
            dt = dy2 * (1 - t**2)
            dW = dt @ x1.T
            dx1 = dy1 + W.T @ dt
            dx2 = dy2
            return np.concatenate([dy[:C], dy[:C]]), dW


        for step in range(200):
            u = np.tanh(U @ x)
            h, cache = coupling_forward(u)
            out = V @ h
            loss = 0.5 * np.sum((out - y) ** 2)
            dout = out - y
            dV = dout @ h.T
            dh = V.T @ dout
            du, dW = coupling_backward(dh, cache)
            dU = (du * (1 - u**2)) @ x.T
            V -= 0.01 * dV
            W -= 0.01 * dW
            U -= 0.01 * dU
        """,
        (26, "unknown", None),
    ),
}


@pytest.mark.parametrize("why", PROGRAMS)
def test_the_line_the_mistake_and_the_mend(why, tmp_path):
    program, expected = PROGRAMS[why]
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program), encoding="utf-8")
    report = cp.check(str(path))
    assert report.verdict == "wrong"
    assert report.findings
    first = report.findings[0]
    assert (first.line, first.mistake, first.suggestion) == expected
