"""The C file: compiled without a warning, run under the sanitizers, equal to NumPy."""

import shutil
import subprocess

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.c_file import c_source

COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Werror"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def network(x, target, W1, W2):
    h = sigmoid(np.dot(x, W1))
    out = sigmoid(np.dot(h, W2))
    return 0.5 * (target - out) ** 2


def softmax(x, t, W1, b1, W2, b2):
    h = np.maximum(x @ W1 + b1, 0)
    s = h @ W2 + b2
    e = np.exp(s - s.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(probs[np.arange(len(t)), t]))


def one_label(x, t, W):
    z = x @ W
    p = np.exp(z) / np.sum(np.exp(z))
    return -np.log(p[t])


def batch_norm(x, t, gamma, beta):
    mean = x.mean(axis=0)
    xhat = (x - mean) / np.sqrt(((x - mean) ** 2).mean(axis=0) + 1e-5)
    return np.mean((gamma * xhat + beta - t) ** 2)


def lstm(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    gates = x @ Wx + h @ Wh + b
    i, f, o = (sigmoid(gates[:, k * H : (k + 1) * H]) for k in range(3))
    c = f * c + i * np.tanh(gates[:, 3 * H :])
    return np.sum((o * np.tanh(c)) ** 2)


def joined(x, t, W, V):
    both = np.concatenate([x @ W, np.abs(x)], axis=1)
    return np.sum(np.logaddexp(0, both @ V) - t * (both @ V))


def awkward_names(double, int, y0, W):
    """Arguments called as C calls its types and functions; a branch; a clip."""
    j = np.clip(double @ W, -1, 1)
    exp = j * int if int > 0 else -j
    return np.sum((exp - y0) ** 2)


def weights_in_a_dict(params, x, t):
    z = x @ params["W"].T + params["b"]
    return 0.5 * np.sum((z - t) ** 2) + 0.01 * np.sum(params["W"] ** 2)


def spread(x, w, scale):
    return np.sum(scale * np.max(x * w, axis=1) ** 3) / np.linalg.norm(w)


def attention(x, t, Wq, Wk, Wv):
    """What comes later is hidden."""
    scores = (x @ Wq) @ np.swapaxes(x @ Wk, 1, 2) / 2.0
    scores = np.where(np.tri(scores.shape[-1], dtype=bool), scores, -1e9)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.mean((e / e.sum(axis=-1, keepdims=True) @ (x @ Wv) - t) ** 2)


def convolution(images, K, W):
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    h = np.maximum(np.einsum("nijab,oab->noij", windows, K), 0)
    return np.mean((np.roll(h, 1, axis=3) @ np.tril(W)) ** 2)


def sums_in_sums(x, W, V):
    """A mean of products, an extreme of sums: one is gathered inside the other."""
    inner = np.max(np.sum((W @ V @ W) * x, axis=1)) + np.sum(np.max(np.exp(W @ V), 1))
    return inner + np.sum((W @ V).mean(axis=0) * x[0]) ** 2


def one_is_the_other_s_gradient(x, a, b):
    """The first to move must not change what moves the second."""
    return np.sum(a * b) + np.sum(x)


def one_number_for_all(x, scale, gain, w):
    """The gradient of ``w`` is made of parameters, and as large as a number."""
    return scale * np.sum(w) * gain + np.sum(x)


def called_as_the_library(x, time, stdin, errno, bool):
    return np.sum(x * time) * stdin + errno * bool


def constants(x, w, V):
    """Arrays that stand in the forward pass, one of them counts from the end."""
    picked = V[:, np.array([0, -1, 1])] * np.array([1.5, -2.0, 0.25])
    return np.sum((picked * w) ** 2) + np.sum(x) + np.sum(V[np.array([1, 0, 0])])


def label_in_a_float(x, t, W):
    """Labels as a table of numbers gives them."""
    z = x @ W
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(t)), t.astype(int)])


