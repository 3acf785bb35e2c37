import numpy as np

# XOR, one example at a time, tanh everywhere, momentum
rng = np.random.RandomState(0)
patterns = [(np.array([0., 0.]), np.array([0.])),
            (np.array([0., 1.]), np.array([1.])),
            (np.array([1., 0.]), np.array([1.])),
            (np.array([1., 1.]), np.array([0.]))]

wi = rng.uniform(-1.0, 1.0, (3, 4))   # 2 inputs + 1 bias node
wo = rng.uniform(-1.0, 1.0, (4, 1))
ci = np.zeros((3, 4))
co = np.zeros((4, 1))
N = 0.3  # learning rate
M = 0.2  # momentum

def dtanh(y):
    return 1.0 - y ** 2

for epoch in range(300):
    total = 0.0
    for inp, targets in patterns:
        ai = np.append(inp, 1.0)
        ah = np.tanh(ai @ wi)
        ao = np.tanh(ah @ wo)

        output_deltas = dtanh(ao) * (targets - ao)
        hidden_deltas = dtanh(ah) * (wo @ output_deltas)

        change = np.outer(ah, output_deltas)
        wo = wo + N * change + M * co
        co = change

        change = np.outer(ai, hidden_deltas)
        wi = wi + N * change + M * ci
        ci = change

        total += 0.5 * np.sum((targets - ao) ** 2)
    if epoch % 100 == 0:
        print('error %-.5f' % total)
