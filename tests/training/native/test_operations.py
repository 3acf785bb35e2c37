"""Each operation that forward passes are made of, in straight lines and in loops."""

from __future__ import annotations

import numpy as np
import pytest
from training.native.plans import plan_of, shuffled

from clearprop.training.native.engine import NativeEngine
from clearprop.training.numpy_engine import NumPyEngine

pytestmark = pytest.mark.filterwarnings("ignore::clearprop.errors.ClearpropWarning")

# What is done to z = x * w + b, of a batch's rows and four columns. k: whole numbers
# from 0 to 2, one a row.
FORWARD = {
    "exp": lambda z, k: np.exp(z) + np.exp2(z) + np.expm1(z),
    "logarithms": lambda z, k: np.log(z**2 + 1) + np.log1p(z**2) + np.log2(z**2 + 2),
    "log10_and_roots": lambda z, k: np.log10(z**2 + 1) + np.sqrt(z**2 + 1) + np.cbrt(z),
    "angles": lambda z, k: np.sin(z) * np.cos(z) + np.tan(z / 9) + np.arctan(z),
    "inverse_angles": lambda z, k: np.arcsin(z / 99) + np.arccos(z / 99),
    "hyperbolic": lambda z, k: np.sinh(z) + np.cosh(z) + np.tanh(z) + np.arcsinh(z),
    "inverse_hyperbolic": lambda z, k: np.arccosh(z**2 + 2) + np.arctanh(z / 99),
    "of_two": lambda z, k: np.arctan2(z, z + 9) + np.hypot(z, 1) + np.logaddexp(z, 1),
    "powers": lambda z, k: z**2 + z**3 + (z**2 + 1) ** 0.7 + (z + 99) ** -1 + 2.0**z,
    "steps": lambda z, k: z * np.floor(z) + np.ceil(z) * z + z * np.rint(z),
    "remainders": lambda z, k: z % 0.7 + (z // 0.3) * z + np.trunc(z) * z,
    "signs": lambda z, k: z * np.sign(z) + z * np.signbit(z),
    "extremes": lambda z, k: np.maximum(z, 0.1) + np.minimum(z, z**2) + np.abs(z),
    "clip": lambda z, k: np.clip(z, -0.5, 0.4) * z,
    "masks": lambda z, k: z * ((z > 0) & (z < 1)) + z**2 * ~((z > 1) | (z < 0.3)),
    "logic": lambda z, k: np.where(np.logical_and(z > 0, z != 1), z, -z) + z * (z >= 0),
    "finite": lambda z, k: np.where(np.isfinite(z) & ~np.isnan(z), z, 0.0) * z,
    "whole_numbers": lambda z, k: z * (k[:, None] % 2 + k[:, None] // 2 + k[0] ** 2),
    "sums": lambda z, k: z / z.sum(axis=0) + z * z.mean(axis=1)[:, None] + z.sum(),
    "max_and_min": lambda z, k: z - z.max(axis=1, keepdims=True) * z.min(axis=0),
    "spread": lambda z, k: (z - z.mean(axis=0)) / z.std(axis=0),
    "slices": lambda z, k: z[:, :2] * z[:, 2:] + z[:, ::-2] - z[:, 1:2],
    "rows": lambda z, k: z[1:] - z[:-1],
    "columns": lambda z, k: z[:, 0] * z[:, -1] + z[-1, 2],
    "flips": lambda z, k: z[:, ::-1] * np.flip(z, 0),
    "transposes": lambda z, k: z.T @ z + np.outer(z[0], z[1]),
    "reshaped": lambda z, k: z.reshape(-1, 2) * z.reshape(-1, 2)[:, ::-1],
    "reshaped_product": lambda z, k: z.reshape(len(z) * 2, 2) @ z[:2] + z.ravel()[1],
    "plain_products": lambda z, k: z @ np.eye(4) + np.zeros((len(z), 3)) @ z[:3],
    "products_of_vectors": lambda z, k: (z @ z[0])[:, None] + z[:, 0] @ z + z[0] @ z[1],
    "stacks": lambda z, k: z[:, :, None] @ z[:, None, :] @ (z.T @ z),
    "stacks_and_matrices": lambda z, k: _cubes(z) @ z[:2].T + z[:2] @ _turned(z)[0],
    "stacks_stretched": lambda z, k: z.reshape(-1, 1, 2, 2) @ z[:3].reshape(1, 3, 2, 2),
    "stack_and_vector": lambda z, k: _cubes(z) @ z[0] + z[1] @ _turned(z),
    "einsum_products": lambda z, k: np.einsum("ij,kj->ik", z, z) @ z
    + np.einsum("nac,nbc->nab", _cubes(z), _cubes(z)).sum(0)[0, 1],
    "einsum_sums": lambda z, k: np.einsum("ij->j", z) + np.einsum("ij,ij->i", z, z)[0],
    "einsum_of_three": lambda z, k: np.einsum("ij,kj,i->kj", z, z**2, z[:, 0]),
    "einsum_of_two_axes": lambda z, k: np.einsum("ncw,dcw->nd", _cubes(z), _cubes(z)),
    "einsum_diagonals": lambda z, k: np.einsum("ii->i", z.T @ z)
    * np.einsum("nii,i->n", _cubes(z)[:, :, :2], z[0, :2])[0],
    "einsum_outer": lambda z, k: np.einsum("i,j->ji", z[0], z[1]) + z[1] ** 2,
    "windows": lambda z, k: _windows(z, 3, 1) @ z[0, :3] + _windows(z, 2, 1)[:, 1:, 0],
    "windows_of_two_axes": lambda z, k: np.einsum(
        "abij,ij->ab", _windows(z, (2, 3), (0, 1)), z[:2, 1:]
    ),
    "windows_flipped": lambda z, k: _windows(z[::-1, ::2], 2, 0)[..., ::-1] ** 2,
    "convolved": lambda z, k: np.convolve(z[0], z[1, :2]) ** 2,
    "padded": lambda z, k: np.pad(z, ((1, 0), (0, 2))) - z[1, 1],
    "padded_with_a_number": lambda z, k: np.pad(z, 1, constant_values=2.0) ** 2,
    "rolled": lambda z, k: np.roll(z, 1, axis=0) * np.roll(z, (2, -1), axis=(0, 1)),
    "repeated": lambda z, k: np.repeat(z, 2, axis=1) + np.tile(z, 2) * z.repeat(2)[:8],
    "triangles": lambda z, k: np.tril(z.T @ z) @ np.triu(_cubes(z), 1).sum(0).T,
    "masked": lambda z, k: np.where(np.tri(4, dtype=bool), z.T @ z, -9.0) ** 2,
    "joined": lambda z, k: np.concatenate([z, z**2], axis=1) * np.hstack([z, z]),
    "joined_in_two_dtypes": lambda z, k: np.concatenate([z[:, 0], k, z[0] > 0]) ** 2,
    "stacked": lambda z, k: np.stack([z, 2 * z], axis=1) + np.vstack([z, z])[0],
    "labels": lambda z, k: z[np.arange(len(z)), k],
    "lookup": lambda z, k: z[k],
    "columns_by_number": lambda z, k: z[:, k % 3],
    "one_hot": lambda z, k: z[:, :3] * np.eye(3)[k],
    "written": lambda z, k: _written(z),
    "one_row": lambda z, k: z[:1] * 2 + z[:1, :1],
    "constants": lambda z, k: z * np.array([1.0, -2.0, 0.5, 3.0]) + np.arange(4),
    "einsum_like": lambda z, k: (z[:, :, None] * z[:, None, :]).sum(axis=1),
}  # fmt: skip


def _cubes(z):
    """A stack: two rows of four for each row."""
    return np.stack([z, z**2 - 1], axis=1)


def _turned(z):
    return np.swapaxes(_cubes(z), 1, 2)


def _windows(z, width, axis):
    return np.lib.stride_tricks.sliding_window_view(z, width, axis)


def _written(z):
    out = np.zeros_like(z)
    out[:, 1:3] = z[:, :2] ** 2
    out[0] += 1
    return out + z


# straight lines, and loops
@pytest.mark.parametrize(
    ("dtype", "rows"), [("float64", 4), ("float64", 48), ("float32", 48)]
)
@pytest.mark.parametrize("name", FORWARD)
def test_the_same_as_numpy(name, dtype, rows) -> None:
    function = FORWARD[name]
    rng = np.random.default_rng(5)

    def forward(x, k, w, b):
        return np.mean(function(x * w + b, k) ** 2)

    x = rng.normal(size=(2 * rows, 4)).astype(dtype)
    params = {
        "w": rng.uniform(0.5, 1.5, 4).astype(dtype),
        "b": rng.normal(size=4).astype(dtype),
    }
    data = {"x": x, "k": rng.integers(0, 3, 2 * rows)}
    plan = plan_of(forward, params, data, batch_size=rows, per_example=False)
    engine, right = NativeEngine(plan), NumPyEngine(plan)
    batches, rates = shuffled(plan, 3), np.full(3, 1e-3)
    found, wanted = engine.run(batches, rates), right.run(batches, rates)
    rtol = 1e-10 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=rtol)
    for i in range(2):
        moved = right.weights[i] - plan.parameters[i].value
        by = engine.weights[i] - plan.parameters[i].value
        # float32: a weight's own rounding is much of what a small step changes
        spare = 1e-12 if dtype == "float64" else 4e-6
        np.testing.assert_allclose(by, moved, rtol=100 * rtol, atol=spare)


def test_a_gradient_that_is_another_parameter() -> None:
    """d(v·w)/dw is v as it was before v moved."""

    def forward(v, w):
        return np.sum(v * w)

    for size in (3, 300):
        params = {"v": np.ones(size), "w": np.full(size, 2.0)}
        engine = NativeEngine(plan_of(forward, params, {}))
        engine.run(None, np.array([0.5]))
        assert engine.weights[0].tolist() == [0.0] * size
        assert engine.weights[1].tolist() == [1.5] * size
