"""``derive --to c``: a step of training as one C99 file, to be read and to be flashed.

What goes in is a derived backward pass; what comes out is its text in C: forward pass,
backward pass and update as functions, arrays static, sizes those of the example, no
allocation, nothing but ``math.h``. Each statement stands under the line of NumPy that
it spells. (The native engine's code is made for speed; this is made for people.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from clearprop import __version__
from clearprop.backward import Backward
from clearprop.errors import ClearpropError
from clearprop.graph import Node
from clearprop.sizes import Atom
from clearprop.training.c_statements import Statements, brackets, grouped
from clearprop.training.c_words import helpers_in, plain_names, renamed
from clearprop.training.native.lowered import Lowered
from clearprop.training.native.spelling import c_type, literal
from clearprop.training.native.values import Unsupported, Value
from clearprop.training.plan import Input, Parameter, Plan
from clearprop.training.rules import rule_named
from clearprop.write.program import Line
from clearprop.write.writer import write

# Initial weights are written out up to so many numbers; beyond, the file says it waits.
_WRITTEN_OUT = 4096
_WIDTH = 88


def c_source(backward: Backward) -> str:
    """The C file. Raises ``ClearpropError`` where an operation has no C."""
    try:
        return _File(backward).text()
    except Unsupported as why:
        raise ClearpropError(
            f"{backward.trace.name} can't be written in C: {why}"
        ) from None


class _Fixed(Lowered):
    """Values at the example's sizes; a whole number that decides a size is refused."""

    def _atom(self, atom: Atom) -> Any:
        if atom.kind == "int":
            name = atom.args[0].params["label"]
            raise Unsupported(
                f"{name} decides a size or a place in an array, which is fixed in C. "
                f"Pass an array: np.array({name})"
            )
        return super()._atom(atom)


