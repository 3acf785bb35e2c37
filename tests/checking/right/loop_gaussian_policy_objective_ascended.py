"""Gaussian policy gradient (REINFORCE) on a one-step continuous bandit with context."""
import numpy as np

rng = np.random.default_rng(17)
K = rng.normal(size=(3, 2)) * 0.1   # mean weights
log_std = np.zeros(2)
target = np.array([[1.0, -1.0], [0.5, 0.2], [-0.3, 0.7]])
baseline = 0.0
lr = 0.02

for episode in range(100):
    s = rng.normal(size=(32, 3))
    mean = s @ K
    std = np.exp(log_std)
    noise = rng.normal(size=mean.shape)
    action = mean + std * noise
    reward = -np.sum((action - s @ target) ** 2, axis=1)
    advantage = reward - baseline
    baseline = 0.9 * baseline + 0.1 * reward.mean()
    logp = -0.5 * np.sum(((action - mean) / std) ** 2 + 2 * log_std + np.log(2 * np.pi), axis=1)
    objective = np.mean(logp * advantage)

    dlogp = advantage[:, None] / len(s)
    dmean = dlogp * (action - mean) / std**2
    dlog_std = np.sum(dlogp * (((action - mean) / std) ** 2 - 1), axis=0)
    K += lr * s.T @ dmean
    log_std += lr * dlog_std
    if episode % 20 == 0:
        print(episode, reward.mean())
