"""What the caller of ``mends`` may rely on, and the words that people read."""

import ast
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from checking.mend_scopes import (
    bad_dsigmoid,
    chain,
    columns,
    copied,
    layer,
    lists,
    mended,
    need,
    rows,
    sigmoid,
    sigmoid_prime,
    vector,
)

from clearprop.checking.mend import mends
from clearprop.checking.mend.evaluate import evaluate
from clearprop.checking.mend.spelling import distance, smallest_change, spell
from clearprop.checking.mistakes import MISTAKES
from clearprop.checking.need import Need, Role, Run

WORDS = [
    (
        vector,
        "hidden_delta = np.dot(output_delta, w_ho) * hidden",
        "hidden_delta = np.dot(output_delta, w_ho) * hidden * (1 - hidden)",
        "the slope of the sigmoid at hidden is hidden * "
        "(1 - hidden): the factor (1 - hidden) is missing",
    ),
    (
        rows,
        "dz1 = dhidden * (1 + a1**2)",
        "dz1 = dhidden * (1 - a1**2)",
        "tanh's slope at a1 is 1 - a1**2, not 1 + a1**2",
    ),
    (
        rows,
        "dhidden = dscores @ W2.T",
        "dhidden = dscores @ W2__before.T",
        "W2 is read after this step has moved it: the gradient belongs to the weights "
        "of the forward pass, W2__before",
    ),
    (
        rows,
        "db1 = dz1.sum(axis=1)",
        "db1 = dz1.sum(axis=0)",
        "dz1 is added up along axis 1, and the gradient is its sum along axis 0",
    ),
    (
        layer,
        "db = dout.sum(axis=0)",
        "db += dout.sum(axis=0)",
        "db already holds a contribution, and = throws it away: += adds",
    ),
    (
        rows,
        "dscores = (probs - onehot) * probs * (1 - probs) / N",
        "dscores = (probs - onehot) / N",
        "probs is a softmax, whose outputs all depend on each input: the slope is in "
        "the difference already, and probs * (1 - probs) is one too many",
    ),
    (
        columns,
        "dW2 = np.dot(dZ2, A1.T)",
        "dW2 = np.dot(dZ2, A1.T) / m",
        "the constant factor 1 / m is missing",
    ),
    (
        rows,
        "W1 += lr * (X.T @ dz1)",
        "W1 -= lr * (X.T @ dz1)",
        "W1 moves uphill: lr * (X.T @ dz1) has the opposite sign",
    ),
]


@pytest.mark.parametrize(("scope_of", "wrote", "right", "why"), WORDS)
def test_the_sentence(scope_of, wrote, right, why):
    assert mended(need(scope_of, wrote, right)).why == why


def test_the_part_that_changed():
    edit = mended(need(rows, "db1 = dhidden.sum(axis=0)", "db1 = dz1.sum(axis=0)"))
    assert (edit.old, edit.new) == ("dhidden", "dz1")
    assert edit.statement == "db1 = dz1.sum(axis=0)"
    assert edit.cost < 1.5


def test_two_edits_cost_more_than_one():
    edit = mended(need(columns, "dW2 = -dZ2 @ A1.T", "dW2 = dZ2 @ A1.T / m"))
    assert 2 <= edit.cost < 3
    assert "; and " in edit.why


def test_every_mend_was_tried_and_they_come_best_first():
    request = need(rows, "dz1 = dhidden", "dz1 = dhidden * (1 - a1**2)")
    found = mends(request)
    assert 1 < len(found) <= 5
    assert [e.cost for e in found] == sorted(e.cost for e in found)
    assert all(e.mistake in MISTAKES for e in found)
    assert found == mends(request)  # the same answer each time


def test_nothing_is_returned_where_nothing_fits():
    request = need(rows, "dz1 = dhidden", "dz1 = np.sin(dhidden) + np.cos(X @ W1)")
    assert mends(request, 0.3) == []


def test_the_clock_is_kept():
    request = need(rows, "dz1 = dhidden", "dz1 = np.sin(dhidden) + np.cos(X @ W1)")
    began = time.thread_time()  # a busy machine doesn't shorten the search
    mends(request, 0.2)
    assert time.thread_time() - began < 1.5  # generous: one proposal may be slow


def test_the_scope_stays_as_it_was():
    request = need(layer, "dh[out < 0] = 0", "dh[out <= 0] = 0", "dh")
    scope = request.runs[0][0].scope
    arrays = {k: v for k, v in scope.items() if isinstance(v, np.ndarray)}
    before = copied(arrays)
    assert mends(request)
    for key, value in arrays.items():
        np.testing.assert_array_equal(value, before[key])


def test_an_edit_has_to_hold_at_every_execution():
    # zs[1] would do in the layer that the loop visits first, and not in the next.
    def at(layer_number):
        def scope_of(rng):
            made = lists(rng)
            made["l"] = layer_number
            made["delta"] = rng.normal(size=made["zs"][-layer_number + 1].shape)
            del made["sp"]
            return made

        return scope_of

    wrote = "delta = np.dot(self.weights[-l + 1].T, delta)"
    right = wrote + " * sigmoid_prime(zs[-l])"
    first, second = need(at(2), wrote, right), need(at(3), wrote, right)
    (edit, *_) = mends(Need(first.statement, "delta", [*first.runs, *second.runs]))
    assert edit.statement == ast.unparse(ast.parse(right))
    assert edit.mistake == "missing-derivative"


