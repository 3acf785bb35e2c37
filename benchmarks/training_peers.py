"""The peers of the training benchmark: each trains the same network on the same rows.

A contender of W4 to W6 is made from a ``Dense`` workload and gives two functions:
``epoch(order)`` trains on the rows in this order, and ``weights()`` tells what came of
it. Those of W2 and W3 are made for the one network there. A peer that isn't installed
raises ImportError.
"""

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Contender = tuple[Callable[[np.ndarray], Any], Callable[[], list[np.ndarray]]]


class Dense(NamedTuple):
    """ReLU layers, softmax cross-entropy, plain SGD, float32."""

    title: str
    sizes: tuple[int, ...]
    rows: int
    batch: int
    rate: float = 0.05

    def start(self) -> list[np.ndarray]:
        """W1, b1, W2, b2, …: He's initial weights."""
        rng = np.random.default_rng(0)
        found = []
        for n, m in zip(self.sizes, self.sizes[1:], strict=False):
            found.append(rng.normal(0, np.sqrt(2 / n), (n, m)).astype(np.float32))
            found.append(np.zeros(m, np.float32))
        return found

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Clusters, one for each class."""
        rng = np.random.default_rng(1)
        labels = rng.integers(0, self.sizes[-1], self.rows)
        centres = rng.normal(size=(self.sizes[-1], self.sizes[0]))
        x = 0.5 * centres[labels] + rng.normal(size=(self.rows, self.sizes[0]))
        return x.astype(np.float32), labels

    def orders(self, order: np.ndarray) -> list[np.ndarray]:
        """The batches of an epoch; the last one may be smaller."""
        return [order[i : i + self.batch] for i in range(0, len(order), self.batch)]

    @property
    def work(self) -> float:
        """Floating-point operations of an epoch's products, forward and backward."""
        products = [n * m for n, m in zip(self.sizes, self.sizes[1:], strict=False)]
        # x @ W, and xᵀ @ δ; δ @ Wᵀ but for the first layer; 2 for multiply and add
        return 2.0 * self.rows * (2 * sum(products) + sum(products[1:]))


# --- Dense networks -------------------------------------------------------------------


def dense_by_hand(work: Dense) -> Contender:
    x, t = work.data()
    w = work.start()
    layers = len(w) // 2

    def step(rows: np.ndarray) -> None:
        kept = [x[rows]]
        for k in range(layers):
            z = kept[-1] @ w[2 * k] + w[2 * k + 1]
            kept.append(np.maximum(z, 0) if k < layers - 1 else z)
        scores = kept.pop()
        d = np.exp(scores - scores.max(axis=1, keepdims=True))
        d /= d.sum(axis=1, keepdims=True)
        d[np.arange(len(rows)), t[rows]] -= 1
        d /= len(rows)
        for k in reversed(range(layers)):
            h = kept.pop()
            dW, db = h.T @ d, d.sum(axis=0)
            if k:
                d = d @ w[2 * k].T
                d[h <= 0] = 0
            w[2 * k] -= np.float32(work.rate) * dW
            w[2 * k + 1] -= np.float32(work.rate) * db

    def epoch(order: np.ndarray) -> None:
        for rows in work.orders(order):
            step(rows)

    return epoch, lambda: w


def dense_with_clearprop(work: Dense, engine: str = "native") -> Contender:
    import clearprop as cp
    from clearprop.training.binding import bind
    from clearprop.training.engines import engine_for
    from clearprop.training.planning import plan_for
    from clearprop.training.rules import rule_named

    network = cp.mlp(list(work.sizes), hidden="relu", output="softmax")
    params = dict(zip(network.params, work.start(), strict=True))
    x, t = work.data()
    bound = bind(network.forward, params, {"x": x, "t": t})
    plan = plan_for(bound, rule=rule_named("sgd", {}), batch_size=work.batch)
    made = engine_for(plan, engine)

    def epoch(order: np.ndarray) -> None:
        whole = len(order) // work.batch * work.batch
        batches = [order[:whole].reshape(-1, work.batch), order[None, whole:]]
        for rows in batches:
            if rows.size:
                made.run(rows, np.full(len(rows), work.rate))

    def weights() -> list[np.ndarray]:
        state = made.state()
        return [state[str(i)] for i in range(len(params))]

    return epoch, weights


