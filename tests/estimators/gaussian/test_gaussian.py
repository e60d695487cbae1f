"""The Gaussian proxy: who judges whom, what is held out, and what is found."""

import numpy as np
import pytest

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian import gaussian
from shapiq_spex.estimators.gaussian.gaussian import (
    Gaussian,
    ValidatedPosterior,
    posterior_spectrum,
)
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.gaussian.problems import mean_of, paired_rows_of, random_kernel
from tests.estimators.samples import game, random_rows, uniform


def standardised(rng, n_rows, n_players, *, paired=True, noise=0.3):
    coalitions = random_rows(rng, n_rows, n_players, paired=paired)
    values = game(coalitions) + noise * rng.normal(size=len(coalitions))
    return coalitions, (values - values.mean()) / values.std()


def validated(rows, seed=0, **options):
    judges = np.ones(len(rows.values), dtype=bool)
    return Gaussian(**options).posteriors(rows, judges, np.random.default_rng(seed))


@pytest.mark.parametrize("paired", [True, False])
def test_held_out_predictions_are_those_without_the_pair(paired):
    coalitions, values = standardised(np.random.default_rng(0), 200, 8, paired=paired)
    rows = paired_rows_of(coalitions, values)
    for found in validated(rows):
        assert np.isfinite(found.held_out).all()
        for judge in found.judges:
            residuals = rows.unfold(*judge.posterior.residuals(), out=np.zeros(len(values)))
            own = judge.rows.row_numbers
            np.testing.assert_allclose(found.held_out[own], (values - residuals)[own])


@pytest.mark.parametrize("n_rows", [60, 160])
@pytest.mark.parametrize("paired", [True, False])
def test_no_value_has_a_part_in_its_own_prediction(paired, n_rows):
    coalitions, values = standardised(np.random.default_rng(1), n_rows, 8, paired=paired)
    changed = values.copy()
    pair = coalitions.pair_table()[3]
    changed[pair[pair >= 0]] += 0.5
    one, two = (validated(paired_rows_of(coalitions, known)) for known in (values, changed))
    for mine, theirs in zip(one, two, strict=True):
        assert len(mine.judges) == 4
        own = pair[pair >= 0]
        np.testing.assert_allclose(mine.held_out[own], theirs.held_out[own], atol=1e-9)
        assert np.abs(mine.held_out - theirs.held_out).max() > 0.01


@pytest.mark.parametrize("most", [30, 10**6])
def test_of_many_rows_those_judge_that_no_hyper_parameter_was_fitted_to(monkeypatch, most):
    monkeypatch.setattr(gaussian, "_MOST_CROSS_FITTED_ROWS", most)
    coalitions, values = standardised(np.random.default_rng(3), 160, 8)
    rows = paired_rows_of(coalitions, values)
    options = {"widths": (1.0,), "iterations": 2, "rows_per_player": 0.4}
    monkeypatch.setattr(gaussian, "_HYPER_ROWS", 40)
    (found,) = validated(rows, **options)
    (judge,) = found.judges
    judging = judge.rows.row_numbers
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(found.held_out)), np.sort(judging))
    assert len(judging) == 160 - 44
    changed = values.copy()
    changed[judging] += np.linspace(-1.0, 1.0, len(judging))
    (again,) = validated(paired_rows_of(coalitions, changed), **options)
    kernels = [f.posterior.kernel.relevance for f in (found, again)]
    np.testing.assert_array_equal(*kernels)


@pytest.mark.parametrize(("n_rows", "count"), [(4, 2), (60, 4), (298, 4), (300, 2)])
def test_folds_judge_all_rows_between_them_with_the_kernel_of_the_others(n_rows, count):
    coalitions, values = standardised(np.random.default_rng(2), n_rows, 12)
    rows = paired_rows_of(coalitions, values)
    (found,) = validated(rows, widths=(1.0,), iterations=2)
    assert len(found.judges) == count
    first, second, *_ = found.judges
    everyone = np.concatenate([judge.rows.row_numbers for judge in found.judges])
    assert sorted(everyone.tolist()) == list(range(n_rows))
    assert np.ptp([len(judge.rows) for judge in found.judges]) <= 1
    assert first.posterior.rows is rows
    assert not np.allclose(first.posterior.kernel.relevance, second.posterior.kernel.relevance)


def test_blocks_that_take_long_to_factorise_are_not_judged_by_folds(monkeypatch):
    coalitions, values = standardised(np.random.default_rng(4), 120, 8)
    rows = paired_rows_of(coalitions, values)
    options = {"widths": (1.0,), "iterations": 2, "rows_per_player": 0.7}  # 70 of 120 rows
    monkeypatch.setattr(gaussian, "_HYPER_ROWS", 0)
    for most, judges in ((60, 4), (59, 1)):
        monkeypatch.setattr(gaussian, "_MOST_CROSS_FITTED_ROWS", most)
        assert len(validated(rows, **options)[0].judges) == judges


def test_one_pair_judges_itself():
    rng = np.random.default_rng(5)
    coalitions = random_rows(rng, 2, 8, paired=True)
    rows = paired_rows_of(coalitions, np.array([1.0, -1.0]))
    assert len(validated(rows, widths=(1.0,))[0].judges) == 1


