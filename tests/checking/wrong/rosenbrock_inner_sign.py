# expect: line=11 variable=df_dx mistake=sign
# right: -2 * (1 - x) - 400 * x * (y - x ** 2)
import numpy as np


def f(x, y):
    return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2


def grad_f(x, y):
    df_dx = -2 * (1 - x) + 400 * x * (y - x ** 2)
    df_dy = 200 * (y - x ** 2)
    return df_dx, df_dy


x, y = -1.2, 1.0
learning_rate = 0.001
path = [(x, y)]
for i in range(300):
    gx, gy = grad_f(x, y)
    x = x - learning_rate * gx
    y = y - learning_rate * gy
    path.append((x, y))

path = np.array(path)
print("minimum near", x, y, "f =", f(x, y))
