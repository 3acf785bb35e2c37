# softmax classifier, analytic gradient
import numpy as np
rng = np.random.RandomState(3)
num_train = 10
num_classes = 4
X = rng.randn(num_train, 7)
y = rng.randint(num_classes, size=num_train)
W = rng.randn(7, num_classes) * 0.01
reg = 0.1

scores = X.dot(W)
scores -= np.max(scores, axis=1, keepdims=True)  # numeric stability
p = np.exp(scores)
p /= p.sum(axis=1, keepdims=True)
loss = -np.sum(np.log(p[np.arange(num_train), y])) / num_train
loss += reg * np.sum(W * W)

dscores = p.copy()
dscores[np.arange(num_train), y] -= 1
dscores /= num_train
dW = X.T.dot(dscores)
dW += 2 * reg * W

print('loss', loss)
print('grad norm', np.linalg.norm(dW))
