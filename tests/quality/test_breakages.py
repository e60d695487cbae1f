"""Every deliberate breakage falls below a floor of :mod:`tests.quality.test_floors`.

The table of what each does to its case is printed by ::

    python -m tests.quality.test_breakages
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from shapiq_spex.approximators import spectral
from shapiq_spex.coding import coded_recovery, peeling
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.estimators import screening, standardising
from shapiq_spex.estimators.blend import blend, components
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.gaussian import beam, biased_mean, evidence, gaussian
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse import expansion, sparse_regression
from shapiq_spex.estimators.trees import tree_refit
from shapiq_spex.surrogate import correction
from tests.quality.test_floors import BOUNDS, holds, misses, reached

pytestmark = pytest.mark.slow

Patch = pytest.MonkeyPatch
BREAKAGES: dict[str, tuple[Callable[[Patch], None], str]] = {}
"""How to break something, and the case that notices."""


def noticed_by(case: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Register a breakage under the name of its function."""

    def register(breakage: Callable[[Patch], None]) -> Callable[[Patch], None]:
        BREAKAGES[breakage.__name__.replace("_", " ")] = breakage, case
        return breakage

    return register


# The Gaussian prior -----------------------------------------------------------------------------


@noticed_by("valuation100 few")
def deviations_of_the_prior_30(patch: Patch) -> None:
    patch.setattr(evidence, "_MU_DEVIATION", 30.0)
    patch.setattr(evidence, "_TAIL_DEVIATIONS", (30.0, 30.0, 30.0))


@noticed_by("boosting14 FBII")
def relevances_a_hundred_times_too_large(patch: Patch) -> None:
    means = evidence._prior_means
    patch.setattr(evidence, "_MU_DEVIATION", 0.1)
    patch.setattr(
        evidence, "_prior_means", lambda n: means(n) + np.r_[np.zeros(n), 4.6, np.zeros(4)]
    )


@noticed_by("boosting14 FBII")
def noise_taken_for_granted(patch: Patch) -> None:
    patch.setattr(evidence, "SMALLEST_NOISE", 0.5)


@noticed_by("hierarchical64 gp")
def scale_of_interactions_next_to_nothing(patch: Patch) -> None:
    patch.setattr(evidence, "_TAIL_MEANS", (-6.0, -1.0, -3.0))


@noticed_by("valuation100 few")
def no_linear_part(patch: Patch) -> None:
    unpack = evidence.unpack
    patch.setattr(evidence, "unpack", lambda *a: replace(unpack(*a), linear=1e-9))


@noticed_by("valuation100 few")
def one_step_of_the_search_for_hyper_parameters(patch: Patch) -> None:
    patch.setattr(gaussian, "fit_kernel", _kernels(lambda width: True, iterations=1))


def _kernels(which: Callable[[float], bool], **changes: Any) -> Callable[..., Any]:
    """The search for hyper-parameters, changed for some widths."""
    fit = gaussian.fit_kernel

    def changed(rows: Any, *, width: float, **settings: Any) -> Any:
        if "iterations" in changes:
            return fit(rows, width=width, **{**settings, **changes})
        kernel = fit(rows, width=width, **settings)
        equal = np.full_like(kernel.relevance, 3.0)
        return replace(kernel, relevance=equal, linear=1e-9) if which(width) else kernel

    return changed


@noticed_by("boosting14 FBII")
def first_width_broken(patch: Patch) -> None:
    patch.setattr(gaussian, "fit_kernel", _kernels(lambda width: width == 1.0))


@noticed_by("boosting14 FBII")
def second_width_broken(patch: Patch) -> None:
    patch.setattr(gaussian, "fit_kernel", _kernels(lambda width: width == 2.0))


@noticed_by("boosting14 FBII")
def beam_of_degree_one(patch: Patch) -> None:
    patch.setattr(
        biased_mean, "largest_coefficients", partial(beam.largest_coefficients, max_degree=1)
    )


# Held-out errors and the blend ------------------------------------------------------------------


@noticed_by("hierarchical20")
def residuals_of_rows_that_were_seen(patch: Patch) -> None:
    patch.setattr(
        Posterior, "residuals", lambda self: tuple(self.kernel.noise * dual for dual in self.duals)
    )


@noticed_by("hierarchical20")
def proposals_that_have_seen_the_fold(patch: Patch) -> None:
    patch.setattr(Posterior, "duals_without", lambda self, _: self.duals)


@noticed_by("boosting14 FBII")
def equal_weights(patch: Patch) -> None:
    patch.setattr(
        blend, "blend_weights", lambda columns, *_: np.full(columns.shape[1], 1 / columns.shape[1])
    )


@noticed_by("hierarchical1200")
def no_parsimony(patch: Patch) -> None:
    patch.setattr(blend, "parsimonious", lambda weights, *_: weights)


@noticed_by("disaster12")
def full_confidence(patch: Patch) -> None:
    patch.setattr(blend, "confidence", lambda *_: 1.0)


