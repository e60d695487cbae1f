"""Divide a text into the units that are kept or ablated.

A unit is a *span*, a pair (start, end) of character positions as in ``text[start:end]``. The text
between the units (whitespace, punctuation, pinned parts) belongs to no player and always stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Literal

from shapiq_spex._argument_checks import check_list, check_type

Span = tuple[int, int]
Units = Literal["words", "sentences", "paragraphs"]
Divider = Units | re.Pattern[str] | Callable[[str], Iterable[Span]] | Sequence[Span]
"""A kind of unit, a pattern whose matches are the units, a function from a text to spans (such as
those of :func:`tokens_of`), or spans."""

_WORD = re.compile(r"\w+(?:['’\-.]\w+)*")  # noqa: RUF001 - don't, well-known, 3.14
_PARAGRAPH = re.compile(r"\S.*?(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]|\n\s*\n")  # noqa: RUF001
_NO_SENTENCE_END = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|cf|Fig|No|e\.g|i\.e|al))\.\Z"
)


def divide(text: str, by: Divider = "words") -> tuple[Span, ...]:
    r"""Divide a text into units.

    Args:
        text: The text.
        by: The units; see :data:`Divider`.

    Returns:
        The spans, in the order of the text.

    Raises:
        ValueError: If the text has no unit, spans are empty, overlap or lie outside it, or no
            unit has that name.
        TypeError: If the text is not a string, or spans are not pairs of integers.

    Example:
        >>> [text[a:b] for text in ["It's not bad."] for a, b in divide(text)]
        ["It's", 'not', 'bad']
        >>> divide("a=1; b=2", re.compile(r"\w=\d"))
        ((0, 3), (5, 8))
    """
    check_text(text)
    if not text.strip():
        raise ValueError("the text is empty: there is nothing to ablate")
    if isinstance(by, re.Pattern):
        spans = _matches(by, text)
    elif not isinstance(by, str):
        given = by(text) if callable(by) else by
        check_list(given, "by", "spans")
        spans = list(given)
    elif by == "words":
        spans = _matches(_WORD, text)
    elif by == "sentences":
        spans = _sentences(text)
    elif by == "paragraphs":
        spans = _matches(_PARAGRAPH, text)
    else:
        raise ValueError(
            "by must be 'words', 'sentences', 'paragraphs', a compiled pattern, a function or "
            f"spans, got {by!r}"
        )
    if not spans:
        raise ValueError(f"the text has no unit of the kind {by}: choose another kind")
    return checked_spans(text, spans)


def tokens_of(tokenizer: Any) -> Callable[[str], list[Span]]:
    """A function that divides a text into the tokens of a Hugging Face tokenizer.

    Args:
        tokenizer: A fast tokenizer, which returns the positions of its tokens.

    Raises:
        TypeError: If the tokenizer is not a fast one.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = Tokenizer(models.WordLevel({"?": 0, "not": 1, "bad": 2}, unk_token="?"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=words)  # or AutoTokenizer's
        >>> divide("not bad", by=tokens_of(tokenizer))
        ((0, 3), (4, 7))
    """
    if not getattr(tokenizer, "is_fast", False):
        raise TypeError(
            f"{type(tokenizer).__name__} does not return the positions of its tokens: use a fast "
            "tokenizer (AutoTokenizer's default)"
        )

    def spans(text: str) -> list[Span]:
        found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        # several tokens of one character have the same span; special tokens have an empty one
        tight = [_without_whitespace(text, (a, b)) for a, b in found["offset_mapping"]]
        return sorted({span for span in tight if span[0] < span[1]})

    return spans


def check_text(text: object) -> None:
    """Refuse anything but a text."""
    if isinstance(text, list | tuple):
        raise TypeError(
            f"the text must be a single string, got {text!r}: join it, or make its parts the "
            "players by TextGame.of_documents(...)"
        )
    check_type(text, str, "the text must be a string")


def checked_spans(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort spans; refuse those that are empty, lie outside the text or overlap."""
    try:
        pairs = sorted((int(start), int(end)) for start, end in spans)
    except (TypeError, ValueError) as error:
        raise TypeError(f"spans must be pairs (start, end) of positions: {error}") from error
    previous: Span | None = None
    for start, end in pairs:
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"the span ({start}, {end}) is empty or outside a text of {len(text)} characters"
            )
        if previous and start < previous[1]:
            raise ValueError(
                f"the spans {previous} and ({start}, {end}) overlap: "
                f"{text[previous[0] : previous[1]]!r} and {text[start:end]!r}"
            )
        previous = (start, end)
    return tuple(pairs)


def pinned_spans(text: str, pinned: Iterable[str | re.Pattern[str] | Span]) -> tuple[Span, ...]:
    """Locate the pinned parts of a text: all occurrences of substrings and patterns, and spans."""
    check_list(pinned, "pinned", "parts of the text")
    found: list[Span] = []
    for item in pinned:
        if isinstance(item, str | re.Pattern):
            pattern = re.compile(re.escape(item)) if isinstance(item, str) else item
            matches = _matches(pattern, text)
            if not matches:
                raise ValueError(f"a pinned part does not occur in the text: {item!r}")
            found += matches
        else:
            found += checked_spans(text, [item])
    return tuple(sorted(found))


def without_pinned(spans: Iterable[Span], pinned: Sequence[Span]) -> tuple[Span, ...]:
    """The units that touch no pinned span."""
    return tuple(
        (start, end) for start, end in spans if not any(a < end and start < b for a, b in pinned)
    )


def _matches(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [match.span() for match in pattern.finditer(text) if match.group()]


def _sentences(text: str) -> list[Span]:
    """Sentences end at punctuation, but not after initials and common abbreviations."""
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if not _NO_SENTENCE_END.search(text[max(0, match.end() - 8) : match.end()])
    ]
    bounds = [0, *ends, len(text)]
    tight = [_without_whitespace(text, span) for span in pairwise(bounds)]
    return [span for span in tight if span[0] < span[1]]


def _without_whitespace(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
