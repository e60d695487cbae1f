"""Scores and games of embeddings, with an encoder that counts words."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.games.embedding_games import EvidenceGame, SimilarityScore
from shapiq_spex.games.text_game import TextGame

VOCABULARY = ["red", "blue", "ball", "box"]


def encode(texts):
    return [[text.split().count(word) for word in VOCABULARY] for text in texts]


def test_similarity_is_the_cosine():
    score = SimilarityScore(encode, ["red ball"], contrast=["box", "blue"])
    values = score(["red", "red ball", "", "box ball"])
    root = np.sqrt(0.5)
    assert values == pytest.approx(
        np.array([[root, 0, 0], [1, 0, 0], [0, 0, 0], [0.5, root, 0]]), abs=1e-12
    )
    assert score.weights.tolist() == [1, -0.5, -0.5]
    game = TextGame("red ball", score)
    assert game([(0, 1), ()]) == pytest.approx([1, 0])


def test_evidence_is_that_of_the_best_document_for_the_weakest_statement():
    documents = ["red ball", "blue box", "red red", "box ball"]
    statements = ["red", "box"]
    game = EvidenceGame(documents, statements, encode)
    everything = Coalitions.all_of(4).dense()
    vectors = np.array(encode(documents)) / np.linalg.norm(encode(documents), axis=1)[:, None]
    for row, value in zip(everything, game(everything), strict=True):
        supports = [
            max([vectors[d, VOCABULARY.index(s)] for d in np.flatnonzero(row)], default=0.0)
            for s in statements
        ]
        assert value == pytest.approx(min(supports))
    mean = EvidenceGame(documents, statements, encode, combine="mean")
    assert mean([(0, 1)])[0] == pytest.approx(np.sqrt(0.5))


def test_names_and_fingerprints():
    game = EvidenceGame(["red", "box"], ["red"], encode, titles=["A", "B"], fingerprint="counts")
    other = EvidenceGame(["red", "box"], ["box"], encode, fingerprint="counts")
    assert game.player_names == ("A", "B")
    assert game.fingerprint != other.fingerprint
    assert SimilarityScore(encode, ["red"]).fingerprint is None


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least two players"):
        EvidenceGame(["red"], ["red"], encode)
    with pytest.raises(ValueError, match="statements"):
        EvidenceGame(["red", "box"], [], encode)
    with pytest.raises(ValueError, match="document is empty"):
        EvidenceGame(["red", " "], ["red"], encode)
    with pytest.raises(ValueError, match="combine"):
        EvidenceGame(["red", "box"], ["red"], encode, combine="best")
    with pytest.raises(ValueError, match="as many titles"):
        EvidenceGame(["red", "box"], ["red"], encode, titles=["A"])
    with pytest.raises(ValueError, match="at least one text"):
        SimilarityScore(encode, [])
    with pytest.raises(TypeError, match="must be a list of texts"):
        SimilarityScore(encode, "red")
    with pytest.raises(ValueError, match="one embedding per row"):
        SimilarityScore(lambda texts: [1.0], ["red"])
