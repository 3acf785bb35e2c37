# expect: line=39 variable=grad_pred mistake=sign
# right: grad_est - Hm.T @ K.T @ grad_est
"""Learn a constant observer gain by gradient descent through the filter."""
import numpy as np

rng = np.random.RandomState(33)
A = np.array([[1.0, 0.1], [0.0, 0.95]])
Hm = np.array([[1.0, 0.0]])
K = np.array([[0.1], [0.1]])
T = 8
eta = 0.05

xs = [np.array([[1.0], [0.5]])]
for _ in range(T):
    xs.append(A @ xs[-1] + 0.05 * rng.randn(2, 1))
zs = [Hm @ x + 0.1 * rng.randn(1, 1) for x in xs[1:]]

for it in range(100):
    # filter
    est = [np.zeros((2, 1))]
    inns = []
    preds = []
    for t in range(T):
        pred = A @ est[-1]
        inn = zs[t] - Hm @ pred
        est.append(pred + K @ inn)
        preds.append(pred)
        inns.append(inn)
    loss = 0.0
    for t in range(1, T + 1):
        loss += 0.5 * np.sum((est[t] - xs[t]) ** 2)

    # backward through time
    grad_K = np.zeros_like(K)
    grad_est = np.zeros((2, 1))
    for t in reversed(range(T)):
        grad_est = grad_est + (est[t + 1] - xs[t + 1])
        grad_K += grad_est @ inns[t].T
        grad_pred = grad_est + Hm.T @ K.T @ grad_est
        grad_est = A.T @ grad_pred
    K -= eta * grad_K
    if it % 25 == 0:
        print(it, loss)
