# expect: line=38 variable=W mistake=wrong-operand
# right: W += step_W
# every intermediate has a name: the raw draws, and the step before it is made
import numpy as np

rng = np.random.RandomState(12)
X = rng.randn(30, 4)
t = rng.randint(0, 3, 30)

raw = rng.randn(4, 6)
W = raw / np.sqrt(4)
unit = rng.randn(6, 3)
V = unit / np.linalg.norm(unit)
vel_W = np.zeros_like(W)
vel_V = np.zeros_like(V)
rate, keep = 0.1, 0.9

for it in range(60):
    H = np.tanh(X @ W)
    S = H @ V
    E = np.exp(S - S.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    cost = -np.log(P[np.arange(30), t]).mean()
    Y = np.zeros_like(P)
    Y[np.arange(30), t] = 1
    dS = (P - Y) / 30
    dV = H.T @ dS
    dW = X.T @ (dS @ V.T * (1 - H ** 2))
    kept = keep * vel_V
    push = rate * dV
    vel_V = kept - push
    step_V = (1 + keep) * vel_V - kept
    V += step_V
    kept = keep * vel_W
    push = rate * dW
    vel_W = kept - push
    step_W = (1 + keep) * vel_W - kept
    W += vel_W
    if it % 20 == 0:
        print(it, cost)
