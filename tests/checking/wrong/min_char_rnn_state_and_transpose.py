# expect: line=49 variable=dWhh mistake=wrong-operand
# right: dWhh += np.dot(dhraw, hs[t-1].T)
# expect: line=50 variable=dhnext mistake=transpose
# right: np.dot(Whh.T, dhraw)
"""Character-level vanilla RNN, after Karpathy's min-char-rnn."""
import numpy as np

data = "hello hello world"
chars = sorted(set(data))
data_size, vocab_size = len(data), len(chars)
char_to_ix = {ch: i for i, ch in enumerate(chars)}

hidden_size = 8
seq_length = 6
learning_rate = 1e-1
np.random.seed(0)

Wxh = np.random.randn(hidden_size, vocab_size)*0.1
Whh = np.random.randn(hidden_size, hidden_size)*0.1
Why = np.random.randn(vocab_size, hidden_size)*0.1
bh = np.zeros((hidden_size, 1))
by = np.zeros((vocab_size, 1))

def lossFun(inputs, targets, hprev):
  xs, hs, ys, ps = {}, {}, {}, {}
  hs[-1] = np.copy(hprev)
  loss = 0
  # forward pass
  for t in range(len(inputs)):
    xs[t] = np.zeros((vocab_size,1)) # encode in 1-of-k representation
    xs[t][inputs[t]] = 1
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t],0])
  # backward pass: compute gradients going backwards
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t].T)
    dhnext = np.dot(Whh, dhraw)
  return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs)-1]

n, p = 0, 0
hprev = np.random.randn(hidden_size, 1)*0.1
while n < 20:
  if p+seq_length+1 >= len(data):
    hprev = np.zeros((hidden_size,1))
    p = 0
  inputs = [char_to_ix[ch] for ch in data[p:p+seq_length]]
  targets = [char_to_ix[ch] for ch in data[p+1:p+seq_length+1]]
  loss, dWxh, dWhh, dWhy, dbh, dby, hprev = lossFun(inputs, targets, hprev)
  for param, dparam in zip([Wxh, Whh, Why, bh, by],
                           [dWxh, dWhh, dWhy, dbh, dby]):
    param += -learning_rate * dparam
  p += seq_length
  n += 1
