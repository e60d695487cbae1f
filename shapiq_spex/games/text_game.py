"""A game whose players are parts of a text; a score evaluates the text that is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import (
    check_integer,
    check_length,
    check_list,
    check_type,
)
from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.known_words import known_words
from shapiq_spex.games.named_game import Matrix, OutputsGame, as_numbers, digest
from shapiq_spex.games.text_units import (
    Divider,
    Span,
    checked_spans,
    divide,
    pinned_spans,
    without_pinned,
)

Score = Callable[[list[str]], ArrayLike]
"""Texts in, one number (or one row of numbers) per text out.

A game uses the attributes ``output_names``, ``weights``, ``fingerprint``, ``batch_size``,
``requests_per_text`` and ``metered`` of a score, if it has them, and a method ``tokens_for`` a text
(see :mod:`shapiq_spex.ablation.spending`). A method ``standard_errors`` of a score with one output
takes values and returns their standard errors (see :mod:`shapiq_spex.ablation.repeats`). A method
``check`` may refuse texts: it is called with the text without any player and with the whole text.
See :mod:`shapiq_spex.games.language_model_scores` for examples.
"""
Replacement = str | Callable[[str], str] | None
"""What replaces an ablated unit: nothing, a text such as ``"[MASK]"``, or a function of it."""

_LONGEST_NAME = 40  # characters
_CLOSING = frozenset(".,;:!?…)]}»”’%")  # noqa: RUF001
_OPENING = frozenset("([{«“‘")  # noqa: RUF001


class TextGame(OutputsGame):
    """A game that ablates parts of a text and scores the rest.

    Args:
        text: The text.
        score: A function of texts; see :data:`Score`. Equal texts are scored once per batch.
        by: The units that are players; see :data:`~shapiq_spex.games.text_units.Divider`.
        pinned: Parts that are never ablated (instructions, the question): substrings, patterns or
            spans. A unit that touches a pinned span is not a player.
        replacement: What replaces an ablated unit; see :data:`Replacement`. Without one, units are
            deleted and the whitespace around them is merged.
        output_names: Names of the outputs, if ``score`` returns several and does not name them.
        fingerprint: A name of the score for the store, if it has none of its own.
        record: File that keeps all outputs of every ablation.
        batch_size: Most texts per call of the score.
        verbose: Whether to show progress.

    Raises:
        ValueError: If the text is empty, has fewer than two units, spans are wrong, or a pinned
            part does not occur.
        TypeError: If the text is not a string, the score cannot be called, or the replacement is of
            another type.

    Example:
        >>> game = TextGame("It was not, I say, not bad!", lambda texts: [len(t) for t in texts])
        >>> game.player_names
        ('It', 'was', 'not', 'I', 'say', 'not', 'bad')
        >>> game.text_of([True, True, False, False, True, True, True])
        'It was, say, not bad!'
    """

    def __init__(
        self,
        text: str,
        score: Score,
        *,
        by: Divider = "words",
        pinned: Iterable[str | re.Pattern[str] | Span] = (),
        replacement: Replacement = None,
        output_names: Sequence[str] | None = None,
        fingerprint: str | None = None,
        record: str | PathLike[str] | None = None,
        batch_size: int | None = None,
        verbose: bool = False,
    ) -> None:
        if not callable(score):
            raise TypeError(f"score must be a function of texts, got {type(score).__name__}")
        if not (replacement is None or isinstance(replacement, str) or callable(replacement)):
            raise TypeError(f"replacement must be a text, a function or None, got {replacement!r}")
        check_integer(batch_size, "batch_size", least=1, optional=True)
        self.text = text
        self.spans = without_pinned(divide(text, by), pinned_spans(text, pinned))
        self.players_are = by if isinstance(by, str) else "parts"
        self.replacement = replacement
        self.score = score
        self._name = fingerprint
        if output_names is not None:
            check_list(output_names, "output_names")
        names = (
            list(() if output_names is None else output_names)
            or getattr(score, "output_names", None)
            or ["score"]
        )
        super().__init__(
            [_short(text[start:end]) for start, end in self.spans],
            names,
            _weights_of(score, len(names)),
            record=record,
            batch_size=batch_size or getattr(score, "batch_size", None),
            verbose=verbose,
        )
        if (check := getattr(score, "check", None)) is not None:
            for kept in (False, True):
                check(self.text_of([kept] * len(self.spans)))

    @classmethod
    def of_documents(
        cls,
        documents: Sequence[str],
        score: Score,
        *,
        separator: str = "\n\n",
        before: str = "",
        after: str = "",
        titles: Sequence[str] | None = None,
        **options: Any,
    ) -> TextGame:
        """A game whose players are whole documents, such as the passages of a retriever.

        Args:
            documents: The documents; none of them may be empty.
            score: A function of texts; see :data:`Score`.
            separator: The text between documents.
            before: The text before them, which is never ablated.
            after: The text after them, for example the question, which is never ablated.
            titles: Names of the players; by default the beginnings of the documents.
            **options: All other arguments of the class.

        Raises:
            TypeError: If a document is not a string.
            ValueError: If a document is empty, or there are not as many titles as documents.
        """
        check_list(documents, "documents", "texts")
        documents = list(documents)
        if titles is not None:
            check_length(titles, "titles", len(documents), "documents")
        for name, given in (("separator", separator), ("before", before), ("after", after)):
            check_type(given, str, f"{name} must be a text")
        text, spans = before, list[Span]()
        for number, document in enumerate(documents):
            check_type(document, str, f"document {number} must be a string")
            text += separator * (number > 0)
            spans.append((len(text), len(text) + len(document)))
            text += document
        text += after
        game = cls(text, score, by=checked_spans(text, spans), **options)
        game.players_are = "documents"
        if titles is not None:
            title = dict(zip(spans, titles, strict=True))
            game.name_players([title[span] for span in game.spans])
        return game

    @property
    def fingerprint(self) -> str | None:
        """The name of the score, with a digest of text, units and replacement.

        ``None`` if the score has no name, or only the score has one and the replacement is a
        function.
        """
        name = self._name or getattr(self.score, "fingerprint", None)
        if name is None or (callable(self.replacement) and self._name is None):
            return None
        replacement = None if callable(self.replacement) else self.replacement
        return f"{name} / {digest(self.text, self.spans, replacement)}"

    @property
    def metered(self) -> bool:
        """Whether the score sends its requests through an endpoint, which counts them."""
        return getattr(self.score, "metered", False) is True

    @property
    def requests_per_coalition(self) -> float | None:
        """How many requests the score says that a text takes; ``None`` if it does not."""
        return getattr(self.score, "requests_per_text", None)

    @property
    def tokens_per_coalition(self) -> float | None:
        """Roughly how many tokens: the mean of those for the empty and the whole text."""
        tokens_for = getattr(self.score, "tokens_for", None)
        if tokens_for is None:
            return None
        return sum(tokens_for(self.text_of([kept] * len(self.spans))) for kept in (False, True)) / 2

    @property
    def standard_errors(self) -> Callable[[BoolMatrix, Vector], Vector] | None:
        """Tells the standard errors of values, as the score does; ``None`` if it does not."""
        tell = getattr(self.score, "standard_errors", None)
        if tell is None or len(self.weights) != 1 or not self.weights[0]:
            return None
        weight = float(self.weights[0])
        return lambda _, values: abs(weight) * as_numbers(tell(values / weight))

    def player_information(
        self, guide: Score | None = None, similarity: Score | None = None
    ) -> PlayerInformation:
        """What is known of the units beforehand, for ``ProxySPEX(..., players=...)``.

        Covariates are their length, and whether they are English stop words.

        Args:
            guide: A cheap score of the same texts, such as the similarity to a question by a small
                local encoder (:class:`~shapiq_spex.games.SimilarityScore`). Several outputs are
                added up with its weights.
            similarity: A score that is given each unit by itself; its numbers are a covariate.

        Example:
            >>> def length(texts):
            ...     return [len(text) for text in texts]
            >>> TextGame("It was not bad", length).player_information(guide=length).described()
            'the covariates "length", "stop word" and a guide'
        """
        units = [self.text[start:end] for start, end in self.spans]
        return known_words(units, None if guide is None else _rescored(self, guide), similarity)

    def text_of(self, coalition: ArrayLike) -> str:
        """The text with all players but those of the coalition ablated.

        Raises:
            ValueError: If the coalition has another number of players.
        """
        kept = np.asarray(coalition, dtype=np.bool_)
        if kept.shape != (len(self.spans),):
            raise ValueError(
                f"coalition must be a vector of {len(self.spans)} booleans, got an array of shape "
                f"{kept.shape}"
            )
        if self.replacement is None:
            return _without(self.text, [s for s, k in zip(self.spans, kept, strict=True) if not k])
        result, position = "", 0
        for (start, end), stays in zip(self.spans, kept, strict=True):
            unit = self.text[start:end]
            if not stays:
                unit = self.replacement(unit) if callable(self.replacement) else self.replacement
            result += self.text[position:start] + unit
            position = end
        return result + self.text[position:]

    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        texts = [self.text_of(row) for row in coalitions]
        distinct = list(dict.fromkeys(texts))
        scores = as_numbers(self.score(distinct))
        if scores.shape[:1] != (len(distinct),):
            found = f"{len(scores)} results" if scores.ndim else "a single number"
            raise ValueError(
                f"the score returned {found} for {len(distinct)} texts; it must return one number "
                "(or row of numbers) for each"
            )
        place = {text: row for row, text in enumerate(distinct)}
        return scores[[place[text] for text in texts]]


def _rescored(game: TextGame, score: Score) -> TextGame:
    """The game of the same units with another score."""
    return TextGame(game.text, score, by=game.spans, replacement=game.replacement)


def _without(text: str, deleted: Sequence[Span]) -> str:
    """Delete spans and merge the whitespace around them.

    The longer of the whitespace on both sides remains (of equally long ones a line break), but none
    at either end of the text, before closing or after opening punctuation.
    """
    result = ""
    position = 0
    for start, end in [*deleted, (len(text), len(text))]:
        result = _joined(result, text[position:start], gap=position > 0)
        position = end
    return result if not deleted or deleted[-1][1] < len(text) else result.rstrip()


def _joined(left: str, right: str, *, gap: bool) -> str:
    if not gap or not right:
        return left + right
    body, rest = left.rstrip(), right.lstrip()
    before, after = left[len(body) :], right[: len(right) - len(rest)]
    if not body and not before:
        return rest
    if rest and rest[0] in _CLOSING and not after:
        return body + rest
    if body and body[-1] in _OPENING and not before:
        return body + rest
    return body + max(before, after, key=lambda space: (len(space), "\n" in space)) + rest


def _short(unit: str) -> str:
    line = " ".join(unit.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _weights_of(score: Score, n_outputs: int) -> ArrayLike:
    weights = getattr(score, "weights", None)
    return np.ones(n_outputs) if weights is None else weights
