# expect: line=25 variable=step_u mistake=wrong-operand
# right: pull * V[j]
"""GloVe with AdaGrad, one pair at a time: one of two gradients lacks the pair's weight."""
import numpy as np

rng = np.random.default_rng(3)
words, size, most, rate = 8, 3, 15.0, 0.05
counts = [(int(a), int(b), float(c)) for a, b, c in
          zip(rng.integers(0, words, 30), rng.integers(0, words, 30), rng.integers(1, 30, 30))]
U = (rng.random((words, size)) - 0.5) / size
V = (rng.random((words, size)) - 0.5) / size
p = np.zeros(words)
q = np.zeros(words)
seen_U = np.ones((words, size))
seen_V = np.ones((words, size))
seen_p = np.ones(words)
seen_q = np.ones(words)

for sweep in range(10):
    for i, j, c in counts:
        share = (c / most) ** 0.75 if c < most else 1.0
        error = U[i] @ V[j] + p[i] + q[j] - np.log(c)
        pull = share * error
        loss = 0.5 * pull * error
        step_u = error * V[j]
        step_v = pull * U[i]
        U[i] -= rate * step_u / np.sqrt(seen_U[i])
        V[j] -= rate * step_v / np.sqrt(seen_V[j])
        p[i] -= rate * pull / np.sqrt(seen_p[i])
        q[j] -= rate * pull / np.sqrt(seen_q[j])
        seen_U[i] += step_u**2
        seen_V[j] += step_v**2
        seen_p[i] += pull**2
        seen_q[j] += pull**2
