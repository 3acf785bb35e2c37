import numpy as np

np.random.seed(99)
LR = 0.5
W1 = np.random.rand(3, 4) - 0.5
W2 = np.random.rand(4, 2) - 0.5
B1 = np.zeros(4)
B2 = np.zeros(2)
x_in = None
hidden = None
result = None


def f(v, deriv=False):
    if deriv:
        return v * (1 - v)
    return 1 / (1 + np.exp(-v))


def feed(x):
    global x_in, hidden, result
    x_in = x
    hidden = f(x_in @ W1 + B1)
    result = f(hidden @ W2 + B2)
    return result


def learn(want):
    global W1, W2, B1, B2
    err = want - result
    d2 = err * f(result, deriv=True)
    d1 = (W2 @ d2) * f(hidden, deriv=True)
    W2 = W2 + LR * np.outer(hidden, d2)
    B2 = B2 + LR * d2
    W1 = W1 + LR * np.outer(x_in, d1)
    B1 = B1 + LR * d1
    return (err ** 2).sum() / 2


samples = [((0, 0, 1), (0, 1)), ((0, 1, 1), (1, 0)), ((1, 0, 1), (1, 0)), ((1, 1, 1), (0, 1))]
n = 0
while n < 50:
    fehler = 0.0
    for inp, want in samples:
        feed(np.array(inp))
        fehler += learn(np.array(want))
    if n % 10 == 0:
        print('Durchgang', n, 'Fehler', fehler)
    n += 1
