"""How good predictions are, and how much of that is luck.

An error measured on one set of rows would have come out differently on another. `Judged` draws the rows again and again
with replacement (bootstrap, with a fixed seed) and takes the spread as the noise. Two models are drawn together, so that
the noise of their difference is that of the difference: rows that are hard for both do not blur it.

Neighbours err together. Where whole cells are held back, whole cells are drawn; drawing rows would call the result several
times more certain than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DRAWS = 1000
SEED = 42
# The spread of fewer rows than this is no measure of anything.
FEWEST_ROWS_FOR_NOISE = 30


@dataclass
class Judged:
    """The target of some rows, what the model and the linear baseline made of them, and what is drawn together."""

    target: np.ndarray
    model: np.ndarray
    baseline: np.ndarray
    groups: np.ndarray

    def only(self, rows: np.ndarray) -> Judged:
        return Judged(self.target[rows], self.model[rows], self.baseline[rows], self.groups[rows])

    def scores(self) -> tuple[dict, dict, dict]:
        """Of the model, of the baseline, and of the one against the other."""
        drawn = bootstrap(np.column_stack([self.model - self.target, self.baseline - self.target]) ** 2, self.groups)
        noises = drawn.std(axis=1, ddof=1) if len(self.target) >= FEWEST_ROWS_FOR_NOISE else (None, None)
        model = scores(self.target, self.model, noises[0])
        baseline = scores(self.target, self.baseline, noises[1])
        difference = baseline["rmse"] - model["rmse"]
        noise = float((drawn[1] - drawn[0]).std(ddof=1))
        comparison = {
            "rmse_difference": difference,
            "noise": noise,
            "in_noise": difference / noise if noise else 0.0,
        }
        return model, baseline, comparison


def scores(target: np.ndarray, predicted: np.ndarray, noise: float | None) -> dict:
    error = predicted - target
    spread = float(np.sum((target - target.mean()) ** 2))
    return {
        "rows": len(target),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "r2": 1 - float(np.sum(error**2)) / spread if spread else None,
        "rmse_noise": None if noise is None else float(noise),
    }


def bootstrap(squared_errors: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The root mean squared error of each column, in each of `DRAWS` draws of whole groups: (columns, draws)."""
    _, member, rows = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.column_stack([np.bincount(member, weights=column) for column in squared_errors.T])
    times = np.random.default_rng(SEED).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=DRAWS)
    return np.sqrt((times @ sums) / (times @ rows)[:, None]).T
