"""From a graph with gradients to a written NumPy function, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.errors import DeriveError
from clearprop.graph import Node, SizeGuard
from clearprop.sizes import Atom, Dim, Size, product
from clearprop.trace.result import Leaf
from clearprop.write import expression as ex
from clearprop.write.expression import Text
from clearprop.write.frame import module_text, return_lines
from clearprop.write.guards import broken, guard_lines
from clearprop.write.guards import guard as guard_code
from clearprop.write.numpy import NUMPY, inserted_axes
from clearprop.write.plan import AUGMENTED, Plan, is_plain, makes_new
from clearprop.write.program import Line, Program, Request
from clearprop.write.sizes import number, size_text
from clearprop.write.statements import STATEMENTS

_LOW = (np.dtype(np.float32), np.dtype(np.float16))
_ARITHMETIC = ("add", "sub", "mul", "div", "neg")  # of Python numbers: one again
INLINE = 64  # the longest text that may still become part of a longer line


class Writer:
    """Turns one request into one program; used once."""

    def __init__(self, request: Request) -> None:
        """The plan comes first, so that lines can refer to what comes later."""
        self.request = request
        self.graph = request.graph
        self.plan = Plan(request)
        self.variables = self.plan.variables
        self.lines: list[Line] = []
        self.section = "guard"
        self.texts = {n: Text(name) for n, name in self.variables.items()}
        self.late: list[SizeGuard] = []
        self.sizes: dict[Size, str] = {}
        self.here: set[str] = set()  # those that are computed where they are needed
        self.generators: dict[int, str] = {}  # made by the forward pass itself
        self.loose: set[Node] = set()  # float32 values that are written as a number

    # -- Speller --------------------------------------------------------------------

    def atom(self, atom: Atom) -> str | None:
        """``x.shape[0]`` for a dim, the name itself for an integer argument."""
        node = atom.args[0]
        text = self.texts.get(node)
        if text is None:
            text = self.text(node)
        if atom.kind == "int":
            return text.code
        return f"{text.at(ex.ATOM)}.shape[{atom.args[1]}]"

    def like(self, dims: Sequence[Dim], dtype: np.dtype | None) -> str | None:
        """An array variable with these dims."""
        resolve = self.graph.resolve
        wanted = [resolve(d) for d in dims]
        if not dims:
            return None
        for node, name in self.variables.items():
            if node.ndim != len(dims) or node not in self.texts:
                continue
            same = [resolve(d) for d in node.dims] == wanted
            if same and (dtype is None or node.dtype == dtype):
                return name
        return None

    def whole(self, size: Size) -> str | None:
        """An array variable with this many entries."""
        resolve = self.graph.resolve
        wanted = resolve(size)
        for node, name in self.variables.items():
            if (
                node.ndim > 1
                and node in self.texts
                and resolve(product(node.dims)) == wanted
            ):
                return name
        return None

    def size(self, size: Size, code: str | None = None) -> str | None:
        """A long size is computed once, on a line of its own."""
        if self.section == "guard":
            return None
        wish = self.request.size_names.get(size)
        if size not in self.sizes and wish is not None:
            name = self.plan.namer.users(wish)
            code = size_text(size, self, named=False).code
            early = all(
                a.args[0].op.name == "input"
                for a in size.atoms()
                if a.kind in ("dim", "int")
            )
            self._emit(None, name, "=", code)
            if early and not self.here & set(re.findall(r"\w+", code)):
                # beside the other sizes, before the forward pass needs it
                line = self.lines.pop()
                line.section = "forward"
                self.lines.insert(len(self.sizes) - len(self.here), line)
            else:
                self.here.add(name)
            self.sizes[size] = name
        elif size not in self.sizes and code is not None:
            name = self.plan.namer.take("size")
            self._emit(None, name, "=", code)
            self.here.add(name)
            self.sizes[size] = name
        return self.sizes.get(size)

    def generator(self, source: Any) -> str:
        """``np.random``, or the argument that draws."""
        if source is None:
            return "np.random"
        if id(source) in self.generators:
            return self.generators[id(source)]
        if self.request.generator is None:
            raise DeriveError(
                f"{self.request.forward_name} draws random numbers from a generator "
                "of its own. Pass the generator, or what it draws, as an argument."
            )
        return self.request.generator

    def _begin(self, node: Node) -> None:
        """The line that seeds, or that makes the generator of the draws below."""
        if node.params["seed"] is None:
            return
        source = node.params["source"]
        how, given = node.params["seed"]
        arguments = ", ".join(size_text(g, self).code for g in given)
        if how == "seed":
            code = f"{self.generator(source)}.seed({arguments})"
        else:
            request, namer = self.request, self.plan.namer
            taken = {p.name for p in request.parameters}
            taken |= {*request.names.values(), *request.inner_names.values()}
            taken |= {leaf.name for leaf in request.leaves}
            name = namer.take("rng") if "rng" in taken else namer.users("rng")
            self.generators[id(source)] = name
            code = f"{name} = np.random.{how}({arguments})"
        self.lines.append(Line(self.section, [f"    {code}"]))

    def fresh(self, wish: str) -> str:
        """A loop variable of its own."""
        return self.plan.namer.take(wish)

    # -- writing lines -----------------------------------------------------------------

    def text(self, root: Node) -> Text:
        """The text that stands for a value, after the lines it needs are written."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self.texts:
                stack.pop()
                continue
            waiting = [n for n in self.plan.effective(node) if n not in self.texts]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            self._write(node)
        return self.texts[root]

    def _write(self, node: Node) -> None:
        operands = self.plan.effective(node)
        if node.op.name in STATEMENTS:
            return self._write_statements(node, operands)
        if self.plan.accumulates(node):
            return self._write_sum(node, operands)
        if node.op.impure:
            self._begin(node)
        code = self._compose(node, operands)
        again = self.plan.uses.get(node, 1) > 1 and not self._cheap(node)
        if (
            node in self.plan.wishes
            or node.op.impure
            or again
            or len(code.code) > INLINE
        ):
            self._assign(node, code, operands)
        else:
            self.texts[node] = code

    def _compose(self, node: Node, operands: list[Node]) -> Text:
        """The text of a node; operands get lines of their own while it is too long."""
        row = NUMPY[node.op.name]
        # a wish is marked by two letters, a number may be added to the name
        room = ex.WIDTH - len(f"    {self.plan.wish_for(node):12} = ") - 1
        bracketed = node.op.name in AUGMENTED and node in self.plan.wishes
        while True:
            code = row(node, self._typed(node, operands), self)
            if len(code.code) <= room:
                return code
            if (
                bracketed
                and len(code.code) <= ex.WIDTH - 8
                and ex.breaks_well(code.code)
            ):
                return code  # on a line of its own, in brackets
            longest = max(operands, key=lambda n: len(self.texts[n].code), default=None)
            if longest is None or longest in self.variables or is_plain(longest):
                return code
            if len(self.texts[longest].code) < 16:
                return code
            self._assign(longest, self.texts[longest], self.plan.effective(longest))

    def _typed(self, node: Node, operands: list[Node]) -> list[Text]:
        """The operands' texts; one says its dtype where nothing else would.

        ``0.1 * (h > 0)`` is float64, whatever ``h`` is.
        """
        texts = [self.texts[n] for n in operands]
        if node.weak or node.dtype not in _LOW:
            return texts
        if node.op.name == "const" and not node.ndim:
            self.loose.add(node)
        if not node.op.elementwise or node.op.name == "astype":
            return texts
        if any(n.dtype in _LOW and n not in self.loose for n in operands):
            return texts
        if node.op.name in _ARITHMETIC and not any(n.ndim for n in operands):
            self.loose.add(node)
            return texts
        choice = node.op.name == "where"  # NumPy 1 makes a float64 of a Python number
        for i, operand in enumerate(operands):
            if operand in self.loose or (choice and i and operand.weak):
                texts[i] = Text(f"np.{node.dtype.name}({texts[i].code})")
                if not choice:
                    break
        return texts

    def _assign(self, node: Node, code: Text, operands: list[Node]) -> None:
        wish = self.plan.wish_for(node)
        first = operands[0] if operands else None
        if (
            first is not None
            and first in self.variables
            and node.op.name in AUGMENTED
            and self.plan.goes_on(first, node)
            and self.plan.same_wish(first, node)
            and self.plan.uses[first] == 1
        ):
            name = self.variables[first]
            rest = self.texts[operands[1]]
            self._emit(node, name, f"{AUGMENTED[node.op.name]}=", rest.code)
        else:
            name = self.plan.take(wish, node)
            self._emit(node, name, "=", code.code)
        self.variables[node] = name
        self.texts[node] = Text(name)

    def _emit(self, node: Node | None, name: str, operator: str, code: str) -> None:
        lines = ex.assignment(name, operator, code)
        of = self.plan.gradient_of.get(node) if node is not None else None
        self.lines.append(
            Line(self.section, lines, name, node, of, f"{name} {operator} {code}")
        )

    def _fresh_base(self, node: Node, base: Node) -> str:
        """A variable that holds the base's value and may be changed in place."""
        if (
            base in self.variables
            and self.plan.uses[base] == 1
            and self.plan.goes_on(base, node)
            and self.plan.same_wish(base, node)
            and makes_new(base)
        ):
            return self.variables[base]
        name = self.plan.take(self.plan.wish_for(node), self.plan.becomes(node))
        text = self.texts[base]
        if (
            base in self.variables
            or not makes_new(base)
            or (base.op.name == "broadcast" and base.inputs[0].ndim)
        ):
            self._emit(node, name, "=", f"{text.at(ex.ATOM)}.copy()")
        else:
            self._emit(node, name, "=", text.code)
        return name

    def _write_statements(self, node: Node, operands: list[Node]) -> None:
        name = self._fresh_base(node, operands[0])
        spell = STATEMENTS[node.op.name]
        statements = spell(node, name, [self.texts[n] for n in operands], self)
        value = operands[1]
        long = any(len(s) > ex.WIDTH - 4 for s in statements)
        if long and value not in self.variables:
            self._assign(value, self.texts[value], self.plan.effective(value))
            statements = spell(node, name, [self.texts[n] for n in operands], self)
        for statement in statements:
            of = self.plan.gradient_of.get(node)
            lines = ex.statement(statement)
            self.lines.append(Line(self.section, lines, name, node, of, statement))
        self.variables[node] = name
        self.texts[node] = Text(name)

    def _write_sum(self, node: Node, operands: list[Node]) -> None:
        name = self._fresh_base(node, operands[0])
        self._emit(node, name, "+=", self.texts[operands[1]].code)
        self.variables[node] = name
        self.texts[node] = Text(name)

    def _cheap(self, node: Node) -> bool:
        """What may be written out at every use: no work, or next to none."""
        name = node.op.name
        if is_plain(node):
            return True
        source = self.plan.effective(node)[0] if node.inputs else None
        bare = source is not None and (source in self.variables or self._cheap(source))
        if name == "transpose":
            return bare
        if name == "reshape":
            return bare and inserted_axes(node) is not None
        if name == "getitem":
            basic = all(
                item[0] in ("int", "slice", "new") for item in node.params["key"]
            )
            return (
                bare
                and basic
                and len(self.texts[node].code if node in self.texts else "") < 24
            )
        return False

    # -- the whole function ------------------------------------------------------------

    def program(self) -> Program:
        """Write everything."""
        request = self.request
        guards = guard_lines(request, self)
        self.section = "forward"
        plan = self.plan
        for node in sorted(plan.needed & plan.forward, key=lambda n: n.index):
            again = plan.uses[node] > 1 and node not in self.texts
            if node in plan.wishes or (again and not self._cheap(node)):
                self.text(node)
        self._late_guards()
        self.section = "backward"
        for node in self._backward_order():
            self.text(node)
        results = [(leaf, self._result(leaf, g)) for leaf, g in request.wanted]
        loss = self.text(request.loss).code if request.with_loss else None
        returned = return_lines(results, loss, request.containers)
        lines = [*guards, *self.lines, Line("return", returned)]
        source = module_text(request, lines)
        return Program(request.name, lines, source, dict(self.variables), request)

    def _backward_order(self) -> list[Node]:
        """Gradients as the walk met them; a weight's, once its error term is there."""
        plan, request = self.plan, self.request
        leaves = {
            g: i
            for i, (_, g) in enumerate(request.wanted)
            if g is not None and g in plan.wishes
        }
        walked = [g for _, g in request.walked if g in plan.wishes and g not in leaves]
        place = {g: i for i, g in enumerate(dict.fromkeys(walked))}
        order = {g: (i, -1) for g, i in place.items()}
        for gradient, i in leaves.items():
            below = plan.reach([gradient])
            order[gradient] = (
                max((place[n] for n in below if n in place), default=-1),
                i,
            )
        return sorted(order, key=lambda g: order[g])

    def _late_guards(self) -> None:
        """Guards on values and sizes that only the forward pass can tell."""
        name = self.request.name
        for guard in self.request.value_guards:
            text = self.text(guard.node)
            value = guard.value
            if not isinstance(value, (bool, np.bool_)):
                condition = f"{text.at(ex.COMPARE + 1)} != {number(value)}"
            else:
                condition = f"not {text.at(ex.COMPARE + 1)}" if value else text.code
            message = f"{name} is written for other values"
            if guard.line is None and guard.code:
                message = f"{name} needs {guard.code}"
            elif guard.line:
                message += f": the trace went another way on line {guard.line}"
            self.lines.append(Line(self.section, guard_code(condition, message)))
        for size in self.late:
            message = f"{name} is written for other sizes: clearprop.derive it again"
            self.lines.append(
                Line(self.section, guard_code(broken(size, self), message))
            )

    def _result(self, leaf: Leaf, gradient: Node | None) -> str:
        if gradient is None:
            return (
                "0.0"
                if leaf.node.weak
                else f"np.zeros_like({self.texts[leaf.node].code})"
            )
        text = self.text(gradient)
        if makes_new(gradient):
            return text.code
        # an argument, a view or a constant: hand out numbers of its own
        if not gradient.ndim:
            return text.code
        origin = gradient
        while not makes_new(origin) and origin.inputs and origin.op.name != "broadcast":
            origin = origin.inputs[0]
        if makes_new(origin) and origin.op.name != "broadcast":
            return text.code
        if text.code.startswith(("np.zeros", "np.ones", "np.full")):
            return text.code
        return f"{text.at(ex.ATOM)}.copy()"


def write(request: Request) -> Program:
    """The written function for one request."""
    return Writer(request).program()
