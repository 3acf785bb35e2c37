"""The forward and backward pass as equations, in matrix form and by index.

``to_latex`` takes a written program and gives an ``align*`` environment for each of:
the forward pass, the backward pass (δ for the error term of a layer, ∂L/∂W for a
gradient) and, where there are dense layers, what one unit and one weight receive.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clearprop.graph import Node
from clearprop.write.guards import letters
from clearprop.write.latex_rows import Sizes
from clearprop.write.latex_table import LATEX, NOT_SPELLED, sizes, spell
from clearprop.write.layers import Layer
from clearprop.write.program import Program, Request
from clearprop.write.reading import Reading, read
from clearprop.write.symbols import Symbols, escaped
from clearprop.write.writer import write

# f'(h), written from the activation where that is shorter.
DERIVATIVES = {
    "sigmoid": r"f'(h) = f(h)\,\bigl(1 - f(h)\bigr)",
    "tanh": r"f'(h) = 1 - f(h)^2",
    "relu": r"f'(h) = \left[h > 0\right]",
    "softplus": r"f'(h) = \sigma(h)",
    "sin": r"f'(h) = \cos(h)",
    "arctan": r"f'(h) = \frac{1}{1 + h^2}",
}


@dataclass(frozen=True, slots=True)
class Equation:
    """``left = right``, and the variable of the program that it computes."""

    left: str
    right: str
    variable: str = ""

    @property
    def text(self) -> str:
        """One row of an ``align`` environment."""
        return f"{self.left} &= {self.right}"


@dataclass(slots=True)
class Equations:
    """A program as equations."""

    forward: list[Equation] = field(default_factory=list)
    backward: list[Equation] = field(default_factory=list)
    by_index: list[Equation] = field(default_factory=list)
    of_variable: dict[str, Equation] = field(default_factory=dict)


class _Speller:
    """The symbols of one program."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        program = reading.program
        self.sizes: Sizes = sizes(letters(program.request))
        self.words = Symbols()
        self.symbols: dict[Node, str] = {}
        self.z_symbols: dict[Node, str] = {}
        for node in reading.leaves:
            self.symbols[node] = self.words[reading.names[node]]
        last = {
            line.target: line.node for line in program.lines if line.node is not None
        }
        final = {reading.now[n] for n in last.values()}
        targets = set(last)
        for node, name in program.names.items():
            now = reading.now.get(node, node)
            if now in final and name in targets and name not in reading.gradient_of:
                self.symbols.setdefault(now, self.words[name])
        forward = set(reading.forward)
        for node, name in reading.names.items():
            if node in forward and node.op.name != "const":
                self.symbols.setdefault(node, self.words[name])
        for i, layer in enumerate(reading.layers):
            if layer.z is not layer.y and layer.z not in self.symbols:
                below = layer.short or str(i + 1)
                self.symbols[layer.z] = rf"z_{{\text{{{escaped(below)}}}}}"
        self.gradients = self._gradient_symbols(last)

    def _gradient_symbols(self, last: dict[str, Node]) -> dict[str, str]:
        """What each gradient variable is called."""
        made: dict[str, str] = {}
        taken: set[str] = set()
        for variable, of in self.reading.gradient_of.items():
            symbol = self.gradient_symbol(of) or self.words[variable]
            if symbol in taken:
                symbol = self.words[variable]
            taken.add(symbol)
            made[variable] = symbol
            node = last.get(variable)
            if node is not None:
                self.symbols.setdefault(self.reading.now[node], symbol)
        return made

    def gradient_symbol(self, of: Node) -> str | None:
        """δ for an error term, ∂L/∂x for another gradient of a value with a symbol."""
        layer = layer_at(self.reading, of)
        if layer is not None:
            return delta(layer, self.reading)
        if of in self.symbols:
            return rf"\frac{{\partial L}}{{\partial {self.symbols[of]}}}"
        return None

    def write(self, node: Node) -> str:
        """A value, written out."""
        return spell(node, self.symbols, self.sizes).code


def layer_at(reading: Reading, of: Node) -> Layer | None:
    """The layer whose error term is the gradient of this value."""
    for layer in reading.layers:
        if of is layer.z or (of is layer.product and of not in reading.leaves):
            return layer
    return None


def delta(layer: Layer, reading: Reading) -> str:
    """The symbol of a layer's error term."""
    short = layer.short or str(reading.layers.index(layer) + 1)
    if short.isdigit():
        return rf"\delta_{{{short}}}"
    return rf"\delta_{{\text{{{escaped(short)}}}}}"


def equations(program: Program, reading: Reading | None = None) -> Equations:
    """A written program as equations."""
    reading = reading or read(program)
    speller = _Speller(reading)
    made = Equations()
    _forward(made, speller)
    _backward(made, speller)
    made.by_index = by_index(reading)
    return made


