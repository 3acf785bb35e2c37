import numpy as np

rng = np.random.default_rng(0)
n_features, n_actions = 4, 2
theta = np.zeros((n_features, n_actions))
alpha, gamma = 0.05, 0.99


def pi(s):
    h = s @ theta
    e = np.exp(h - h.max())
    return e / e.sum()


def env_step(s, a):
    s2 = 0.9 * s + 0.3 * rng.normal(size=n_features)
    r = s[0] if a == 1 else -s[0]
    return s2, r


for episode in range(20):
    s = rng.normal(size=n_features)
    trajectory = []
    for t in range(15):
        p = pi(s)
        a = rng.choice(n_actions, p=p)
        s2, r = env_step(s, a)
        trajectory.append((s, a, r))
        s = s2
    G = 0.0
    returns = []
    for _, _, r in reversed(trajectory):
        G = r + gamma * G
        returns.insert(0, G)
    returns = np.array(returns)
    returns -= returns.mean()
    grad = np.zeros_like(theta)
    for (s, a, _), G in zip(trajectory, returns):
        p = pi(s)
        dlog = -p
        dlog[a] += 1
        grad += G * np.outer(s, dlog)
    theta += alpha * grad / len(trajectory)
    print(episode, sum(r for _, _, r in trajectory))