def _jax_loss() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def loss(w: Any, x: Any, t: Any) -> Any:
        h = x
        for k in range(0, len(w) - 2, 2):
            h = jax.nn.relu(h @ w[k] + w[k + 1])
        scores = jax.nn.log_softmax(h @ w[-2] + w[-1])
        return -jnp.mean(scores[jnp.arange(len(t)), t])

    return loss


def dense_with_jax_step(work: Dense) -> Contender:
    import jax

    gradient, rate = jax.grad(_jax_loss()), np.float32(work.rate)
    x, t = map(jax.device_put, work.data())
    w = [jax.device_put(a) for a in work.start()]

    @jax.jit
    def step(w: Any, x: Any, t: Any, rows: Any) -> Any:
        found = gradient(w, x[rows], t[rows])
        return [a - rate * g for a, g in zip(w, found, strict=True)]

    def epoch(order: np.ndarray) -> None:
        nonlocal w
        for rows in work.orders(order):
            w = step(w, x, t, rows)
        jax.block_until_ready(w)

    return epoch, lambda: [np.asarray(a) for a in w]


def dense_with_jax_scan(work: Dense) -> Contender:
    import jax

    gradient, rate = jax.grad(_jax_loss()), np.float32(work.rate)
    x, t = map(jax.device_put, work.data())
    w = [jax.device_put(a) for a in work.start()]

    def step(w: Any, rows: Any) -> tuple[Any, None]:
        found = gradient(w, x[rows], t[rows])
        return [a - rate * g for a, g in zip(w, found, strict=True)], None

    @jax.jit
    def scan(w: Any, whole: Any, rest: Any) -> Any:
        w, _ = jax.lax.scan(step, w, whole)
        return step(w, rest)[0] if rest.size else w

    def epoch(order: np.ndarray) -> None:
        nonlocal w
        count = len(order) // work.batch * work.batch
        w = scan(w, order[:count].reshape(-1, work.batch), order[count:])
        jax.block_until_ready(w)

    return epoch, lambda: [np.asarray(a) for a in w]


def _torch_parts(work: Dense) -> tuple[Any, Any, Any, Any]:
    import torch

    layers: list[Any] = []
    for n, m in zip(work.sizes, work.sizes[1:], strict=False):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for p, a in zip(model.parameters(), work.start(), strict=True):
            p.copy_(torch.from_numpy(a.T.copy()))
    x, t = (torch.from_numpy(a) for a in work.data())
    return model, torch.optim.SGD(model.parameters(), work.rate), x, t


def _torch_epoch(work: Dense, model: Any, run: Any, make: Any, x: Any, t: Any) -> Any:
    import torch

    def epoch(order: np.ndarray) -> None:
        for rows in work.orders(order):
            at = torch.from_numpy(rows)
            make.zero_grad()
            torch.nn.functional.cross_entropy(run(x[at]), t[at]).backward()
            make.step()

    return epoch, lambda: [p.detach().numpy().T for p in model.parameters()]


def dense_with_torch(work: Dense) -> Contender:
    model, make, x, t = _torch_parts(work)
    return _torch_epoch(work, model, model, make, x, t)


def dense_with_torch_compile(work: Dense) -> Contender:
    import torch

    model, make, x, t = _torch_parts(work)
    return _torch_epoch(work, model, torch.compile(model), make, x, t)


