"""How fast the written code is, and how fast it is written.

Run with `make bench`. Absolute times move from machine to machine and from day to day;
the ratios are what counts, so everything that is compared is measured in one process,
turn by turn, with one BLAS thread. A ratio is the median, over the rounds, of a
contender's time divided by the yardstick's in the same round.

Nobody is timed before their gradients agree with the hand-written ones, which in turn
agree with central differences of the forward pass.
"""

import os

for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
    os.environ[f"{name}_NUM_THREADS"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import argparse
import importlib
import platform
import statistics
import subprocess
import sys
import types
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import forward_passes
import numpy as np
from timing import duration, interleaved, ratio

ROOT = Path(__file__).parents[1]
Gradients = dict[str, np.ndarray]


# --- The yardstick: what an expert writes, no more than the gradients need ------------


def network_by_hand(x, target, weights_input_hidden, weights_hidden_output):
    hidden = 1 / (1 + np.exp(-np.dot(x, weights_input_hidden)))
    output = 1 / (1 + np.exp(-np.dot(hidden, weights_hidden_output)))

    output_error_term = (output - target) * output * (1 - output)
    hidden_error_term = (
        output_error_term * weights_hidden_output * hidden * (1 - hidden)
    )
    return {
        "weights_input_hidden": hidden_error_term * x[:, None],
        "weights_hidden_output": output_error_term * hidden,
    }


def classifier_by_hand(X, y, W1, b1, W2, b2):
    N = len(y)
    hidden = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden, W2) + b2
    powers = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = powers / np.sum(powers, axis=1, keepdims=True)

    dscores = probs
    dscores[np.arange(N), y] -= 1
    dscores /= N
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden <= 0] = 0
    return {
        "W1": np.dot(X.T, dhidden),
        "b1": np.sum(dhidden, axis=0),
        "W2": np.dot(hidden.T, dscores),
        "b2": np.sum(dscores, axis=0),
    }


def batch_norm_by_hand(x, gamma, beta, target):
    N = x.shape[0]
    centered = x - 1.0 / N * np.sum(x, axis=0)
    variance = 1.0 / N * np.sum(centered**2, axis=0)
    inverse = 1.0 / np.sqrt(variance + 1e-5)
    xhat = centered * inverse

    dout = gamma * xhat + beta - target
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dx = gamma * inverse / N * (N * dout - xhat * dgamma - dbeta)
    return {"x": dx, "gamma": dgamma, "beta": dbeta}


class Case(NamedTuple):
    title: str
    forward: Callable[..., Any]
    arguments: tuple[Any, ...]
    wrt: tuple[str, ...]
    by_hand: Callable[..., Gradients] | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        names = self.forward.__code__.co_varnames
        return tuple(names.index(name) for name in self.wrt)


def cases() -> list[Case]:
    rng = np.random.default_rng(0)
    normal = rng.normal
    return [
        Case(
            "3-2-1 network",
            forward_passes.network,
            (
                np.array([0.5, 0.1, -0.2]),
                0.6,
                np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]),
                np.array([0.1, -0.3]),
            ),
            ("weights_input_hidden", "weights_hidden_output"),
            network_by_hand,
        ),
        Case(
            "softmax classifier, 32 x 784-128-10",
            forward_passes.classifier,
            (
                normal(size=(32, 784)),
                rng.integers(10, size=32),
                0.05 * normal(size=(784, 128)),
                np.zeros(128),
                0.1 * normal(size=(128, 10)),
                np.zeros(10),
            ),
            ("W1", "b1", "W2", "b2"),
            classifier_by_hand,
        ),
        Case(
            "batch norm, 32 x 128",
            forward_passes.batch_norm,
            (
                normal(loc=3.0, scale=2.0, size=(32, 128)),
                normal(size=128),
                normal(size=128),
                normal(size=(32, 128)),
            ),
            ("x", "gamma", "beta"),
            batch_norm_by_hand,
        ),
    ]


def lstm_case() -> Case:
    normal = np.random.default_rng(0).normal
    return Case(
        "LSTM cell, 2 x 3-4",
        forward_passes.lstm_cell,
        (
            normal(size=(2, 3)),
            normal(size=(2, 4)),
            normal(size=(2, 4)),
            0.5 * normal(size=(3, 16)),
            0.5 * normal(size=(4, 16)),
            np.zeros(16),
            np.ones((2, 4)),
        ),
        ("x", "h_prev", "c_prev", "Wx", "Wh", "b"),
    )


