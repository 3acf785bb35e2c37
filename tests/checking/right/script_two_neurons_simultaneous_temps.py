# Two neurons in a chain. New weights go to temporaries first so that the
# gradient of w1 doesn't see the new w2.
from math import exp

def s(v):
    return 1.0 / (1.0 + exp(-v))

i = 0.35
want = 0.9
w1 = 0.3
w2 = 0.5
rate = 1

h = s(i * w1)
out = s(h * w2)
err = out - want
print('error', 0.5 * err ** 2)

d_out = err * out * (1 - out)
new_w2 = w2 - rate * d_out * h
d_h = d_out * w2 * h * (1 - h)
new_w1 = w1 - rate * d_h * i

w1 = new_w1
w2 = new_w2
print(w1, w2)
