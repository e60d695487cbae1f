"""The normal equations from bins are those of all rows."""

import numpy as np
import pytest

from shapiq_spex.coding import least_squares
from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.least_squares import (
    TermRegression,
    characters,
    combine,
    moments_of,
    products,
)
from tests.coding.evidence import answers_of, evidence_of, families_of, padded
from tests.coding.planted import planted


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


def test_predictions_without_some_rows_are_those_of_a_fit_to_the_others():
    rng = np.random.default_rng(2)
    plan = CodedPlan.design(80, 1500, rng=rng)
    truth = planted(80, 15, rng)
    values = truth.evaluate(plan.coalitions) + 0.3 * rng.normal(size=len(plan))
    regression = TermRegression(evidence_of(plan, values))
    regression.add(padded(truth.terms(), 5))
    rows = np.concatenate([*plan.coset_rows, np.arange(plan.uniform.start, len(plan))])
    left_out = rng.choice(len(rows), 300, replace=False)
    kept = np.setdiff1d(np.arange(len(rows)), left_out)
    design = characters(plan.select(rows), regression.members).T.astype(float)
    fit = np.linalg.lstsq(design[kept], values[rows[kept]], rcond=None)[0]
    predicted = regression.predict_without(plan.select(rows[left_out]), values[rows[left_out]])
    np.testing.assert_allclose(predicted, design[left_out] @ fit, atol=1e-7)


def test_answers_and_their_energy_are_counted():
    rng = np.random.default_rng(3)
    cosets = families_of(40, 3, 2, 20, rng)
    truth = planted(40, 5, rng, degree=3)
    evidence = answers_of(cosets, truth, rng, rows=33)
    assert evidence.n_answers == 3 * 4 * 20 + 33
    coded = [truth(family.labelling.coalitions(family.vectors(slice(None)))) for family in cosets]
    assert evidence.energy() == pytest.approx(np.square([*np.ravel(coded), *evidence.values]).sum())


def test_without_terms_everything_is_left():
    rng = np.random.default_rng(4)
    evidence = answers_of(families_of(30, 2, 2, 20, rng), planted(30, 4, rng, degree=2), rng)
    regression = TermRegression(evidence)
    assert len(regression) == 0
    assert regression.residual is evidence
    regression.add(padded([(), (3,)], 2))
    regression.keep(np.zeros(2, dtype=bool))
    assert len(regression) == len(regression.coefficients) == 0
    assert regression.residual is evidence
    assert len(regression.spectrum()) == 0
    regression.add(padded([(3,)], 2))
    assert regression.spectrum().terms() == [(3,)]


def test_a_regression_without_uniform_rows_uses_the_bins_alone():
    rng = np.random.default_rng(5)
    truth = planted(40, 6, rng, degree=3)
    regression = TermRegression(answers_of(families_of(40, 3, 2, 20, rng), truth, rng, rows=0))
    regression.add(padded(truth.terms(), 3))
    assert regression.spectrum().to_dict() == pytest.approx(truth.to_dict())
    assert regression.residual.energy() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_products_of_signs_do_not_depend_on_blocks(monkeypatch, block):
    rng = np.random.default_rng(6)
    left, right = (rng.choice([-1, 1], size=(7, 50)).astype(np.int8) for _ in "ab")
    values, coefficients = rng.normal(size=50), rng.normal(size=7)
    monkeypatch.setattr(least_squares, "_BLOCK", block)
    monkeypatch.setattr(least_squares, "_COLUMNS", block)
    np.testing.assert_array_equal(products(left, right), left.astype(int) @ right.T.astype(int))
    np.testing.assert_allclose(moments_of(left, values), left @ values)
    np.testing.assert_allclose(combine(coefficients, left), coefficients @ left)
    assert products(left, right).dtype == np.float64
    assert moments_of(left[:0], values).shape == (0,)
    np.testing.assert_array_equal(combine(coefficients[:0], left[:0]), np.zeros(50))


@pytest.mark.parametrize("block", [2, 7])
def test_the_fit_does_not_depend_on_blocks(monkeypatch, block):
    def fit():
        rng = np.random.default_rng(7)
        truth = planted(60, 20, rng, degree=4)
        regression = TermRegression(answers_of(families_of(60, 4, 2, 30, rng), truth, rng))
        regression.add(padded(truth.terms()[:9], 4))
        regression.add(padded(truth.terms()[9:], 4))
        return regression.coefficients

    expected = fit()
    monkeypatch.setattr(least_squares, "_BLOCK", block)
    np.testing.assert_allclose(fit(), expected, atol=1e-9)
