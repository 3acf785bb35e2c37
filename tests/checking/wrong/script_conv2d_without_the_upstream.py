# expect: line=26 variable=dact mistake=dropped-upstream
# right: np.ones_like(act) / (oh * ow) * dpred
# one 3x3 filter over a 6x6 image, then global sum of relu, gradient by loops
import numpy as np

rng = np.random.default_rng(5)
img = rng.normal(size=(6, 6))
kernel = rng.normal(size=(3, 3))
bias = 0.1
label = 4.0

kh, kw = kernel.shape
oh = img.shape[0] - kh + 1
ow = img.shape[1] - kw + 1

fmap = np.zeros((oh, ow))
for r in range(oh):
    for c in range(ow):
        fmap[r, c] = np.sum(img[r:r+kh, c:c+kw] * kernel) + bias
act = np.maximum(0, fmap)
pred = act.sum() / (oh * ow)
loss = (pred - label) ** 2
print('loss', loss)

dpred = 2 * (pred - label)
dact = np.ones_like(act) / (oh * ow)
dfmap = dact * (fmap > 0)

dkernel = np.zeros_like(kernel)
dimg = np.zeros_like(img)
dbias = 0.0
for r in range(oh):
    for c in range(ow):
        dkernel += dfmap[r, c] * img[r:r+kh, c:c+kw]
        dimg[r:r+kh, c:c+kw] += dfmap[r, c] * kernel
        dbias += dfmap[r, c]

kernel -= 0.05 * dkernel
bias -= 0.05 * dbias
