"""Blanks that owe no gradient by name are filled with what an expert would write."""

import ast
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.likewise import likewise
from clearprop.checking.need import Edit
from clearprop.checking.patch import fixed
from clearprop.checking.shared import kept_apart

RIGHT = Path(__file__).parent / "right"


def blanked(tmp_path: Path, program: str, line: str, blank: str = "____") -> cp.Report:
    """The report on a right program in which a line's value is blank."""
    text = (RIGHT / f"{program}.py").read_text()
    target, _, _ = line.partition(" = ")
    assert text.count(f"{line}\n") == 1
    file = tmp_path / f"{program}.py"
    file.write_text(text.replace(f"{line}\n", f"{target} = {blank}\n"))
    return cp.check(file)


@pytest.mark.parametrize(
    ("program", "line", "suggested"),
    [
        # the lines below change it in place
        ("script_linear_softmax_labels", "dscores = p.copy()", "p.copy()"),
        ("class_loss_tried_on_a_toy", "dscores = probs", "probs.copy()"),
        ("loop_rmsprop_log_softmax", "do = np.exp(o - lse[:, None])", ""),
        ("class_svm_loop_bias_of_counts", "db = db / n", ""),
        ("class_svm_loop_bias_of_counts", "dW = dW / n + reg * self.W", ""),
        # it says what the loss is
        ("loop_trask_11_lines", "l2_error = y - l2", ""),
        ("class_layer_list_appended", "error = A[-1] - y", ""),
        ("script_udacity_backprop_once", "error = target - output", ""),
        ("loop_clip_by_norm", "dy = ys[t] - want[t]", ""),
        ("pair_cost_and_gradient", "residual = y - X @ theta", ""),
        # of the forward pass
        ("loop_triplet_embeddings", "d_pos = np.sum((a - p)**2, axis=1)",
         "np.sum((a - p) ** 2, axis=1)"),
        # a running sum, and what a buffer holds
        ("loop_adjoint_oscillator", "dk = dk - dt * pv * x[n]", ""),
        ("loop_policy_gradient_rmsprop", "g = grad_buffer[k]", ""),
        # a global that only the forward pass speaks of
        ("loop_own_gradient_check", "dW1 = X.T @ (dh * (1 - h ** 2))", ""),
        # one of thirty runs, whose name says nothing
        ("loop_udacity_gradient_descent_unit",
         "error_term = error * output * (1 - output)", ""),
        # with the program's own constant
        ("loop_bias_as_ones_column",
         "dH = (dY @ V[1:].T) * (1 - H ** 2)      # without the bias row",
         "(dY @ V.T)[:, 1:] * (1 - H ** 2)"),
        # a mean, and no sum with a number
        ("loop_gaussian_scalars_in_a_dict",
         'grads["log_sigma"] = np.mean(1 - r ** 2)', "1 - (r ** 2).mean()"),
    ],
)  # fmt: skip
def test_a_blank_is_filled_as_one_would_write_it(tmp_path, program, line, suggested):
    report = blanked(tmp_path, program, line)
    (finding,) = report.findings
    assert finding.mistake == "blank"
    assert finding.suggestion == (suggested or line.partition(" = ")[2])
    mended = tmp_path / "mended.py"
    mended.write_text(fixed(report))
    assert cp.check(mended).verdict == "right"


def test_no_other_line_is_called_wrong_for_a_blank_that_nobody_can_fill(tmp_path):
    line = "sparsity_delta = -rho / rho_hat + (1 - rho) / (1 - rho_hat)"
    report = blanked(tmp_path, "loop_sparse_autoencoder_theta", line)
    assert [f.mistake for f in report.findings] == ["blank"]


def test_what_depends_on_a_loss_that_is_blank_is_not_judged(tmp_path):
    file = tmp_path / "network.py"
    file.write_text(
        "import numpy as np\n"
        "rng = np.random.default_rng(0)\n"
        "x, t = rng.normal(size=(6, 3)), rng.normal(size=6)\n"
        "W = rng.normal(size=3)\n"
        "for step in range(9):\n"
        "    z = x @ W\n"
        "    q = '????????'\n"
        "    loss = np.sum(q * z)\n"
        "    dz = z ** 3 + t\n"
        "    W -= 0.1 * x.T @ dz\n"
    )
    report = cp.check(file)
    assert [(f.line, f.mistake) for f in report.findings] == [(7, "blank")]
    assert any("the loss depends on line 7" in note for note in report.notes)


def test_nothing_is_suggested_for_what_nothing_reads(tmp_path):
    line = "grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])"
    (finding,) = blanked(tmp_path, "script_mlp_theta_regularized", line).findings
    assert finding.suggestion is None


@pytest.mark.parametrize(
    ("program", "line", "said"),
    [
        ("script_linear_softmax_labels", "dscores = p.copy()",
         "this isn't filled in yet: the lines below make dL/d scores of it"),
        ("loop_triplet_embeddings", "d_pos = np.sum((a - p)**2, axis=1)",
         "this isn't filled in yet"),
        ("loop_own_gradient_check", "dW1 = X.T @ (dh * (1 - h ** 2))",
         "this isn't filled in yet: it should be dL/d W1"),
    ],
)  # fmt: skip
def test_only_what_is_there_is_spoken_of(tmp_path, program, line, said):
    (finding,) = blanked(tmp_path, program, line).findings
    assert finding.message == said


def test_a_line_is_written_like_its_neighbours():
    tree = ast.parse("dc = dc - dt * v[n]\ndk = None\n")
    names = {"dc": (), "dk": (), "dt": (), "v": (6,), "x": (6,)}
    found = likewise(tree, tree.body[1], names)
    assert found[0] == "dk - dt * v[n]"
    assert "dk - dt * x[n]" in found
    assert "dk - x * v[n]" not in found  # of another shape


def test_a_line_with_another_number():
    tree = ast.parse("dW2 = h1.T @ d2\ndW1 = None\n")
    assert "h2.T @ d1" in likewise(tree, tree.body[1], {})


@pytest.mark.parametrize(
    ("below", "written"), [("d[0] -= 1", "d = p.copy()"), ("e = d", "d = p")]
)
def test_an_array_that_is_written_into_is_copied(below, written):
    tree = ast.parse(f"d = None\n{below}\n")
    edit = Edit("d = p", "None", "p", "unknown", "", 2.0)
    assert kept_apart(tree, tree.body[0], edit).statement == written
