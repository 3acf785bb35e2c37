"""A mend leaves what it doesn't mend as its author wrote it."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

import clearprop as cp
from clearprop.checking.as_written import as_written, shown
from clearprop.checking.patch import fixed


@pytest.mark.parametrize(
    ("text", "new", "wanted"),
    [
        (
            'dh = (d @ p["W2"].T)*(1 - h)',
            "dh = d @ p['W2'].T * (1 - h**2)",
            'dh = (d @ p["W2"].T)*(1 - h**2)',
        ),
        ("W -= lr*dW", "W += lr * dW", "W += lr*dW"),
        ("W = W+lr*dW", "W = W - lr * dW", "W = W - lr*dW"),
        (
            'g = {"W1": X @ dh,  # the first\n     "W2": h.T @ d}',
            "g = {'W1': X.T @ dh, 'W2': h.T @ d}",
            'g = {"W1": X.T @ dh,  # the first\n     "W2": h.T @ d}',
        ),
        ("dz = a-b-c", "dz = a - (b - c)", "dz = a - (b - c)"),
        ("dz = a-b", "dz = (a - b) * m", "dz = (a-b) * m"),
        ("x[i,:]+=d[ i ]*2.", "x[i, :] += d[i]", "x[i,:]+=d[ i ]"),
        ("dx = -(a+b)*c", "dx = (a + b) * c", "dx = (a+b)*c"),
        (
            "dm = 2 * (-(2 / N) * x * (y - (m * x + b)))",
            "dm = -(2 / N) * x * (y - (m * x + b))",
            "dm = -(2 / N) * x * (y - (m * x + b))",
        ),
        ('ä = "ü" ', "ä = 'é'", "ä = 'é' "),
        ("db = None", "db = np.sum(d, axis=0)", "db = np.sum(d, axis=0)"),
        ("x = 1", "x = 2\ny = 3", "x = 2\ny = 3"),  # two statements, as they come
    ],
)
def test_only_what_differs_is_exchanged(text: str, new: str, wanted: str) -> None:
    assert as_written(text, new) == wanted
    assert ast.dump(ast.parse(wanted)) == ast.dump(ast.parse(new))


def test_a_part_is_shown_on_one_line_and_without_its_comments() -> None:
    text = 'g = f(a,\n      "b")\nh = (a +  # first\n     b)\n'
    first, second = ast.parse(text).body
    assert shown(text, first.value) == 'f(a, "b")'  # type: ignore[attr-defined]
    assert shown(text, second.value) == "a + b"  # type: ignore[attr-defined]


def test_a_mend_changes_nothing_else_of_a_line(tmp_path: Path) -> None:
    program = dedent(
        """\
        import numpy as np
        rng = np.random.default_rng(0)
        X = rng.normal(size=(20, 3)); y = rng.normal(size=(20, 2))
        p = {"W1": rng.normal(size=(3, 5)), "W2": rng.normal(size=(5, 2))}
        lr = .05
        for t in range(50):
            h = np.tanh(X @ p["W1"])
            d = h @ p["W2"] - y
            loss = .5*np.sum(d**2)
            dh = (d @ p["W2"].T)*(1 - h)   # slope of tanh
            dW1 = X.T@dh;  dW2 = h.T@d
            p["W1"] -= lr*dW1; p["W2"] -= lr*dW2
        """
    )
    path = tmp_path / "program.py"
    path.write_text(program)
    report = cp.check(path)
    (finding,) = report.findings
    assert finding.wrote == '(d @ p["W2"].T)*(1 - h)'
    assert finding.suggestion == '(d @ p["W2"].T)*(1 - h**2)'
    assert fixed(report) == program.replace("(1 - h)", "(1 - h**2)")


def test_half_a_gradient_follows_from_the_line_that_halves_it(tmp_path: Path) -> None:
    """A constant that the right gradients don't have is no convention."""
    path = tmp_path / "program.py"
    path.write_text(
        dedent(
            """\
            import numpy as np
            rng = np.random.default_rng(0)
            X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
            p = {"W1": rng.normal(size=(3, 5)), "W2": rng.normal(size=(5, 2))}
            g = {}
            for t in range(50):
                h = np.tanh(X @ p["W1"])
                d = h @ p["W2"] - y
                loss = 0.5 * np.sum(d**2)
                dh = (d @ p["W2"].T * 0.5) * (1 - h**2)
                g["W1"] = X.T @ dh
                g["W2"] = h.T @ d
                p["W1"] -= 0.05 * g["W1"]
                p["W2"] -= 0.05 * g["W2"]
            """
        )
    )
    said = {(c.line, c.variable): c.status for c in cp.check(path).claims}
    assert said[11, "g['W1']"] == "follows"
    assert said[12, "g['W2']"] == "right"
