import numpy as np
rng = np.random.RandomState(3)
A = rng.randn(40, 6); Pz = A + 0.2*rng.randn(40, 6); Ng = rng.randn(40, 6)
W = rng.randn(6, 4)*0.5
margin, lr = 1.0, 0.05
def embed(X, W):
    return np.tanh(X @ W)
for epoch in range(50):
    a, p, n = embed(A, W), embed(Pz, W), embed(Ng, W)
    d_pos = np.sum((a - p)**2, axis=1)
    d_neg = np.sum((a - n)**2, axis=1)
    violation = d_pos - d_neg + margin
    active = (violation > 0).astype(float)
    loss = np.mean(np.maximum(0, violation))
    c = (active/len(A))[:, None]
    da = c*2*((a - p) - (a - n))
    dp = -c*2*(a - p)
    dn = c*2*(a - n)
    dW = A.T @ (da*(1 - a**2)) + Pz.T @ (dp*(1 - p**2)) + Ng.T @ (dn*(1 - n**2))
    W -= lr*dW
    print(epoch, loss, active.mean())
