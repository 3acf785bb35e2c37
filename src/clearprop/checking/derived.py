"""The right line itself, where no small edit mends a wrong one: derived, and spelled.

What ``clearprop derive`` does for a whole program is done for one line: the named
functions are recognised, the gradient is walked back to the forward value that the line
is about and simplified, and what the program has computed so far keeps its names. Comes
in a line that owes a gradient; goes out that gradient as an expression of what is in
scope there, or none where it takes more than an expression. Nothing is known of signs
and constants here: the search tries the usual ones.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from clearprop.checking.replays import OWN, Scene, match, tolerance
from clearprop.checking.roles import places
from clearprop.checking.terms import unmarked
from clearprop.errors import ClearpropError
from clearprop.gradient.algebra import simplify
from clearprop.gradient.lower import lower
from clearprop.gradient.recognise import recognise
from clearprop.gradient.reverse import gradients
from clearprop.graph import Node, ordered
from clearprop.sizes import Atom, Dim, Size, product
from clearprop.write.expression import UNARY, Text
from clearprop.write.numpy import NUMPY
from clearprop.write.plan import operands

Read = Callable[[Node], list[np.ndarray]]
LONGEST = 160  # characters: more than that is no line that one would write
LARGE = 3000  # nodes of a forward pass: what is as long as that takes seconds
AS_NUMBERS = ".astype(np.float64)"  # of whole numbers: as a rule nobody writes it
NAMES = 60  # of a scope that may be gradients, the latest


def derived(
    scene: Scene, around: Mapping[str, Any], of: Node, target: str, read: Read
) -> list[str]:
    """The gradient of ``of`` as a statement with this scope would write it.

    ``read`` gives a value of the program in every replay, with other lines mended.
    The program's own gradients may all have one constant in them: the first form goes
    along with that, the second has only those that are gradients as they are.
    """
    found: list[str] = []
    derivation = _Derivation(scene, _named(around, target), read)
    loose, exact = derivation.own(of, exact=False), derivation.own(of, exact=True)
    for own in (loose, exact) if loose != exact else (exact,):
        try:
            text = derivation.text(of, own)
        except (ClearpropError, LookupError, TypeError, ValueError):
            continue  # an operation that no expression has
        if text is None:
            continue
        text = _sized(_counted(text, around), around)
        for form in (text.replace(AS_NUMBERS, ""), text):
            if form not in found:
                found.append(form)
    return found


def slope(
    scene: Scene, around: Mapping[str, Any], inner: Node, outer: Node
) -> list[str]:
    """The slope of one forward value in another, in a scope that knows one of them."""
    total = outer.sum(tuple(range(outer.ndim)))
    derivation = _Derivation(scene, _named(around, ""), scene.values)
    try:
        text = derivation.text(inner, {}, total)
    except (ClearpropError, LookupError, TypeError, ValueError):
        return []
    return [] if text is None else [_imported(text, around)]


def _imported(text: str, around: Mapping[str, Any]) -> str:
    """``erf(x)`` for ``scipy.special.erf(x)``, as the program has imported it."""
    for name, value in around.items():
        if getattr(value, "__name__", "") == "erf":
            return text.replace("scipy.special.erf", name)
        if getattr(value, "__name__", "") == "scipy.special":
            return text.replace("scipy.special", name)
    return text


def _counted(text: str, around: Mapping[str, Any]) -> str:
    """``dmu / n`` for ``dmu / 16``, where one name in scope stands for that number.

    And ``(r**2).mean()`` for ``0.02 * (r**2).sum()``, where ``r`` has 50 entries.
    """
    names: dict[int, list[str]] = {}
    for name, value in around.items():
        if type(value) is int and value > 2:
            names.setdefault(value, []).append(name)
    made = _Means(around)
    tree = made.visit(ast.parse(text, mode="eval"))
    changed = made.changed
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            for side in ("left", "right"):
                number = getattr(getattr(node, side), "value", None)
                known = names.get(number, []) if type(number) is int else []
                if len(known) == 1:
                    setattr(node, side, ast.Name(known[0], ast.Load()))
                    changed = True
    return ast.unparse(tree) if changed else text


class _Means(ast.NodeTransformer):
    """Writes sums that are divided by how many terms they have as means."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.scope = scope
        self.changed = False

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.BinOp(
                ast.Constant(share), ast.Mult(),
                ast.Call(ast.Attribute(terms, "sum"), [], []),
            ) if isinstance(share, float):  # fmt: skip
                if share * self._count(terms) == 1:
                    self.changed = True
                    mean = ast.Attribute(terms, "mean", ast.Load())
                    return ast.Call(mean, [], [])
        return node

    def _count(self, terms: ast.expr) -> int:
        """How many entries an expression has that is made entry by entry, or 0."""
        parts = list(ast.walk(terms))
        if any(isinstance(n, ast.Call | ast.Subscript | ast.MatMult) for n in parts):
            return 0
        held = (self.scope.get(n.id) for n in parts if isinstance(n, ast.Name))
        shapes = [n.shape for n in held if type(n) is Node]
        return prod(np.broadcast_shapes(*shapes)) if shapes else 0


