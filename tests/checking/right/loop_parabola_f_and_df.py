# Gradient descent, lesson 1

def f(x):
    return x ** 2 - 4 * x + 1

def df(x):
    return 2 * x - 4

x = 9          # starting point
lr = 0.1
for i in range(25):
    x = x - lr * df(x)
    print("step", i, "x =", x, "f(x) =", f(x))
