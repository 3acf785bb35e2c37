"""loss_and_grads style: one function for the forward pass, one for the gradient dict."""
import numpy as np


def init_params(rng, d, h, c):
    return {'W1': rng.normal(0, d ** -0.5, (d, h)), 'b1': np.zeros(h),
            'W2': rng.normal(0, h ** -0.5, (h, c)), 'b2': np.zeros(c)}


def forward(params, X):
    z1 = X @ params['W1'] + params['b1']
    h1 = np.maximum(z1, 0)
    logits = h1 @ params['W2'] + params['b2']
    logits = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    probs = e / e.sum(axis=1, keepdims=True)
    cache = {'X': X, 'z1': z1, 'h1': h1, 'probs': probs}
    return probs, cache


def compute_loss(params, probs, Y, lam):
    n = Y.shape[0]
    ce = -np.sum(Y * np.log(probs)) / n
    l2 = 0.5 * lam * (np.sum(params['W1'] ** 2) + np.sum(params['W2'] ** 2))
    return ce + l2


def backward(params, cache, Y, lam):
    n = Y.shape[0]
    grads = {}
    dlogits = (cache['probs'] - Y) / n
    grads['W2'] = cache['h1'].T @ dlogits + lam * params['W2']
    grads['b2'] = dlogits.sum(axis=0)
    dh1 = dlogits @ params['W2'].T
    dz1 = np.where(cache['z1'] > 0, dh1, 0)
    grads['W1'] = cache['X'].T @ dz1 + lam * params['W1']
    grads['b1'] = dz1.sum(axis=0)
    return grads


def sgd(params, grads, lr):
    for name in params:
        params[name] -= lr * grads[name]


def main():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(24, 3))
    labels = np.argmax(X, axis=1)
    Y = np.eye(3)[labels]
    params = init_params(rng, 3, 7, 3)
    lam = 0.01
    for step in range(100):
        probs, cache = forward(params, X)
        loss = compute_loss(params, probs, Y, lam)
        grads = backward(params, cache, Y, lam)
        sgd(params, grads, 0.5)
        if step % 25 == 0:
            print(step, loss)


if __name__ == '__main__':
    main()