@pytest.mark.parametrize(("n_rows", "half"), [(60, True), (58, False)])
def test_one_half_judges_the_kernel_of_the_other_if_that_is_wanted(monkeypatch, n_rows, half):
    monkeypatch.setattr(gaussian, "_FEWEST_TO_HALVE", 30)
    coalitions, values = standardised(np.random.default_rng(6), n_rows, 8)
    rows = paired_rows_of(coalitions, values)
    options = {"widths": (1.0,), "iterations": 2, "judged_by_half": True}
    (found,) = validated(rows, **options)
    assert len(found.judges) == (1 if half else 4)
    assert found.posterior.rows is rows
    share = np.isfinite(found.held_out).mean()
    assert share == pytest.approx(0.5 if half else 1.0, abs=0.02)
    if half:
        # the kernel was fitted to the rows that do not judge
        changed = values.copy()
        changed[found.judges[0].rows.row_numbers[:10]] += 1.0
        (again,) = validated(paired_rows_of(coalitions, changed), **options)
        kernels = [f.posterior.kernel.relevance for f in (found, again)]
        np.testing.assert_array_equal(*kernels)


def test_rows_that_may_not_judge_choose_the_kernel():
    coalitions, values = standardised(np.random.default_rng(7), 200, 8)
    rows = paired_rows_of(coalitions, values)
    judges = coalitions.pair_of_row() < 30
    proxy = Gaussian(widths=(1.0,))
    (found,) = proxy.posteriors(rows, judges, np.random.default_rng(0))
    np.testing.assert_array_equal(np.isfinite(found.held_out), judges)
    changed = np.where(judges, -values, values)
    (again,) = proxy.posteriors(
        paired_rows_of(coalitions, changed), judges, np.random.default_rng(0)
    )
    np.testing.assert_array_equal(
        found.posterior.kernel.relevance, again.posterior.kernel.relevance
    )


def folds_of(n_rows, judges=None, n_players=12):
    rng = np.random.default_rng(8)
    coalitions = random_rows(rng, n_rows, n_players, paired=True)
    rows = paired_rows_of(coalitions, rng.normal(size=len(coalitions)))
    posterior = Posterior(random_kernel(rng, n_players), rows)
    chosen = [rows] if judges is None else [rows.take(part) for part in judges]
    found = ValidatedPosterior.by(1.0, posterior, [gaussian.Judge(j, posterior) for j in chosen])
    return coalitions, found.held_out_folds(rng)


@pytest.mark.parametrize(
    ("n_rows", "count", "share"),
    [(80, 4, 1), (298, 4, 1), (300, 2, 2 / 6), (1800, 2, 2 / 6), (2400, 2, 2 / 8)],
)
def test_folds_of_few_rows_hold_all_out_and_of_many_some_three_hundred(n_rows, count, share):
    coalitions, folds = folds_of(n_rows)
    assert len(folds) == count
    held = np.concatenate([fold.rows for fold in folds])
    assert len(set(held.tolist())) == len(held) == pytest.approx(share * n_rows, abs=4)
    pairs = [set(coalitions.pair_of_row()[fold.rows].tolist()) for fold in folds]
    assert sum(map(len, pairs)) == len(set().union(*pairs))
    assert np.ptp([len(fold.rows) for fold in folds]) <= 2


