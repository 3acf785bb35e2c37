import numpy as np

rng = np.random.RandomState(2)
X = rng.randn(30, 4)
t = rng.randint(0, 3, 30)
W = {'1': rng.randn(4, 6) * .3, '2': rng.randn(6, 3) * .3}
cache = {k: np.zeros_like(v) for k, v in W.items()}
lr, decay = 5e-3, 0.95

for epoch in range(200):
    h = np.tanh(X.dot(W['1']))
    o = h.dot(W['2'])
    lse = np.log(np.sum(np.exp(o), axis=1))
    nll = np.mean(lse - o[np.arange(30), t])

    do = np.exp(o - lse[:, None])
    do[np.arange(30), t] -= 1.0
    do = do / 30
    dW = {}
    dW['2'] = h.T.dot(do)
    dh = do.dot(W['2'].T)
    dW['1'] = X.T.dot(dh * (1 - h * h))

    for k in W:
        cache[k] = decay * cache[k] + (1 - decay) * dW[k] ** 2
        W[k] -= lr * dW[k] / (np.sqrt(cache[k]) + 1e-6)

    if epoch % 50 == 0:
        print(epoch, nll)
