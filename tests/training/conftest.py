"""Tests train with NumPy unless they name an engine: compiling takes half a second.

They derive what they step, also where another test has.
"""

import pytest


@pytest.fixture(autouse=True)
def engine_of_tests(monkeypatch):
    monkeypatch.setenv("CLEARPROP_ENGINE", "numpy")
    monkeypatch.setenv("CLEARPROP_FRESH", "1")
