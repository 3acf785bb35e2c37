"""Tests train with NumPy unless they name an engine: compiling takes half a second."""

import pytest


@pytest.fixture(autouse=True)
def engine_of_tests(monkeypatch):
    monkeypatch.setenv("CLEARPROP_ENGINE", "numpy")
