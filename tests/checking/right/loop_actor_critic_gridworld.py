import numpy as np

rng = np.random.default_rng(2)
n_states, n_actions, n_hidden = 5, 2, 8
gamma = 0.9
lr_actor, lr_critic = 0.05, 0.1

W_pi = rng.normal(0, 0.1, (n_states, n_actions))
w_v = np.zeros(n_states)


def features(s):
    x = np.zeros(n_states)
    x[s] = 1.0
    return x


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


for episode in range(40):
    s = 0
    for t in range(30):
        x = features(s)
        pi = softmax(x @ W_pi)
        a = rng.choice(n_actions, p=pi)
        s_next = min(max(s + 2 * a - 1, 0), n_states - 1)
        done = s_next == n_states - 1
        reward = 1.0 if done else 0.0

        v = x @ w_v
        v_next = 0.0 if done else features(s_next) @ w_v
        advantage = reward + gamma * v_next - v

        actor_loss = -np.log(pi[a]) * advantage
        critic_loss = 0.5 * advantage ** 2

        dlogits = pi.copy()
        dlogits[a] -= 1
        W_pi -= lr_actor * np.outer(x, dlogits * advantage)
        w_v += lr_critic * advantage * x
        s = s_next
        if done:
            break
print(softmax(features(0) @ W_pi), w_v)
