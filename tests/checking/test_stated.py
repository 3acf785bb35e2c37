"""Claims that a comment or ``--claim`` states: held to their words, never ignored."""

from pathlib import Path

import pytest
from checking._reports import HOMEWORK

import clearprop as cp
from clearprop.checking.report import Report
from clearprop.checking.untrusted import check_untrusted
from clearprop.cli import main

SLOPE = " * hidden_layer_output * (1 - hidden_layer_output)"
PROGRAM = f"""\
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=3)
target, learnrate = 0.6, 0.5
w = rng.normal(size=(3, 2))
w_h_o = rng.normal(size=2)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


hidden_layer_input = np.dot(x, w)
hidden_layer_output = sigmoid(hidden_layer_input)
output_layer_input = np.dot(hidden_layer_output, w_h_o)
output = sigmoid(output_layer_input)

error = target - output
output_error_term = error * output * (1 - output)
# clearprop: hidden_error_term = -dL/d hidden_layer_input
hidden_error_term = output_error_term * w_h_o{SLOPE}
# clearprop: out = -learnrate * dL/d w_h_o
out = learnrate * output_error_term * hidden_layer_output
hid = learnrate * hidden_error_term * x[:, None]  # clearprop: hid = -learnrate*dL/dw
"""
MEAN = """\
import numpy as np

rng = np.random.default_rng(1)
X, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
y = X @ W + b
cost = np.mean(np.sum((y - t) ** 2, axis=1))
# clearprop: dy = dL/d y
dy = 2 * (y - t) / len(X)
# clearprop: dW = dL/d W
dW = X.T @ dy
# clearprop: db = dL/d b
db = dy.sum(axis=0)
"""
TRAINING = """\
import numpy as np


class Net:
    def __init__(self, rng):
        self.params = {"W": rng.normal(size=(3, 4)), "V": rng.normal(size=(4, 2))}
        self.rate = 0.1

    def step(self, X, t):
        h = np.tanh(X @ self.params["W"])
        y = h @ self.params["V"]
        loss = 0.5 * np.sum((y - t) ** 2)
        e = y - t
        # clearprop: back = dL/d (X @ self.params["W"])
        back = e @ self.params["V"].T * (1 - h**2)
        # clearprop: up = -self.rate * dL/d self.params["W"]
        up = -self.rate * X.T @ back
        self.params["V"] -= self.rate * h.T @ e
        self.params["W"] += up
        return loss


rng = np.random.default_rng(2)
net = Net(rng)
X, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
for epoch in range(100):
    net.step(X, t)
"""
OVER_TIME = """\
import numpy as np

rng = np.random.default_rng(3)
W, X, t = rng.normal(size=(2, 2)), rng.normal(size=(4, 2)), rng.normal(size=2)
h = [np.zeros(2)]
for k in range(4):
    h.append(np.tanh(W @ h[k] + X[k]))
loss = 0.5 * np.sum((h[4] - t) ** 2)
total = np.zeros((2, 2))
back = h[4] - t
for k in range(3, -1, -1):
    inner = back * (1 - h[k + 1] ** 2)
    # clearprop: total = dL/d W
    total += np.outer(inner, h[k])
    back = W.T @ inner  # clearprop: back = dL/d h[k]
"""


@pytest.fixture
def checked(tmp_path: Path):
    def check(text: str, **options) -> Report:
        path = tmp_path / "homework.py"
        path.write_text(text, encoding="utf-8")
        return cp.check(path, **options)

    return check


def stated(report: Report) -> dict[str, tuple[str, str]]:
    return {c.variable: (c.claim, c.status) for c in report.claims if c.stated}


def said(report: Report) -> list[tuple[int, str, str | None]]:
    return [(f.line, f.mistake, f.suggestion) for f in report.findings]


def test_what_comments_state_is_right_and_named_in_their_words(checked) -> None:
    report = checked(PROGRAM)
    assert report.verdict == "right"
    assert stated(report) == {
        "hidden_error_term": ("-dL/d hidden_layer_input", "right"),
        "out": ("-learnrate * dL/d w_h_o", "right"),
        "hid": ("-learnrate*dL/dw", "right"),
    }


