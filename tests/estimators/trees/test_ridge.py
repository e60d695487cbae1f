"""The adaptive ridge against its closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.trees.ridge import PENALTIES, RidgeRegression
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import seeds, uniform


def problem(seed, n_rows, n_players=6, n_terms=20):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, n_rows, n_players))
    terms = {tuple(sorted(rng.choice(n_players, d, replace=False).tolist()))
             for d in rng.integers(1, 4, n_terms)}  # fmt: skip
    proposals = Spectrum.from_dict(n_players, {t: float(rng.normal()) for t in sorted(terms)})
    return rows, 2.0 + rng.normal(size=n_rows), proposals


def closed_form(rows, values, proposals, penalty):
    """Weights of least |y - c - Z w|^2 + l |w / s|^2, l relative to the largest eigenvalue."""
    terms = proposals.terms()
    sizes = np.abs([proposals[term] for term in terms])
    scales = (sizes / sizes.max() + 1e-4) ** 0.6
    columns = parity_columns(rows.astype(float), terms).T * scales
    columns = columns - columns.mean(axis=0)
    gram = columns.T @ columns
    gram += penalty * np.linalg.eigvalsh(gram)[-1] * np.eye(len(terms))
    weights = scales * np.linalg.solve(gram, columns.T @ (values - values.mean()))
    plain = parity_columns(rows.astype(float), terms).T
    return dict(zip(terms, weights, strict=True)), values.mean() - plain.mean(axis=0) @ weights


@given(seed=seeds, n_rows=st.sampled_from([8, 40]))
def test_every_penalty_gives_the_solution_of_the_normal_equations(seed, n_rows):
    rows, values, proposals = problem(seed, n_rows)
    found = RidgeRegression(rows, values, proposals)
    fresh = uniform(np.random.default_rng(seed), 20, 6)
    predicted = found.predict(signs(fresh))
    assert predicted.shape == (20, len(PENALTIES))
    for position in (4, 8, 14):
        weights, constant = closed_form(rows, values, proposals, PENALTIES[position])
        spectrum = found.spectrum(position)
        for term, weight in weights.items():
            assert spectrum[term] == pytest.approx(weight, abs=1e-3)
        assert spectrum[()] == pytest.approx(constant, abs=1e-3)
        np.testing.assert_allclose(spectrum(fresh), predicted[:, position], atol=1e-5)


def test_penalties_reach_from_a_ten_millionth_to_the_whole():
    np.testing.assert_allclose(PENALTIES, 10.0 ** np.linspace(-7, 0, 15))


def test_wide_and_tall_problems_agree():
    rows, values, proposals = problem(0, 30, n_terms=40)
    more = signs(uniform(np.random.default_rng(1), 200, 6))
    wide = RidgeRegression(rows[:10], values[:10], proposals)
    assert len(wide.terms) > 10
    tall = RidgeRegression(
        rows, values, Spectrum.from_dict(6, dict(list(proposals.to_dict().items())[:5]))
    )
    for found in (wide, tall):
        assert np.isfinite(found.predict(more)).all()


def test_without_proposals_the_mean_is_left():
    rows, values, _ = problem(2, 12)
    found = RidgeRegression(rows, values, Spectrum(6))
    np.testing.assert_allclose(found.predict(rows), values.mean())
    assert found.spectrum(3).to_dict() == pytest.approx({(): values.mean()})


def test_a_single_row_is_predicted_by_itself():
    rows, values, proposals = problem(3, 1)
    found = RidgeRegression(rows, values, proposals)
    np.testing.assert_allclose(found.predict(rows), values[0])
