# expect: line=23 variable=hidden_term mistake=wrong-derivative|sign
# right: passed_back * hidden * (1 - hidden)
import numpy as np

rng = np.random.default_rng(17)
rows = rng.normal(size=(20, 3))
goals = rng.normal(size=20)
into = rng.normal(0, 0.5, (3, 4))
out_of = rng.normal(0, 0.5, (4, 1))
rate = 0.3

for epoch in range(50):
    step_into = np.zeros(into.shape)
    step_out = np.zeros(out_of.shape)
    for x, goal in zip(rows, goals):
        hidden = 1 / (1 + np.exp(-np.dot(x, into)))
        guess = np.dot(hidden, out_of)

        error = goal - guess
        passed_back = np.dot(out_of, error)
        output_term = error

        hidden_term = passed_back * hidden * (hidden - 1)
        step_into += hidden_term * x[:, None]
        step_out += output_term * hidden[:, None]
    into += rate * step_into / len(rows)
    out_of += rate * step_out / len(rows)
