import numpy as np
import random
from collections import deque


class QNetwork:
    def __init__(self, state_dim, action_dim, hidden=16, lr=0.01):
        self.W1 = np.random.randn(state_dim, hidden) * np.sqrt(1.0 / state_dim)
        self.b1 = np.zeros((1, hidden))
        self.W2 = np.random.randn(hidden, action_dim) * np.sqrt(1.0 / hidden)
        self.b2 = np.zeros((1, action_dim))
        self.lr = lr

    def predict(self, s):
        self.s = s
        self.z1 = s.dot(self.W1) + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.q = self.a1.dot(self.W2) + self.b2
        return self.q

    def train_on_batch(self, s, a, targets):
        q = self.predict(s)
        batch = np.arange(len(a))
        td_error = q[batch, a] - targets
        loss = np.mean(td_error ** 2)

        dq = np.zeros_like(q)
        dq[batch, a] = 2 * td_error / len(a)
        dW2 = self.a1.T.dot(dq)
        db2 = np.sum(dq, axis=0, keepdims=True)
        da1 = dq.dot(self.W2.T)
        dz1 = da1 * (self.z1 > 0)
        dW1 = self.s.T.dot(dz1)
        db1 = np.sum(dz1, axis=0, keepdims=True)

        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
        return loss

    def copy_from(self, other):
        self.W1, self.b1 = other.W1.copy(), other.b1.copy()
        self.W2, self.b2 = other.W2.copy(), other.b2.copy()


class Agent:
    def __init__(self, state_dim, action_dim):
        self.online = QNetwork(state_dim, action_dim)
        self.target = QNetwork(state_dim, action_dim)
        self.target.copy_from(self.online)
        self.memory = deque(maxlen=500)
        self.epsilon = 1.0
        self.gamma = 0.95

    def act(self, s):
        if random.random() < self.epsilon:
            return random.randrange(2)
        return int(np.argmax(self.online.predict(s[None, :])[0]))

    def replay(self, batch_size=16):
        minibatch = random.sample(self.memory, batch_size)
        states = np.array([m[0] for m in minibatch])
        actions = np.array([m[1] for m in minibatch])
        rewards = np.array([m[2] for m in minibatch])
        next_states = np.array([m[3] for m in minibatch])
        dones = np.array([m[4] for m in minibatch])
        next_q = self.target.predict(next_states)
        targets = rewards + self.gamma * np.max(next_q, axis=1) * (1 - dones)
        loss = self.online.train_on_batch(states, actions, targets)
        if self.epsilon > 0.05:
            self.epsilon *= 0.99
        return loss


random.seed(0)
np.random.seed(0)
agent = Agent(4, 2)
s = np.random.randn(4)
for step in range(200):
    a = agent.act(s)
    s2 = s + 0.1 * np.random.randn(4) + (0.1 if a else -0.1)
    r = -abs(s2[0])
    done = float(step % 20 == 19)
    agent.memory.append((s, a, r, s2, done))
    s = np.random.randn(4) if done else s2
    if len(agent.memory) > 32:
        loss = agent.replay()
        if step % 50 == 0:
            agent.target.copy_from(agent.online)
            print(step, loss)
