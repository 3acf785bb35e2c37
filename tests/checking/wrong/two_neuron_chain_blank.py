# expect: line=30 variable=w1 mistake=updated-weight
# right: w1 - alpha*(out-target)*(w2_was*s2*(1-s2)*s1)
# expect: line=32 variable=w0 mistake=blank
# right: w0 - alpha*(out-target)*(w2_was*s2*(1-s2)*w1_was)*(s1*(1-s1)*s0)
# keep: line=29 w2_was, w1_was = w2, w1
from numpy import *


def sigmoid(x):
    return 1/(1+exp(-x))


w0 = 2
w1 = 1
w2 = 0.5

s0 = 2

x1 = w0*s0
s1 = sigmoid(x1)
x2 = w1*s1
s2 = sigmoid(x2)
out = w2*s2
print(out)

alpha = 0.1 #Here we'll set the learning rate to 0.1.
target = 0.7

w2 = w2 - alpha*(out-target)*s2
w1 = w1 - alpha*(out-target)*(w2*s2*(1-s2)*s1)

w0 = '????????' # <-- Fill in the proper expression
