"""A script that draws its weights and then, in the loop, a dropout mask."""

import subprocess
import sys

import numpy as np

import clearprop as cp

SCRIPT = """
import numpy as np

np.random.seed(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0, 1, 1, 0]]).T
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
for j in range(3):
    l1 = 1 / (1 + np.exp(-X.dot(syn0)))
    l1 *= np.random.binomial(1, 0.8, size=(4, 4)) * (1.0 / 0.8)
    l2 = 1 / (1 + np.exp(-l1.dot(syn1)))
    loss = np.mean((y - l2) ** 2)
    l2_delta = (y - l2) * (l2 * (1 - l2))
    l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
"""


def test_the_mask_is_drawn_and_the_weights_are_not(tmp_path):
    path = tmp_path / "dropout.py"
    path.write_text(SCRIPT)
    command = [sys.executable, "-m", "clearprop", "derive", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("np.random.") == 1
    assert "np.random.binomial(1, 0.8, size=(4, 4))" in done.stdout


def test_how_many_are_drawn_may_come_from_the_data():
    def forward(x, labels):
        noise = np.random.randn(3, labels.max() + 1)  # noqa: NPY002
        return np.sum((x @ noise.T) ** 2)

    made = cp.derive(forward, np.ones((5, 4)), np.array([0, 3, 1, 2]))
    assert "np.random.randn(3, labels.max() + 1)" in made.source
