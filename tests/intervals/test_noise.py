"""Noisy answers: intervals contain the values of the game without noise."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from shapiq_spex import Ablation, ProxySPEX
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.difference import differences
from shapiq_spex.intervals.noise import Noise
from tests.intervals.proxies import Clairvoyant, Quadratic
from tests.intervals.samples import TABLE, N, held_out_residuals
from tests.quality.games import diabetes_forest, planted


class Noisy:
    """A game whose every answer is changed by fresh normal noise."""

    def __init__(self, spectrum, spread, seed, *, tells=False):
        self.spectrum, self.rng = spectrum, np.random.default_rng(seed)
        self.spread = spread * np.sqrt(spectrum.variance)
        if tells:
            self.standard_errors = lambda kept, values: np.full(len(values), self.spread)

    def __call__(self, kept):
        return self.spectrum(kept) + self.spread * self.rng.normal(size=len(kept))


GAMES = {
    "forest": lambda: diabetes_forest().spectrum,
    "planted": lambda: planted("hierarchical", 12, 14, 0.0).spectrum,
    "table": lambda: spectrum_of_table(TABLE),
}


@cache
def covered(spread, source):
    """The share of covered values by index and order, over all games and 8 seeds."""
    hits = {}
    for make in GAMES.values():
        spectrum = make()
        n = spectrum.n_players
        for seed in range(8):
            ablation = Ablation(repeats_of_ends=10 if source == "ends" else 1)
            approximator = ProxySPEX(
                n=n, index="k-SII", max_order=2, proxy_model=Quadratic(), random_state=seed,
                ablation=ablation,
            )  # fmt: skip
            game = Noisy(spectrum, spread, seed, tells=source == "told")
            approximator.approximate(60 if n == N else 2 * n**2, game)
            for index, order in (("SV", 1), ("k-SII", 2)):
                found = approximator.intervals(index=index, max_order=order)
                truth = convert(spectrum, index, order).to_dict()
                for term in found:
                    lower, upper = found[term]
                    inside = lower - 1e-9 <= truth.get(term, 0.0) <= upper + 1e-9
                    if np.isfinite(lower):
                        hits.setdefault((index, len(term)), []).append(inside)
    return {key: np.mean(inside) for key, inside in hits.items()}


@pytest.mark.parametrize("key", [("SV", 1), ("k-SII", 1), ("k-SII", 2)])
@pytest.mark.parametrize(
    ("spread", "source"),
    [(0.0, "none"), (0.1, "ends"), (0.1, "told"), (0.5, "ends"), (0.5, "told")],
)
def test_nominal_intervals_hold_with_noise(spread, source, key):
    assert 0.85 < covered(spread, source)[key] < 0.98


def test_they_hardly_do_where_nothing_tells_the_noise():
    assert covered(0.5, "none")["k-SII", 1] < 0.5


@pytest.mark.parametrize(
    ("index", "max_order", "size", "law", "paired", "rows"),
    [
        ("BII", 2, 2, "uniform", True, 78),
        ("SV", 1, 1, "kernel", True, 110),  # most sizes are exhausted
        ("k-SII", 2, 1, "kernel", True, 78),
        ("FSII", 2, 1, "sizes", False, 78),
    ],
)
def test_the_standard_error_is_right_with_noise(index, max_order, size, law, paired, rows):
    exact = convert(spectrum_of_table(TABLE), index, max_order).to_dict()
    terms = list(combinations(range(N), size))
    truth = np.array([exact[term] for term in terms])
    runs = []
    for seed in range(150):
        rng = np.random.default_rng([seed, 7])
        noise = rng.uniform(0.2, 1.0, rows)
        noise[:2] = 0.1  # the ends
        changed = noise * rng.normal(size=rows)
        missed = held_out_residuals(law, rows, seed, paired=paired, changed=changed)
        runs.append(differences(missed, index, max_order, terms, Noise(noise, np.inf)))
    estimates = np.array([run.estimates for run in runs])
    mean, spread = estimates.mean(axis=0), estimates.std(axis=0)
    assert (np.abs(mean - truth) < 4.5 * spread / np.sqrt(len(runs))).all()
    claimed = np.sqrt(np.mean([run.standard_errors**2 for run in runs], axis=0))
    assert 0.85 < np.sqrt((claimed**2).mean() / (spread**2).mean()) < 1.15


@pytest.mark.parametrize(("index", "max_order", "size"), [("SV", 1, 1), ("k-SII", 2, 1)])
def test_noise_of_all_coalitions_has_the_variance_of_a_weighted_sum(index, max_order, size):
    rng = np.random.default_rng(0)
    every, errors = Coalitions.all_of(N), rng.uniform(0.1, 0.5, 2**N)

    class Telling:
        def __call__(self, kept):
            return TABLE[Coalitions.from_dense(kept).numbers()] + 0.1 * rng.normal(size=len(kept))

        def standard_errors(self, kept, values):
            return errors[Coalitions.from_dense(kept).numbers()]

    approximator = ProxySPEX(n=N, index=index, max_order=max_order, proxy_model=Quadratic())
    approximator.approximate(2**N, Telling())
    assert not approximator.report_.exact
    found = approximator.intervals(0.9)
    assert not found.known.any()
    weights = coalition_weights(index, max_order, size, N)
    sizes, kept = every.sizes(), every.dense()
    rows, values = approximator.ablations_
    observed = np.empty(2**N)
    observed[rows.numbers()] = values
    direct = convert(spectrum_of_table(observed), index, max_order).to_dict()
    for player in range(N):
        of_player = weights[sizes, kept[:, player].astype(int)]
        reach = 1.6448536 * np.sqrt((of_player**2 * errors[every.numbers()] ** 2).sum())
        ends = sorted([direct[player,], found.values[found.interactions.index((player,))]])
        assert found[(player,)] == pytest.approx((ends[0] - reach, ends[1] + reach))


def test_degrees_of_freedom_of_the_noise_count_where_it_matters():
    exact = spectrum_of_table(TABLE)
    missed = held_out_residuals("uniform", 60, 0, proxy=Clairvoyant(exact))
    for freedom in (2.0, 18.0):
        found = differences(missed, "BII", 2, [(0, 1)], Noise(np.full(60, 0.3), freedom))
        assert found.degrees_of_freedom == pytest.approx(freedom)
    calm = differences(missed, "BII", 2, [(0, 1)], Noise(np.zeros(60), 2.0))
    assert calm.standard_errors < 1e-12


def test_more_answers_to_the_ends_make_intervals_of_single_players_narrower():
    spectrum = GAMES["forest"]()
    width = []
    for repeats in (2, 40):
        widths = []
        for seed in range(8):
            ablation = Ablation(repeats_of_ends=repeats)
            approximator = ProxySPEX(
                n=10, index="k-SII", max_order=2, proxy_model=Quadratic(), random_state=seed,
                ablation=ablation,
            )  # fmt: skip
            approximator.approximate(200 + 2 * repeats, Noisy(spectrum, 0.5, seed))
            found = approximator.intervals()
            widths.append(np.subtract(*found[(0,)][::-1]))
        width.append(np.median(widths))
    assert width[1] < 0.7 * width[0]


def test_given_answers_that_repeat_coalitions_tell_their_noise():
    spectrum = GAMES["forest"]()
    settings = {"index": "k-SII", "max_order": 2, "proxy_model": Quadratic(), "random_state": 0}
    game = Noisy(spectrum, 0.5, 0)
    asked = ProxySPEX(n=10, ablation=Ablation(repeats=3), **settings)
    rows = asked.plan(600).coalitions
    answers = np.array([game(rows.dense()) for _ in range(3)])
    given = ProxySPEX(n=10, **settings)
    given.approximate_from(rows.concatenate(rows, rows), answers.ravel())
    turn = iter(answers)
    asked.approximate(600, lambda kept: next(turn))
    np.testing.assert_allclose(given.intervals().lower, asked.intervals().lower, atol=1e-9)
    assert given.report_.noise == pytest.approx(asked.report_.noise)
    assert given.report_.noise == pytest.approx(game.spread / np.sqrt(3), rel=0.2)


def test_a_report_says_what_noise_allows():
    spectrum = GAMES["forest"]()
    approximator = ProxySPEX(n=10, index="SV", max_order=1, proxy_model=Quadratic(), random_state=0)
    approximator.approximate(400, Noisy(spectrum, 1.0, 0, tells=True))
    report = approximator.report_
    assert report.noise == pytest.approx(np.sqrt(spectrum.variance))
    assert report.worst is not None  # within sizes, where answers differ less
    expected = 1 - spectrum.variance / report.worst.deviation**2
    assert report.worst.deviation < report.deviation
    assert report.faithfulness_limit == pytest.approx(expected)
    assert "R2 on them is at most about" in str(report)
    assert type(report).from_dict(report.to_dict()).noise == report.noise


@pytest.mark.parametrize("unit", [2.0**-900, 2.0**900])
def test_noisy_games_are_explained_in_their_own_units(unit):
    results = []
    for scale in (1.0, unit):
        game = Noisy(GAMES["forest"](), 0.5, 0)
        approximator = ProxySPEX(
            n=10, index="k-SII", max_order=2, proxy_model=Quadratic(), random_state=0,
            ablation=Ablation(repeats_of_ends=10),
        )  # fmt: skip
        approximator.approximate(200, lambda kept, game=game, scale=scale: scale * game(kept))
        results.append((approximator.intervals(), approximator.report_))
    (found, report), (scaled, scaled_report) = results
    assert (unit * found.lower).tobytes() == scaled.lower.tobytes()
    assert unit * report.noise == scaled_report.noise
