"""The tests of the native engine need a C compiler: any will do."""

import pytest

from clearprop.training.native.compile import NoCompiler, compiler


@pytest.fixture(autouse=True, scope="session")
def a_compiler():
    try:
        compiler()
    except NoCompiler as why:
        pytest.skip(str(why))
