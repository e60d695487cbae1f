r"""Whether decoding left anything that a regression could find.

A regression proxy costs seconds and gains nothing where decoding has left only noise. It finds
terms of low degree, and these make the values of *similar* coalitions similar. With signs
x = +1, -1 for absent and present players and standardised residuals r of m coalitions, the sums

    Q_d = sum over pairs a != b of r_a r_b K_d(x_a, x_b),

    K_1(x, x') = <x, x'>,      K_2(x, x') = (<x, x'>^2 - n) / 2,

add up r_a r_b chi_T(x_a) chi_T(x_b) over all terms T of degree d, so that their expectations are
proportional to the energy of these degrees. If r is noise, they have mean 0 and variance
2 sum_{a != b} K_d^2. (A quadratic form of this kind is the score test for a variance component;
Lin, Biometrika 84, 1997.)

Cost: m^2 n multiplications.
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

_MOST_ROWS = 1500
"""Rows of the test: m^2 = 2 million products."""

_MOST_CELLS = 2e7
"""Rows times players of the test: 80 MB as signs."""

_PLAYERS = 1024
"""Players unpacked at a time: 6 MB of signs for 1,500 rows."""


def most_rows(n_players: int) -> int:
    """The largest number of rows that keeps :func:`low_degree_evidence` below a second.

    Example:
        >>> most_rows(1000), most_rows(100_000)
        (1500, 200)
    """
    return min(_MOST_ROWS, max(2, int(_MOST_CELLS / n_players)))


def low_degree_evidence(coalitions: Coalitions, residual: Vector) -> float:
    """How many standard deviations of noise the low-degree energy of a residual amounts to.

    Returns:
        The larger of Q_1 and Q_2, standardised; about 2 or less for noise.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = rng.random((500, 40)) < 0.5
        >>> coalitions = Coalitions.from_dense(rows)
        >>> low_degree_evidence(coalitions, rng.normal(size=500)) < 3
        True
        >>> low_degree_evidence(coalitions, rows[:, 0] + rng.normal(size=500)) > 3
        True
    """
    centred = residual - residual.mean()
    scale = float(centred.std())
    if scale == 0:
        return 0.0
    standard = (centred / scale).astype(np.float32)
    singles = np.zeros((len(coalitions), len(coalitions)), dtype=np.float32)
    for start in range(0, coalitions.n_players, _PLAYERS):
        players = np.arange(start, min(start + _PLAYERS, coalitions.n_players))
        signs = np.where(coalitions.columns(players), np.float32(-1), np.float32(1))
        singles += signs @ signs.T
    pairs = (singles**2 - coalitions.n_players) / 2
    evidence = 0.0
    for kernel in (singles, pairs):
        np.fill_diagonal(kernel, 0)
        spread = float(np.sqrt(2 * np.square(kernel, dtype=np.float64).sum()))
        if spread > 0:
            evidence = max(evidence, float(standard @ kernel @ standard) / spread)
    return evidence
