"""The blend: several proxies, weighted by how well they predict rows they have not seen.

What each component buys is measured by
``python -m shapiq_spex.benchmark.studies.blend_components``. Boosted trees are
no component: beside the Gaussian proxies they changed the mean R^2 on the development games by less
than .001 at 1 and 4 n log2 n rows and by -.002 at half of that, for .1 to .3 CPU seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.additive import Additive
from shapiq_spex.estimators.contract import Fit, pairs
from shapiq_spex.estimators.gaussian import Candidate, Gaussian, posterior_spectrum
from shapiq_spex.estimators.pairwise import PairwiseProxy, pairwise_proxy
from shapiq_spex.estimators.plain import additive_fit
from shapiq_spex.estimators.sample import Sample, pair_table, signs
from shapiq_spex.estimators.screening import Screening, renamed
from shapiq_spex.estimators.sparse import (
    PROXIES,
    QUICK,
    THOROUGH,
    SparseProxies,
    sparse_proxies,
)
from shapiq_spex.estimators.weights import blend_weights, confidence, parsimonious
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum, Vector

Mode = Literal["full", "fast"]
Component = Literal["second width", "pairwise", "sparse", "parsimony", "confidence"]
COMPONENTS: tuple[Component, ...] = get_args(Component)


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
    """Gaussian, additive, pairwise and sparse proxies, blended by held-out error.

    Attributes:
        mode: ``"full"`` for the most faithful proxy, ``"fast"`` for one Gaussian, one additive and
            hastily found sparse proxies at a fraction of the time.
        keep: The number of coefficients kept of the Gaussian part.
        without: Components to leave out, to measure what they are worth (see
            :mod:`shapiq_spex.benchmark.studies.blend_components`).

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
    without: frozenset[Component] = frozenset()

    def __post_init__(self) -> None:
        if self.mode not in ("full", "fast"):
            raise ValueError(f'mode must be "full" or "fast", got {self.mode!r}')
        unknown = self.without.difference(COMPONENTS)
        if unknown:
            raise ValueError(f"without must be among {COMPONENTS}, got {sorted(unknown)}")

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
        additive = Additive().fit(coalitions, values, rng=rng)
        screening = Screening.of(coalitions, values, rng)
        players = screening.players
        sample = Sample(signs(coalitions[:, players]), values, pair_table(coalitions))
        candidates = self._gaussian().candidates(sample, screening.judges, rng)
        names = [f"gaussian {candidate.width:g}" for candidate in candidates]
        columns = [candidate.held_out for candidate in candidates]
        pairwise, sparse = self._others(sample, candidates, rng)
        if pairwise is not None:
            names.append("pairwise")
            columns.append(pairwise.held_out)
        if sparse is not None:
            names += PROXIES
            columns += [*sparse.held_out.T]
        names.append("additive")
        columns.append(additive.held_out)
        prior = np.zeros(len(names))
        prior[: len(candidates)] = 1 / len(candidates)
        weights, held_out = self._weights(np.column_stack(columns), values, prior, coalitions)
        shares = dict(zip(names, weights.tolist(), strict=True))
        spectrum = posterior_spectrum(
            candidates, weights[: len(candidates)].tolist(), keep=self.keep
        )
        if pairwise is not None and shares["pairwise"] > 0:
            spectrum = spectrum + shares["pairwise"] * pairwise.spectrum()
        if sparse is not None and any(shares[name] for name in PROXIES):
            solution = sparse.solution()
            parts = solution.spectra(sparse.penalty)
            # a noise-free sparse function, which the fit without the folds had better confirm
            if solution.exact and _is_best(sparse.held_out[:, -1], columns, values):
                exact = renamed(parts[-1], players, n_players)
                held_out = sparse.held_out[:, -1]
                return BlendFit(exact, held_out, additive.held_out, {PROXIES[-1]: 1.0})
            for name, part in zip(PROXIES, parts, strict=True):
                spectrum = spectrum + shares[name] * part
        return BlendFit(
            renamed(spectrum, players, n_players) + shares["additive"] * additive.spectrum,
            held_out,
            additive.held_out,
            {name: share for name, share in shares.items() if share > 0},
        )

    def _gaussian(self) -> Gaussian:
        if self.mode == "fast":
            return Gaussian((1.5,), iterations=10, rows_per_player=0.0, judged_by_half=True)
        return Gaussian((1.0,)) if "second width" in self.without else Gaussian()

    def _others(
        self, sample: Sample, candidates: Sequence[Candidate], rng: np.random.Generator
    ) -> tuple[PairwiseProxy | None, SparseProxies | None]:
        """The proxies that must be fitted again without every fold, if they are worth it."""
        if len(sample.table) < 4:
            return None, None
        best = min(candidates, key=lambda c: float(np.nansum((c.held_out - sample.values) ** 2)))
        parts = best.parts(rng)
        pairwise = sparse = None
        if "pairwise" not in self.without and self.mode == "full":
            folds = [rows for rows, _ in parts]
            pairwise = pairwise_proxy(sample.signs, sample.values, folds, best.held_out)
        if "sparse" not in self.without:
            effort = THOROUGH if self.mode == "full" else QUICK
            sparse = sparse_proxies(sample, best, parts, effort)
        return pairwise, sparse

    def _weights(
        self,
        predictions: NDArray[np.float64],
        values: Vector,
        prior: Vector,
        coalitions: BoolMatrix,
    ) -> tuple[Vector, Vector]:
        """The weights of the proxies, the additive one last, and the blend's held-out predictions.

        As far as held-out errors cannot be trusted, the additive proxy has the say: it is too
        simple to explode.
        """
        seen = ~np.isnan(predictions).any(axis=1)
        weights = blend_weights(predictions[seen], values[seen], prior)
        if "parsimony" not in self.without:
            weights = parsimonious(weights, predictions[seen], values[seen])
        if "confidence" not in self.without:
            trust = confidence(values, pairs(coalitions))
            alone = blend_weights(predictions[seen, -1:], values[seen], np.zeros(1))
            weights *= trust
            weights[-1] += (1 - trust) * alone[0]
        return weights, predictions @ weights


def _is_best(candidate: Vector, columns: Sequence[Vector], values: Vector) -> bool:
    """Whether no other held-out prediction has a smaller squared error, nor the mean."""
    seen = ~np.isnan(candidate)
    rivals = [np.zeros(len(values)), *columns]
    errors = [float(np.nansum((rival - values)[seen] ** 2)) for rival in rivals]
    rounding = 1e-9 * float((values**2).sum())
    return float(((candidate - values)[seen] ** 2).sum()) <= min(errors) + rounding


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
