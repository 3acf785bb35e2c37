import numpy as np

# x --w1--> sigmoid --w2--> sigmoid --> output
def sig(z):
    return 1 / (1 + np.exp(-z))

x = 1.5
target = 0.5
w1, w2 = 0.8, -0.4
b1, b2 = 0.1, 0.2
lr = 0.5

z1 = w1 * x + b1
a1 = sig(z1)
z2 = w2 * a1 + b2
a2 = sig(z2)
loss = (a2 - target) ** 2

dloss_da2 = 2 * (a2 - target)
da2_dz2 = a2 * (1 - a2)
dz2_da1 = w2
da1_dz1 = a1 * (1 - a1)

dloss_dw2 = dloss_da2 * da2_dz2 * a1
dloss_db2 = dloss_da2 * da2_dz2
dloss_dw1 = dloss_da2 * da2_dz2 * dz2_da1 * da1_dz1 * x
dloss_db1 = dloss_da2 * da2_dz2 * dz2_da1 * da1_dz1

# all four at the same time, with the old weights
w1, b1, w2, b2 = (w1 - lr * dloss_dw1, b1 - lr * dloss_db1,
                  w2 - lr * dloss_dw2, b2 - lr * dloss_db2)

print(w1, b1, w2, b2)
