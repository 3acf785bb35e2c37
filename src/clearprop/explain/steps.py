"""The steps of an explanation: what each line is, and how its numbers come about."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clearprop.explain.chain_rule import WIDTH, Factor, factors_of
from clearprop.explain.context import Context
from clearprop.explain.numbers import Quantity, quantity, scalar
from clearprop.explain.roles import name_of, role_of
from clearprop.explain.run import Record
from clearprop.graph import Node
from clearprop.write.program import Line
from clearprop.write.reading import Reading


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the program with the user's numbers; ``asdict`` of it is JSON."""

    number: int
    section: str  # "forward" or "backward"
    title: str
    equation: str
    says: str
    code: str
    latex: str
    target: str
    value: Quantity
    factors: list[Factor] = field(default_factory=list)
    operation: str = ""  # between the factors: "×", "@" or "+"
    after: str = ""  # what happens to their product: "summed over axis 0"
    worked: str = ""  # the first entry, worked out
    weight_step: Factor | None = None
    kind: str = ""
    line: int | None = None  # the user's line that binds the forward value


def steps_of(context: Context) -> list[Step]:
    """Every step, the forward pass first."""
    made = list(_forward(context))
    backward = [r for r in context.run.records if r.line.section == "backward"]
    after = context.fresh.records if context.fresh is not None else []
    others = [r for r in after if r.line.section == "backward"]
    told: set[str] = set()
    start = 0
    while start < len(backward):
        record = backward[start]
        end = start + 1  # lines that go on with the same variable are one step
        while end < len(backward) and _goes_on(record, backward[end]):
            end += 1
        other = others[start] if start < len(others) else None
        step = _backward(context, record, other, len(made) + 1, told)
        if end > start + 1:
            step = _together(step, backward[start:end], context)
        told.add(step.says)
        made.append(step)
        start = end
    return made


def _goes_on(first: Record, later: Record) -> bool:
    return bool(first.line.target) and first.line.target == later.line.target


def _together(step: Step, records: list[Record], context: Context) -> Step:
    """One step of several lines, each with what the variable holds after it."""
    last = records[-1]
    factors = [
        Factor(
            "then" if i else "first",
            " ".join(code_of(r.line).split()) if i else _right_side(r),
            "",
            quantity(r.value, WIDTH),
        )
        for i, r in enumerate(records)
    ]
    return replace(
        step,
        code="\n".join(code_of(r.line) for r in records),
        factors=factors,
        operation="",
        after="",
        worked="",
        value=quantity(last.value, WIDTH),
        weight_step=_weight_step(
            context, last, context.reading.gradient_of.get(step.target)
        ),
    )


def _right_side(record: Record) -> str:
    code = " ".join(code_of(record.line).split())
    return code.split(" = ", 1)[1] if " = " in code else code


def code_of(line: Line) -> str:
    """A line as it is printed in the source, without its indent."""
    return textwrap.dedent("\n".join(line.code))


# -- forward ---------------------------------------------------------------------------


def _forward(context: Context) -> Iterator[Step]:
    reading, number = context.reading, 0
    for record in context.run.records:
        if record.line.section != "forward" or record.line.node is None:
            continue
        number += 1
        target = record.line.target
        title = _forward_title(reading, reading.now[record.line.node])
        yield Step(
            number, "forward", title, "", "", code_of(record.line),
            _latex(context, target), target, quantity(record.value, WIDTH),
            worked=_worked(record, context.run.variables),
            line=context.lines.get(target),
        )  # fmt: skip
    code = context.run.loss_code
    name = reading.names.get(reading.loss, "loss")
    loss = context.equations.forward[-1]
    yield Step(
        number + 1, "forward", "the loss", f"L = {name}" if name != "loss" else "L",
        "", f"{name} = {code}" if code else name, f"{loss.left} = {loss.right}", name,
        quantity(context.run.loss, WIDTH), line=context.lines.get(name),
    )  # fmt: skip


