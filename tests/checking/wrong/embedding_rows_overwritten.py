# expect: line=71 variable=dC mistake=overwritten-accumulator
# right: dC[Xb[k, j]] += demb[k, j]
"""makemore-style: character embeddings -> tanh -> softmax, manual backprop."""
import numpy as np

words = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]
chars = sorted(list(set(''.join(words))))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi['.'] = 0
vocab_size = len(stoi)
block_size = 3

X, Y = [], []
for w in words:
    context = [0] * block_size
    for ch in w + '.':
        ix = stoi[ch]
        X.append(context)
        Y.append(ix)
        context = context[1:] + [ix]
X, Y = np.array(X), np.array(Y)

n_embd, n_hidden = 4, 10
g = np.random.default_rng(2147483647)
C = g.standard_normal((vocab_size, n_embd))
W1 = g.standard_normal((n_embd * block_size, n_hidden)) * 0.3
b1 = g.standard_normal(n_hidden) * 0.1
W2 = g.standard_normal((n_hidden, vocab_size)) * 0.1
b2 = g.standard_normal(vocab_size) * 0.1
parameters = [C, W1, b1, W2, b2]

batch_size = 16
for i in range(200):
    ix = g.integers(0, X.shape[0], (batch_size,))
    Xb, Yb = X[ix], Y[ix]
    # forward
    emb = C[Xb]
    embcat = emb.reshape(emb.shape[0], -1)
    hpreact = embcat @ W1 + b1
    h = np.tanh(hpreact)
    logits = h @ W2 + b2
    logit_maxes = logits.max(1, keepdims=True)
    norm_logits = logits - logit_maxes
    counts = np.exp(norm_logits)
    counts_sum = counts.sum(1, keepdims=True)
    counts_sum_inv = counts_sum ** -1
    probs = counts * counts_sum_inv
    logprobs = np.log(probs)
    loss = -logprobs[range(batch_size), Yb].mean()
    # backward
    dlogprobs = np.zeros_like(logprobs)
    dlogprobs[range(batch_size), Yb] = -1.0 / batch_size
    dprobs = (1.0 / probs) * dlogprobs
    dcounts_sum_inv = (counts * dprobs).sum(1, keepdims=True)
    dcounts = counts_sum_inv * dprobs
    dcounts_sum = (-counts_sum ** -2) * dcounts_sum_inv
    dcounts += np.ones_like(counts) * dcounts_sum
    dnorm_logits = counts * dcounts
    dlogits = dnorm_logits.copy()
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - h ** 2) * dh
    dembcat = dhpreact @ W1.T
    dW1 = embcat.T @ dhpreact
    db1 = dhpreact.sum(0)
    demb = dembcat.reshape(emb.shape)
    dC = np.zeros_like(C)
    for k in range(Xb.shape[0]):
        for j in range(Xb.shape[1]):
            dC[Xb[k, j]] = demb[k, j]
    grads = [dC, dW1, db1, dW2, db2]
    lr = 0.1 if i < 150 else 0.01
    for p, grad in zip(parameters, grads):
        p += -lr * grad
    if i % 50 == 0:
        print(f'{i:5d}: {loss:.4f}')
