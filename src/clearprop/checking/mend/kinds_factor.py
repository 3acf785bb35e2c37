"""Edits of signs, of constant factors and of the L2 term, and things taken away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from .chains import Part, factors, negated, over, product, terms, total, without
from .evaluate import evaluate
from .naming import SHAPES
from .places import Atom
from .proposal import Proposal, Why, says, swap
from .slopes import recognised
from .spelling import fill, spell
from .view import View

_PENALTY = re.compile(r"^(reg|l2|penalty|decay)", re.IGNORECASE)


def _mistake(view: View, node: ast.AST, otherwise: str) -> str:
    if view.in_penalty(node):
        return "regularization"
    return otherwise


def sign(view: View) -> Iterator[Proposal]:
    """A minus more or less: on the whole, on a term, between two terms."""
    moves = _moves_weight(view)
    for root in view.frame.editable:
        if root in view.operands:
            mistake = "update-sign" if moves else _mistake(view, root, "sign")
            yield swap(root, negated(root), mistake, _opposite(root), _sign_prior(view))
    for node in view.operands:
        parts = terms(node)
        if len(parts) > 1 and len(terms(_above(view, node))) <= 1:
            if moves and _divides(view, node):
                continue  # a step by a root and its epsilon is turned elsewhere
            for i, part in enumerate(parts):
                turned = [*parts]
                turned[i] = Part(part.node, not part.inverted)
                mistake = _mistake(view, part.node, "sign")
                if moves and mistake == "sign":
                    mistake = "update-sign"
                prior = (
                    -0.02 if mistake == "update-sign" else 0.01
                )  # the likeliest slip
                if all(p.inverted for p in turned):
                    prior += 0.04  # b - a is the slip, where -a - b would do as well
                yield swap(node, total(turned), mistake, _opposite(part.node), prior)
        elif isinstance(node, ast.UnaryOp):
            yield swap(node, node.operand, "sign", _opposite(node.operand), 0.01)


def _divides(view: View, node: ast.expr) -> bool:
    """Whether a quotient's lower side is the node, or holds it."""
    for above in view.frame.ancestors(node):
        if not isinstance(above, ast.expr):
            break
        below = above.right if isinstance(above, ast.BinOp) else None
        if below is node and isinstance(above.op, ast.Div):  # type: ignore[attr-defined]
            return True
        node = above
    return False


def _above(view: View, node: ast.expr) -> ast.expr:
    above = view.frame.parents.get(id(node))
    return above if isinstance(above, ast.BinOp) else ast.Constant(0)


def _opposite(node: ast.expr) -> Why:
    return says("{node} has the opposite sign in the gradient", node=node)


def _sign_prior(view: View) -> float:
    """``a - 1`` for ``1 - a`` is a slope's sign, and ``+=`` for ``-=`` the update's."""
    turned = any(
        isinstance(n, ast.BinOp)
        and isinstance(n.op, ast.Sub)
        and isinstance(n.right, ast.Constant)
        and view.in_slope(n)
        for n in view.frame.nodes
    )
    if turned:
        return 0.1
    return 0.05 if isinstance(view.frame.statement, ast.AugAssign) else 0.0


def _moves_weight(view: View) -> bool:
    """Whether the statement is an update: the weight's new value from its old one."""
    place = _own_place(view)
    if not view.scene.is_weight(place):
        return False
    main = view.frame.main
    if isinstance(view.frame.statement, ast.AugAssign) or place in view.texts(main):
        return True
    # new_w = w - rate * dw
    return any(view.scene.kind(spell(part.node)) == "weight" for part in terms(main))


def _own_place(view: View) -> str:
    """Where the value goes: ``W`` of ``W, b = W + dW, b + db``."""
    statement, item = view.frame.statement, view.scene.need.item
    if isinstance(statement, ast.Assign) and isinstance(item, int):
        (place, *_) = statement.targets
        if isinstance(place, ast.Tuple | ast.List) and item < len(place.elts):
            return spell(place.elts[item])
    return view.frame.target


