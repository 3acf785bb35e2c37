# expect: line=18 variable=db mistake=wrong-derivative
# right: dcos * (a / (na * nb) - cos * b / nb**2)
import numpy as np


def cosine_forward(a, b):
    na = np.linalg.norm(a, axis=1)
    nb = np.linalg.norm(b, axis=1)
    cos = np.sum(a * b, axis=1) / (na * nb)
    return cos, (a, b, na, nb, cos)


def cosine_backward(dout, cache):
    a, b, na, nb, cos = cache
    dcos = dout[:, None]
    na, nb, cos = na[:, None], nb[:, None], cos[:, None]
    da = dcos * (b / (na * nb) - cos * a / na**2)
    db = dcos * (a / (na * nb) - cos * b / nb)
    return da, db
