"""In which basis a fitted function is read as a spectrum."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Basis:
    """The basis in which the largest terms of a fitted function are kept.

    Attributes:
        keep: The keep probability of the basis (:mod:`shapiq_spex.fourier.biased`).
        levelled: Whether effects of single players make up for the terms that are not kept, over
            the sizes of all rows (:mod:`shapiq_spex.estimators.gaussian.levelling`): for rows of a
            mixture of laws, in whose basis of one probability few terms cannot serve all.
    """

    keep: float = 0.5
    levelled: bool = False

    @property
    def is_fourier(self) -> bool:
        """Whether it is the Fourier basis, that of half of the players removed."""
        return self.keep == 0.5


FOURIER = Basis()
"""The Fourier basis."""
