# expect: line=31 variable=delta_hidden mistake=wrong-operand
# right: network["output"][:, :-1].T.dot(delta_output) * transfer_derivative(hidden)
import numpy as np

def make_network(n_inputs, n_hidden, n_outputs):
    rng = np.random.RandomState(1)
    return {"hidden": rng.rand(n_hidden, n_inputs + 1),
            "output": rng.rand(n_outputs, n_hidden + 1)}

def add_one(v):
    return np.append(v, 1.0)

def transfer(activation):
    return 1.0 / (1.0 + np.exp(-activation))

def transfer_derivative(output):
    return output * (1.0 - output)

def train_network(network, rows, expected, l_rate, n_epoch):
    for epoch in range(n_epoch):
        sum_error = 0
        for row, want in zip(rows, expected):
            inputs = add_one(row)
            hidden = transfer(network["hidden"].dot(inputs))
            hidden_one = add_one(hidden)
            outputs = transfer(network["output"].dot(hidden_one))
            error = want - outputs
            sum_error += np.sum(error ** 2)

            delta_output = error * transfer_derivative(outputs)
            delta_hidden = network["output"][:, 1:].T.dot(delta_output) * transfer_derivative(hidden)

            network["output"] += l_rate * np.outer(delta_output, hidden_one)
            network["hidden"] += l_rate * np.outer(delta_hidden, inputs)

network = make_network(2, 3, 2)
rows = np.random.RandomState(2).rand(10, 2)
expected = np.eye(2)[(rows.sum(axis=1) > 1).astype(int)]
train_network(network, rows, expected, 0.5, 10)
