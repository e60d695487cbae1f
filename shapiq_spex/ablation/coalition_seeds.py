"""Seeds that depend on the coalition, for games that draw random numbers."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike


def coalition_seed(coalition: ArrayLike, seed: int = 0) -> int:
    """A seed that depends on the coalition and on ``seed`` only.

    A game that draws random numbers (retraining, sampling a language model) and takes this seed
    gives the same answer in every batch, order, worker and process.

    Args:
        coalition: One coalition, a boolean vector.
        seed: Distinguishes repetitions.

    Returns:
        A number below 2^64, for ``np.random.default_rng``.

    Raises:
        ValueError: If the coalition is not a vector.

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
        raise ValueError(
            f"a coalition must be a vector of booleans, got an array of shape {members.shape}"
        )
    text = f"{seed}:{len(members)}:".encode() + np.packbits(members).tobytes()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
