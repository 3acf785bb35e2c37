"""Rates that weights have of their own, and constants that all gradients have."""

from pathlib import Path

import pytest

import clearprop as cp

RIGHT = Path(__file__).parent / "right"


def verdict(folder: Path, name: str, old: str, new: str) -> str:
    text = (RIGHT / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return cp.check(folder / name).verdict


def test_a_constant_of_all_gradients_goes_with_rates_of_their_own(tmp_path) -> None:
    old = "dlogits = 0.5 * ((r - I) + (c - I)) / N"
    new = "dlogits = 2 * (0.5 * ((r - I) + (c - I)) / N)"
    assert verdict(tmp_path, "loop_info_nce_temperature.py", old, new) == "right"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("loop_damped_oscillation_chi2.py", "eta * dgamma", "2 * (eta * dgamma)"),
        ("loop_info_nce_temperature.py", "Wa - 0.5 * Xa", "Wa - 2 * 0.5 * Xa"),
        ("loop_rmsprop_decay_in_the_gradient.py", "W2 -= lr *", "W2 -= 2 * lr *"),
        ("pair_coursera_two_layer_dicts.py", '["b2"] - l', '["b2"] - 2 * l'),
    ],
)
def test_a_two_in_one_line_alone_is_a_mistake(name, old, new, tmp_path) -> None:
    assert verdict(tmp_path, name, old, new) == "wrong"


def test_a_two_in_a_named_step_with_decay_is_found_where_it_stands(tmp_path) -> None:
    """No loss that is seen has the decay in it, so that the step is no gradient."""
    name = "class_raschka_style_mlp.py"
    text = (RIGHT / name).read_text()
    old = "(grad_w_out + 2 * self.l2 * self.w_out)"
    assert text.count(old) == 1
    (tmp_path / name).write_text(text.replace(old, f"2 * {old}"))
    (finding,) = cp.check(tmp_path / name).findings
    assert (finding.line, finding.mistake) == (71, "scale")
    assert finding.suggestion == old[1:-1]


def test_under_an_upstream_gradient_the_exact_one_is_right(tmp_path) -> None:
    """Of dV, and twice dQ and dK, the one is what the others should be."""
    name = "pair_attention_functions.py"
    text = (RIGHT / name).read_text()
    old = "dA = np.matmul("
    assert text.count(old) == 1
    (tmp_path / name).write_text(text.replace(old, "dA = 2 * np.matmul("))
    (finding,) = cp.check(tmp_path / name).findings
    assert (finding.line, finding.mistake) == (20, "scale")


def test_a_row_that_the_rate_alone_moves_is_a_weight(tmp_path) -> None:
    name = "class_neural_collaborative_filtering.py"
    old = "self.P[u] -= self.lr * dx[:self.k]"
    assert verdict(tmp_path, name, old, "self.P[u] -= self.lr") == "wrong"


def test_exponential_weights_are_not_held_to_a_gradient(tmp_path) -> None:
    """Hedge (Freund and Schapire 1997) moves by the costs, as they are."""
    program = tmp_path / "hedge.py"
    program.write_text(
        "import numpy as np\n"
        "rng = np.random.default_rng(0)\n"
        "h = np.zeros(5)\n"
        "for i in range(200):\n"
        "    p = np.exp(h) / np.exp(h).sum()\n"
        "    c = rng.random(5)\n"
        "    loss = np.sum(p * c)\n"
        "    h -= 0.1 * c\n"
        "    print(loss)\n"
    )
    assert cp.check(program).verdict == "undecided"


def test_what_an_if_decides_is_no_rate() -> None:
    """``output = 1`` or ``output = 0`` is a factor of the perceptron's step."""
    report = cp.check(RIGHT / "loop_perceptron_decided_by_if.py")
    steps = [c.claim for c in report.claims if c.variable == "w1"]
    assert steps == ["-learning_rate * dL/d w1"]
