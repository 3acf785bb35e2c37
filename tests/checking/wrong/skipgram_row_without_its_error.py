# expect: line=23 variable=dcontext mistake=dropped-upstream
# right: center * miss
import numpy as np

rng = np.random.default_rng(31)
words, size = 10, 4
centers = rng.normal(0, 0.3, (words, size))
contexts = rng.normal(0, 0.3, (words, size))


def squash(a):
    return 1 / (1 + np.exp(-a))


for epoch in range(20):
    for c, o in [(1, 4), (2, 7), (3, 3), (8, 0)]:
        others = rng.choice(words, 3, replace=False)
        center, context, noise = centers[c], contexts[o], contexts[others]
        hit, wrong = squash(context @ center), squash(noise @ center)
        loss = -np.log(hit) - np.sum(np.log(1 - wrong))
        miss = hit - 1
        dcenter = miss * context + wrong @ noise
        dcontext = center
        dnoise = np.outer(wrong, center)
        centers[c] = centers[c] - 0.1 * dcenter
        contexts[o] = contexts[o] - 0.1 * dcontext
        np.subtract.at(contexts, others, 0.1 * dnoise)
