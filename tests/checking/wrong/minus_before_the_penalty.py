# expect: line=22 variable=gW mistake=sign
# right: X.T.dot(gs)
# gradients only, in main(), the regularization added in a line of its own
import numpy as np


def main():
    rng = np.random.RandomState(3)
    X = rng.randn(10, 7)
    y = rng.randint(4, size=10)
    W = rng.randn(7, 4) * 0.01
    reg = 0.1
    scores = X.dot(W)
    scores -= np.max(scores, axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(10), y])) / 10
    loss += reg * np.sum(W * W)
    gs = p.copy()
    gs[np.arange(10), y] -= 1
    gs /= 10
    gW = -X.T.dot(gs)
    gW += 2 * reg * W
    print("loss", loss, "gradient", np.linalg.norm(gW))


if __name__ == "__main__":
    main()
