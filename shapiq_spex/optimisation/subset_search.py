"""Search greedily: add or remove one player at a time, then swap pairs as long as that helps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_RESTARTS = 30  # a choice; bounds the time
_EXCHANGED = 3  # players that leave, and players that join, in each restart; a choice


class SubsetSearch:
    """Greedy steps and swaps that reduce a cost.

    Flipping player i changes the cost by -2 sum_{T with i} c_T, c_T = F(T) chi_T(S); flipping i
    and j by the sum of both changes and 4 sum_{T with both} c_T. When no swap helps, the search
    restarts from a coalition with three random swaps (*iterated local search*: H. Lourenço,
    O. Martin, T. Stützle, 2003). Equal costs give equal answers. ``forced`` players must stay.
    """

    def __init__(self, cost: Spectrum, forced: NDArray[np.bool_]) -> None:
        self.forced = forced
        incidence: list[csr_array[Any, Any]] = []
        for group in cost.groups:
            count = len(group.coefficients)
            if group.degree == 0:
                continue
            where = (np.repeat(np.arange(count), group.degree), group.members.ravel())
            ones = np.ones(count * group.degree)
            incidence.append(csr_array((ones, where), shape=(count, cost.n_players)))
        empty = csr_array((0, cost.n_players))
        self.terms: Any = csr_array(vstack([empty, *incidence]))
        self.coefficients = cost.coefficients[cost.degrees > 0]
        self.constant = cost.mean

    def best(self, size: int | None) -> NDArray[np.bool_]:
        """A good coalition of the given size (``None``: of any size)."""
        n = len(self.forced)
        starts = [self.forced.copy(), np.ones(n, dtype=np.bool_)]
        for kept in starts:
            while size is not None and kept.sum() != size:
                self._flip_best(kept, ~kept if kept.sum() < size else kept & ~self.forced)
            self._improve(kept, size)
        best = min(starts, key=self._cost)
        rng = np.random.default_rng(0)
        for _ in range(_RESTARTS):
            kept = self._perturbed(best, rng)
            self._improve(kept, size)
            if self._cost(kept) < self._cost(best) - self._tolerance():
                best = kept
        return best

    def until(self, limit: float) -> NDArray[np.bool_] | None:
        """Remove one player after the other until the cost is at most ``limit``."""
        kept = np.ones(len(self.forced), dtype=np.bool_)
        while self._cost(kept) > limit:
            if not self._flip_best(kept, kept & ~self.forced):
                return None
        return kept

    def _improve(self, kept: NDArray[np.bool_], size: int | None) -> None:
        if size is None:
            while self._flip_best(kept, ~self.forced, only_if_better=True):
                pass
        while self._swap_best(kept):
            pass

    def _perturbed(self, best: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
        """A copy with a few players exchanged."""
        kept = best.copy()
        leaving, coming = np.flatnonzero(kept & ~self.forced), np.flatnonzero(~kept)
        count = min(_EXCHANGED, len(leaving), len(coming))
        kept[rng.choice(leaving, count, replace=False)] = False
        kept[rng.choice(coming, count, replace=False)] = True
        return kept

    def _cost(self, kept: NDArray[np.bool_]) -> float:
        return self.constant + float(self._signed(kept).sum())

    def _signed(self, kept: NDArray[np.bool_]) -> Vector:
        odd = (self.terms @ kept.astype(np.float64)) % 2
        return self.coefficients * (1.0 - 2.0 * odd)

    def _flip_best(
        self, kept: NDArray[np.bool_], allowed: NDArray[np.bool_], *, only_if_better: bool = False
    ) -> bool:
        players = np.flatnonzero(allowed)
        if len(players) == 0:
            return False
        change = -2.0 * (self.terms.T @ self._signed(kept))[players]
        best = int(np.argmin(change))
        if only_if_better and change[best] >= -self._tolerance():
            return False
        kept[players[best]] ^= True
        return True

    def _swap_best(self, kept: NDArray[np.bool_]) -> bool:
        out, into = np.flatnonzero(kept & ~self.forced), np.flatnonzero(~kept)
        if len(out) == 0 or len(into) == 0:
            return False
        signed = self._signed(kept)
        change = -2.0 * (self.terms.T @ signed)
        leaving, coming = self.terms[:, out], self.terms[:, into]
        both = (leaving.multiply(signed[:, None]).T @ coming).toarray()
        total = change[out][:, None] + change[into][None, :] + 4.0 * both
        place = np.unravel_index(int(np.argmin(total)), total.shape)
        if total[place] >= -self._tolerance():
            return False
        kept[out[place[0]]], kept[into[place[1]]] = False, True
        return True

    def _tolerance(self) -> float:
        """Smaller improvements are rounding errors; following them might never end."""
        return 1e-12 * float(np.abs(self.coefficients).sum())