def test_the_first_execution_may_be_right():
    # dW starts at zero: only the second time does = differ from +=.
    statement = ast.parse("dW = x * d").body[0]
    runs = []
    for already in (0.0, 2.5):
        scope = {"dW": np.full(3, already), "x": np.arange(1.0, 4.0), "d": 0.3}
        step = scope["x"] * scope["d"]
        runs.append([Run(scope, scope["dW"] + step, step)])
    (edit, *_) = mends(Need(statement, "dW", runs))
    assert (edit.statement, edit.mistake) == ("dW += x * d", "overwritten-accumulator")


def test_a_call_that_is_wrong_inside_names_the_helper():
    def scope_of(rng):
        z = rng.normal(size=3)
        scope = dict(np=np, z=z, a=sigmoid(z), error=rng.normal(size=3))
        return {**scope, "bad_dsigmoid": bad_dsigmoid}

    edit = mended(
        need(scope_of, "delta = error * bad_dsigmoid(a)", "delta = error * a * (1 - a)")
    )
    assert (edit.mistake, edit.inside) == ("wrong-derivative", "bad_dsigmoid")


def test_a_helper_called_with_what_it_was_not_made_for_is_named_too():
    def scope_of(rng):
        a = rng.uniform(0.1, 0.9, size=3)  # its pre-activation has no name
        scope = dict(np=np, a=a, error=rng.normal(size=3))
        return {**scope, "sigmoid_prime": sigmoid_prime}

    edit = mended(
        need(scope_of, "d = error * sigmoid_prime(a)", "d = error * a * (1 - a)")
    )
    assert (edit.mistake, edit.inside) == ("derivative-at-wrong-point", "sigmoid_prime")


def test_a_step_back_that_is_wrong_inside_names_the_helper():
    def relu_back(dA, z):
        return dA * (z < 0)

    def scope_of(rng):
        return dict(
            np=np,
            z=rng.normal(size=9),
            dA=rng.normal(size=9),
            relu_back=relu_back,
        )

    edit = mended(need(scope_of, "dZ = relu_back(dA, z)", "dZ = dA * (z > 0)"))
    assert (edit.mistake, edit.inside) == ("wrong-derivative", "relu_back")


def test_what_the_trace_knows_comes_first():
    # One column of a softmax can't be told from a sigmoid by its numbers.
    def scope_of(rng):
        p = rng.uniform(0.1, 0.9, size=(4, 1))
        return dict(np=np, p=p, t=rng.uniform(size=(4, 1)))

    roles = {"p": Role("activation", "z", "softmax")}
    wrote, right = "dz = (p - t) * p * (1 - p)", "dz = p - t"
    assert mended(need(scope_of, wrote, right)).mistake == "wrong-derivative"
    told = need(scope_of, wrote, right, roles=roles)
    assert mended(told).mistake == "softmax-jacobian"


def test_a_copy_of_the_old_weight_mends_an_updated_one():
    def scope_of(rng):
        made = rows(rng)
        made["W2_old"] = made.pop("W2__before")
        return made

    roles = {"W2": Role("updated-weight"), "W2_old": Role("weight")}
    edit = mended(
        need(
            scope_of,
            "dhidden = dscores @ W2.T",
            "dhidden = dscores @ W2_old.T",
            roles=roles,
        )
    )
    assert edit.mistake == "updated-weight"


@pytest.mark.parametrize("place", ["self.W2", "params['W2']"])
def test_the_old_weight_of_a_place_that_is_no_name(place):
    rng = np.random.default_rng(0)
    runs = []
    for _ in range(3):
        delta, moved, old = (rng.normal(size=(3, 3)) for _ in range(3))
        scope = dict(delta=delta, self=SimpleNamespace(W2=moved), params={"W2": moved})
        scope[f"{place}__before"] = old
        runs.append(Run(scope, delta @ old.T, delta @ moved.T))
    statement = ast.parse(f"dh = delta @ {place}.T").body[0]
    (edit, *_) = mends(Need(statement, "dh", [runs]))
    assert edit.mistake == "updated-weight"
    assert edit.statement == f"dh = delta @ {place}__before.T"


def test_a_statement_that_raised_is_mended_too():
    edit = mended(need(rows, "dW2 = a1 @ dscores", "dW2 = a1.T @ dscores"))
    assert edit.mistake == "transpose"


def test_names_imported_from_numpy():
    def scope_of(rng):
        return dict(
            dot=np.dot,
            outer=np.outer,
            x=rng.normal(size=3),
            delta=rng.normal(size=2),
        )

    edit = mended(need(scope_of, "dW = outer(delta, x)", "dW = outer(x, delta)"))
    assert (edit.statement, edit.mistake) == ("dW = outer(x, delta)", "transpose")


