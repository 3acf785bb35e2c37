"""Running a function under a Tracer, instrumented, and asking the graph again at other
values and sizes: what it gives must be what NumPy gives."""

import linecache
from itertools import count

import numpy as np

from clearprop.graph import evaluate
from clearprop.trace.array import Traced
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import Leaves
from clearprop.trace.size import TracedSize
from clearprop.trace.tracer import Tracer

NUMBERS = count()


def written(code, parameters="x", **names):
    """A function of one expression (or of several lines), with a source to read."""
    body = code if "return" in code else f"return ({code})"
    lines = [f"def forward({parameters}):"]
    lines += ["    " + line for line in body.strip("\n").splitlines()]
    file = f"<case {next(NUMBERS)}>"
    text = "\n".join(lines) + "\n"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {"np": np, "__name__": "__main__", **names}
    exec(compile(text, file, "exec"), namespace)
    return namespace["forward"]


def trace(function, *values):
    """The tracer, its leaves and what the function returned."""
    with Tracer() as tracer:
        leaves = [
            tracer.integer_input(f"x{i}", value)
            if type(value) is int
            else tracer.input(f"x{i}", value)
            for i, value in enumerate(values)
        ]
        with HOOKS.session(tracer, Leaves(tracer)):
            result = HOOKS.call(function, *leaves)
    return tracer, leaves, result


def flat(result):
    if isinstance(result, (list, tuple)):
        return [part for item in result for part in flat(item)]
    return [result]


def plain(value):
    return value.value if type(value) in (Traced, TracedSize) else value


def copied(values):
    return [np.copy(v) if isinstance(v, np.ndarray) else v for v in values]


def check(function, values, *others):
    """The graph gives what NumPy gives: at these values and at others."""
    with np.errstate(all="ignore"):
        tracer, leaves, result = trace(function, *values)
        real_inputs = copied(values)
        expected = flat(function(*real_inputs))
    result = flat(result)
    assert len(result) == len(expected)
    for mine, real in zip(result, expected):
        same(plain(mine), real)
        assert isinstance(mine, Traced | TracedSize | bool | int | float | str), mine
        if type(mine) is Traced:
            assert mine.node.shape == np.shape(real)
    nodes = [tracer.node(r) for r in result if type(r) is not str]
    # what was written in place
    arrays = [i for i, v in enumerate(values) if isinstance(v, np.ndarray)]
    nodes += [leaves[i].node for i in arrays]
    tracer.graph.verify(nodes)
    for other in (values, *others):
        inputs = {
            tracer.graph.nodes[i]: value
            for i, value in zip(_leaf_numbers(tracer), other)
        }
        copies = copied(other)
        with np.errstate(all="ignore"):
            real = [*flat(function(*copies)), *(copies[i] for i in arrays)]
            got = evaluate(nodes, inputs)
        for mine, expected_now in zip(got, [r for r in real if type(r) is not str]):
            same(mine, expected_now)
    return tracer


def _leaf_numbers(tracer):
    return [n.index for n in tracer.graph.nodes if n.op.name == "input"]


def same(mine, real):
    real = np.asarray(real)
    assert np.shape(mine) == real.shape, (np.shape(mine), real.shape)
    assert np.asarray(mine).dtype == real.dtype, (np.asarray(mine).dtype, real.dtype)
    close = 1e-6 if real.dtype == np.float32 else 1e-11
    np.testing.assert_allclose(mine, real, rtol=close, atol=close)
