"""What the package claims, held against a results file: every claim with its number.

A cell is a game at a budget; its scores are medians over seeds. A cell that a peer refused or did
not finish is left out of comparisons with that peer, and the number of cells compared is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import COMPARED
from shapiq_spex.benchmark.measuring.markdown import chapters, markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.method import FAITHFULNESS
from shapiq_spex.benchmark.methods.plain_regressions import CONSTANT, LASSOS
from shapiq_spex.benchmark.reporting.cell_scores import (
    PROXYSPEX,
    REFERENCE,
    TOLERANCE,
    Scores,
    best_peer,
    budget_shares,
    geometric_mean,
    index_ratios,
    later_ratios,
    methods_of,
    near,
    of_family,
    scores,
    time_shares,
)
from shapiq_spex.benchmark.reporting.losses import (
    index_losses_table,
    losses,
    losses_table,
    losses_to,
    losses_to_peers,
)

FAST = "ProxySPEX fast"
SPEX = "SPEX"
SHAPIQ_PROXYSPEX = (REFERENCE, "shapiq ProxySPEX hpo=False")
SHAPIQ_SPEX = ("shapiq SPEX soft", "shapiq SPEX hard")

_TIE = 1e-3  # differences of R2 that count as ties in paired comparisons; a choice
_MANY_PLAYERS = 1000  # planted games with at least this many have a claim of their own


@dataclass(frozen=True)
class Claim:
    """A number and what it should be.

    Attributes:
        what: What is measured.
        measured: The number, and the number of cells behind it; empty if there are none.
        wanted: What it should be; empty if nothing was promised.
        holds: Whether it is, if something was promised.
    """

    what: str
    measured: str
    wanted: str = ""
    holds: bool | None = None


def claims_report(rows: Sequence[Row]) -> str:
    """All claims about ProxySPEX and SPEX, the cells they lose, and paired comparisons.

    Numbers without a promise are reported because users would look for them.
    """
    real, planted = of_family(rows, "real"), of_family(rows, "synthetic")

    def lost(method: str) -> list[tuple[str, str]]:
        return [
            (f"{kind} cells that {method} loses", losses_table(losses_to_peers(of_kind, method)))
            for kind, of_kind in (("Real", real), ("Planted", planted))
        ]

    def index_errors(method: str) -> tuple[str, str]:
        return f"Index errors that {method} loses", index_losses_table(real, method)

    def paired(method: str) -> tuple[str, str]:
        return f"{method}, seed by seed", paired_table(real, method)

    parts = [
        (PROXYSPEX, claims_table(proxyspex_claims(rows))),
        *lost(PROXYSPEX),
        index_errors(PROXYSPEX),
        paired(PROXYSPEX),
        (SPEX, claims_table(spex_claims(rows))),
        *lost(SPEX),
        (
            f"Real cells that {SPEX} loses to {PROXYSPEX}",
            losses_table(losses_to(real, SPEX, [PROXYSPEX])),
        ),
        index_errors(SPEX),
        paired(SPEX),
        *lost(FAST),
    ]
    return chapters(parts) + "\n"


def proxyspex_claims(rows: Sequence[Row]) -> list[Claim]:
    """ProxySPEX against shapiq's ProxySPEX and all other peers."""
    real = of_family(rows, "real")
    mine = scores(real, PROXYSPEX)
    if not mine:
        return []
    found: list[Claim] = []
    for name in SHAPIQ_PROXYSPEX:
        found += _against(mine, scores(real, name), name)
    found += [
        _never_below(mine, scores(real, name), name)
        for name in (*SHAPIQ_PROXYSPEX, *LASSOS, CONSTANT)
    ]
    found.append(_near_best(mine, best_peer(real)))
    small = [row for row in real if row.n_players <= EXACT_PLAYERS]
    large = [row for row in real if row.n_players > EXACT_PLAYERS]
    found += [_index_claim(small, index, f"n <= {EXACT_PLAYERS}") for index in COMPARED]
    found += [_index_claim(large, index, "30 <= n <= 200") for index in COMPARED]
    found += [_recall_claim(real, index) for index in COMPARED]
    found += _time_claims(rows, PROXYSPEX, SHAPIQ_PROXYSPEX[0], most="1", middle="0.2")
    found += _time_claims(rows, PROXYSPEX, SHAPIQ_PROXYSPEX[1])
    found += _fast_claims([row for row in rows if row.n_players == 64 and row.units == 1.0])
    found += [_many_players(rows, game, wanted=0.98) for game in _many_player_games(rows)]
    return [claim for claim in found if claim.measured]


