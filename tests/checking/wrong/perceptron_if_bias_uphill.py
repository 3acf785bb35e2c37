# expect: line=18 variable=w[2] mistake=update-sign
# right: w[2] = w[2] + 0.1 * error
points = [(0.9, 1.2, 1), (-0.4, 0.3, 0), (1.4, -0.2, 1), (-1.0, -0.6, 0), (0.2, -0.9, 0)]
w = [0.1, -0.3, 0.2]


def classify(x1, x2):
    if w[0] * x1 + w[1] * x2 + w[2] > 0:
        return 1
    return 0


for epoch in range(10):
    for x1, x2, target in points:
        error = target - classify(x1, x2)
        w[0] = w[0] + 0.1 * error * x1
        w[1] = w[1] + 0.1 * error * x2
        w[2] = w[2] - 0.1 * error
