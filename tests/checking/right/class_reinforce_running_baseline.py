import numpy as np

class Policy:
    """REINFORCE with a baseline for a two-layer softmax policy"""
    def __init__(self, d, h, k, seed=0):
        r = np.random.RandomState(seed)
        self.W1 = r.randn(d, h) / np.sqrt(d)
        self.W2 = r.randn(h, k) / np.sqrt(h)

    def forward(self, X):
        h = np.tanh(X @ self.W1)
        logits = h @ self.W2
        logits -= logits.max(axis=1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        return p, h

    def loss(self, X, actions, advantages):
        p, _ = self.forward(X)
        logp = np.log(p[np.arange(len(X)), actions])
        return -np.mean(advantages * logp)

    def gradient(self, X, actions, advantages):
        p, h = self.forward(X)
        dlogits = p
        dlogits[np.arange(len(X)), actions] -= 1
        dlogits *= advantages[:, None] / len(X)
        dW2 = h.T @ dlogits
        dh = dlogits @ self.W2.T
        dW1 = X.T @ (dh * (1 - h ** 2))
        return dW1, dW2


def bandit(rng, n):
    X = rng.randn(n, 4)
    best = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    return X, best


if __name__ == "__main__":
    rng = np.random.RandomState(1)
    pi = Policy(4, 16, 3)
    baseline = 0.0
    for it in range(200):
        X, best = bandit(rng, 64)
        p, _ = pi.forward(X)
        actions = np.array([rng.choice(3, p=row) for row in p])
        rewards = (actions == best).astype(float)
        adv = rewards - baseline
        baseline += 0.1 * (rewards.mean() - baseline)
        L = pi.loss(X, actions, adv)
        dW1, dW2 = pi.gradient(X, actions, adv)
        pi.W1 -= 0.5 * dW1
        pi.W2 -= 0.5 * dW2
        if it % 50 == 0:
            print(it, L, rewards.mean())
