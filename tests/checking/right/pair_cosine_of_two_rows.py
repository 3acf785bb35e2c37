import numpy as np

def cosine_forward(a, b):
    na = np.linalg.norm(a, axis=1)
    nb = np.linalg.norm(b, axis=1)
    cos = np.sum(a * b, axis=1) / (na * nb)
    return cos, (a, b, na, nb, cos)

def cosine_backward(dcos, cache):
    a, b, na, nb, cos = cache
    da = dcos[:, None] * (b / (na * nb)[:, None] - cos[:, None] * a / (na ** 2)[:, None])
    db = dcos[:, None] * (a / (na * nb)[:, None] - cos[:, None] * b / (nb ** 2)[:, None])
    return da, db
