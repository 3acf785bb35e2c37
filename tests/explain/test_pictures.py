"""The pictures: valid XML, no text over another text, and no more boxes than a page."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import numpy as np
import pytest
from corpus import CASES
from hypothesis import given
from hypothesis import strategies as st

from clearprop.backward import derive
from clearprop.errors import ClearpropError
from clearprop.explain import explain
from clearprop.explain.numbers import short
from clearprop.explain.picture.layout import layered
from clearprop.explain.picture.svg import Drawing, cut

from .networks import (
    explained,
    explanation_of,
    the_3_2_1,
    the_4_8_3,
    two_one_one,
)

SVG = "{http://www.w3.org/2000/svg}"
# One in three, from all themes: drawing one takes longer than deriving it.
some_cases = pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case.id)


def the_2_1_1():
    args = np.array([0.1, 0.3]), 0.25, np.array([0.4, -0.2]), 0.1
    return explained(two_one_one, *args, wrt=("w1", "w2"), rate=0.5)


def wide(units):
    def net(X, Y, W1, b1, W2):
        return np.sum((np.maximum(0, X @ W1 + b1) @ W2 - Y) ** 2)

    rng = np.random.default_rng(0)
    shapes = [(2, 3), (2, units), (3, units), units, (units, units)]
    return explained(net, *(rng.normal(size=s) for s in shapes), wrt=("W1", "b1", "W2"))


def picture(text):
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (left, top) == (0, 0) and width > 0 and height > 0
    return root, width, height


def boxes_of_text(root):
    """(left, top, right, bottom, text) of every text, as wide as it may be drawn."""
    found = []
    for node in root.iter(f"{SVG}text"):
        style = node.get("class") or ""
        size = 11 if "number" in style else 10.5 if "small" in style else 12
        size = 13 if "title" in style else size
        width = len(node.text) * size * 0.6
        x, y = float(node.get("x")), float(node.get("y"))
        shift = {"start": 0, "middle": width / 2, "end": width}[node.get("text-anchor")]
        found.append((x - shift, y - 0.75 * size, x - shift + width, y + 2, node.text))
    return found


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


SEEN = {
    "3-2-1": the_3_2_1,
    "2-1-1": the_2_1_1,
    "4-8-3": the_4_8_3,
    "1000 units": lambda: wide(1000),
}


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("kind", ["network_svg", "graph_svg"])
def test_no_text_lies_over_another_or_outside(name, kind):
    root, width, height = picture(getattr(SEEN[name](), kind)())
    texts = boxes_of_text(root)
    assert texts
    for left, top, right, bottom, text in texts:
        assert left >= 0 and right <= width and top >= 0 and bottom <= height, text
    for a, b in combinations(texts, 2):
        assert not overlap(a, b), (a[4], b[4])


@pytest.mark.parametrize("name, units, edges", [("3-2-1", 6, 8), ("4-8-3", 15, 56)])
def test_a_circle_for_each_unit_and_a_line_for_each_weight(name, units, edges):
    root, _, _ = picture(SEEN[name]().network_svg())
    assert len(list(root.iter(f"{SVG}circle"))) == units
    lines = [p for p in root.iter(f"{SVG}path") if p.find(f"{SVG}title") is not None]
    assert len(lines) == edges


def test_the_weights_and_their_steps_stand_on_the_3_2_1_network():
    root, _, _ = picture(the_3_2_1().network_svg())
    shown = {node.text for node in root.iter(f"{SVG}text")}
    assert {"0.5", "−0.6", "0.7", "−0.3"} <= shown  # weights
    assert {"+1.77e−4", "−5.11e−4", "+0.00804", "+0.00556"} <= shown  # weight steps
    assert {"0.5597", "0.387", "0.485", "δ −0.029", "δ −7.1e−4"} <= shown
    assert any("learnrate = 0.5" in text for text in shown)


def test_a_large_layer_is_drawn_in_part():
    root, _, height = picture(wide(1000).network_svg())
    assert len(list(root.iter(f"{SVG}circle"))) == 3 + 7 + 7
    assert sum(node.text == "⋮" for node in root.iter(f"{SVG}text")) == 2
    assert height < 2500


def test_colour_tells_the_sign_and_thickness_the_size():
    root, _, _ = picture(the_3_2_1().network_svg())
    lines = [p for p in root.iter(f"{SVG}path") if p.find(f"{SVG}title") is not None]
    by_weight = {}
    for line in lines:
        weight = float(re.search(r"w = (\S+),", line.find(f"{SVG}title").text)[1])
        by_weight[weight] = line.get("class"), float(line.get("stroke-width"))
    assert by_weight[-0.6][0] == "cp-minus-line" and by_weight[0.5][0] == "cp-plus-line"
    ordered = sorted(by_weight, key=abs)
    widths = [by_weight[w][1] for w in ordered]
    assert widths == sorted(widths) and widths[0] < widths[-1]


def test_a_program_that_is_no_dense_network_has_no_such_picture():
    explanation = explained(lambda x: np.sum(np.sin(x)), np.ones(3))
    with pytest.raises(ClearpropError, match=r"graph_svg\(\) draws any program"):
        explanation.network_svg()
    picture(explanation.graph_svg())


@some_cases
def test_every_program_can_be_drawn(case):
    explanation = explanation_of(case)
    root, width, _ = picture(explanation.graph_svg())
    boxes = [r for r in root.iter(f"{SVG}rect") if "cp-box" in r.get("class")]
    assert 1 <= len(boxes) <= 60
    for box in boxes:
        assert float(box.get("x")) >= 0
        assert float(box.get("x")) + float(box.get("width")) <= width
    for a, b in combinations(boxes, 2):
        assert not overlap(rectangle(a), rectangle(b))


def rectangle(box):
    x, y, w, h = (float(box.get(k)) for k in ("x", "y", "width", "height"))
    return x, y, x + w, y + h


def test_a_long_program_keeps_what_the_user_named():
    def steps(x, w):
        first = np.tanh(x * w)
        for _ in range(100):
            x = np.sin(x * w) + 0.5
        last = x + first
        return np.sum(last**2)

    root, _, _ = picture(explained(steps, np.ones(3), np.full(3, 0.5)).graph_svg())
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert "w" in texts and "last" in texts
    assert any("not drawn" in text for text in texts)
    boxes = [r for r in root.iter(f"{SVG}rect") if "cp-box" in r.get("class")]
    assert len(boxes) <= 60


@pytest.mark.parametrize("kind", ["network_svg", "graph_svg"])
def test_nan_and_infinity_can_be_drawn(kind):
    from .networks import W_HO, W_IH, WEIGHTS, X, network

    backward = derive(network, X, 0.6, W_IH, W_HO, wrt=WEIGHTS)
    node = {leaf.label: leaf.node for leaf in backward.trace.leaves}
    bad = W_IH.copy()
    bad[0] = np.nan, np.inf
    picture(getattr(explain(backward, {node["weights_input_hidden"]: bad}), kind)())


def test_what_xml_cannot_hold_is_left_out():
    drawing = Drawing("a < b & c \x00")
    drawing.text(0, 0, "x['<&\x1b\"]", "number")
    root = ET.fromstring(drawing.svg(10, 10))
    assert root.find(f"{SVG}text").text == "x['<&?\"]"


# -- the layout ------------------------------------------------------------------------


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 25))
    sources = {
        i: draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)) if i else []
        for i in range(count)
    }
    heights = {i: draw(st.floats(5, 80)) for i in range(count)}
    return sources, heights


@given(graphs())
def test_boxes_never_overlap_and_every_line_goes_right(graph):
    sources, heights = graph
    layout = layered(list(sources), sources, heights, 10)
    column = {item: i for i, items in enumerate(layout.columns) for item in items}
    for item, found in sources.items():
        for source in found:
            assert column[source] < column[item]
            way = layout.ways[source, item]
            assert [column[w] for w in way] == list(
                range(column[source], column[item] + 1)
            )
    for items in layout.columns:
        for a, b in pairwise(items):
            reach = (heights.get(a, 0) + heights.get(b, 0)) / 2
            assert layout.y[b] - layout.y[a] >= reach + 10 - 1e-6


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_short_number_is_short(value):
    assert 1 <= len(short(value)) <= 10


@pytest.mark.parametrize(
    "value, text",
    [
        (0.0, "0"), (1.0, "1"), (-0.5, "−0.5"), (1234.5, "1234"), (1e-9, "1e−9"),
        (0.00012345, "1.23e−4"), (float("nan"), "nan"), (float("-inf"), "−inf"),
    ],
)  # fmt: skip
def test_a_short_number(value, text):
    assert short(value) == text


@given(st.text(min_size=1, max_size=60), st.floats(10, 200))
def test_a_text_that_is_cut_says_so(text, width):
    made = cut(text, width)
    assert made == text or (made.endswith("…") and text.startswith(made[:-1]))
