import numpy as np

np.random.seed(12)
num_observations = 50
x1 = np.random.multivariate_normal([0, 0], [[1, .75], [.75, 1]], num_observations)
x2 = np.random.multivariate_normal([1, 4], [[1, .75], [.75, 1]], num_observations)
features = np.vstack((x1, x2)).astype(np.float64)
labels = np.hstack((np.zeros(num_observations), np.ones(num_observations)))

def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))

def log_likelihood(features, target, weights):
    scores = np.dot(features, weights)
    ll = np.sum(target * scores - np.log(1 + np.exp(scores)))
    return ll

features = np.hstack((np.ones((features.shape[0], 1)), features))
weights = np.zeros(features.shape[1])
learning_rate = 1e-3
for step in range(2000):
    scores = np.dot(features, weights)
    predictions = sigmoid(scores)

    # gradient ascent on the log-likelihood
    output_error_signal = labels - predictions
    gradient = np.dot(features.T, output_error_signal)
    weights += learning_rate * gradient

    if step % 1000 == 0:
        print(log_likelihood(features, labels, weights))

print('Accuracy:', (np.round(sigmoid(features @ weights)) == labels).mean())
