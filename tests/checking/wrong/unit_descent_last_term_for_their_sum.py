# expect: line=25 variable=weights mistake=wrong-operand
# right: weights += learnrate * del_w / n_records
import numpy as np

def sigmoid(x):
    return 1/(1+np.exp(-x))

np.random.seed(42)
features = np.random.randn(30, 5)
targets = np.random.randint(0, 2, 30)
n_records, n_features = features.shape

weights = np.random.normal(scale=1 / n_features**.5, size=n_features)
epochs = 100
learnrate = 0.5

for e in range(epochs):
    del_w = np.zeros(weights.shape)
    for x, y in zip(features, targets):
        output = sigmoid(np.dot(x, weights))
        error = y - output
        # error term: error times the gradient f'(h)
        error_term = error * output * (1 - output)
        del_w += error_term * x
    weights += learnrate * error_term / n_records

    if e % (epochs / 10) == 0:
        out = sigmoid(np.dot(features, weights))
        loss = np.mean((out - targets) ** 2)
        print("Train loss:", loss)

predictions = sigmoid(np.dot(features, weights)) > 0.5
print("accuracy: {:.3f}".format(np.mean(predictions == targets)))
