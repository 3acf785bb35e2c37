"""t-SNE, the part after the affinities (van der Maaten's reference code, shortened)."""
import numpy as np

np.random.seed(0)
X = np.random.randn(30, 5)
X[:15] += 3


def affinities(X, sigma=2.0):
    d = np.square(X[:, None] - X[None]).sum(-1)
    P = np.exp(-d / (2 * sigma ** 2))
    np.fill_diagonal(P, 0)
    P = P / P.sum(axis=1, keepdims=True)
    P = P + P.T
    return P / P.sum()


n = X.shape[0]
no_dims = 2
max_iter = 100
eta = 10
min_gain = 0.01
Y = np.random.randn(n, no_dims) * 0.1
dY = np.zeros((n, no_dims))
iY = np.zeros((n, no_dims))
gains = np.ones((n, no_dims))
P = np.maximum(affinities(X), 1e-12)

for iter in range(max_iter):
    # Compute pairwise affinities
    sum_Y = np.sum(np.square(Y), 1)
    num = -2. * np.dot(Y, Y.T)
    num = 1. / (1. + np.add(np.add(num, sum_Y).T, sum_Y))
    num[range(n), range(n)] = 0.
    Q = num / np.sum(num)
    Q = np.maximum(Q, 1e-12)

    # Compute gradient
    PQ = P - Q
    for i in range(n):
        dY[i, :] = np.sum(np.tile(PQ[:, i] * num[:, i], (no_dims, 1)).T * (Y[i, :] - Y), 0)

    # Perform the update
    momentum = 0.5 if iter < 20 else 0.8
    gains = (gains + 0.2) * ((dY > 0.) != (iY > 0.)) + \
            (gains * 0.8) * ((dY > 0.) == (iY > 0.))
    gains[gains < min_gain] = min_gain
    iY = momentum * iY - eta * (gains * dY)
    Y = Y + iY
    Y = Y - np.tile(np.mean(Y, 0), (n, 1))

    # Compute current value of cost function
    if (iter + 1) % 10 == 0:
        C = np.sum(P * np.log(P / Q))
        print("Iteration %d: error is %f" % (iter + 1, C))
