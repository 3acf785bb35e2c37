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
    "the same rate twice, in the function that gives a new weight": (
        """
        import numpy as np
        rng = np.random.default_rng(1)
        points = rng.uniform(0.4, 2, (9, 2))
        def step_gradient(b_current, m_current, points, learningRate):
            b_gradient = 0
            m_gradient = 0
            for x, y in points:
                b_gradient += -(2 / 9) * (y - (m_current * x + b_current))
                m_gradient += -(2 / 9) * x * (y - (m_current * x + b_current))
            new_b = b_current - learningRate * learningRate * b_gradient
            new_m = m_current - learningRate * m_gradient
            return [new_b, new_m]
        b, m = 0, 0
        for i in range(20):
            b, m = step_gradient(b, m, points, 0.1)
        """,
        (10, "scale", "b_current - learningRate * b_gradient"),
    ),
    "a rate twice, and not a label that is 1": (
        """
        import numpy as np
        rng = np.random.default_rng(8)
        samples = rng.normal(size=(10, 3))
        goals = np.where(samples[:, 0] > 0.2, 1.0, -1.0)
        w, bias, mu = np.zeros(3), 0.0, 0.01
        for epoch in range(9):
            for xi, di in zip(samples, goals):
                e = di - (w @ xi + bias)
                w += mu * mu * e * xi
                bias += mu * e
        """,
        (9, "scale", "w += mu * e * xi"),
    ),
    "the gradient isn't a factor, where all values are plain numbers": (
        """
        i1, target, w1, w5, alpha = 0.05, 0.01, 0.15, 0.4, 0.5
        out_h1 = w1 * i1
        out_o1 = w5 * out_h1
        E_total = 0.5 * (target - out_o1) ** 2
        dE_dout = -(target - out_o1)
        dE_dw5 = out_h1
        dE_dw1 = dE_dout * w5 * i1
        w1 -= alpha * dE_dw1
        w5 -= alpha * dE_dw5
        """,
        (6, "dropped-upstream", "out_h1 * dE_dout"),
    ),
    "the way back stops halfway, in a column that broadcasts": (
        """
        import numpy as np
        rng = np.random.default_rng(5)
        Wx, Wy, H = rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), {}
        for step in range(9):
            x, goal = rng.normal(size=(5, 3, 1)), rng.normal(size=(5, 2, 1))
            dWx, dWy, loss = np.zeros_like(Wx), np.zeros_like(Wy), 0
            for t in range(5):
                H[t] = np.tanh(Wx @ x[t])
                dy = Wy @ H[t] - goal[t]
                loss += 0.5 * np.sum(dy ** 2)
                dWy += dy
                dWx += (Wy.T @ dy * (1 - H[t] ** 2)) @ x[t].T
            Wx -= 0.1 * dWx
            Wy -= 0.1 * dWy
        """,
        (11, "dropped-upstream", "dWy += dy @ H[t].T"),
    ),
    "back through a weight, but for its bias row": (
        """
        import numpy as np
        rng = np.random.default_rng(6)
        X, T = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        U, V = rng.normal(size=(3, 4)), rng.normal(size=(5, 1))
        for epoch in range(9):
            H = np.tanh(X @ U)
            Hb = np.c_[np.ones(len(H)), H]
            Y = Hb @ V
            loss = 0.5 * np.sum((Y - T) ** 2)
            dY = Y - T
            dH = dY * (1 - H ** 2)
            V -= 0.1 * Hb.T @ dY
            U -= 0.1 * X.T @ dH
        """,
        (11, "dropped-upstream", "dY @ V[1:].T * (1 - H ** 2)"),
    ),
    "ones for a gradient, beside another one": (
        """
        import numpy as np
        rng = np.random.default_rng(7)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        A, B, C = (rng.normal(size=s) for s in ((3, 4), (4, 2), (4, 2)))
        for step in range(9):
            h = np.tanh(x @ A)
            p, q = h @ B, h @ C
            loss = 0.5 * np.sum((p - y) ** 2) + 0.5 * np.sum((q + y) ** 2)
            dp = p - y
            dq = q + y
            dh = (np.ones_like(dp) @ B.T + dq @ C.T) * (1 - h ** 2)
            A -= 0.01 * x.T @ dh
            B -= 0.01 * h.T @ dp
            C -= 0.01 * h.T @ dq
        """,
        (11, "dropped-upstream", "(dp @ B.T + dq @ C.T) * (1 - h ** 2)"),
    ),
    "a slope at an activation taken twice, of a step in time": (
        """
        import numpy as np
        rng = np.random.default_rng(9)
        W, V = rng.normal(size=(3, 4)), rng.normal(size=4)
        for step in range(9):
            x, goal = rng.normal(size=(5, 3)), rng.normal(size=5)
            hs, dW, dV, loss = np.zeros((6, 4)), np.zeros_like(W), np.zeros_like(V), 0
            for t in range(5):
                hs[t + 1] = np.tanh(x[t] @ W)
                dy = hs[t + 1] @ V - goal[t]
                loss += 0.5 * dy ** 2
                dV += dy * hs[t + 1]
                dz = dy * V * (1 - np.tanh(hs[t + 1]) ** 2)
                dW += np.outer(x[t], dz)
            W -= 0.1 * dW
            V -= 0.1 * dV
        """,
        (12, "derivative-at-wrong-point", "dy * V * (1 - hs[t + 1] ** 2)"),
    ),
    "a sign beside a weight that moves in a line of the same form": (
        """
        import numpy as np
        rng = np.random.default_rng(31)
        x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        v1, v2 = np.zeros_like(W1), np.zeros_like(W2)
        for i in range(9):
            h = np.tanh(x @ W1)
            e = h @ W2 - t
            cost = 0.5 * np.mean(e ** 2)
            de = e / e.shape[0]
            g2 = -h.T @ de
            g1 = x.T @ (de @ W2.T * (1 - h * h))
            v1 = 0.9 * v1 - 0.02 * g1
            v2 = 0.9 * v2 - 0.02 * g2
            W1 = W1 + v1
            W2 = W2 + v2
        """,
        (11, "sign", "h.T @ de"),
    ),
    "a sign after a line that is right as the others are": (
        """
        import numpy as np
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        rng = np.random.default_rng(32)
        x, target, learnrate = rng.normal(size=3), 0.6, 0.5
        w_in, w_out = rng.normal(size=(3, 2)), rng.normal(size=2)
        hidden = sigmoid(np.dot(x, w_in))
        output = sigmoid(np.dot(hidden, w_out))
        error = target - output
        output_error_term = error * output * (1 - output)
        hidden_error_term = output_error_term * w_out * hidden * (1 - hidden)
        delta_w_out = learnrate * output_error_term * hidden
        delta_w_in = -learnrate * hidden_error_term * x[:, None]
        """,
        (13, "sign", "learnrate * hidden_error_term * x[:, None]"),
    ),
    "the rate of a scalar, not the input that is a scalar too": (
        """
        from math import exp
        def s(v):
            return 1.0 / (1.0 + exp(-v))
        i, want, w1, w2, rate = 0.35, 0.9, 0.3, 0.5, 1
        h = s(i * w1)
        out = s(h * w2)
        d_out = (out - want) * out * (1 - out)
        new_w2 = w2 - rate * d_out * h
        d_h = d_out * w2 * h * (1 - h)
        new_w1 = w1 - 2 * (rate * d_h * i)
        w1 = new_w1
        w2 = new_w2
        """,
        (10, "scale", "w1 - rate * d_h * i"),
    ),
    "a sum over examples that is twice as large as its neighbour": (
        """
        import numpy as np
        rng = np.random.default_rng(1)
        points = rng.uniform(0.4, 2, (15, 2))
        def step_gradient(b, m, points, rate):
            db, dm, N = 0, 0, float(len(points))
            for x, y in points:
                db += -(2 / N) * (y - (m * x + b))
                dm += 2 * (-(2 / N) * x * (y - (m * x + b)))
            return [b - rate * db, m - rate * dm]
        b, m = 0, 0
        for i in range(20):
            b, m = step_gradient(b, m, points, 0.1)
        """,
        (8, "scale", "dm += -(2 / N) * x * (y - (m * x + b))"),
    ),
    "a layer's gradient, before one line moves all weights": (
        """
        import numpy as np
        rng = np.random.default_rng(3)
        X = rng.normal(size=(9, 3))
        We, be = rng.normal(size=(3, 2)), np.zeros(2)
        Wd, bd = rng.normal(size=(2, 3)), np.zeros(3)
        for step in range(9):
            code = np.tanh(X @ We + be)
            out = code @ Wd + bd
            loss = np.mean((out - X) ** 2)
            g = 2 * (out - X) / X.size
            gWd, gbd = code.T @ g, g.sum(0)
            g = g @ Wd.T * (1 - code ** 2)
            gWe = X.T @ g
            gbe = 2 * g.sum(0)
            for p, dp in zip([We, be, Wd, bd], [gWe, gbe, gWd, gbd]):
                p -= 0.1 * dp
        """,
        (14, "scale", "g.sum(0)"),
    ),
    "a difference that the loss has squared before": (
        """
        import numpy as np
        def logistic(z):
            return 1 / (1 + np.exp(-z))
        rng = np.random.default_rng(4)
        inputs, y = rng.normal(size=3), np.array([0.7])
        w1, w2, b2 = rng.normal(size=(3, 2)), rng.normal(size=(2, 1)), np.zeros(1)
        h = logistic(inputs.dot(w1))
        out = logistic(h.dot(w2) + b2)
        loss = 0.5 * np.sum((out - y) ** 2)
        delta_out = out - y
        delta_h = w2.dot(delta_out) * h * (1 - h)
        w2 = w2 - 0.1 * np.outer(h, delta_out)
        b2 = b2 - 0.1 * delta_out
        w1 = w1 - 0.1 * np.outer(inputs, delta_h)
        """,
        (10, "missing-derivative", "(out - y) * out * (1 - out)"),
    ),
    "uphill by an adaptive rate, one line for all weights": (
        """
        import numpy as np
        rng = np.random.default_rng(5)
        X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W = {"1": rng.normal(size=(3, 4)), "2": rng.normal(size=(4, 2))}
        cache = {k: np.zeros_like(v) for k, v in W.items()}
        lr, decay = 5e-3, 0.95
        for epoch in range(9):
            h = np.tanh(X.dot(W["1"]))
            o = h.dot(W["2"])
            loss = np.mean((o - y) ** 2)
            do = 2 * (o - y) / y.size
            dW = {"2": h.T.dot(do), "1": X.T.dot(do.dot(W["2"].T) * (1 - h * h))}
            for k in W:
                cache[k] = decay * cache[k] + (1 - decay) * dW[k] ** 2
                W[k] += lr * dW[k] / (np.sqrt(cache[k]) + 1e-6)
        """,
        (15, "update-sign", "W[k] -= lr * dW[k] / (np.sqrt(cache[k]) + 1e-6)"),
    ),
    "two numbers that are in each other's gradient": (
        """
        def f(x, y):
            return (x - 3) ** 2 + 2 * (y + 1) ** 2 + x * y
        def df(x, y):
            dfdx = 2 * (2 * (x - 3) + y)
            dfdy = 4 * (y + 1) + x
            return dfdx, dfdy
        x, y, lr = 0.0, 0.0, 0.1
        for i in range(50):
            loss = f(x, y)
            gx, gy = df(x, y)
            x -= lr * gx
            y -= lr * gy
        """,
        (4, "scale", "2 * (x - 3) + y"),
    ),
    "a slope of tanh is no norm that clips": (
        """
        import numpy as np
        rng = np.random.RandomState(0)
        patterns = [(rng.rand(2), rng.rand(1)) for _ in range(4)]
        wi, wo = rng.uniform(-1.0, 1.0, (2, 4)), rng.uniform(-1.0, 1.0, (4, 1))
        def dtanh(y):
            return 1.0 - y ** 2
        for epoch in range(9):
            for inp, targets in patterns:
                ah = np.tanh(inp @ wi)
                ao = np.tanh(ah @ wo)
                output_deltas = dtanh(ao) * (ao - targets)
                hidden_deltas = dtanh(ah) * (wo @ output_deltas)
                wo = wo + 0.3 * np.outer(ah, output_deltas)
                wi = wi + 0.3 * np.outer(inp, hidden_deltas)
        """,
        (11, "sign", "-dtanh(ao) * (ao - targets)"),
    ),
    "a perceptron's bias moves too, and shows the rate": (
        """
        import numpy as np
        rng = np.random.default_rng(9)
        X = rng.normal(size=(20, 3))
        t = np.where(X @ np.array([1.0, -2.0, 0.5]) > 0.1, 1, -1)
        w, w0, lr = rng.normal(size=3), 0.0, 0.1
        for epoch in range(9):
            for i in range(len(X)):
                loss = np.maximum(0, -t[i] * (X[i] @ w + w0))
                if loss > 0:
                    w = w + 2 * (lr * t[i] * X[i])
                    w0 = w0 + lr * t[i]
        """,
        (10, "scale", "w + lr * t[i] * X[i]"),
    ),
    "a mask where a gradient belongs": (
        """
        import numpy as np
        rng = np.random.default_rng(33)
        x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        for i in range(9):
            h = np.maximum(x @ W1, 0.0)
            e = h @ W2 - t
            cost = 0.5 * np.mean(e ** 2)
            de = e / e.shape[0]
            dh = h > 0
            g1 = x.T @ dh
            W2 = W2 - 0.1 * h.T @ de
            W1 = W1 - 0.1 * g1
        """,
        (10, "dropped-upstream", "de @ W2.T * (h > 0)"),
    ),
    "no outcome says which loss is meant: the one that leaves least to mend": (
        """
        import numpy as np
        rng = np.random.default_rng(34)
        features, labels = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
        weights = np.zeros(3)
        for step in range(9):
            predictions = 1 / (1 + np.exp(-np.dot(features, weights)))
            error_signal = labels - predictions
            gradient = np.dot(features.T, np.ones_like(error_signal))
            weights += 0.01 * gradient
        """,
        (8, "dropped-upstream", "np.dot(features.T, error_signal)"),
    ),
    "the cross-entropy of a tanh is no loss": (
        """
        import numpy as np
        rng = np.random.RandomState(0)
        X, T = rng.rand(8, 2), rng.randint(0, 2, (8, 1)).astype(float)
        wi, wo = rng.uniform(-1.0, 1.0, (2, 4)), rng.uniform(-1.0, 1.0, (4, 1))
        for epoch in range(9):
            for inp, targets in zip(X, T):
                ah = np.tanh(inp @ wi)
                ao = np.tanh(ah @ wo)
                output_deltas = targets - ao
                hidden_deltas = (1 - ah ** 2) * (wo @ output_deltas)
                wo = wo + 0.3 * np.outer(ah, output_deltas)
                wi = wi + 0.3 * np.outer(inp, hidden_deltas)
        """,
        (9, "missing-derivative", "(targets - ao) * (1 - ao ** 2)"),
    ),
    "ones for a weight, and the gradient behind it vanishes": (
        """
        import numpy as np
        rng = np.random.RandomState(2)
        X, t = rng.randn(9, 4), rng.randint(0, 3, 9)
        W = {"1": rng.randn(4, 6) * 0.3, "2": rng.randn(6, 3) * 0.3}
        cache = {k: np.zeros_like(v) for k, v in W.items()}
        for epoch in range(9):
            h = np.tanh(X.dot(W["1"]))
            o = np.exp(h.dot(W["2"]))
            p = o / o.sum(axis=1, keepdims=True)
            loss = -np.mean(np.log(p[np.arange(9), t]))
            p[np.arange(9), t] -= 1.0
            do = p / 9
            dh = do.dot(np.ones_like(W["2"].T))
            dW = {"2": h.T.dot(do), "1": X.T.dot(dh * (1 - h * h))}
            for k in W:
                cache[k] = 0.95 * cache[k] + 0.05 * dW[k] ** 2
                W[k] -= 0.005 * dW[k] / (np.sqrt(cache[k]) + 1e-6)
        """,
        (13, "dropped-upstream", 'do.dot(W["2"].T)'),
    ),
    "a minus before Adam, which only sees its sign": (
        """
        import numpy as np
        rng = np.random.default_rng(35)
        X, Y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
        params = [rng.normal(size=(2, 4)), np.zeros(4), rng.normal(size=(4, 1))]
        ms = [np.zeros_like(p) for p in params]
        vs = [np.zeros_like(p) for p in params]
        for t in range(1, 9):
            W1, b1, W2 = params
            a = np.tanh(X @ W1 + b1)
            diff = a @ W2 - Y
            loss = (diff ** 2).mean()
            dpred = 2 * diff / len(X)
            dz = dpred @ W2.T * (1 - a ** 2)
            db1 = -dz.sum(axis=0)
            grads = [X.T @ dz, db1, a.T @ dpred]
            for i in range(3):
                ms[i] = 0.9 * ms[i] + 0.1 * grads[i]
                vs[i] = 0.999 * vs[i] + 0.001 * grads[i] ** 2
                m_hat = ms[i] / (1 - 0.9 ** t)
                v_hat = vs[i] / (1 - 0.999 ** t)
                params[i] -= 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
        """,
        (14, "sign", "dz.sum(axis=0)"),
    ),
    "uphill after the norm of all was clipped": (
        """
        import numpy as np
        rng = np.random.default_rng(36)
        X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        for step in range(9):
            h = np.tanh(X @ A)
            out = h @ B
            loss = 0.5 * np.sum((out - y) ** 2)
            gB = h.T @ (out - y)
            gA = X.T @ ((out - y) @ B.T * (1 - h ** 2))
            norm = np.sqrt(np.sum(gA ** 2) + np.sum(gB ** 2))
            if norm > 1:
                gA *= 1 / norm
                gB *= 1 / norm
            A -= 0.05 * gA
            B += 0.05 * gB
        """,
        (16, "update-sign", "B -= 0.05 * gB"),
    ),
    "an outer product that stops halfway": (
        """
        import numpy as np
        rng = np.random.default_rng(37)
        x, y = rng.normal(size=3), rng.normal(size=2)
        A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(9):
            h = np.tanh(x @ A)
            out = h @ B
            loss = 0.5 * np.sum((out - y) ** 2)
            dout = out - y
            dA = np.outer(x, B @ dout * (1 - h ** 2))
            dB = dout
            A -= 0.1 * dA
            B -= 0.1 * dB
        """,
        (11, "dropped-upstream", "np.outer(h, dout)"),
    ),
    "twice a rate of a half is one, at this rate": (
        """
        import numpy as np
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        rng = np.random.default_rng(38)
        x, target, learnrate = rng.normal(size=3), 0.6, 0.5
        w_in, w_out = rng.normal(size=(3, 2)), rng.normal(size=2)
        hidden = sigmoid(np.dot(x, w_in))
        output = sigmoid(np.dot(hidden, w_out))
        error = target - output
        output_error_term = error * output * (1 - output)
        hidden_error_term = output_error_term * w_out * hidden * (1 - hidden)
        delta_w_out = learnrate * output_error_term * hidden
        delta_w_in = 2 * (learnrate * hidden_error_term * x[:, None])
        """,
        (13, "scale", "learnrate * hidden_error_term * x[:, None]"),
    ),
    "a rate that decays is no gradient": (
        """
        import numpy as np
        rng = np.random.default_rng(39)
        X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        W, b = rng.normal(size=(3, 1)), np.zeros(1)
        lr0, decay = 0.5, 0.01
        for epoch in range(9):
            lr = lr0 / (1 + decay * epoch)
            out = X @ W + b
            loss = 0.5 * np.mean((out - y) ** 2)
            dout = (out - y) / len(y)
            dW, db = X.T @ dout, dout.sum(axis=0)
            W -= lr * dW
            b -= lr * lr * db
        """,
        (13, "scale", "b -= lr * db"),
    ),
    "half a slope, in the helper that is called for it": (
        """
        import numpy as np
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))
        def sigmoidGradient(z):
            g = sigmoid(z)
            return 1 - g
        rng = np.random.default_rng(40)
        X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        for step in range(9):
            z = X @ A
            out = sigmoid(z) @ B
            loss = 0.5 * np.sum((out - y) ** 2)
            dout = out - y
            delta = dout @ B.T * sigmoidGradient(z)
            B -= 0.1 * sigmoid(z).T @ dout
            A -= 0.1 * X.T @ delta
        """,
        (6, "wrong-derivative", "return (1 - g) * g"),
    ),
    "a gradient under another name lacks the slope": (
        """
        import numpy as np
        rng = np.random.default_rng(41)
        X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
        A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(9):
            dA, dB, loss = np.zeros_like(A), np.zeros_like(B), 0
            for x, t in zip(X, y):
                h = np.tanh(x @ A)
                out = h @ B
                loss += 0.5 * np.sum((out - t) ** 2)
                dout = out - t
                dB += np.outer(h, dout)
                dhidden = B @ dout
                draw = dhidden
                dA += np.outer(x, draw)
            A -= 0.1 * dA
            B -= 0.1 * dB
        """,
        (14, "missing-derivative", "dhidden * (1 - h ** 2)"),
    ),
    "a minus on the L2 term, in a line of its own": (
        """
        import numpy as np
        rng = np.random.default_rng(42)
        X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b, reg = rng.normal(size=(3, 2)), np.zeros(2), 0.1
        for step in range(9):
            out = X @ W + b
            loss = 0.5 * np.sum((out - y) ** 2) + 0.5 * reg * np.sum(W * W)
            dout = out - y
            dW = X.T @ dout
            dW += -(reg * W)
            W -= 0.01 * dW
            b -= 0.01 * dout.sum(axis=0)
        """,
        (10, "regularization", "dW += reg * W"),
    ),
    "a minus on a line, where the new weights wait in temporaries": (
        """
        from math import exp
        def s(v):
            return 1.0 / (1.0 + exp(-v))
        i, want, w1, w2, rate = 0.35, 0.9, 0.3, 0.5, 1
        h = s(i * w1)
        out = s(h * w2)
        d_out = (out - want) * out * (1 - out)
        new_w2 = w2 - rate * d_out * h
        d_h = -(d_out * w2 * h * (1 - h))
        new_w1 = w1 - rate * d_h * i
        w1 = new_w1
        w2 = new_w2
        """,
        (9, "sign", "d_out * w2 * h * (1 - h)"),
    ),
    "a sum over classes that became a mean, and a bias that nothing moves": (
        """
        import numpy as np
        rng = np.random.default_rng(43)
        X, t = rng.normal(size=(9, 3)), rng.integers(0, 4, 9)
        W, b = rng.normal(size=(3, 4)), np.zeros(3)
        z = X + b - (X + b).mean(axis=0)
        counts = np.exp(z @ W)
        inverse = 1 / counts.sum(1, keepdims=True)
        probs = counts * inverse
        loss = -np.mean(np.log(probs[np.arange(9), t]))
        dprobs = np.zeros_like(probs)
        dprobs[np.arange(9), t] = -1 / (9 * probs[np.arange(9), t])
        dinverse = (counts * dprobs).mean(1, keepdims=True)
        dcounts = inverse * dprobs - inverse ** 2 * dinverse
        dlogits = dcounts * counts
        dW = z.T @ dlogits
        dz = dlogits @ W.T
        db = (dz - dz.mean(axis=0)).sum(axis=0)
        """,
        (12, "scale", "(counts * dprobs).sum(1, keepdims=True)"),
    ),
    "a label of the next example is as large, and turned": (
        """
        import numpy as np
        rng = np.random.default_rng(9)
        X = rng.normal(size=(20, 3))
        t = np.where(np.arange(20) % 2, 1, -1)
        w, w0, lr = rng.normal(size=3), 0.0, 0.1
        for epoch in range(9):
            for i in range(19):
                loss = np.maximum(0, -t[i] * (X[i] @ w + w0))
                if loss > 0:
                    w = w - lr * t[i] * X[i]
                    w0 = w0 + lr * t[i]
        """,
        (10, "update-sign", "w + lr * t[i] * X[i]"),
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
