import numpy as np

rng = np.random.default_rng(0)
S, A, H = 3, 1, 8
GAMMA, TAU, LR = 0.9, 0.05, 0.02


def make(n_in, n_out):
    return [rng.normal(0, 0.3, (n_in, H)), np.zeros(H), rng.normal(0, 0.3, (H, n_out))]


def actor_forward(p, s):
    h = np.tanh(s @ p[0] + p[1])
    return np.tanh(h @ p[2]), h


def critic_forward(p, s, a):
    x = np.concatenate([s, a], axis=1)
    h = np.tanh(x @ p[0] + p[1])
    return h @ p[2], (x, h)


actor, critic = make(S, A), make(S + A, 1)
actor_target = [w.copy() for w in actor]
critic_target = [w.copy() for w in critic]

for step in range(15):
    s = rng.normal(size=(10, S))
    a = np.clip(actor_forward(actor, s)[0] + 0.1 * rng.normal(size=(10, A)), -1, 1)
    r = -np.sum((s[:, :1] - a) ** 2, axis=1, keepdims=True)
    s2 = 0.9 * s + 0.1 * rng.normal(size=s.shape)

    # critic
    a2, _ = actor_forward(actor_target, s2)
    q2, _ = critic_forward(critic_target, s2, a2)
    target = r + GAMMA * q2
    q, (x, h) = critic_forward(critic, s, a)
    critic_loss = np.mean((q - target) ** 2)
    dq = 2 * (q - target) / len(q)
    dh = dq @ critic[2].T * (1 - h ** 2)
    critic_grads = [x.T @ dh, dh.sum(0), h.T @ dq]
    critic = [w - LR * g for w, g in zip(critic, critic_grads)]

    # actor: up the critic's value of its own action
    mu, ha = actor_forward(actor, s)
    q_mu, (x, h) = critic_forward(critic, s, mu)
    actor_loss = -np.mean(q_mu)
    dq = -np.ones_like(q_mu) / len(q_mu)
    dx = (dq @ critic[2].T * (1 - h ** 2)) @ critic[0].T
    dmu = dx[:, S:] * (1 - mu ** 2)
    dha = dmu @ actor[2].T * (1 - ha ** 2)
    actor_grads = [s.T @ dha, dha.sum(0), ha.T @ dmu]
    actor = [w - LR * g for w, g in zip(actor, actor_grads)]

    actor_target = [(1 - TAU) * t + TAU * w for t, w in zip(actor_target, actor)]
    critic_target = [(1 - TAU) * t + TAU * w for t, w in zip(critic_target, critic)]
    if step % 5 == 0:
        print(step, critic_loss, actor_loss)
