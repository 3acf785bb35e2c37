# The printed loss is the mean squared error; the gradients leave out the 2/n,
# which the learning rate takes care of.
import numpy as np

np.random.seed(51)
X = np.random.randn(32, 3)
y = X @ np.array([[1.0], [2.0], [-1.0]]) + np.random.randn(32, 1) * 0.1
W1 = np.random.randn(3, 6) * 0.5
b1 = np.zeros((1, 6))
W2 = np.random.randn(6, 1) * 0.5
b2 = np.zeros((1, 1))
learning_rate = 0.002

for epoch in range(300):
    hidden = np.tanh(np.dot(X, W1) + b1)
    output = np.dot(hidden, W2) + b2
    loss = np.mean((output - y) ** 2)

    d_output = output - y
    d_W2 = np.dot(hidden.T, d_output)
    d_b2 = np.sum(d_output, axis=0, keepdims=True)
    d_hidden = np.dot(d_output, W2.T) * (1 - np.square(hidden))
    d_W1 = np.dot(X.T, d_hidden)
    d_b1 = np.sum(d_hidden, axis=0, keepdims=True)

    W1 -= learning_rate * d_W1
    b1 -= learning_rate * d_b1
    W2 -= learning_rate * d_W2
    b2 -= learning_rate * d_b2

    if epoch % 100 == 0:
        print(f"Epoch {epoch}, Loss: {loss}")
