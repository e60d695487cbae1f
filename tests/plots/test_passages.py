"""Which words of a text are shown, which are folded and which are linked."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapiq_spex import Spectrum, to_interaction_values
from shapiq_spex.games import TextGame
from shapiq_spex.plots.text_passages import Link, Thread, annotate, in_lanes


def explained(n, effects, index="BII", order=4):
    """An explanation with just these interactions."""
    spectrum = Spectrum.from_dict(n, {t: v * (-0.5) ** len(t) for t, v in effects.items()})
    return to_interaction_values(spectrum, index=index, max_order=order)


def annotated(n, effects, words=None, **options):
    words = words or [f"w{player}" for player in range(n)]
    options = {"interactions": 10, "strongest": 40, "context": 4} | options
    return annotate(explained(n, effects), words, **options)


def full_text(pieces):
    return "".join(full_text(p.folded) if p.folded else p.text for p in pieces)


def test_a_short_text_is_shown_as_it_is():
    shown = annotated(60, {(0,): 1.0})
    assert not any(piece.folded for piece in shown.pieces)


def test_a_long_text_is_folded_around_what_matters():
    shown = annotated(300, {(100,): 1.0, (200, 203): -2.0, (250,): 0.01}, context=2)
    visible = {p.player for p in shown.pieces if p.player is not None}
    assert visible == {*range(98, 103), *range(198, 206)}
    folds = [piece.text for piece in shown.pieces if piece.folded]
    assert folds == [
        "… 98 words without effect …",
        "… 95 words without effect …",
        "… 94 words with effects within ±0.01 …",
    ]


@given(
    matters=st.sets(st.integers(0, 119), max_size=8),
    context=st.one_of(st.none(), st.integers(0, 6)),
)
def test_folding_loses_nothing(matters, context):
    words = [f"word{player}" for player in range(120)]
    shown = annotated(120, dict.fromkeys([(m,) for m in matters], 1.0), words, context=context)
    assert full_text(shown.pieces) == " ".join(words)
    visible = {piece.player for piece in shown.pieces if piece.player is not None}
    assert matters <= visible


def test_a_fold_counts_words_also_where_players_are_more_or_less_than_a_word():
    sentences = ["This sentence has five words."] * 80
    shown = annotated(80, {(0,): 1.0}, sentences, context=0)
    assert [p.text for p in shown.pieces if p.folded] == ["… 395 words without effect …"]
    tokens = [" un", "believ", "able"] * 30
    shown = annotated(90, {(89,): 1.0}, tokens, context=2)
    assert [p.text for p in shown.pieces if p.folded] == ["… 29 words without effect …"]


def test_what_begins_and_ends_a_text_is_never_folded():
    text = "Read this: " + "lorem ipsum " * 60 + "And what follows?"
    game = TextGame(
        text, lambda texts: [0.0] * len(texts), pinned=["Read this", "And what follows?"]
    )
    shown = annotated(game.n_players, {(50,): 1.0}, game)
    assert "".join(piece.text for piece in shown.pieces[:2]).startswith("Read this: ")
    assert shown.pieces[-1].text.endswith("And what follows?")
    assert any(piece.folded for piece in shown.pieces)


def test_a_divided_text_keeps_its_line_breaks_and_punctuation():
    text = "Dear all,\n\n  the plan (draft 2)\tis bad -- not good.\nBye!"
    game = TextGame(text, lambda texts: [0.0] * len(texts), pinned=["Bye"])
    shown = annotated(game.n_players, {}, game)
    assert full_text(shown.pieces) == text
    assert shown.names == game.player_names


@given(st.text(alphabet="ab \n\t.", min_size=1).filter(lambda t: t.strip()))
def test_pieces_with_their_whitespace_are_taken_as_they_are(text):
    pieces = re.split(r"(?<=\s)(?=\S)", text)
    assume(any(piece != piece.strip() for piece in pieces))
    assert full_text(annotated(len(pieces), {}, pieces).pieces) == text


def test_only_the_largest_interactions_are_shown_and_the_rest_is_mentioned():
    shown = annotated(5, {(0, 1): 3.0, (1, 2): -2.0, (2, 3, 4): 1.0}, interactions=1)
    assert [(link.label, link.players, link.value) for link in shown.links] == [("A", (0, 1), 3.0)]
    assert shown.remark == "not shown: 2 interactions within ±2"


def test_rounding_errors_are_no_interactions():
    shown = annotated(3, {(0,): 1.0, (0, 1): 1e-14})
    assert not shown.links
    assert not shown.remark


def test_labels_go_on_after_z():
    pairs = {(i, i + 1): 1.0 + i for i in range(40)}
    shown = annotated(41, pairs, interactions=40)
    assert len({link.label for link in shown.links}) == 40
    assert shown.links[26].label == "A1"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=20))
def test_threads_in_one_lane_never_meet(ends):
    link = Link("A", (0, 1), 1.0)
    threads = [Thread(link, min(pair), max(pair)) for pair in ends]
    lanes = in_lanes(threads)
    for i, a in enumerate(threads):
        for j, b in enumerate(threads[:i]):
            if lanes[i] == lanes[j]:
                assert a.end < b.start or b.end < a.start
    busiest = max((sum(t.start <= x <= t.end for t in threads) for x in range(31)), default=0)
    assert max(lanes, default=-1) + 1 == busiest  # no lane more than needed


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="3 players need as many words, got 2"):
        annotated(3, {}, ["a", "b"])
    with pytest.raises(TypeError, match=r"words must be a list .* write"):
        annotated(3, {}, "abc")
    with pytest.raises(ValueError, match="interactions must be at least 0, got -1"):
        annotated(3, {}, interactions=-1)
    with pytest.raises(ValueError, match="context must be at least 0"):
        annotated(3, {}, context=-2)
