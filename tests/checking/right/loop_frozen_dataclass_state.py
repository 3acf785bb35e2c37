"""Functional style: the state is a frozen dataclass, a step returns a new one."""
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class Weights:
    w_in: np.ndarray
    b_in: np.ndarray
    w_out: np.ndarray
    b_out: np.ndarray

    def map2(self, other, f):
        return Weights(*(f(getattr(self, k.name), getattr(other, k.name)) for k in fields(self)))


def init(key, n_in, n_hidden, n_out):
    return Weights(
        w_in=key.standard_normal((n_in, n_hidden)) / np.sqrt(n_in),
        b_in=np.zeros(n_hidden),
        w_out=key.standard_normal((n_hidden, n_out)) / np.sqrt(n_hidden),
        b_out=np.zeros(n_out),
    )


def softplus(x):
    return np.log1p(np.exp(x))


def value_and_grad(w: Weights, x, y):
    pre = x @ w.w_in + w.b_in
    act = softplus(pre)
    out = act @ w.w_out + w.b_out
    residual = out - y
    value = 0.5 * np.mean(np.sum(residual**2, axis=-1))

    d_out = residual / len(x)
    d_act = d_out @ w.w_out.T
    d_pre = d_act / (1 + np.exp(-pre))
    return value, Weights(
        w_in=x.T @ d_pre,
        b_in=d_pre.sum(0),
        w_out=act.T @ d_out,
        b_out=d_out.sum(0),
    )


def sgd_step(w, grads, lr):
    return w.map2(grads, lambda p, g: p - lr * g)


key = np.random.default_rng(5)
x = key.uniform(-1, 1, (32, 3))
y = np.stack([x[:, 0] * x[:, 1], x[:, 2] ** 2], axis=1)
state = init(key, 3, 12, 2)
for step in range(100):
    value, grads = value_and_grad(state, x, y)
    state = sgd_step(state, grads, lr=0.2)
    if step % 20 == 0:
        print(f"{step:4d} {value:.5f}")
state = replace(state, b_out=np.zeros(2))
