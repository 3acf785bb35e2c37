"""DQN with a target network and a replay buffer on a chain; the gradient is the semi-gradient."""
import random
from collections import deque, namedtuple

import numpy as np

Transition = namedtuple("Transition", "s a r s2 done")


class QNet:
    def __init__(self, n_states, n_hidden, n_actions):
        self.w1 = np.random.randn(n_states, n_hidden) * 0.1
        self.b1 = np.zeros(n_hidden)
        self.w2 = np.random.randn(n_hidden, n_actions) * 0.1
        self.b2 = np.zeros(n_actions)

    def forward(self, s):
        self.s = s
        self.h = np.maximum(0, s @ self.w1 + self.b1)
        return self.h @ self.w2 + self.b2

    def backward(self, dq):
        grads = {}
        grads["w2"] = self.h.T @ dq
        grads["b2"] = dq.sum(axis=0)
        dh = dq @ self.w2.T
        dh[self.h <= 0] = 0
        grads["w1"] = self.s.T @ dh
        grads["b1"] = dh.sum(axis=0)
        return grads

    def copy_from(self, other):
        for k in ("w1", "b1", "w2", "b2"):
            setattr(self, k, getattr(other, k).copy())


class Agent:
    def __init__(self, n_states=6, n_actions=2, gamma=0.95, lr=0.05):
        self.q = QNet(n_states, 16, n_actions)
        self.target = QNet(n_states, 16, n_actions)
        self.target.copy_from(self.q)
        self.buffer = deque(maxlen=500)
        self.gamma, self.lr = gamma, lr
        self.n_states, self.n_actions = n_states, n_actions

    def onehot(self, s):
        v = np.zeros(self.n_states)
        v[s] = 1
        return v

    def act(self, s, eps):
        if random.random() < eps:
            return random.randrange(self.n_actions)
        return int(np.argmax(self.q.forward(self.onehot(s)[None])[0]))

    def learn(self, batch_size=16):
        if len(self.buffer) < batch_size:
            return None
        batch = Transition(*zip(*random.sample(self.buffer, batch_size)))
        s = np.array([self.onehot(i) for i in batch.s])
        s2 = np.array([self.onehot(i) for i in batch.s2])
        a = np.array(batch.a)
        r = np.array(batch.r)
        done = np.array(batch.done, dtype=float)

        target = r + self.gamma * (1 - done) * self.target.forward(s2).max(axis=1)
        q = self.q.forward(s)
        idx = np.arange(batch_size)
        td = q[idx, a] - target
        loss = np.mean(td ** 2)

        dq = np.zeros_like(q)
        dq[idx, a] = 2 * td / batch_size
        for name, g in self.q.backward(dq).items():
            w = getattr(self.q, name)
            w -= self.lr * np.clip(g, -1, 1)
        return loss


def main(episodes=40):
    random.seed(0)
    np.random.seed(0)
    agent = Agent()
    for ep in range(episodes):
        s, total, loss = 0, 0.0, None
        for t in range(30):
            a = agent.act(s, max(0.1, 1 - ep / 20))
            s2 = max(0, min(agent.n_states - 1, s + (1 if a == 1 else -1)))
            done = s2 == agent.n_states - 1
            r = 1.0 if done else -0.01
            agent.buffer.append(Transition(s, a, r, s2, done))
            loss = agent.learn()
            total += r
            s = s2
            if done:
                break
        if ep % 5 == 0:
            agent.target.copy_from(agent.q)
            print(ep, total, loss)


if __name__ == "__main__":
    main()
