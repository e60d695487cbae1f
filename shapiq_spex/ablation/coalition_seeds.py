"""Randomness that belongs to a coalition, for games that draw random numbers."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike


def coalition_seed(coalition: ArrayLike, seed: int = 0) -> int:
    """A seed that depends on the coalition and on ``seed`` only.

    A game that draws random numbers (retraining, sampling a language model) and seeds itself with
    this gives the same answer whatever the batch, the order, the worker or the day.

    Args:
        coalition: One coalition, a boolean vector.
        seed: Distinguishes repetitions.

    Returns:
        A number below 2^64, for ``np.random.default_rng``.

    Raises:
        ValueError: If the coalition is no vector.

    Example:
        >>> def noisy(kept):
        ...     draws = [np.random.default_rng(coalition_seed(row, 7)).normal() for row in kept]
        ...     return kept.sum(axis=1) + np.array(draws)
        >>> pair = np.array([[True, False], [True, True]])
        >>> bool(noisy(pair)[1] == noisy(pair[1:])[0])
        True
    """
    members = np.asarray(coalition, dtype=np.bool_)
    if members.ndim != 1:
        raise ValueError(f"one coalition is a vector, got an array of shape {members.shape}")
    text = f"{seed}:{len(members)}:".encode() + np.packbits(members).tobytes()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
