import numpy as np

def matrix_factorization(R, P, Q, K, steps=60, alpha=0.01, beta=0.02):
    Q = Q.T
    for step in range(steps):
        for i in range(len(R)):
            for j in range(len(R[i])):
                if R[i][j] > 0:
                    eij = R[i][j] - np.dot(P[i, :], Q[:, j])
                    p_old = P[i, :].copy()
                    P[i, :] = P[i, :] + alpha * (eij * Q[:, j] - beta * P[i, :])
                    Q[:, j] = Q[:, j] + alpha * (eij * p_old - beta * Q[:, j])
        e = 0
        for i in range(len(R)):
            for j in range(len(R[i])):
                if R[i][j] > 0:
                    e = e + 0.5 * (R[i][j] - np.dot(P[i, :], Q[:, j])) ** 2
                    e = e + (beta / 2) * (np.dot(P[i, :], P[i, :]) + np.dot(Q[:, j], Q[:, j]))
        if e < 0.001:
            break
    print('error', e)
    return P, Q.T

R = np.array([[5, 3, 0, 1],
              [4, 0, 0, 1],
              [1, 1, 0, 5],
              [0, 1, 5, 4]])
np.random.seed(0)
K = 2
P = np.random.rand(len(R), K)
Q = np.random.rand(len(R[0]), K)
nP, nQ = matrix_factorization(R, P, Q, K)
print(np.round(nP @ nQ.T, 2))
