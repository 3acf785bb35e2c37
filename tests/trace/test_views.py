"""Views and in-place writes mean what they mean in NumPy: each small program runs as it
is and traced, and the graph is asked again at other values and at another size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ._run import check, written

PROGRAMS = r"""
h = x.copy(); h += 1; return h
h = x; h += 1; return h
h = x; h = h + 1; return h, x
x *= 2; return x
x -= x; return x
x /= 2.0; x **= 2; return x
x //= 0.5; return x
x %= 0.7; return x
z = x.copy(); z[z < 0] = 0; return z
z = x.copy(); z[z < 0] *= 0.1; return z
z = x.copy(); z[z < 0] = -z[z < 0]; return z
z = x.copy(); z[x > 0] = x[x > 0] ** 2; return z
z = x.copy(); z[~(x > 0)] += 1; return z
row = x[0]; row *= 2; return x
row = x[0]; row[1] = 5; return x, row
row = x[0].copy(); row *= 2; return x, row
col = x[:, 1]; col += 1; return x
x[:, 0] += x[:, 1]; return x
x[:, 0], x[:, 1] = x[:, 1].copy(), x[:, 0].copy(); return x
x[0], x[1] = x[1], x[0]; return x
x[1:] += x[:-1]; return x
x[1:] = x[:-1]; return x
x[:-1] -= x[1:]; return x
x[::-1] *= 2; return x
x[::2] = 0; return x
x[...] = 3; return x
x[:] = x[0]; return x
x[:] = x[::-1]; return x
x[-1] = x[0]; return x
x[0, 0] = x[1, 1]; return x
x[0][1] = 7; return x
x[0, ...] += 1; return x
x[None][0, 1] = 4; return x
x.T[0] = 1; return x
x.T[0] += x.T[1]; return x
x.T[:, 0] = x[1]; return x
t = x.T; t *= 2; return x, t
t = x.T; x *= 2; return t
x.reshape(-1)[3] = 7; return x
f = x.ravel(); f[2] = 9; return x
f = x.flatten(); f[2] = 9; return x, f
f = x.T.ravel(); f[2] = 9; return x, f
f = x.T.reshape(-1); f[2] = 9; return x, f
v = x[1:, 1:]; v[0] = 0; return x
v = x[1:][:, 1:]; v += 1; w = v[0]; w *= 3; return x, v, w
v = x[1:]; x[1] = 0; return v
v = x[1:]; y = v + 1; x[1] = 0; return v, y
v = x.swapaxes(0, 1); v[0] = 1; return x
v = np.squeeze(x[None]); v[0] = 1; return x
v = np.expand_dims(x, 0); v += 1; return x
v = x[:, None]; v *= 2; return x
v = np.flip(x, 0); v[0] = 1; return x
v = np.rot90(x); v[0] = 1; return x
v = np.atleast_2d(x[0]); v[0, 1] = 1; return x
v = np.moveaxis(x, 0, 1); v[0] = 5; return x
a, b = np.split(x, [1], axis=1); a += 1; b *= 2; return x
a, b = np.hsplit(x, [1]); b[...] = a; return x
v = np.asarray(x); v[0] = 1; return x
v = np.array(x); v[0] = 1; return x, v
v = x.view(); v[0] = 1; return x
v = x.astype(float); v[0] = 1; return x, v
v = x.astype(float, copy=False); v[0] = 1; return x
v = x[[0, 1]]; v[0] = 1; return x, v
v = x[np.array([0, 1])]; v += 1; return x, v
x[[0, 1]] = x[[1, 0]]; return x
x[[0, 1]] += 1; return x
x[[0, 0]] += 1; return x
x[[0, 1], [1, 0]] = 5; return x
x[np.arange(len(x)), 0] -= 1; return x
x[range(len(x)), np.argmax(x, axis=1)] -= 1; return x
x[np.arange(2)[:, None], [0, 1]] = 3; return x
np.add.at(x, [0, 0, 1], 1.0); return x
np.add.at(x, ([0, 0], [1, 1]), [1.0, 2.0]); return x
np.subtract.at(x, 0, x[1]); return x
np.add.at(x[:, 1], [0, 1, 0], 2.0); return x
z = np.zeros(3); np.add.at(z, [0, 2, 0], x[0, :3]); return z
np.add(x, 1, out=x); return x
np.add(x, x[0], x); return x
np.multiply(x, 2, out=x[...]); return x
z = np.zeros_like(x); np.exp(x, out=z); return z
z = np.zeros_like(x); np.exp(x, z); return z
z = np.empty_like(x); np.maximum(x, 0, out=z); return z, x
np.sqrt(x, out=x, where=x > 0); return x
np.clip(x, 0, 1, out=x); return x
np.dot(x, x.T.copy(), out=np.zeros((len(x), len(x)))); return x
z = np.zeros(x.shape[1]); np.sum(x, axis=0, out=z); return z
z = np.zeros(x.shape); z[:] = x; return z
z = np.zeros(len(x)); z[0] = x[0, 1]; return z
z = np.zeros((len(x), 3)); z[:, 1] = x[:, 0]; return z
z = np.zeros(2, dtype=int); z[0] = 1; return z
z = np.zeros(2); z[0] += x[0, 0]; z[1] = z[0] * 2; return z
z = np.ones(x.shape); z[0] = x[0]; z[1:] *= x[1:]; return z
z = np.full(x.shape, 2.0); z *= x; return z
z = np.zeros((2, x.shape[1])); z[0], z[1] = x[0], x[1]; return z
x.fill(0); return x
x[0].fill(2); return x
x.sort(); return x
x.sort(axis=0); return x
x[0].sort(); return x
np.copyto(x, x[::-1]); return x
np.copyto(x, 0, where=x < 0); return x
np.fill_diagonal(x, 0); return x
np.putmask(x, x < 0, 0); return x
np.place(x, x < 0, 0); return x
np.put(x, [0, 2], [1.0, 2.0]); return x
x.put([0, 2], 5); return x
np.put_along_axis(x, np.argmax(x, axis=1)[:, None], 0, axis=1); return x
x.flat[3] = 1; return x
x.flat = 2; return x
x.itemsize; return x
s = x[0, 0]; s += 1; return x, s
s = x.sum(); t = s; s += 1; return s, t
s = 0; s += x; s += x; return s, x
s = 0.0; s += x[0, 0]; return s
l = [x[0], x[1]]; l[0] += 1; return x
l = []; l.append(x); l[0] *= 2; return x
d = {"h": x}; d["h"] -= 1; return x
h = np.zeros((2, x.shape[1])); h[0] = x[0]; h[1] = np.tanh(h[0] + x[1]); return h
h = x.copy(); h[0] = h[0] + h[1]; h[1] = h[0] + h[1]; return h
h = x.copy(); g = h; g[0] = 0; return h, x
h = x[:]; h[0] = 0; return x
d = np.diagonal(x).copy(); d[0] = 1; return x, d
d = np.diag(x).copy(); d += 1; return x, d
x.shape = (-1,); return x[0], x.shape[0]
y = x + 0; y.shape = (-1, 1); return y
for row in x[:2]:\n    row *= 2\nreturn x
for i in range(2):\n    x[i] += i\nreturn x
for i, row in enumerate(x[:2]):\n    row[0] = i\nreturn x
z = x > 0; z[0] = True; z &= x < 1; return z
z = x > 0; z |= x < -1; return z * x
z = np.argmax(x, axis=1); z += 1; return z
x @= np.eye(x.shape[1]); return x
x[0] @= np.eye(x.shape[1]); return x
"""


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_means_what_numpy_means(program):
    code = "\n".join(program.replace("\\n", "\n").split("; "))
    rng = np.random.default_rng(3)
    x, same, other = (rng.normal(size=(n, n)) for n in (4, 4, 6))
    check(written(code), [x], [same], [other])


def test_two_names_for_one_argument_are_one_array():
    x = np.ones(3)
    from clearprop.trace.tracer import Tracer

    with Tracer() as tracer:
        a, b = tracer.input("a", x), tracer.input("b", x)
    assert a is b


def test_the_arrays_of_the_caller_are_not_changed():
    x = np.ones((2, 2))
    check(written("x += 1\nreturn x"), [x])
    assert (x == 1).all()


# -- keys, against NumPy itself ------------------------------------------------------


@st.composite
def shapes_and_keys(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    if draw(st.booleans()):
        key = draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    else:
        key = draw(
            st.one_of(
                hnp.integer_array_indices(
                    shape, result_shape=hnp.array_shapes(max_dims=2)
                ),
                hnp.arrays(bool, shape),
                st.lists(st.integers(-shape[0], shape[0] - 1), max_size=3),
            )
        )
    return shape, key


def program_for(key, statement):
    """A function with the key written into its source, as a user would write it."""
    if isinstance(key, tuple):
        text = ", ".join(map(spelled, key)) + ("," if len(key) == 1 else "")
    else:
        text = spelled(key)
    return written(statement.replace("KEY", text or "()"))


def spelled(part):
    if isinstance(part, slice):
        return ":".join(
            "" if p is None else str(p) for p in (part.start, part.stop, part.step)
        )
    if isinstance(part, np.ndarray):
        dtype = part.dtype.name.replace("bool", "bool_")
        return f"np.array({part.tolist()}, dtype=np.{dtype})"
    if part is Ellipsis:
        return "..."
    return str(part)


@settings(max_examples=150, deadline=None)
@given(shapes_and_keys())
def test_reading_any_key(case):
    shape, key = case
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    check(program_for(key, "return x[KEY]"), [x], [x * 2])


@settings(max_examples=150, deadline=None)
@given(
    shapes_and_keys(),
    st.sampled_from(["x[KEY] = 7", "x[KEY] += 2", "x[KEY] = x[KEY] * 3"]),
)
def test_writing_any_key(case, statement):
    shape, key = case
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    check(program_for(key, f"{statement}\nreturn x"), [x], [x * 2])


@settings(max_examples=60, deadline=None)
@given(shapes_and_keys())
def test_a_write_to_what_was_read_reaches_the_base_only_through_a_view(case):
    shape, key = case
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    if not isinstance(x[key], np.ndarray):
        return
    check(program_for(key, "y = x[KEY]\ny += 1\nreturn x, y"), [x], [x * 2])
