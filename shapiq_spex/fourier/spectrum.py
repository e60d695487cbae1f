r"""The sparse Walsh-Fourier spectrum of a game: what every approximator of this package recovers.

Every game v on n players has a unique expansion in *parities*,

    v(S) = sum_T F(T) chi_T(S),        chi_T(S) = (-1)^{|S & T|}

which is orthonormal under the uniform law on coalitions, so that F(T) = E[v(S) chi_T(S)], F({})
is the mean of v and Parseval's identity splits its variance: Var v(S) = sum_{T != {}} F(T)^2.
(R. O'Donnell, *Analysis of Boolean Functions*, 2014, chapter 1.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any
from zipfile import is_zipfile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapiq_spex._argument_checks import (
    check_integer,
    check_list,
    check_type,
    checked_numbers,
)
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Term, TermGroup, Vector, merge_terms

_BLOCK = 1 << 22
"""Entries of a temporary parity matrix: 4 MB of bytes, 32 MB of floats."""


class Spectrum:
    """A sparse Fourier spectrum: terms T (sets of players) with coefficients F(T). Immutable.

    Terms are grouped by degree and sorted within a degree, so that every method takes a few array
    operations for hundreds of thousands of terms. The constructors add up the coefficients of
    repeated terms.

    Args:
        n_players: The number of players.
        groups: Terms in any order, as ``(members, coefficients)`` pairs: row ``r`` of the integer
            matrix ``members`` lists the players of a term, ``coefficients[r]`` is its F(T).

    Raises:
        ValueError: If a term has a player twice or one that does not exist, or a coefficient is
            missing or not finite.

    Example:
        >>> spectrum = Spectrum.from_dict(3, {(): 1.0, (0,): -0.5, (0, 2): 0.25})
        >>> spectrum
        Spectrum of 3 players: 3 terms of degree <= 2
          F()     = +1
          F(0)    = -0.5
          F(0, 2) = +0.25
        >>> spectrum.evaluate([[False, False, False], [True, False, False]])
        array([0.75, 1.25])
    """

    __slots__ = ("groups", "n_players")

    def __init__(self, n_players: int, groups: Iterable[tuple[ArrayLike, ArrayLike]] = ()) -> None:
        by_degree: dict[int, list[TermGroup]] = {}
        for members, coefficients in groups:
            group = TermGroup(
                np.sort(np.asarray(members, dtype=np.int32), axis=1),
                np.asarray(coefficients, dtype=np.float64),
            )
            _check_group(n_players, group)
            by_degree.setdefault(group.degree, []).append(group)
        self.n_players = n_players
        self.groups = tuple(
            merge_terms(by_degree[degree])
            for degree in sorted(by_degree)
            if any(len(group.coefficients) for group in by_degree[degree])
        )

    @classmethod
    def from_terms(
        cls, n_players: int, terms: Sequence[Iterable[int]], coefficients: ArrayLike
    ) -> Spectrum:
        """Build a spectrum from a sequence of terms (any iterables of players).

        Raises:
            ValueError: If there are not as many coefficients as terms.
        """
        check_integer(n_players, "n_players", least=0)
        values = checked_numbers(coefficients, "coefficients")
        check_list(terms, "terms", "tuples of players")
        terms = list(terms)
        if not all(type(term) is tuple for term in terms):
            for term in terms:
                check_list(term, "a term", "players")
        if values.shape != (len(terms),):
            raise ValueError(f"{len(terms)} terms need as many coefficients, got {values.shape}")
        rows: dict[int, tuple[list[Term], list[int]]] = {}
        for position, term in enumerate(terms):
            key = tuple(term)
            members, positions = rows.setdefault(len(key), ([], []))
            members.append(key)
            positions.append(position)
        return cls(
            n_players,
            [
                (np.asarray(members, dtype=np.int32).reshape(len(members), degree), values[where])
                for degree, (members, where) in rows.items()
            ],
        )

    @classmethod
    def from_dict(cls, n_players: int, coefficients: Mapping[Term, float]) -> Spectrum:
        """Build a spectrum from a mapping of terms to coefficients."""
        check_type(coefficients, Mapping, "coefficients must map tuples of players to numbers")
        return cls.from_terms(n_players, list(coefficients), list(coefficients.values()))

    @property
    def coefficients(self) -> Vector:
        """All coefficients, in the order of :meth:`terms`."""
        return np.concatenate([np.empty(0), *(group.coefficients for group in self.groups)])

    @property
    def degrees(self) -> NDArray[np.int64]:
        """The degree |T| of every term, in the order of :meth:`terms`."""
        return np.repeat(
            np.array([group.degree for group in self.groups], dtype=np.int64),
            np.array([len(group.coefficients) for group in self.groups], dtype=np.int64),
        )

    @property
    def degree(self) -> int:
        """The largest degree of a term (0 for an empty spectrum)."""
        return self.groups[-1].degree if self.groups else 0

    @property
    def mean(self) -> float:
        """F({}): the mean of the function over all coalitions."""
        return self[()]

    @property
    def variance(self) -> float:
        """The variance over uniformly random coalitions: sum of F(T)^2 over T != {}."""
        return float(sum(g.coefficients @ g.coefficients for g in self.groups if g.degree))

    def terms(self) -> list[Term]:
        """All terms as sorted tuples of Python ints, by degree, then in lexicographic order."""
        return [term for group in self.groups for term in group.tuples()]

    def to_dict(self) -> dict[Term, float]:
        """The spectrum as a plain dictionary."""
        return dict(zip(self.terms(), self.coefficients.tolist(), strict=True))

    def __len__(self) -> int:
        return sum(len(group.coefficients) for group in self.groups)

    def __getitem__(self, term: Iterable[int]) -> float:
        """F(T), 0 if the term is absent."""
        key = np.array(sorted(term), dtype=np.int64)
        for group in self.groups:
            if group.degree == len(key):
                return float(group.coefficients[(group.members == key).all(axis=1)].sum())
        return 0.0

    def evaluate(self, coalitions: ArrayLike | Coalitions) -> Vector:
        """The values of the function, one per coalition.

        Cost: sum of |T| byte operations per coalition, in blocks of bounded memory.

        Raises:
            ValueError: If the coalitions have another number of players.
        """
        if not isinstance(coalitions, Coalitions):
            coalitions = Coalitions.from_dense(coalitions)
        if coalitions.n_players != self.n_players:
            raise ValueError(
                f"the spectrum has {self.n_players} players, the coalitions have "
                f"{coalitions.n_players} columns"
            )
        values = np.zeros(len(coalitions))
        players = np.unique(
            np.concatenate([np.empty(0, np.int32), *(g.members.ravel() for g in self.groups)])
        )
        rows_per_block = max(1, _BLOCK // max(len(players), 64))
        for start in range(0, len(coalitions), rows_per_block):
            rows = slice(start, start + rows_per_block)
            columns = np.ascontiguousarray(coalitions[rows].columns(players).T.view(np.uint8))
            for members, coefficients in self.groups:
                local = np.searchsorted(players, members)
                _add_parities(columns, local, coefficients, out=values[rows])
        return values

    __call__ = evaluate

    def largest(self, count: int, *, min_degree: int = 1) -> list[tuple[Term, float]]:
        """The ``count`` terms of degree >= ``min_degree`` with the largest |F(T)|."""
        kept = [(t, c) for t, c in self.to_dict().items() if len(t) >= min_degree]
        return sorted(kept, key=lambda item: -abs(item[1]))[:count]

    def energy_by_degree(self) -> Vector:
        """Sum of F(T)^2 over the terms of each degree 0, 1, ..., degree."""
        energy = np.zeros(self.degree + 1)
        for group in self.groups:
            energy[group.degree] = group.coefficients @ group.coefficients
        return energy

    def __add__(self, other: Spectrum) -> Spectrum:
        if self.n_players != other.n_players:
            raise ValueError(
                f"cannot add spectra of {self.n_players} and {other.n_players} players"
            )
        return Spectrum(self.n_players, [*self.groups, *other.groups])

    def __mul__(self, factor: float) -> Spectrum:
        return Spectrum(self.n_players, [(g.members, factor * g.coefficients) for g in self.groups])

    __rmul__ = __mul__

    def __neg__(self) -> Spectrum:
        return self * -1.0

    def __sub__(self, other: Spectrum) -> Spectrum:
        return self + -other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spectrum):
            return NotImplemented
        return (
            self.n_players == other.n_players
            and len(self.groups) == len(other.groups)
            and all(
                np.array_equal(mine.members, theirs.members)
                and np.array_equal(mine.coefficients, theirs.coefficients)
                for mine, theirs in zip(self.groups, other.groups, strict=True)
            )
        )

    def __hash__(self) -> int:
        return hash((self.n_players, self.coefficients.tobytes()))

    def select(self, keep: Callable[[TermGroup], NDArray[np.bool_]]) -> Spectrum:
        """The terms for which ``keep`` is true; it is called once per degree with a group."""
        return Spectrum(
            self.n_players,
            [(g.members[mask], g.coefficients[mask]) for g in self.groups for mask in [keep(g)]],
        )

    def up_to_degree(self, degree: int) -> Spectrum:
        """The terms of at most this degree."""
        return Spectrum(self.n_players, [g for g in self.groups if g.degree <= degree])

    def prune(self, *, keep: int | None = None, threshold: float = 0.0) -> Spectrum:
        """The ``keep`` largest terms with |F(T)| > ``threshold``; the mean always stays.

        Raises:
            ValueError: If ``keep`` is negative.
        """
        if keep is not None and keep < 0:
            raise ValueError(f"keep must not be negative, got {keep}")
        magnitudes = np.abs(self.coefficients[self.degrees > 0])
        if keep is not None and keep < len(magnitudes):
            # a rank, not a value, so that ties cannot keep more than `keep` terms
            order = np.argsort(-magnitudes, kind="stable")[:keep]
            kept = np.zeros(len(magnitudes), dtype=np.bool_)
            kept[order] = True
        else:
            kept = np.ones(len(magnitudes), dtype=np.bool_)
        kept &= magnitudes > threshold
        groups: list[TermGroup] = []
        position = 0
        for group in self.groups:
            if group.degree == 0:
                groups.append(group)
                continue
            mask = kept[position : position + len(group.coefficients)]
            position += len(group.coefficients)
            groups.append(TermGroup(group.members[mask], group.coefficients[mask]))
        return Spectrum(self.n_players, groups)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the spectrum to an ``.npz`` file (plain arrays, no pickle)."""
        arrays: dict[str, Any] = {f"members_{g.degree}": g.members for g in self.groups}
        arrays |= {f"coefficients_{g.degree}": g.coefficients for g in self.groups}
        with open(path, "wb") as file:
            np.savez_compressed(file, n_players=np.int64(self.n_players), **arrays)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Spectrum:
        """Read a spectrum written by :meth:`save`.

        Raises:
            ValueError: If the file holds something else.
        """
        with open(path, "rb") as file:
            if is_zipfile(file):
                file.seek(0)
                with np.load(file, allow_pickle=False) as arrays:
                    if "n_players" in arrays:
                        degrees = [n.removeprefix("members_") for n in arrays if "members_" in n]
                        return cls(
                            int(arrays["n_players"]),
                            [
                                (arrays[f"members_{d}"], arrays[f"coefficients_{d}"])
                                for d in degrees
                            ],
                        )
        raise ValueError(f"{path} does not hold a Spectrum written by Spectrum.save")

    def __repr__(self) -> str:
        head = f"Spectrum of {self.n_players} players: {len(self)} terms of degree <= {self.degree}"
        shown = self.largest(8, min_degree=0)
        names = [f"F({', '.join(map(str, term))})" for term, _ in shown]
        width = max(map(len, names), default=0)
        lines = [
            f"  {name:<{width}} = {value:+.6g}"
            for name, (_, value) in zip(names, shown, strict=True)
        ]
        if len(self) > len(shown):
            lines.append(f"  ... and {len(self) - len(shown)} smaller terms")
        return "\n".join([head, *lines])


