"""Laws of the blended proxy."""

import numpy as np
import pytest

from shapiq_spex.estimators.blend import blend
from shapiq_spex.estimators.blend.blend import PARTS, Blend
from shapiq_spex.estimators.blend.components import Component, ComponentFit
from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.weighting import blend_weights, confidence, parsimonious
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import combination, game, r_squared, random_rows, uniform

MODES = ("full", "fast")


@pytest.mark.parametrize("mode", MODES)
def test_a_player_without_influence_changes_almost_nothing(mode):
    rng = np.random.default_rng(6)
    rows = random_rows(rng, 160, 9, paired=True)
    kept = rows.dense()
    idle = rng.random(160) < 0.5
    idle[rows.pair_table()[:, 1]] = ~idle[rows.pair_table()[:, 0]]
    with_idle = Coalitions.from_dense(np.column_stack([kept, idle]))
    plain = Blend(mode).fit(rows, game(rows), rng=np.random.default_rng(7))
    larger = Blend(mode).fit(with_idle, game(rows), rng=np.random.default_rng(7))
    fresh = rng.random((300, 10)) < 0.5
    truth = game(Coalitions.from_dense(fresh))
    assert r_squared(truth, plain.spectrum(fresh[:, :9])) > 0.99
    assert r_squared(truth, larger.spectrum(fresh)) > 0.99


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 8])
def test_a_handful_of_rows_never_explodes(mode, n_rows):
    rng = np.random.default_rng(n_rows)
    rows = random_rows(rng, n_rows, 6, paired=False)
    values = rng.normal(size=len(rows))
    fit = Blend(mode).fit(rows, values, rng=rng)
    assert np.abs(fit.spectrum(Coalitions.all_of(6))).max() <= 3 * np.abs(values).max()
    assert fit.held_out.shape == (n_rows,)


@pytest.mark.parametrize("mode", MODES)
def test_where_held_out_errors_say_nothing_the_additive_proxy_decides(mode):
    rng = np.random.default_rng(8)
    rows = random_rows(rng, 60, 12, paired=True)
    values = rng.normal(size=len(rows))
    values[[3, 50]] = 1e6  # of 60 rows, too many to be left out as isolated
    fit = Blend(mode).fit(rows, values, rng=rng)
    assert set(fit.shares) <= {"additive"}


@pytest.mark.parametrize("mode", MODES)
def test_pure_noise_and_rare_enormous_values_stay_close_to_the_mean(mode):
    rng = np.random.default_rng(8)
    rows = random_rows(rng, 120, 12, paired=True)
    fresh = uniform(rng, 2000, 12)
    noise = Blend(mode).fit(rows, rng.normal(size=len(rows)), rng=rng)
    assert np.mean(noise.spectrum(fresh) ** 2) < 0.3
    heavy = Blend(mode).fit(rows, 1e3 * rng.standard_cauchy(len(rows)) ** 3, rng=rng)
    assert np.isfinite(heavy.spectrum(fresh)).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_constant_game_is_constant(mode):
    rows = random_rows(np.random.default_rng(9), 20, 5, paired=True)
    fit = Blend(mode).fit(rows, np.full(len(rows), 1e-30), rng=np.random.default_rng(0))
    assert fit.spectrum.to_dict() == {(): pytest.approx(1e-30)}


def test_outlying_empty_and_full_coalitions_are_left_out_and_named():
    rng = np.random.default_rng(10)
    rows = Coalitions.ends(9).concatenate(random_rows(rng, 120, 9, paired=True))
    rows, _ = rows.distinct()
    values = game(rows)
    values[0] = 1e6
    fit = Blend("fast").fit(rows, values, rng=rng)
    assert len(fit.notes) == 1
    assert "the empty coalition" in fit.notes[0]
    fresh = uniform(rng, 300, 9)
    assert r_squared(game(fresh), fit.spectrum(fresh)) > 0.98


def test_unknown_modes_and_parts_are_refused():
    with pytest.raises(ValueError, match='mode must be "full" or "fast"'):
        Blend("quick")
    with pytest.raises(ValueError, match=r"left_out must be among .* got \['luck'\]"):
        Blend(left_out=frozenset({"luck", "sparse"}))
    assert Blend().name == "blend"


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_sparse_function_is_recovered_term_by_term(noise):
    rng = np.random.default_rng(12)
    rows = random_rows(rng, 400, 16, paired=True)
    truth = {(): 3.0, (0,): 1.0, (5,): -1.0, (0, 5): 0.7, (0, 5, 9): 0.5, (0, 5, 9, 12): -0.6}
    values = combination(truth, rows)
    values = values + noise * rng.normal(size=len(values))
    fit = Blend().fit(rows, values, rng=rng)
    tolerance = 1e-9 if noise == 0 else 0.05
    found = fit.spectrum.prune(threshold=tolerance)
    assert found.to_dict() == pytest.approx(truth, abs=tolerance)