def _sized(text: str, around: Mapping[str, Any]) -> str:
    """``x.reshape(x.shape[0], -1)`` for ``x.reshape(4, -1)``: any batch will do."""
    shapes = {p: v.shape for p, v in places(around) if type(v) is Node}
    tree = ast.parse(text, mode="eval")
    changed = False
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=base, attr="reshape"), args=sizes):
                place = ast.unparse(base)
                for i, (size, n) in enumerate(zip(sizes, shapes.get(place, ()))):
                    if isinstance(size, ast.Constant) and size.value == n > 1:
                        new = ast.parse(f"{place}.shape[{i}]", mode="eval").body
                        node.args[i], changed = new, True
    return ast.unparse(tree) if changed else text


def times(texts: Sequence[str], factor: float) -> list[str]:
    """The same with a constant of the program's own, ``2 * X.T @ d``."""
    size = Fraction(abs(factor)).limit_denominator(8)
    if size == 1 or not np.isclose(float(size), abs(factor), rtol=1e-9):
        return []
    number = str(size.numerator) if size.denominator == 1 else f"{float(size):g}"
    return [
        f"{number} * {text if _is_product(text) else f'({text})'}" for text in texts
    ]


def _is_product(text: str) -> bool:
    """Whether a factor before an expression multiplies all of it."""
    tree = ast.parse(text, mode="eval").body
    return not isinstance(tree, ast.BinOp) or isinstance(
        tree.op, ast.Mult | ast.MatMult | ast.Div
    )


def _named(scope: Mapping[str, Any], target: str) -> dict[Node, str]:
    """What is in scope, each value under its shortest name."""
    found: dict[Node, str] = {}
    for place, value in places(scope):
        if type(value) is not Node or place == target:
            continue
        if value not in found or len(place) < len(found[value]):
            found[value] = place
    return found


