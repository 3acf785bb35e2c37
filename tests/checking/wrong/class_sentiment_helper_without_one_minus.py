# expect: line=48 variable=return mistake=wrong-derivative|missing-derivative
# right: output * (1 - output)
import numpy as np


class SentimentNetwork:
    """Udacity style sentiment network: no activation in the hidden layer."""

    def __init__(self, reviews, labels, hidden_nodes=10, learning_rate=0.1):
        np.random.seed(1)
        self.pre_process_data(reviews, labels)
        self.init_network(len(self.review_vocab), hidden_nodes, 1, learning_rate)

    def pre_process_data(self, reviews, labels):
        review_vocab = set()
        for review in reviews:
            for word in review.split(" "):
                review_vocab.add(word)
        self.review_vocab = sorted(review_vocab)
        self.label_vocab = sorted(set(labels))
        self.word2index = {}
        for i, word in enumerate(self.review_vocab):
            self.word2index[word] = i

    def init_network(self, input_nodes, hidden_nodes, output_nodes, learning_rate):
        self.input_nodes = input_nodes
        self.hidden_nodes = hidden_nodes
        self.output_nodes = output_nodes
        self.learning_rate = learning_rate
        self.weights_0_1 = np.random.normal(
            0.0, self.input_nodes ** -0.5, (self.input_nodes, self.hidden_nodes)
        )
        self.weights_1_2 = np.random.normal(
            0.0, self.hidden_nodes ** -0.5, (self.hidden_nodes, self.output_nodes)
        )
        self.layer_1 = np.zeros((1, hidden_nodes))

    def get_target_for_label(self, label):
        if label == "POSITIVE":
            return 1
        else:
            return 0

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def sigmoid_output_2_derivative(self, output):
        return output

    def train(self, training_reviews_raw, training_labels):
        training_reviews = list()
        for review in training_reviews_raw:
            indices = set()
            for word in review.split(" "):
                if word in self.word2index.keys():
                    indices.add(self.word2index[word])
            training_reviews.append(list(indices))
        correct_so_far = 0
        for i in range(len(training_reviews)):
            review = training_reviews[i]
            label = training_labels[i]
            # Forward pass
            self.layer_1 *= 0
            for index in review:
                self.layer_1 += self.weights_0_1[index]
            layer_2 = self.sigmoid(self.layer_1.dot(self.weights_1_2))
            # Backward pass
            layer_2_error = layer_2 - self.get_target_for_label(label)
            layer_2_delta = layer_2_error * self.sigmoid_output_2_derivative(layer_2)
            layer_1_error = layer_2_delta.dot(self.weights_1_2.T)
            layer_1_delta = layer_1_error
            self.weights_1_2 -= self.layer_1.T.dot(layer_2_delta) * self.learning_rate
            for index in review:
                self.weights_0_1[index] -= layer_1_delta[0] * self.learning_rate
            if layer_2 >= 0.5 and label == "POSITIVE":
                correct_so_far += 1
            elif layer_2 < 0.5 and label == "NEGATIVE":
                correct_so_far += 1
        print("correct", correct_so_far, "of", len(training_reviews))


reviews = ["good great fun", "bad awful film", "great film", "awful boring bad", "fun good film"]
labels = ["POSITIVE", "NEGATIVE", "POSITIVE", "NEGATIVE", "POSITIVE"]
mlp = SentimentNetwork(reviews, labels, hidden_nodes=4, learning_rate=0.1)
mlp.train(reviews * 4, labels * 4)
