# expect: line=21 variable=theta mistake=wrong-operand
# right: rate * advantage * (picked - policy)
"""REINFORCE on a bandit with four arms and a running baseline."""
import numpy as np

rng = np.random.default_rng(11)
payoff = rng.normal(1.0, 1.0, 4)
theta = np.zeros(4)
rate = 0.2
baseline = 0.0

for episode in range(1, 300):
    scores = np.exp(theta - theta.max())
    policy = scores / scores.sum()
    arm = rng.choice(4, p=policy)
    reward = payoff[arm] + 0.5 * rng.normal()
    baseline += (reward - baseline) / episode
    advantage = reward - baseline
    loss = -advantage * np.log(policy[arm])
    picked = (np.arange(4) == arm).astype(float)
    theta += rate * advantage * (picked - reward)