# --- The contenders: each makes, of a case, a function from arguments to gradients ----


def with_hands(case: Case) -> Callable[..., Any]:
    assert case.by_hand is not None
    return case.by_hand


def with_clearprop(case: Case) -> Callable[..., Any]:
    """The written module, loaded as a user would paste it: clearprop is not called."""
    import clearprop

    backward = clearprop.derive(case.forward, *case.arguments, wrt=case.wrt)
    module: dict[str, Any] = {}
    exec(compile(backward.source, f"<{backward.name}>", "exec"), module)
    written: Callable[..., Any] = module[backward.name]
    return written


def with_other_numpy(case: Case, numpy: str) -> Callable[..., Any]:
    """The same forward pass with `import numpy as np` exchanged for another."""
    importlib.import_module(numpy)
    text = Path(forward_passes.__file__).read_text(encoding="utf-8")
    module = types.ModuleType(f"forward_passes_{numpy}")
    exec(text.replace("import numpy as np", f"import {numpy} as np"), module.__dict__)
    forward: Callable[..., Any] = getattr(module, case.forward.__name__)
    return forward


def with_autograd(case: Case) -> Callable[..., Any]:
    import autograd

    forward = with_other_numpy(case, "autograd.numpy")
    gradient: Callable[..., Any] = autograd.grad(forward, case.positions)
    return gradient


def with_jax(case: Case) -> Callable[..., Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    forward = with_other_numpy(case, "jax.numpy")
    gradient = jax.jit(jax.grad(forward, case.positions))
    return lambda *arguments: [np.asarray(g) for g in gradient(*arguments)]


def with_tangent(case: Case) -> Callable[..., Any]:
    import tangent

    gradient: Callable[..., Any] = tangent.grad(case.forward, wrt=case.positions)
    return gradient


YARDSTICK = "hand-written NumPy"
CONTENDERS: dict[str, Callable[[Case], Callable[..., Any]]] = {
    YARDSTICK: with_hands,
    "clearprop's code": with_clearprop,
    "tangent-ad": with_tangent,
    "JAX, jit": with_jax,
    "HIPS autograd": with_autograd,
}


# --- Agreement ------------------------------------------------------------------------


def gradients_of(case: Case, run: Callable[..., Any]) -> Gradients:
    """One answer, on copies of the arguments, as a dict of arrays."""
    copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in case.arguments]
    found = run(*copies)
    if not isinstance(found, dict):
        found = dict(zip(case.wrt, found, strict=True))
    return {name: np.asarray(found[name]) for name in case.wrt}


def agree(found: Gradients, expected: Gradients) -> bool:
    return all(
        found[name].shape == g.shape
        and np.allclose(found[name], g, rtol=1e-9, atol=1e-12 * np.abs(g).max())
        for name, g in expected.items()
    )


def check_by_differences(case: Case, gradients: Gradients) -> None:
    """The slope along a random direction, by central differences and by gradient."""
    rng = np.random.default_rng(1)
    for name, at in zip(case.wrt, case.positions, strict=True):
        direction = rng.normal(size=np.shape(case.arguments[at]))
        moved = list(case.arguments)
        values = []
        for h in (1e-6, -1e-6):
            moved[at] = case.arguments[at] + h * direction
            values.append(case.forward(*moved))
        slope = (values[0] - values[1]) / 2e-6
        claimed = np.sum(gradients[name] * direction)
        if not np.isclose(claimed, slope, rtol=1e-5, atol=1e-8):
            sys.exit(f"{case.title}: the hand-written d{name} is wrong")


def ready(case: Case) -> tuple[dict[str, Callable[..., Any]], dict[str, str]]:
    """The contenders that have the right gradients, and a word on each that has not."""
    runs: dict[str, Callable[..., Any]] = {}
    words: dict[str, str] = {}
    assert case.by_hand is not None
    expected = gradients_of(case, case.by_hand)
    check_by_differences(case, expected)
    for name, make in CONTENDERS.items():
        try:
            run = make(case)
            right = agree(gradients_of(case, run), expected)
        except ImportError as missing:
            words[name] = f"not installed ({missing.name})"
        except Exception as refusal:
            reason = str(refusal).partition("\n")[0][:60]
            words[name] = f"no gradient ({type(refusal).__name__}: {reason})"
        else:
            runs[name] = run
            if not right:
                words[name] = "WRONG"
    return runs, words


