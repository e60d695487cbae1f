r"""The p-biased Fourier basis: the spectrum of a game whose players are kept with probability p.

If each player is kept independently with probability p, the products of

    phi_i(S) = (S_i - p) / sigma,      sigma = sqrt(p (1 - p)),      S_i = 1 if i is in S, else 0

are orthonormal, so that F_p(U) = E_p[v(S) prod_{i in U} phi_i(S)], F_p({}) is the mean of v, the
squares of the others add up to its variance, and the best approximation of degree k under this law
is the truncation to |U| <= k (O'Donnell 2014, section 8.4). F_1/2 is the spectrum up to the sign of
odd degrees. Because a parity of one player is chi_i = 1 - 2 S_i = (1 - 2p) - 2 sigma phi_i,

    F_p(U) = (-2 sigma)^{|U|} sum_{T >= U} (1-2p)^{|T|-|U|} F(T)
    F(T) = (-1)^{|T|} sum_{U >= T} (1-2p)^{|U|-|T|} (2 sigma)^{-|U|} F_p(U)

The p-weighted Banzhaf interaction of U is F_p(U) / sigma^{|U|} (Marichal & Mathonet 2011).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import check_probability
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.moebius import add_to_subsets
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, TermGroup, Vector


class BiasedSpectrum:
    """A sparse spectrum in the p-biased basis: terms U with coefficients F_p(U). Immutable.

    Its attributes and methods are those of the same name of :class:`~shapiq_spex.Spectrum`, with
    means and variances over coalitions that keep each player with probability ``keep``.

    Args:
        n_players: The number of players.
        keep: The probability p.
        groups: Terms in any order, as pairs of ``(members, coefficients)``.

    Raises:
        ValueError: As for a :class:`~shapiq_spex.Spectrum`, or if p is not a probability.

    Example:
        >>> both = Spectrum.from_dict(2, {(): 0.25, (0,): -0.25, (1,): -0.25, (0, 1): 0.25})
        >>> biased = BiasedSpectrum.of(both, 0.9)  # 1 if both players are kept
        >>> round(biased.mean, 4), round(biased.variance, 4)
        (0.81, 0.1539)
        >>> biased.up_to_degree(1).evaluate([[True, True], [False, True]]).round(2)
        array([0.99, 0.09])
    """

    __slots__ = ("_stored", "keep")

    def __init__(
        self, n_players: int, keep: float, groups: Iterable[tuple[ArrayLike, ArrayLike]] = ()
    ) -> None:
        check_probability(keep, "keep")
        self.keep = float(keep)
        # for its storage alone: its values would be those of parities
        self._stored = Spectrum(n_players, groups)

    @classmethod
    def of(
        cls, spectrum: Spectrum, keep: float, *, max_degree: int | None = None
    ) -> BiasedSpectrum:
        """The p-biased coefficients of a function.

        Cost: 2^t for each term of degree t, or C(t, <= ``max_degree``) for those of low degree.

        Args:
            spectrum: The function.
            keep: The probability p.
            max_degree: The largest degree to compute; all by default.

        Raises:
            ValueError: If that takes more than 50 million subsets.
        """
        check_probability(keep, "keep")
        most = spectrum.degree if max_degree is None else max_degree
        mean_parity, scale = 1 - 2 * keep, -2 * _deviation(keep)
        stored = add_to_subsets(
            spectrum, lambda t, u: scale**u * mean_parity ** (t - u) if u <= most else 0.0
        )
        return cls(spectrum.n_players, keep, stored.groups)

    def to_spectrum(self) -> Spectrum:
        """The function, as a spectrum of parities.

        Raises:
            ValueError: If the terms have more than 50 million subsets.
        """
        mean_parity, scale = 1 - 2 * self.keep, 2 * _deviation(self.keep)
        return add_to_subsets(
            self._stored, lambda u, t: (-1.0) ** t * mean_parity ** (u - t) / scale**u
        )

    def evaluate(self, coalitions: ArrayLike | Coalitions) -> Vector:
        """The values of the function, one per coalition; see :meth:`to_spectrum` for the cost."""
        return self.to_spectrum().evaluate(coalitions)

    __call__ = evaluate

    @property
    def n_players(self) -> int:
        """The number of players."""
        return self._stored.n_players

    @property
    def groups(self) -> tuple[TermGroup, ...]:
        """The terms and their coefficients, by degree."""
        return self._stored.groups

    @property
    def degree(self) -> int:
        """The largest degree of a term (0 if there is none)."""
        return self._stored.degree

    @property
    def mean(self) -> float:
        """F_p({}): the mean of the function."""
        return self._stored.mean

    @property
    def variance(self) -> float:
        """The variance of the function: the sum of F_p(U)^2 over U != {}."""
        return self._stored.variance

    def energy_by_degree(self) -> Vector:
        """The sum of F_p(U)^2 over the terms of each degree 0, 1, ..., degree."""
        return self._stored.energy_by_degree()

    def to_dict(self) -> dict[Term, float]:
        """The coefficients as a plain dictionary."""
        return self._stored.to_dict()

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, term: Iterable[int]) -> float:
        """F_p(U), 0 if the term is absent."""
        return self._stored[term]

    def up_to_degree(self, degree: int) -> BiasedSpectrum:
        """The best approximation of this degree."""
        return self._of_stored(self._stored.up_to_degree(degree))

    def prune(self, *, keep: int | None = None, threshold: float = 0.0) -> BiasedSpectrum:
        """The ``keep`` largest terms with |F_p(U)| > ``threshold``; the mean always stays."""
        return self._of_stored(self._stored.prune(keep=keep, threshold=threshold))

    def _of_stored(self, stored: Spectrum) -> BiasedSpectrum:
        return BiasedSpectrum(self.n_players, self.keep, stored.groups)

    def __repr__(self) -> str:
        return (
            f"BiasedSpectrum of {self.n_players} players at p = {self.keep:g}: {len(self)} terms "
            f"of degree <= {self.degree}"
        )


def _deviation(keep: float) -> float:
    """The standard deviation sigma of one player's indicator."""
    return sqrt(keep * (1 - keep))
