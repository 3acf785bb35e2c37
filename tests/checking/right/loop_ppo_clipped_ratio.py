import numpy as np

rng = np.random.default_rng(17)
n_obs, n_act = 4, 3
W = rng.normal(0, 0.1, (n_obs, n_act))
clip_eps = 0.2
lr = 0.05


def policy(obs, W):
    z = obs @ W
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


for iteration in range(5):
    obs = rng.normal(size=(40, n_obs))
    old = policy(obs, W)
    acts = np.array([rng.choice(n_act, p=p) for p in old])
    adv = np.where(acts == obs[:, :n_act].argmax(1), 1.0, -0.5)
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    old_logp = np.log(old[np.arange(40), acts])

    for k in range(4):
        probs = policy(obs, W)
        logp = np.log(probs[np.arange(40), acts])
        ratio = np.exp(logp - old_logp)
        surr1 = ratio * adv
        surr2 = np.clip(ratio, 1 - clip_eps, 1 + clip_eps) * adv
        loss = -np.minimum(surr1, surr2).mean()

        active = surr1 <= surr2
        d_logp = np.where(active, -ratio * adv, 0.0) / 40
        d_z = -probs * d_logp[:, None]
        d_z[np.arange(40), acts] += d_logp
        W -= lr * obs.T @ d_z
    print(iteration, loss)
