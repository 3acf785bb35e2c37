"""A run doesn't end in an inner loop before the loop around has moved its weights."""

import ast
from pathlib import Path

import pytest

from clearprop.checking.awaited import awaited
from clearprop.checking.checker import check

RIGHT = Path(__file__).parent / "right" / "loop_wgan_clipped_critic.py"
METHODS = """\
import numpy as np


class Gan:
    def __init__(self, rng):
        self.rng = rng
        self.G = rng.normal(0, 0.5, (2, 1))
        self.C = rng.normal(0, 0.5, (1, 1))

    def made(self, n):
        self.z = self.rng.normal(size=(n, 2))
        self.x = np.tanh(self.z @ self.G)
        return 1 / (1 + np.exp(-self.x @ self.C))

    def critic_step(self, real, rate):
        fake = self.made(len(real))
        true = 1 / (1 + np.exp(-real @ self.C))
        self.d_loss = -np.mean(np.log(true)) - np.mean(np.log(1 - fake))
        dC = (real.T @ (true - 1) + self.x.T @ fake) / len(real)
        self.C -= rate * dC

    def generator_step(self, n, rate):
        fake = self.made(n)
        self.g_loss = -np.mean(np.log(fake))
        dx = ((fake - 1) / n) @ self.C.T
        dG = self.z.T @ (dx * (1 - self.x**2))
        self.G -= rate * dG

    def train(self, steps):
        for step in range(steps):
            for _ in range(5):
                self.critic_step(self.rng.normal(1, 0.3, (16, 1)), 0.05)
            self.generator_step(16, 0.05)


Gan(np.random.default_rng(0)).train(100)
"""


def test_what_comes_after_a_loop_is_known_from_the_text() -> None:
    (one,) = awaited(ast.parse(METHODS), {"C", "G"})
    assert one.loop == range(31, 33)
    assert one.later == {27}
    assert awaited(ast.parse(METHODS), {"C"}) == []


@pytest.mark.parametrize(
    ("text", "slope", "line"),
    [
        (RIGHT.read_text(), "((dx @ G2.T)*(1 - hg**2))", 26),
        (METHODS, "(dx * (1 - self.x**2))", 26),
    ],
    ids=["a loop in a loop", "methods"],
)
def test_the_generator_s_mistake_is_found(
    text: str, slope: str, line: int, tmp_path: Path
) -> None:
    path = tmp_path / "gan.py"
    path.write_text(text)
    assert check(path).verdict == "right"
    wrong = "(dx @ G2.T)" if "G2" in slope else "dx"
    assert slope in text
    path.write_text(text.replace(slope, wrong))
    report = check(path)
    assert report.verdict == "wrong"
    (finding,) = report.findings
    assert (finding.line, finding.mistake) == (line, "missing-derivative")
