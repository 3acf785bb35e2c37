"""The written program, executed line by line with the user's numbers.

What comes out is one ``Record`` a line: the value it computed and the values of the
pieces that it combined, as they were just before. Nothing here is computed from the
graph where the written line can compute it itself.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clearprop.explain.factors import Parts, names_in, take_apart
from clearprop.graph import Node, evaluate
from clearprop.trace.arguments import generator_argument, same_draws
from clearprop.trace.result import Trace
from clearprop.write.frame import imports
from clearprop.write.program import Line, Program
from clearprop.write.reading import Reading, plain_value
from clearprop.write.writer import write

Values = Mapping[Node, Any]


@dataclass(slots=True)
class Record:
    """One executed line."""

    line: Line
    parts: Parts
    value: Any
    pieces: list[Any]  # the values of parts.pieces


@dataclass(slots=True)
class Run:
    """A program executed at one point."""

    records: list[Record]
    variables: dict[str, Any]  # at the end
    loss: Any
    loss_code: str
    values: dict[Node, Any] = field(default_factory=dict)  # of every node
    gradients: dict[Node, Any] = field(default_factory=dict)  # of forward values


def leaf_values(program: Program, values: Values | None) -> dict[Node, Any]:
    """The numbers of every leaf: those given, else those of the trace."""
    found = {leaf.node: leaf.value for leaf in program.request.leaves}
    found.update({node: v for node, v in (values or {}).items() if node in found})
    return {node: plain_value(v) for node, v in found.items()}


def execute(reading: Reading, trace: Trace, values: Values) -> Run:
    """Run the program's lines one by one, with the random draws of the trace."""
    program = reading.program
    space = _namespace(program, values)
    own = generator_argument(trace)
    if own is not None:
        space[own[0]] = copy.deepcopy(own[1])
    with np.errstate(all="ignore"):
        with same_draws(trace):
            records = _records(program, space)
        walked = [(reading.now.get(v, v), g) for v, g in program.request.walked]
        wanted = [reading.loss, program.request.loss, *(g for _, g in walked)]
        named = [n for n in reading.forward if n in reading.names]
        computed: dict[Node, Any] = {}
        with same_draws(trace):
            evaluate([*wanted, *named], values, computed)
    gradients = {v: computed[g] for v, g in walked}
    loss = computed[program.request.loss]
    code = loss_code(program, space)
    return Run(records, space, loss, code, computed, gradients)


def _records(program: Program, space: dict[str, Any]) -> list[Record]:
    gradients = {
        li.target for li in program.lines if li.section == "backward" and li.target
    }
    records = []
    block: list[str] = []  # a loop, up to the end of its body
    for line in program.lines:
        if line.section not in ("forward", "backward"):
            continue
        code = [*block, *line.code]
        if line.statement.endswith(":"):
            block = code
            continue
        alone = line.statement and not block and not line.statement.startswith(" ")
        parts = take_apart(line.statement, gradients) if alone else Parts("whole")
        pieces = [_copy(value_of(piece, space)) for piece in parts.pieces]
        _do("\n".join(code), space)
        if line.statement:  # else a guard on a value: it held, or it has raised
            shown = replace(line, code=code) if block else line
            records.append(Record(shown, parts, _copy(space[line.target]), pieces))
        block = []
    return records


def _namespace(program: Program, values: Values) -> dict[str, Any]:
    space: dict[str, Any] = {}
    code = (line for made in program.lines for line in made.code)
    exec("\n".join(imports(code)), space)
    for leaf in program.request.leaves:
        name = program.names.get(leaf.node, leaf.name)
        space[name] = _copy(values[leaf.node])
    return space


def _do(code: str, space: dict[str, Any]) -> None:
    exec(compile(textwrap.dedent(code), "<explained>", "exec"), space)


def value_of(code: str, space: Mapping[str, Any]) -> Any:
    """A piece of a line, evaluated where the line stands."""
    with np.errstate(all="ignore"):
        return eval(compile(code, "<explained>", "eval"), dict(space))


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def loss_code(program: Program, known: Iterable[str]) -> str:
    """The loss as an expression in the program's variables, or nothing."""
    longer = write(replace(program.request, with_loss=True))
    tree = ast.parse(textwrap.dedent("\n".join(longer.lines[-1].code)))
    returned = tree.body[0]
    if not (isinstance(returned, ast.Return) and isinstance(returned.value, ast.Tuple)):
        return ""
    code = ast.unparse(returned.value.elts[0])
    lines = {li.target: li.statement for li in longer.lines if " = " in li.statement}
    variables = set(known)
    for _ in range(8):  # what only the loss needs is written out
        missing = names_in(code) - variables
        if code.isidentifier() and code in lines:
            missing.add(code)
        if not missing:
            return code if len(code) < 300 else ""
        name = sorted(missing)[0]
        if name not in lines:
            return ""
        right = ast.parse(lines[name].split(" = ", 1)[1], mode="eval").body
        code = _written_out(code, name, right)
    return ""


def _written_out(code: str, name: str, by: ast.expr) -> str:
    class _Writer(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return by if node.id == name else node

    return ast.unparse(_Writer().visit(ast.parse(code, mode="eval")))
