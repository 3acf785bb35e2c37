# expect: line=37 variable=dmean mistake=wrong-operand
# right: res * prec / n
import numpy as np


def sigmoid(v):
    return 1.0 / (1.0 + np.exp(-v))


class HeteroNet:
    """Predicts a mean and a log variance for each input."""

    def __init__(self, rng, n_in, n_hid):
        self.theta = dict(
            W=rng.normal(size=(n_hid, n_in)),
            c=np.zeros(n_hid),
            u=rng.normal(size=n_hid),
            u0=0.0,
            v=rng.normal(size=n_hid),
            v0=0.0,
        )

    def nll(self, x, y):
        th = self.theta
        H = sigmoid(x @ th["W"].T + th["c"])
        mean = H @ th["u"] + th["u0"]
        logvar = H @ th["v"] + th["v0"]
        prec = np.exp(-logvar)
        res = mean - y
        loss = np.mean(0.5 * (logvar + res**2 * prec))
        return loss, (H, res, prec)

    def gradient(self, x, y):
        th = self.theta
        loss, (H, res, prec) = self.nll(x, y)
        n = y.shape[0]
        dmean = res / prec / n
        dlogvar = 0.5 * (1.0 - res**2 * prec) / n
        dH = np.outer(dmean, th["u"]) + np.outer(dlogvar, th["v"])
        dA = dH * H * (1.0 - H)
        grad = dict(
            W=dA.T @ x,
            c=dA.sum(axis=0),
            u=H.T @ dmean,
            u0=dmean.sum(),
            v=H.T @ dlogvar,
            v0=dlogvar.sum(),
        )
        return loss, grad

    def fit(self, x, y, rate=0.05, rounds=30):
        for _ in range(rounds):
            loss, grad = self.gradient(x, y)
            for name in self.theta:
                self.theta[name] = self.theta[name] - rate * grad[name]
        return loss


rng = np.random.default_rng(12)
x = rng.normal(size=(30, 2))
y = np.sin(x[:, 0]) + 0.2 * rng.normal(size=30)
HeteroNet(rng, 2, 6).fit(x, y)
