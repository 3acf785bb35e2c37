"""The table of lines: each in its place, and none both right and to be mended."""

from pathlib import Path

import clearprop as cp

PROGRAM = """
import numpy as np

rng = np.random.default_rng(5)
words = np.array([[0, 1, 2], [3, 1, 3]])
E = rng.normal(0, 0.5, (4, 3))
V = rng.normal(0, 0.5, (3, 2))
b = np.zeros(2)
targets = rng.normal(size=(2, 2))
for word, target in zip(words, targets):
    x = E[word]
    h = np.tanh(x)
    error = h.mean(axis=0) @ V + b - target
    loss = 0.5 * np.sum(error**2)
    dV = np.outer(h.mean(axis=0), error)
    db = {db}
    dh = np.tile(V @ error / 3, (3, 1))
    dx = dh * (1 - h**2)
    dE = np.zeros_like(E)
    {dE}
    E -= 0.1 * dE
    V -= 0.1 * dV
    b -= 0.1 * db
"""


def table(folder, db="error", dE="np.add.at(dE, word, dx)") -> list[tuple]:
    program = folder / "words.py"
    program.write_text(PROGRAM.format(db=db, dE=dE))
    return [(c.line, c.variable, c.status) for c in cp.check(program).claims]


def test_what_a_later_step_shows_stands_where_its_line_does(tmp_path) -> None:
    # only the second text has a word twice
    found = table(tmp_path, dE="dE[word] += dx")
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)
    assert [one for one in found if one[0] == 20] == [(20, "dE[word]", "wrong")]
    assert (21, "E", "follows") in found


def test_a_line_that_makes_another_raise_is_not_right(tmp_path) -> None:
    found = table(tmp_path, db="np.outer(error, np.ones(3))[:, 0:3].sum(axis=0)")
    assert (23, "b", "wrong") in found
    assert not any(line == 16 and status == "right" for line, _, status in found)


def test_the_table_of_the_right_program_is_right(tmp_path) -> None:
    found = table(tmp_path)
    assert found and all(status == "right" for _, _, status in found)


def test_what_is_put_into_a_list_is_named_at_its_line() -> None:
    program = Path(__file__).parent / "right" / "loop_gradients_appended.py"
    found = [(c.line, c.variable, c.claim) for c in cp.check(program).claims]
    assert (17, "gws", "dL/d Ws[2]") in found
    assert (18, "gbs", "dL/d bs[2]") in found
