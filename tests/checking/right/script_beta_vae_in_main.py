import numpy as np


def main():
    rng = np.random.default_rng(1)
    data = (rng.random((64, 10)) < rng.random(10)).astype(float)
    D, H, Z = 10, 8, 2
    beta_max, lr, steps, batch = 1.0, 3e-3, 60, 20

    p = {
        'enc_w': rng.normal(0, 0.2, (D, H)), 'enc_b': np.zeros(H),
        'mu_w': rng.normal(0, 0.2, (H, Z)), 'mu_b': np.zeros(Z),
        'lv_w': rng.normal(0, 0.2, (H, Z)), 'lv_b': np.zeros(Z),
        'dec_w': rng.normal(0, 0.2, (Z, H)), 'dec_b': np.zeros(H),
        'out_w': rng.normal(0, 0.2, (H, D)), 'out_b': np.zeros(D),
    }
    m = {k: np.zeros_like(v) for k, v in p.items()}
    v = {k: np.zeros_like(w) for k, w in p.items()}

    for t in range(1, steps + 1):
        beta = beta_max * min(1.0, t / 30)
        x = data[rng.choice(64, batch, replace=False)]

        # encode
        h = np.maximum(0, x @ p['enc_w'] + p['enc_b'])
        mu = h @ p['mu_w'] + p['mu_b']
        logvar = h @ p['lv_w'] + p['lv_b']
        eps = rng.standard_normal(mu.shape)
        std = np.exp(0.5 * logvar)
        z = mu + std * eps
        # decode
        d = np.maximum(0, z @ p['dec_w'] + p['dec_b'])
        logits = d @ p['out_w'] + p['out_b']
        bce = np.sum(np.maximum(logits, 0) - logits * x + np.log1p(np.exp(-np.abs(logits)))) / batch
        kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar)) / batch
        loss = bce + beta * kl

        g = {}
        dlogits = (1 / (1 + np.exp(-logits)) - x) / batch
        g['out_w'] = d.T @ dlogits
        g['out_b'] = dlogits.sum(0)
        dd = dlogits @ p['out_w'].T
        dd[d <= 0] = 0
        g['dec_w'] = z.T @ dd
        g['dec_b'] = dd.sum(0)
        dz = dd @ p['dec_w'].T
        dmu = dz + beta * mu / batch
        dlogvar = dz * eps * 0.5 * std + beta * 0.5 * (np.exp(logvar) - 1) / batch
        g['mu_w'] = h.T @ dmu
        g['mu_b'] = dmu.sum(0)
        g['lv_w'] = h.T @ dlogvar
        g['lv_b'] = dlogvar.sum(0)
        dh = dmu @ p['mu_w'].T + dlogvar @ p['lv_w'].T
        dh[h <= 0] = 0
        g['enc_w'] = x.T @ dh
        g['enc_b'] = dh.sum(0)

        for k in p:
            m[k] = 0.9 * m[k] + 0.1 * g[k]
            v[k] = 0.999 * v[k] + 0.001 * g[k] ** 2
            p[k] -= lr * (m[k] / (1 - 0.9 ** t)) / (np.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8)
        if t % 20 == 0:
            print(t, f"loss {loss:.3f} bce {bce:.3f} kl {kl:.3f}")


if __name__ == '__main__':
    main()
