# global arrays, functions that change them in place, out= and in-place operations
import numpy as np

N, D, H, K = 64, 7, 10, 2
rs = np.random.RandomState(8)
X = rs.randn(N, D)
y = np.where(X[:, 0] * X[:, 1] > 0, 1.0, -1.0)
W = rs.randn(K, D, H) * 0.3
B = np.zeros((K, H))
v = rs.randn(H) * 0.3
c = np.zeros(1)
gW, gB, gv, gc = (np.zeros_like(q) for q in (W, B, v, c))
rate, decay, mu = 0.1, 1e-3, 0.9
vel = [np.zeros_like(q) for q in (W, B, v, c)]

def forward(x):
    global Z, which, h
    Z = np.einsum('nd,kdh->knh', x, W) + B[:, None, :]
    which = Z.argmax(axis=0)
    h = Z.max(axis=0)
    return h @ v + c[0]

def objective(s, t):
    return np.mean(np.maximum(0, 1 - t * s)) + 0.5 * decay * (np.sum(W * W) + np.sum(v * v))

def backward(x, s, t):
    ds = -t * ((t * s) < 1)
    ds /= len(t)
    np.dot(h.T, ds, out=gv)
    gv[:] += decay * v
    gc[0] = ds.sum()
    dh = np.multiply.outer(ds, v)
    for k in range(K):
        dz = dh * (which == k)
        np.matmul(x.T, dz, out=gW[k])
        gW[k] += decay * W[k]
        gB[k] = dz.sum(axis=0)

def update():
    for q, g, m in zip((W, B, v, c), (gW, gB, gv, gc), vel):
        m *= mu
        m -= rate * g
        q += m

for epoch in range(100):
    s = forward(X)
    J = objective(s, y)
    backward(X, s, y)
    update()
    if epoch % 20 == 0:
        print(epoch, J, np.mean(np.sign(s) == y))
