"""Which random coalitions an index is estimated from best: their law, and whether in pairs."""

from __future__ import annotations

from shapiq_spex.ablation.designs import SizeLaw

EFFICIENT = frozenset({"SV", "SII", "k-SII", "STII", "FSII", "kADD-SHAP"})
"""Indices of the Shapley family: they share out v(N) - v({}), so both ends must be exact."""

_FEW = 20


def consists_of_shapley_values(index: str, max_order: int) -> bool:
    """Whether the values of an index are Shapley values, or add up to them player by player.

    A Shapley interaction of one player is its Shapley value, and so is what n-Shapley values leave
    a player with when everybody gets an equal share of each interaction (Bordt & von Luxburg 2023).

    Example:
        >>> consists_of_shapley_values("k-SII", 2), consists_of_shapley_values("FSII", 2)
        (True, False)
    """
    return index in EFFICIENT and (max_order == 1 or index in {"SII", "k-SII"})


def best_law(index: str, max_order: int, n_players: int) -> SizeLaw:
    """The law of coalition sizes from which an index is estimated best.

    Normalised squared errors of ProxySPEX against exact values, and unexplained variance on uniform
    coalitions, in pairs (p) and single (geometric means over the four development games of at
    most 14 players, 2 and 4 n log2 n coalitions, 3 seeds):

    ========= ====== ====== ====== ====== ====== ====== ======
    law       1 - R2 SV     k-SII  FSII   STII   FBII   BII
    ========= ====== ====== ====== ====== ====== ====== ======
    uniform p .0218  .0064  .0305  .0251  .0508  .0202  .0204
    uniform   .0234  .0066  .0328  .0264  .0509  .0210  .0224
    sizes p   .0244  .0022  .0122  .0136  .0166  .0206  .0248
    sizes     .0282  .0024  .0152  .0159  .0200  .0217  .0268
    kernel p  .0295  .0020  .0110  .0142  .0129  .0257  .0320
    kernel    .0274  .0017  .0096  .0116  .0117  .0199  .0263
    ========= ====== ====== ====== ====== ====== ====== ======

    With 30 players and a known spectrum (cancer30 forest):

    ========= ====== ====== ====== ======
    law       SV     k-SII  FSII   STII
    ========= ====== ====== ====== ======
    sizes p   .0013  .0150  .0155  .0189
    sizes     .0007  .0133  .0136  .0143
    kernel p  .0014  .0190  .0197  .0212
    kernel    .0011  .0180  .0189  .0202
    ========= ====== ====== ====== ======

    On the five development games of 30 to 100 players (1 to 4 n log2 n), pairs by sizes gave .82
    times the squared error of the Shapley value that pairs by the kernel gave, and an R^2 on
    uniform coalitions that was higher by .00 to .68. So for many players the Shapley value is
    estimated from sizes. Interactions are not: where two players' worth lies in the smallest
    coalitions (k-SII and STII), sizes hardly draw what their intervals need, which then are
    refused or contain too few of the truths (57% in the worst game, 96% by the kernel).
    """
    if index not in EFFICIENT:
        return "uniform"
    return "sizes" if max_order == 1 and n_players >= _FEW else "kernel"


def best_in_pairs(max_order: int) -> bool:
    """Whether complements should be asked as well: for values of single players only.

    A coalition and its complement separate the even terms from the odd ones, and values of single
    players consist of odd terms alone. For the even terms, among which all pairs of players are, m
    rows then make m / 2 equations: on a dense function of order 2 and 24 players, R^2 from 4 n log2
    n coalitions is .63 in pairs and .92 without. On the real development games R^2 differs by less
    than .01 either way from 1 n log2 n on.
    """
    return max_order == 1


def best_design(index: str, max_order: int, n_players: int) -> tuple[SizeLaw, bool]:
    """The law of sizes and whether in pairs: what random coalitions are drawn by if nobody says.

    Example:
        >>> best_design("SV", 1, 30), best_design("FBII", 2, 30)
        (('sizes', True), ('uniform', False))
    """
    return best_law(index, max_order, n_players), best_in_pairs(max_order)
