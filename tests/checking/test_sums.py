"""What a sum is made of is found in one walk, though its parts are shared."""

from types import SimpleNamespace

from clearprop.checking.anchors import Anchor, Anchors
from clearprop.checking.rules import _adds
from clearprop.checking.summed import wholes
from clearprop.checking.terms import added, moved_from
from clearprop.graph import Graph
from clearprop.trace.result import Binding


def recurrence(graph, start, turns):
    """``p = a * p + p``, again and again: each turn doubles the ways to its start."""
    a = graph.input("a", 0.9)
    for _ in range(turns):
        start = a * start + start
    return start


def test_a_long_recurrence_is_walked_once():
    graph = Graph()
    other = graph.input("w", 1.0)
    top = recurrence(graph, graph.input("p", 2.0), 60)
    scene, update = SimpleNamespace(below=frozenset()), SimpleNamespace(before=other)
    assert not _adds(scene, top, update, None)
    assert _adds(scene, top + other, update, None)


def test_what_is_added_is_told_from_what_multiplies():
    graph = Graph()
    w, v, x = (graph.input(name, 1.0) for name in "wvx")
    assert {w, v} <= added(w + v) and x not in added(w + v)
    end = x + v
    assert v not in added(w + end, {end})


def test_a_chain_is_asked_about_data_once():
    graph = Graph()
    weight = graph.input("x", 6.0)
    asked = []

    def inputs_of(node):
        asked.append(node)
        return frozenset([weight])

    reading = SimpleNamespace(
        inputs_of=inputs_of,
        reached=inputs_of,
        versions={},
        observed=SimpleNamespace(made=[]),
        graph=graph,
    )
    anchors = Anchors(reading)
    top = weight
    for k in range(300):
        top = top - (0.5 + k) * weight
        assert not anchors._adds_data(top, {weight})
    assert len(asked) < 3 * len(graph.nodes)


def test_a_state_that_goes_on_from_all_before_is_walked_once():
    graph = Graph()
    a = b = graph.input("theta", 1.0)
    rate = graph.input("rate", 0.1)
    for _ in range(60):
        a, b = a + b, b - a
    loss = rate * rate
    anchor = Anchor(None, loss)
    log = [Binding(1, 1, "theta", 0, a), Binding(2, 2, "total", 0, loss + rate * b)]
    found = wholes([anchor], log, lambda n: True, lambda b, n, of: Anchor(b, n))
    assert [anchor.node for anchor in found.values()] == [log[1].node]
    assert moved_from(a, lambda n: n is rate) is None
