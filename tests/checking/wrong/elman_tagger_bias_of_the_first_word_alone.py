# expect: line=39 variable=dbv mistake=overwritten-accumulator
# right: dbv += delta_o[t]
import numpy as np

# Elman tagger: a label for every word, trained sentence by sentence
np.random.seed(0)
vocab, hidden, tags = 8, 5, 3
sents = [np.random.randint(0, vocab, n) for n in (4, 6, 5)]
golds = [np.random.randint(0, tags, len(s)) for s in sents]

E = np.random.randn(vocab, hidden) * 0.2
U = np.random.randn(hidden, hidden) * 0.2
V = np.random.randn(hidden, tags) * 0.2
bh = np.zeros(hidden)
bv = np.zeros(tags)
alpha = 0.1


def forward(sent):
    hs = np.zeros((len(sent) + 1, hidden))
    ps = np.zeros((len(sent), tags))
    for t, w in enumerate(sent):
        hs[t] = np.tanh(E[w] + U @ hs[t - 1] + bh)
        o = hs[t] @ V + bv
        ps[t] = np.exp(o) / np.sum(np.exp(o))
    return hs, ps


def bptt(sent, gold):
    hs, ps = forward(sent)
    loss = -np.sum(np.log(ps[np.arange(len(sent)), gold]))
    dE, dU, dV = np.zeros_like(E), np.zeros_like(U), np.zeros_like(V)
    dbh, dbv = np.zeros_like(bh), np.zeros_like(bv)
    delta_o = ps.copy()
    delta_o[np.arange(len(sent)), gold] -= 1.0
    back = np.zeros(hidden)
    for t in np.arange(len(sent))[::-1]:
        dV += np.outer(hs[t], delta_o[t])
        dbv = delta_o[t]
        dz = (V @ delta_o[t] + back) * (1 - hs[t] ** 2)
        dU += np.outer(dz, hs[t - 1])
        dE[sent[t]] += dz
        dbh += dz
        back = U.T @ dz
    return loss, dE, dU, dV, dbh, dbv


for epoch in range(10):
    total = 0
    for s, g in zip(sents, golds):
        loss, dE, dU, dV, dbh, dbv = bptt(s, g)
        total += loss
        E -= alpha * dE
        U -= alpha * dU
        V -= alpha * dV
        bh -= alpha * dbh
        bv -= alpha * dbv
    print(epoch, total)