@noticed_by("pairs24")
def no_pairwise_component(patch: Patch) -> None:
    patch.delitem(components.OPTIONAL_COMPONENTS["full"], "pairwise")


@noticed_by("hierarchical64")
def no_sparse_component(patch: Patch) -> None:
    patch.delitem(components.OPTIONAL_COMPONENTS["full"], "sparse")


@noticed_by("ends24")
def outlying_ends_fitted(patch: Patch) -> None:
    patch.setattr(
        standardising, "_without_outlying_ends", lambda _, v: (np.ones(len(v), dtype=bool), ())
    )
    isolated_values_fitted(patch)  # which ends are, too


# Sparse regressions, trees and screening --------------------------------------------------------


@noticed_by("hierarchical64")
def no_rounds_of_expansion(patch: Patch) -> None:
    expand = sparse_regression.expand
    patch.setattr(sparse_regression, "expand", lambda *a, **k: expand(*a, **{**k, "rounds": 0}))


@noticed_by("hierarchical64")
def terms_without_a_price(patch: Patch) -> None:
    for module in (sparse_regression, expansion):
        patch.setattr(module, "prices", lambda terms, *_, **__: np.zeros(len(terms)))


@noticed_by("hierarchical64")
def paths_that_end_early(patch: Patch) -> None:
    for module in (sparse_regression, expansion):
        patch.setattr(module, "SELECTION_FLOOR", 0.5)


@noticed_by("hierarchical20 trees")
def trees_without_refit(patch: Patch) -> None:
    patch.setattr(tree_refit, "refit", lambda proxy, *_: Fit(proxy.spectrum, proxy.held_out))


@noticed_by("hierarchical1200")
def players_chosen_by_their_correlations_alone(patch: Patch) -> None:
    patch.setattr(
        screening,
        "relevant_players",
        lambda rows, values: np.sort(np.argsort(-np.abs(signs(rows).T @ values))[:5]),
    )


# The decoder ------------------------------------------------------------------------------------


@noticed_by("beyond the code")
def decoder_without_refit(patch: Patch) -> None:
    patch.setattr(coded_recovery._Decoded, "refit", lambda self, *_: self.spectrum)


@noticed_by("beyond the code")
def decoded_terms_not_confirmed(patch: Patch) -> None:
    patch.setattr(coded_recovery, "confirmed", lambda found, *_: np.full(len(found.members), True))


@noticed_by("flat64 noisy")
def threshold_of_fifty_standard_errors(patch: Patch) -> None:
    patch.setattr(peeling, "THRESHOLD", 50.0)


@noticed_by("flat64 exact")
def nothing_confirmed_but_the_mean(patch: Patch) -> None:
    patch.setattr(coded_recovery, "confirmed", lambda found, *_: (found.members < 0).all(axis=1))


# Near the input ---------------------------------------------------------------------------------


@noticed_by("boosting30 range")
def terms_read_in_the_fourier_basis(patch: Patch) -> None:
    patch.setattr(
        gaussian,
        "largest_coefficients_in",
        lambda _, means, *, keep: beam.largest_coefficients(means, keep=keep),
    )


@noticed_by("valuation60 range")
def effects_that_cannot_grow(patch: Patch) -> None:
    patch.setattr(evidence, "_LARGEST_GROWTH", 0.0)


@noticed_by("jumps13 near")
def isolated_values_fitted(patch: Patch) -> None:
    patch.setattr(standardising, "_isolated", lambda _, used: np.zeros_like(used))


# Designs and the surrogate ----------------------------------------------------------------------


@noticed_by("forest30 SV")
def uniform_coalitions_for_every_index(patch: Patch) -> None:
    patch.setattr(
        spectral, "suitable_law", lambda _, __, n: SizeLaw.named(n, "uniform", paired=False)
    )


@noticed_by("valuation100")
def no_shapley_values_of_residuals(patch: Patch) -> None:
    patch.setattr(correction, "with_residual_values", lambda surrogate, *_: surrogate)


@noticed_by("ends24")
def ends_not_corrected(patch: Patch) -> None:
    patch.setattr(correction, "_with_exact_ends", lambda surrogate, *_: surrogate)


@noticed_by("wine13 most known")
def known_values_not_used(patch: Patch) -> None:
    patch.setattr(correction, "_table_is_cheap", lambda *_: False)


@pytest.mark.parametrize("name", BREAKAGES)
def test_it_is_noticed(name, monkeypatch):
    breakage, case = BREAKAGES[name]
    breakage(monkeypatch)
    assert misses(case)


def main() -> None:
    """Print what every breakage does to its case."""
    for name, (breakage, case) in BREAKAGES.items():
        with Patch.context() as patch:
            breakage(patch)
            found = reached(case)
        for bound in BOUNDS:
            if bound.case == case:
                verdict = "holds" if holds(bound, found[bound.metric]) else "broken"
                sys.stdout.write(
                    f"| {name} | {bound} | {bound.mean:.4g} | {bound.bound:.4g} "
                    f"| {found[bound.metric]:.4g} | {verdict} |\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