def _forward_title(reading: Reading, node: Node) -> str:
    for layer in reading.layers:
        if not layer.name:
            continue
        if node is layer.y and layer.y is not layer.z:
            if layer is reading.layers[-1]:
                return "the output"
            return f"output of the {layer.name}"
        if node in (layer.z, layer.product):
            if layer.y is not layer.z:
                return f"pre-activation of the {layer.name}"
            return (
                "the output"
                if layer is reading.layers[-1]
                else f"output of the {layer.name}"
            )
    return ""


# -- backward --------------------------------------------------------------------------


def _backward(
    context: Context, record: Record, other: Record | None, number: int, told: set[str]
) -> Step:
    reading = context.reading
    target = record.line.target
    of = reading.gradient_of.get(target)
    role = role_of(reading, of, target)
    factors = factors_of(context, record, other, role, of)
    return Step(
        number,
        "backward",
        role.title,
        role.equation,
        "" if role.says in told else role.says,
        code_of(record.line),
        _latex(context, target),
        target,
        quantity(record.value, WIDTH),
        factors,
        {"matmul": "@", "sum": "+"}.get(record.parts.kind, "×"),
        _after(record),
        _worked(record, context.run.variables),
        _weight_step(context, record, of),
        role.kind,
        context.lines.get(name_of(reading, of) or "") if of is not None else None,
    )


def _after(record: Record) -> str:
    parts = record.parts
    words = [parts.after] if parts.after else []
    if parts.adds:
        words.append(f"added to {parts.target}")
    return ", ".join(words)


# -- extras ----------------------------------------------------------------------------


def _weight_step(context: Context, record: Record, of: Node | None) -> Factor | None:
    """Δw = −η ∂L/∂w, for what the program learns, where η is known."""
    if context.rate is None or of is None or not _learned(context, of):
        return None
    name, rate = context.rate
    with np.errstate(all="ignore"):
        value = -rate * np.asarray(record.value)[()]
    code = f"-{name} * {record.line.target}"
    return Factor("", code, f"η = {name} = {scalar(rate)}", quantity(value, WIDTH))


def _learned(context: Context, of: Node) -> bool:
    """Whether a program would learn this leaf: not its data, where that is known."""
    reading = context.reading
    request = reading.program.request
    if of in {
        n for la in reading.layers for n in (la.weights.node, la.bias and la.bias.node)
    }:
        return True
    wanted = {leaf.node: leaf.label for leaf, _ in request.wanted}
    if of not in wanted or any(of is la.source for la in reading.layers):
        return False
    if context.updated:
        return wanted[of] in context.updated
    floats = [leaf for leaf in request.leaves if leaf.node.is_float]
    return len(wanted) < len(floats)  # the user has chosen


def _latex(context: Context, variable: str) -> str:
    found = context.equations.of_variable.get(variable)
    return f"{found.left} = {found.right}" if found is not None else ""


def _worked(record: Record, variables: Mapping[str, Any]) -> str:
    """The first entry of a small result as arithmetic on numbers."""
    result, parts = np.asarray(record.value), record.parts
    if not 0 < result.ndim <= 2 or not result.size or parts.adds:
        return ""
    if parts.after or (record.line.section == "forward" and parts.kind != "matmul"):
        return ""
    arrays = [np.asarray(p) for p in record.pieces]
    first = (0,) * result.ndim
    if parts.kind == "matmul":
        a, b = arrays
        if a.ndim > 2 or b.ndim > 2:
            return ""
        row = a if a.ndim == 1 else a[0]
        column = b if b.ndim == 1 else b[:, 0]
        if not 0 < row.size <= 4:
            return ""
        text = " + ".join(
            f"{_at(x)}·{_at(y)}" for x, y in zip(row, column, strict=True)
        )
    elif parts.kind == "product":
        try:
            entries = [np.broadcast_to(a, result.shape)[first] for a in arrays]
        except ValueError:
            return ""
        text = " × ".join(_at(e) for e in entries)
    else:
        return ""
    return f"{text} = {scalar(result[first])}"


def _at(value: Any) -> str:
    text = scalar(float(value))
    return f"({text})" if text.startswith("-") else text
