# expect: line=13 variable=r mistake=sign
# right: mend
import numpy as np

# Steepest descent with exact line search for A x = b
n = 8
A = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
b = np.ones(n)
x = np.zeros(n)

for k in range(200):
    phi = 0.5 * x @ A @ x - b @ x
    r = b - A @ x
    rr = r @ r
    if rr < 1e-10:
        break
    alpha = rr / (r @ A @ r)
    x = x - alpha * r
    if k % 50 == 0:
        print(k, phi, rr)

print(x, np.linalg.solve(A, b))
