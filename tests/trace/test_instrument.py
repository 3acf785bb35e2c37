"""Rewritten code does what Python does: one small program for each construct.

Each program takes an array and returns a number. It runs twice, as it is and traced;
the graph, evaluated at the same array and at another one, must give what Python gives.
"""

# The programs are written as people write them, old spellings included.
# ruff: noqa: B023, C416, UP031, UP032, UP033, F821

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import inspect
import itertools
import linecache
import math
from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any, NamedTuple

import numpy as np
import pytest

from clearprop.graph import evaluate
from clearprop.trace.function import trace_function

X = np.array([0.3, -1.2, 0.7])
SCALE = 1.5
COUNT = 0


def helper(v, scale=2.0, *rest, shift=0.0, **more):
    return v * scale + shift + sum(rest) + sum(more.values())


def arguments(x):
    more = {"a": 1.0, "b": 2.0}
    return helper(x, *[3.0, 4.0], shift=0.5, **more).sum()


def defaults(x, k=3.0, *, j=2.0):
    def inner(v, w=k * 2):
        return v * w + j

    return inner(x).sum()


def closures(x):
    def scaled(by):
        return lambda v: v * by * SCALE

    return sum(f(x).sum() for f in [scaled(1.0), scaled(2.0)])


def late_binding(x):
    made = [lambda v: v * i for i in range(3)]
    return sum(f(x).sum() for f in made)


def two_lambdas_on_a_line(x):
    f, g = lambda v: v * 2, lambda v: v + 2
    return (f(g(x)) - g(f(x))).sum()


def generators(x):
    def halves(v):
        for _ in range(3):
            v = v / 2
            got = yield v
            assert got is None
        return 5.0

    def outer(v):
        result = yield from halves(v)
        yield v * result

    return sum(v.sum() for v in outer(x))


def comprehension_scopes(x):
    i = 10.0
    squares = [i * v for i, v in enumerate(x)]
    table = {k: v for k, v in zip("abc", squares)}
    chosen = {round(float(j)) for j in [1.2, 2.6]}
    nested = [a * b for a in squares for b in (1.0, 2.0) if b > 1.5]
    return i + sum(table.values()) + sum(chosen) + sum(nested)