def _of(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def cases():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 5)
    x, W1, b1, W2, b2 = _of((5, 4), (4, 6), 6, (6, 3), 3)
    yield network, (np.array([0.5, 0.1, -0.2]), 0.6, *_of((3, 2), 2)), ("W1", "W2")
    yield softmax, (x, labels, W1, b1, W2, b2), ("W1", "b1", "W2", "b2")
    single = [a.astype(np.float32) for a in (x, W1, b1, W2, b2)]
    yield softmax, (single[0], labels, *single[1:]), ("W1", "b1", "W2", "b2")
    yield one_label, (x[0], np.array(2), *_of((4, 3))), ("W",)
    yield batch_norm, (*_of((5, 4), (5, 4), 4, 4),), ("gamma", "beta")
    yield lstm, (*_of((2, 3), (2, 4), (2, 4), (3, 16), (4, 16), 16),), ("Wx", "Wh", "b")
    yield joined, (x, *_of(5, (4, 2), 6)), ("W", "V")
    yield awkward_names, (x, 1.5, *_of((5, 3), (4, 3))), ("W",)
    yield (
        weights_in_a_dict,
        ({"W": b2[:, None] * x[0], "b": b2}, x, W2[:5]),
        ("params",),
    )
    yield attention, (*_of((2, 3, 4), (2, 3, 2), (4, 4), (4, 4), (4, 2)),), (
        "Wq", "Wk", "Wv",
    )  # fmt: skip
    yield convolution, (*_of((2, 4, 4), (2, 3, 3), (4, 4)),), ("K", "W")
    yield spread, (x, *_of(4), 2.0), ("w", "scale")
    yield sums_in_sums, _of((3, 3), (3, 3), (3, 3)), ("W", "V")
    yield one_is_the_other_s_gradient, _of(4, 4, 4), ("a", "b")
    yield one_number_for_all, (x, 0.5, 0.25, W2[0]), ("scale", "gain", "w")
    yield constants, (x, *_of(3, (2, 3))), ("w", "V")
    yield label_in_a_float, (x, labels.astype(float), *_of((4, 3))), ("W",)
    yield (
        called_as_the_library, (*_of(4, 4), 0.5, 2.0, 0.75),
        ("time", "stdin", "errno", "bool"),
    )  # fmt: skip


CASES = list(cases())


def as_c(value):
    """An array as a C initializer, exactly."""
    if np.ndim(value):
        return "{" + ", ".join(as_c(v) for v in value) + "}"
    return (
        repr(int(value)) if np.asarray(value).dtype.kind in "iu" else repr(float(value))
    )


def driver(backward, rate, other=None):
    """A main that makes two steps at the example, and prints losses and weights.

    ``other``: arguments that aren't those of the example.
    """
    source = c_source(backward)
    head = source[: source.index("\n/* what the forward pass keeps")]
    trace = backward.trace
    inputs = [leaf for leaf in trace.leaves if leaf not in backward.wanted]
    signature = source.split(f"{trace.name}_step(")[-1].split(") {")[0]
    given = [part.strip().removeprefix("const ") for part in signature.split(",")]
    values = {i.name: i.value for i in inputs} | (other or {})
    lines = [f"  {g} = {as_c(v)};" for g, v in zip(given, values.values())]
    passed = ", ".join(g.partition("[")[0].split()[-1] for g in given[:-1])
    call = f"{trace.name}_step({passed}{', ' if passed else ''}{rate})"
    shown = []
    for line in head.splitlines():
        if line.startswith("static"):
            continue
        name, _, rest = line.partition(" = {")
        if rest or (line.startswith(("double ", "float ")) and "=" in line):
            name = line.partition(" = ")[0].split(maxsplit=1)[1]
            array, kind = name.partition("[")[0], line.split()[0]
            shown.append(
                f"  {{ const {kind} *at_ = (const {kind} *)&{array};\n"
                f"    for (size_t n = 0; n < sizeof {array} / sizeof *at_; n++)\n"
                f'      printf("%.17g\\n", (double)at_[n]); }}'
            )
    steps = [f'  printf("%.17g\\n", (double){call});'] * 2
    return "\n".join(
        [source, "#include <stdio.h>", "int main(void) {", *lines, *steps, *shown,
         "  return 0;", "}"]
    )  # fmt: skip


