"""Text games: what is left of a text, pins, replacements, scores, names and errors."""

from __future__ import annotations

import numpy as np
import pytest
import shapiq
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Ablation, ProxySPEX
from shapiq_spex.ablation import ask
from shapiq_spex.games.text_game import TextGame


def length(texts):
    return [len(text) for text in texts]


PIECES = st.lists(st.sampled_from(["a", "bc", "don't", " ", "  ", "\n", ",", ".", "(", ")", "é"]))


def game_of(text, **options):
    try:
        return TextGame(text, length, **options)
    except ValueError:
        return None


@given(PIECES.map("".join), st.data())
def test_deleting_keeps_everything_else_in_order(text, data):
    game = game_of(text)
    if game is None:
        return
    kept = data.draw(st.lists(st.booleans(), min_size=game.n_players, max_size=game.n_players))
    gone = [span for span, k in zip(game.spans, kept, strict=True) if not k]
    rest = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in gone))
    left = game.text_of(kept)
    assert "".join(left.split()) == "".join(rest.split())
    assert game.text_of([True] * game.n_players) == text


@given(PIECES.map("".join), st.data())
def test_replacing_keeps_every_other_character(text, data):
    game = game_of(text, replacement=lambda unit: "#" * len(unit))
    if game is None:
        return
    kept = data.draw(st.lists(st.booleans(), min_size=game.n_players, max_size=game.n_players))
    masked = list(text)
    for (start, end), stays in zip(game.spans, kept, strict=True):
        if not stays:
            masked[start:end] = "#" * (end - start)
    assert game.text_of(kept) == "".join(masked)


@pytest.mark.parametrize(
    ("text", "kept", "left"),
    [
        ("a b c", "101", "a c"),
        ("a b c", "001", "c"),
        ("a b c", "100", "a"),
        ("a b c", "010", "b"),
        ("a b c", "000", ""),
        ("It (was) bad.", "101", "It () bad."),
        ("It (was so) bad.", "1011", "It (so) bad."),
        ("It (was so) bad.", "1101", "It (was) bad."),
        ("Bad, no?", "10", "Bad,?"),
        ("one two\n\nthree four", "1001", "one\n\nfour"),
        ("  lead trail  ", "01", "  trail  "),
    ],
)
def test_whitespace_closes_up(text, kept, left):
    assert TextGame(text, length).text_of([bit == "1" for bit in kept]) == left


def test_masks_keep_their_place():
    game = TextGame("not bad, no", length, replacement="[MASK]")
    assert game.text_of([False, True, False]) == "[MASK] bad, [MASK]"


def test_pinned_parts_are_never_ablated():
    game = TextGame("Say yes or no: it is not bad", length, pinned=["Say yes or no:"])
    assert game.player_names == ("it", "is", "not", "bad")
    assert game.text_of([False] * 4) == "Say yes or no:"


def test_documents_are_players_between_a_fixed_frame():
    game = TextGame.of_documents(
        ["Ann is tall.", "Bob is not."],
        length,
        before="Read: ",
        after="\n\nWho?",
        titles=["ann", "bob"],
    )
    assert game.player_names == ("ann", "bob")
    assert game.text_of([True, True]) == "Read: Ann is tall.\n\nBob is not.\n\nWho?"
    assert game.text_of([False, True]) == "Read:\n\nBob is not.\n\nWho?"
    assert game.text_of([False, False]) == "Read:\n\nWho?"
    assert game([("bob",)]).tolist() == [len("Read:\n\nBob is not.\n\nWho?")]
    with pytest.raises(ValueError, match="as many titles"):
        TextGame.of_documents(["a", "b"], length, titles=["a"])


def test_equal_texts_are_scored_once():
    scored = []

    def score(texts):
        scored.extend(texts)
        return length(texts)

    game = TextGame("ha ha ha", score)
    everything = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], dtype=bool)
    assert game(everything).tolist() == [2, 2, 2, 5]
    assert scored == ["ha", "ha ha"]


class TwoScores:
    """Lengths and numbers of blanks, with everything a score may carry."""

    output_names = ("length", "blanks")
    weights = (1.0, -1.0)
    fingerprint = "two scores v1"
    batch_size = 3

    def __call__(self, texts):
        return [[len(text), text.count(" ")] for text in texts]


def test_a_score_brings_its_outputs_its_name_and_its_batches(tmp_path):
    game = TextGame("a bb ccc", TwoScores())
    assert game.batch_size == 3
    assert game(np.ones((1, 3), dtype=bool)).tolist() == [6]
    assert game.part(1)(np.ones((1, 3), dtype=bool)).tolist() == [2]
    other = TextGame("a bb ccc", TwoScores(), replacement="")
    assert game.fingerprint != other.fingerprint
    answers = ask(game, np.ones((1, 3), dtype=bool), Ablation(store=tmp_path / "s.db"))
    again = ask(game, np.ones((1, 3), dtype=bool), Ablation(store=tmp_path / "s.db"))
    assert (answers.asked, again.asked, again.reused) == (1, 0, 1)


def test_what_cannot_be_recognised_has_no_fingerprint():
    assert TextGame("a b", length).fingerprint is None
    assert TextGame("a b", length, fingerprint="length").fingerprint is not None
    assert TextGame("a b", TwoScores(), replacement=str.upper).fingerprint is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"text": ""}, ValueError, "empty"),
        ({"text": "alone"}, ValueError, "at least two players"),
        ({"text": "a b", "pinned": ["b"]}, ValueError, "at least two players"),
        ({"text": "a b", "score": 3}, TypeError, "score"),
        ({"text": "a b", "replacement": 3}, TypeError, "replacement"),
    ],
)
def test_bad_input_is_refused_before_the_first_ablation(arguments, error, message):
    with pytest.raises(error, match=message):
        TextGame(**({"score": length} | arguments))


@pytest.mark.parametrize(("scores", "found"), [([1.0], "1 results"), (1.0, "a single number")])
def test_a_score_that_loses_texts_is_refused(scores, found):
    with pytest.raises(ValueError, match=f"{found} for 2 texts"):
        TextGame("a b", lambda texts: scores)(np.array([[1, 0], [0, 1]], dtype=bool))


def test_a_planted_conjunction_is_found_by_ours_and_by_shapiq():
    def both(texts):
        return [float("not" in text and "bad" in text) for text in texts]

    game = TextGame("it was not at all bad", both)
    for approximator in (
        ProxySPEX(n=6, index="SII", max_order=2, random_state=0),
        shapiq.KernelSHAPIQ(n=6, index="SII", max_order=2, random_state=0),
    ):
        values = approximator.approximate(64, game)
        assert values[(2, 5)] == pytest.approx(1, abs=1e-6)
