import numpy as np
def predict(x, w, b):
    return w * x + b

def gradients(x, y, w, b):
    error = predict(x, w, b) - y
    dw = 2 * np.mean(error * x)
    db = 2 * np.mean(error)
    return dw, db

def mse(x, y, w, b):
    return np.mean((predict(x, w, b) - y) ** 2)

def fit(x, y, w=0.0, b=0.0, lr=0.1, steps=100):
    for _ in range(steps):
        dw, db = gradients(x, y, w, b)
        w -= lr * dw
        b -= lr * db
    return w, b
