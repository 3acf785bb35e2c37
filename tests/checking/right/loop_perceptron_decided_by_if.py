# Perceptron for the AND / OR gate, homework 1
data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)]

w1 = 0.2
w2 = -0.4
bias = 0.1
learning_rate = 0.1

for epoch in range(20):
    mistakes = 0
    for inputs, target in data:
        s = w1 * inputs[0] + w2 * inputs[1] + bias
        if s > 0:
            output = 1
        else:
            output = 0
        error = target - output
        if error != 0:
            mistakes += 1
        w1 += learning_rate * error * inputs[0]
        w2 += learning_rate * error * inputs[1]
        bias += learning_rate * error
    print("Epoch", epoch, "mistakes:", mistakes)
    if mistakes == 0:
        break