class _Derivation:
    """One gradient, its simplified form, and the names that it may use."""

    def __init__(self, scene: Scene, names: Mapping[Node, str], read: Read) -> None:
        self.scene = scene
        self.read = read
        self.graph = scene.graph
        self.forward: dict[Node, str] = {}
        self.backward: dict[Node, str] = {}
        for node, text in names.items():
            value = unmarked(node)  # self.x = x, kept for the way back
            if _is_given(scene, value):
                self.forward.setdefault(value, text)
            else:
                self.backward[node] = text
        self.names: dict[Node, Text] = {}
        self._factors: dict[tuple[Node, Node], float | None] = {}

    def text(
        self, of: Node, own: Mapping[Node, Text], loss: Node | None = None
    ) -> str | None:
        """The simplified gradient of a forward value, written."""
        loss = self.scene.loss if loss is None else loss
        clean = self._unmarked([loss, of, *self.forward])
        if len(clean) > LARGE:
            return None
        found = recognise(self.graph, clean.values())
        now = {old: found.nodes.get(new, new) for old, new in clean.items()}
        wanted = now[of]
        walked = gradients(self.graph, now[loss], [wanted])
        if wanted not in walked:
            return None
        known = {now[n]: Text(text) for n, text in self.forward.items()}
        mine = {
            walked[now[value]]: text
            for value, text in own.items()
            if value in now and now[value] in walked
        }
        results = list(walked.values())
        last = walked[wanted]
        simpler = simplify(self.graph, results, {*known, *mine}, None, [last])
        every = [*known, *(simpler.get(g, g) for g in results)]
        lowered = lower(self.graph, every, found.spelling)
        self.names = {lowered.get(n, n): text for n, text in known.items()}
        for node, text in mine.items():
            new = simpler.get(node, node)
            self.names[lowered.get(new, new)] = text
        last = simpler.get(last, last)
        root = lowered.get(last, last)
        # sizes are spelled with what is named anyway
        used = {n for node in ordered([root], self.names) for n in node.inputs}
        self.names = dict(sorted(self.names.items(), key=lambda i: i[0] not in used))
        code = self._written(root).code
        return code if len(code) <= LONGEST else None

    def _unmarked(self, outputs: Sequence[Node]) -> dict[Node, Node]:
        """The forward pass of this step alone: its weights are where it begins."""
        new: dict[Node, Node] = {}
        for node in ordered(outputs, self.scene.ends):
            inputs = [new.get(n) or self._begun(n, new) for n in node.inputs]
            if node.op.name == "mark":
                new[node] = inputs[0]
            elif inputs == list(node.inputs):
                new[node] = node
            else:
                new[node] = self.graph.apply(node.op.name, *inputs, **node.params)
        return {**new, **{n: self._begun(n, new) for n in outputs if n not in new}}

    def _begun(self, node: Node, new: dict[Node, Node]) -> Node:
        """A leaf in the place of a weight that earlier steps have moved."""
        if node not in new:
            example = np.zeros(node.shape, node.dtype)
            new[node] = self.graph.input("weight", example, node.dims)
        return new[node]

    def own(self, of: Node, exact: bool) -> dict[Node, Text]:
        """The values whose gradients the program has by then.

        ``exact`` ones are gradients up to their sign, others up to a constant.
        """
        found: dict[Node, Text] = {}
        for value, gradient in self.scene.gradient.items():
            if not np.ptp(self.scene.values(gradient)[:OWN], 0).any():
                continue  # with a constant, any other one goes along
            for node, text in list(self.backward.items())[-NAMES:]:
                factor = self._factor(node, gradient)
                if factor is None or (exact and abs(factor) != 1):
                    continue
                minus = exact and factor < 0
                found[value] = Text(f"-{text}", UNARY) if minus else Text(text)
                break
        return found

    def _factor(self, node: Node, gradient: Node) -> float | None:
        """The constant by which a value of the program is a gradient."""
        if node.shape != gradient.shape:
            return None
        if (node, gradient) not in self._factors:
            self._factors[node, gradient] = self._matched(node, gradient)
        return self._factors[node, gradient]

    def _matched(self, node: Node, gradient: Node) -> float | None:
        mine, right = self.read(node), self.scene.values(gradient)
        how = match(mine, right, tolerance([node, gradient]), self.scene.floor)
        if how is None or not np.isfinite(how.factor):
            return None
        return round(how.factor, 9)

    def _written(self, root: Node) -> Text:
        texts = dict(self.names)
        stack = [root]
        while stack:
            node = stack[-1]
            parts = operands(node)
            waiting = [n for n in parts if n not in texts]
            if waiting and node not in texts:
                stack += waiting
                continue
            stack.pop()
            if node not in texts:
                row = NUMPY[node.op.name]
                texts[node] = row(node, [texts[n] for n in parts], self)
                if len(texts[node].code) > LONGEST:
                    raise ValueError("longer than a line")
        return texts[root]

    # -- sizes: see ``write.sizes.Speller`` --------------------------------------------

    def atom(self, atom: Atom) -> str | None:
        """``x.shape[0]``, where an array in scope has this dim."""
        for node, text in self.names.items():
            if atom.kind == "int" and node is atom.args[0]:
                return text.code
            for axis, dim in enumerate(node.dims):
                if dim == Size({(atom,): 1}):
                    return f"{text.code}.shape[{axis}]"
        return None

    def like(self, dims: Sequence[Dim], dtype: np.dtype | None) -> str | None:
        """An array in scope with these dims."""
        resolve = self.graph.resolve
        wanted = [resolve(d) for d in dims]
        for node, text in self.names.items():
            if wanted and [resolve(d) for d in node.dims] == wanted:
                return text.code
        return None

    def whole(self, size: Size) -> str | None:
        """An array in scope with this many entries."""
        resolve = self.graph.resolve
        for node, text in self.names.items():
            if node.ndim > 1 and resolve(product(node.dims)) == resolve(size):
                return text.code
        return None

    def size(self, size: Size, code: str | None = None) -> str | None:
        """No line is written for a size alone."""
        return None

    def generator(self, source: Any) -> str:
        """A derived line draws nothing."""
        raise ValueError("a random draw")

    def fresh(self, wish: str) -> str:
        """A derived line has no loops."""
        raise ValueError("a loop")


def _is_given(scene: Scene, node: Node) -> bool:
    """Whether a value is of the forward pass, or comes from outside."""
    return node in scene.below or node.op.name in ("input", "const", "size")