def dense_with_sklearn(work: Dense) -> Contender:
    import warnings

    from sklearn.neural_network import MLPClassifier

    warnings.filterwarnings("ignore", module="sklearn")
    x, t = work.data()
    model = MLPClassifier(
        work.sizes[1:-1], solver="sgd", momentum=0.0, nesterovs_momentum=False,
        alpha=0.0, batch_size=work.batch, learning_rate_init=work.rate, shuffle=False,
        max_iter=1, random_state=0,
    )  # fmt: skip
    model.partial_fit(
        x[: work.batch], t[: work.batch], classes=np.arange(work.sizes[-1])
    )
    start = work.start()
    for k in range(len(start) // 2):
        model.coefs_[k][...] = start[2 * k]
        model.intercepts_[k][...] = start[2 * k + 1]

    def epoch(order: np.ndarray) -> None:
        model.partial_fit(x[order], t[order])

    def weights() -> list[np.ndarray]:
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [a for pair in pairs for a in pair]

    return epoch, weights


def dense_with_keras(work: Dense) -> Contender:
    import os

    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    model = keras.Sequential([keras.Input((work.sizes[0],))])
    for m in work.sizes[1:-1]:
        model.add(keras.layers.Dense(m, activation="relu"))
    model.add(keras.layers.Dense(work.sizes[-1]))
    model.set_weights(work.start())
    model.compile(
        keras.optimizers.SGD(work.rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    x, t = work.data()

    def epoch(order: np.ndarray) -> None:
        model.fit(
            x[order], t[order], batch_size=work.batch, epochs=1, shuffle=False,
            verbose=0,
        )  # fmt: skip

    return epoch, lambda: model.get_weights()


def dense_with_autograd(work: Dense) -> Contender:
    import autograd
    import autograd.numpy as anp

    def loss(w: Any, x: Any, t: Any) -> Any:
        h = x
        for k in range(0, len(w) - 2, 2):
            h = anp.maximum(h @ w[k] + w[k + 1], 0)
        s = h @ w[-2] + w[-1]
        s = s - anp.max(s, axis=1, keepdims=True)
        logs = s - anp.log(anp.sum(anp.exp(s), axis=1, keepdims=True))
        return -anp.mean(logs[anp.arange(len(t)), t])

    gradient = autograd.grad(loss)
    x, t = work.data()
    w = work.start()

    def epoch(order: np.ndarray) -> None:
        for rows in work.orders(order):
            for a, g in zip(w, gradient(w, x[rows], t[rows]), strict=True):
                a -= np.float32(work.rate) * g

    return epoch, lambda: w


DENSE: dict[str, Callable[[Dense], Contender]] = {
    "hand-written NumPy": dense_by_hand,
    "clearprop": dense_with_clearprop,
    "JAX, scan over the epoch": dense_with_jax_scan,
    "JAX, jitted step": dense_with_jax_step,
    "PyTorch": dense_with_torch,
    "PyTorch, compiled": dense_with_torch_compile,
    "scikit-learn": dense_with_sklearn,
    "Keras": dense_with_keras,
    "HIPS autograd": dense_with_autograd,
}


# --- The two-neuron chain of the seeds: w0, w1, w2 and out at each of the steps -------

CHAIN = (2.0, 1.0, 0.5)  # w0, w1, w2
INPUT, TARGET, RATE = 2.0, 0.7, 0.1
Path = Callable[[int], Any]  # steps -> (steps, 4), or a column for each name


def chain(w0: Any, w1: Any, w2: Any, s0: Any, target: Any) -> Any:
    s1 = 1 / (1 + np.exp(-w0 * s0))
    s2 = 1 / (1 + np.exp(-w1 * s1))
    out = w2 * s2
    return 0.5 * (out - target) ** 2


def chain_by_hand() -> Path:
    def run(steps: int) -> np.ndarray:
        w0, w1, w2 = CHAIN
        results = np.zeros((steps, 4))
        for k in range(steps):
            s1 = 1 / (1 + np.exp(-w0 * INPUT))
            s2 = 1 / (1 + np.exp(-w1 * s1))
            out = w2 * s2
            d = RATE * (out - TARGET)
            d1 = d * w2 * s2 * (1 - s2)
            d0 = d1 * w1 * s1 * (1 - s1)
            w2, w1, w0 = w2 - d * s2, w1 - d1 * s1, w0 - d0 * INPUT
            results[k] = w0, w1, w2, out
        return results

    return run


def chain_with_clearprop() -> Path:
    from clearprop.training.binding import bind
    from clearprop.training.engines import engine_for
    from clearprop.training.planning import plan_for
    from clearprop.training.rules import rule_named

    params = dict(zip(("w0", "w1", "w2"), CHAIN, strict=True))
    bound = bind(chain, params, {"s0": INPUT, "target": TARGET})
    names = ["w0", "w1", "w2", "out"]
    plan = plan_for(bound, rule=rule_named("sgd", {}), record=names)
    engine = engine_for(plan, "native")
    start = engine.state()

    def run(steps: int) -> Any:
        engine.restore(start)
        return engine.run(None, np.full(steps, RATE)).records

    return run


def chain_with_jax() -> Path:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    def loss(w: Any) -> Any:
        s1 = 1 / (1 + jnp.exp(-w[0] * INPUT))
        s2 = 1 / (1 + jnp.exp(-w[1] * s1))
        out = w[2] * s2
        return 0.5 * (out - TARGET) ** 2, out

    gradient = jax.grad(loss, has_aux=True)

    def step(w: Any, _: Any) -> Any:
        g, out = gradient(w)
        w = tuple(a - RATE * b for a, b in zip(w, g, strict=True))
        return w, jnp.stack([*w, out])

    scan = jax.jit(
        lambda w, steps: jax.lax.scan(step, w, None, length=steps)[1],
        static_argnums=1,
    )
    return lambda steps: np.asarray(scan(CHAIN, steps))


def chain_with_torch() -> Path:
    import torch

    def run(steps: int) -> np.ndarray:
        w = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in CHAIN]
        results = np.zeros((steps, 4))
        for k in range(steps):
            s1 = torch.sigmoid(w[0] * INPUT)
            s2 = torch.sigmoid(w[1] * s1)
            out = w[2] * s2
            gradients = torch.autograd.grad(0.5 * (out - TARGET) ** 2, w)
            with torch.no_grad():
                for a, g in zip(w, gradients, strict=True):
                    a -= RATE * g
            results[k] = [*(float(a.detach()) for a in w), float(out.detach())]
        return results

    return run


PATHS: dict[str, Callable[[], Path]] = {
    "hand-written NumPy": chain_by_hand,
    "clearprop": chain_with_clearprop,
    "JAX, scan": chain_with_jax,
    "PyTorch": chain_with_torch,
}


# --- One step of the exercise's 3-2-1 network, float64 --------------------------------

X, GOAL = np.array([0.5, 0.1, -0.2]), 0.6
WEIGHTS = (
    np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]),
    np.array([0.1, -0.3]),
)
Step = tuple[Callable[[], Any], Callable[[], list[np.ndarray]]]


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def network(x: Any, target: Any, W1: Any, W2: Any) -> Any:
    hidden = sigmoid(np.dot(x, W1))
    output = sigmoid(np.dot(hidden, W2))
    return 0.5 * (target - output) ** 2


