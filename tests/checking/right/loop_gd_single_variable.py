# gradient descent on a function of two numbers
import numpy as np

def f(x, y):
    return (x - 3) ** 2 + 2 * (y + 1) ** 2 + x * y

def df(x, y):
    dfdx = 2 * (x - 3) + y
    dfdy = 4 * (y + 1) + x
    return dfdx, dfdy

x, y = 0.0, 0.0
lr = 0.1
path = [(x, y)]
for i in range(50):
    loss = f(x, y)
    gx, gy = df(x, y)
    x -= lr * gx
    y -= lr * gy
    path.append((x, y))
    if i % 10 == 0:
        print(i, loss)
print('minimum near', np.round([x, y], 4))
