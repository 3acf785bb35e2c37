"""The programs that the statements of test_mend.py are taken from, at random values."""

import ast
import types
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from clearprop.checking.mend import mends
from clearprop.checking.need import Edit, Need, Role, Run


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def dsigmoid(a):
    return a * (1 - a)


def bad_dsigmoid(a):
    return a * (1 + a)


def relu_backward(dA, z):
    return dA * (z > 0)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def rows(rng):
    """Examples in rows, tanh then softmax, as in CS231n."""
    N, D, H, C = 5, 4, 3, 6
    X, W1, b1 = rng.normal(size=(N, D)), rng.normal(size=(D, H)), rng.normal(size=H)
    W2, b2 = rng.normal(size=(H, C)), rng.normal(size=C)
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    h = np.maximum(0, z1)
    scores = a1 @ W2 + b2
    probs = softmax(scores)
    y = rng.integers(0, C, size=N)
    onehot = np.eye(C)[y]
    dscores = (probs - onehot) / N
    dhidden = dscores @ W2.T
    dz1 = dhidden * (1 - a1**2)
    return dict(
        np=np, X=X, W1=W1, b1=b1, W2=W2, b2=b2, z1=z1, a1=a1, h=h, scores=scores,
        probs=probs, y=y, onehot=onehot, dscores=dscores, dhidden=dhidden, dz1=dz1,
        N=N, reg=rng.uniform(0.1, 0.9), lr=rng.uniform(0.1, 0.9),
        W2__before=rng.normal(size=(H, C)),
    )  # fmt: skip


def columns(rng):
    """Examples in columns, ReLU then sigmoid, dicts, as in Coursera's exercises."""
    m, n0, n1, n2 = 5, 4, 3, 2
    X = rng.normal(size=(n0, m))
    params = dict(
        W1=rng.normal(size=(n1, n0)), b1=rng.normal(size=(n1, 1)),
        W2=rng.normal(size=(n2, n1)), b2=rng.normal(size=(n2, 1)),
    )  # fmt: skip
    Z1 = params["W1"] @ X + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = params["W2"] @ A1 + params["b2"]
    A2 = sigmoid(Z2)
    Y = rng.integers(0, 2, size=(n2, m)).astype(float)
    dZ2 = A2 - Y
    dA1 = params["W2"].T @ dZ2
    dZ1 = dA1 * (1 - A1**2)
    return dict(
        np=np, X=X, params=params, cache=dict(Z1=Z1, A1=A1, Z2=Z2, A2=A2), m=m,
        A1=A1, A2=A2, Z1=Z1, Z2=Z2, Y=Y, dZ2=dZ2, dA1=dA1, dZ1=dZ1,
        W1=params["W1"], W2=params["W2"], lambd=rng.uniform(0.1, 0.9),
        grads=dict(dW1=np.zeros((n1, n0)), dW2=rng.normal(size=(n2, n1))),
        relu_backward=relu_backward,
    )  # fmt: skip


def vector(rng):
    """One example, two sigmoid layers, as in Udacity's exercises."""
    x, target = rng.normal(size=3), rng.uniform()
    w_ih = rng.normal(size=(3, 2))
    w_ho = rng.normal(size=2)
    hidden_in = np.dot(x, w_ih)
    hidden = sigmoid(hidden_in)
    output_in = np.dot(hidden, w_ho)
    output = sigmoid(output_in)
    error = target - output
    output_delta = error * output * (1 - output)
    hidden_error = output_delta * w_ho
    hidden_delta = hidden_error * hidden * (1 - hidden)
    return dict(
        np=np, sigmoid=sigmoid, sigmoid_prime=sigmoid_prime, x=x, target=target,
        w_ih=w_ih,
        w_ho=w_ho,
        hidden_in=hidden_in, hidden=hidden,
        output_in=output_in, output=output, error=error,
        output_delta=output_delta, hidden_error=hidden_error,
        hidden_delta=hidden_delta, learnrate=rng.uniform(0.1, 0.9),
        del_w=rng.normal(size=(3, 2)), n_records=7,
    )  # fmt: skip


