# expect: line=10 variable=dw mistake=dropped-upstream|wrong-operand
# right: [x[0] * dz, x[1] * dz]
import math

x = [0.5, -1.5]
w = [1.0, 2.0]
z = w[0] * x[0] + w[1] * x[1]
s = math.tanh(z)
dz = 1 - s * s
dw = [x[0] * dz, x[1]]
dx = [w[0] * dz, w[1] * dz]
print(s, dw, dx)