def test_two_judges_propose_for_folds_of_their_own_rows():
    halves = np.arange(40)[:20], np.arange(40)[20:]
    coalitions, folds = folds_of(80, halves)
    assert len(folds) == 4
    pairs = coalitions.pair_of_row()
    for number, fold in enumerate(folds):
        assert set(pairs[fold.rows].tolist()) <= set(halves[number // 2].tolist())
    assert sum(len(fold.rows) for fold in folds) == 80


def test_if_some_rows_judge_they_are_the_two_folds():
    coalitions, folds = folds_of(800, [np.arange(100)])
    assert len(folds) == 2
    pairs = [coalitions.pair_of_row()[fold.rows] for fold in folds]
    assert sorted(np.unique(np.concatenate(pairs)).tolist()) == list(range(100))


def test_the_spectrum_is_that_of_the_mean_of_the_posteriors():
    coalitions, values = standardised(np.random.default_rng(9), 120, 8)
    posteriors = validated(paired_rows_of(coalitions, values))
    fresh = uniform(np.random.default_rng(10), 100, 8)
    one, two = (mean_of(p.posterior).evaluate(signs(fresh)) for p in posteriors)
    found = posterior_spectrum(posteriors, [0.25, 0.5], keep=256)
    np.testing.assert_allclose(found(fresh), 0.25 * one + 0.5 * two, atol=1e-6)
    alone = posterior_spectrum(posteriors, [0.0, 0.5], keep=256)
    np.testing.assert_allclose(alone(fresh), 0.5 * two, atol=1e-6)
    assert posterior_spectrum(posteriors, [0.0, 0.0], keep=256).terms() == []


def test_the_proxy_averages_its_widths_in_spectrum_and_held_out_predictions():
    coalitions, values = standardised(np.random.default_rng(11), 80, 8)
    fit = Gaussian().fit(coalitions, 3 + 2 * values, rng=np.random.default_rng(0))
    rows = paired_rows_of(coalitions, values)
    posteriors = validated(rows)
    assert [p.width for p in posteriors] == [1.0, 2.0]
    held_out = np.mean([p.held_out for p in posteriors], axis=0)
    np.testing.assert_allclose(fit.held_out, 3 + 2 * held_out, atol=1e-4)
    means = [mean_of(p.posterior).evaluate(signs(coalitions)) for p in posteriors]
    np.testing.assert_allclose(fit.spectrum(coalitions), 3 + 2 * np.mean(means, axis=0), atol=1e-4)


def test_the_number_of_coefficients_is_limited():
    coalitions, values = standardised(np.random.default_rng(12), 80, 14)
    fit = Gaussian(keep=7).fit(coalitions, values, rng=np.random.default_rng(0))
    assert len(fit.spectrum.terms()) == 8


@pytest.mark.parametrize(("share", "expected"), [(0.5, False), (0.52, False), (0.7, True)])
def test_rows_that_keep_most_players_are_lopsided_and_their_effects_may_grow(
    monkeypatch, share, expected
):
    seen, fit = [], gaussian.fit_kernel

    def spy(rows, *, growing=False, **settings):
        seen.append(growing)
        return fit(rows, growing=growing, **settings)

    monkeypatch.setattr(gaussian, "fit_kernel", spy)
    rng = np.random.default_rng(0)
    coalitions = Coalitions.from_dense(np.unique(rng.random((300, 16)) < share, axis=0))
    Gaussian(basis=Basis(0.8)).fit(coalitions, rng.normal(size=len(coalitions)), rng=rng)
    assert gaussian.lopsided(float(signs(coalitions).mean())) == expected
    assert set(seen) == {expected}


@pytest.mark.parametrize(
    ("n_players", "rows_per_player", "fitted"),
    [(9, 3.0, 300), (40, 3.0, 320), (9, 0.0, 200), (9, 50.0, 1000)],
)
def test_hyper_parameters_are_fitted_to_part_of_the_rows(
    monkeypatch, n_players, rows_per_player, fitted
):
    seen, fit = [], gaussian.fit_kernel

    def spy(rows, *, width, iterations, start=None, growing=False):
        seen.append((2 * len(rows), width, iterations, start, growing))
        return fit(rows, width=width, iterations=1, start=start, growing=growing)

    monkeypatch.setattr(gaussian, "fit_kernel", spy)
    rng = np.random.default_rng(13)
    coalitions = random_rows(rng, 1200, max(n_players, 12), paired=True)
    rows = paired_rows_of(coalitions, rng.normal(size=len(coalitions)))
    rows.block = rows.block[:, :n_players]  # fewer players, so that there are enough rows
    rows.signs = rows.signs[:, :n_players]
    basis = FOURIER if n_players == 9 else Basis(0.8)
    widths = (1.0, 2.0, 0.5)
    proxy = Gaussian(widths, iterations=20, rows_per_player=rows_per_player, basis=basis)
    proxy._kernels(proxy._fitted_rows(rows, rng))
    assert [part[:3] for part in seen] == [
        (fitted, 1.0, 20),
        (fitted, 2.0, 10),
        (fitted, 0.5, 10),
    ]
    assert [part[4] for part in seen] == [False] * 3  # pairs keep as many players as they lack
    assert seen[0][3] is None
    assert seen[1][3] is seen[2][3] is not None


def test_gaussian_alone_learns_a_smooth_game():
    rng = np.random.default_rng(8)
    rows = random_rows(rng, 120, 10, paired=True)

    def smooth(coalitions):
        return np.tanh(coalitions.dense()[:, :4].sum(axis=1) - 2.0) + 5.0

    fit = Gaussian().fit(rows, smooth(rows), rng=rng)
    fresh = uniform(rng, 500, 10)
    errors = fit.spectrum(fresh) - smooth(fresh)
    assert errors.var() < 0.01 * smooth(fresh).var()
    assert np.mean((fit.held_out - smooth(rows)) ** 2) < 0.1 * smooth(rows).var()


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("estimator", [Gaussian(), Blend()], ids=["gaussian", "blend"])
def test_of_more_rows_than_memory_allows_a_part_is_used(monkeypatch, estimator, paired):
    monkeypatch.setattr(gaussian, "_MOST_ROWS", 60)
    rng = np.random.default_rng(20)
    coalitions = random_rows(rng, 240, 9, paired=paired)
    kept = coalitions.dense()
    values = 2.0 * kept[:, 0] - kept[:, 1] * kept[:, 2] + 0.1 * rng.normal(size=len(kept))
    fit = estimator.fit(coalitions, values, rng=np.random.default_rng(1))
    seen = np.isfinite(fit.held_out)
    if isinstance(estimator, Gaussian):
        assert seen.sum() == pytest.approx(120 if paired else 60, abs=20)
    assert 20 <= seen.sum() <= 140
    errors = (fit.spectrum(coalitions) - values) ** 2
    assert errors.mean() < 0.1 * values.var()