def scaled_after(view: View) -> Iterator[Proposal]:
    """``dscores[rows, y] -= 1`` writes a part: the whole is scaled on its own line."""
    statement, target = view.frame.statement, view.frame.target
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return
    places = _targets(statement)
    if not isinstance(places[0], ast.Subscript) or spell(places[0]) == target:
        return
    place = ast.parse(target, mode="eval").body
    if not isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
        return
    place.ctx = ast.Store()
    for text, node, prior in numbers(view):
        for op, said in ((ast.Div(), f"1 / {text}"), (ast.Mult(), text)):
            step = ast.AugAssign(place, op, node)
            why = says(
                "the constant factor {said} is missing in {target}: it takes a line "
                "of its own",
                target=target,
                said=said,
            )
            yield Proposal((), "scale", why, 0.05 + prior, after=step)


def _targets(statement: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target]


_CONSTANTS = (2, 0.5)
_LEAKS = (0.01, 0.1, 0.2, 0.3, 0.05)  # the slopes of a leaky ReLU that are usual


def scale(view: View) -> Iterator[Proposal]:
    """A constant factor more: 2, a half, the number of examples, the rate."""
    rates = [r for r in _owed_rate(view) if r not in _CONSTANTS]
    for site in _scaled_sites(view):
        mistake = _mistake(view, site, _of_constant(view, site))
        of_cube = (3,) if _squares(site) else ()
        for constant in (*_CONSTANTS, *of_cube, *rates):
            new = product([Part(ast.Constant(constant)), *factors(site)])
            yield swap(site, new, mistake, _factor(str(constant)), 0.02)
        yield swap(site, over(site, ast.Constant(2)), mistake, _factor("1/2"), 0.025)
        there = {(spell(p.node), p.inverted) for p in factors(site)}
        for text, node, prior in (*computed(view), *numbers(view)):
            if (text, True) in there:  # x / n * n: see ``removal``
                continue
            new = product([*factors(site), Part(node)])
            # where all values are plain numbers
            if _is_passed_back(view, text) or _is_error(view, node):
                yield swap(site, new, "dropped-upstream", _upstream(text), prior)
                continue
            said = mistake  # no slope is made of how many examples there are
            if mistake == "wrong-derivative" and _is_number_of(view, text):
                said = "scale"
            yield swap(site, over(site, node), said, _factor(_inverse(node)), prior)
            yield swap(site, new, said, _factor(text), prior + 0.01)


def _squares(site: ast.expr) -> bool:
    """Whether it has a square as a factor: the slope of a cube has a 3 as well."""
    return any(
        isinstance(p.node, ast.BinOp)
        and isinstance(p.node.op, ast.Pow)
        and spell(p.node.right) == "2"
        for p in factors(site)
    )


def _owed_rate(view: View) -> Iterator[float]:
    """The 0.1 that a step without a rate owes, where it is a short number."""
    runs = view.scene.need.runs
    if not runs or not runs[0] or not _moves_weight(view):
        return
    run = runs[0][0]
    try:
        before = evaluate(fill(_own_place(view), {}), run.scope, {})
        owed, made = np.ravel(run.wanted - before), np.ravel(run.found - before)
        at = int(np.argmax(np.abs(made)))
        ratio = float(owed[at] / made[at])
    except Exception:
        return
    rate = float(f"{ratio:.2g}")
    if 0 < rate < 1 and abs(ratio - rate) <= 1e-6 * rate:
        yield rate


def another_constant(view: View) -> Iterator[Proposal]:
    """The 2 in ``-= 2``, a half where a count is meant."""
    for node in view.operands:
        if not isinstance(node, ast.Constant):
            continue
        if any(node is root for root in view.frame.editable[:-1]):
            yield from _another_entry(view, node)
            continue
        if _is_power(view, node):
            yield from _another_power(view, node)
        mistake = _mistake(view, node, _of_constant(view, node))
        others: list[ast.expr] = [ast.Constant(v) for v in (*_CONSTANTS, 0)]
        if not _is_factor(view, node):  # 1 * x is x: see ``removal``
            others.append(ast.Constant(1))
        leaks = isinstance(node.value, float) and 0 < node.value < 1
        if leaks or _is_side(view, node):
            others += [ast.Constant(v) for v in _LEAKS]
        others += [number for _, number, _ in numbers(view)]
        for new in others:
            if spell(new) != spell(node):
                why = says("the constant is {new}, not {old}", new=new, old=node)
                yield swap(node, new, mistake, why, 0.02)


def _is_side(view: View, node: ast.expr) -> bool:
    """Whether a number is one of two slopes: the 0 of ``np.where(x > 0, 1, 0)``."""
    call = view.frame.parents.get(id(node))
    if not isinstance(call, ast.Call) or len(call.args) != 3:
        return False
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name == "where" and node is not call.args[0]


