"""Games of a retriever with a real transformer: the words of a passage, and attention heads.

*Words.* Players are the words of a passage; a coalition is the passage without the other words. Its
value is the cosine similarity between its embedding and that of a question, the score by which a
dense retriever ranks passages.

*Heads.* Players are the 72 attention heads of MiniLM (6 layers of 12). The network encodes a
question with the heads of the coalition only. Two passages, one that answers the question and a
distractor, are encoded by the complete network, like those of a search index. The value of a
coalition S is the margin

    v(S) = cos(question with the heads S, answer) - cos(question with the heads S, distractor),

which is positive if the answer is ranked first. The similarity to a single passage would mostly
measure how alike all texts look to a damaged encoder; this common part cancels in the difference.
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.minilm import N_HEADS, sentence_encoder
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.terms import Vector


def retrieval_game(name: str, passage: str, question: str) -> BenchmarkGame:
    """The similarity of a passage to a question as a game of the passage's words.

    Short passages are enumerated once and looked up afterwards.

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


def heads_game(name: str, question: str, answer: str, distractor: str) -> BenchmarkGame:
    """The margin by which the answer to a question is ranked first, as a game of heads.

    Each coalition costs a forward pass of the question. A reference for Shapley values would take
    up to 584,000 of them (2 x 4,000 permutations of 73 coalitions), so there is none.

    Raises:
        ImportError: If the extra ``text`` is not installed.
    """
    encoder = sentence_encoder()
    pieces = encoder.pieces(question)
    right, wrong = encoder.encode([encoder.pieces(passage) for passage in (answer, distractor)])

    def value(coalitions: BoolMatrix) -> Vector:
        return (encoder.encode_without(pieces, coalitions) @ (right - wrong)).astype(np.float64)

    return BenchmarkGame(name, N_HEADS, value, cheap=False)
