"""Games of attention heads: which heads does a retriever need to find the right passage?

Players are the 72 attention heads of MiniLM (6 layers of 12), which encodes a question while the
other heads are removed. Two passages, one that answers the question and one that is only near it,
were encoded by the whole network, as those of a search index are, before anybody removes heads
from the encoder of questions. The value of a coalition is the margin

    v(S) = cos(question with the heads S, answer) - cos(question with the heads S, distractor),

positive where the answer is ranked first. Similarities to a single passage would mostly tell how
much all texts look alike to a damaged encoder; this common part cancels in the difference.
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.minilm import N_HEADS, sentence_encoder
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Vector


def heads_game(name: str, question: str, answer: str, distractor: str) -> BenchmarkGame:
    """The margin by which the answer to a question is ranked first, as a game of heads.

    A coalition is a forward pass of the question, 3 to 4 ms of CPU: a budget of 8 n log2 n takes
    a quarter of a minute, but a reference for Shapley values, of up to 584,000 coalitions, would
    take half an hour and is not made.

    Args:
        name: The name of the game.
        question: What is asked; its length is the cost.
        answer: The passage to be ranked first.
        distractor: The passage to be ranked second.

    Raises:
        ImportError: If the extra ``text`` is not installed.
    """
    encoder = sentence_encoder()
    pieces = encoder.pieces(question)
    right, wrong = encoder.encode([encoder.pieces(passage) for passage in (answer, distractor)])

    def value(coalitions: BoolMatrix) -> Vector:
        return (encoder.encode_without(pieces, coalitions) @ (right - wrong)).astype(np.float64)

    return BenchmarkGame(name, N_HEADS, value, cheap=False)
