# binds: gW gb dx loss
import numpy as np

def fc(x, W, b):
    return np.matmul(x, W) + b

def fc_grad(x, W, g):
    gW = np.matmul(x.T, g)
    gb = g.sum(axis=0)
    gx = np.matmul(g, W.T)
    return gx, gW, gb