def _is_power(view: View, node: ast.expr) -> bool:
    """Whether a number, or its negative, is an exponent."""
    below, above = node, view.frame.parents.get(id(node))
    if isinstance(above, ast.UnaryOp):
        below, above = above, view.frame.parents.get(id(above))
    power = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Pow)
    return power and above.right is below  # type: ignore[union-attr]


def _another_power(view: View, power: ast.Constant) -> Iterator[Proposal]:
    """``var**-1.5`` where ``var**-0.5`` stands: the slope of a power has one less."""
    if not isinstance(power.value, int | float):
        return
    minus = "-" if isinstance(view.frame.parents.get(id(power)), ast.UnaryOp) else ""
    old = f"{minus}{power.value:g}"
    for number in (power.value + 1, power.value - 1):
        new = f"{minus}{number:g}"
        why = says("the power is {new}, not {old}", new=new, old=old)
        yield swap(power, ast.Constant(number), "wrong-derivative", why, 0.02)


def _another_entry(view: View, index: ast.Constant) -> Iterator[Proposal]:
    """``reg[0] = 0`` where ``reg[1] = 0`` stands: the bias comes first."""
    penalty = _PENALTY.search(view.frame.target) is not None
    mistake = "regularization" if penalty else "wrong-operand"
    for number in (0, 1, -1):
        if number != index.value:
            why = says(
                "the entry {new} is meant, not {old}", new=str(number), old=index
            )
            yield swap(index, ast.Constant(number), mistake, why, 0.02)


def _is_factor(view: View, node: ast.expr) -> bool:
    above = view.frame.parents.get(id(node))
    return isinstance(above, ast.BinOp) and isinstance(above.op, ast.Mult)


def _of_constant(view: View, node: ast.AST) -> str:
    return "wrong-derivative" if view.in_slope(node) else "scale"


def _scaled_sites(view: View) -> list[ast.expr]:
    """The whole, and each term of it."""
    sites = [root for root in view.frame.editable if root in view.operands]
    for root in list(sites):
        parts = terms(root)
        if len(parts) > 1:
            sites.extend(p.node for p in parts)
    inner = [n for n in view.chains if len(factors(n)) > 1 and n not in sites]
    return [n for n in [*sites, *inner] if not isinstance(n, ast.Constant)]


def _is_number_of(view: View, text: str) -> bool:
    return view.scene.is_count(text) or re.search(r"shape\[|len\(", text) is not None


def _upstream(text: str) -> Why:
    return says("the incoming gradient {text} isn't chained in", text=text)


def _factor(text: str) -> Why:
    return says("the constant factor {text} is missing", text=text)


def _inverse(node: ast.expr) -> str:
    """``1 / n``, ``1 / (m * l**2)``."""
    return spell(ast.BinOp(ast.Constant(1), ast.Div(), node))


def _is_error(view: View, node: ast.expr) -> bool:
    """Whether it is a difference of values, ``p - t`` or ``p - 1``, and no count's."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    sides = [node.left, node.right]
    if isinstance(node.right, ast.Constant):
        sides = [node.left]
    atoms = [view.scene.by_text.get(spell(side)) for side in sides]
    return all(
        atom is not None
        and isinstance(atom.value, float)
        and not view.scene.is_rate(atom.text)
        and not view.scene.is_regularization(atom.text)
        for atom in atoms
    )


def _is_passed_back(view: View, text: str) -> bool:
    """Whether a number is a gradient; ``self.dk`` is a size."""
    atom = view.scene.by_text.get(text)
    whole = atom is None or isinstance(atom.value, int)
    return not whole and view.scene.is_gradient(text)


def computed(view: View) -> list[tuple[str, ast.expr, float]]:
    """Numbers that the program itself computes on the way: ``np.sqrt(self.dk)``.

    What its forward pass divides by is likelier than a size that is as large. What has
    a name of its own, ``n = len(rows)``, is among the ``numbers``.
    """
    found: dict[str, ast.expr] = {}
    named: set[str] = set()
    need = view.scene.need
    for tree in filter(None, (need.around, *need.helpers.values())):
        places = {  # image[i * 2:i * 2 + 2]: where something is, and no factor
            id(n)
            for cut in ast.walk(tree)
            if isinstance(cut, ast.Subscript)
            for n in ast.walk(cut.slice)
        }
        for node in ast.walk(tree):
            if id(node) in places:
                continue
            if isinstance(node, ast.Assign) and _is_known(view, node.targets[0]):
                named.add(spell(node.value))
            if not isinstance(node, ast.Call | ast.BinOp) or len(found) >= _MOST:
                continue
            text = spell(node)
            if (
                len(text) <= _LONG
                and text not in found
                and not text.startswith("len(")
                and _is_plain_number(view, node)
            ):
                found[text] = node
    return [(text, node, -0.1) for text, node in found.items() if text not in named]


_MOST, _LONG = 12, 30


def _is_known(view: View, target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id in view.scene.scope


def _is_plain_number(view: View, node: ast.expr) -> bool:
    """Whether it is a number made of the scope's sizes by NumPy and arithmetic."""
    calls = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
    if not all(spell(c) in ("np.sqrt", "math.sqrt", "float", "len") for c in calls):
        return False
    leaves = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    if not any(n.id in view.scene.scope for n in leaves):
        return False
    try:
        value = evaluate(node, view.scene.scope, {})
    except Exception:
        return False
    known = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return known and np.isfinite(value) and abs(value) not in (0, 1)