@pytest.mark.parametrize(
    ("wrong", "line", "mistake", "mend"),
    [
        (
            (SLOPE, " * hidden_layer_output"),
            22,
            "missing-derivative",
            f"output_error_term * w_h_o{SLOPE}",
        ),
        (
            ("out = learnrate * output_error", "out = output_error"),
            24,
            "scale",
            "output_error_term * hidden_layer_output * learnrate",
        ),
        (
            ("hid = learnrate *", "hid = -learnrate *"),
            25,
            "sign",
            "learnrate * hidden_error_term * x[:, None]",
        ),
    ],
)
def test_a_line_that_is_not_what_is_stated_is_wrong_and_mended(
    checked, wrong, line, mistake, mend
) -> None:
    report = checked(PROGRAM.replace(*wrong, 1))
    assert report.verdict == "wrong"
    assert said(report) == [(line, mistake, mend)]


def test_a_line_whose_stated_claim_holds_is_not_blamed(checked) -> None:
    """Both lines could be mended; only one is said to be right."""
    doubled = HOMEWORK.replace(
        "hidden_error_term = ", "hidden_error_term = 2 * ", 1
    ).replace("* hidden_layer_output\n", f"{SLOPE[1:]}\n", 1)
    lines = doubled.splitlines()
    at = next(i for i, x in enumerate(lines) if x.startswith("hidden_error_term"))
    lines[at] += "  # clearprop: hidden_error_term = -2 * dL/d hidden_layer_input"
    report = checked("\n".join(lines) + "\n")
    blamed = [f.line for f in report.findings]
    assert report.verdict == "wrong"
    assert at + 1 not in blamed
    assert blamed


def test_claims_from_elsewhere_are_judged_alike(checked) -> None:
    bare = "\n".join(x.partition("#")[0].rstrip() for x in PROGRAM.splitlines())
    claims = ["out = -learnrate * dL/d w_h_o", "error = -dL/d output"]
    report = checked(bare, claims=claims)
    assert report.verdict == "right"
    assert list(stated(report)) == ["error", "out"]
    terms = [f"{n}_error_term = -dL/d {n}_layer_input" for n in ("hidden", "output")]
    report = checked(bare, claims=["out = learnrate * dL/d w_h_o", *terms])
    assert report.verdict == "wrong"
    assert [(f.variable, f.mistake) for f in report.findings] == [("out", "sign")]


def test_a_class_that_trains_is_held_to_its_comments_in_every_step(checked) -> None:
    assert stated(checked(TRAINING)) == {
        "back": ('dL/d (X @ self.params["W"])', "right"),
        "up": ('-self.rate * dL/d self.params["W"]', "right"),
    }
    moved = TRAINING.replace("        e = y - t\n", "", 1).replace(
        "        # clearprop: back",
        "        e = y - t\n"
        '        self.params["V"] -= self.rate * h.T @ e\n        # clearprop: back',
    )
    first, _, rest = moved.partition("up = ")
    again = '        self.params["V"] -= self.rate * h.T @ e\n'
    report = checked(f"{first}up = {rest.replace(again, '')}")
    assert [f.variable for f in report.findings] == ["back"]


def test_over_time_each_execution_has_its_own_gradient_and_a_sum_its_last(
    checked,
) -> None:
    report = checked(OVER_TIME)
    assert report.verdict == "right"
    assert stated(report) == {
        "total": ("dL/d W", "right"),
        "back": ("dL/d h[k]", "right"),
    }
    assert checked(OVER_TIME.replace("W.T @ inner", "W @ inner")).verdict == "wrong"
    assert checked(OVER_TIME.replace("total +=", "total =")).verdict == "wrong"