def _forward(made: Equations, speller: _Speller) -> None:
    reading, symbols = speller.reading, speller.symbols
    names = reading.program.names.items()
    variables = {reading.now.get(n, n): v for n, v in names}
    inside = {la.product for la in reading.layers if la.product is not la.z}
    for node in _defined(speller):
        if node in reading.leaves or node not in symbols or node is reading.loss:
            continue
        if node in inside and node not in variables:
            continue
        variable = variables.get(node, "")
        made.forward.append(Equation(symbols[node], speller.write(node), variable))
        made.of_variable[variable] = made.forward[-1]
    loss = Equation("L", speller.write(reading.loss), "")
    named = symbols.get(reading.loss)
    if named is not None and reading.loss not in reading.leaves:
        loss = Equation(f"L = {named}" if named != "L" else "L", loss.right, "")
    made.forward.append(loss)


def _defined(speller: _Speller) -> list[Node]:
    """The values below the loss, and those that only the backward pass reads."""
    reading = speller.reading
    found = set(reading.forward)
    gradients = set(speller.gradients.values())
    lines = [li for li in reading.program.lines if li.section == "backward"]
    stack = [reading.now[li.node] for li in lines if li.node is not None]
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if node in seen or node in found:
            continue
        seen.add(node)
        stack.extend(node.inputs)
    backward = {reading.now[li.node] for li in lines if li.node is not None}
    more = {
        n for n in seen - backward
        if n in speller.symbols and speller.symbols[n] not in gradients
    }  # fmt: skip
    return sorted(found | more, key=lambda n: n.index)


def _backward(made: Equations, speller: _Speller) -> None:
    reading = speller.reading
    last = {li.target: li for li in reading.program.lines if li.section == "backward"}
    for variable, line in last.items():
        if line.node is None:
            continue
        node = reading.now[line.node]
        symbol = speller.gradients.get(variable) or speller.words[variable]
        if speller.symbols.get(node) not in (None, symbol):
            right = speller.symbols[node]  # the same value has a name already
        else:
            right = speller.write(node)
        left = symbol
        of = reading.gradient_of.get(variable)
        layer = None if of is None else layer_at(reading, of)
        if layer is not None:
            known = speller.symbols.get(layer.z)
            if known is not None:
                left += rf" = \frac{{\partial L}}{{\partial {known}}}"
        made.backward.append(Equation(left, right, variable))
        made.of_variable[variable] = made.backward[-1]


def by_index(reading: Reading) -> list[Equation]:
    """What one unit and one weight receive, if the program has dense layers.

    Hertz, Krogh & Palmer (1991), section 6.1, with δ = ∂L/∂h.
    """
    layers = reading.layers
    if not any(la.function in DERIVATIVES for la in layers):
        return []
    # a batch: n counts the examples
    n = "n" if any(la.z.ndim > 1 for la in layers) else ""
    weight = "w_{ji}" if layers[0].turned else "w_{ij}"
    onward = "w_{kj}" if layers[-1].turned else "w_{jk}"
    unit, after = _index(r"\delta", n, "j"), _index(r"\delta", n, "k")
    slope = f"f'({_index('h', n, 'j')})"
    if reading.chain and len(layers) > 1:
        made = [Equation(unit, rf"\Big(\sum_k {onward}\,{after}\Big)\, {slope}")]
    else:
        incoming = rf"\frac{{\partial L}}{{\partial {_index('y', n, 'j')}}}"
        made = [Equation(unit, rf"{incoming}\, {slope}")]
    functions = [f for f in DERIVATIVES if any(la.function == f for la in layers)]
    for function in functions:
        left, right = DERIVATIVES[function].split(" = ", 1)
        which = rf" \qquad (f = \text{{{function}}})" if len(functions) > 1 else ""
        made.append(Equation(left, right + which))
    total = r"\sum_n " if n else ""
    product = rf"{total}{unit}\,{_index('x', n, 'i')}"
    partial = rf"\frac{{\partial L}}{{\partial {weight}}}"
    made.append(Equation(partial, product))
    made.append(Equation(rf"\Delta {weight}", rf"-\eta\,{partial} = -\eta\,{product}"))
    return made


def _index(letter: str, *indices: str) -> str:
    below = "".join(indices)
    return f"{letter}_{{{below}}}" if len(below) > 1 else f"{letter}_{below}"


def align(rows: list[Equation]) -> str:
    """Equations as an ``align*`` environment."""
    body = " \\\\\n".join(f"  {row.text}" for row in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def to_latex(what: Program | Request) -> str:
    """The forward and backward equations of a program, for a LaTeX document.

    Needs ``amsmath``; KaTeX and MathJax take each environment as it is.
    """
    program = what if isinstance(what, Program) else write(what)
    made = equations(program)
    parts = [f"% {program.request.forward_name}: forward pass", align(made.forward)]
    if made.backward:
        parts += ["% backward pass", align(made.backward)]
    if made.by_index:
        parts += ["% unit j reads inputs x_i; h_j is its pre-activation"]
        parts += ["% where δ is defined from target − output, Δw_ij = η δ_j x_i"]
        parts += [align(made.by_index)]
    return "\n".join(parts) + "\n"


__all__ = [
    "LATEX", "NOT_SPELLED", "Equation", "Equations", "delta", "equations", "layer_at",
    "to_latex",
]  # fmt: skip
