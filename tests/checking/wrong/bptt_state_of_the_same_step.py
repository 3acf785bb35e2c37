# expect: line=40 variable=dLdW mistake=wrong-operand
# right: dLdW += np.outer(delta_t, s[step - 1])
import numpy as np

np.random.seed(0)
hidden, vocab, T = 10, 5, 4
U = np.random.uniform(-.3, .3, (hidden, vocab))
W = np.random.uniform(-.3, .3, (hidden, hidden))
V = np.random.uniform(-.3, .3, (vocab, hidden))


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


def forward(x):
    s = np.zeros((T + 1, hidden))
    o = np.zeros((T, vocab))
    for t in range(T):
        s[t] = np.tanh(U[:, x[t]] + W.dot(s[t - 1]))
        o[t] = softmax(V.dot(s[t]))
    return o, s


def calculate_loss(x, y):
    o, _ = forward(x)
    return -np.sum(np.log(o[np.arange(T), y]))


def bptt(x, y):
    o, s = forward(x)
    dLdU, dLdW, dLdV = (np.zeros(m.shape) for m in (U, W, V))
    delta_o = o.copy()
    delta_o[np.arange(T), y] -= 1.
    for t in np.arange(T)[::-1]:
        dLdV += np.outer(delta_o[t], s[t].T)
        delta_t = V.T.dot(delta_o[t]) * (1 - (s[t] ** 2))
        for step in np.arange(max(0, t - 20), t + 1)[::-1]:
            dLdW += np.outer(delta_t, s[step])
            dLdU[:, x[step]] += delta_t
            delta_t = W.T.dot(delta_t) * (1 - s[step - 1] ** 2)
    return dLdU, dLdW, dLdV


x = np.array([0, 1, 2, 3])
y = np.array([1, 2, 3, 4])
for epoch in range(60):
    dLdU, dLdW, dLdV = bptt(x, y)
    U -= 0.1 * dLdU
    W -= 0.1 * dLdW
    V -= 0.1 * dLdV
    if epoch % 20 == 0:
        print(calculate_loss(x, y))
