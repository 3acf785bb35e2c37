import numpy as np

L1, L2, L3 = 1.0, 0.8, 0.5
target = np.array([1.2, 1.1])
q = np.array([0.3, 0.2, 0.1])


def fk(q):
    a = np.cumsum(q)
    x = L1 * np.cos(a[0]) + L2 * np.cos(a[1]) + L3 * np.cos(a[2])
    y = L1 * np.sin(a[0]) + L2 * np.sin(a[1]) + L3 * np.sin(a[2])
    return np.array([x, y])


def jacobian(q):
    a = np.cumsum(q)
    s = np.array([L1, L2, L3]) * np.sin(a)
    c = np.array([L1, L2, L3]) * np.cos(a)
    J = np.zeros((2, 3))
    for i in range(3):
        J[0, i] = -s[i:].sum()
        J[1, i] = c[i:].sum()
    return J


# Jacobian transpose method
for i in range(200):
    e = target - fk(q)
    dq = jacobian(q).T @ e
    q = q + 0.1 * dq
    if np.linalg.norm(e) < 1e-4:
        print("converged after", i)
        break
print(np.degrees(q), fk(q))
