# expect: line=14 variable=da mistake=wrong-derivative
# right: da + (1 - s**2) * ds
import numpy as np

a, b = 0.7, -1.2
s = np.tanh(a)
q = a * b
f = s * q

ds = q
dq = s
da = b * dq
db = a * dq
da += (1 - s) * ds
print(f, da, db)
