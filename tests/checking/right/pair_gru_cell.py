import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def gru_forward(x, h_prev, params):
    Wz, Uz, Wr, Ur, Wh, Uh = [params[k] for k in ('Wz', 'Uz', 'Wr', 'Ur', 'Wh', 'Uh')]
    z = sigmoid(x @ Wz + h_prev @ Uz)
    r = sigmoid(x @ Wr + h_prev @ Ur)
    rh = r * h_prev
    hbar = np.tanh(x @ Wh + rh @ Uh)
    h = (1 - z) * h_prev + z * hbar
    return h, (x, h_prev, z, r, rh, hbar)


def gru_backward(dh, cache, params):
    x, h_prev, z, r, rh, hbar = cache
    grads = {}

    dz = dh * (hbar - h_prev)
    dhbar = dh * z
    dh_prev = dh * (1 - z)

    dhbar_raw = dhbar * (1 - hbar ** 2)
    grads['Wh'] = x.T @ dhbar_raw
    grads['Uh'] = rh.T @ dhbar_raw
    drh = dhbar_raw @ params['Uh'].T
    dr = drh * h_prev
    dh_prev += drh * r

    dr_raw = dr * r * (1 - r)
    grads['Wr'] = x.T @ dr_raw
    grads['Ur'] = h_prev.T @ dr_raw
    dh_prev += dr_raw @ params['Ur'].T

    dz_raw = dz * z * (1 - z)
    grads['Wz'] = x.T @ dz_raw
    grads['Uz'] = h_prev.T @ dz_raw
    dh_prev += dz_raw @ params['Uz'].T

    dx = dhbar_raw @ params['Wh'].T + dr_raw @ params['Wr'].T + dz_raw @ params['Wz'].T
    return dx, dh_prev, grads
