import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = np.where(x > 0, dout, 0)
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        mu = x.mean(axis=0)
        var = x.var(axis=0) + eps
        std = np.sqrt(var)
        z = (x - mu) / std
        out = gamma * z + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * (std ** 2)
        cache = {"x": x, "mean": mu, "std": std, "gamma": gamma, "z": z, "var": var}
    elif mode == "test":
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * cache["z"], axis=0)
    N = dout.shape[0]
    z = cache["z"]
    dfdz = dout * cache["gamma"]
    dudx = 1 / N
    dvdx = 2 / N * (cache["x"] - cache["mean"])
    dzdx = 1 / cache["std"]
    dzdu = -1 / cache["std"]
    dzdv = -0.5 * (cache["var"] ** -1.5) * (cache["x"] - cache["mean"])
    dvdu = -2 / N * np.sum(cache["x"] - cache["mean"], axis=0)
    dx = (dfdz * dzdx + np.sum(dfdz * dzdu, axis=0) * dudx
          + np.sum(dfdz * dzdv, axis=0) * (dvdx + dvdu * dudx))
    return dx, dgamma, dbeta


def softmax_loss(x, y):
    num_train = x.shape[0]
    scores = x - np.max(x, axis=1, keepdims=True)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = -np.log(probs[range(num_train), y]).sum() / num_train
    dx = probs
    dx[range(num_train), y] -= 1
    dx /= num_train
    return loss, dx


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=12, num_classes=4, reg=0.0, weight_scale=1e-1, dtype=np.float64):
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.params = {}
        dims = np.hstack([input_dim, hidden_dims, num_classes])
        for i in range(self.num_layers):
            self.params["W%d" % (i + 1)] = np.random.normal(0, weight_scale, (dims[i], dims[i + 1]))
            self.params["b%d" % (i + 1)] = np.zeros(dims[i + 1])
        for i in range(self.num_layers - 1):
            self.params["gamma%d" % (i + 1)] = np.ones(dims[i + 1])
            self.params["beta%d" % (i + 1)] = np.zeros(dims[i + 1])
        self.bn_params = [{"mode": "train"} for i in range(self.num_layers - 1)]

    def loss(self, X, y=None):
        mode = "test" if y is None else "train"
        for bn_param in self.bn_params:
            bn_param["mode"] = mode
        caches = []
        a = X
        for i in range(self.num_layers - 1):
            w, b = self.params["W%d" % (i + 1)], self.params["b%d" % (i + 1)]
            g, be = self.params["gamma%d" % (i + 1)], self.params["beta%d" % (i + 1)]
            h, c1 = affine_forward(a, w, b)
            h, c2 = batchnorm_forward(h, g, be, self.bn_params[i])
            a, c3 = relu_forward(h)
            caches.append((c1, c2, c3))
        w, b = self.params["W%d" % self.num_layers], self.params["b%d" % self.num_layers]
        scores, cache = affine_forward(a, w, b)
        if mode == "test":
            return scores
        grads = {}
        loss, dscores = softmax_loss(scores, y)
        for i in range(self.num_layers):
            w = self.params["W%d" % (i + 1)]
            loss += 0.5 * self.reg * np.sum(w * w)
        da, dw, db = affine_backward(dscores, cache)
        grads["W%d" % self.num_layers] = dw + self.reg * self.params["W%d" % self.num_layers]
        grads["b%d" % self.num_layers] = db
        for i in reversed(range(self.num_layers - 1)):
            c1, c2, c3 = caches[i]
            dh = relu_backward(da, c3)
            dh, dgamma, dbeta = batchnorm_backward(dh, c2)
            da, dw, db = affine_backward(dh, c1)
            grads["W%d" % (i + 1)] = dw + self.reg * self.params["W%d" % (i + 1)]
            grads["b%d" % (i + 1)] = db
            grads["gamma%d" % (i + 1)] = dgamma
            grads["beta%d" % (i + 1)] = dbeta
        return loss, grads


np.random.seed(231)
X = np.random.randn(10, 12)
y = np.random.randint(4, size=10)
model = FullyConnectedNet([8, 6], reg=0.3)
loss, grads = model.loss(X, y)
print("initial loss", loss)
for it in range(20):
    loss, grads = model.loss(X, y)
    for p in model.params:
        model.params[p] -= 0.05 * grads[p]
    print(it, loss)
