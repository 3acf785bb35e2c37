# expect: line=27 variable=dc mistake=dropped-upstream
# right: dc_next + dh * o * (1 - np.tanh(c) ** 2)
# expect: line=34 variable=df mistake=wrong-operand
# right: dc * c_prev * f * (1 - f)
import numpy as np

sigmoid = lambda x: 1 / (1 + np.exp(-x))


def lstm_cell_forward(x, h_prev, c_prev, params):
    z = np.vstack((h_prev, x))
    f = sigmoid(params["Wf"] @ z + params["bf"])
    i = sigmoid(params["Wi"] @ z + params["bi"])
    c_bar = np.tanh(params["Wc"] @ z + params["bc"])
    c = f * c_prev + i * c_bar
    o = sigmoid(params["Wo"] @ z + params["bo"])
    h = o * np.tanh(c)
    return h, c, (z, f, i, c_bar, c, o, c_prev)


def lstm_cell_backward(dh, dc_next, cache, params):
    z, f, i, c_bar, c, o, c_prev = cache
    grads = {}
    do = dh * np.tanh(c) * o * (1 - o)
    grads["Wo"] = do @ z.T
    grads["bo"] = do
    dc = dh * o * (1 - np.tanh(c) ** 2)
    dc_bar = dc * i * (1 - c_bar ** 2)
    grads["Wc"] = dc_bar @ z.T
    grads["bc"] = dc_bar
    di = dc * c_bar * i * (1 - i)
    grads["Wi"] = di @ z.T
    grads["bi"] = di
    df = dc * c * f * (1 - f)
    grads["Wf"] = df @ z.T
    grads["bf"] = df
    dz = params["Wf"].T @ df + params["Wi"].T @ di + params["Wc"].T @ dc_bar + params["Wo"].T @ do
    dh_prev = dz[:dh.shape[0]]
    dc_prev = f * dc
    return dh_prev, dc_prev, grads