class _File:
    """The parts of one file."""

    def __init__(self, backward: Backward) -> None:
        self.backward = backward
        self.plan = _plan(backward)
        self.request = backward.request
        self.program = write(replace(self.request, with_loss=True))
        leaves = [leaf.name for leaf in backward.trace.leaves]
        targets = [line.target for line in self.program.lines if line.target]
        self.names = plain_names([*leaves, *targets])
        self.values = _Fixed(self.plan, None)
        self.out = Statements(set(self.names.values()), backward.trace.graph.nodes)
        for leaf in backward.trace.leaves:
            self.out.stored[self._value(leaf.node)] = self.names[leaf.name]
        self.number = c_type(self._value(self.request.loss).dtype)

    def text(self) -> str:
        """The file."""
        name = self.backward.trace.name
        forward = [*self._section("forward"), *self._returned()]
        self.out.end()
        backward = self._section("backward")
        gradients = self._gradients()
        backward += self.out.taken()
        self.out.end()
        self.out.refuse_labels()
        outside = self.out.taken()
        if outside:
            forward = ["  /* a label outside of its range */", *outside, *forward]
        kept = [
            f"static {c_type(v.dtype)} {array}{brackets(v.shape)};"
            for array, v in self.out.declared.items()
        ]
        taken = [self._parameter(given) for given in self.plan.inputs]
        passed = ", ".join(self.names[given.leaf.name] for given in self.plan.inputs)
        rate = f"{self.number} learning_rate"
        step = [
            f"  {self.number} loss = {name}_forward({passed});",
            "  if (isnan(loss)) return loss; /* and nothing moves */",
            f"  {name}_backward({passed});",
            f"  {name}_update(learning_rate);",
            "  return loss;",
        ]
        functions = [
            self._function(f"{self.number} {name}_forward", taken, forward),
            self._function(f"void {name}_backward", taken, backward),
            self._function(f"void {name}_update", [rate], self._update(gradients)),
            self._function(f"{self.number} {name}_step", [*taken, rate], step),
        ]
        body = "\n\n".join(functions)
        parts = [
            self._opening(name, passed),
            "#include <math.h>\n#include <stdint.h>",
            *helpers_in(body),
            "\n".join(self._weights()),
            *["\n".join(self._constants())][: len(self.out.constants)],
            "/* what the forward pass keeps, and the gradients */\n" + "\n".join(kept),
            body,
        ]
        return renamed("\n\n".join(parts)) + "\n"

    def _value(self, node: Node) -> Value:
        self.values.add([node])
        return self.values.of[node]

    # -- what is at the top ----------------------------------------------------------

    def _opening(self, name: str, passed: str) -> str:
        leaves = self.backward.trace.leaves
        shapes = ", ".join(f"{leaf.name} {_shape(leaf.value)}" for leaf in leaves)
        comma = ", " if passed else ""
        lines = [
            f"{name}: the forward pass, its backward pass and a step of gradient",
            f"descent. Written by clearprop {__version__}; C99, no allocation.",
            f"{shapes}.",
            "",
            f"  {name}_step({passed}{comma}learning_rate): one step; its loss",
            f"  {name}_forward, {name}_backward, {name}_update: its parts, in order",
        ]
        return "/* " + "\n   ".join(lines).replace("\n   \n", "\n\n") + " */"

    def _weights(self) -> Iterator[str]:
        total = sum(p.value.size for p in self.plan.parameters)
        yield (
            "/* the parameters, as they are before the first step */"
            if total <= _WRITTEN_OUT
            else "/* the parameters: put their values in before the first step */"
        )
        for p in self.plan.parameters:
            head = f"{c_type(p.value.dtype)} {self.names[p.leaf.name]}"
            head += brackets(p.value.shape)
            if total <= _WRITTEN_OUT:
                yield from _wrapped(f"{head} = {_initial(p.value)};")
            else:
                yield f"{head};"

    def _constants(self) -> Iterator[str]:
        """Arrays of numbers that stand in the forward pass."""
        for name, v in self.out.constants.items():
            head = f"static const {c_type(v.dtype)} {name}{brackets(v.shape)}"
            yield from _wrapped(f"{head} = {_initial(self.out.constant(v))};")

    def _parameter(self, given: Input) -> str:
        """An argument; C99 takes a matrix of constants from nobody who has others."""
        v = self._value(given.leaf.node)
        const = "const " if len(v.shape) == 1 else ""
        name = self.names[given.leaf.name]
        return f"{const}{c_type(v.dtype)} {name}{brackets(v.shape)}"

    def _function(self, head: str, taken: Sequence[str], body: list[str]) -> str:
        text = re.sub(r"/\*.*?\*/", "", "\n".join(body))
        names = [re.findall(r"\w+", re.sub(r"\[.*", "", t))[-1] for t in taken]
        unused = [f"  (void){n};" for n in names if not re.search(rf"\b{n}\b", text)]
        opening = f"{head}({', '.join(taken) or 'void'}) {{"
        return "\n".join([*_wrapped(opening), *unused, *body, "}"])

    # -- the functions ---------------------------------------------------------------

    def _section(self, name: str) -> list[str]:
        """The statements of a section, each under its line of NumPy."""
        lines = [line for line in self.program.lines if line.section == name]
        made: list[str] = []
        for (target, node), same in groupby(lines, _what):
            if node is None or not target:
                continue
            said = [f"  /* {_comment(line)} */" for line in same]
            self.out.store(self._value(node), self.names[target])
            statements = self.out.taken()
            made += [*said, *statements] if statements else []
        return made

    def _returned(self) -> list[str]:
        """The branches that the example took, checked; then the loss."""
        for guard in self.request.value_guards:
            if np.ndim(guard.value):
                raise Unsupported(f"line {guard.line}: a branch on an array")
            where = f"line {guard.line}: " if guard.line else ""
            entry = self.out.entry(self._value(guard.node))
            wanted = literal(guard.value, np.asarray(guard.value).dtype)
            self.out.line(f"/* {where}{guard.code}: written for this way only */")
            self.out.line(f"if ({grouped(entry)} != {wanted}) return NAN;")
        loss = self.out.entry(self._value(self.request.loss))
        self.out.line(f"return {loss};")
        return self.out.taken()

    def _gradients(self) -> dict[str, tuple[Value, str | None]]:
        """Each parameter's gradient in its shape; stored where no line has done so.

        One that is a parameter itself, as for ``a * b``, is copied before any moves.
        """
        found = {}
        parameters = {self.names[p.leaf.name] for p in self.plan.parameters}
        for p in self.plan.parameters:
            if p.gradient is not None:
                name = self.names[p.leaf.name]
                g = self._value(p.gradient)
                g = self.values.values.spread(g, p.value.shape)
                self.out.whole(g, f"d{name}")
                moves = self.out.is_one_of(g, parameters)
                found[name] = g, self.out.copied(g, f"d{name}") if moves else None
        return found

    def _update(self, gradients: dict[str, tuple[Value, str | None]]) -> list[str]:
        for name, (gradient, copy) in gradients.items():
            self.out.update(name, gradient, copy)
        return self.out.taken()


def _plan(backward: Backward) -> Plan:
    wanted = {leaf.node: gradient for leaf, gradient in backward.request.wanted}
    leaves = backward.trace.leaves
    return Plan(
        backward=backward,
        loss=backward.request.loss,
        parameters=tuple(
            Parameter(leaf, wanted[leaf.node], np.array(leaf.value, leaf.node.dtype))
            for leaf in leaves
            if leaf.node in wanted
        ),
        inputs=tuple(
            Input(leaf, leaf.value, False) for leaf in leaves if leaf.node not in wanted
        ),
        rule=rule_named("sgd", {}),
    )


def _what(line: Line) -> tuple[str, Node | None]:
    return line.target, line.node


def _comment(line: Line) -> str:
    return line.statement.replace("*/", "* /")


def _shape(value: Any) -> str:
    shape = np.shape(value)
    return f"({', '.join(map(str, shape))})" if shape else "a number"


def _initial(value: np.ndarray) -> str:
    if value.ndim == 0:
        return literal(value[()], value.dtype).strip("()")
    return "{" + ", ".join(_initial(np.asarray(v)) for v in value) + "}"


def _wrapped(line: str) -> list[str]:
    """A long line in several, broken after commas."""
    made, rest = [], line
    while len(rest) > _WIDTH and ", " in rest[:_WIDTH]:
        at = rest.rindex(", ", 0, _WIDTH) + 1
        made.append(rest[:at])
        rest = "    " + rest[at:].lstrip()
        if ", " not in rest[4:_WIDTH]:
            break
    return [*made, rest]


__all__ = ["c_source"]
