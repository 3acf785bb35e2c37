"""Fit the widths and heights of two Lorentzian lines to a spectrum, by hand."""
import numpy as np

rng = np.random.default_rng(1)
nu = np.linspace(-5, 5, 80)

def lorentz(nu, c, g):
    return g**2 / ((nu - c)**2 + g**2)

seen = 2.0 * lorentz(nu, -1.5, 0.8) + 1.2 * lorentz(nu, 1.0, 0.5) + 0.02 * rng.normal(size=80)
height = np.array([1.0, 1.0])
center = np.array([-1.2, 0.7])
width = np.array([1.0, 1.0])
for it in range(400):
    d = nu[:, None] - center              # (80, 2)
    q = d**2 + width**2
    lines = width**2 / q
    model = lines @ height
    r = model - seen
    chi2 = 0.5 * np.sum(r**2)
    dheight = lines.T @ r
    dlines = np.outer(r, height)
    dcenter = np.sum(dlines * 2 * d * width**2 / q**2, axis=0)
    dwidth = np.sum(dlines * 2 * width * d**2 / q**2, axis=0)
    height -= 0.005 * dheight
    center -= 0.005 * dcenter
    width -= 0.005 * dwidth
print(height, center, width, chi2)