# --- Printing -------------------------------------------------------------------------

HELD: list[bool] = []


def row(name: str, time: str, share: str = "", bar: str = "", word: str = "") -> None:
    notes = "; ".join(note for note in (bar, word) if note)
    print(f"  {name:<34}{time:>10}{share:>9}   {notes}".rstrip(), flush=True)


def against(value: float, bar: float, unit: str = "x") -> str:
    HELD.append(value <= bar)
    number = f"{bar:g} {unit}" if unit == "ms" else f"{bar:.2f}{unit}"
    return f"at most {number}{'' if value <= bar else ': MISSED'}"


def compare_code(rounds: int) -> None:
    print("\nForward and backward pass, float64")
    for case in cases():
        runs, words = ready(case)
        turns: dict[str, Callable[[], object]] = {
            name: (lambda run=run, a=case.arguments: run(*a))
            for name, run in runs.items()
        }
        times = interleaved(turns, rounds, seconds=0.02)
        print(f"\n {case.title}")
        for name in CONTENDERS:
            if name not in times:
                row(name, "-", word=words[name])
                continue
            share = ratio(times[name], times[YARDSTICK])
            bar = against(share, 1.05) if name == "clearprop's code" else ""
            median = duration(statistics.median(times[name]))
            row(name, median, f"{share:.2f}x", bar, words.get(name, ""))
        if words.get("clearprop's code"):
            HELD.append(False)


def compare_deriving(rounds: int) -> None:
    print("\nDeriving: trace, differentiate, simplify, write and prove\n")
    try:
        from clearprop import derive
    except ImportError as missing:
        row("clearprop", "-", word=f"not installed ({missing.name})")
        return

    for case, bar in ((cases()[0], 20), (lstm_case(), 60)):
        times = []
        for _ in range(rounds + 1):
            start = perf_counter()
            derive(case.forward, *case.arguments, wrt=case.wrt)
            times.append(perf_counter() - start)
        median = statistics.median(times[1:])
        word = f"first time {duration(times[0])}"
        row(case.title, duration(median), "", against(median * 1e3, bar, "ms"), word)


def compare_processes(rounds: int) -> None:
    print("\nWhole processes\n")
    python = [sys.executable, "-c"]
    commands = {
        "import numpy": [*python, "import numpy"],
        "import clearprop": [*python, "import clearprop"],
        "import clearprop, first name used": [
            *python,
            "import clearprop; clearprop.derive",
        ],
        "clearprop derive tutorial.py": [
            *python,
            "import sys; from clearprop.cli import main; sys.exit(main())",
            "derive",
            "examples/tutorial.py",
        ],
    }
    bars = {"import clearprop": 1.15, "clearprop derive tutorial.py": 2.5}
    turns: dict[str, Callable[[], object]] = {}
    for name, command in commands.items():
        try:
            start(command)
        except subprocess.CalledProcessError as failed:
            lines = failed.stderr.decode(errors="replace").strip().splitlines()
            row(name, "-", word=lines[-1] if lines else "failed")
            HELD.append(False)
        else:
            turns[name] = lambda command=command: start(command)

    times = interleaved(turns, rounds, seconds=0)
    for name in turns:
        share = ratio(times[name], times["import numpy"])
        bar = against(share, bars[name]) if name in bars else ""
        median = duration(statistics.median(times[name]))
        row(name, median, f"{share:.2f}x", bar)


def start(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def main() -> int:
    about = "Measure clearprop's written code and how long writing it takes."
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(
        "--rounds", type=int, default=25, help="turns that each contender has (25)"
    )
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")

    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, one BLAS thread"
    )
    peers = []
    for package in ("autograd", "jax", "tangent-ad"):
        try:
            peers.append(f"{package} {version(package)}")
        except ImportError:
            peers.append(f"no {package}")
    print(", ".join(peers))
    print(f"medians of {rounds} interleaved rounds; ratios within each round")

    compare_code(rounds)
    compare_deriving(rounds)
    compare_processes(rounds)

    print(f"\n{sum(HELD)} of {len(HELD)} bars held")
    return 0 if all(HELD) else 1


if __name__ == "__main__":
    sys.exit(main())
