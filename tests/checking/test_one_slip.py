"""One slip in a right program: its line, its kind and a mend, for each rule of blame.

A slip is a piece of the program's text and what stands in its place; its line is the
one that changes.
"""

from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.patch import fixed

RIGHT = Path(__file__).parent / "right"
SLIPS = [
    # the table has two lambdas on one line: the mend is tried with the right one
    (
        "class_activation_table_dict",
        "grad = grad * df(layer['z'])",
        "grad = df(layer['z'])",
        "dropped-upstream",
    ),
    # data[0] is a list of examples, and no gradient
    (
        "loop_online_outer_rank1",
        "delta_h = np.dot(delta_o, W_out) * f(net_h)",
        "delta_h = f(net_h)",
        "dropped-upstream",
    ),
    # two of four outcomes have a rate of their own, and one line has it twice
    (
        "layers_fc_activation_learning_rate",
        "self.bias -= learning_rate * output_error",
        "self.bias -= learning_rate * learning_rate * output_error",
        "scale",
    ),
    (
        "loop_rnn_binary_addition",
        "synapse_h += synapse_h_update * alpha",
        "synapse_h += synapse_h_update * (alpha * alpha)",
        "scale",
    ),
    # turned round, a semi-gradient is seen by what it is but for its sign
    (
        "class_dqn_target_network",
        "dq[batch, a] = 2 * td_error / len(a)",
        "dq[batch, a] = -2 * td_error / len(a)",
        "sign",
    ),
    # the line runs once a layer, and gives another shape than it owes
    (
        "pair_coursera_l_layer",
        "db = 1./m * np.sum(dZ, axis = 1, keepdims = True)",
        "db = 1./m * dZ",
        "wrong-axis",
    ),
    # nothing of the weight is left, so that no update can be seen
    (
        "class_weights_in_two_dicts",
        "self.weights['ho'] += weight_ho_deltas",
        "self.weights['ho'] = weight_ho_deltas",
        "overwritten-accumulator",
    ),
    (
        "loop_error_summed_by_hand",
        "w_ih[i, j] += rate * hidden_deltas[j] * x[i]",
        "w_ih[i, j] = rate * hidden_deltas[j] * x[i]",
        "overwritten-accumulator",
    ),
    # the same numbers, but b - db would have n * n entries
    (
        "pair_lstm_cell_gradients_dict",
        "dbo = np.sum(dot, axis=1, keepdims=True)",
        "dbo = np.sum(dot, axis=1)",
        "shape",
    ),
    # one line moves all weights downhill but this
    ("loop_autoencoder_mse", "gWd = code.T @ g", "gWd = -code.T @ g", "sign"),
    # the weight's line has the signs of those that are right
    (
        "loop_row_vectors_accumulate",
        "dW1[k, j] += d1j * x[k] / m",
        "dW1[k, j] += -d1j * x[k] / m",
        "sign",
    ),
    # what the helper returns is the gradient of the output, as its name says
    (
        "layers_fc_activation_learning_rate",
        "error = self.loss_prime(",
        "error = -self.loss_prime(",
        "sign",
    ),
    # one mend of the helper is that of both its callers
    ("loop_trask_11_lines", "return x*(1-x)", "return x", "wrong-derivative"),
    # no name stands for the gradient that is left out
    (
        "class_neural_network_weights1_weights2",
        "(2*(self.y - self.output) * sigmoid_derivative(self.output)))",
        "(2*sigmoid_derivative(self.output)))",
        "dropped-upstream",
    ),
    # entry by entry, an entry of another array mends it
    (
        "loop_error_summed_by_hand",
        "hidden_deltas[j] = error * (1 - hidden[j] ** 2)",
        "hidden_deltas[j] = error",
        "missing-derivative",
    ),
    # a function writes into an array of the program's, which it doesn't bind
    ("loop_maxout_hinge_out", "        q += m", "        q -= m", "update-sign"),
    # what is descended on under another name was first only looked at
    (
        "loop_cost_tried_out_first",
        "theta = theta - alpha * grad",
        "theta = theta + alpha * grad",
        "update-sign",
    ),
    # each run stores one entry of the gradient, and the forward pass has no such loop
    (
        "loop_cost_tried_out_first",
        "grad[j] = X[:, j] @ (h - y) / m + lam / m * theta[j]",
        "grad[j] = -(X[:, j] @ (h - y) / m + lam / m * theta[j])",
        "sign",
    ),
    (
        "loop_maxout_hinge_out",
        "gB[k] = dz.sum(axis=0)",
        "gB[k] = dz.sum()",
        "wrong-axis",
    ),
    # a step moves one entry, by what its line gives
    (
        "loop_coordinate_descent_ridge",
        "A[:, j] @ residual / n + lam",
        "A[:, j] @ np.ones_like(residual) / n + lam",
        "dropped-upstream",
    ),
    # no forward value has this gradient: it has a decay that the loss leaves out,
    (
        "class_raschka_style_mlp",
        "delta_w_out = (grad_w_out + 2 * self.l2 * self.w_out)",
        "delta_w_out = -(grad_w_out + 2 * self.l2 * self.w_out)",
        "sign",
    ),
    # adds up what belongs to one row of a weight,
    (
        "loop_skipgram_rows_while_summing",
        "grad_in += g * W_out[t]",
        "grad_in += -(g * W_out[t])",
        "sign",
    ),
    # or goes on from what the last steps left
    (
        "loop_raw_start_named_step",
        "vel_W = kept - push",
        "vel_W = push - kept",
        "sign",
    ),
    # l2 is a layer there, and no strength of a penalty
    ("loop_trask_11_lines", "l2_error = y - l2", "l2_error = -(y - l2)", "sign"),
    # the line only shows the array that it is given
    (
        "pair_multihead_attention_own_check",
        "do = (dy @ Wo.T).reshape(",
        "do = dy.reshape(",
        "dropped-upstream",
    ),
    # the dict says that this is a gradient, though the name is the weight's
    (
        "loop_batchnorm_dict_rebuilt",
        "g['b2'] = ds.sum(0)",
        "g['b2'] = ds",
        "wrong-axis",
    ),
    # ones belong to nothing: another factor of their shape would do as well
    (
        "class_nielsen_cross_entropy_l2",
        "nabla_w[-1] = np.dot(delta, ",
        "nabla_w[-1] = np.dot(np.ones_like(delta), ",
        "dropped-upstream",
    ),
    # who calls a slope a gradient left one out: the slope itself is right
    (
        "class_nielsen_network",
        "delta = np.dot(self.weights[-l+1].transpose(), delta) * sp",
        "delta = sp",
        "dropped-upstream",
    ),
    # a mask of whole numbers stands in a gradient's place
    ("loop_columns_l2_dropout", "dA2 = dA2 * D2", "dA2 = D2", "dropped-upstream"),
    # the sum is over one run more than the loss reads
    (
        "loop_adjoint_oscillator",
        "dc = dc - dt * pv * v[n]",
        "dc = -(dc - dt * pv * v[n])",
        "sign",
    ),
    # what a memory of squares begins with is no weight, and the data is a long list
    (
        "loop_glove_adagrad_afterwards",
        "bc[j] -= LR * fdiff",
        "bc[j] += LR * fdiff",
        "update-sign",
    ),
    # the line before lets the weight decay, and stays as it is
    (
        "layers_batchnorm_adamw_dead_bias",
        "p -= self.lr * mhat",
        "p += self.lr * mhat",
        "update-sign",
    ),
    # another line of the loop takes up what this one leaves, among other terms
    (
        "loop_adjoint_two_springs",
        "dx = dx + np.array([-(k[0] + k[1]) * df[0] + k[1] * df[1], "
        "k[1] * (df[0] - df[1])])",
        "dx = -(dx + np.array([-(k[0] + k[1]) * df[0] + k[1] * df[1], "
        "k[1] * (df[0] - df[1])]))",
        "sign",
    ),
    # a row stands where a number with a name belongs
    (
        "loop_matrix_factorization_entries",
        "alpha * (eij * Q[:, j]",
        "alpha * (Q[:, j] * Q[:, j]",
        "dropped-upstream",
    ),
    # the step has a metric, so that none is along the gradient
    (
        "loop_poincare_metric_of_rows",
        "grad_u += dd[i] *",
        "grad_u += emb[u] *",
        "dropped-upstream",
    ),
    # each run of 59 goes on from those before it
    (
        "loop_rk4_lotka_volterra",
        "dy = np.array(",
        "dy = 2 * np.array(",
        "scale",
    ),
    # the forward pass is run again on the way back, and is no likelier line there
    (
        "loop_rnn_bptt_looked_up_columns",
        "delta_t = W.T.dot(delta_t)",
        "delta_t = W.T.dot(dLdU[:, x[step]])",
        "wrong-operand",
    ),
    # a single number has gone through all that comes after it
    (
        "class_lstm_cell_returns_dx_of_a_step",
        "db = dz.sum(axis=0)",
        "db = dz.sum()",
        "wrong-axis",
    ),
    # the others decay as they should
    (
        "loop_ratings_masked_by_where",
        "bu += lr * (E.sum(1) - reg * bu)",
        "bu += lr * (E.mean(1) - reg * bu)",
        "scale",
    ),
    # of single numbers too, a helper is what is to be mended, with any constant
    (
        "loop_neuron_dicts_on_lists",
        "return output * (1.0 - output)",
        "return output * (1.0 + output)",
        "wrong-derivative",
    ),
    # a number that stands there plainly may go, before another line gets one
    (
        "loop_clip_by_norm",
        "gWy *= max_norm / norm",
        "gWy *= 2 * (max_norm / norm)",
        "scale",
    ),
    # what is called a gradient is turned where it needs no minus more
    (
        "loop_policy_gradient_rmsprop",
        "dlogit = (epp - epy) * advantage",
        "dlogit = (epy - epp) * advantage",
        "sign",
    ),
    # a copy of a weight that was moved isn't moved again where it has a mark
    (
        "loop_accelerated_logistic_looks_ahead",
        "dW = X.T @ (p - y) / len(y)",
        "dW = X.T @ (p + y) / len(y)",
        "sign",
    ),
    # what is called a gradient and is none is seen, whatever the loss is made of
    (
        "class_cost_function_prime",
        "delta2 = np.dot(delta3, self.W2.T)*self.sigmoidPrime(self.z2)",
        "delta2 = self.z2",
        "dropped-upstream",
    ),
    # a line that computes nothing may look up the wrong thing
    (
        "loop_rnn_binary_addition",
        "layer_2_delta = layer_2_deltas[-position-1]",
        "layer_2_delta = layer_2_deltas[-position]",
        "wrong-operand",
    ),
    ("loop_adjoint_two_springs", "x = xs[n]", "x = xs[n + 1]", "wrong-operand"),
    # two lines write the error down, and only one of them has a slip in it
    (
        "loop_line_fit_m_b",
        "x * (y - ((m_current * x) + b_current))",
        "x * (y - ((m_current * m_current) + b_current))",
        "wrong-operand",
    ),
    (
        "loop_line_fit_annotated",
        "b_gradient += -(2 / N) * (y - (m_current * x + b_current))",
        "b_gradient += -(2 / N) * (y - (m_current * x - b_current))",
        "sign",
    ),
]


LESS = {
    "loop_matrix_factorization_entries": (
        """[[5, 3, 0, 1],
              [4, 0, 0, 1],
              [1, 1, 0, 5],
              [0, 1, 5, 4]]""",
        "[[5, 3], [4, 0]]",
    ),
}


@pytest.mark.parametrize(("program", "was", "slip", "code"), SLIPS)
def test_a_slip_is_found_named_and_mended(program, was, slip, code, tmp_path) -> None:
    text = (RIGHT / f"{program}.py").read_text(encoding="utf-8")
    more, fewer = LESS.get(program, ("", ""))
    assert text.count(was) == 1 and more in text
    text = text.replace(more, fewer)  # so that no machine is too slow for the search
    line = text[: text.index(was)].count("\n") + 1
    path = tmp_path / "slip.py"
    path.write_text(text.replace(was, slip), encoding="utf-8")
    report = cp.check(str(path))
    assert report.verdict == "wrong"
    assert [(f.line, f.mistake) for f in report.findings] == [(line, code)]
    path.write_text(fixed(report), encoding="utf-8")
    assert cp.check(str(path)).verdict == "right"
