import numpy as np
from collections import defaultdict

class word2vec():
    def __init__(self, n=5, eta=0.05, epochs=8, window=2):
        self.n = n
        self.eta = eta
        self.epochs = epochs
        self.window = window

    # GENERATE TRAINING DATA: one-hot center, list of one-hot contexts
    def generate_training_data(self, corpus):
        word_counts = defaultdict(int)
        for row in corpus:
            for word in row:
                word_counts[word] += 1
        self.v_count = len(word_counts)
        self.words_list = sorted(word_counts.keys())
        self.word_index = dict((word, i) for i, word in enumerate(self.words_list))

        training_data = []
        for sentence in corpus:
            sent_len = len(sentence)
            for i, word in enumerate(sentence):
                w_target = self.word2onehot(sentence[i])
                w_context = []
                for j in range(i - self.window, i + self.window + 1):
                    if j != i and j <= sent_len - 1 and j >= 0:
                        w_context.append(self.word2onehot(sentence[j]))
                training_data.append([w_target, w_context])
        return training_data

    def word2onehot(self, word):
        word_vec = [0 for i in range(0, self.v_count)]
        word_vec[self.word_index[word]] = 1
        return np.array(word_vec)

    def softmax(self, x):
        e_x = np.exp(x - np.max(x))
        return e_x / e_x.sum(axis=0)

    def forward_pass(self, x):
        h = np.dot(self.w1.T, x)
        u = np.dot(self.w2.T, h)
        y_c = self.softmax(u)
        return y_c, h, u

    def backprop(self, e, h, x):
        dl_dw2 = np.outer(h, e)
        dl_dw1 = np.outer(x, np.dot(self.w2, e.T))
        self.w1 = self.w1 - (self.eta * dl_dw1)
        self.w2 = self.w2 - (self.eta * dl_dw2)

    def train(self, training_data):
        self.w1 = np.random.uniform(-0.8, 0.8, (self.v_count, self.n))
        self.w2 = np.random.uniform(-0.8, 0.8, (self.n, self.v_count))
        for i in range(0, self.epochs):
            self.loss = 0
            for w_t, w_c in training_data:
                y_pred, h, u = self.forward_pass(w_t)
                EI = np.sum([np.subtract(y_pred, word) for word in w_c], axis=0)
                self.backprop(EI, h, w_t)
                self.loss += -np.sum([u[np.argmax(word)] for word in w_c]) + len(w_c) * np.log(np.sum(np.exp(u)))
            print('EPOCH:', i, 'LOSS:', self.loss)

np.random.seed(0)
corpus = [["the", "quick", "brown", "fox", "jumped", "over", "the", "lazy", "dog"]]
w2v = word2vec()
training_data = w2v.generate_training_data(corpus)
w2v.train(training_data)
