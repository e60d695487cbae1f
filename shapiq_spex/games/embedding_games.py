"""Games of sentence embeddings: what a text is near to, and what a retriever needs.

An *encoder* is any function from a list of texts to a matrix with one embedding per row, such as
the ``encode`` of a sentence-transformers model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.named_game import Matrix, NamedGame, digest

Encoder = Callable[[list[str]], ArrayLike]


class SimilarityScore:
    """The cosine similarity of a text to given texts; a score for ``TextGame``.

    Args:
        encode: The encoder.
        references: What the text is compared with, for example a question; each is an output.
        contrast: Texts whose similarity is subtracted.
        fingerprint: A name of the encoder, for the store.
        batch_size: Most texts per call of the encoder.

    Raises:
        TypeError: If ``references`` or ``contrast`` is a single text.
        ValueError: If there is nothing to compare with.

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
        if isinstance(references, str) or isinstance(contrast, str):
            raise TypeError("references and contrast must be lists of texts")
        if not references:
            raise ValueError("there is no text to compare with")
        self.encode = encode
        self.output_names = (*references, *contrast)
        shares = [1.0 / len(references)] * len(references)
        self.weights: Vector = np.array([*shares, *[-1.0 / max(len(contrast), 1)] * len(contrast)])
        self.batch_size = batch_size
        self._targets = unit_rows(encode(list(self.output_names)))
        self._name = fingerprint

    @property
    def fingerprint(self) -> str | None:
        """The given name and the texts."""
        if self._name is None:
            return None
        return f"{self._name} / {digest(self.output_names, self.weights)}"

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column per reference."""
        return unit_rows(self.encode(texts)) @ self._targets.T


class EvidenceGame(NamedGame):
    """Which documents does an answer need?

    The support of a statement is its greatest cosine similarity to a kept document (0 without
    documents). An answer that rests on several statements is as well supported as the weakest
    of them. All documents are embedded once; thousands of them and of ablations are cheap.

    Args:
        documents: The players.
        statements: What has to be known for the answer, for example its sub-questions.
        encode: The encoder.
        combine: ``"weakest"``, or the ``"mean"`` of all statements.
        titles: Names of the documents; without them, their beginnings.
        fingerprint: A name of the encoder, for the store.

    Raises:
        ValueError: If there are fewer than two documents, or no statement.

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
        if isinstance(statements, str) or not statements:
            raise ValueError("statements must be a list of at least one text")
        if combine not in ("weakest", "mean"):
            raise ValueError(f"combine must be 'weakest' or 'mean', got {combine!r}")
        if titles is not None and len(titles) != len(documents):
            raise ValueError(f"{len(documents)} documents need as many titles, got {len(titles)}")
        if not all(document.strip() for document in documents):
            raise ValueError("a document is empty")
        names = [" ".join(document.split()[:6]) for document in documents]
        name = None
        if fingerprint is not None:
            name = f"{fingerprint} / {digest(list(documents), list(statements), combine)}"
        super().__init__(titles or names, fingerprint=name)
        self.combine = combine
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
        """The support of the weakest statement, or the mean."""
        supported = self.support(coalitions)
        return supported.min(axis=1) if self.combine == "weakest" else supported.mean(axis=1)


def unit_rows(embeddings: Any) -> Matrix:
    """Embeddings scaled to length 1 (a zero embedding stays zero)."""
    rows = np.asarray(embeddings, dtype=np.float64)
    if rows.ndim != 2:
        raise ValueError(
            f"an encoder must return one embedding per row, got an array of shape {rows.shape}"
        )
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
