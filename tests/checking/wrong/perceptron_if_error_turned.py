# expect: line=20 variable=error mistake=sign
# right: label - guess
"""A perceptron learns NAND."""
truth_table = [((0.0, 0.0), 1), ((0.0, 1.0), 1), ((1.0, 0.0), 1), ((1.0, 1.0), 0)]

weight_a = 0.3
weight_b = 0.1
bias = -0.2
step_size = 0.2

for round_ in range(25):
    wrong = 0
    for (a, b), label in truth_table:
        total = weight_a * a + weight_b * b + bias
        if total >= 0:
            guess = 1
        else:
            guess = 0

        error = guess - label
        wrong += abs(error)
        weight_a += step_size * error * a
        weight_b += step_size * error * b
        bias += step_size * error
    if wrong == 0:
        break