def spex_claims(rows: Sequence[Row]) -> list[Claim]:
    """SPEX against shapiq's SPEX and, on real games, against ProxySPEX."""
    real, planted = of_family(rows, "real"), of_family(rows, "synthetic")
    mine = scores(real, SPEX)
    if not mine:
        return []
    own_support = scores(planted, SPEX, "support_f1")
    found: list[Claim] = []
    for name in SHAPIQ_SPEX:
        found += _against(mine, scores(real, name), name)
        found.append(_never_below(mine, scores(real, name), name))
        support = scores(planted, name, "support_f1")
        found.append(_support(own_support, support, name))
        found += _time_claims(rows, SPEX, name)  # includes the regression that competes
    found.append(_never_below(mine, scores(real, PROXYSPEX), PROXYSPEX))
    return [claim for claim in found if claim.measured]


def claims_table(claims: Iterable[Claim]) -> str:
    """Claims as a Markdown table."""
    verdict = {True: "yes", False: "**no**", None: ""}
    lines = [[claim.what, claim.measured, claim.wanted, verdict[claim.holds]] for claim in claims]
    return markdown_table(["what", "measured", "wanted", "holds"], lines)


def paired_table(rows: Sequence[Row], method: str) -> str:
    """Differences of R2 with equal game, budget and seed: how often positive, median, quartiles.

    Differences below a thousandth are ties.
    """
    mine = _by_run(rows, method)
    lines: list[list[str]] = []
    for other in methods_of(rows):
        theirs = _by_run(rows, other)
        differences = np.array([mine[run] - theirs[run] for run in mine.keys() & theirs.keys()])
        if other == method or not len(differences):
            continue
        low, middle, high = np.quantile(differences, [0.25, 0.5, 0.75])
        lines.append(
            [
                other,
                str(len(differences)),
                f"{(differences > _TIE).mean():.0%}",
                f"{(differences < -_TIE).mean():.0%}",
                f"{middle:+.4f}",
                f"{low:+.4f} to {high:+.4f}",
            ]
        )
    head = ["R2 compared with", "pairs", "higher in", "lower in"]
    return markdown_table([*head, "median difference", "middle half"], lines)


def _by_run(rows: Sequence[Row], method: str) -> dict[tuple[str, float, int], float]:
    return {
        (row.game, row.units, row.seed): row.r2
        for row in rows
        if row.method == method
        and row.target == FAITHFULNESS
        and row.status == "ok"
        and not math.isnan(row.r2)
    }


def _at_most(what: str, number: float, where: str, limit: str = "", digits: int = 3) -> Claim:
    """A number with the cells behind it (empty if it is NaN), and its limit, if there is one."""
    measured = "" if math.isnan(number) else f"{number:.{digits}f} ({where})"
    promise = (f"<= {limit}", number <= float(limit)) if limit else ("", None)
    return Claim(what, measured, *promise)


def _against(mine: Scores, other: Scores, name: str) -> list[Claim]:
    """Unexplained variance and ablations, as shares of another method's."""
    ratios, shares = later_ratios(mine, other), budget_shares(mine, other)
    return [
        _at_most(
            f"unexplained variance / {name}'s, geometric mean, 1-8 n log2 n",
            geometric_mean(ratios),
            f"{len(ratios)} cells",
            "0.30",
        ),
        _at_most(
            f"share of {name}'s ablations at 8 n log2 n for its R2, median over games",
            median(shares) if shares else math.nan,
            f"{len(shares)} games",
            "0.25",
        ),
    ]


def _never_below(mine: Scores, other: Scores, name: str) -> Claim:
    """Whether no cell is lost by more than the tolerance."""
    shared = mine.keys() & other.keys()
    lost = losses(mine, other, name)
    worst = min((mine[cell] - other[cell] for cell in shared), default=math.nan)
    return Claim(
        f"cells more than {TOLERANCE} R2 below {name}",
        f"{len(lost)} of {len(shared)} (worst {worst:+.3f})" if shared else "",
        "0",
        not lost,
    )


def _near_best(mine: Scores, best: Scores) -> Claim:
    """The share of cells where no peer is better by more than the tolerance."""
    share = near(mine, best) / len(best) if best else math.nan
    return Claim(
        f"cells best or within {TOLERANCE} R2 of the best of all peers",
        f"{share:.1%} ({near(mine, best)} of {len(best)})" if best else "",
        ">= 90%",
        share >= 0.9,
    )


