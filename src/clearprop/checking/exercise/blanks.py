"""The half of the exercise that is to be written: the derived lines, one by one.

What comes in is the derived backward pass of a forward pass; what goes out is a list of
items in the order in which they are computed. Each is a line (or a few on one variable)
that a student can be asked for, with what it is in words and, where the value that it
belongs to has a name, the claim by which it is checked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clearprop.backward import Backward
from clearprop.checking.exercise.item import Item, names_in
from clearprop.checking.exercise.rename import renamed
from clearprop.errors import ClearpropError
from clearprop.explain.roles import name_of, role_of
from clearprop.explain.steps import code_of
from clearprop.graph import Node
from clearprop.write.latex import Equations, equations
from clearprop.write.program import Line
from clearprop.write.reading import Reading, read

# How a line goes back through an activation: t = doutput * output * (1 - output)
_BACK_THROUGH = re.compile(
    r"\w+ = d(?P<y>\w+) \* "
    r"(?:(?P=y) \* \(1 - (?P=y)\)|\(1 - (?P=y)\*\*2\)|\((?P=y) > 0\))"
)


def items_of(backward: Backward) -> list[Item]:
    """The backward pass by variable, in an order in which it can be computed."""
    program = backward.program
    reading = read(program)
    made = equations(program, reading)
    lines = [
        line
        for line in program.lines
        if line.section == "backward"
        or (
            line.section == "forward"
            and line.target
            and program.request.names.get(line.node) != line.target  # type: ignore
        )
    ]
    items = [_item(group, backward, reading, made) for group in _groups(lines)]
    items.sort(key=lambda item: item.kind != "again")
    items = _with_results(items, backward, reading)
    items = _used(items, {i.name for i in items if i.parameter})
    had = set(program.request.names.values()) | program.request.reserved
    return renamed([_error_term(item) for item in items], had)


def steps_of(items: Sequence[Item], rate: str, taken: set[str]) -> list[Item]:
    """The weight steps: minus the rate times each gradient."""
    made = []
    for item in items:
        if item.parameter:
            name = f"delta_{item.parameter}"
            while name in taken:
                name += "_"
            made.append(
                Item(
                    name,
                    f"{name} = -{rate} * {item.name}",
                    "step",
                    f"change in {item.parameter}",
                    item.of,
                    f"-{rate} * dL/d {item.of}",
                    _step_in_latex(item, rate),
                    item.parameter,
                )
            )
    return made


def _step_in_latex(item: Item, rate: str) -> str:
    """``delta_W = -learnrate * dL/d W`` as a formula."""
    gradient = item.latex.partition(" = ")[0]
    symbol = re.fullmatch(r"\\frac\{\\partial L\}\{\\partial (.+)\}", gradient)
    if symbol is None:
        return ""
    word = rate.replace("_", r"\_")
    return rf"\Delta {symbol[1]} = -\mathit{{{word}}}\, {gradient}"


def chosen(items: Sequence[Item], which: str) -> list[str]:
    """The names that a student is to fill in.

    ``which`` is "all"; "output", the lines up to the first gradients of weights;
    "hidden", the others; a number of lines, counted from the output, so that more of
    them reach further back and are harder; or names with commas between.
    """
    open_ = [i.name for i in items if i.kind in ("gradient", "step")]
    gradients = [i for i in items if i.kind == "gradient"]
    found = False
    output = []
    for item in gradients:
        if found and not item.parameter:
            break
        found = found or bool(item.parameter)
        output.append(item.name)
    if which == "all":
        return open_
    if which == "output":
        return output
    if which == "hidden":
        rest = [name for name in open_ if name not in output]
        if rest == [i.name for i in items if i.kind == "step"]:
            raise ClearpropError("--blanks hidden: there is no layer behind the output")
        return rest
    if which.isdecimal():
        if not 0 < int(which) <= len(open_):
            raise ClearpropError(
                f"--blanks {which}: there are {len(open_)} lines to leave blank"
            )
        return open_[: int(which)]
    names = [name.strip() for name in which.split(",") if name.strip()]
    unknown = [name for name in names if name not in open_]
    if unknown or not names:
        raise ClearpropError(
            f"--blanks {which}: use all, output, hidden, a number, or some of "
            f"{', '.join(open_)}"
        )
    return [name for name in open_ if name in names]


# -- lines to items --------------------------------------------------------------------


def _groups(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that go on with a variable stand together, at the place of the last."""
    groups: list[list[Line]] = []
    for line in lines:
        earlier = [i for i, g in enumerate(groups) if g[0].target == line.target]
        if not earlier:
            groups.append([line])
            continue
        between = groups[earlier[-1] + 1 :]
        used = any(line.target in names_in(code_of(m)) for g in between for m in g)
        if used:
            raise ClearpropError(
                f"the backward pass uses {line.target} before it is complete, so it "
                "can't be cut into blanks: give the values in the forward pass names "
                "of their own"
            )
        groups.append([*groups.pop(earlier[-1]), line])
    return groups


