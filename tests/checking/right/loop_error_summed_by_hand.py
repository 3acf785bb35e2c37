"""Entry by entry, after bpnn.py: error is first a difference, then a sum passed back."""
import numpy as np

np.random.seed(2)
n_in, n_hid, n_out = 3, 4, 2
w_ih = np.random.uniform(-1, 1, (n_in, n_hid))
w_ho = np.random.uniform(-1, 1, (n_hid, n_out))
data = [(np.array([0.1, 0.9, -0.4]), np.array([0.2, 0.7])),
        (np.array([-0.5, 0.3, 0.8]), np.array([0.9, 0.1]))]
rate = 0.4

for epoch in range(30):
    for x, t in data:
        hidden = np.zeros(n_hid)
        for j in range(n_hid):
            hidden[j] = np.tanh(np.sum(x * w_ih[:, j]))
        output = np.zeros(n_out)
        for k in range(n_out):
            output[k] = np.tanh(np.sum(hidden * w_ho[:, k]))

        output_deltas = np.zeros(n_out)
        for k in range(n_out):
            error = t[k] - output[k]
            output_deltas[k] = error * (1 - output[k] ** 2)

        hidden_deltas = np.zeros(n_hid)
        for j in range(n_hid):
            error = 0.0
            for k in range(n_out):
                error += output_deltas[k] * w_ho[j, k]
            hidden_deltas[j] = error * (1 - hidden[j] ** 2)

        for j in range(n_hid):
            for k in range(n_out):
                w_ho[j, k] += rate * output_deltas[k] * hidden[j]
        for i in range(n_in):
            for j in range(n_hid):
                w_ih[i, j] += rate * hidden_deltas[j] * x[i]