def by_numpy(function, arguments, backward, rate):
    """Two steps with NumPy: both losses, then the weights, in the file's order."""
    leaves = backward.trace.leaves
    values = {leaf.node: np.array(leaf.value) for leaf in leaves}
    losses = []
    for _ in range(2):
        loss, found = backward.at_leaves(values)
        losses.append(float(loss))
        for leaf in backward.wanted:
            step = rate * found[leaf.node]
            values[leaf.node] = (values[leaf.node] - step).astype(
                values[leaf.node].dtype
            )
    wanted = [np.ravel(values[leaf.node]) for leaf in leaves if leaf in backward.wanted]
    return np.concatenate([losses, *wanted])


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
@pytest.mark.parametrize(
    ("function", "arguments", "wrt"), CASES,
    ids=[f"{f.__name__}-{i}" for i, (f, _, _) in enumerate(CASES)],
)  # fmt: skip
def test_it_is_what_numpy_does(function, arguments, wrt, tmp_path):
    backward = cp.derive(function, *arguments, wrt=wrt)
    text = driver(backward, 0.01)
    code, program = tmp_path / "step.c", tmp_path / "step"
    code.write_text(text)
    command = [COMPILER, *STRICT, *SANITIZED, "-o", program, code, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found = np.array(ran.stdout.split(), float)
    single = any(np.asarray(p).dtype == np.float32 for p in arguments)
    # two steps; sums in another order
    assert np.allclose(
        found, by_numpy(function, arguments, backward, 0.01),
        rtol=2e-5 if single else 1e-11, atol=1e-6 if single else 1e-13,
    )  # fmt: skip


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
def test_another_branch_gives_nan_not_a_wrong_number(tmp_path):
    x, y, W = CASES[7][1][0], *CASES[7][1][2:]
    backward = cp.derive(awkward_names, x, 1.5, y, W, wrt="W")
    text = driver(backward, 0.01).replace(" = 1.5;", " = -1.5;")
    code, program = tmp_path / "step.c", tmp_path / "step"
    code.write_text(text)
    subprocess.run([COMPILER, *STRICT, "-o", program, code, "-lm"], check=True)
    ran = subprocess.run([program], capture_output=True, text=True)
    first, _, *weights = ran.stdout.split()
    assert first.strip("-") == "nan"
    np.testing.assert_array_equal(np.array(weights, float), W.ravel())  # nothing moved


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
@pytest.mark.parametrize("label", [3, -1, 2**40])
@pytest.mark.parametrize("function", [softmax, one_label, label_in_a_float])
def test_a_label_outside_gives_nan_and_moves_nothing(function, label, tmp_path):
    (case,) = (c for c in CASES[1:] if c[0] is function and c[1][0].dtype == float)
    _, arguments, wrt = case
    backward = cp.derive(function, *arguments, wrt=wrt)
    *before, _ = np.ravel(arguments[1])
    t = np.reshape([*before, label], np.shape(arguments[1]))
    text = driver(backward, 0.01, {"t": t.astype(np.asarray(arguments[1]).dtype)})
    code, program = tmp_path / "step.c", tmp_path / "step"
    code.write_text(text)
    command = [COMPILER, *STRICT, *SANITIZED, "-o", program, code, "-lm"]
    subprocess.run(command, check=True)
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    first, second, *weights = ran.stdout.split()
    assert first.strip("-") == second.strip("-") == "nan"
    kept = [np.ravel(a) for a in arguments[2:]]
    np.testing.assert_array_equal(np.array(weights, float), np.concatenate(kept))


def test_a_number_that_decides_a_place_is_refused():
    backward = cp.derive(one_label, np.ones(4), 2, np.ones((4, 3)), wrt="W")
    with pytest.raises(cp.ClearpropError, match=r"t decides.*np.array\(t\)"):
        c_source(backward)


def test_what_c_has_no_word_for_is_refused():
    def forward(x, w):
        return np.sum(np.sort(x * w))

    backward = cp.derive(forward, np.ones(3), np.arange(3.0), wrt="w")
    with pytest.raises(cp.ClearpropError, match="forward can't be written in C: line"):
        c_source(backward)


def test_many_weights_are_left_for_the_caller_to_fill():
    def forward(x, W):
        return np.sum((x @ W) ** 2)

    text = c_source(cp.derive(forward, np.ones(100), np.ones((100, 100)), wrt="W"))
    assert "double W[100][100];" in text and "put their values in" in text
