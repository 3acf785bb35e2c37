"""Which of a program's functions the search for mends may call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clearprop.checking.mend.pure import is_pure

WEIGHTS = np.zeros(3)


class Net:
    def remember(self, x: Any) -> Any:
        self.seen = x
        return x

    def fill(self, x: Any) -> Any:
        for i in range(3):
            self.inputs[i] = x[i]
        return self.inputs

    def add(self, x: Any, i: int, j: int) -> None:
        self.rows[i][j] += x

    def put(self, x: Any) -> None:
        params = self.params
        params["W"] = x

    def relu_prime(self, x: Any) -> Any:
        slope = np.ones_like(x)
        slope[x < 0] = self.leak
        return slope

    def forward(self, x: Any) -> Any:
        out = [0.0] * len(self.rows)
        for i in range(3):
            for j in range(2):
                out[i] += x[j] * self.rows[i][j]
            out[i] = max(out[i], 0.0) if x[i] > 2 else self.leak
        return out


def into_global(x: Any) -> None:
    WEIGHTS[0] = x


@pytest.mark.parametrize(
    "function", [Net.remember, Net.fill, Net.add, Net.put, into_global]
)
def test_what_stores_into_what_others_see_is_not_called(
    function: Callable[..., Any],
) -> None:
    assert not is_pure(function)


@pytest.mark.parametrize("function", [Net.relu_prime, Net.forward])
def test_what_a_function_makes_itself_it_may_fill(function: Callable[..., Any]) -> None:
    assert is_pure(function)
