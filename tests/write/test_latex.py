"""LaTeX: no empty cell, well-formed for every program of the corpus, and the formulas
of the textbooks for a dense layer."""

import re

import numpy as np
import pytest
from corpus import CASES

import clearprop.ops
from clearprop.backward import derive
from clearprop.graph import OPS
from clearprop.write import latex, numpy, statements
from clearprop.write.latex import equations, to_latex
from clearprop.write.latex_rows import matrix, number
from clearprop.write.symbols import Symbols, symbol

assert clearprop.ops

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def test_no_cell_of_the_table_is_empty():
    assert set(latex.LATEX) | set(latex.NOT_SPELLED) == set(OPS)
    assert not set(latex.LATEX) & set(latex.NOT_SPELLED)


def test_no_cell_of_numpys_table_is_empty():
    spelled = set(numpy.NUMPY) | set(statements.STATEMENTS)
    assert spelled | set(statements.NOT_SPELLED) == set(OPS)
    assert not spelled & set(statements.NOT_SPELLED)


@pytest.mark.parametrize(
    "name, written",
    [
        ("x", "x"),
        ("W1", "W_1"),
        ("W_1", "W_1"),
        ("self.W1", "W_1"),
        ("params['b2']", "b_2"),
        ("w_ih", r"w_{\text{ih}}"),
        ("alpha", r"\alpha"),
        ("gamma1", r"\gamma_1"),
        ("δ", r"\delta"),
        ("learning_rate", r"\eta"),
        ("weights_input_hidden", r"W_{\text{input,hidden}}"),
        ("hidden_layer_output", r"\mathit{hidden\_layer\_output}"),
        ("x_hat", r"\hat{x}"),
        ("naïve", r"\text{naïve}"),
        ("W10", "W_{10}"),
    ],
)
def test_a_name_is_typeset_by_one_rule(name, written):
    assert symbol(name) == written


def test_different_names_never_share_a_symbol():
    symbols = Symbols()
    names = ["W1", "W_1", "x", "_x", "weights", "W", "x_hat", "xhat", "lr", "learnrate"]
    assert len({symbols[name] for name in names}) == len(names)


@pytest.mark.parametrize(
    "value, written",
    [
        (0.5, r"\tfrac{1}{2}"),
        (-2.0, "-2"),
        (1e-8, "10^{-8}"),
        (2.5e12, r"2.5 \cdot 10^{12}"),
        (3e-7, r"3 \cdot 10^{-7}"),
        (float("inf"), r"\infty"),
        (float("-inf"), r"-\infty"),
        (float("nan"), r"\text{nan}"),
        (np.float32(0.25), r"\tfrac{1}{4}"),
    ],
)
def test_a_number_is_typeset_as_it_is_printed(value, written):
    assert number(value).code == written


def test_a_vector_is_a_column():
    assert matrix(np.array([1.0, 2.0])) == r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"


# -- the textbook's formulas -----------------------------------------------------------


def network(x, target, W1, W2):
    h = 1 / (1 + np.exp(-x @ W1))
    y = 1 / (1 + np.exp(-h @ W2))
    return 0.5 * (target - y) ** 2


def right_sides(backward):
    made = equations(backward.program)
    return {e.left: e.right for e in [*made.forward, *made.backward, *made.by_index]}


def test_a_single_example_is_a_column_vector():
    rng = np.random.default_rng(0)
    args = rng.normal(size=3), 0.5, rng.normal(size=(3, 2)), rng.normal(size=2)
    found = right_sides(derive(network, *args, wrt=("W1", "W2")))
    assert found[r"z_{\text{hidden}}"] == r"W_1^{\top} x"
    assert found["h"] == r"\sigma\left(z_{\text{hidden}}\right)"
    assert found["L"] == r"\tfrac{1}{2}\, \left(\mathit{target} - y\right)^{2}"
    delta = r"\delta_{\text{output}} = \frac{\partial L}{\partial z_{\text{output}}}"
    assert found[delta].endswith(r"y\, \left(1 - y\right)")
    assert found[r"\frac{\partial L}{\partial W_2}"] == r"\delta_{\text{output}}\, h"


