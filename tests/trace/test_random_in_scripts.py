"""A script that draws its weights and then, in the loop, a dropout mask."""

import subprocess
import sys

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
