import numpy as np

class QNetwork:
    """Only the taken action's output has an error (DQN)."""

    def __init__(self, n_state, n_hidden, n_action, lr=0.01):
        self.w1 = np.random.randn(n_state, n_hidden) * 0.3
        self.b1 = np.zeros(n_hidden)
        self.w2 = np.random.randn(n_hidden, n_action) * 0.3
        self.b2 = np.zeros(n_action)
        self.lr = lr

    def forward(self, s):
        self.s = s
        self.h = np.maximum(0.0, s @ self.w1 + self.b1)
        return self.h @ self.w2 + self.b2

    def learn(self, s, a, target):
        n = len(a)
        q = self.forward(s)
        td = q[np.arange(n), a] - target
        loss = 0.5 * np.mean(td ** 2)
        dq = np.zeros_like(q)
        dq[np.arange(n), a] = td / n
        dw2 = self.h.T @ dq
        db2 = dq.sum(axis=0)
        dh = dq @ self.w2.T
        dh[self.h <= 0] = 0.0
        dw1 = self.s.T @ dh
        db1 = dh.sum(axis=0)
        self.w1 -= self.lr * dw1
        self.b1 -= self.lr * db1
        self.w2 -= self.lr * dw2
        self.b2 -= self.lr * db2
        return loss


np.random.seed(37)
net = QNetwork(4, 10, 3, lr=0.05)
gamma = 0.9
for step in range(100):
    s = np.random.randn(8, 4)
    a = np.random.randint(0, 3, 8)
    r = s[np.arange(8), a] * 0.5
    s2 = s + 0.1 * np.random.randn(8, 4)
    target = r + gamma * net.forward(s2).max(axis=1)   # a constant for the gradient
    loss = net.learn(s, a, target)
    if step % 25 == 0:
        print(step, loss)
