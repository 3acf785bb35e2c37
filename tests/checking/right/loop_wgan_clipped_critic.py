import numpy as np
rng = np.random.default_rng(0)
real = lambda n: rng.normal(2, 0.5, (n, 1))
G1 = rng.normal(0, .5, (2, 8)); G2 = rng.normal(0, .5, (8, 1))
C1 = rng.normal(0, .5, (1, 8)); C2 = rng.normal(0, .5, (8, 1))
lr, clip = 5e-3, 0.5
for it in range(200):
    for _ in range(3):
        xr = real(32); z = rng.normal(size=(32, 2))
        xf = np.tanh(z @ G1) @ G2
        hr = np.maximum(0, xr @ C1); hf = np.maximum(0, xf @ C1)
        critic_loss = -np.mean(hr @ C2) + np.mean(hf @ C2)
        dsr = -np.ones((32, 1))/32; dsf = np.ones((32, 1))/32
        dC2 = hr.T @ dsr + hf.T @ dsf
        dar = (dsr @ C2.T)*(hr > 0); daf = (dsf @ C2.T)*(hf > 0)
        dC1 = xr.T @ dar + xf.T @ daf
        C1 = np.clip(C1 - lr*dC1, -clip, clip)
        C2 = np.clip(C2 - lr*dC2, -clip, clip)
    z = rng.normal(size=(32, 2))
    hg = np.tanh(z @ G1); xf = hg @ G2
    hf = np.maximum(0, xf @ C1)
    gen_loss = -np.mean(hf @ C2)
    ds = -np.ones((32, 1))/32
    dx = ((ds @ C2.T)*(hf > 0)) @ C1.T
    dG2 = hg.T @ dx
    dG1 = z.T @ ((dx @ G2.T)*(1 - hg**2))
    G1 -= lr*dG1; G2 -= lr*dG2