def test_the_index_form_of_a_layer():
    rng = np.random.default_rng(0)
    args = rng.normal(size=3), 0.5, rng.normal(size=(3, 2)), rng.normal(size=2)
    found = right_sides(derive(network, *args, wrt=("W1", "W2")))
    assert found[r"\delta_j"] == r"\Big(\sum_k w_{jk}\,\delta_k\Big)\, f'(h_j)"
    assert found["f'(h)"] == r"f(h)\,\bigl(1 - f(h)\bigr)"
    assert found[r"\Delta w_{ij}"].endswith(r"-\eta\,\delta_j\,x_i")


def batch(X, Y, W, b, V):
    H = np.tanh(X @ W.T + b)
    return np.mean((H @ V - Y) ** 2)


def test_a_batch_is_a_matrix_and_its_index_form_sums_over_examples():
    rng = np.random.default_rng(0)
    shapes = [(5, 3), (5, 2), (4, 3), (4,), (4, 2)]
    args = [rng.normal(size=s) for s in shapes]
    found = right_sides(derive(batch, *args, wrt=("W", "b", "V")))
    assert found[r"z_{\text{hidden}}"] == r"X W^{\top} + b"
    # V is stored as [unit, output]: ∂L/∂V = Hᵀ δ
    assert found[r"\frac{\partial L}{\partial V}"] == r"H^{\top} \delta_{\text{output}}"
    # W as [unit, input]: the transpose of the above
    assert found[r"\frac{\partial L}{\partial W}"] == (
        r"\delta_{\text{hidden}}^{\top} X"
    )
    assert found[r"\frac{\partial L}{\partial w_{ji}}"] == (
        r"\sum_n \delta_{nj}\,x_{ni}"
    )


def test_no_index_form_without_dense_layers():
    backward = derive(lambda x: np.sum(np.sin(x)), np.ones(3))
    assert equations(backward.program).by_index == []
    assert r"\Delta w" not in to_latex(backward.program)


# -- well-formed -----------------------------------------------------------------------

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|[^\\{}^_&\s]", re.DOTALL)


def faults(text):
    """What LaTeX would stop at: braces, \\left without \\right, x_1_2, a^b^c."""
    found, depth, lefts = [], 0, 0
    scripts = [""]  # the scripts that the last atom of each group has
    for token in _TOKEN.findall(text):
        if token in "^_":
            if token in scripts[-1]:
                found.append(f"double {token}")
            scripts[-1] += token + "?"
            continue
        if token == "{":
            depth += 1
            if not scripts[-1].endswith("?"):
                scripts[-1] = ""
            scripts.append("")
            continue
        if token == "}":
            depth -= 1
            scripts.pop()
            if not scripts:
                return [*found, "a brace too many"]
            scripts[-1] = scripts[-1].removesuffix("?")
            continue
        lefts += (token == r"\left") - (token == r"\right")
        if scripts[-1].endswith("?"):
            scripts[-1] = scripts[-1][:-1]
        elif token != "'":
            scripts[-1] = ""
    if depth:
        found.append("braces don't close")
    if lefts:
        found.append("\\left without \\right")
    return found


def test_the_check_finds_faults():
    assert faults("x_1_2") and faults("a^b^c") and faults("{x") and faults(r"\left(x")
    assert not faults(r"{x_1}_2 + x_{a_b}^{\top} + f'(h)")


@every_case
def test_every_program_is_well_formed(case):
    forward, args = case.at(case.sizes)
    made = equations(derive(forward, *args, wrt=case.names).program)
    rows = [*made.forward, *made.backward, *made.by_index]
    assert rows
    for row in rows:
        assert not faults(row.left), row.left
        assert not faults(row.right), row.right
        assert row.right.strip()


def test_a_document_has_one_environment_for_each_part():
    rng = np.random.default_rng(0)
    args = rng.normal(size=3), 0.5, rng.normal(size=(3, 2)), rng.normal(size=2)
    text = derive(network, *args, wrt=("W1", "W2")).explain().to_latex()
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == 3
    assert "np." not in text
