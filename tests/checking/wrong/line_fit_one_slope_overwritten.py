# expect: line=17 variable=D_m mistake=overwritten-accumulator
# right: D_m += (-2 / n) * x * (y - y_pred)
# Linear regression the way 3Blue1Brown viewers do it on a Sunday
xs = [1.0, 2.0, 3.0, 4.0, 5.0]
ys = [2.2, 4.1, 6.2, 7.9, 10.1]

m = 0.0
b = 0.0
L = 0.01
n = float(len(xs))

for i in range(1000):
    D_m = 0
    D_b = 0
    for x, y in zip(xs, ys):
        y_pred = m * x + b
        D_m = (-2 / n) * x * (y - y_pred)
        D_b += (-2 / n) * (y - y_pred)
    m = m - L * D_m
    b = b - L * D_b

print(m, b)
