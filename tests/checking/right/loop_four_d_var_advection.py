import numpy as np


def upwind_step(q, cfl):
    return q - cfl * (q - np.roll(q, 1))


def upwind_step_adjoint(p, cfl):
    return p - cfl * (p - np.roll(p, -1))


class DataAssimilation:
    """4D-Var for periodic advection: find the initial field from noisy snapshots."""

    def __init__(self, n_cells, n_steps, cfl, every):
        self.n_cells = n_cells
        self.n_steps = n_steps
        self.cfl = cfl
        self.observed_at = set(range(every, n_steps + 1, every))

    def simulate(self, q0):
        trajectory = [q0]
        for _ in range(self.n_steps):
            trajectory.append(upwind_step(trajectory[-1], self.cfl))
        return trajectory

    def cost_and_gradient(self, q0, obs, background, b_inv):
        trajectory = self.simulate(q0)
        J = 0.5 * b_inv * np.sum((q0 - background) ** 2)
        for t in self.observed_at:
            J += 0.5 * np.sum((trajectory[t] - obs[t]) ** 2)

        p = np.zeros(self.n_cells)
        for t in range(self.n_steps, 0, -1):
            if t in self.observed_at:
                p = p + (trajectory[t] - obs[t])
            p = upwind_step_adjoint(p, self.cfl)
        gradient = p + b_inv * (q0 - background)
        return J, gradient


def main():
    rng = np.random.default_rng(5)
    da = DataAssimilation(n_cells=12, n_steps=9, cfl=0.6, every=3)
    truth = np.exp(-((np.arange(12) - 4.0) / 1.5) ** 2)
    obs = {t: q + 0.05 * rng.standard_normal(12) for t, q in enumerate(da.simulate(truth))}
    background = np.zeros(12)
    q0 = background.copy()
    for iteration in range(25):
        J, g = da.cost_and_gradient(q0, obs, background, b_inv=0.1)
        q0 = q0 - 0.2 * g
        print(iteration, J, np.linalg.norm(g))


if __name__ == "__main__":
    main()
