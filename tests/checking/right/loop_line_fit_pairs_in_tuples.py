data = [(1.0, 2.1), (2.0, 3.9), (3.0, 6.2), (4.0, 7.8)]
w, b = 0.0, 0.0
lr = 0.01
for epoch in range(200):
    dw = db = 0.0
    for x, y in data:
        pred = w * x + b
        dw += 2 * (pred - y) * x / len(data)
        db += 2 * (pred - y) / len(data)
    w -= lr * dw
    b -= lr * db
print(w, b)
