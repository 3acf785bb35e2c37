"""Every line of a backward pass in words: ``-learnrate * dL/d W1``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import merge

import numpy as np

from clearprop.checking.constants import powers
from clearprop.checking.enclosing import function_around
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.metric import METRIC
from clearprop.checking.names import is_upstream, likeness, stem
from clearprop.checking.outcomes import backward, passed_on
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, Match, Scene, match, tolerance
from clearprop.checking.report import Claim, Status
from clearprop.checking.staged import promised
from clearprop.checking.terms import alike, bare
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier
from clearprop.trace.result import Binding
from clearprop.trace.rewrite import appended

_LOOSE = ("<listcomp>", "<genexpr>", "<dictcomp>", "<lambda>")  # nobody's lines
OFTEN = 3  # executions of one line that are compared, where it states nothing


@dataclass(slots=True)
class Claimed:
    """A claim and what it was found from."""

    claim: Claim
    binding: Binding
    outcome: Outcome | None = None
    of: Node | None = None
    match: Match | None = None


def claimed(reading: Reading, judgement: Judgement) -> list[Claimed]:
    """The claims of one step, in the order of execution."""
    scene = judgement.scene
    found = []
    own: dict[int, list[Outcome]] = {}
    seen: dict[tuple[int, str], int] = {}
    for one in judgement.outcomes:
        own.setdefault(one.binding.serial, []).append(one)
    sources = _outputs(reading, scene) | forward(reading, scene)
    leads = _usual(reading, judgement)
    bindings = {b.serial: b for b in backward(reading, scene.step, scene)}
    if scene.output:  # dfdz = q is a gradient, though the forward pass has q
        bindings |= {b.serial: b for b in passed_on(reading, scene.step, scene)}
    bindings |= {o.binding.serial: o.binding for o in judgement.outcomes}
    makers: dict[Node, int] = {}  # a value -> the line that made it
    every = merge(
        sorted(bindings.values(), key=_serial), _appended(reading, scene), key=_serial
    )
    for binding in every:
        named = bindings.get(binding.serial) is binding
        here = own.get(binding.serial) if named else None
        maker = makers.setdefault(binding.node, binding.line)
        first = maker if _is_handed_on(reading, binding, maker) else 0
        if here is not None:
            outcome = max(here, key=lambda o: o.statement is not None)
            text = words(reading, scene, outcome, leads.get(outcome.kind, ""))
            right = all(o.right for o in here)
            status: Status = "right" if right else "wrong"
            found.append(
                Claimed(
                    Claim(
                        binding.line, _place(binding, outcome), text, status,
                        function=function_of(binding),
                        stated=outcome.statement is not None,
                        of=_moved(reading, outcome), first=first,
                    ),
                    binding, outcome, outcome.of, outcome.match,
                )
            )  # fmt: skip
            continue
        if binding.place == "return" or binding.place.startswith("return["):
            continue
        if binding.function in _LOOSE:
            continue
        spot = binding.line, binding.place
        seen[spot] = seen.get(spot, 0) + 1
        if seen[spot] > OFTEN:
            continue
        hit = identified(scene, binding, sources)
        if hit is None:
            continue
        node, name, how = hit
        text = factor_text(reading, scene, how) + f"dL/d {name}"
        found.append(
            Claimed(
                Claim(
                    binding.line, binding.place, text, "right",
                    function=function_of(binding), first=first,
                ),
                binding, None, node, how,
            )
        )  # fmt: skip
    _unlike_the_right(found, judgement)
    return found


def _unlike_the_right(found: list[Claimed], judgement: Judgement) -> None:
    """Half a gradient isn't right where only wrong steps come of it.

    A constant is a convention as long as all have it: what the right steps are made of
    shows which constants there are.
    """
    tops: dict[bool, list[Node]] = {True: [], False: []}
    for outcome in judgement.outcomes:
        top = outcome.update.after if outcome.update else outcome.node
        tops[outcome.right].append(top)
    kept = set(ordered(tops[True]))
    wrong = set(ordered(tops[False])) - kept
    sizes = [
        (one, abs(one.match.factor))
        for one in found
        if one.outcome is None and one.match is not None
    ]
    usual = [size for one, size in sizes if one.binding.node in kept]
    for one, size in sizes if usual else ():
        unlike = all(abs(size - u) > 1e-5 * max(size, u) for u in usual)
        if unlike and one.binding.node in wrong:
            one.claim = replace(one.claim, status="wrong")


def _serial(binding: Binding) -> int:
    return binding.serial


def _appended(reading: Reading, scene: Scene) -> list[Binding]:
    """What a step puts into lists, as if it had a name there: ``dbs.append(d.sum(0))``.

    Each comes after the last line that was bound before it.
    """
    tree, lines = reading.observed.source.tree, reading.observed.lines
    lists = {
        line: (ast.unparse(put[0]), function_around(tree, code))
        for code in ast.walk(tree)
        if isinstance(code, ast.Expr) and (put := appended(code)) is not None
        for line in range(code.lineno, (code.end_lineno or code.lineno) + 1)
    }
    bound = backward(reading, scene.step, scene) if lists else []
    if not bound:
        return []
    edge, last = bound[0].node.index, bound[-1].node.index
    within = [n for n in reading.graph.nodes if edge <= n.index <= last]
    used = {(i, lines.get(n)) for n in within for i in n.inputs}
    found, at = [], 0
    for node in within:
        while at + 1 < len(bound) and bound[at + 1].node.index < node.index:
            at += 1
        line = lines.get(node, 0)
        fits = line in lists and (node, line) not in used and node.is_float
        if fits and node not in scene.below and reading.inputs_of(node):
            name, around = lists[line]
            function = around.name if around is not None else "<module>"
            found.append(
                Binding(bound[at].serial, line, name, 0, node, function=function)
            )
    return found


def _moved(reading: Reading, outcome: Outcome) -> str:
    update = outcome.update
    return reading.labels.get(update.leaf, "") if update is not None else ""


def _is_handed_on(reading: Reading, binding: Binding, maker: int) -> bool:
    """Whether no line writes it so: ``grads['dW']`` of ``grads = backward(x)``."""
    code = reading.observed.source.lines.get(binding.line, "")
    place, code = (text.replace("'", '"') for text in (binding.place, code))
    return binding.line != maker and place not in code


def _place(binding: Binding, outcome: Outcome) -> str:
    """``dx``, also where only ``dx[mask]`` was set."""
    return outcome.statement.place if outcome.statement else binding.place


def function_of(binding: Binding) -> str:
    return "" if binding.function == "<module>" else binding.function


def forward(reading: Reading, scene: Scene) -> dict[Node, str]:
    """The forward values that have a name and a gradient, the latest first."""
    found: dict[Node, str] = {}
    for binding in reading.log:
        node = binding.node
        if node in scene.gradient and not binding.place.startswith("return"):
            found.setdefault(node, binding.place)
    for leaf, label in reading.labels.items():
        if leaf in scene.gradient:
            found[leaf] = label
    for leaf, node in scene.step.befores.items():
        if node not in scene.gradient:
            continue
        found[node] = reading.labels.get(leaf, found.get(node, ""))
    return dict(sorted(found.items(), key=lambda item: -item[0].index))


def _outputs(reading: Reading, scene: Scene) -> dict[Node, str]:
    """Outputs without a name, as their line writes them: ``X @ w`` of ``y - X @ w``."""
    found: dict[Node, str] = {}
    for anchor in scene.step.errors:
        node = bare(anchor.output) if anchor.output is not None else None
        code = reading.observed.source.lines.get(anchor.line, "").strip()
        sides = [
            side
            for part in _parts(code)
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub)
            for side in (part.left, part.right)
        ]
        if node is None or node not in scene.gradient or len(sides) != 2:
            continue
        left = bare(anchor.node.inputs[0]) is node
        found[node] = f"({ast.unparse(sides[0 if left else 1])})"
    return found


def _parts(code: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(code))
    except SyntaxError:  # a line that goes on in the next one
        return


def identified(
    scene: Scene, binding: Binding, sources: dict[Node, str]
) -> tuple[Node, str, Match] | None:
    """The forward value whose gradient a binding is, up to a constant."""
    node = binding.node
    if node.op.name in ("const", "input"):
        return None
    found = scene.values(node)
    hits = []
    place = identifier(binding.place).lower()
    word = promised(identifier(binding.place), scene.output)
    # a number that is always the same is a multiple of any other
    single = found[0].size == 1
    still = single and len({float(f.item()) for f in found[:OWN]}) == 1
    given = {bare(a.target) for a in scene.step.errors if a.target is not None}
    given = {n for n in given if n.op.name == "input"}  # nobody asks for dL/d labels
    given |= set(scene.constants)  # nor for that of a rate, or of a penalty's weight
    learned = set(scene.reading.parameters)
    for source, name in sources.items():
        if (
            source.ndim
            and source.shape != node.shape
            and not alike(source.shape, node.shape)
        ):
            continue
        if not source.shape and node.shape:
            continue
        gradient = scene.gradient[source]
        near = tolerance([node, gradient])
        how = match(found, scene.values(gradient), near)
        if how is not None and how.varied is not None and how.factor == how.factor:
            score = likeness(word, identifier(name)) if word else 0.0
            fixed = not source.ndim and gradient.op.name == "const"
            upstream = scene.upstream and is_upstream(identifier(name))
            data = learned and not learned & scene.reading.inputs_of(source)
            by_chance = fixed or still or upstream or (data and single)
            if not score and (by_chance or source in given):
                continue  # any constant is a multiple of the 1 that dL/d loss is
            plain = stem(identifier(name)) is None  # dy = p - y is p's gradient too
            called = place.endswith(identifier(name).lower())  # gu, of u and v
            rank = score, plain, called, source.index
            hits.append((rank, (source, name, how)))
    return max(hits, key=lambda hit: hit[0])[1] if hits else None


def _usual(reading: Reading, judgement: Judgement) -> dict[str, str]:
    """The constant that all right outcomes of a kind have, in words."""
    found: dict[str, set[str]] = {}
    for one in judgement.outcomes:
        if one.right and one.match is not None and one.inner is None:
            lead = factor_text(reading, judgement.scene, one.match)
            found.setdefault(one.kind, set()).add(lead)
    return {kind: leads.pop() for kind, leads in found.items() if len(leads) == 1}


def words(reading: Reading, scene: Scene, outcome: Outcome, usual: str = "") -> str:
    """An outcome's claim: ``W1 - learnrate * dL/d W1`` is said as the step.

    ``usual`` is the constant of the others, for one that is nobody's gradient.
    """
    if outcome.statement is not None:
        return outcome.statement.text
    name = reading.labels.get(outcome.of, "")
    if not name and outcome.of in reading.named:
        name = reading.named[outcome.of].place
    if outcome.update is not None:
        name = reading.labels.get(outcome.update.leaf, name)
    if outcome.match is None:
        return f"{usual}dL/d {name}"
    lead = factor_text(reading, scene, outcome.match)
    if scene.output and outcome.right:
        lead = ""  # dfdx = dqdx * dfdq, where dqdx is 1
    if outcome.inner is not None:
        lead = "-" if outcome.match.factor < 0 else ""
        return f"{lead}dL/d {name}, with {outcome.rule}"
    tail = ", with weight decay" if outcome.decay else ""
    tail = f", with {METRIC}" if outcome.rule == METRIC else tail
    return f"{lead}dL/d {name}{tail}"


def factor_text(reading: Reading, scene: Scene, how: Match) -> str:
    """The constant in front: ``-learnrate * ``, ``4 * ``, or nothing."""
    parts = []
    scale = how.factor
    found = powers(scene, how) or ()
    under = []
    for node, power in found:
        value = float(np.asarray(scene.replays[0].given.get(node, 1.0)))
        scale /= value**power
        name = reading.labels.get(node, "c")
        if power > 0:
            parts.append(name if power == 1 else f"{name}**{power}")
        else:
            under.append(name)
    size = abs(scale)
    written = number(size, scene)
    if abs(size - 1) > 1e-6 and written != "1":  # 1.00001, of a guarded logarithm
        parts.insert(0, written)
    sign = "-" if scale < 0 else ""
    text = " * ".join(parts)
    if under:
        text = (text or "1") + "".join(f" / {name}" for name in under)
    return f"{sign}{text} * " if text else sign


def number(size: float, scene: Scene) -> str:
    """A number in front, as a fraction where it is one."""
    for n in range(2, 4097):
        if abs(size * n - 1) < 1e-6:
            return f"1/{n}"
        if abs(size - n) < 1e-6 * n:
            return str(n)
    return f"{size:.6g}"