def test_components_can_be_left_out():
    rng = np.random.default_rng(15)
    rows = random_rows(rng, 120, 9, paired=True)
    fit = Blend(left_out=frozenset({"sparse", "second width"})).fit(
        rows, game(rows) + rng.normal(size=len(rows)), rng=rng
    )
    assert not {"selection", "expansion", "gaussian 2"} & set(fit.shares)
    assert set(fit.shares) <= {"gaussian 1", "pairwise", "additive"}


def test_pairs_without_hierarchy_are_found():
    rng = np.random.default_rng(16)
    rows = random_rows(rng, 500, 30, paired=True)
    truth = {tuple(sorted(pair)): 1.0 for pair in rng.permutation(30).reshape(-1, 2).tolist()}
    values = combination(truth, rows) + 0.3 * rng.normal(size=len(rows))
    fresh = uniform(rng, 1000, 30)
    fit = Blend().fit(rows, values, rng=rng)
    assert r_squared(combination(truth, fresh), fit.spectrum(fresh)) > 0.95


def blend_of(monkeypatch, columns, *, exact=(), priors=None, left_out=(), n_rows=80):
    """Fit a blend of components that predict the values up to errors of some sizes."""
    rng = np.random.default_rng(17)
    rows = random_rows(rng, n_rows, 8, paired=True)
    values = rng.standard_t(3, size=n_rows)
    values = (values - values.mean()) / values.std()

    class Made:
        def __init__(self, number):
            self.number = number
            self.names = (f"part {number}",)
            self.prior = 0.0 if priors is None else priors[number]

        @property
        def held_out(self):
            return (values + columns[self.number] * errors[self.number])[:, None]

        def fit(self, weights):
            own = Spectrum.from_dict(8, {(self.number,): 1.0})
            return ComponentFit(
                [float(weights[0]) * own], exact=own if self.number in exact else None
            )

    errors = np.random.default_rng(18).normal(size=(len(columns), n_rows))
    made = [Made(k) for k in range(len(columns))]
    monkeypatch.setattr(blend, "gaussian_component", lambda *_: made[0])
    monkeypatch.setattr(Blend, "_optional", lambda *_: made[1:])
    fit = Blend(left_out=frozenset(left_out)).fit(rows, values, rng=np.random.default_rng(0))
    predictions = np.column_stack([c.held_out for c in made])
    return rows, values, fit, predictions


def test_weights_come_from_the_prior_the_errors_parsimony_and_confidence(monkeypatch):
    for left_out in ((), ("parsimony",), ("confidence",), ("parsimony", "confidence")):
        rows, values, fit, predictions = blend_of(
            monkeypatch, [0.9, 0.8], priors=[0.7, 0.1], left_out=left_out, n_rows=24
        )
        columns = np.column_stack([predictions, fit.additive])
        expected = blend_weights(columns, values, np.array([0.7, 0.1, 0.0]))
        if "parsimony" not in left_out:
            expected = parsimonious(expected, columns, values)
        if "confidence" not in left_out:
            trust = confidence(values, rows.pair_of_row())
            assert 0 < trust < 1
            alone = blend_weights(columns[:, -1:], values, np.zeros(1))
            expected = expected * trust
            expected[-1] += (1 - trust) * alone[0]
        names = ["part 0", "part 1", "additive"]
        shares = {name: share for name, share in zip(names, expected, strict=True) if share > 0}
        assert fit.shares == pytest.approx(shares)
        additive = Additive().fit(rows, values, rng=np.random.default_rng(0))
        np.testing.assert_allclose(
            fit.spectrum(rows),
            expected[-1] * additive.spectrum(rows)
            + expected[:2] @ (1 - 2.0 * rows.dense()[:, :2]).T,
            atol=1e-6,
        )


def held_out_of_columns(values, columns):
    rows = random_rows(np.random.default_rng(22), len(values), 8, paired=True)
    parts = [
        Component((f"part {number}",), column[:, None], lambda _: ComponentFit([]))
        for number, column in enumerate(columns[:-1])
    ]
    predictions = np.column_stack(columns)
    return rows.pair_of_row(), Blend()._held_out(
        parts,
        predictions,
        rows,
        values,
        paired_folds(rows, 5, np.random.default_rng(0)),
        weighing=np.ones(len(values), dtype=np.bool_),
    )


def test_rows_have_no_part_in_the_weights_that_predict_them():
    rng = np.random.default_rng(23)
    values, *columns = rng.normal(size=(4, 60))
    pair_of_row, before = held_out_of_columns(values, columns)
    own = pair_of_row == 7
    _, after = held_out_of_columns(np.where(own, values + 5.0, values), columns)
    np.testing.assert_array_equal(before[own], after[own])
    assert np.abs(before - after).max() > 0.01


