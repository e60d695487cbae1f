"""The blend: several proxies, weighted by how well they predict rows they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from shapiq_spex.estimators.additive import Additive
from shapiq_spex.estimators.contract import Fit, pairs
from shapiq_spex.estimators.gaussian import Gaussian, posterior_spectrum
from shapiq_spex.estimators.plain import additive_fit
from shapiq_spex.estimators.sample import Sample, pair_table, signs
from shapiq_spex.estimators.screening import MOST_PLAYERS, relevant_players, renamed
from shapiq_spex.estimators.sparse import PROXIES, sparse_proxies
from shapiq_spex.estimators.weights import blend_weights, confidence
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum, Vector

Mode = Literal["full", "fast"]


@dataclass(frozen=True)
class BlendFit(Fit):
    """A fitted blend.

    Attributes:
        spectrum: The blend as a Fourier spectrum.
        held_out: For every row a prediction from the other pairs of rows; NaN where there is none.
        additive: The same for the additive proxy alone.
        weights: The weight of every proxy that has one.
        notes: What a user should know, in sentences.
    """

    additive: Vector
    weights: dict[str, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blend:
    """Gaussian, additive and sparse proxies, blended by held-out error.

    Attributes:
        mode: ``"full"`` for the most faithful proxy, ``"fast"`` for one Gaussian and one additive
            proxy at a fraction of the time.
        keep: The number of coefficients kept of the Gaussian part.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = np.unique(rng.random((60, 6)) < 0.5, axis=0)
        >>> values = 3.0 + rows[:, 0] - 2.0 * (rows[:, 1] & rows[:, 2])
        >>> fit = Blend("fast").fit(rows, values, rng=rng)
        >>> bool(np.abs(fit.spectrum(rows) - values).max() < 0.1)
        True
    """

    mode: Mode = "full"
    keep: int = 2000

    def __post_init__(self) -> None:
        if self.mode not in ("full", "fast"):
            raise ValueError(f'mode must be "full" or "fast", got {self.mode!r}')

    @property
    def name(self) -> str:
        """The name for reports."""
        return "blend"

    def fit(self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator) -> BlendFit:
        """Fit the proxies and blend them; see :class:`~shapiq_spex.estimators.contract.Estimator`.

        Args:
            coalitions: Distinct coalitions, one per row.
            values: The finite values of the game.
            rng: The source of randomness.

        Returns:
            The blend.
        """
        values = np.asarray(values, dtype=np.float64)
        _check(coalitions, values)
        used, notes = _without_outlying_ends(coalitions, values)
        mean = float(values[used].mean())
        deviation = float(values[used].std())
        if deviation <= 1e-12 * max(abs(mean), 1e-300):
            return _constant(coalitions, mean, notes)
        plain = additive_fit(coalitions, values)
        if plain is not None:
            return BlendFit(plain.spectrum, plain.held_out, plain.held_out, {"additive": 1.0})
        fit = self._fit((values[used] - mean) / deviation, coalitions[used], rng)
        constant = Spectrum.from_dict(coalitions.shape[1], {(): mean})
        spectrum = deviation * fit.spectrum + constant
        held_out, additive = np.full((2, len(values)), np.nan)
        held_out[used] = mean + deviation * fit.held_out
        additive[used] = mean + deviation * fit.additive
        return BlendFit(spectrum, held_out, additive, fit.weights, notes)

    def _fit(self, values: Vector, coalitions: BoolMatrix, rng: np.random.Generator) -> BlendFit:
        """Blend proxies of standardised values."""
        n_players = coalitions.shape[1]
        additive_proxy = Additive()
        additive = additive_proxy.fit(coalitions, values, rng=rng)
        players = np.arange(n_players)
        if n_players > MOST_PLAYERS:
            players = relevant_players(signs(coalitions), values)
        gaussian = Gaussian((1.0,), iterations=12) if self.mode == "fast" else Gaussian()
        sample = Sample(signs(coalitions[:, players]), values, pair_table(coalitions))
        candidates = gaussian.candidates(sample, rng)
        names = [*(f"gaussian {width:g}" for width in gaussian.widths), additive_proxy.name]
        columns = [*(candidate.held_out for candidate in candidates), additive.held_out]
        sparse = None
        if self.mode == "full":
            best = min(candidates, key=lambda c: float(((c.held_out - values) ** 2).sum()))
            sparse = sparse_proxies(sample, best, rng)
        if sparse is not None:
            names += PROXIES
            columns += [*sparse.held_out.T]
        predictions = np.column_stack(columns)
        prior = np.zeros(len(names))
        prior[: len(candidates)] = 1 / len(candidates)
        seen = ~np.isnan(predictions).any(axis=1)
        weights = blend_weights(predictions[seen], values[seen], prior)
        held_out = predictions @ weights
        trust = confidence(held_out[seen], values[seen], pairs(coalitions)[seen])
        weights, held_out = trust * weights, trust * held_out
        shares = weights.tolist()
        of_gaussian, (of_additive, *of_sparse) = (
            shares[: len(candidates)],
            shares[len(candidates) :],
        )
        parts = [of_additive * additive.spectrum]
        if sparse is not None and any(of_sparse):
            solution = sparse.solution()
            spectra = [
                renamed(part, players, n_players) for part in solution.spectra(sparse.penalty)
            ]
            if solution.exact:  # a noise-free sparse function: nothing else is needed
                name, exact = PROXIES[-1], sparse.held_out[:, -1]
                return BlendFit(spectra[-1], exact, additive.held_out, {name: 1.0})
            parts += [share * part for share, part in zip(of_sparse, spectra, strict=True)]
        gaussian_part = posterior_spectrum(candidates, of_gaussian, keep=self.keep)
        return BlendFit(
            sum(parts, start=renamed(gaussian_part, players, n_players)),
            held_out,
            additive.held_out,
            {name: share for name, share in zip(names, shares, strict=True) if share > 0},
        )


def _check(coalitions: BoolMatrix, values: Vector) -> None:
    if coalitions.ndim != 2 or values.shape != (len(coalitions),) or len(values) == 0:
        raise ValueError(
            "a proxy needs a matrix of at least one coalition and one value per coalition, got "
            f"shapes {coalitions.shape} and {values.shape}"
        )
    if len(Coalitions.from_dense(coalitions).first_occurrences()) < len(values):
        raise ValueError("a proxy needs distinct coalitions; average repeated ones beforehand")
    if not np.isfinite(values).all():
        raise ValueError(
            f"values must be finite numbers, got {int((~np.isfinite(values)).sum())} that are not; "
            "leave out the coalitions without an answer"
        )


def _without_outlying_ends(
    coalitions: BoolMatrix, values: Vector
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows to fit: all but the empty and full coalition, if the others put them far outside.

    Two rows in 2^n, often with values never seen elsewhere (the untouched model, the untrained
    model), would otherwise bend the fit of all the others.
    """
    sizes = coalitions.sum(axis=1)
    ends = (sizes == 0) | (sizes == coalitions.shape[1])
    inside = values[~ends]
    used = np.ones(len(values), dtype=np.bool_)
    if len(inside) < 4:
        return used, ()
    outlying = ends & (np.abs(values - inside.mean()) > 3 * inside.std())
    if not outlying.any():
        return used, ()
    names = " and ".join(
        name for name, size in (("empty", 0), ("full", coalitions.shape[1]))
        if (outlying & (sizes == size)).any()
    )  # fmt: skip
    note = (
        f"The value of the {names} coalition lies more than three standard deviations outside "
        "those of the others; the proxy was not fitted to it."
    )
    return ~outlying, (note,)


def _constant(coalitions: BoolMatrix, mean: float, notes: tuple[str, ...]) -> BlendFit:
    held_out = np.full(len(coalitions), mean)
    spectrum = Spectrum.from_dict(coalitions.shape[1], {(): mean})
    return BlendFit(spectrum, held_out, held_out, {"constant": 1.0}, notes)
