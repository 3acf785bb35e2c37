# expect: line=61 variable=b mistake=scale
# right: b -= args.lr * p.sum(axis=0)
import argparse
import logging
from typing import Iterator, Tuple

import numpy as np

log = logging.getLogger("train")


def make_data(n: int, rng: np.random.Generator) -> Tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(0, 3, n)
    angle = labels * 2 * np.pi / 3
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.5 * rng.standard_normal((n, 2))
    return x, labels


def batches(x: np.ndarray, y: np.ndarray, size: int, rng) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        idx = order[start:start + size]
        yield x[idx], y[idx]


def softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def evaluate(x, y, w, b) -> Tuple[float, float]:
    p = softmax(x @ w + b)
    return float(-np.log(p[np.arange(len(y)), y]).mean()), float((p.argmax(1) == y).mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.2)
    parser.add_argument("--weight-decay", type=float, default=1e-3)
    parser.add_argument("--patience", type=int, default=3)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)

    rng = np.random.default_rng(0)
    x_train, y_train = make_data(150, rng)
    x_val, y_val = make_data(60, rng)
    w = 0.01 * rng.standard_normal((2, 3))
    b = np.zeros(3)

    best, bad = float("inf"), 0
    best_params = (w.copy(), b.copy())
    for epoch in range(args.epochs):
        for xb, yb in batches(x_train, y_train, args.batch_size, rng):
            p = softmax(xb @ w + b)
            p[np.arange(len(yb)), yb] -= 1
            p /= len(yb)
            w -= args.lr * (xb.T @ p + args.weight_decay * w)
            b -= 2 * args.lr * p.sum(axis=0)
        val_loss, val_acc = evaluate(x_val, y_val, w, b)
        log.info("epoch %d: val loss %.4f, accuracy %.3f", epoch, val_loss, val_acc)
        if val_loss < best - 1e-4:
            best, bad = val_loss, 0
            best_params = (w.copy(), b.copy())
        else:
            bad += 1
            if bad >= args.patience:
                log.info("early stopping")
                break
    w, b = best_params
    log.info("final %s", evaluate(x_val, y_val, w, b))


if __name__ == "__main__":
    main()
