# expect: line=31 variable=dJ_dKi mistake=sign
# right: mend
"""Tune a PI controller on a first order plant by sensitivity equations."""
import numpy as np

Kp, Ki = 0.5, 0.1
a, b = 0.9, 0.2
ref = 1.0
N = 40
eta = 0.002

for epoch in range(200):
    y, integral = 0.0, 0.0
    dy_dKp, dy_dKi = 0.0, 0.0
    di_dKp, di_dKi = 0.0, 0.0
    J = 0.0
    dJ_dKp, dJ_dKi = 0.0, 0.0
    for n in range(N):
        e = ref - y
        integral = integral + e
        di_dKp = di_dKp - dy_dKp
        di_dKi = di_dKi - dy_dKi
        u = Kp * e + Ki * integral
        du_dKp = e - Kp * dy_dKp + Ki * di_dKp
        du_dKi = integral - Kp * dy_dKi + Ki * di_dKi
        y = a * y + b * u
        dy_dKp = a * dy_dKp + b * du_dKp
        dy_dKi = a * dy_dKi + b * du_dKi
        J += (ref - y) ** 2
        dJ_dKp += -2 * (ref - y) * dy_dKp
        dJ_dKi += -(-2 * (ref - y) * dy_dKi)
    Kp -= eta * dJ_dKp
    Ki -= eta * dJ_dKi
    if epoch % 50 == 0:
        print(epoch, J, Kp, Ki)
