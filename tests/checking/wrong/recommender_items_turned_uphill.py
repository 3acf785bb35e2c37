# expect: line=21 variable=items mistake=update-sign
# right: items[:, movie] + step * (miss * mine - decay * items[:, movie])
import numpy as np

ratings = np.array(
    [[4, 0, 5, 2, 0], [0, 3, 4, 0, 1], [5, 1, 0, 2, 2], [1, 0, 2, 5, 4]], dtype=float
)


def factorize(ratings, users, items, step=0.02, decay=0.01, sweeps=80):
    items = items.T
    for _ in range(sweeps):
        for user in range(ratings.shape[0]):
            for movie in range(ratings.shape[1]):
                if ratings[user, movie] == 0:
                    continue
                miss = ratings[user, movie] - users[user] @ items[:, movie]
                mine = users[user].copy()
                gradient = miss * items[:, movie] - decay * users[user]
                users[user] = users[user] + step * gradient
                items[:, movie] = items[:, movie] - step * (
                    miss * mine - decay * items[:, movie]
                )
    return users, items.T


rng = np.random.default_rng(3)
users = rng.random((4, 3))
items = rng.random((5, 3))
users, items = factorize(ratings, users, items)
print(users @ items.T)