def _check_group(n_players: int, group: TermGroup) -> None:
    members, coefficients = group
    if coefficients.shape != (len(members),):
        raise ValueError(
            f"{len(members)} terms need as many coefficients, got shape {coefficients.shape}"
        )
    if members.size and (members.min() < 0 or members.max() >= n_players):
        raise ValueError(f"terms must name players 0 to {n_players - 1}")
    if (members[:, 1:] == members[:, :-1]).any():
        raise ValueError("a term must not name a player twice")
    if not np.isfinite(coefficients).all():
        raise ValueError("coefficients must be finite numbers")


def _add_parities(
    columns: NDArray[np.uint8], members: NDArray[np.integer], coefficients: Vector, *, out: Vector
) -> None:
    """Add sum_T F(T) chi_T to ``out``; row i of ``columns`` is the membership of player i."""
    terms_per_block = max(1, _BLOCK // max(columns.shape[1], 1))
    for start in range(0, len(coefficients), terms_per_block):
        block = slice(start, start + terms_per_block)
        parity = np.zeros((len(coefficients[block]), columns.shape[1]), dtype=np.uint8)
        for players in members[block].T:
            parity ^= columns[players]
        out += coefficients[block].sum() - 2.0 * (coefficients[block] @ parity)


def check_spectrum(spectrum: object) -> None:
    """Refuse anything but a spectrum."""
    if not isinstance(spectrum, Spectrum):
        raise TypeError(
            "spectrum must be a Spectrum, such as approximator.spectrum_, got an object of type "
            f"{type(spectrum).__name__}"
        )
