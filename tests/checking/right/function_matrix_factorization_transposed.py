"""Ratings as a product of two matrices, entry by entry, the second one turned over."""

import numpy


def factorize(R, P, Q, K, steps=2000, alpha=0.0002, beta=0.02):
    Q = Q.T
    for step in range(steps):
        for i in range(len(R)):
            for j in range(len(R[i])):
                if R[i][j] > 0:
                    eij = R[i][j] - numpy.dot(P[i, :], Q[:, j])
                    for k in range(K):
                        before = P[i][k]
                        P[i][k] = P[i][k] + alpha * (2 * eij * Q[k][j] - beta * P[i][k])
                        Q[k][j] = Q[k][j] + alpha * (2 * eij * before - beta * Q[k][j])
    return P, Q.T


R = numpy.array([[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [1, 0, 0, 4], [0, 1, 5, 4]])
K = 2
P = numpy.random.rand(len(R), K)
Q = numpy.random.rand(len(R[0]), K)
P, Q = factorize(R, P, Q, K)
print(numpy.dot(P, Q.T))
