"""What is known of the parts of a text before any ablation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex.approximators.player_information import PlayerInformation


def known_words(
    words: Sequence[str],
    guide: Callable[..., Any] | None,
    similarity: Callable[[list[str]], ArrayLike] | None,
) -> PlayerInformation:
    """Length, whether it is a stop word, and similarity to a question.

    Args:
        words: The units of the text that are players, in their order.
        guide: A cheap game on the same players.
        similarity: A score of texts, which is given each unit by itself.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    covariates: dict[str, ArrayLike] = {
        "length": [len(word) for word in words],
        "stop word": [float(word.strip().lower() in ENGLISH_STOP_WORDS) for word in words],
    }
    if similarity is not None:
        scores = np.asarray(similarity(list(words)), dtype=np.float64)
        covariates["similarity"] = scores.reshape(len(words), -1).mean(axis=1)
    return PlayerInformation(covariates=covariates, guide=guide)