def step_by_hand() -> Step:
    W1, W2 = (w.copy() for w in WEIGHTS)

    def step() -> float:
        hidden = 1 / (1 + np.exp(-np.dot(X, W1)))
        output = 1 / (1 + np.exp(-np.dot(hidden, W2)))
        error = GOAL - output
        term = error * output * (1 - output)
        hidden_term = term * W2 * hidden * (1 - hidden)
        W2[...] += 0.5 * term * hidden
        W1[...] += 0.5 * hidden_term * X[:, None]
        return float(0.5 * error**2)

    return step, lambda: [W1, W2]


def step_with_clearprop() -> Step:
    import clearprop as cp

    params = dict(zip(("W1", "W2"), WEIGHTS, strict=True))
    step = cp.stepper(network, params, learning_rate=0.5, engine="native")
    return lambda: step(X, GOAL), lambda: list(step.params.values())


def step_with_jax() -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    def loss(w: Any, x: Any, target: Any) -> Any:
        hidden = 1 / (1 + jnp.exp(-jnp.dot(x, w[0])))
        output = 1 / (1 + jnp.exp(-jnp.dot(hidden, w[1])))
        return 0.5 * (target - output) ** 2

    @jax.jit
    def update(w: Any, x: Any, target: Any) -> Any:
        value, g = jax.value_and_grad(loss)(w, x, target)
        return value, [a - 0.5 * b for a, b in zip(w, g, strict=True)]

    w = [jnp.array(a) for a in WEIGHTS]

    def step() -> float:
        nonlocal w
        value, w = update(w, X, GOAL)
        return float(value)

    return step, lambda: [np.asarray(a) for a in w]


