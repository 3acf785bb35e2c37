import numpy as np

rng = np.random.default_rng(1)
theta = 0.01 * rng.normal(size=(3, 4))
lr, gamma = 0.1, 0.9


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


for episode in range(30):
    states, actions, rewards = [], [], []
    s = rng.normal(size=4)
    for t in range(8):
        probs = softmax(theta @ s)
        a = rng.choice(3, p=probs)
        states.append(s)
        actions.append(a)
        rewards.append(float(a == np.argmax(s[:3])))
        s = rng.normal(size=4)
    G = 0.0
    for t in reversed(range(8)):
        G = rewards[t] + gamma * G
        probs = softmax(theta @ states[t])
        grad_log = -probs
        grad_log[actions[t]] += 1
        theta += lr * G * np.outer(grad_log, states[t])