def lists(rng):
    """A deep net of column vectors in lists, as in Nielsen's book."""
    sizes = [4, 3, 3, 2]
    net = SimpleNamespace(
        weights=[rng.normal(size=(b, a)) for a, b in pairwise(sizes)],
        biases=[rng.normal(size=(b, 1)) for b in sizes[1:]],
    )
    activation = rng.normal(size=(4, 1))
    activations, zs = [activation], []
    for w, b in zip(net.weights, net.biases):
        zs.append(w @ activation + b)
        activation = sigmoid(zs[-1])
        activations.append(activation)
    y = rng.normal(size=(2, 1))
    delta3 = (activations[-1] - y) * sigmoid_prime(zs[-1])
    return dict(
        np=np, sigmoid=sigmoid, sigmoid_prime=sigmoid_prime, dsigmoid=dsigmoid,
        bad_dsigmoid=bad_dsigmoid, self=net, activations=activations, zs=zs, y=y,
        delta=delta3, l=2, sp=sigmoid_prime(zs[-2]),
        nabla_w=[np.zeros(w.shape) for w in net.weights],
        nabla_b=[np.zeros(b.shape) for b in net.biases],
    )  # fmt: skip


def layer(rng):
    """Layer objects with an upstream gradient, ReLU masks, and a recurrence."""
    N, D, H, T = 5, 4, 3, 6
    x, w, b = rng.normal(size=(N, D)), rng.normal(size=(D, H)), rng.normal(size=H)
    self = SimpleNamespace(x=x, W=w, b=b, out=np.maximum(0, x @ w + b))
    z = x @ w + b
    return dict(
        np=np, self=self, x=x, w=w, b=b, z=z, out=np.maximum(0, z),
        mask=(rng.uniform(size=(N, H)) < 0.8) * 1.0, p=rng.uniform(0.5, 0.9),
        dout=rng.normal(size=(N, H)), dx=np.zeros((N, D)),
        dz=rng.normal(size=(N, H)), dh=rng.normal(size=(N, H)),
        idx=np.array([1, 0, 1, 2, 1]), dE=np.zeros((4, H)), db=rng.normal(size=H),
        hs=rng.normal(size=(T, N, H)), dhnext=rng.normal(size=(N, H)), t=3,
        Whh=rng.normal(size=(H, H)), dWhh=rng.normal(size=(H, H)),
        out4=rng.normal(size=(N, H, 2)),
    )  # fmt: skip


def chain(rng):
    """Plain numbers: two sigmoid neurons, no arrays at all."""
    x, w0, w1, y = (float(v) for v in rng.normal(size=4))
    z0 = w0 * x
    a0 = float(sigmoid(z0))
    z1 = w1 * a0
    a1 = float(sigmoid(z1))
    return dict(
        np=np, sigmoid=sigmoid, sigmoid_prime=sigmoid_prime, x=x, w0=w0, w1=w1, y=y,
        z0=z0, a0=a0, z1=z1, a1=a1, delta1=2 * (a1 - y) * a1 * (1 - a1),
        eta=float(rng.uniform(0.1, 0.9)), w1__before=float(rng.normal()),
    )  # fmt: skip


def attention(rng):
    """A function pair: what it is given is data to the trace, whatever its name."""
    N, D = 4, 3
    Q, K, V = (rng.normal(size=(N, D)) for _ in range(3))
    scale = rng.uniform(0.2, 0.9)
    A = softmax(Q @ K.T * scale)
    dout = rng.normal(size=(N, D))
    dA = dout @ V.T
    return dict(
        np=np, Q=Q, K=K, V=V, scale=scale, A=A, dout=dout, dA=dA,
        dS=A * (dA - np.sum(dA * A, axis=1, keepdims=True)),
        dc_next=rng.normal(size=(N, D)), probs=softmax(rng.normal(size=(2, 3, N))),
        dprobs=rng.normal(size=(2, 3, N)), cached=A.copy(),
    )  # fmt: skip


