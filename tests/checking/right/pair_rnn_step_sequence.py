import numpy as np

def rnn_step_forward(x, prev_h, Wx, Wh, b):
  next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
  cache = (x, prev_h, Wx, Wh, next_h)
  return next_h, cache


def rnn_step_backward(dnext_h, cache):
  x, prev_h, Wx, Wh, next_h = cache
  dscores = dnext_h * (1 - next_h * next_h)
  dx = dscores.dot(Wx.T)
  dprev_h = dscores.dot(Wh.T)
  dWx = x.T.dot(dscores)
  dWh = prev_h.T.dot(dscores)
  db = dscores.sum(axis=0)
  return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
  """x: (N, T, D), h0: (N, H) -> h: (N, T, H)"""
  N, T, D = x.shape
  H = h0.shape[1]
  h = np.zeros((N, T, H))
  cache = []
  prev_h = h0
  for t in range(T):
    prev_h, step_cache = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
    h[:, t, :] = prev_h
    cache.append(step_cache)
  return h, cache


def rnn_backward(dh, cache):
  """dh: (N, T, H), upstream gradient of every hidden state"""
  N, T, H = dh.shape
  D = cache[0][0].shape[1]
  dx = np.zeros((N, T, D))
  dWx = np.zeros((D, H))
  dWh = np.zeros((H, H))
  db = np.zeros(H)
  dprev_h = np.zeros((N, H))
  for t in reversed(range(T)):
    dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :] + dprev_h, cache[t])
    dx[:, t, :] = dx_t
    dWx += dWx_t
    dWh += dWh_t
    db += db_t
  dh0 = dprev_h
  return dx, dh0, dWx, dWh, db