def numbers(view: View) -> list[tuple[str, ast.expr, float]]:
    """The numbers in scope that could be a factor, and how likely each is."""
    scene = view.scene
    found: list[tuple[str, ast.expr, float]] = []
    for atom in scene.atoms:
        if atom.shape or abs(float(atom.value)) in (0.0, 1.0):
            continue
        if scene.is_count(atom.text):
            prior = 0.0
        elif isinstance(atom.value, int) and "[" in atom.text:
            prior = 0.06  # one of a list's numbers, a label or a word
        elif isinstance(atom.value, int) or scene.is_rate(atom.text):
            prior = 0.02
        else:
            prior = 0.04
        found.append((atom.text, atom.node, prior))
    for atom in scene.atoms:
        for axis, length in enumerate(atom.shape[:2]):
            if length > 1 and _is_example_axis(view, atom):
                node = scene.fill(f"X.shape[{axis}]", X=atom.node)
                prior = 0.01 if scene.kind(atom.text) in ("data", "target") else 0.05
                found.append((spell(node), node, prior + 0.01 * axis))
    for key, value in scene.scope.items():  # a list of words, of rows, of indices
        if isinstance(value, list | tuple) and len(value) > 1 and "__" not in key:
            node = scene.fill("len(X)", X=ast.Name(key, ast.Load()))
            found.append((spell(node), node, 0.02))
    return sorted(found, key=lambda f: f[2])[:60]


def _is_example_axis(view: View, atom: Atom) -> bool:
    return not view.scene.is_weight(atom.text) and isinstance(atom.value, np.ndarray)


def removal(view: View) -> Iterator[Proposal]:
    """A factor, two factors, a term, a call or a power too many."""
    for site in view.chains:
        parts = factors(site)
        for count in (1, 2):
            if len(parts) <= count:
                continue
            for gone in combinations(range(len(parts)), count):
                rest = product(without(parts, gone))
                left_out = [parts[i] for i in gone]
                mistake, why = _surplus(view, left_out)
                plain = all(isinstance(p.node, ast.Constant) for p in left_out)
                prior = 0.0 if plain else 0.02 * count
                if plain and not all(p.inverted for p in without(parts, gone)):
                    prior = -0.03  # 2 * (a * b): the parentheses go along
                if count == 1 and _is_twice(parts, gone[0]):
                    prior = -0.05  # lr * lr: nothing else explains it as well
                yield swap(site, rest, mistake, why, prior)
    yield from _surplus_term(view)
    yield from _surplus_call(view)


def _is_negative(part: Part) -> bool:
    """``-2``, or ``-x``."""
    return isinstance(part.node, ast.UnaryOp) and isinstance(part.node.op, ast.USub)


def _is_twice(parts: list[Part], position: int) -> bool:
    """Whether a factor stands in the product once more."""
    part = parts[position]
    return sum(
        p.inverted == part.inverted and spell(p.node) == spell(part.node) for p in parts
    ) > 1 and isinstance(part.node, ast.Name | ast.Attribute)


