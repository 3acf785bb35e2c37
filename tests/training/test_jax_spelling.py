"""Every operation has a spelling in JAX, and computes there what NumPy computes."""

import re

import numpy as np
import pytest
from ops.test_records import ROWS, built, draw_values

from clearprop.graph import OPS, evaluate

jax = pytest.importorskip("jax", reason="JAX is not installed")

from clearprop.training.jax_engine import as_numpy  # noqa: E402
from clearprop.training.jax_spelling import REFUSED, SPELLING  # noqa: E402
from clearprop.training.jax_values import Values, refusal  # noqa: E402


def test_every_operation_has_a_spelling_or_a_reason():
    assert {*SPELLING, *REFUSED, "input"} == set(OPS)
    assert not set(SPELLING) & set(REFUSED)


# What has only NumPy's way, and what the user reads about it.
ONLY_NUMPY = {
    "nonzero": "not zero", "argpartition": "another order", "getitem": "a mask takes",
    "index_add": "a mask takes", "setitem": "keep the last|a mask takes",
}  # fmt: skip


def few_rows():
    """Some of each operation: XLA takes 60 ms for one."""
    by_op = {}
    for row in ROWS:
        by_op.setdefault(row.op, []).append(row)
    found = []
    for rows in by_op.values():
        found += rows[:: -(-len(rows) // (2 + len(rows) // 10))]
    return found


def case(row):
    """The node of a row and a value for each leaf, in float32."""
    rng = np.random.default_rng(0)
    sizes = {c: row.least.get(c, 0) + 2 + i % 2 for i, c in enumerate(row.letters)}
    values = draw_values(row, sizes, rng, np.float32)
    _, nodes, y = built(row, sizes, values)
    return y, dict(zip(nodes, values))


def test_values_and_dtypes_are_numpy_s():
    """Rows of the table of operations, compiled as one program."""
    rows = few_rows()
    cases = {row.id: case(row) for row in rows}
    for row in rows:
        why = refusal([cases[row.id][0]], {})
        if why is not None:
            assert re.search(ONLY_NUMPY[row.op], why), (row.id, why)
            del cases[row.id]
    assert {row.op for row in rows if row.id in cases} >= set(SPELLING)

    @jax.jit
    def compiled(values):
        return [
            Values(dict(zip(now, given)), {}).add([y])[0]
            for (y, now), given in zip(cases.values(), values)
        ]

    with as_numpy():
        found = compiled([list(now.values()) for _, now in cases.values()])
    for (name, (y, now)), ours in zip(cases.items(), found):
        (numpys,) = evaluate([y], now)
        assert ours.shape == np.shape(numpys), name
        assert ours.dtype == np.asarray(numpys).dtype, name
        # a few roundings of float32, enlarged by sums and by an inverse
        np.testing.assert_allclose(ours, numpys, rtol=2e-5, atol=2e-5, err_msg=name)
