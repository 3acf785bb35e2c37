# expect: line=22 variable=d2 mistake=sign
# right: d2 = -err * gprime(a2)
# batch gradient is a plain sum, the learning rate is small enough to absorb 1/m
import numpy as np

np.random.seed(61)
m = 50
X = np.random.rand(m, 2)
Y = (X.sum(axis=1, keepdims=True) > 1).astype(float)
w0 = np.random.randn(2, 5)
w1 = np.random.randn(5, 1)
rate = 0.02

def g(z): return 1 / (1 + np.exp(-z))
def gprime(a): return a * (1 - a)    # a is already g(z)

for i in range(1500):
    a1 = g(X @ w0)
    a2 = g(a1 @ w1)
    err = -(a2 - Y)
    cost = np.mean(err ** 2)
    d2 = err * gprime(a2)
    d1 = d2 @ w1.T * gprime(a1)
    w1 -= rate * a1.T @ d2
    w0 -= rate * X.T @ d1
    if i % 500 == 0: print(i, cost)