def nonlocal_names(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v

    for v in x:
        add(v * v)
    return total


def global_names(x):
    global COUNT
    COUNT += 1
    return (x * COUNT).sum()


def walrus(x):
    if (s := x.sum()) < 100:
        return [y := s * 2, y + 1][1]
    return s


def exceptions(x):
    log = []
    try:
        try:
            {}["missing"]
        except KeyError as error:
            log.append(str(error))
            raise ValueError("again") from error
        finally:
            log.append("inner")
    except ValueError:
        log.append("outer")
    else:
        log.append("never")
    finally:
        log.append("end")
    assert log == ["'missing'", "inner", "outer", "end"]
    return x.sum() * len(log)


class Manager:
    def __init__(self, events):
        self.events = events

    def __enter__(self):
        self.events.append("in")
        return self

    def __exit__(self, *error):
        self.events.append("out")
        return True


def with_statements(x):
    events: list[str] = []
    with Manager(events) as m, contextlib.suppress(ValueError):
        assert m.events is events
        raise ValueError
    with Manager(events):
        raise RuntimeError("swallowed")
    assert events == ["in", "out", "in", "out"]
    return x.sum()


def unpacking(x):
    first, *rest = x
    (a, b), c = (first, rest[0]), rest[-1]
    [d, *_] = rest
    total, total_again = (both := [a * b, c * d])
    return total + 2 * total_again + both[0] + sum([*rest, first])


def chained_comparisons(x):
    if -5 < x.sum() < 5 != x.max() > -100:
        return x.sum()
    return x.sum() * 2


def conditions(x):
    big = x.sum() > 100 or x.max()
    small = x.sum() < 100 and x.min()
    flag = not x.sum() > 100
    return big + small + (1.0 if flag else 0.0)


def loops_with_else(x):
    total = 0.0
    for v in x:
        if v > 100:
            break
        if v < 0:
            continue
        total = total + v
    else:
        total = total * 2
    n = 0
    while n < 3:
        n += 1
        total += n
    return total


class Base:
    factor = 2.0

    def __init__(self, w):
        self.w = w
        self.__hidden = w * 3

    def value(self, x):
        return x * self.w + self.__hidden

    @property
    def penalty(self):
        return self.w**2

    @staticmethod
    def twice(v):
        return v * 2

    @classmethod
    def make(cls, w):
        return cls(w)


class Derived(Base):
    factor = 3.0

    def __init__(self, w):
        super().__init__(w)
        self.__hidden = 100.0

    def value(self, x):
        return super().value(x) * self.factor + __class__.factor

    def __call__(self, x):
        return self.twice(self.value(x))

    def __len__(self):
        return 4

    def __getitem__(self, key):
        return self.w * key

    def __iter__(self):
        for k in range(2):
            yield self[k]


def classes(x):
    net = Derived.make(x.sum())
    total = net(x).sum() + net.penalty + len(net) + net[2]
    for part in net:
        total = total + part
    return total + Base(1.0).value(x).sum()


def class_inside(x):
    class Unit:
        count = 0

        def __init__(self):
            type(self).count += 1
            self.__w = x

        def forward(self):
            return self.__w * self.count

    Unit()
    return Unit().forward().sum()


@dataclasses.dataclass
class Point:
    a: Any
    b: float = 2.0
    both: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.both.append(self.a * self.b)


class Pair(NamedTuple):
    left: Any
    right: float = 1.0


Plain = namedtuple("Plain", "u v")


def records(x):
    p = Point(x)
    q = dataclasses.replace(p, b=3.0, both=[])
    pair = Pair(x * 2)._replace(right=4.0)
    u, v = Plain(u=x, v=2.0)
    return (p.both[0] + q.both[0] + pair.left * pair.right + u * v).sum()


class Slots:
    __slots__ = ("__b", "a")

    def __init__(self, a, b):
        self.a = a
        self.__b = b

    @property
    def product(self):
        return self.a * self.__b


def slots(x):
    s = Slots(x, 2.0)
    s.a = s.a + 1
    return s.product.sum()


def recursion(x):
    def power(v, n):
        return v if n == 0 else power(v * v, n - 1)

    return power(x, 2).sum()


def decorated(x):
    def doubled(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            return 2 * f(*args, **kwargs)

        return inner

    @doubled
    def square(v, n=2):
        """With a docstring."""
        return v**n

    assert square.__doc__ == "With a docstring."
    return square(x, n=3).sum()


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def cached_functions(x):
    return x.sum() * fibonacci(60)


def functions_of_functions(x):
    scale = functools.partial(helper, scale=3.0)
    parts = list(map(scale, [x, x + 1]))
    kept = list(filter(lambda v: v.sum() > -100, parts))
    total = functools.reduce(lambda a, b: a + b, kept)
    ordered = sorted([3, 1, 2], key=lambda n: -n)
    least = min([x * 2, x], key=lambda v: float(v.sum()))
    chained = list(itertools.chain([x], [x * 2]))
    return total.sum() + ordered[0] + least.sum() + chained[1].sum()


def builtins(x):
    assert isinstance(x, np.ndarray)
    assert isinstance(x.sum(), float)
    assert isinstance(len(x), int)
    assert isinstance(x.shape[0], int)
    assert type(x) is np.ndarray
    assert type(len(x)) is int
    assert type([1, 2]) is list
    assert callable(helper)
    assert getattr(x, "nothing", None) is None
    assert hasattr(x, "shape")
    total = abs(x.min()) + max(x.sum(), 0.0) + min(x[0], x[1]) + pow(x[0], 2)
    quotient, rest = divmod(7, 2)
    for i, (a, b) in enumerate(zip(x, reversed(list(x)))):
        total = total + i * a * b
    return total + quotient + rest + sum(list(x)) + round(2.6) + int(3.9)


def math_functions(x):
    s = float(x[0])
    return math.exp(s) + math.sqrt(s**2 + 1) + math.sin(s) * math.pi + math.floor(2.5)


def formatting(x):
    text = f"{x.sum():.2f} {x!r} {len(x)}" + "%s %.1f %d" % (x, x[0], len(x))
    text += "{:.3f} {a}".format(x.sum(), a=x) + str(x) + repr(x.sum())
    assert "%d%%" % 5 == "5%"
    assert "np." not in text.replace("np.float64", "")
    return x.sum() * (7 % 4)


def containers(x):
    d = defaultdict(list)
    d["a"].append(x)
    d["a"] += [x * 2]
    o = OrderedDict(first=x)
    o.update(second=x + 1)
    q = deque([x], maxlen=2)
    q.append(x * 3)
    nested = {"w": [x, {"deep": x * 4}]}
    nested["w"][1]["deep"] += 1
    del nested["w"][0]
    popped = o.pop("first")
    return (d["a"][1] + o["second"] + q[-1] + nested["w"][0]["deep"] + popped).sum()


def augmented(x):
    state = {"v": 1.0, "list": [1.0]}
    state["v"] += x.sum()
    state["list"][0] *= 3
    state["list"] += [2.0]
    p = Point(1.0)
    p.b -= x[0]
    p.b **= 2
    n = 7
    n //= 2
    n <<= 1
    return state["v"] + sum(state["list"]) + p.b + n


def evaluated_once(x):
    calls = []

    def spot(i):
        calls.append(i)
        return i

    values = [1.0, 2.0, 3.0]
    values[spot(1)] += 5.0
    values[spot(0)], values[spot(2)] = 7.0, 8.0
    assert calls == [1, 0, 2]
    return x.sum() * sum(values)


def copies(x):
    whole = {"x": x, "n": [1, 2]}
    deep, shallow = copy.deepcopy(whole), copy.copy(whole)
    deep["x"] *= 2
    assert deep["n"] is not whole["n"] and shallow["n"] is whole["n"]
    return (deep["x"] + shallow["x"]).sum()


def matching(x):
    match ("layer", x, {"act": "tanh"}):
        case ("layer", v, {"act": "relu"}):
            return v.sum()
        case ("layer", v, {"act": act}) if act.startswith("t"):
            return np.tanh(v).sum()
    return 0.0


def annotated(x):
    h: Any = x * 2
    names: list[str]
    names = ["a"]
    return h.sum() * len(names)


def deleted(x):
    h = x * 2
    g = h
    del h
    with pytest.raises(UnboundLocalError):
        print(h)
    return g.sum()


def evaluated_text(x):
    y = 3.0
    return x.sum() * eval("y + 1") * locals()["y"]


def introspection(x):
    assert set(vars(Point(1.0, both=[]))) == {"a", "b", "both"}
    assert inspect.signature(helper).parameters["scale"].default == 2.0
    return x.sum()


def vectorized(x):
    step = np.vectorize(lambda v: v * 2 if v > 0 else v / 2)
    return step(x).sum()


def a_list_of_arrays(x):
    states = [x]
    for _ in range(3):
        states.append(states[-1] * 0.5)
    states[0], states[1] = states[1], states[0]
    return np.sum(states[0] * states[-1]) + len(states[1:])


PROGRAMS = [
    arguments, defaults, closures, late_binding, two_lambdas_on_a_line, generators,
    comprehension_scopes, nonlocal_names, global_names, walrus, exceptions,
    with_statements, unpacking, chained_comparisons, conditions, loops_with_else,
    classes, class_inside, records, slots, recursion, decorated, cached_functions,
    functions_of_functions, builtins, math_functions, formatting, containers, augmented,
    evaluated_once, copies, matching, annotated, deleted, evaluated_text, introspection,
    vectorized, a_list_of_arrays,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_traced_as_plain(program):
    global COUNT
    count = COUNT
    expected = program(X.copy())
    COUNT = count
    trace = trace_function(program, (X,))
    assert count == COUNT
    (leaf,) = [leaf for leaf in trace.leaves if leaf.label == "x"]
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    np.testing.assert_allclose(evaluate([trace.loss], values)[0], expected, rtol=1e-12)
    moved = X * 1.01
    values[leaf.node] = moved
    np.testing.assert_allclose(trace.rerun(values), evaluate([trace.loss], values)[0])
    assert count == COUNT


def test_two_lambdas_in_one_line_are_told_apart():
    f, g = (lambda x: (x * 2).sum()), (lambda x: (x * 3).sum())
    for function, factor in ((f, 2), (g, 3)):
        trace = trace_function(function, (X,))
        found = evaluate([trace.loss], {trace.leaves[0].node: X})[0]
        np.testing.assert_allclose(found, factor * X.sum())


def test_a_function_whose_source_cannot_be_read():
    namespace: dict[str, Any] = {"np": np}
    exec("def forward(x, w):\n    return np.sum(np.tanh(x * w))", namespace)
    trace = trace_function(namespace["forward"], (X, 2.0))
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    np.testing.assert_allclose(
        evaluate([trace.loss], values)[0], np.tanh(X * 2.0).sum()
    )


def test_source_that_changed_after_import_is_not_trusted(tmp_path):
    file = tmp_path / "changed.py"
    file.write_text("def forward(x):\n    return x.sum()\n")
    namespace: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), namespace)
    file.write_text("def forward(x, y):\n    return y\n")
    linecache.checkcache()
    trace = trace_function(namespace["forward"], (X,))
    assert evaluate([trace.loss], {trace.leaves[0].node: X})[0] == X.sum()


def test_the_log_names_lines_places_and_depth():
    def forward(x, w):
        z = x * w
        h = helper(z)
        h += 1
        cache = {"h": h, "z": z}
        cache["g"] = h * 2
        return (cache["g"] + z).sum()

    first = forward.__code__.co_firstlineno
    trace = trace_function(forward, (X, 2.0))
    seen = [(b.line - first, b.place, b.depth) for b in trace.log]
    assert seen == [
        (1, "z", 0), (2, "h", 0), (3, "h", 0), (4, "cache['h']", 0),
        (4, "cache['z']", 0), (5, "cache['g']", 0), (6, "return", 0),
    ]  # fmt: skip
    by_place = {b.place: b for b in trace.log}
    assert by_place["h"].before is trace.log[1].node
    assert by_place["return"].node is trace.loss
    assert [b.serial for b in trace.log] == list(range(len(trace.log)))


def test_the_log_of_helpers_is_deeper():
    def inner(v):
        squared = v**2
        return squared

    def forward(x):
        total = sum(inner(v) for v in x)
        return total

    trace = trace_function(forward, (X,))
    assert {(b.place, b.depth) for b in trace.log} == {
        ("v", 0), ("squared", 1), ("total", 0), ("return", 0),
    }  # fmt: skip
