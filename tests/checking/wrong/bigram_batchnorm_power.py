# expect: line=56 variable=dvar mistake=wrong-derivative
# right: -0.5 * (var + 1e-05) ** (-1.5) * dinv
"""Student submission: character-level bigram + hidden layer, Karpathy style but mine."""
import numpy as np

text = "to be or not to be that is the question whether tis nobler in the mind to suffer"
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
V = len(chars)
ctx = 3
xs, ys = [], []
for i in range(len(text) - ctx):
    xs.append([stoi[c] for c in text[i:i + ctx]])
    ys.append(stoi[text[i + ctx]])
xs, ys = np.array(xs), np.array(ys)

rng = np.random.RandomState(42)
C = rng.randn(V, 4) * 0.5
W1 = rng.randn(ctx * 4, 16) * 0.2
gamma = np.ones(16)
beta = np.zeros(16)
W2 = rng.randn(16, V) * 0.1
b2 = np.zeros(V)

def step(ix, lr):
    global C, W1, gamma, beta, W2, b2
    Xb, Yb = xs[ix], ys[ix]
    n = len(ix)
    emb = C[Xb]
    flat = emb.reshape(n, -1)
    hpre = flat @ W1
    mu = hpre.mean(0)
    xc = hpre - mu
    var = (xc ** 2).mean(0)
    inv = (var + 1e-5) ** -0.5
    xhat = xc * inv
    hbn = gamma * xhat + beta
    h = np.tanh(hbn)
    logits = h @ W2 + b2
    logits = logits - logits.max(1, keepdims=True)
    probs = np.exp(logits)
    probs /= probs.sum(1, keepdims=True)
    loss = -np.log(probs[np.arange(n), Yb]).mean()

    dlogits = probs.copy()
    dlogits[np.arange(n), Yb] -= 1
    dlogits /= n
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dh = dlogits @ W2.T
    dhbn = dh * (1 - h ** 2)
    dgamma = (dhbn * xhat).sum(0)
    dbeta = dhbn.sum(0)
    dxhat = dhbn * gamma
    dinv = (dxhat * xc).sum(0)
    dvar = -0.5 * (var + 1e-5) ** -0.5 * dinv
    dxc = dxhat * inv + 2 * xc * dvar / n
    dmu = -dxc.sum(0)
    dhpre = dxc + dmu / n
    dW1 = flat.T @ dhpre
    demb = (dhpre @ W1.T).reshape(emb.shape)
    dC = np.zeros_like(C)
    for k in range(n):
        for j in range(ctx):
            dC[Xb[k, j]] += demb[k, j]
    C -= lr * dC
    W1 -= lr * dW1
    gamma -= lr * dgamma
    beta -= lr * dbeta
    W2 -= lr * dW2
    b2 -= lr * db2
    return loss

for it in range(200):
    ix = rng.randint(0, len(xs), 16)
    l = step(ix, 0.1)
    if it % 50 == 0:
        print(it, l)
