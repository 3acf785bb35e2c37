"""Random programs with a backward pass: right by construction, or corrupted.

A grammar composes whole networks of the layers, losses, signs, spellings and ways to
update that people use; tokens of existing programs are dropped, doubled or swapped to
make what no grammar would.
"""

from __future__ import annotations

import io
import random
import tokenize
from dataclasses import dataclass
from itertools import pairwise

# name: (the forward line, its slope from the output)
ACTIVATIONS = {
    "sigmoid": ("1 / (1 + np.exp(-{z}))", "{h} * (1 - {h})"),
    "tanh": ("np.tanh({z})", "(1 - {h} ** 2)"),
    "relu": ("np.maximum(0, {z})", "({h} > 0)"),
    "softplus": ("np.log(1 + np.exp({z}))", "(1 - np.exp(-{h}))"),
}
PRODUCTS = ("{a} @ {b}", "np.dot({a}, {b})", "{a}.dot({b})", "np.matmul({a}, {b})")
# (lines that state the loss, the gradient of the output)
LOSSES = (
    ("loss = 0.5 * np.sum((out - y) ** 2)", "out - y"),
    ("loss = np.mean((out - y) ** 2)", "2 * (out - y) / out.size"),
    ("loss = np.sum((y - out) ** 2) / len(X)", "-2 * (y - out) / len(X)"),
    ("error = out - y", "error"),
)
SOFTMAX = (
    "e = np.exp(out - out.max(axis=1, keepdims=True))\n"
    "p = e / e.sum(axis=1, keepdims=True)\n"
    "loss = -np.sum(y * np.log(p)) / len(X)",
    "(p - y) / len(X)",
)
UPDATES = (
    "{w} -= rate * {g}",
    "{w} = {w} - rate * {g}",
    "{w} += -rate * {g}",
    "v{w} = 0.9 * v{w} - rate * {g}\n{w} += v{w}",
)
BIASES = ("{d}.sum(axis=0)", "np.sum({d}, axis=0)")


@dataclass(frozen=True)
class Made:
    """A right program and, where a hidden layer has one, the line of a slope."""

    text: str
    slope_line: int | None
    without_slope: str  # the program with that slope left out


def made(seed: int) -> Made:
    """A right program of one to three layers."""
    draw = random.Random(seed)
    depth = draw.choice((1, 2, 2, 3))
    product = draw.choice(PRODUCTS)
    biased = draw.random() < 0.6
    classes = draw.random() < 0.3
    stated, seed_line = SOFTMAX if classes else draw.choice(LOSSES)
    update = draw.choice(UPDATES)
    sizes = [draw.randint(2, 5) for _ in range(depth)] + [draw.randint(2, 4)]
    words = [draw.choice(sorted(ACTIVATIONS)) for _ in range(depth - 1)]

    forward, backward, weights, slopes = [], [], [], []
    for n in range(1, depth + 1):
        given, last = ("X" if n == 1 else f"h{n - 1}"), n == depth
        z = "out" if last else f"z{n}"
        bias = f" + b{n}" if biased else ""
        forward.append(f"{z} = {product.format(a=given, b=f'W{n}')}{bias}")
        weights += [f"W{n}"] + [f"b{n}"] * biased
        if not last:
            value = ACTIVATIONS[words[n - 1]][0].format(z=z)
            forward.append(f"h{n} = {value}")
    backward.append(f"dout = {seed_line}")
    for n in range(depth, 0, -1):
        given, d = ("X" if n == 1 else f"h{n - 1}"), "dout" if n == depth else f"dz{n}"
        backward.append(f"dW{n} = {product.format(a=f'{given}.T', b=d)}")
        if biased:
            backward.append(f"db{n} = {draw.choice(BIASES).format(d=d)}")
        if n > 1:
            slope = ACTIVATIONS[words[n - 2]][1].format(h=given)
            upstream = product.format(a=d, b=f"W{n}.T")
            slopes.append((f"dz{n - 1} = ({upstream})", f" * {slope}"))
            backward.append("".join(slopes[-1]))
    moved = [update.format(w=w, g=f"d{w}") for w in weights]
    begun = [f"v{w} = 0 * {w}" for w in weights] if "0.9" in update else []

    shapes = {f"W{n}": (a, b) for n, (a, b) in enumerate(pairwise(sizes), 1)}
    shapes |= {f"b{n}": (b,) for n, b in enumerate(sizes[1:], 1) if biased}
    rows = draw.randint(5, 9)
    setting = [
        "import numpy as np",
        f"rng = np.random.default_rng({seed})",
        f"X = rng.normal(size=({rows}, {sizes[0]}))",
        f"y = np.eye({sizes[-1]})[rng.integers(0, {sizes[-1]}, {rows})]"
        if classes
        else f"y = rng.normal(size=({rows}, {sizes[-1]}))",
        *(f"{name} = rng.normal(size={shape})" for name, shape in shapes.items()),
        f"rate = {draw.choice(('0.1', '0.01', '0.5'))}",
        *begun,
    ]
    step = "\n".join([*forward, stated, *backward, *moved]).splitlines()
    if draw.random() < 0.7:
        step = [f"for step in range({draw.choice((3, 500))}):"] + [
            f"    {line}" for line in step
        ]
    text = "\n".join([*setting, *step]) + "\n"
    if not slopes:
        return Made(text, None, text)
    kept, slope = slopes[0]
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines, 1) if line.strip() == kept + slope)
    return Made(text, at, text.replace(kept + slope, kept))


def corrupted(text: str, seed: int) -> str:
    """A program of which a few tokens are dropped, doubled or swapped with others."""
    draw = random.Random(seed)
    found = [
        t
        for t in tokenize.generate_tokens(io.StringIO(text).readline)
        if t.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER) and t.line.strip()
    ]
    lines = text.splitlines(keepends=True)
    chosen = draw.sample(found, k=draw.choice((1, 1, 2, 3)))
    for token in sorted(chosen, key=lambda t: t.start, reverse=True):
        row, first, last = token.start[0] - 1, token.start[1], token.end[1]
        alike = [t.string for t in found if t.type == token.type]
        new = draw.choice(["", token.string * 2, draw.choice(alike)])
        lines[row] = lines[row][:first] + new + lines[row][last:]
    return "".join(lines)
