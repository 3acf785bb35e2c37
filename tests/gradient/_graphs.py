"""Graphs from text: a table of cases reads like NumPy, and so does what comes out.

``build("exp(x) / sum(exp(x), 1, True)")`` makes a node over the inputs below;
``text(node)`` prints one.
"""

import numpy as np

import clearprop.ops  # noqa: F401  (fills the table of operations)
from clearprop.graph import Graph, evaluate

RNG = np.random.default_rng(0)
N, C = 4, 3
EXAMPLES = {
    "x": RNG.normal(size=(N, C)),
    "z": RNG.normal(size=(N, C)),
    "t": RNG.uniform(0.1, 0.9, size=(N, C)),
    "p": RNG.uniform(0.1, 0.9, size=(N, C)),
    "g": RNG.normal(size=(N, C)),
    "rows": RNG.uniform(0.5, 2.0, size=N),
    "b": RNG.uniform(0.5, 2.0, size=C),
    "s": 0.7,
    "W": RNG.normal(size=(C, 2)),
    "y": np.array([0, 2, 1, 1]),
    "v": RNG.normal(size=C),
}
INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "gt": ">", "ge": ">=",
    "lt": "<", "le": "<=", "matmul": "@",
}  # fmt: skip
TIGHT = {
    "+": 1,
    "-": 1,
    "*": 2,
    "/": 2,
    "@": 2,
    "**": 4,
    ">": 0,
    ">=": 0,
    "<": 0,
    "<=": 0,
}


class Workbench:
    """One graph, its inputs, and the functions that cases are written with."""

    def __init__(self, dtype=np.float64):
        self.graph = graph = Graph()
        self.values = {}
        self.inputs = {}
        for name, value in EXAMPLES.items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                value = value.astype(dtype)
            self.inputs[name] = node = graph.input(name, value)
            self.values[node] = value
        x = self.inputs["x"]
        for name in ("z", "t", "p", "g"):
            tie(graph, self.inputs[name], x)
        graph.tie(self.inputs["rows"].dims[0], x.dims[0])
        graph.tie(self.inputs["y"].dims[0], x.dims[0])
        graph.tie(self.inputs["b"].dims[0], x.dims[1])
        self.arange = graph.apply("arange", start=0, stop=x.dims[0], step=1)
        self.scope = {
            **self.inputs,
            "N": graph.number(x.dims[0]),
            "C": graph.number(x.dims[1]),
            "inf": np.inf,
            "e": np.e,
            **{
                name: self._elementwise(name)
                for name in "exp log log1p sqrt tanh sinh cosh abs maximum where clip "
                "logaddexp sign pow invert sigmoid softplus log_sigmoid relu".split()
            },
            **{name: self._reduction(name) for name in ("sum", "max", "mean")},
            "softmax": lambda n, axis=1: graph.apply("softmax", n, axis=(axis,)),
            "log_softmax": lambda n, axis=1: graph.apply(
                "log_softmax", n, axis=(axis,)
            ),
            "logsumexp": lambda n, axis=1, keep=False: graph.apply(
                "logsumexp", n, axis=(axis,), keepdims=keep
            ),
            "T": lambda n: n.T,
            "column": lambda n: n.expand([n.ndim]),
            "reshape": lambda n, *dims: n.reshape([size(d) for d in dims]),
            "pick": self.pick,
            "scatter": self.scatter,
            "eye": lambda n: graph.apply(
                "eye", rows=size(n), columns=size(n), k=0, dtype=np.dtype(float)
            ),
            "take": lambda n, i: graph.apply("getitem", n, i, key=(("array", 0),)),
            "read": lambda n, i: graph.apply("getitem", n, key=(("int", i),)),
            "masked": lambda n, m: graph.apply(
                "getitem", n, m, key=(("array", 0),), counts=(int(RNG.integers(1, 9)),)
            ),
            "zeros": lambda n: graph.zeros(n.dims, n.dtype),
            "cast": lambda n: n.cast(dtype),
            "add_at": self.add_at,
            "f64": lambda v: graph.constant(np.float64(v)),
        }

    def _elementwise(self, name):
        return lambda *operands: self.graph.apply(name, *operands)

    def _reduction(self, name):
        def reduce(node, axis=None, keepdims=False):
            axis = tuple(range(node.ndim)) if axis is None else (axis,)
            return self.graph.apply(name, node, axis=axis, keepdims=keepdims)

        return reduce

    def pick(self, node, labels=None):
        labels = self.inputs["y"] if labels is None else labels
        key = (("array", 0), ("array", 1))
        return self.graph.apply("getitem", node, self.arange, labels, key=key)

    def scatter(self, value, base=None):
        x = self.inputs["x"]
        base = self.graph.zeros(x.dims, x.dtype) if base is None else base
        key = (("array", 0), ("array", 1))
        return self.graph.apply(
            "index_add", base, value, self.arange, self.inputs["y"], key=key
        )

    def add_at(self, base, value, i):
        return self.graph.apply("index_add", base, value, key=(("int", i),))

    def build(self, code):
        return eval(code, {}, self.scope)

    def value(self, *nodes):
        with np.errstate(all="ignore"):
            return evaluate(nodes, self.values)


def size(node):
    """A size that was written as a number."""
    return node.params["size"] if hasattr(node, "params") else node


def tie(graph, a, b):
    for left, right in zip(a.dims, b.dims):
        graph.tie(left, right)


def text(node):
    """A node as an expression; broadcasts and casts of numbers are not shown."""
    return _text(node)[0]


def _text(node):
    name = node.op.name
    if name == "input":
        return node.params["label"], 9
    if name == "const":
        value = node.params["value"]
        return f"{value}", 9 if np.ndim(value) or value >= 0 else 3
    if name == "size":
        return "·".join(
            "NC"[a.args[1]] for m, _ in node.params["size"].terms for a in m
        ), 9
    if name == "broadcast" or (name == "astype" and not node.ndim):
        return _text(node.inputs[0])
    if name == "neg":
        inner, tight = _text(node.inputs[0])
        return ("-" + inner if tight >= 3 else f"-({inner})"), 3
    if name in INFIX:
        op = INFIX[name]
        tight = TIGHT[op]
        (a, left), (b, right) = map(_text, node.inputs)
        if left < tight or (op == "**" and left <= 4):
            a = f"({a})"
        if right <= tight and not (right == tight and op == "+"):
            b = f"({b})"
        return f"{a} {op} {b}", tight
    if (
        name == "reshape"
        and node.ndim == node.inputs[0].ndim + 1
        and node.dims[-1] == 1
    ):
        return f"column({text(node.inputs[0])})", 9
    if name == "transpose":
        return f"T({text(node.inputs[0])})", 9
    if name == "index_add" and len(node.inputs) > 2:
        return f"scatter({text(node.inputs[0])}, {text(node.inputs[1])})", 9
    if name == "getitem" and len(node.inputs) > 2:
        return f"pick({text(node.inputs[0])})", 9
    parts = [text(n) for n in node.inputs]
    axis = node.params.get("axis")
    if axis is not None and axis != tuple(range(node.inputs[0].ndim)):
        parts += [str(a) for a in axis]
    if node.params.get("keepdims"):
        parts.append("True")
    return f"{name}({', '.join(parts)})", 9
