"""What is known of the players, and what it does to the blend."""

import numpy as np
import pytest

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian.informed_kernel import INFORMED
from shapiq_spex.estimators.knowledge import Knowledge, standardised
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.gaussian.problems import paired_rows_of
from tests.estimators.samples import r_squared, random_rows

N_PLAYERS = 14
NOTHING = np.empty((N_PLAYERS, 0))


def planted(seed=0):
    """A function of degree two of half of the players."""
    rng = np.random.default_rng(seed)
    singles, pairs = [(i,) for i in range(7)], [(0, 1), (1, 2), (3, 4), (2, 5), (5, 6)]
    return Spectrum.from_terms(N_PLAYERS, [*singles, *pairs], rng.normal(size=12))


def disturbed(spectrum, seed=1, size=0.3):
    """A function that resembles another."""
    rng = np.random.default_rng(seed)
    scale = size * np.sqrt(spectrum.variance / len(spectrum))
    noise = scale * rng.normal(size=len(spectrum))
    return spectrum + Spectrum.from_terms(spectrum.n_players, spectrum.terms(), noise)


def renumbered(spectrum, order):
    """The function with player order[i] in the place of player i."""
    return Spectrum(
        spectrum.n_players, [(order[g.members], g.coefficients) for g in spectrum.groups]
    )


def fitted(truth, n_rows, knowledge, seed=0, *, mode="full", paired=False):
    rows = random_rows(np.random.default_rng(seed), n_rows, N_PLAYERS, paired=paired)
    blend = Blend(mode, knowledge=None if knowledge is None else lambda: knowledge)
    return rows, blend.fit(rows, truth(rows), rng=np.random.default_rng(0))


def reached(truth, fit):
    every = Coalitions.all_of(N_PLAYERS)
    return r_squared(truth(every), fit.spectrum(every))


@pytest.mark.parametrize("mode", ["full", "fast"])
@pytest.mark.parametrize("paired", [True, False])
def test_an_informative_guide_helps_where_rows_are_few(mode, paired):
    gains = []
    for seed in range(4):
        truth = planted(seed)
        known = Knowledge(NOTHING, disturbed(truth))
        _, plain = fitted(truth, 20, None, seed, mode=mode, paired=paired)
        _, informed = fitted(truth, 20, known, seed, mode=mode, paired=paired)
        gains.append(reached(truth, informed) - reached(truth, plain))
        assert informed.shares[INFORMED] > 0
    assert np.mean(gains) > 0.1


def test_wrong_information_does_little_harm():
    losses = []
    for seed in range(4):
        truth = planted(seed)
        order = np.random.default_rng(seed).permutation(N_PLAYERS)
        covariates = np.random.default_rng(seed).normal(size=(N_PLAYERS, 2))
        known = Knowledge(covariates, renumbered(disturbed(truth), order))
        _, plain = fitted(truth, 40, None, seed)
        _, informed = fitted(truth, 40, known, seed)
        losses.append(reached(truth, plain) - reached(truth, informed))
    assert max(losses) < 0.1
    assert np.mean(losses) < 0.03


def test_covariates_that_tell_who_matters_help():
    gains = []
    for seed in range(6):
        truth = planted(seed)
        known = Knowledge((np.arange(N_PLAYERS) < 7)[:, None].astype(float))
        _, plain = fitted(truth, 30, None, seed)
        _, informed = fitted(truth, 30, known, seed)
        gains.append(reached(truth, informed) - reached(truth, plain))
    assert np.mean(gains) > 0.0


def test_held_out_predictions_are_honest_and_say_what_there_would_be_without():
    truth = planted(1)
    rows, plain = fitted(truth, 30, None)
    _, informed = fitted(truth, 30, Knowledge(NOTHING, disturbed(truth)))
    assert plain.uninformed is None
    values = truth(rows)
    stated = r_squared(values, informed.held_out)
    assert stated < reached(truth, informed) + 0.05
    assert r_squared(values, informed.uninformed) < stated


@pytest.mark.parametrize("knowledge", [Knowledge(NOTHING), Knowledge(np.ones((N_PLAYERS, 3)))])
def test_knowing_nothing_changes_no_bit(knowledge):
    truth = planted(2)
    _, plain = fitted(truth, 40, None)
    _, informed = fitted(truth, 40, knowledge)
    assert plain.spectrum == informed.spectrum
    assert informed.uninformed is None
    np.testing.assert_array_equal(plain.held_out, informed.held_out)


def test_equal_knowledge_gives_equal_bits():
    truth = planted(3)
    fits = [fitted(truth, 40, Knowledge(NOTHING, disturbed(truth)))[1] for _ in range(2)]
    assert fits[0].spectrum == fits[1].spectrum


def test_units_do_not_matter():
    """Neither those of the game nor those of the guide, its offset or the covariates."""
    truth = planted(4)
    covariates = np.random.default_rng(0).normal(size=(N_PLAYERS, 2))
    guide = disturbed(truth)
    moved = 1000.0 * guide + Spectrum.from_dict(N_PLAYERS, {(): 5e4})
    rows, plain = fitted(truth, 40, Knowledge(covariates, guide))
    _, other = fitted(truth, 40, Knowledge(-7.0 * covariates + 3.0, moved))
    spread = truth(rows).std()
    np.testing.assert_allclose(other.spectrum(rows), plain.spectrum(rows), atol=0.02 * spread)
    _, same = fitted(truth, 40, Knowledge(covariates, 8.0 * guide))
    np.testing.assert_allclose(same.spectrum(rows), plain.spectrum(rows), atol=0.02 * spread)
    _, scaled = fitted(64.0 * truth, 40, Knowledge(covariates, guide))
    np.testing.assert_allclose(scaled.spectrum(rows), 64.0 * plain.spectrum(rows), rtol=1e-6)


