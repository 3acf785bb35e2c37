import numpy as np

np.random.seed(13)
X = np.random.randn(12, 5)
y = np.random.randint(0, 3, 12)
W = np.random.randn(5, 3) * 0.1

def svm_loss_naive(W, X, y, reg):
  num_classes = W.shape[1]
  num_train = X.shape[0]
  loss = 0.0
  for i in range(num_train):
    scores = X[i].dot(W)
    correct_class_score = scores[y[i]]
    for j in range(num_classes):
      if j == y[i]:
        continue
      margin = scores[j] - correct_class_score + 1  # note delta = 1
      if margin > 0:
        loss += margin
  loss /= num_train
  loss += reg * np.sum(W * W)

  dW = np.zeros(W.shape)
  for i in range(num_train):
    scores = X[i].dot(W)
    for j in range(num_classes):
      if j == y[i]:
        continue
      if scores[j] - scores[y[i]] + 1 > 0:
        dW[:, j] += X[i]
        dW[:, y[i]] -= X[i]
  dW /= num_train
  dW += 2 * reg * W
  return loss, dW

for it in range(60):
  loss, grad = svm_loss_naive(W, X, y, 1e-2)
  W -= 0.05 * grad
  if it % 20 == 0:
    print('iteration %d: loss %f' % (it, loss))
