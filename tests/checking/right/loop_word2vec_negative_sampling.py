# skip-gram with negative sampling on a toy corpus
import numpy as np

np.random.seed(100)
text = "the king rules the land and the queen rules the sea".split()
vocab = sorted(set(text))
w2i = {w: i for i, w in enumerate(vocab)}
V, d, k, window = len(vocab), 6, 3, 2
lr = 0.05

W_in = (np.random.rand(V, d) - 0.5)
W_out = (np.random.rand(V, d) - 0.5)

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

for epoch in range(5):
    total = 0
    for pos, word in enumerate(text):
        center = w2i[word]
        for j in range(max(0, pos - window), min(len(text), pos + window + 1)):
            if j == pos:
                continue
            context = w2i[text[j]]
            negatives = np.random.choice([i for i in range(V) if i != context], size=k, replace=False)

            v_c = W_in[center]
            u_o = W_out[context]
            u_k = W_out[negatives]
            s_pos = sigmoid(np.dot(u_o, v_c))
            s_neg = sigmoid(-np.dot(u_k, v_c))
            loss = -np.log(s_pos) - np.sum(np.log(s_neg))

            grad_vc = (s_pos - 1) * u_o + np.dot(1 - s_neg, u_k)
            grad_uo = (s_pos - 1) * v_c
            grad_uk = np.outer(1 - s_neg, v_c)

            W_in[center] -= lr * grad_vc
            W_out[context] -= lr * grad_uo
            W_out[negatives] -= lr * grad_uk
            total += loss
    print('epoch', epoch, 'loss', total)