def correlate2d(x, k, mode="full"):
    """SciPy's, of a square kernel."""
    border = {"full": len(k) - 1, "same": len(k) // 2, "valid": 0}[mode]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), k.shape)
    return np.einsum("abij,ij->ab", windows, k)


def convolve2d(x, k, mode="full"):
    return correlate2d(x, k[::-1, ::-1], mode)


def convolution(rng):
    """One image, one kernel."""
    image, kernel = rng.normal(size=(7, 6)), rng.normal(size=(3, 3))
    out = correlate2d(image, kernel, "valid")
    dout = rng.normal(size=out.shape)
    return dict(
        np=np, correlate2d=correlate2d, convolve2d=convolve2d, image=image,
        kernel=kernel, out=out, dout=dout, square=rng.normal(size=(3, 3)),
    )  # fmt: skip


def helper(rng):
    """Inside a helper: nothing but its argument."""
    return dict(np=np, sigmoid=sigmoid, x=rng.normal(size=(3, 2)))


def act(rng):
    """Inside a helper that is given the activation."""
    return dict(np=np, s=rng.uniform(0.1, 0.9, size=(3, 2)))


ROLES = {
    "X": Role("data"), "x": Role("data"), "W1": Role("weight"), "W2": Role("weight"),
    "b1": Role("weight"), "b2": Role("weight"), "reg": Role("regularization"),
    "lambd": Role("regularization"), "N": Role("count"), "m": Role("count"),
    "lr": Role("rate"), "learnrate": Role("rate"), "eta": Role("rate"),
    "w_ih": Role("weight"), "w_ho": Role("weight"), "Q": Role("data"),
    "K": Role("data"), "V": Role("data"), "scale": Role("data"), "dout": Role("data"),
    "dc_next": Role("data"),
}  # fmt: skip


def held(statement, target, item, scope):
    """What the target holds after Python has run the statement."""
    own = {
        k: v if isinstance(v, types.FunctionType | types.ModuleType) else copied(v)
        for k, v in scope.items()
    }
    if statement.startswith("return "):
        value = eval(statement.removeprefix("return "), own)
        return value if item is None else value[item]
    exec(statement, own)
    return eval(target, own)


def copied(value):
    if isinstance(value, list):
        return [copied(v) for v in value]
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**copied(vars(value)))
    return value.copy() if isinstance(value, np.ndarray) else value


def need(scope_of, wrote, right, target=None, item=None, roles=ROLES, scopes=None):
    statement = ast.parse(wrote).body[0]
    target = target or _target(statement)
    if scopes is None:
        scopes = [scope_of(np.random.default_rng(seed)) for seed in range(3)]
    runs = []
    for scope in scopes:
        wanted = np.asarray(held(right, target, item, scope), float)
        try:
            found = np.asarray(held(wrote, target, item, scope), float)
        except ValueError:
            found = np.zeros(0)
        runs.append(Run(scope, wanted, found))
    used = {k: r for k, r in roles.items() if k in scopes[0]}
    return Need(statement, target, [runs], item=item, roles=used)


def _target(statement):
    if isinstance(statement, ast.Return):
        return "return"
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    return ast.unparse(statement.target)


def mended(request: Need, seconds: float = 2.0) -> Edit:
    """The best edit, seen to give what was wanted when Python itself runs it."""
    found = mends(request, seconds)
    assert found, "no edit found"
    for edit in found:
        for run in request.runs[0]:
            value = held(edit.statement, request.target, request.item, run.scope)
            np.testing.assert_allclose(value, run.wanted, rtol=1e-6)
    return found[0]
