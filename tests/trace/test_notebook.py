"""Notebooks: cells joined, magics and shell lines passed over, lines told by cell."""

import json

import numpy as np
import pytest

from clearprop.errors import ClearpropError, SourceError
from clearprop.graph import evaluate
from clearprop.trace.script import trace_script
from clearprop.trace.source import read

CELLS = [
    ("markdown", "# A perceptron"),
    ("code", "%matplotlib inline\nimport numpy as np\nfrom pylab import *\n!ls"),
    ("code", "%%time\nx = np.array([2.0, 4.0, 5.0])\nfiles = !ls\nnp.exp?"),
    ("code", "%%bash\nrm -rf nothing"),
    ("code", ""),
    (
        "code",
        "w = np.array([0.1, 0.2, 0.3])\nif w[0]:\n    %time\n    b = 0.5\ndisplay(w)",
    ),
    ("code", "text = '''\n%not a magic\n'''\nloss = sigmoid(np.dot(w, x) + b)\nloss"),
]
SIGMOID = "def sigmoid(z):\n    return 1/(1+exp(-z))"


def notebook(tmp_path, cells, name="lesson.ipynb"):
    book = {
        "nbformat": 4,
        "cells": [
            {"cell_type": kind, "source": text.splitlines(keepends=True)}
            for kind, text in cells
        ],
    }
    file = tmp_path / name
    file.write_text(json.dumps(book))
    return str(file)


def test_a_notebook_is_a_program(tmp_path):
    cells = [*CELLS[:2], ("code", SIGMOID), *CELLS[2:]]
    trace = trace_script(notebook(tmp_path, cells))
    assert [leaf.label for leaf in trace.leaves] == ["x", "w", "b"]
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    expected = 1 / (1 + np.exp(-(0.2 + 0.8 + 1.5 + 0.5)))
    np.testing.assert_allclose(evaluate([trace.loss], values)[0], expected)
    assert trace.name == "lesson"


def test_old_notebooks(tmp_path):
    file = tmp_path / "old.ipynb"
    cells = [
        {"cell_type": "code", "input": ["import numpy as np\n", "x = np.ones(3)"]},
        {"cell_type": "code", "input": "loss = np.sum(x ** 2)"},
    ]
    file.write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    trace = trace_script(str(file))
    assert [leaf.label for leaf in trace.leaves] == ["x"]


def test_lines_are_told_by_cell(tmp_path):
    with pytest.raises(ClearpropError) as refused:
        trace_script(notebook(tmp_path, CELLS))
    assert str(refused.value) == (
        "lesson.ipynb, cell 7, line 4, loss = sigmoid(np.dot(w, x) + b): Python raised "
        "NameError: name 'sigmoid' is not defined"
    )


def test_a_syntax_error_is_told_by_cell(tmp_path):
    cells = [("code", "x = 1"), ("markdown", "text"), ("code", "y = 2\nz = (3")]
    with pytest.raises(SourceError, match=r"lesson\.ipynb, cell 3, line 2, z = \(3"):
        trace_script(notebook(tmp_path, cells))


def test_line_numbers_stay_where_they_are(tmp_path):
    source = read(notebook(tmp_path, CELLS))
    assert source.lines[1] == "pass"
    assert source.named(5) == "cell 3, line 1"
    assert source.text.count("\n") == sum(
        len(text.split("\n")) for kind, text in CELLS if kind == "code" and text
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no notebook", "it isn't JSON"),
        ("[]", "it has no cells"),
        ('{"cells": []}', "no code cells"),
        ('{"cells": [{"cell_type": "markdown", "source": "x"}]}', "no code cells"),
    ],
)
def test_what_is_no_notebook(tmp_path, text, said):
    file = tmp_path / "lesson.ipynb"
    file.write_text(text)
    with pytest.raises(SourceError, match=said):
        trace_script(str(file))
