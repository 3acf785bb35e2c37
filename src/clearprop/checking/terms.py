"""Sums taken apart: ``W - rate * dW`` is W plus something."""

from __future__ import annotations

import re
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
)

from clearprop.checking.origins import Origins
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier, rank
from clearprop.trace.result import Binding

_GRADIENTS = re.compile(
    r"^(d|d?gs?|d?grads?|gradients?|nabla|derivatives?|deltas?|steps?)$|grad", re.I
)
_PASSES = frozenset(("reshape", "astype", "broadcast", "mark"))
_DEEP = 12


def moved_from(
    node: Node,
    is_parameter: Callable[[Node], bool],
    gradients: Container[Node] = (),
) -> Node | None:
    """The parameter's value that a node is the new value of, or None.

    The old value enters as a term, at most scaled by a number (weight decay) or clipped
    as a whole, and has the new one's number of entries; or it is repeated by mistake.
    A term of one of the ``gradients`` is their decay, which a running mean has too.
    """
    node = bare(node)
    found = _term_of(node, is_parameter, alike, gradients)
    return found or _term_of(node, is_parameter, outgrown, gradients)


def outgrown(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """``b - rate * db`` is a table where b is a column and db a row, or a number.

    So it is where b is a row, and db was not summed over the examples.
    """
    if old == new or len(old) > len(new):
        return False
    return all(a in (1, b) for a, b in zip(reversed(old), reversed(new)))


Shape = tuple[int, ...]


def _term_of(
    node: Node,
    is_parameter: Callable[[Node], bool],
    fits: Callable[[Shape, Shape], bool],
    gradients: Container[Node],
) -> Node | None:
    stack = [(node, 0)]
    seen: dict[Node, int] = {}  # a state that goes on from itself has many ways down
    while stack:
        here, depth = stack.pop()
        if seen.get(here, depth + 1) <= depth:
            continue
        seen[here] = depth
        if here is not node and is_parameter(here) and fits(here.shape, node.shape):
            return here
        if depth > _DEEP or here in gradients:
            continue
        stack += [(part, depth + 1) for part in reversed(_terms(here))]
    return None


_WHOLE = frozenset(("sub", "minimum", "maximum", "clip", "setitem", "index_add"))


def whole_terms(node: Node) -> set[Node]:
    """What a value holds as it is, neither scaled nor turned: the W of W - rate * g.

    A gradient with weight decay, ``X.T @ dz + decay * W``, holds the weight too, but an
    update never holds that gradient whole.
    """
    found: set[Node] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        if here in found:
            continue
        found.add(here)
        if here.op.name == "add":
            stack += here.inputs
        elif here.op.name in _WHOLE or here.op.name in _PASSES:
            stack.append(here.inputs[0])
    return found


def bare(node: Node) -> Node:
    """A value before it was reshaped, repeated or cast."""
    while node.op.name in _PASSES:
        node = node.inputs[0]
    return node


def unmarked(node: Node) -> Node:
    """A value without the marks of the lines that give it a name (see ``marks``)."""
    while node.op.name == "mark":
        node = node.inputs[0]
    return node


def is_view(node: Node, of: Container[Node]) -> bool:
    """Whether it is one of these values in another form: ``theta.reshape(3, 4)``."""
    node = unmarked(node)
    if node.op.name not in ("reshape", "astype"):
        return False
    while node.op.name in _PASSES:
        node = node.inputs[0]
        if node in of:
            return True
    return False


def shown(node: Node) -> Node:
    """The array that a transposed one shows: ``Q = Q.T``, whose columns are moved."""
    return node.inputs[0] if node.op.name == "transpose" else node


def holds_gradients(place: str) -> bool:
    """Whether a place is one of a container of gradients: ``grads['W1']``."""
    base = place.partition("[")[0].rpartition(".")[2]
    if base == "g" and place.endswith(".g"):
        return False  # p.g, the gain of a layer norm
    return _GRADIENTS.match(base) is not None


def same_place(
    binding: Binding,
    before: Node,
    label: str,
    kept: Mapping[Node, Node],
    gradients: Container[Node] = (),
    labels: Iterable[str] = (),
) -> bool:
    """Whether a binding puts a new value where the old one stood.

    What was bound among ``gradients`` stays one, whoever it is handed to. A name tells
    no weight where several ``labels`` end in it: ``v`` beside ``b.v`` and ``W.v``.
    """
    old = binding.before
    while old is not None:
        if old is before or kept.get(old) is before:
            return True
        # the same value, as a marked line's own
        old = old.inputs[0] if old.op.name == "mark" else None
    place = binding.place
    if place.startswith("return") or is_born(binding):
        return False
    if identifier(place) != identifier(label):
        return False
    attribute = f".{place}"
    if label.endswith(attribute) and sum(k.endswith(attribute) for k in labels) > 1:
        return False
    # grads['W1'] = … + reg * params['W1'] is no new value of W1
    return not holds_gradients(place) and binding.node not in gradients


def is_born(binding: Binding) -> bool:
    """Whether it is an attribute's first value: no other object's is moved by that."""
    own = binding.place.startswith("self.") and binding.place.count(".") == 1
    return own and binding.function == "__init__" and binding.before is None


def _terms(node: Node) -> list[Node]:
    name = node.op.name
    if name in ("add", "sub"):
        return list(node.inputs)
    if name in _PASSES or name == "neg":
        return [node.inputs[0]]
    if name == "mul":
        a, b = node.inputs
        if _is_zero(a) or _is_zero(b):
            return []  # hidden *= 0 leaves nothing of it
        if _is_number(a):
            return [b]
        if a.op.name == "sign":  # np.sign(W) * np.maximum(np.abs(W) - c, 0)
            return [a.inputs[0]]
        return [a] if _is_number(b) else []
    if name == "div":
        a, b = node.inputs
        return [a] if _is_number(b) else []
    if name == "transpose":
        return _turned_back(node)
    if name == "setitem" and not _within(node):
        return []
    if name in ("minimum", "maximum") and _is_number(node.inputs[0]):
        return [node.inputs[1]]  # np.maximum(0, W)
    if name in ("minimum", "maximum", "clip", "setitem", "index_add"):
        return [node.inputs[0]]
    return []


def _turned_back(node: Node) -> list[Node]:
    """The Q of what a store into a view leaves: ``Q.T[k, j] = …``, turned back."""
    store = node.inputs[0]
    if store.op.name not in ("setitem", "index_add"):
        return []
    view = store.inputs[0]
    if view.op.name != "transpose" or view.inputs[0].shape != node.shape:
        return []
    return [view.inputs[0]] if _terms(store) else []


def _within(store: Node) -> bool:
    """Whether a stored part was computed from the part that stood there.

    What other entries were given since changes nothing: the graph looks through it.
    """
    whole, *parts = store.inputs
    key = store.params["key"]
    stack = [(p, 0) for p in parts]
    while stack:
        here, depth = stack.pop()
        if here.op.name == "getitem":
            base = here.inputs[0]
            same = here.params["key"] == key
            if base is whole or (same and _is_before(base, whole)):
                return True
        if depth < 4:
            stack += [(p, depth + 1) for p in _terms(here)]
    return False


def _is_before(base: Node, whole: Node) -> bool:
    """Whether an array is what a whole was, some stores ago."""
    while whole.op.name in ("setitem", "mark") and whole.index > base.index:
        whole = whole.inputs[0]
    return whole is base


def _is_number(node: Node) -> bool:
    while node.op.name in ("broadcast", "astype", "reshape"):
        node = node.inputs[0]
    return not node.shape


def _is_zero(node: Node) -> bool:
    """A plain 0 in the text; ``1 - eta * lam`` may be 0.0 in the first step."""
    node = bare(node)
    value = node.params["value"] if node.op.name == "const" else None
    return type(value) is int and value == 0


def alike(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether two shapes are one, but for axes of length 1."""
    return a == b or tuple(n for n in a if n != 1) == tuple(n for n in b if n != 1)


_PRODUCTS = frozenset(("matmul", "mul", "einsum", "div", "pow", "getitem", "conv"))
VIEWS = frozenset(("broadcast", "transpose", "reshape", "getitem", "astype", "mark"))


def factors(nodes: Iterable[Node]) -> Iterator[Node]:
    """What the values are products of, looked at through views.

    A weight meets data in a product before it is moved; an accumulator or a velocity is
    only added to and scaled.
    """
    for node in nodes:
        name = node.op.name
        if name == "einsum":
            yield from node.inputs
        elif name in ("matmul", "mul", "div"):
            for source, other in (node.inputs, node.inputs[::-1]):
                seen = source
                while seen.op.name in VIEWS:
                    seen = seen.inputs[0]
                if name in ("mul", "div") and seen.shape and _is_number(other):
                    continue
                yield source
                yield seen
        elif name in ("add", "sub"):  # a bias is added to a product
            for source, other in (node.inputs, node.inputs[::-1]):
                if source.op.name == "broadcast" and other.op.name == "matmul":
                    yield source.inputs[0]


def biases(nodes: Iterable[Node]) -> Iterator[Node]:
    """What is added to products of its own shape: ``W @ x + b`` for one example.

    A state is too, as ``x`` is in ``x + W @ f(x)``: only its name tells.
    """
    for node in nodes:
        if node.op.name == "add":
            for source, other in (node.inputs, node.inputs[::-1]):
                if source.op.name == "input" and other.op.name == "matmul":
                    yield source


def feeds_itself(node: Node, leaf: Node, origins: Origins) -> bool:
    """Whether what is added to a value depends on it: a gradient does on its weight.

    It depends on more than the value itself: ``X -= X.mean()`` only prepares data.
    """
    mine = origins.mask(leaf)
    if not origins.mask(node) & ~mine:
        return False
    stack, met = [(node, 0)], 0
    while stack:
        here, depth = stack.pop()
        if here is leaf:
            met += 1
            continue
        parts = _terms(here) if depth <= _DEEP else []
        if here.op.name in ("mul", "div") and any(
            origins.mask(n) & mine and n not in parts for n in here.inputs
        ):
            return True
        if here.op.name == "setitem":  # the rest stays: only the part is added to
            parts = [here.inputs[1]]
        elif here.op.name == "index_add":
            parts = list(here.inputs)
        elif here.op.name == "getitem":
            parts = [here.inputs[0]]
        if not parts and origins.mask(here) & mine:
            return True
        stored = here.op.name in ("setitem", "getitem")  # dW[:, j] += X[i], often
        stack += [(part, depth + (not stored)) for part in parts]
    return met > 1


def adds(node: Node, part: Node, ends: Collection[Node] = ()) -> bool:
    """Whether a value is a sum with this part in it: ``w + v``.

    The ``ends`` aren't looked into: ``w + rate * x * (y - (w * x + b))`` adds no ``b``.
    """
    return part in added(node, ends)


def added(node: Node, ends: Collection[Node] = ()) -> set[Node]:
    """What a sum is made of, and what its parts are."""
    found = {node}
    row = [node]
    for _ in range(5):
        row = [n for here in row if here not in ends for n in _terms(here)]
        row = [n for n in dict.fromkeys(row) if n not in found]
        found |= set(row)
    return found


def average(
    before: Node, after: Node, number: Callable[[Node], float | None]
) -> Node | None:
    """The x of a running average: ``b + k * (x - b)``, or ``(1 - k) * b + k * x``."""
    after = bare(after)
    if after.op.name == "sub":  # b - k * (b - x)
        b, step = after.inputs
        turned = True
    elif after.op.name == "add":
        b, step = after.inputs
        turned = False
    else:
        return None
    if bare(b) is bare(before):
        found = _times(step, number) or (1.0, bare(step))  # (x - b) / t, where t is 1
        if found[1].op.name != "sub" or not 0 < found[0] <= 1:
            return None
        x, old = reversed(found[1].inputs) if turned else found[1].inputs
        return x if bare(old) is bare(before) else None
    first, second = _times(b, number), _times(step, number)
    if turned or first is None or second is None:
        return None
    (c, old), (d, x) = first, second
    if bare(old) is not bare(before):
        (c, old), (d, x) = (d, x), (c, old)
    whole = bare(old) is bare(before) and abs(c + d - 1) < 1e-9
    return x if whole else None


def _times(
    node: Node, number: Callable[[Node], float | None]
) -> tuple[float, Node] | None:
    """The number and the rest of a product with one."""
    node = bare(node)
    if node.op.name == "div":  # (x - b) / t
        value = number(bare(node.inputs[1]))
        return (1 / value, bare(node.inputs[0])) if value else None
    if node.op.name != "mul":
        return None
    for k, rest in (node.inputs, node.inputs[::-1]):
        value = number(bare(k))
        if value is not None:
            return value, bare(rest)
    return None


class Losses:
    """The losses that were stated so far, and what was born too late to be learned.

    What comes after a loss and isn't in the next one either is a state of the backward
    pass, such as the adjoint of a recurrence: it is no parameter, however it moves.
    """

    def __init__(self, bystanders: Container[str] = ()) -> None:
        """``bystanders`` are names that only look like a loss."""
        self.nodes: list[Node] = []
        self._bystanders = bystanders
        self._states: set[Node] = set()

    def met(self, binding: Binding) -> None:
        """Look at a binding in its turn."""
        node, place = binding.node, binding.place
        name = binding.function if place == "return" else identifier(place)
        one = node.is_float and bool(node.inputs) and all(n == 1 for n in node.shape)
        if one and rank(name) is not None and name not in self._bystanders:
            self.nodes.append(node)

    def are_to_come(
        self, leaf: Node, label: str, binding: Binding, origins: Origins
    ) -> bool:
        """Whether a leaf is moved before any loss, under another name: a state.

        ``x = x + dt * np.tanh(A @ x)``, which begins with x0, is a step of a forward
        pass through time, and so it is in the next one. No error moves it.
        """
        renamed = _word(binding.place) != _word(label)
        if renamed and not self.nodes and not _has_error(binding.node, leaf, origins):
            self._states.add(leaf)
        return renamed and leaf in self._states

    def have_read(self, leaf: Node, before: Node, origins: Origins) -> bool:
        """Whether one was made of a leaf since that was moved last."""
        mine = origins.mask(leaf)
        return any(
            n.index > before.index and origins.mask(n) & mine for n in self.nodes
        )

    def may_have_read(self, leaf: Node, origins: Origins) -> bool:
        """Whether the first was made of a leaf, or none was stated yet."""
        mine = origins.mask(leaf)
        return not self.nodes or bool(origins.mask(self.nodes[0]) & mine)

    def precede(self, leaf: Node, moved: Node, origins: Origins) -> bool:
        """Whether a leaf is born after a loss, and moved without one that reads it."""
        if not any(n.index < leaf.index for n in self.nodes):
            return False
        between = [n for n in self.nodes if leaf.index < n.index < moved.index]
        mine = origins.mask(leaf)
        return not any(origins.mask(n) & mine for n in between)


def _word(place: str) -> str:
    """The last name of a place: ``weights`` of ``neuron['weights'][-1]``."""
    return identifier(re.sub(r"(\[-?\d+\])+$", "", place))


def _has_error(node: Node, leaf: Node, origins: Origins) -> bool:
    """Whether a value is made of what a leaf has made and something else, less another.

    ``1 - y**2`` is no error, nor is ``y - np.roll(y, 1)``.
    """
    mine = origins.mask(leaf)
    return any(
        n.op.name == "sub"
        and not any(map(_is_fixed, n.inputs))
        and not all(origins.mask(side) & mine for side in n.inputs)
        for n in ordered([node])
    )


def _is_fixed(node: Node) -> bool:
    node = bare(node)
    return node.op.name in ("const", "size")