def test_numbers_need_no_arrays():
    edit = mended(need(chain, "dw1 = delta1 * x", "dw1 = delta1 * a0"))
    assert (edit.statement, edit.mistake) == ("dw1 = delta1 * a0", "wrong-operand")


EXPRESSIONS = [
    "x.T @ d",
    "np.sum(d, axis=0, keepdims=True) / len(x)",
    "[v * 2 for v in (1, 2, 3)][1:]",
    "d[:, ::2] ** 2 - -1",
    "x[0, ...] if n > 2 else x",
    "dict(a=n)['a'] % 3 // 1",
    "(lambda v, *, w: v + w)(*[1], **{'w': n})",
    "(not n == 4) + (1 < n < 9) - ~n",
    "f'{n}' + 'b'",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_means_what_python_says(text):
    rng = np.random.default_rng(0)
    scope = dict(np=np, x=rng.normal(size=(4, 3)), d=rng.normal(size=(4, 3)), n=4)
    value = evaluate(ast.parse(text, mode="eval").body, scope, {})
    np.testing.assert_array_equal(value, eval(text, dict(scope)))


def test_a_value_that_is_known_is_not_computed_again():
    node = ast.parse("f(x) + 1", mode="eval").body
    assert evaluate(node, {}, {id(node.left): 41}) == 42


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("f(a * b) + c", "f(a * d) + c", ("b", "d")),
        ("a * b", "a * b * c", ("a * b", "a * b * c")),
        ("np.sum(x, axis=0)", "np.sum(x, axis=1)", None),
        ("1 - a1 ** 2", "1 + a1 ** 2", ("1 - a1**2", "1 + a1**2")),
    ],
)
def test_the_smallest_change(old, new, change):
    trees = (ast.parse(text, mode="eval").body for text in (old, new))
    parts = tuple(spell(part) for part in smallest_change(*trees))
    assert parts == (change or (old, new))


def test_the_distance_of_two_texts_counts_words():
    assert distance("a * b", "a * b") == 0
    assert distance("dhidden.sum(axis=0)", "dz1.sum(axis=0)") == 2
    assert distance("x", "-x") == 1


class Layer:
    """Its ``backward`` remembers what it was given."""

    def __init__(self, rng):
        self.W = rng.normal(size=(3, 3))
        self.seen = np.zeros(3)

    def backward(self, dout):
        self.seen = dout
        return dout @ self.W.T

    def slope(self, z):
        z[z > 0] = 1  # in place, as people do
        z[z <= 0] = 0
        return z


def test_nothing_that_remembers_is_called():
    def scope_of(rng):
        z, dh = rng.normal(size=3), rng.normal(size=3)
        return dict(np=np, layer=Layer(rng), z=z, dh=dh)

    scopes = [scope_of(np.random.default_rng(seed)) for seed in range(3)]
    kept = [scope["z"].copy() for scope in scopes]
    request = need(None, "dz = dh", "dz = dh * (z > 0)", scopes=scopes)
    assert any("layer.slope(z)" in edit.statement for edit in mends(request))
    for scope, z in zip(scopes, kept):
        np.testing.assert_array_equal(scope["z"], z)
        assert not scope["layer"].seen.any()


def test_a_helper_of_another_shape_is_no_slope():
    def grad_sum(z):
        return z.sum(axis=0)

    def scope_of(rng):
        z = rng.normal(size=(4, 3))
        return dict(np=np, z=z, a=np.tanh(z), g=rng.normal(size=(4, 3)), f=grad_sum)

    edit = mended(need(scope_of, "dz = g", "dz = g * (1 - a**2)"))
    assert edit.mistake == "missing-derivative"


def test_a_free_constant_is_the_same_at_every_replay():
    right, wrong = "dW1 = X.T @ dz1", "dW1 = X.T @ dhidden"
    request = need(rows, wrong, right)
    five = [[replace(run, wanted=run.wanted / 5) for run in request.runs[0]]]
    free = replace(request, runs=five)
    assert [e.statement for e in mends(free, 2.0, (0.5, 5.0))][:1] == [right]
    first, *rest = request.runs[0]
    mixed = replace(request, runs=[[replace(first, wanted=first.wanted / 5), *rest]])
    found = [e.statement for e in mends(mixed, 0.5, (1.0, 5.0))]
    assert right not in found


def test_where_a_window_ends_is_no_factor():
    """In ``x[(i * 2):(i * 2 + 2)]`` the end is 2 at the first window."""

    def scope(rng):
        return {**vector(rng), "i": 0}

    asked = need(scope, "g = 2 * (output_delta * hidden)", "g = output_delta * hidden")
    pool = "def pool(x):\n    for i in range(4):\n        y = x[(i * 2):(i * 2 + 2)]"
    around = ast.parse(pool)
    edits = mends(replace(asked, around=around), 2.0)
    assert edits[0].statement == "g = output_delta * hidden"
    assert not any("i * 2" in edit.statement for edit in edits)