def test_weights_of_useless_proxies_predict_nothing_on_average():
    """Weights that are judged on the rows that chose them explain noise by noise: R2 > 0."""
    rng = np.random.default_rng(24)
    explained = []
    for _ in range(40):
        values, *columns = rng.normal(size=(6, 40))
        _, held_out = held_out_of_columns(values, columns)
        explained.append(r_squared(values, held_out))
    assert np.mean(explained) < 0.0


def test_rows_that_only_proxies_without_weight_did_not_predict_are_judged():
    rng = np.random.default_rng(25)
    values = rng.normal(size=120)
    useless = np.where(np.arange(120) < 60, -values, np.nan)
    _, held_out = held_out_of_columns(
        values, [values + 0.1 * rng.normal(size=120), useless, 0 * values]
    )
    assert np.isfinite(held_out).all()


def test_an_exact_spectrum_is_taken_as_it_is_if_it_is_the_best_where_it_was_held_out(monkeypatch):
    for columns, exact, taken in (
        ([0.5, 0.0], (1,), True),
        ([0.0, 0.0], (1,), True),
        ([0.0, 0.3], (1,), False),
        ([0.5, 0.0], (), False),
    ):
        rows, _, fit, predictions = blend_of(monkeypatch, columns, exact=exact)
        assert (fit.shares == {"part 1": 1.0}) == taken
        if taken:
            np.testing.assert_allclose(fit.spectrum(rows), 1 - 2.0 * rows.dense()[:, 1], atol=1e-9)
            np.testing.assert_allclose(fit.held_out, predictions[:, 1], atol=1e-9)
            assert fit.additive is not None


def test_an_exact_spectrum_that_predicts_worse_than_the_mean_is_not_taken(monkeypatch):
    _, _, fit, _ = blend_of(monkeypatch, [9.0, 2.0], exact=(1,), priors=[0.0, 0.9])
    assert fit.shares != {"part 1": 1.0}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_left_out_has_no_share(part):
    rng = np.random.default_rng(19)
    rows = random_rows(rng, 80, 9, paired=True)
    values = game(rows) + rng.normal(size=len(rows))
    fit = Blend(left_out=frozenset({part})).fit(rows, values, rng=rng)
    absent = {
        "second width": {"gaussian 2"},
        "pairwise": {"pairwise"},
        "sparse": {"adaptive lasso", "selection", "expansion"},
    }.get(part, set())
    assert not absent & set(fit.shares)
    assert sum(fit.shares.values()) <= 1 + 1e-9


def test_three_pairs_are_too_few_to_hold_out_other_proxies():
    rng = np.random.default_rng(20)
    for n_rows, expected in ((6, set()), (8, {"sparse", "pairwise"})):
        rows = random_rows(rng, n_rows, 9, paired=True)
        values = rng.normal(size=n_rows)
        asked = set()

        def offer(name, asked=asked):
            return lambda data: asked.add(name)

        offers = {"full": {name: offer(name) for name in ("sparse", "pairwise")}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(blend, "OPTIONAL_COMPONENTS", offers)
            Blend().fit(rows, values, rng=rng)
        assert asked == expected


def test_the_posterior_of_least_held_out_error_proposes(monkeypatch):
    rng = np.random.default_rng(21)
    rows = random_rows(rng, 120, 9, paired=True)
    values = game(rows) + 0.5 * rng.normal(size=120)
    seen = []
    monkeypatch.setattr(blend, "OPTIONAL_COMPONENTS", {"full": {"sparse": seen.append}})
    made = blend.gaussian_component
    monkeypatch.setattr(
        blend,
        "gaussian_component",
        lambda posteriors, *rest: seen.append(posteriors) or made(posteriors, *rest),
    )
    Blend().fit(rows, values, rng=rng)
    posteriors, data = seen
    standard = (values - values.mean()) / values.std()
    errors = [np.nansum((p.held_out - standard) ** 2) for p in posteriors]
    assert data.best is posteriors[int(np.argmin(errors))]
    np.testing.assert_allclose(data.rows.values, standard)
    assert sorted(np.concatenate([fold.rows for fold in data.folds]).tolist()) == list(range(120))


def test_the_fast_blend_has_one_width_and_no_pairwise_proxy():
    rng = np.random.default_rng(22)
    rows = random_rows(rng, 120, 9, paired=True)
    values = game(rows) + 0.5 * rng.normal(size=120)
    fit = Blend("fast").fit(rows, values, rng=rng)
    assert set(fit.shares) <= {
        "gaussian 1.5", "adaptive lasso", "selection", "expansion", "additive"
    }  # fmt: skip


def test_the_number_of_gaussian_coefficients_is_limited():
    rng = np.random.default_rng(23)
    rows = random_rows(rng, 120, 9, paired=True)
    values = np.tanh(game(rows)) + 0.1 * rng.normal(size=120)
    left_out = frozenset({"sparse", "pairwise", "parsimony", "confidence"})
    fit = Blend(keep=5, left_out=left_out).fit(rows, values, rng=rng)
    assert sum(len(term) > 1 for term in fit.spectrum.terms()) <= 5
