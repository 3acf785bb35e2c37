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
    ],
)
def test_a_two_in_one_line_alone_is_a_mistake(name, old, new, tmp_path) -> None:
    assert verdict(tmp_path, name, old, new) == "wrong"