def step_with_torch() -> Step:
    import torch

    w = [torch.tensor(a, requires_grad=True) for a in WEIGHTS]
    x = torch.tensor(X)

    def step() -> float:
        hidden = torch.sigmoid(x @ w[0])
        output = torch.sigmoid(hidden @ w[1])
        loss = 0.5 * (GOAL - output) ** 2
        gradients = torch.autograd.grad(loss, w)
        with torch.no_grad():
            for a, g in zip(w, gradients, strict=True):
                a -= 0.5 * g
        return float(loss.detach())

    return step, lambda: [a.detach().numpy() for a in w]


def step_with_autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    def loss(w: Any) -> Any:
        hidden = 1 / (1 + anp.exp(-anp.dot(X, w[0])))
        output = 1 / (1 + anp.exp(-anp.dot(hidden, w[1])))
        return 0.5 * (GOAL - output) ** 2

    gradient = autograd.value_and_grad(loss)
    w = [a.copy() for a in WEIGHTS]

    def step() -> float:
        value, found = gradient(w)
        for a, g in zip(w, found, strict=True):
            a -= 0.5 * g
        return float(value)

    return step, lambda: w


def step_with_micrograd() -> Step:
    from micrograd.engine import Value

    w1 = [[Value(v) for v in row] for row in WEIGHTS[0].tolist()]
    w2 = [Value(v) for v in WEIGHTS[1].tolist()]
    x = X.tolist()
    every = [v for row in w1 for v in row] + w2

    def logistic(z: Any) -> Any:
        # micrograd has no exp: a power of e does it
        from math import e

        power = Value(e ** (-z.data), (z,))

        def backward() -> None:
            z.grad += -power.data * power.grad

        power._backward = backward
        return (power + 1) ** -1

    def step() -> float:
        hidden = [logistic(sum(w1[i][j] * x[i] for i in range(3))) for j in range(2)]
        output = logistic(sum(w2[j] * hidden[j] for j in range(2)))
        loss = (output * -1 + GOAL) ** 2 * 0.5
        for v in every:
            v.grad = 0
        loss.backward()
        for v in every:
            v.data -= 0.5 * v.grad
        return float(loss.data)

    def weights() -> list[np.ndarray]:
        return [
            np.array([[v.data for v in row] for row in w1]),
            np.array([v.data for v in w2]),
        ]

    return step, weights


def step_with_fann() -> Step:
    """FANN's incremental step through ctypes; its networks have a bias unit."""
    from ctypes.util import find_library  # slow to import, and W1 times imports

    name = find_library("doublefann")
    if name is None:
        raise ImportError(name="libdoublefann")
    fann = ctypes.CDLL(name)
    fann.fann_create_standard_array.restype = ctypes.c_void_p
    sizes = (ctypes.c_uint * 3)(3, 2, 1)
    net = ctypes.c_void_p(fann.fann_create_standard_array(3, sizes))
    x = (ctypes.c_double * 3)(*X)
    target = (ctypes.c_double * 1)(GOAL)
    train = fann.fann_train
    train.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    at, goal = ctypes.addressof(x), ctypes.addressof(target)
    return lambda: train(net, at, goal), lambda: []


STEPS: dict[str, Callable[[], Step]] = {
    "hand-written NumPy": step_by_hand,
    "clearprop": step_with_clearprop,
    "FANN through ctypes": step_with_fann,
    "JAX, jitted step": step_with_jax,
    "PyTorch": step_with_torch,
    "HIPS autograd": step_with_autograd,
    "micrograd": step_with_micrograd,
}
