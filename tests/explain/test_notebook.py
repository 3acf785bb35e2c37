"""Notebooks: every form at once, everything escaped, edge cases of size."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from .networks import explained, the_3_2_1, the_4_8_3


def test_the_mime_bundle():
    explanation = the_3_2_1()
    bundle = explanation._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/markdown", "text/html"]
    assert bundle["text/plain"] == explanation.to_text()
    assert "\x1b" not in bundle["text/plain"]
    assert list(explanation._repr_mimebundle_(include=["text/html"])) == ["text/html"]
    assert "text/html" not in explanation._repr_mimebundle_(exclude=["text/html"])


def test_both_pictures_are_in_the_page():
    html = the_4_8_3().to_html()
    pictures = re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    assert len(pictures) == 2
    for one in pictures:
        ET.fromstring(one)
    assert "<script" not in html and "http" not in html.replace("http://www.w3.org", "")


def test_a_page_is_well_formed():
    html = the_3_2_1().to_html()
    ET.fromstring(html)  # every tag is closed, every & and < is escaped


NAME = "<b>&\"'</b>"


def parameters(params):
    return np.sum(np.tanh(params["<b>&\"'</b>"] @ params["|`*_$"]))


def test_the_users_text_is_escaped():
    rng = np.random.default_rng(0)
    params = {NAME: rng.normal(size=(2, 3)), "|`*_$": rng.normal(size=3)}
    explanation = explained(parameters, params)
    html = explanation.to_html()
    assert "<b>" not in html and "&lt;b&gt;&amp;" in html
    ET.fromstring(html)
    ET.fromstring(explanation.graph_svg())
    rows = [r for r in explanation.to_markdown().splitlines() if r.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (3, 5) for row in rows)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3), (3, 0), (1, 1), (1000,)])
def test_arrays_of_every_size(shape):
    def loss(x, w):
        h = np.tanh(x * w)
        return np.sum(h**2)

    explanation = explained(loss, np.full(shape, 0.5), np.full(shape, 2.0))
    assert explanation.to_text()
    ET.fromstring(explanation.to_html())
    assert explanation.to_markdown() and explanation.to_latex()


def test_a_layer_of_a_thousand_units():
    def net(x, W, V):
        return np.sum(np.tanh(np.tanh(x @ W) @ V))

    rng = np.random.default_rng(0)
    args = [rng.normal(size=s) for s in [(2, 50), (50, 1000), (1000, 4)]]
    explanation = explained(net, *args, wrt=("W", "V"), rate=0.1)
    step = next(s for s in explanation.steps if s.target == "dW")
    assert step.value.values is None and step.value.summary["norm"] > 0
    assert len(explanation.to_text()) < 10_000
    ET.fromstring(explanation.to_html())


def test_a_single_number():
    explanation = explained(lambda w: w**3, 2.0)
    step = explanation.steps[-1]
    assert step.value.values == pytest.approx(12)
    ET.fromstring(explanation.to_html())


def test_repr_is_short():
    explanation = the_3_2_1()
    assert (
        repr(explanation) == f"<explanation of network: {len(explanation.steps)} steps>"
    )
