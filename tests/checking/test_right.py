"""Right programs, in all styles and conventions, are called right: no false alarm.

The programs of ``right/`` were written from the field notes. ``right/claims.py`` says
which lines hold gradients and updates; the report has to say so too. A program of which
some lines aren't named today stands in ``MISSING`` with their number: the table may not
grow.
"""

import importlib.util
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.report import Report

RIGHT = Path(__file__).parent / "right"
PROGRAMS = sorted(
    path
    for path in RIGHT.iterdir()
    if path.suffix in (".py", ".ipynb") and path.stem != "claims"
)

# How many of the lines in claims.py have no claim in the report: mostly gradients that
# are summed over time steps or examples before they are used.
MISSING = {
    "class_adaline_gd.py": 1,
    "class_lstm_network_steps.py": 8,
    "class_nielsen_cross_entropy_l2.py": 2,
    "class_nielsen_network.py": 2,
    "class_raschka_style_mlp.py": 2,
    "class_rnn_sentiment.py": 1,
    "class_udacity_bike_network.py": 2,
    "function_perceptron_predicts_by_if.py": 1,
    "layers_conv_pool_softmax_image.py": 1,
    "layers_sequential_module.py": 2,
    "loop_clip_by_norm.py": 3,
    "loop_line_fit_m_b.py": 1,
    "loop_matrix_factorization_entries.py": 1,
    "loop_min_char_rnn.py": 4,
    "loop_perceptron_criterion.py": 1,
    "loop_policy_gradient_rmsprop.py": 2,
    "loop_rnn_binary_addition.py": 3,
    "loop_row_vectors_accumulate.py": 4,
    "loop_udacity_gradient_descent_unit.py": 1,
    "loop_udacity_records.py": 2,
    "loop_word2vec_negative_sampling.py": 1,
    "notebook_rnn_sine.ipynb": 4,
    "pair_conv_maxpool_naive.py": 2,
    "pair_mse_bce_loss_functions.py": 3,
    "pair_rnn_step_sequence.py": 3,
    "script_conv2d_loops.py": 1,
    "script_two_neurons_simultaneous_temps.py": 2,
}


def wanted_lines(path: Path, report: Report) -> list[int]:
    """The lines of the file that hold a gradient or an update."""
    spec = importlib.util.spec_from_file_location("claims", RIGHT / "claims.py")
    assert spec is not None and spec.loader is not None
    claims = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(claims)
    if path.suffix == ".py":
        return [line for line, _, _ in claims.CLAIMS[path.name]]
    starts = {number: first for first, number in report.cells}
    return [
        starts[cell + 1] + line - 1
        for cell, line, _, _ in claims.NOTEBOOK_CLAIMS[path.name]
    ]


def program(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", PROGRAMS, ids=program)
def test_a_right_program_is_called_right_and_its_gradients_are_named(
    path: Path,
) -> None:
    if "from scipy" in path.read_text("utf-8"):
        pytest.importorskip("scipy", reason="SciPy is not installed")
    report = cp.check(str(path))
    assert report.verdict == "right", (report.reason, report.findings)
    assert report.findings == []
    assert report.loss
    assert {claim.status for claim in report.claims} <= {"right", "unchecked"}

    named = {claim.line for claim in report.claims if claim.status == "right"}
    missing = [line for line in wanted_lines(path, report) if line not in named]
    assert len(missing) <= MISSING.get(path.name, 0), missing


def test_the_programs_are_many_and_few_lines_are_left() -> None:
    names = {path.name for path in PROGRAMS}
    assert len(names) >= 130
    assert MISSING.keys() <= names
    # Of 1036 lines in claims.py, and some more in the notebooks.
    assert sum(MISSING.values()) <= 60
