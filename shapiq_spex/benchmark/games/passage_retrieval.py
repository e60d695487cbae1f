"""Text games with a real transformer: which words of a passage answer the question?

Players are the words of a passage; a coalition is the passage with the other words deleted. Its
value is the cosine similarity between the embedding of what is left and that of a question, which
is what a dense retriever ranks passages by.
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.minilm import sentence_encoder
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Vector


def retrieval_game(name: str, passage: str, question: str) -> BenchmarkGame:
    """The similarity of a passage to a question as a game of the words of the passage.

    Passages of few words are enumerated once, since the same rows would be asked again and again.

    Raises:
        ImportError: If the extra ``text`` is not installed.
    """
    words = passage.split()
    encoder = sentence_encoder()
    pieces = [encoder.pieces(word) for word in words]
    target = encoder.encode([encoder.pieces(question)])[0]

    def value(coalitions: BoolMatrix) -> Vector:
        kept = [[p for i in np.flatnonzero(row) for p in pieces[i]] for row in coalitions]
        return (encoder.encode(kept) @ target).astype(np.float64)

    game = BenchmarkGame(name, len(words), value, n_held_out=1000)
    if not game.is_enumerable:
        return game
    table = value(Coalitions.all_of(len(words)).dense())
    places = 1 << np.arange(len(words))
    return BenchmarkGame(name, len(words), lambda rows: table[rows @ places], n_held_out=1000)