def _item(
    group: list[Line], backward: Backward, reading: Reading, made: Equations
) -> Item:
    last = group[-1]
    code = "\n".join(code_of(line) for line in group)
    of = reading.gradient_of.get(last.target)
    of = of if of is not None else _whose(last, backward, reading)
    if of is None:
        kind = "again" if last.section == "forward" else "helper"
        return Item(last.target, code, kind)
    found = made.of_variable.get(last.target)
    latex = f"{found.left} = {found.right}" if found is not None else ""
    return _gradient(last.target, code, of, backward, reading, latex)


def _gradient(
    name: str,
    code: str,
    of: Node,
    backward: Backward,
    reading: Reading,
    latex: str = "",
) -> Item:
    of = reading.now.get(of, of)
    whose = name_of(reading, of) or ""
    labels = {leaf.node: leaf.label for leaf in backward.wanted}
    title = f"gradient of {whose}"
    if _all_dense(backward, reading):
        title = role_of(reading, of, name).title
    return Item(
        name,
        code,
        "gradient" if whose else "helper",
        title,
        whose,
        f"dL/d {whose}" if whose.isidentifier() else "",
        latex,
        labels.get(of, ""),
    )


def _all_dense(backward: Backward, reading: Reading) -> bool:
    """Whether every weight is in a layer, so that layers can be counted."""
    parameters = {la.weights.node for la in reading.layers}
    parameters |= {la.bias.node for la in reading.layers if la.bias is not None}
    return all(leaf.node in parameters for leaf in backward.wanted)


def _error_term(item: Item) -> Item:
    """A line that goes back through an activation, where its layer isn't known."""
    found = _BACK_THROUGH.fullmatch(item.code)
    if item.kind != "helper" or found is None:
        return item
    title = f"error term of {found['y']}"
    of = f"(pre-activation of {found['y']})"
    return replace(item, kind="gradient", title=title, of=of)


def _whose(line: Line, backward: Backward, reading: Reading) -> Node | None:
    """The forward value whose gradient a line happens to be: one with a name, if any.

    ``out - target`` is a forward value, and the gradient of half its square.
    """
    values = [v for v, g in backward.program.request.walked if g is line.node]
    named = [v for v in values if v in backward.program.request.names]
    found = next(iter(named or values), None)
    if found is None or name_of(reading, reading.now.get(found, found)) is None:
        return None
    return found


def _with_results(
    items: list[Item], backward: Backward, reading: Reading
) -> list[Item]:
    """Every gradient that is asked for has a variable of its own, called d + name."""
    made = list(items)
    for label, code in _returned(backward).items():
        leaf = next(leaf for leaf in backward.wanted if leaf.label == label)
        at = [i for i, item in enumerate(made) if item.name == code]
        if at and made[at[0]].parameter == label:
            continue
        name = f"d{label}"
        item = _gradient(name, f"{name} = {code}", leaf.node, backward, reading)
        after = [i for i, other in enumerate(made) if other.name in item.reads]
        made.insert(max(after, default=len(made) - 1) + 1, item)
    return made


def _returned(backward: Backward) -> dict[str, str]:
    """The expression of each gradient, as the derived function returns it."""
    tree = ast.parse(backward.source)
    value = next(n.value for n in ast.walk(tree) if isinstance(n, ast.Return))
    assert isinstance(value, ast.Dict)
    return {
        key.value: ast.unparse(item)
        for key, item in zip(value.keys, value.values)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _used(items: list[Item], wanted: set[str]) -> list[Item]:
    kept = []
    for item in reversed(items):
        if item.name in wanted:
            kept.append(item)
            wanted = wanted | item.reads
    return kept[::-1]
