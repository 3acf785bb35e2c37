import numpy as np
from numpy.random import randn

class RNN:
  # A many-to-one Vanilla Recurrent Neural Network.

  def __init__(self, input_size, output_size, hidden_size=8):
    # Weights
    self.Whh = randn(hidden_size, hidden_size) / 4
    self.Wxh = randn(hidden_size, input_size) / 2
    self.Why = randn(output_size, hidden_size) / 2
    # Biases
    self.bh = np.zeros((hidden_size, 1))
    self.by = np.zeros((output_size, 1))

  def forward(self, inputs):
    '''
    Perform a forward pass of the RNN using the given inputs.
    Returns the final output and hidden state.
    - inputs is an array of one-hot vectors with shape (input_size, 1).
    '''
    h = np.zeros((self.Whh.shape[0], 1))

    self.last_inputs = inputs
    self.last_hs = { 0: h }

    # Perform each step of the RNN
    for i, x in enumerate(inputs):
      h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
      self.last_hs[i + 1] = h

    # Compute the output
    y = self.Why @ h + self.by
    return y, h

  def backprop(self, d_y, learn_rate=2e-2):
    '''
    Perform a backward pass of the RNN.
    - d_y (dL/dy) has shape (output_size, 1).
    '''
    n = len(self.last_inputs)

    # Calculate dL/dWhy and dL/dby.
    d_Why = d_y @ self.last_hs[n].T
    d_by = d_y

    # Initialize dL/dWhh, dL/dWxh, and dL/dbh to zero.
    d_Whh = np.zeros(self.Whh.shape)
    d_Wxh = np.zeros(self.Wxh.shape)
    d_bh = np.zeros(self.bh.shape)

    # Calculate dL/dh for the last h.
    d_h = self.Why.T @ d_y

    # Backpropagate through time.
    for t in reversed(range(n)):
      # An intermediate value: dL/dh * (1 - h^2)
      temp = ((1 - self.last_hs[t + 1] ** 2) * d_h)
      d_bh += temp
      d_Whh += temp @ self.last_hs[t].T
      d_Wxh += temp @ self.last_inputs[t].T
      # Next dL/dh
      d_h = self.Whh.T @ temp

    # Clip to prevent exploding gradients.
    for d in [d_Wxh, d_Whh, d_Why, d_bh, d_by]:
      np.clip(d, -1, 1, out=d)

    # Update weights and biases using gradient descent.
    self.Whh -= learn_rate * d_Whh
    self.Wxh -= learn_rate * d_Wxh
    self.Why -= learn_rate * d_Why
    self.bh -= learn_rate * d_bh
    self.by -= learn_rate * d_by


train_data = {'good': True, 'bad': False, 'this is good': True, 'this is bad': False,
              'not bad': True, 'not good': False, 'this is not good': False}
vocab = sorted({w for text in train_data for w in text.split(' ')})
word_to_idx = {w: i for i, w in enumerate(vocab)}

def createInputs(text):
  inputs = []
  for w in text.split(' '):
    v = np.zeros((len(vocab), 1))
    v[word_to_idx[w]] = 1
    inputs.append(v)
  return inputs

def softmax(xs):
  return np.exp(xs) / sum(np.exp(xs))

np.random.seed(3)
rnn = RNN(len(vocab), 2)
for epoch in range(30):
  loss = 0
  for text, label in train_data.items():
    inputs = createInputs(text)
    target = int(label)
    out, _ = rnn.forward(inputs)
    probs = softmax(out)
    loss -= float(np.log(probs[target, 0]))

    # Build dL/dy
    d_L_d_y = probs
    d_L_d_y[target] -= 1
    rnn.backprop(d_L_d_y)
  if epoch % 10 == 9:
    print('--- Epoch %d  loss %.3f' % (epoch + 1, loss / len(train_data)))
