import numpy as np

# Sutton & Barto, section 2.8: the gradient bandit with a baseline.
rng = np.random.default_rng(0)
k = 5
q_true = rng.normal(size=k)
H = np.zeros(k)
r_bar, alpha = 0.0, 0.1

for t in range(1, 201):
    pi = np.exp(H - H.max())
    pi /= pi.sum()
    a = rng.choice(k, p=pi)
    r = q_true[a] + rng.normal()
    r_bar += (r - r_bar) / t
    log_prob = np.log(pi[a])
    loss = -(r - r_bar) * log_prob
    one_hot = np.zeros(k)
    one_hot[a] = 1
    H += alpha * (r - r_bar) * (one_hot - pi)
print(q_true.argmax(), pi.round(2))
