"""Random forward passes, written as source text, of all kinds of operations at once.

Each is derived at random shapes (sizes 0 and 1 included), compared with central
differences, and its written source is run again, alone, at other sizes.
"""

import linecache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import assert_same, numeric_gradients

import clearprop

UNARY = [
    "np.tanh({a})",
    "np.sin({a})",
    "np.cos({a})",
    "np.exp(0.3 * {a})",
    "np.log(1 + {a} ** 2)",
    "np.sqrt(1 + {a} ** 2)",
    "1 / (1 + np.exp(-{a}))",
    "np.log1p(np.exp({a}))",
    "np.arctan({a})",
    "np.logaddexp(0, {a})",
    "{a} ** 3",
    "-{a}",
    "2.5 * {a} - 1",
    "{a} / (2 + np.sin({a}))",
    "np.square({a})",
    "np.expm1(0.2 * {a})",
]
BINARY = [
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} / (1.5 + {b} ** 2)",
    "np.hypot({a}, 1.3 + {b} ** 2)",
    "np.logaddexp({a}, {b})",
    "np.arctan2({a}, 2 + {b} ** 2)",
    "(1.2 + {a} ** 2) ** (0.3 * {b})",
    "np.where(C > 0, {a}, {b})",
]
MATRIX = [  # (rows, columns) -> a new value and the names of its axes
    ("{a}.T @ {b}", "ab,ac->bc"),
    ("{a} @ {b}.T", "ab,cb->ac"),
    ("np.einsum('ij,ij->i', {a}, {b})", "ab,ab->a"),
    ("np.outer({a}[0], {b}[:, 0])", None),
]
SHAPING = [
    ("{a}.T", lambda s: s[::-1]),
    ("{a}[::-1]", lambda s: s),
    ("{a}[:, None]", lambda s: (s[0], 1, *s[1:])),
    ("np.roll({a}, 1, axis=0)", lambda s: s),
    ("{a}.sum(axis=0)", lambda s: s[1:]),
    ("{a}.mean(axis=-1, keepdims=True)", lambda s: (*s[:-1], 1)),
    ("np.sum({a}, axis=-1)", lambda s: s[:-1]),
    ("np.cumsum({a}, axis=0)", lambda s: s),
    ("{a}.reshape(-1)", lambda s: ("*".join(map(str, s)),)),
    ("np.concatenate([{a}, 2 * {a}], axis=0)", lambda s: (f"2*({s[0]})", *s[1:])),
    ("{a} - {a}.mean(axis=0)", lambda s: s),
    ("{a}.copy()", lambda s: s),
]
SIZES = {"N": 3, "D": 4}


def sizes_of(shape, sizes):
    return tuple(eval(str(n), {}, sizes) for n in shape)


@st.composite
def programs(draw):
    """A function as source text, and the shapes of its arguments by size names."""
    shapes = {"x": ("N", "D"), "w": ("D",), "b": (1, "D"), "s": ()}
    values = dict(shapes)
    lines = []
    for step in range(draw(st.integers(1, 7))):
        name = draw(st.sampled_from(["h", "z", "a", "y", f"v{step}", "mask", "dx"]))
        kind = draw(st.sampled_from(["unary", "binary", "matrix", "shaping", "write"]))
        a = draw(st.sampled_from(sorted(values)))
        if kind == "unary":
            code, shape = draw(st.sampled_from(UNARY)).format(a=a), values[a]
        elif kind == "binary":
            fits = [
                v for v in sorted(values) if broadcast(values[a], values[v]) is not None
            ]
            b = draw(st.sampled_from(fits))
            shape = broadcast(values[a], values[b])
            pattern = draw(st.sampled_from(BINARY))
            if "C >" in pattern and shape != ("N", "D"):
                continue
            code = pattern.format(a=a, b=b)
        elif kind == "matrix":
            twos = [v for v in sorted(values) if values[v] == ("N", "D")]
            pattern, formula = draw(st.sampled_from(MATRIX))
            a, b = draw(st.sampled_from(twos)), draw(st.sampled_from(twos))
            if formula is None:
                shape = ("D", "N")
            else:
                shape = {"bc": ("D", "D"), "ac": ("N", "N"), "a": ("N",)}[
                    formula[-2:].strip(">")
                ]
            code = pattern.format(a=a, b=b)
        elif kind == "shaping":
            pattern, change = draw(st.sampled_from(SHAPING))
            if not values[a] or ("[:, None]" in pattern and len(values[a]) != 2):
                continue
            code, shape = pattern.format(a=a), change(values[a])
        else:
            if len(values[a]) != 2 or values[a][0] == 1:
                continue
            lines += [f"{name} = {a} * 1.0", f"{name}[0] = 0.5 * {name}[-1]"]
            lines.append(f"{name}[:, 0] += s")
            values[name] = values[a]
            continue
        lines.append(f"{name} = {code}")
        values[name] = shape
    used = draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=3))
    loss = " + ".join(f"np.sum(np.arctan(0.3 * {v}))" for v in dict.fromkeys(used))
    body = "\n".join(
        f"    {line}" for line in [*lines, f"return {loss} + 0.1 * np.sum(x**2)"]
    )
    return f"def forward(x, w, b, s, C):\n{body}\n", shapes


def broadcast(a, b):
    """The broadcast of two symbolic shapes, or None where it isn't sure."""
    longest = max(len(a), len(b))
    a, b = (1,) * (longest - len(a)) + tuple(a), (1,) * (longest - len(b)) + tuple(b)
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        return None
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


def load(text):
    name = f"<random {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {"np": np}
    exec(compile(text, name, "exec"), namespace)
    return namespace["forward"]


def arguments(shapes, sizes, seed=0):
    rng = np.random.default_rng(seed)
    made = [rng.uniform(-1.5, 1.5, size=sizes_of(s, sizes)) for s in shapes.values()]
    made[-1] = float(made[-1])
    return (*made, rng.normal(size=(sizes["N"], sizes["D"])))


WRT = ("x", "w", "b", "s")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    programs(),
    st.sampled_from([(3, 4), (2, 5), (4, 1), (1, 3)]),
    st.sampled_from(["fused", "atomic"]),
)
def test_random_programs_are_derived_right(program, sizes, style):
    text, shapes = program
    forward = load(text)
    args = arguments(shapes, dict(zip("ND", sizes, strict=True)))
    backward = clearprop.derive(forward, *args, wrt=WRT, style=style)
    assert_same(backward(*args), numeric_gradients(forward, args, WRT), 1e-5, 1e-7)
    namespace = {}
    exec(backward.source, namespace)
    if 1 in sizes:
        return  # a size of one may have been stretched: then it is guarded
    other = arguments(shapes, {"N": 5, "D": 3}, 1)
    alone = namespace[backward.name](*other)
    assert_same(alone, numeric_gradients(forward, other, WRT), 1e-5, 1e-7)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.sampled_from([(0, 3), (2, 0)]))
def test_empty_arrays_are_derived(program, sizes):
    text, shapes = program
    forward = load(text)
    args = arguments(shapes, dict(zip("ND", sizes, strict=True)))
    try:
        with np.errstate(all="ignore"):
            loss = forward(*args)
    except (ValueError, IndexError):
        return  # NumPy itself refuses: an index or a maximum of nothing
    if not np.isfinite(loss):
        return  # the mean of nothing
    gradients = clearprop.derive(forward, *args, wrt=WRT)(*args)
    for name, arg in zip(WRT, args, strict=False):
        assert np.shape(gradients[name]) == np.shape(arg)
