import argparse

import numpy as np


def parse_args():
    parser = argparse.ArgumentParser(description="Mixture density network on the inverse sine problem")
    parser.add_argument("--hidden", type=int, default=10)
    parser.add_argument("--components", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    args = parse_args()
    rng = np.random.default_rng(args.seed)
    t = rng.uniform(0, 1, (60, 1))
    x = t + 0.3 * np.sin(2 * np.pi * t) + rng.uniform(-0.1, 0.1, t.shape)

    K = args.components
    W1 = rng.normal(0, 1.0, (1, args.hidden))
    b1 = np.zeros(args.hidden)
    W2 = rng.normal(0, 0.3, (args.hidden, 3 * K))
    b2 = np.zeros(3 * K)

    for epoch in range(args.epochs):
        h = np.tanh(x @ W1 + b1)
        z = h @ W2 + b2
        z_pi, mu, log_sigma = z[:, :K], z[:, K:2 * K], z[:, 2 * K:]
        e_pi = np.exp(z_pi - z_pi.max(axis=1, keepdims=True))
        pi = e_pi / e_pi.sum(axis=1, keepdims=True)
        sigma = np.exp(log_sigma)
        density = np.exp(-0.5 * ((t - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
        joint = pi * density
        total = joint.sum(axis=1, keepdims=True)
        nll = -np.mean(np.log(total))

        gamma = joint / total  # responsibilities
        n = len(x)
        d_z = np.zeros_like(z)
        d_z[:, :K] = (pi - gamma) / n
        d_z[:, K:2 * K] = gamma * (mu - t) / sigma**2 / n
        d_z[:, 2 * K:] = gamma * (1 - ((t - mu) / sigma) ** 2) / n
        d_W2 = h.T @ d_z
        d_b2 = d_z.sum(axis=0)
        d_a = (d_z @ W2.T) * (1 - h**2)
        d_W1 = x.T @ d_a
        d_b1 = d_a.sum(axis=0)

        W1 -= args.lr * d_W1
        b1 -= args.lr * d_b1
        W2 -= args.lr * d_W2
        b2 -= args.lr * d_b2
        if epoch % 10 == 0:
            print("epoch {:3d}  nll {:.4f}".format(epoch, nll))


if __name__ == "__main__":
    main()
