import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Config:
    hidden: int = 16
    steps: int = 60
    warmup: int = 10
    peak_lr: float = 0.02
    weight_decay: float = 0.05
    ema: float = 0.98


def lr_at(step, cfg):
    if step < cfg.warmup:
        return cfg.peak_lr * (step + 1) / cfg.warmup
    progress = (step - cfg.warmup) / (cfg.steps - cfg.warmup)
    return 0.5 * cfg.peak_lr * (1 + math.cos(math.pi * progress))


class AdamW:
    def __init__(self, weight_decay, b1=0.9, b2=0.99, eps=1e-8):
        self.wd, self.b1, self.b2, self.eps = weight_decay, b1, b2, eps
        self.state = {}
        self.t = 0

    def step(self, params, grads, lr):
        self.t += 1
        for name, w in params.items():
            m, v = self.state.get(name, (0.0, 0.0))
            m = self.b1 * m + (1 - self.b1) * grads[name]
            v = self.b2 * v + (1 - self.b2) * grads[name] ** 2
            self.state[name] = (m, v)
            m_hat = m / (1 - self.b1 ** self.t)
            v_hat = v / (1 - self.b2 ** self.t)
            if w.ndim == 2:
                w -= lr * self.wd * w
            w -= lr * m_hat / (np.sqrt(v_hat) + self.eps)


cfg = Config()
rng = np.random.default_rng(3)
x = rng.uniform(-2, 2, (128, 1))
y = np.sin(2 * x) + 0.1 * rng.normal(size=x.shape)

params = {
    "w1": rng.normal(0, 1, (1, cfg.hidden)),
    "b1": np.zeros(cfg.hidden),
    "w2": rng.normal(0, cfg.hidden ** -0.5, (cfg.hidden, 1)),
    "b2": np.zeros(1),
}
shadow = {k: v.copy() for k, v in params.items()}
opt = AdamW(cfg.weight_decay)

for step in range(cfg.steps):
    idx = rng.choice(len(x), 32, replace=False)
    xb, yb = x[idx], y[idx]
    a = xb @ params["w1"] + params["b1"]
    h = np.tanh(a)
    out = h @ params["w2"] + params["b2"]
    loss = 0.5 * np.mean((out - yb) ** 2)

    g_out = (out - yb) / len(xb)
    g_h = g_out @ params["w2"].T
    g_a = g_h * (1 - h * h)
    grads = {
        "w2": h.T @ g_out,
        "b2": g_out.sum(0),
        "w1": xb.T @ g_a,
        "b1": g_a.sum(0),
    }
    opt.step(params, grads, lr_at(step, cfg))
    for k in shadow:
        shadow[k] = cfg.ema * shadow[k] + (1 - cfg.ema) * params[k]
    if step % 20 == 0:
        print(step, loss)

h = np.tanh(x @ shadow["w1"] + shadow["b1"])
print("ema mse", np.mean((h @ shadow["w2"] + shadow["b2"] - y) ** 2))