def _surplus(view: View, gone: list[Part]) -> tuple[str, Why]:
    node = product([Part(p.node) for p in gone])
    text = (
        spell(product(gone)) if not gone[0].inverted else f"1 / {spell(gone[0].node)}"
    )
    too_many = says("the factor {text} is one too many", text=text)
    if any(view.in_penalty(p.node) for p in gone):
        return "regularization", too_many
    texts = view.texts(node)
    numbers_only = all(view.shape(p.node) == () for p in gone)
    if numbers_only and (view.wanted.shape or all(_scales(view, p) for p in gone)):
        kind = _of_constant(view, gone[0].node)
        if kind == "scale" and sum(map(_is_negative, gone)) % 2:
            return "sign", says("the factor {text} turns the gradient round", text=text)
        return kind, too_many
    at = next(iter(texts), "")
    if len(texts) == 1 and _slope_at(view, gone, at):
        if view.scene.is_softmax(at) or _feeds_softmax(view, at):
            return (
                "softmax-jacobian",
                says(
                    "{at} is a softmax, whose outputs all depend on each input: the "
                    "slope is in the difference already, and {text} is one too many",
                    at=at,
                    text=text,
                ),
            )
        return (
            "wrong-derivative",
            says("the slope {text} is one too many in this gradient", text=text),
        )
    if not texts:
        kind = _of_constant(view, gone[0].node)
        if kind == "scale" and sum(map(_is_negative, gone)) % 2:
            return "sign", says("the factor {text} turns the gradient round", text=text)
        return kind, too_many
    inside = all(view.in_slope(p.node) for p in gone)
    return "wrong-derivative" if inside else "wrong-operand", too_many


def _scales(view: View, part: Part) -> bool:
    text = spell(part.node)
    constant = isinstance(part.node, ast.Constant)
    return constant or view.scene.is_rate(text) or view.scene.is_count(text)


def _slope_at(view: View, gone: list[Part], text: str) -> bool:
    if view.scene.is_gradient(text):
        return False
    for group in view.groups:
        nodes = {id(group.parts[i].node) for i in group.members}
        if all(id(p.node) in nodes for p in gone):
            return True
    node = product(gone)
    return isinstance(node, ast.Call) or bool(recognised(node))


def _feeds_softmax(view: View, text: str) -> bool:
    return any(
        view.scene.is_softmax(a.text) and view.scene.role(a.text).source == text
        for a in view.scene.atoms
    )


def _surplus_term(view: View) -> Iterator[Proposal]:
    for node in view.operands:
        parts = terms(node)
        if len(parts) < 2:
            continue
        for i, part in enumerate(parts):
            rest = total(without(parts, [i]))
            if spell(rest) == "1" and _is_factor(view, node):
                continue  # keep * (1 - p): the whole factor is one too many
            mistake = _mistake(view, part.node, "wrong-operand")
            inside_slope = view.in_slope(node) and mistake == "wrong-operand"
            yield swap(
                node,
                rest,
                "wrong-derivative" if inside_slope else mistake,
                says("the term {term} doesn't belong here", term=part.node),
                0.02 if mistake == "regularization" else 0.04,
            )


def _left_out(call: ast.Call, argument: ast.expr) -> Proposal:
    """``np.ones_like(delta)`` in a product: delta itself was left out of it."""
    why = says(
        "{a} itself belongs here: {f} takes only its shape", a=argument, f=call.func
    )
    return swap(call, argument, "dropped-upstream", why, -0.1)


def _surplus_call(view: View) -> Iterator[Proposal]:
    """``sigmoid(a)`` where a is meant; ``x**2`` where x is."""
    for node in view.operands:
        if isinstance(node, ast.Call):
            for argument in node.args:
                if argument in view.operands:
                    if spell(node.func).endswith(SHAPES):
                        yield _left_out(node, argument)
                        continue
                    slope = view.in_slope(node)
                    yield swap(
                        node,
                        argument,
                        "derivative-at-wrong-point" if slope else "wrong-operand",
                        says(
                            "{a} is meant here: {f} is applied once too often",
                            a=argument,
                            f=node.func,
                        ),
                        0.03,
                    )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            number = not view.shape(node) and bool(view.wanted.shape)
            mistake = _mistake(view, node, "scale" if number else "wrong-derivative")
            yield swap(
                node,
                node.left,
                mistake,
                says("{x} counts once, not squared", x=node.left),
                0.0,
            )