def test_one_constant_is_the_losss_own_until_a_comment_says_what_l_is(checked) -> None:
    summed = MEAN.replace(" / len(X)", "")
    report = checked(summed)
    assert report.verdict == "right"
    assert "right but for one constant, 5" in report.notes[0]
    report = checked("# clearprop: L = cost\n" + summed)
    assert [(f.line, f.mistake) for f in report.findings] == [(10, "scale")]
    report = checked("# clearprop: L = cost\n" + MEAN)
    assert (report.verdict, report.notes) == ("right", [])
    assert report.loss == "np.mean(np.sum((y - t) ** 2, axis=1))"
    one = MEAN.replace("db = dy.sum(axis=0)", "db = 2 * dy.sum(axis=0)")
    assert [f.line for f in checked(one).findings] == [13]


def test_an_answer_may_take_several_lines(checked) -> None:
    longer = MEAN.replace(
        "dW = X.T @ dy\n", "\nfirst = X.T\ndW = first @ dy * 3\ndW /= 3\n"
    )
    assert stated(checked(longer))["dW"] == ("dL/d W", "right")
    wrong = checked(longer.replace("dW /= 3", "dW /= 2"))
    assert [f.variable for f in wrong.findings] == ["dW"]


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("dW = dL/d V", "the program has nothing called V"),
        ("dW = dL/d X.T", "the loss doesn't depend on X.T"),
        ("dW = dL/d rng", "the loss doesn't depend on rng"),
        ("dW = -rate * dL/d W", "rate is no number that the program has there"),
        ("dW = X.T @ dy", "this can't be read. What can be is name = factor * dL/d"),
        ("dW = dL/d W + b", "this can't be read"),
        ("dW = dL/d W * dL/d b", "this can't be read"),
        ("dW == dL/d W", "this can't be read"),
        ("dW", "this can't be read"),
        ("dU = dL/d W", "no line below it gives dU a value"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_its_line(
    checked, tmp_path, capsys, claim, says
) -> None:
    text = MEAN.replace("dW = dL/d W", claim, 1)
    report = checked(text)
    assert report.verdict == "undecided"
    assert report.reason.startswith(f"line 10, # clearprop: {claim}: ")
    assert says in report.reason
    assert "\n" not in report.reason
    assert main(["check", str(tmp_path / "homework.py")]) == 2
    capsys.readouterr()


def test_a_claim_of_the_command_line_that_means_nothing_ends_with_2(
    checked, tmp_path, capsys
) -> None:
    checked(MEAN)
    path = str(tmp_path / "homework.py")
    assert main(["check", path, "--claim", "dU = dL/d W"]) == 2
    assert '--claim "dU = dL/d W": no line gives dU a value' in capsys.readouterr().out
    assert main(["check", path, "--claim", "dW = 2 * dL/d W"]) == 1


def test_a_line_that_never_runs_is_unchecked(checked) -> None:
    more = "if cost < 0:\n    # clearprop: dX = dL/d X\n    dX = dy @ W.T\n"
    report = checked(MEAN + more)
    assert report.verdict == "right"
    assert stated(report)["dX"] == ("dL/d X", "unchecked")


def test_an_asked_for_loss_is_told_as_a_found_one(checked) -> None:
    report = checked(MEAN, loss="cost")
    assert report.loss == "np.mean(np.sum((y - t) ** 2, axis=1))"
    assert report.loss_from == "line 7: cost = np.mean(np.sum((y - t) ** 2, axis=1))"
    report = checked(MEAN, loss="np.sum((y - t)**2) / 5")
    assert (report.verdict, report.loss) == ("right", "np.sum((y - t)**2) / 5")
    assert report.loss_from == "--loss, after line 6: y = X @ W + b"


def test_other_peoples_comments_are_judged_in_the_sandbox_too(tmp_path) -> None:
    path = tmp_path / "homework.py"
    path.write_text(PROGRAM)
    report = check_untrusted(str(path))
    assert report.verdict == "right", report.reason
    assert stated(report)["out"] == ("-learnrate * dL/d w_h_o", "right")
    path.write_text(PROGRAM.replace("hid = learnrate *", "hid = -learnrate *"))
    report = check_untrusted(str(path))
    assert [(f.line, f.mistake) for f in report.findings] == [(25, "sign")]
    report = check_untrusted(str(path), {"claims": ["error = dL/d output"]})
    assert [f.line for f in report.findings] == [19, 25]