def _index_claim(rows: Sequence[Row], index: str, which: str) -> Claim:
    """Squared index error relative to that of the best peer in each cell."""
    ratios = index_ratios(rows, PROXYSPEX, index)
    games = len({game for game, _ in ratios})
    return _at_most(
        f"squared {index} error / best peer's, {which}, 2-8 n log2 n, geometric mean",
        geometric_mean(ratios.values()),
        f"{len(ratios)} cells, {games} games",
        "1" if index in ("FBII", "BII") else "0.5",
    )


def _recall_claim(rows: Sequence[Row], index: str) -> Claim:
    """How many of the largest interactions are found, beside the best peer of each cell."""
    mine = scores(rows, PROXYSPEX, "top_k_recall", index)
    best = best_peer(rows, "top_k_recall", index)
    shared = mine.keys() & best.keys()
    own, peer = _means(mine, best)
    return Claim(
        f"top-k recall of {index}, mean, and of the best peer in each cell",
        f"{own:.2f}, {peer:.2f} ({len(shared)} cells)" if shared else "",
    )


def _means(*many: Scores) -> list[float]:
    """The means over the cells that all have."""
    shared = set.intersection(*(set(each) for each in many))
    return [fmean(each[cell] for cell in shared) if shared else math.nan for each in many]


def _time_claims(
    rows: Sequence[Row], method: str, other: str, *, most: str = "", middle: str = ""
) -> list[Claim]:
    """CPU time as a share of another method's at the same game and budget."""
    shares = time_shares(rows, method, other)
    if not shares:
        return []
    largest, (game, units) = max((share, cell) for cell, share in shares.items())
    what, where = f"CPU time / {other}'s", f"{game}, {units:g}x"
    return [
        _at_most(f"{what}, median", median(shares.values()), f"{len(shares)} cells", middle),
        _at_most(f"{what}, largest", largest, where, most, digits=2),
    ]


def _fast_claims(rows: Sequence[Row]) -> list[Claim]:
    """The fast mode at one size: CPU seconds of the slowest game, and R2 beside shapiq's."""
    seconds = scores(rows, FAST, "cpu_seconds")
    slowest = max(seconds.values(), default=math.nan)
    below = _never_below(scores(rows, FAST), scores(rows, REFERENCE), REFERENCE)
    where = f"{FAST} at n = 64, 1x"
    return [
        _at_most(f"{where}: CPU seconds, slowest game", slowest, f"{len(seconds)} games", "0.1"),
        replace(below, what=f"{where}: {below.what}"),
    ]


def _many_player_games(rows: Sequence[Row]) -> list[str]:
    """The planted hierarchical games with many players."""
    games = {row.game: row.n_players for row in rows if row.game.startswith("hierarchical")}
    return sorted((game for game, n in games.items() if n >= _MANY_PLAYERS), key=games.__getitem__)


def _many_players(rows: Sequence[Row], game: str, wanted: float) -> Claim:
    """R2, time and memory at the budget nearest to 10,000 rows."""
    chosen = [row for row in rows if row.game == game and row.method == PROXYSPEX]
    r2 = scores(chosen, PROXYSPEX)
    if not r2:
        return Claim("", "")
    budgets = {(row.game, row.units): row.budget for row in chosen}
    cell = min(r2, key=lambda each: abs(budgets[each] - 10_000))
    seconds = scores(chosen, PROXYSPEX, "cpu_seconds")[cell]
    memory = scores(chosen, PROXYSPEX, "peak_mb").get(cell, math.nan)
    return Claim(
        f"{game}, {budgets[cell]} rows",
        f"R2 {r2[cell]:.3f}, {seconds:.0f} CPU-s, {memory:.0f} MB",
        f"R2 >= {wanted}, < 60 CPU-s, < 2000 MB",
        r2[cell] >= wanted and seconds < 60 and not memory >= 2000,
    )


def _support(mine: Scores, other: Scores, name: str) -> Claim:
    """F1 of the recovered support on planted functions."""
    shared = mine.keys() & other.keys()
    own, theirs = _means(mine, other)
    worse = sum(mine[cell] < other[cell] - TOLERANCE for cell in shared)
    return Claim(
        f"F1 of planted terms, mean, and of {name}",
        f"{own:.2f}, {theirs:.2f} ({len(shared)} cells, worse in {worse})" if shared else "",
        "never worse",
        worse == 0,
    )
