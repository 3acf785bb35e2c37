import numpy as np

def word_embedding_forward(x, W):
  """x: (N, T) integers, W: (V, D) -> (N, T, D)"""
  out = W[x, :]
  cache = x, W
  return out, cache

def word_embedding_backward(dout, cache):
  x, W = cache
  dW = np.zeros_like(W)
  np.add.at(dW, x, dout)
  return dW

def temporal_affine_forward(x, w, b):
  N, T, D = x.shape
  M = b.shape[0]
  out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
  cache = x, w, b, out
  return out, cache

def temporal_affine_backward(dout, cache):
  x, w, b, out = cache
  N, T, D = x.shape
  M = b.shape[0]
  dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
  dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
  db = dout.sum(axis=(0, 1))
  return dx, dw, db

def temporal_softmax_loss(x, y, mask):
  N, T, V = x.shape
  x_flat = x.reshape(N * T, V)
  y_flat = y.reshape(N * T)
  mask_flat = mask.reshape(N * T)
  probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
  probs /= np.sum(probs, axis=1, keepdims=True)
  loss = -np.sum(mask_flat * np.log(probs[np.arange(N * T), y_flat])) / N
  dx_flat = probs.copy()
  dx_flat[np.arange(N * T), y_flat] -= 1
  dx_flat /= N
  dx_flat *= mask_flat[:, None]
  dx = dx_flat.reshape(N, T, V)
  return loss, dx

np.random.seed(1)
words = np.array([[0, 3, 1], [2, 3, 3]])
nxt = np.array([[3, 1, 2], [3, 3, 0]])
mask = np.array([[1, 1, 1], [1, 1, 0]])
E = np.random.randn(4, 5)
w, b = np.random.randn(5, 4), np.random.randn(4)
emb, c1 = word_embedding_forward(words, E)
s, c2 = temporal_affine_forward(emb, w, b)
loss, ds = temporal_softmax_loss(s, nxt, mask)
demb, dw, db = temporal_affine_backward(ds, c2)
dE = word_embedding_backward(demb, c1)
print(loss, dE.shape)
