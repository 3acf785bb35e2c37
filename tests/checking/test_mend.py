"""A statement with one mistake, the statement it should have been, and its name."""

from dataclasses import replace

import pytest
from checking.mend_scopes import (
    act,
    attention,
    chain,
    columns,
    convolution,
    helper,
    layer,
    lists,
    mended,
    need,
    rows,
    vector,
)  # fmt: skip

from clearprop.checking.mend import mends

# Where the statement was taken from, what was written, what is right, the mistake.
CASES = [
    # The slope is left out.
    (rows, "dz1 = dscores @ W2.T", "dz1 = dscores @ W2.T * (1 - a1**2)",
     "missing-derivative"),
    (rows, "dW1 = X.T @ (dscores @ W2.T)",
     "dW1 = X.T @ (dscores @ W2.T * (1 - a1**2))", "missing-derivative"),
    (columns, "dZ1 = np.dot(W2.T, dZ2)", "dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)",
     "missing-derivative"),
    (vector, "hidden_delta = np.dot(output_delta, w_ho) * hidden",
     "hidden_delta = np.dot(output_delta, w_ho) * hidden * (1 - hidden)",
     "missing-derivative"),
    (vector, "hidden_delta = hidden_error * (1 - hidden)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)", "missing-derivative"),
    (vector, "output_delta = error", "output_delta = error * output * (1 - output)",
     "missing-derivative"),
    (vector, "output_delta = target - output",
     "output_delta = (target - output) * output * (1 - output)", "missing-derivative"),
    (lists, "delta = activations[-1] - y",
     "delta = (activations[-1] - y) * sigmoid_prime(zs[-1])", "missing-derivative"),
    (lists, "delta = np.dot(self.weights[-l + 1].T, delta)",
     "delta = np.dot(self.weights[-l + 1].T, delta) * sp", "missing-derivative"),
    (layer, "dz = dout", "dz = dout * (z > 0)", "missing-derivative"),
    (layer, "dz = dout", "dz = dout * mask", "missing-derivative"),
    (layer, "dw = x.T @ dout", "dw = x.T @ (dout * (out > 0))", "missing-derivative"),
    (chain, "dz0 = delta1 * w1", "dz0 = delta1 * w1 * a0 * (1 - a0)",
     "missing-derivative"),
    (chain, "dz0 = delta1 * w1", "dz0 = delta1 * w1 * sigmoid_prime(z0)",
     "missing-derivative"),
    # The right slope at another array.
    (rows, "dz1 = dhidden * (1 - h**2)", "dz1 = dhidden * (1 - a1**2)",
     "derivative-at-wrong-point"),
    (rows, "dz1 = dhidden * (1 - z1**2)", "dz1 = dhidden * (1 - a1**2)",
     "derivative-at-wrong-point"),
    (columns, "dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(Z1, 2))",
     "dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))",
     "derivative-at-wrong-point"),
    (vector, "hidden_delta = hidden_error * sigmoid_prime(hidden)",
     "hidden_delta = hidden_error * sigmoid_prime(hidden_in)",
     "derivative-at-wrong-point"),
    (vector, "hidden_delta = hidden_error * hidden_in * (1 - hidden_in)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)",
     "derivative-at-wrong-point"),
    (vector, "hidden_delta = hidden_error * sigmoid(hidden) * (1 - sigmoid(hidden))",
     "hidden_delta = hidden_error * hidden * (1 - hidden)",
     "derivative-at-wrong-point"),
    (vector, "output_delta = error * hidden * (1 - output)",
     "output_delta = error * output * (1 - output)", None),
    (vector, "hidden_delta = hidden_error * hidden * (1 - hidden_in)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)",
     "derivative-at-wrong-point"),
    (lists,
     "delta = np.dot(self.weights[-l + 1].T, delta) * sigmoid_prime(activations[-l])",
     "delta = np.dot(self.weights[-l + 1].T, delta) * sigmoid_prime(zs[-l])",
     "derivative-at-wrong-point"),
    (lists, "delta = (activations[-1] - y) * dsigmoid(zs[-1])",
     "delta = (activations[-1] - y) * dsigmoid(activations[-1])",
     "derivative-at-wrong-point"),
    (layer, "dz = dout * (dout > 0)", "dz = dout * (z > 0)",
     "derivative-at-wrong-point"),
    (chain, "dz0 = delta1 * w1 * sigmoid_prime(a0)",
     "dz0 = delta1 * w1 * sigmoid_prime(z0)", "derivative-at-wrong-point"),
    (chain, "dz0 = delta1 * w1 * sigmoid_prime(z1)",
     "dz0 = delta1 * w1 * sigmoid_prime(z0)", "derivative-at-wrong-point"),
    # The slope is misspelt.
    (rows, "dz1 = dhidden * (1 + a1**2)", "dz1 = dhidden * (1 - a1**2)",
     "wrong-derivative"),
    (rows, "dz1 = dhidden * (1 - a1)", "dz1 = dhidden * (1 - a1**2)",
     "wrong-derivative"),
    (rows, "dz1 = dhidden * a1 * (1 - a1)", "dz1 = dhidden * (1 - a1**2)",
     "wrong-derivative"),
    (rows, "dz1 = dhidden * (1 - 2 * a1**2)", "dz1 = dhidden * (1 - a1**2)", None),
    (vector, "hidden_delta = hidden_error * hidden * (1 + hidden)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)", "wrong-derivative"),
    (vector, "hidden_delta = hidden_error * hidden * (hidden - 1)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)", "wrong-derivative"),
    (vector, "hidden_delta = hidden_error * (1 - hidden**2)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)", "wrong-derivative"),
    (vector, "hidden_delta = hidden_error * sigmoid(hidden_in)",
     "hidden_delta = hidden_error * sigmoid_prime(hidden_in)", "wrong-derivative"),
    (lists, "delta = (activations[-1] - y) * bad_dsigmoid(activations[-1])",
     "delta = (activations[-1] - y) * dsigmoid(activations[-1])", "wrong-derivative"),
    (layer, "dz = dout * (z < 0)", "dz = dout * (z > 0)", "wrong-derivative"),
    (layer, "dz = dout * np.where(z > 0, 0, 1)", "dz = dout * (z > 0)",
     "wrong-derivative"),
    (chain, "dz0 = delta1 * w1 * a0 * (1 + a0)", "dz0 = delta1 * w1 * a0 * (1 - a0)",
     "wrong-derivative"),
    (helper, "return sigmoid(x) * (1 + sigmoid(x))",
     "return sigmoid(x) * (1 - sigmoid(x))", "wrong-derivative"),
    (helper, "return 1 - np.tanh(x)", "return 1 - np.tanh(x)**2", "wrong-derivative"),
    (helper, "return sigmoid(x)", "return sigmoid(x) * (1 - sigmoid(x))",
     "wrong-derivative"),
    (helper, "return x * (1 - x)", "return sigmoid(x) * (1 - sigmoid(x))",
     "derivative-at-wrong-point"),
    (helper, "return np.maximum(0, x)", "return x > 0", "wrong-derivative"),
    (act, "return s * (1 + s)", "return s * (1 - s)", "wrong-derivative"),
    (act, "return s", "return s * (1 - s)", None),
    (act, "return 1 + s**2", "return 1 - s**2", "wrong-derivative"),
    (act, "return np.where(s > 0, 0, 1)", "return np.where(s > 0, 1, 0)",
     "wrong-derivative"),
    # The slope of a softmax.
    (rows, "dscores = (probs - onehot) * probs * (1 - probs) / N",
     "dscores = (probs - onehot) / N", "softmax-jacobian"),
    (rows, "dscores = (probs - onehot) * probs / N", "dscores = (probs - onehot) / N",
     "softmax-jacobian"),
    (attention, "dS = dA * A * (1 - A)",
     "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))", "softmax-jacobian"),
    (attention, "dS = dA * A * (1 - A) / scale",
     "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True)) / scale",
     "softmax-jacobian"),
    (attention, "dS = dA", "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))",
     "missing-derivative"),
    (attention, "dS = A * (dA - dA * A)",
     "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))", "softmax-jacobian"),
    (attention, "dS = probs * (dprobs - dprobs * probs)",
     "dS = probs * (dprobs - np.sum(dprobs * probs, axis=-1, keepdims=True))",
     "wrong-axis"),
    # The upstream gradient.
    (attention, "dV = A.T @ np.ones_like(dout)", "dV = A.T @ dout",
     "dropped-upstream"),
    (attention, "dV = dout", "dV = A.T @ dout", "dropped-upstream"),
    (attention, "dQ = dS @ K * scale", "dQ = dS @ K * scale + dc_next",
     "dropped-upstream"),
    (layer, "dz = (z > 0).astype(float)", "dz = dout * (z > 0).astype(float)",
     "dropped-upstream"),
    (vector, "hidden_delta = hidden * (1 - hidden)",
     "hidden_delta = hidden_error * hidden * (1 - hidden)", "dropped-upstream"),
    (rows, "dz1 = 1 - a1**2", "dz1 = dhidden * (1 - a1**2)", "dropped-upstream"),
    (layer, "dz = (z > 0) * 1.0", "dz = dout * (z > 0)", "dropped-upstream"),
    (layer, "dw = x.T @ z", "dw = x.T @ dout", "dropped-upstream"),
    (layer, "dx = w.T", "dx = dout @ w.T", "dropped-upstream"),
    (layer, "dh = dout @ Whh.T", "dh = dout @ Whh.T + dhnext", "dropped-upstream"),
    (lists, "delta = delta * sp", "delta = np.dot(self.weights[-1].T, delta) * sp",
     "dropped-upstream"),
    # A product with the wrong sides.
    (rows, "dW2 = dscores.T @ a1", "dW2 = a1.T @ dscores", "transpose"),
    (layer, "dx = dout @ Whh", "dx = dout @ Whh.T", "transpose"),
    (layer, "dx = Whh @ dout.T", "dx = dout @ Whh", "transpose"),
    (layer, "dx = np.dot(dout, Whh)", "dx = np.dot(dout, Whh.T)", "transpose"),
    (columns, "dW2 = 1 / m * np.dot(A1, dZ2.T)", "dW2 = 1 / m * np.dot(dZ2, A1.T)",
     "transpose"),
    (columns, "dW2 = dZ2.dot(A1)", "dW2 = dZ2.dot(A1.T)", "transpose"),
    (vector, "dw = np.outer(hidden_delta, x)", "dw = np.outer(x, hidden_delta)",
     "transpose"),
    (lists, "nabla = np.dot(delta.T, activations[-2])",
     "nabla = np.dot(delta, activations[-2].T)", "transpose"),
    # Reductions.
    (rows, "db1 = dz1.sum(axis=1)", "db1 = dz1.sum(axis=0)", "wrong-axis"),
    (rows, "db2 = np.sum(dscores)", "db2 = np.sum(dscores, axis=0)", "wrong-axis"),
    (rows, "db2 = dscores", "db2 = dscores.sum(axis=0)", "wrong-axis"),
    (columns, "db2 = np.sum(dZ2, axis=0, keepdims=True) / m",
     "db2 = np.sum(dZ2, axis=1, keepdims=True) / m", "wrong-axis"),
    (columns, "db2 = 1 / m * dZ2", "db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)",
     "wrong-axis"),
    (columns, "db2 = np.sum(dZ2, axis=1) / m",
     "db2 = np.sum(dZ2, axis=1, keepdims=True) / m", "shape"),
    # Another variable.
    (rows, "dW2 = h.T @ dscores", "dW2 = a1.T @ dscores", "wrong-operand"),
    (rows, "dW1 = X.T @ dhidden", "dW1 = X.T @ dz1", "wrong-operand"),
    (rows, "db1 = dhidden.sum(axis=0)", "db1 = dz1.sum(axis=0)", "wrong-operand"),
    (columns, "grads['dW2'] = np.dot(dZ2, cache['Z1'].T) / m",
     "grads['dW2'] = np.dot(dZ2, cache['A1'].T) / m", "wrong-operand"),
    (lists, "nabla_w[-l] = np.dot(sp, activations[-l].T)",
     "nabla_w[-l] = np.dot(sp, activations[-l - 1].T)", "wrong-operand"),
    (layer, "dw = hs[t].T @ dout", "dw = hs[t - 1].T @ dout", "wrong-operand"),
    (layer, "self.dW = self.out.T @ dout", "self.dW = self.x.T @ dout",
     "wrong-operand"),
    (vector, "dw = np.outer(x, hidden_error)", "dw = np.outer(x, hidden_delta)",
     "wrong-operand"),
    (attention, "dQ = dS[:, 1:] @ K[1:]", "dQ = dS[:, :-1] @ K[1:]", "wrong-operand"),
    # A kernel turned round, or not.
    (convolution, "dk = convolve2d(image, dout, 'valid')",
     "dk = correlate2d(image, dout, 'valid')", "wrong-operand"),
    (convolution, "dx = correlate2d(dout, kernel, 'full')",
     "dx = convolve2d(dout, kernel, 'full')", "wrong-operand"),
    (convolution, "dx = correlate2d(dout, np.rot90(kernel), 'full')",
     "dx = correlate2d(dout, np.rot90(kernel, 2), 'full')", "wrong-operand"),
    (convolution, "dx = convolve2d(dout, kernel[::-1, ::-1], 'full')",
     "dx = convolve2d(dout, kernel, 'full')", "wrong-operand"),
    (convolution, "dx = convolve2d(dout, np.flip(kernel), mode='full')",
     "dx = convolve2d(dout, kernel, mode='full')", "wrong-operand"),
    (convolution, "dk = correlate2d(square, kernel, 'same')",
     "dk = correlate2d(kernel, square, 'same')", "wrong-operand"),
    (vector, "hidden_delta = w_ho * error * hidden * (1 - hidden)",
     "hidden_delta = w_ho * output_delta * hidden * (1 - hidden)", "wrong-operand"),
    (rows, "dscores = scores.copy()", "dscores = probs.copy()", "wrong-operand"),
    (rows, "dscores = (probs - onehot) / probs", "dscores = (probs - onehot) / N",
     "wrong-operand"),
    # Weights that have moved.
    (rows, "dhidden = dscores @ W2.T", "dhidden = dscores @ W2__before.T",
     "updated-weight"),
    (chain, "dz0 = delta1 * w1 * a0 * (1 - a0)",
     "dz0 = delta1 * w1__before * a0 * (1 - a0)", "updated-weight"),
    # Signs.
    (rows, "dscores = (onehot - probs) / N", "dscores = (probs - onehot) / N", "sign"),
    (columns, "dZ2 = A2 + Y", "dZ2 = A2 - Y", "sign"),
    (rows, "dW1 = -X.T @ dz1", "dW1 = X.T @ dz1", "sign"),
    (rows, "W1 += lr * (X.T @ dz1)", "W1 -= lr * (X.T @ dz1)", "update-sign"),
    (rows, "W1 = W1 + lr * (X.T @ dz1)", "W1 = W1 - lr * (X.T @ dz1)", "update-sign"),
    # Constants.
    (rows, "dscores = probs - onehot", "dscores = (probs - onehot) / N", "scale"),
    (columns, "dW2 = np.dot(dZ2, A1.T)", "dW2 = np.dot(dZ2, A1.T) / m", "scale"),
    (columns, "dW2 = 2 * np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, A1.T) / m",
     "scale"),
    (rows, "db2 = dscores.mean(axis=0)", "db2 = dscores.sum(axis=0)", "scale"),
    (layer, "dx = dout * mask", "dx = dout * mask / p", "scale"),
    (vector, "step = learnrate**2 * hidden_delta * x[:, None]",
     "step = learnrate * hidden_delta * x[:, None]", "scale"),
    (vector, "w_ih += learnrate * del_w", "w_ih += learnrate * del_w / n_records",
     "scale"),
    (chain, "dz1 = (a1 - y) * a1 * (1 - a1)", "dz1 = 2 * (a1 - y) * a1 * (1 - a1)",
     "scale"),
    (attention, "dK = dS.T @ Q", "dK = dS.T @ Q * scale", "scale"),
    # The L2 term.
    (rows, "dW2 = a1.T @ dscores", "dW2 = a1.T @ dscores + reg * W2", "regularization"),
    (rows, "dW2 = a1.T @ dscores + reg * W2", "dW2 = a1.T @ dscores + 2 * reg * W2",
     "regularization"),
    (rows, "dW2 = a1.T @ dscores + 2 * reg * W2", "dW2 = a1.T @ dscores + reg * W2",
     "regularization"),
    (rows, "dW2 = a1.T @ dscores + reg * W2**2", "dW2 = a1.T @ dscores + reg * W2",
     "regularization"),
    (rows, "dW2 = a1.T @ dscores + reg", "dW2 = a1.T @ dscores + reg * W2",
     "regularization"),
    (rows, "dW2 = a1.T @ dscores - reg * W2", "dW2 = a1.T @ dscores + reg * W2",
     "regularization"),
    (rows, "db2 = dscores.sum(axis=0) + reg * b2", "db2 = dscores.sum(axis=0)",
     "regularization"),
    (columns, "dW2 = np.dot(dZ2, A1.T) / m + lambd * W2",
     "dW2 = np.dot(dZ2, A1.T) / m + lambd / m * W2", "regularization"),
    (columns, "dW2 = np.dot(dZ2, A1.T) / m",
     "dW2 = np.dot(dZ2, A1.T) / m + lambd / m * W2", "regularization"),
    (rows, "W2 += reg * W1", "W2 += reg * W2", None),
    (rows, "W1 -= lr * (X.T @ dz1 + lr * W1)", "W1 -= lr * (X.T @ dz1 + reg * W1)",
     "regularization"),
    # Accumulators.
    (layer, "dWhh = hs[t - 1].T @ dout", "dWhh += hs[t - 1].T @ dout",
     "overwritten-accumulator"),
    (layer, "db = dout.sum(axis=0)", "db += dout.sum(axis=0)",
     "overwritten-accumulator"),
    (vector, "del_w = hidden_delta * x[:, None]", "del_w += hidden_delta * x[:, None]",
     "overwritten-accumulator"),
    (layer, "dWhh += hs[t - 1].T @ dout", "dWhh = hs[t - 1].T @ dout",
     "overwritten-accumulator"),
    # Shapes.
    (columns, "db2 = np.sum(dZ2, axis=1, keepdims=True)[:, 0]",
     "db2 = np.sum(dZ2, axis=1, keepdims=True)", None),
    (layer, "dW = self.x.T.dot(dout)[None, :]", "dW = self.x.T.dot(dout)", "shape"),
    # Two mistakes in one statement.
    (rows, "dW1 = -X.T @ dhidden", "dW1 = X.T @ dz1", None),
    (columns, "dW2 = -np.dot(dZ2, A1.T)", "dW2 = np.dot(dZ2, A1.T) / m", None),
    (rows, "dz1 = -dscores @ W2.T", "dz1 = dscores @ W2.T * (1 - a1**2)", None),
    (rows, "dscores = (onehot - probs) * probs / N", "dscores = (probs - onehot) / N",
     "softmax-jacobian"),
    # One operand is combined with another value, which is told from what it owes.
    (layer, "dz = dout * out", "dz = dout * (out - z)", "wrong-operand"),
    (layer, "dz = np.where(out > 0, dout, p)",
     "dz = np.where(out > 0, dout, p * np.sign(z))", "wrong-derivative"),
    (rows, "dW1 = X.T @ dz1 + reg * W1", "dW1 = X.T @ dz1 + reg * np.sign(W1)",
     "regularization"),
    (rows, "dz1 = dhidden * np.exp(z1)", "dz1 = dhidden * np.exp(z1) ** 3",
     "wrong-derivative"),
    (layer, "dx = dout @ w.T", "dx = dout @ w.T / x", "missing-derivative"),
    (attention, "dV = A.T @ dout", "dV = (A @ A.T).T @ dout", None),
    # The letters of an einsum.
    (layer, "dw = np.einsum('ni,nj->ji', x, dout)",
     "dw = np.einsum('ni,nj->ij', x, dout)", "transpose"),
    (layer, "db = np.einsum('nh->n', dout)", "db = np.einsum('nh->h', dout)",
     "wrong-axis"),
    (layer, "dh = np.einsum('nh,hk->nk', dout, Whh)",
     "dh = np.einsum('nk,hk->nh', dout, Whh)", "transpose"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scope_of", "wrote", "right", "mistake"), CASES, ids=[c[1][:70] for c in CASES]
)
def test_the_mistake_is_mended_and_named(scope_of, wrote, right, mistake):
    edit = mended(need(scope_of, wrote, right))
    assert mistake is None or edit.mistake == mistake, edit


IN_PLACE = [
    (layer, "dh", "dh[out < 0] = 0", "dh[out <= 0] = 0", "wrong-derivative"),
    (layer, "dh", "dh[dh <= 0] = 0", "dh[z <= 0] = 0", "derivative-at-wrong-point"),
    (layer, "dh", "dh[z > 0] = 0", "dh[z <= 0] = 0", "wrong-derivative"),
    (layer, "dE", "dE[idx] += dout", "np.add.at(dE, idx, dout)",
     "overwritten-accumulator"),
    (layer, "dE", "np.add.at(dE, idx, dz)", "np.add.at(dE, idx, dout)",
     "wrong-operand"),
    (rows, "probs", "probs[range(N), y] += 1", "probs[range(N), y] -= 1", "sign"),
    (rows, "probs", "probs[range(N), y] -= 2", "probs[range(N), y] -= 1", None),
    (rows, "dscores", "dscores *= probs * (1 - probs)", "pass", "softmax-jacobian"),
    (rows, "dz1", "dz1 *= 1 - a1**2", "pass", "wrong-derivative"),
    (rows, "dz1", "dz1 = dz1 * (z1 < 0)", "dz1 = dz1 * (z1 > 0)", "wrong-derivative"),
    (layer, "db", "db += dhnext.sum(axis=0)", "pass", None),
    (columns, "grads['dW1']", "grads['dW1'] = np.dot(dZ1, X)",
     "grads['dW1'] = np.dot(dZ1, X.T)", "transpose"),
    (lists, "nabla_w[-1]", "nabla_w[-1] = np.dot(delta, activations[-1].T)",
     "nabla_w[-1] = np.dot(delta, activations[-2].T)", "wrong-operand"),
    (rows, "probs", "probs[range(N), y] -= 1", "probs[range(N), y] -= 1; probs /= N",
     "scale"),
    (layer, "self.dW", "self.dW = self.x @ dout", "self.dW = self.x.T @ dout",
     "transpose"),
]  # fmt: skip


@pytest.mark.parametrize(("scope_of", "target", "wrote", "right", "mistake"), IN_PLACE)
def test_a_statement_that_writes_into_an_array(scope_of, target, wrote, right, mistake):
    edit = mended(need(scope_of, wrote, right, target))
    assert mistake is None or edit.mistake == mistake, edit


SEVERAL = [
    (layer, "return dout @ Whh, x.T @ dout", "return dout @ Whh.T, x.T @ dout", 0,
     "transpose"),
    (layer, "return dout @ w.T, x.T @ dout, dout.sum(axis=1)",
     "return dout @ w.T, x.T @ dout, dout.sum(axis=0)", 2, "wrong-axis"),
    (layer, "return dout @ w.T, self.out.T @ dout",
     "return dout @ w.T, self.x.T @ dout", 1, "wrong-operand"),
]  # fmt: skip


@pytest.mark.parametrize(("scope_of", "wrote", "right", "item", "mistake"), SEVERAL)
def test_one_of_several_returned_values(scope_of, wrote, right, item, mistake):
    edit = mended(need(scope_of, wrote, right, item=item))
    assert edit.mistake == mistake
    assert edit.statement.startswith("return ")
    assert edit.statement.count(",") >= item


def test_what_stands_alone_in_a_gradient_is_no_slope():
    asked = need(rows, "ds = np.mean(1 - h**2)", "ds = np.mean(1 - z1**2)")
    assert mended(asked).mistake == "derivative-at-wrong-point"
    edit = mended(replace(asked, gradient_of="s"))
    assert edit.statement == "ds = np.mean(1 - z1**2)"
    assert edit.mistake == "wrong-operand"


def test_a_line_derived_anew_that_chooses_lacked_a_slope():
    right = "np.where(z1 > 0, dhidden, 0.1 * dhidden)"
    asked = need(rows, "dz1 = dhidden", f"dz1 = {right}")
    (edit,) = mends(replace(asked, derived=[right]), reach="anew")
    assert edit.mistake == "missing-derivative"
