"""The normal equations from bins are those of all rows."""

import numpy as np
import pytest

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.least_squares import Evidence, TermRegression, characters
from tests.coding.planted import planted


def evidence_of(plan, values):
    contents = [c.transform(values[r]) for c, r in zip(plan.cosets, plan.coset_rows, strict=True)]
    return Evidence(plan.cosets, contents, plan.others, values[plan.uniform])


def padded(terms, width):
    return np.array([[*t, *[-1] * (width - len(t))] for t in terms], dtype=np.int32)


@pytest.mark.parametrize(("n_players", "budget"), [(60, 2000), (1000, 3000)])
def test_agrees_with_least_squares_on_all_rows(n_players, budget):
    rng = np.random.default_rng(n_players)
    plan = CodedPlan.design(n_players, budget, rng=rng)
    truth = planted(n_players, 30, rng)
    values = truth.evaluate(plan.coalitions) + rng.normal(size=len(plan))
    members = padded(truth.terms(), 5)
    regression = TermRegression(evidence_of(plan, values))
    regression.add(members[:12])
    regression.add(members[12:])

    design = characters(plan.coalitions, members).T.astype(float)
    expected, (energy,), _, _ = np.linalg.lstsq(design, values, rcond=None)
    np.testing.assert_allclose(regression.coefficients, expected, atol=1e-9)
    assert regression.residual.energy() == pytest.approx(energy)
    variance = energy / (len(values) - len(members))
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    np.testing.assert_allclose(regression.errors(), errors, rtol=1e-6)
    residual = values - design @ expected
    np.testing.assert_allclose(regression.residual.values, residual[plan.uniform], atol=1e-9)
    spectrum = dict(zip(truth.terms(), expected, strict=True))
    assert regression.spectrum().to_dict() == pytest.approx(spectrum)


def test_dropping_terms_is_never_having_had_them():
    rng = np.random.default_rng(0)
    plan = CodedPlan.design(100, 2500, rng=rng)
    truth = planted(100, 20, rng)
    evidence = evidence_of(plan, truth.evaluate(plan.coalitions))
    members = padded(truth.terms(), 5)
    keep = rng.random(len(members)) < 0.5
    dropped, fewer = TermRegression(evidence), TermRegression(evidence)
    dropped.add(members)
    dropped.keep(keep)
    fewer.add(members[keep])
    np.testing.assert_allclose(dropped.coefficients, fewer.coefficients, atol=1e-12)
    np.testing.assert_allclose(dropped.residual.values, fewer.residual.values, atol=1e-12)


def test_characters_are_signs_of_parities():
    plan = CodedPlan.design(30, 500, rng=np.random.default_rng(1))
    members = np.array([[-1, -1, -1], [4, -1, -1], [3, 17, 29]], dtype=np.int32)
    dense = plan.coalitions.dense()
    expected = [np.ones(500), (-1.0) ** dense[:, 4], (-1.0) ** dense[:, [3, 17, 29]].sum(axis=1)]
    np.testing.assert_array_equal(characters(plan.coalitions, members), expected)
