import numpy as np


class NLMS:
    """Normalised least mean squares, the work-horse of echo cancellation."""

    def __init__(self, taps, mu=0.5, eps=1e-3):
        self.w = np.zeros(taps)
        self.buf = np.zeros(taps)
        self.mu = mu
        self.eps = eps

    def process(self, far, mic):
        self.buf = np.roll(self.buf, 1)
        self.buf[0] = far
        echo = self.w @ self.buf
        error = mic - echo
        power = self.buf @ self.buf + self.eps
        self.w = self.w + self.mu * error * self.buf / power
        return error


rng = np.random.default_rng(0)
room = np.array([0.6, -0.3, 0.2, 0.1])
speech = rng.normal(size=80)
mic = np.convolve(speech, room)[:80] + 0.01 * rng.normal(size=80)
canceller = NLMS(taps=4)
residual = [canceller.process(f, m) for f, m in zip(speech, mic)]
print(np.round(canceller.w, 2), np.mean(np.square(residual[-20:])))
