"""Dividing texts: units, spans, pins and their errors."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.games.text_units import divide, pinned_spans, tokens_of, without_pinned

TEXT = 'Dr. Who said: "Don\'t!" Then 3.5 well-known people left.\n\n  Nobody\nstayed. '


def units(text, by):
    return [text[start:end] for start, end in divide(text, by)]


def test_words_keep_inner_marks_and_leave_punctuation():
    words = "Dr Who said Don't Then 3.5 well-known people left Nobody stayed"
    assert units(TEXT, "words") == words.split()


def test_sentences_and_paragraphs():
    assert units(TEXT, "sentences") == [
        'Dr. Who said: "Don\'t!"',
        "Then 3.5 well-known people left.",
        "Nobody\nstayed.",
    ]
    assert units(TEXT, "paragraphs") == [TEXT[: TEXT.index("\n\n")], "Nobody\nstayed."]


def test_patterns_functions_and_spans():
    assert units("k=1, l=22", re.compile(r"\w=\d+")) == ["k=1", "l=22"]
    assert units("abcd", lambda text: [(i, i + 2) for i in range(0, len(text), 2)]) == ["ab", "cd"]
    assert divide("abcd", [(2, 4), (0, 1)]) == ((0, 1), (2, 4))


@given(st.text(min_size=1), st.sampled_from(["words", "sentences", "paragraphs"]))
def test_units_are_disjoint_ordered_and_tight(text, by):
    try:
        spans = divide(text, by)
    except ValueError:
        spans = ()
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        position = end
    if by != "words" and text.strip():
        left_over = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in spans))
        assert not left_over.strip()


@pytest.mark.parametrize(
    ("text", "by", "error", "message"),
    [
        ("", "words", ValueError, "empty"),
        (" \n", "sentences", ValueError, "empty"),
        ("?!", "words", ValueError, "no unit"),
        ("a b", "lines", ValueError, "'lines'"),
        ("a b", [(0, 2), (1, 3)], ValueError, "overlap: 'a ' and ' b'"),
        ("a b", [(0, 4)], ValueError, "outside a text of 3"),
        ("a b", [(-1, 1)], ValueError, "outside"),
        ("a b", [(1, 1)], ValueError, "empty"),
        ("a b", [3, 4], TypeError, "pairs"),
        ("a b", re.compile("x"), ValueError, "no unit"),
    ],
)
def test_bad_divisions_are_refused(text, by, error, message):
    with pytest.raises(error, match=message):
        divide(text, by)


def test_pins_may_be_texts_patterns_or_spans():
    text = "Answer briefly. Is it red? Answer!"
    assert pinned_spans(text, ["Answer"]) == ((0, 6), (27, 33))
    assert pinned_spans(text, [re.compile(r"\w+\?"), (0, 2)]) == ((0, 2), (22, 26))
    assert without_pinned(divide(text), pinned_spans(text, ["Answer", "briefly."])) == (
        (16, 18),
        (19, 21),
        (22, 25),
    )
    with pytest.raises(ValueError, match="does not occur in the text: 'blue'"):
        pinned_spans(text, ["blue"])


def test_tokens_come_from_the_offsets_of_a_fast_tokenizer():
    def tokenizer(text, **options):
        assert options == {"add_special_tokens": False, "return_offsets_mapping": True}
        return {"offset_mapping": [(0, 3), (3, 7), (3, 7), (7, 7)]}

    tokenizer.is_fast = True
    assert divide("not bad", tokens_of(tokenizer)) == ((0, 3), (4, 7))
    with pytest.raises(TypeError, match="fast tokenizer"):
        tokens_of(SimpleNamespace(is_fast=False))
