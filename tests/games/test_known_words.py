"""What is known of the parts of a text before any ablation."""

import numpy as np

from shapiq_spex import ProxySPEX
from shapiq_spex.games import SimilarityScore, TextGame

TEXT = "The bakery on the corner opens at six, except on Sunday."


def length(texts):
    return [float(len(text)) for text in texts]


def vowels(texts):
    return np.array([[text.count("o"), text.count("e")] for text in texts], dtype=float)


def test_length_and_stop_words():
    game = TextGame(TEXT, length, pinned=["bakery"])
    known = game.player_information().covariates
    assert game.player_names[:3] == ("The", "on", "the")
    np.testing.assert_array_equal(known["length"][:5], [3, 2, 3, 6, 5])
    np.testing.assert_array_equal(known["stop word"][:5], [1, 1, 1, 0, 0])


def test_the_guide_is_the_same_game_by_another_score():
    kept = np.random.default_rng(0).random((20, 10)) < 0.5
    for options in ({}, {"replacement": "[MASK]"}, {"by": "words", "pinned": ["opens"]}):
        game = TextGame(TEXT, length, **options)
        rows = kept[:, : len(game.spans)]
        if rows.shape[1] < len(game.spans):
            rows = np.c_[rows, rows[:, :1]]
        guide = game.player_information(guide=vowels_sum).guide
        expected = [vowels_sum([game.text_of(row)])[0] for row in rows]
        np.testing.assert_allclose(guide(rows), expected)


def vowels_sum(texts):
    return vowels(texts).sum(axis=1)


def test_similarity_is_that_of_each_unit_by_itself():
    score = SimilarityScore(vowels, ["oeo"])
    game = TextGame("one bee or one owl", length)
    found = game.player_information(similarity=score).covariates["similarity"]
    np.testing.assert_allclose(found, score(["one", "bee", "or", "one", "owl"])[:, 0])


def test_the_game_informs_an_explanation():
    game = TextGame(TEXT, length)
    approximator = ProxySPEX(n=11, players=game, random_state=0)
    approximator.approximate(40, game)
    assert 'the covariates "length", "stop word"' in str(approximator.report_)
