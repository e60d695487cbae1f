"""A score and a game of sentence embeddings: similarity of texts, and support by documents.

An *encoder* is any function from a list of texts to a matrix with one embedding per row, such as
the ``encode`` of a sentence-transformers model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import (
    check_choice,
    check_length,
    check_texts,
)
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.named_game import Matrix, NamedGame, as_numbers, digest, with_suffix

Encoder = Callable[[list[str]], ArrayLike]


class SimilarityScore:
    """The cosine similarity of a text to given texts; a score for ``TextGame``.

    Args:
        encode: The encoder.
        references: Texts to compare with, for example a question; each is an output.
        contrast: Texts whose similarity is subtracted.
        fingerprint: A name of the encoder, for the store.
        batch_size: Most texts per call of the encoder.

    Raises:
        TypeError: If ``references`` or ``contrast`` is a single text.
        ValueError: If there are no references.

    Example:
        >>> vectors = {"sun": [1, 0], "rain": [0, 1], "sun and rain": [1, 1]}
        >>> score = SimilarityScore(lambda texts: [vectors[text] for text in texts], ["sun"])
        >>> score(["sun and rain", "rain"]).round(2)
        array([[0.71],
               [0.  ]])
    """

    def __init__(
        self,
        encode: Encoder,
        references: Sequence[str],
        *,
        contrast: Sequence[str] = (),
        fingerprint: str | None = None,
        batch_size: int | None = None,
    ) -> None:
        check_texts(references, "references")
        check_texts(contrast, "contrast")
        _check_encoder(encode)
        if not len(references):
            raise ValueError("references must have at least one text")
        self.encode = encode
        self.output_names = (*references, *contrast)
        shares = [1.0 / len(references)] * len(references)
        self.weights: Vector = np.array([*shares, *[-1.0 / max(len(contrast), 1)] * len(contrast)])
        self.batch_size = batch_size
        self._targets = unit_rows(encode(list(self.output_names)))
        self._name = fingerprint

    @property
    def fingerprint(self) -> str | None:
        """The given name, with a digest of the texts."""
        return with_suffix(self._name, digest(self.output_names, self.weights))

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column per reference."""
        return unit_rows(self.encode(texts)) @ self._targets.T


class EvidenceGame(NamedGame):
    """A game whose players are documents and whose value is their support for an answer.

    The support of a statement is its greatest cosine similarity to a kept document (0 without
    documents). An answer that rests on several statements is as well supported as the weakest of
    them. Documents and statements are embedded once, not in every ablation.

    Args:
        documents: The players.
        statements: The facts that the answer needs, for example its sub-questions.
        encode: The encoder.
        combine: ``"weakest"`` for the least supported statement, ``"mean"`` for all of them.
        titles: Names of the documents; by default their beginnings.
        fingerprint: A name of the encoder, for the store.

    Raises:
        ValueError: If there are fewer than two documents or no statements, a document is empty,
            or there are not as many titles as documents.

    Example:
        >>> vectors = {"a": [1, 0], "b": [0, 1], "p": [1, 0], "q": [0, 1]}
        >>> game = EvidenceGame(["a", "b"], ["p", "q"], lambda t: [vectors[x] for x in t])
        >>> game([(), (0,), (1,), (0, 1)])
        array([0., 0., 0., 1.])
    """

    def __init__(
        self,
        documents: Sequence[str],
        statements: Sequence[str],
        encode: Encoder,
        *,
        combine: Literal["weakest", "mean"] = "weakest",
        titles: Sequence[str] | None = None,
        fingerprint: str | None = None,
    ) -> None:
        check_texts(documents, "documents")
        check_texts(statements, "statements")
        _check_encoder(encode)
        if not len(statements):
            raise ValueError("statements must have at least one text")
        check_choice(combine, "combine", ("weakest", "mean"))
        if titles is not None:
            check_length(titles, "titles", len(documents), "documents")
        if not all(document.strip() for document in documents):
            raise ValueError("a document is empty")
        names = [" ".join(document.split()[:6]) for document in documents]
        suffix = digest(list(documents), list(statements), combine)
        super().__init__(
            names if titles is None else titles, fingerprint=with_suffix(fingerprint, suffix)
        )
        self.combine = combine
        self.players_are = "documents"
        embedded = unit_rows(encode([*statements, *documents]))
        self._similarity = embedded[: len(statements)] @ embedded[len(statements) :].T

    def support(self, coalitions: Any) -> Matrix:
        """The support of every statement, one row per coalition."""
        kept: BoolMatrix = np.asarray(coalitions, dtype=np.bool_)
        supported = np.zeros((len(kept), len(self._similarity)))
        for column, similarity in enumerate(self._similarity):
            supported[:, column] = np.where(kept, similarity, 0.0).max(axis=1)
        return np.maximum(supported, 0.0)

    def value_function(self, coalitions: Any) -> Vector:
        """The support of the weakest statement, or the mean, one number per coalition."""
        supported = self.support(coalitions)
        return supported.min(axis=1) if self.combine == "weakest" else supported.mean(axis=1)


def unit_rows(embeddings: Any) -> Matrix:
    """Scale embeddings to length 1 (a zero embedding stays zero)."""
    rows = as_numbers(embeddings)
    if rows.ndim != 2:
        raise ValueError(
            f"an encoder must return one embedding per row, got an array of shape {rows.shape}"
        )
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _check_encoder(encode: object) -> None:
    if not callable(encode):
        raise TypeError(f"encode must be a function of texts, got {encode!r}")