@pytest.mark.parametrize("paired", [True, False])
def test_renumbering_players_and_what_is_known_of_them_renumbers_the_result(paired):
    truth = disturbed(planted(5), seed=7)
    covariates = np.random.default_rng(1).normal(size=(N_PLAYERS, 1))
    rows, plain = fitted(truth, 60, Knowledge(covariates, planted(5)), paired=paired)
    order = np.random.default_rng(2).permutation(N_PLAYERS)
    moved = Coalitions.from_dense(rows.dense()[:, np.argsort(order)])
    known = Knowledge(covariates[np.argsort(order)], renumbered(planted(5), order))
    blend = Blend(knowledge=lambda: known)
    other = blend.fit(moved, truth(rows), rng=np.random.default_rng(0))
    every = Coalitions.all_of(N_PLAYERS)
    there = Coalitions.from_dense(every.dense()[:, np.argsort(order)])
    spread = truth(rows).std()
    gaps = np.abs(other.spectrum(there) - plain.spectrum(every))
    assert gaps.mean() < 0.02 * spread


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("basis", [FOURIER, Basis(0.8)])
def test_directions_add_up_to_the_guide_in_units_of_its_deviation(paired, basis):
    rng = np.random.default_rng(3)
    rows = random_rows(rng, 40, N_PLAYERS, paired=paired)
    guide = planted(6)
    hints = Knowledge(NOTHING, guide).hints(paired_rows_of(rows, guide(rows)), basis)
    whole = not paired and not basis.is_fourier
    assert [d.parity for d in hints.directions] == (["any"] if whole else ["even", "odd"])
    total = sum(d.function(rows) for d in hints.directions)
    np.testing.assert_allclose(np.ptp(total - guide(rows) / guide(rows).std()), 0.0, atol=1e-9)
    for direction in hints.directions:
        odd = {len(term) % 2 for term in direction.function.terms()}
        assert odd <= {"even": {0}, "odd": {1}, "any": {0, 1}}[direction.parity]


def test_the_energy_of_each_player_in_the_guide_is_a_covariate():
    guide = Spectrum.from_dict(4, {(): 9.0, (0,): 1.0, (0, 1): 2.0, (2,): 0.5})
    rows = random_rows(np.random.default_rng(4), 12, 4, paired=False)
    hints = Knowledge(np.empty((4, 0)), guide).hints(paired_rows_of(rows, np.ones(12)), FOURIER)
    energies = np.array([5.0, 4.0, 0.25, 1e-4 * 9.25 / 4])
    np.testing.assert_allclose(hints.covariates, standardised(np.log(energies)[:, None]))


def test_the_leaders_are_the_players_with_nearly_all_energy_of_the_guide():
    guide = Spectrum.from_dict(6, {(): 9.0, (0,): 0.01, (4, 1): 2.0, (2,): 3.0})
    assert Knowledge(np.empty((6, 0)), guide).leaders.tolist() == [2, 1, 4]
    assert Knowledge(np.ones((6, 1))).leaders.tolist() == []
    many = Spectrum.from_terms(200, [(i,) for i in range(200)], np.arange(200.0))
    assert Knowledge(np.empty((200, 0)), many).leaders.tolist() == list(range(199, 149, -1))


def test_of_some_players_the_terms_among_them_are_known():
    guide = Spectrum.from_dict(4, {(): 9.0, (0,): 1.0, (1, 3): 2.0, (2, 3): 0.5})
    found = Knowledge(np.arange(4.0)[:, None], guide).among(np.array([1, 3]))
    assert found.guide.to_dict() == {(): 9.0, (0, 1): 2.0}
    np.testing.assert_array_equal(found.covariates[:, 0], [1.0, 3.0])


def test_knowledge_of_thousands_of_players_is_used_for_those_that_are_modelled():
    rng = np.random.default_rng(5)
    n_players = 1200
    truth = Spectrum.from_terms(n_players, [(i,) for i in range(12)] + [(0, 1)], np.ones(13))
    rows = Coalitions.from_dense(rng.random((300, n_players)) < 0.5)
    known = Knowledge(rng.normal(size=(n_players, 1)), truth)
    fit = Blend("fast", knowledge=lambda: known).fit(rows, truth(rows), rng=rng)
    fresh = Coalitions.from_dense(rng.random((500, n_players)) < 0.5)
    assert r_squared(truth(fresh), fit.spectrum(fresh)) > 0.9


@pytest.mark.parametrize("basis", [Basis(0.8), Basis(0.75, levelled=True)])
def test_a_guide_helps_where_most_players_are_kept(basis):
    gains = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truth = planted(seed)
        rows = Coalitions.from_dense(rng.random((25, N_PLAYERS)) < 0.85).distinct()[0]
        fresh = Coalitions.from_dense(rng.random((500, N_PLAYERS)) < 0.85)
        found = [
            Blend(basis=basis, knowledge=knowledge).fit(
                rows, truth(rows), rng=np.random.default_rng(0)
            )
            for knowledge in (None, lambda truth=truth: Knowledge(NOTHING, disturbed(truth)))
        ]
        plain, informed = (r_squared(truth(fresh), fit.spectrum(fresh)) for fit in found)
        gains.append(informed - plain)
    assert np.mean(gains) > 0.0
