"""A few lines that run a program which only defines functions or classes.

Comes in: the name of a program. Goes out: lines that feed it random arrays and hand
what it returns to ``result``. The checker finds such arrays by itself; here they are
written by hand, so that the two don't share a mistake. A program without a driver runs
by itself or isn't used.
"""

from __future__ import annotations

from .reading import Reading

START = """
import numpy as np
_rng = np.random.default_rng(5)
_r = lambda *shape: _rng.normal(size=shape)
_count = iter(range(1000))
def result(value):
    for part in value if isinstance(value, (tuple, list)) else (value,):
        __probe__.named("sink returned %d" % next(_count), part)
"""

DRIVERS = {
    "pair_affine_relu_dout_cache": """
out, cache = affine_relu_forward(_r(5, 4), _r(4, 3), _r(3))
result(affine_relu_backward(_r(5, 3), cache))
""",
    "pair_attention_functions": """
out, cache = attention_forward(_r(2, 4, 3), _r(2, 4, 3), _r(2, 4, 3))
result(attention_backward(_r(2, 4, 3), cache))
""",
    "pair_batchnorm_steps": """
out, cache = batchnorm_forward(_r(6, 4), _r(4), _r(4), 1e-5)
result(batchnorm_backward(_r(6, 4), cache))
""",
    "pair_dropout_activations": """
for name in "sigmoid tanh softplus leaky_relu swish gelu softmax".split():
    out, cache = globals()[name + "_forward"](_r(5, 4))
    result(globals()[name + "_backward"](_r(5, 4), cache))
out, cache = dropout_forward(_r(5, 4), _r(5, 4) > 0, 0.6)
result(dropout_backward(_r(5, 4), cache))
""",
    "pair_einsum_bilinear": """
out, cache = bilinear_forward(_r(5, 4), _r(5, 3), _r(2, 4, 3), _r(2))
result(bilinear_backward(_r(5, 2), cache))
""",
    "pair_gru_cell": """
_params = {k: _r(*((3, 4) if k[0] == "W" else (4, 4)))
           for k in ("Wz", "Uz", "Wr", "Ur", "Wh", "Uh")}
out, cache = gru_forward(_r(5, 3), _r(5, 4), _params)
_dx, _dh, _grads = gru_backward(_r(5, 4), cache, _params)
result([_dx, _dh, *(_grads[k] for k in sorted(_grads))])
""",
    "pair_im2col_conv": """
out, cache = conv_forward(_r(2, 3, 5, 5), _r(4, 3, 3, 3), _r(4))
result(conv_backward(_r(*out.shape), cache))
""",
    "pair_layernorm_transposed": """
out, cache = layernorm_forward(_r(5, 4), _r(4), _r(4), {"eps": 1e-5})
result(layernorm_backward(_r(5, 4), cache))
""",
    "pair_losses_svm_softmax": """
_labels = _rng.integers(0, 4, 6)
result(svm_loss(_r(6, 4), _labels)[1])
result(softmax_loss(_r(6, 4), _labels)[1])
""",
    "pair_lstm_step_cs231n": """
_h, _c, cache = lstm_step_forward(
    _r(5, 3), _r(5, 4), _r(5, 4), _r(3, 16), _r(4, 16), _r(16))
result(lstm_step_backward(_r(5, 4), _r(5, 4), cache))
""",
    "pair_rnn_step_sequence": """
out, cache = rnn_forward(_r(2, 5, 3), _r(2, 4), _r(3, 4), _r(4, 4), _r(4))
result(rnn_backward(_r(2, 5, 4), cache))
""",
    "pair_svm_vectorized_weights": """
result(svm_loss_vectorized(_r(4, 3), _r(6, 4), _rng.integers(0, 3, 6), 0.1)[1])
""",
    "class_mlp_definition_only": """
_net, _x, _dout = MLP(), _r(6, 3), _r(6, 2)
for _turn in range(3):
    _net.forward(_x)
    result(_net.backward(_dout))
    _net.step()
""",
    "class_train_definition_only": """
_net, _x, _y = NeuralNetwork(), _r(6, 4), _r(6, 2)
for _turn in range(3):
    _net.train(_x, _y)
""",
    "layers_residual_copy_of_dout": """
_block = ResidualBlock(4, 5)
_block.W1, _block.b1, _block.W2 = _r(4, 5), _r(5), _r(5, 4)
_block.forward(_r(6, 4))
result(_block.backward(_r(6, 4)))
result([_block.dW1, _block.db1, _block.dW2])
""",
    "pair_bilinear_scores": """
out, cache = bilinear_forward(_r(5, 3), _r(3, 4), _r(6, 4))
result(bilinear_backward(_r(5, 6), cache))
""",
    "pair_conv1d": """
out, cache = conv_forward(_r(2, 3, 6), _r(4, 3, 3), _r(4))
result(conv_backward(_r(*out.shape), cache))
""",
    "pair_conv1d_signal": """
_x, _w = _r(9), _r(3)
out = conv1d(_x, _w, 0.3)
result(conv1d_backward(_r(*out.shape), _x, _w))
""",
    "pair_conv2d_channels_last_loops": """
out, cache = conv_forward(_r(2, 4, 4, 3), _r(2, 2, 3, 2), _r(1, 1, 1, 2))
result(conv_backward(_r(*out.shape), cache))
""",
    "pair_conv_strided_windows": """
out, cache = conv_forward(_r(2, 3, 7, 7), _r(4, 3, 3, 3), _r(4))
result(conv_backward(_r(*out.shape), cache))
""",
    "pair_cosine_of_two_rows": """
out, cache = cosine_forward(_r(5, 4), _r(5, 4))
result(cosine_backward(_r(5), cache))
""",
    "pair_gated_linear_unit": """
out, cache = affine_gate_forward(_r(5, 3), _r(3, 4), _r(3, 4))
result(affine_gate_backward(_r(5, 4), cache))
""",
    "pair_highway_as_wide": """
out, cache = highway_forward(_r(5, 4), _r(4, 4), _r(4, 4), _r(4))
result(highway_backward(_r(5, 4), cache))
""",
    "pair_line_fit_default_weights": """
_x = _r(8)
fit(_x, 2 * _x - 1 + _r(8), w=0.5, b=0.2, steps=3)
""",
    "pair_propagate_returns_a_dictionary": """
_grads, _cost = propagate(_r(4, 1), 0.3, _r(4, 7), (_r(1, 7) > 0) * 1.0)
result([_grads["dw"], _grads["db"]])
""",
    "pair_scalar_neuron_unnamed": """
out, cache = forward(_r(6), 0.7, 0.2)
result(backward(_r(6), cache))
""",
    "layers_affine_relu_softmaxwithloss": """
_one, _two, _three = Affine(_r(4, 5), _r(5)), Sigmoid(), Relu()
_last, _loss = Affine(_r(5, 3), _r(3)), SoftmaxWithLoss()
_out = _last.forward(_three.forward(_two.forward(_one.forward(_r(6, 4))) - 0.5))
_loss.forward(_out, _rng.integers(0, 3, 6))
_d = _last.backward(_loss.backward(1))
result(_one.backward(_two.backward(_three.backward(_d))))
result([_one.dW, _one.db, _last.dW, _last.db])
""",
    "layers_batchnorm_dropout_objects": """
_one, _two, _three = Dense(4, 5, _rng), BatchNorm1d(5), Dropout(0.4, _rng)
_two.gamma, _two.beta = _r(5), _r(5)
_three.forward(_two.forward(_one.forward(_r(6, 4))))
result(_one.backward(_two.backward(_three.backward(_r(6, 5)))))
result([_one.dw, _two.dgamma, _two.dbeta])
""",
    "layers_embedding_rnn_time": """
_words, _time = Embedding(_r(6, 3)), TimeRNN(_r(3, 4), _r(4, 4), _r(4))
_hs = _time.forward(_words.forward(_rng.integers(0, 6, (2, 5))))
_words.backward(_time.backward(_r(*_hs.shape)))
result([*_words.grads, *_time.grads])
""",
}


def driver_for(reading: Reading) -> str:
    """The lines to append; empty for a program that runs by itself."""
    lines = DRIVERS.get(reading.program.name, "")
    return START + lines if lines else ""
