"""What raised is told from what clearprop can't follow, and a small edit is found."""

from pathlib import Path
from textwrap import dedent

import pytest

import clearprop as cp
from clearprop.checking.crashes import crashed, is_own_test, patched
from clearprop.checking.observe import observe
from clearprop.checking.report import Finding
from clearprop.trace.source import Source, read

WRONG = Path(__file__).parent / "wrong"
NETWORK = """\
    import numpy as np
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    W = rng.normal(size=(3, 2))
    out = X @ W
    loss = 0.5 * np.sum((out - Y) ** 2)
    dout = out - Y
"""


def runs(source: Source, line: int) -> float:
    return float(observe(source).problem is None)


def crash(folder: Path, text: str, score: object = None) -> Finding | None:
    path = folder / "program.py"
    path.write_text(dedent(text), encoding="utf-8")
    return crashed(observe(read(str(path))), score=score)  # type: ignore[arg-type]


def after_the_forward_pass(line: str) -> str:
    return dedent(NETWORK) + dedent(line) + "\n"


@pytest.mark.parametrize(
    ("name", "line", "suggestion"),
    [
        ("bias_update_broadcast", 29, "db1 = dZ1.sum(axis=0)"),
        ("columns_forgotten_transpose", 17, "np.dot(dA2, A1.T)"),
        ("hidden_error_shapes", 18, "d_out.dot(W2.T) * h * (1 - h)"),
        ("name_in_backward", 18, "(delta_output @ W2.T) * hidden * (1 - hidden)"),
    ],
)
def test_a_line_that_raises_is_found_and_mended(
    name: str, line: int, suggestion: str
) -> None:
    source = read(str(WRONG / f"crash_{name}.py"))
    finding = crashed(observe(source), score=runs)
    assert finding is not None
    assert (finding.mistake, finding.line) == ("crash", line)
    assert finding.suggestion == suggestion
    mended = patched(source, finding)
    assert observe(mended).problem is None
    assert len(mended.lines) == len(source.lines)


def test_the_message_speaks_of_shapes_in_objects_and_dicts(tmp_path: Path) -> None:
    finding = crash(tmp_path, after_the_forward_pass(
        """\
        class Layer:
            pass
        layer = Layer()
        layer.x = X
        cache = {'d': dout}
        dW = layer.x @ cache['d']
        """
    ))  # fmt: skip
    assert finding is not None
    assert "layer.x is (5, 3)" in finding.message
    assert "cache['d'] is (5, 2)" in finding.message
    assert finding.variable == "dW"


@pytest.mark.parametrize(
    "line",
    [
        "data = np.loadtxt('missing.csv')",
        "data = open('missing.csv').read()",
        "import a_package_that_is_not_there",
        "import sys; rate = float(sys.argv[1])",
        "rate = float(input())",
        "raise SystemExit('Still to do: dW')",
        "print(X @ Y)",
    ],
)
def test_what_is_missing_or_only_shown_is_no_crash_of_the_passes(
    tmp_path: Path, line: str
) -> None:
    assert crash(tmp_path, after_the_forward_pass(line)) is None


def test_what_only_clearprop_refuses_is_not_blamed(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(after_the_forward_pass("dW = X.T @ dout"), encoding="utf-8")
    observed = observe(read(str(path)))
    observed.problem, observed.line = TypeError("unsupported operand: Traced"), 8
    assert crashed(observed) is None


def test_a_program_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        after_the_forward_pass("while True:\n    dW = X.T @ dout"), encoding="utf-8"
    )
    observed = observe(read(str(path)))
    observed.problem, observed.line = TypeError("unsupported operand: Traced"), 9
    observed.seconds = 0.1
    assert crashed(observed) is None


def test_the_crash_of_a_helper_is_at_the_helpers_own_line(tmp_path: Path) -> None:
    finding = crash(tmp_path, after_the_forward_pass(
        """\
        def product(a, b):
            return a @ b
        dW = product(X, dout)
        """
    ))  # fmt: skip
    assert finding is not None
    assert (finding.line, finding.function) == (9, "product")
    assert finding.variable == "return"


def test_no_edit_no_suggestion(tmp_path: Path) -> None:
    finding = crash(tmp_path, after_the_forward_pass("dW = nothing_like_it"), runs)
    assert finding is not None
    assert finding.suggestion is None
    assert finding.changes == ()


def test_an_assertion_is_the_programs_own_test(tmp_path: Path) -> None:
    text = after_the_forward_pass("dW = X.T @ dout * 2\nassert dW.sum() == 0, 'no'")
    finding = crash(tmp_path, text)
    assert finding is not None
    assert is_own_test(read(str(tmp_path / "program.py")), finding)


PROGRAM = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
W = rng.normal(size=(3, 1))
for step in range(9):
    out = X @ W
    loss = 0.5 * np.sum((out - y) ** 2)
    dW = {gradient}
    assert {test}
    W -= 0.1 * dW
"""


@pytest.mark.parametrize(
    ("gradient", "test", "wanted"),
    [
        ("X.T @ (out - y)", "np.abs(dW).sum() > 0", []),
        ("2 * X.T @ (out - y)", "np.allclose(dW, X.T @ (out - y))", [(9, "crash")]),
        ("X.T @ (y - out)", "np.allclose(dW, X.T @ (out - y))", [(10, "update-sign")]),
        ("X.T @ (out - y)", "dW.sum() == 0", [(9, "crash")]),
    ],
)
def test_what_an_assertion_tests_is_judged(
    tmp_path: Path, gradient: str, test: str, wanted: list[tuple[int, str]]
) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(gradient=gradient, test=test), encoding="utf-8")
    found = cp.check(str(path)).findings
    assert [(f.line, f.mistake) for f in found] == wanted


def test_a_misspelled_name_in_a_function_that_only_a_driver_calls_is_mended() -> None:
    """The program runs with the mend and shows no step: the pair of it does."""
    (finding,) = cp.check(WRONG / "pair_cost_misspelled_target.py").findings
    assert finding.suggestion == "X @ theta - y"
