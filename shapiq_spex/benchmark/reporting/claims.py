"""What the package says of itself, held against a results file: every claim with its number.

A cell is a game at a budget; its scores are medians over seeds. Cells that a peer refused, or did
not finish, are left out of comparisons with that peer, and counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import INDICES
from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    PROXYSPEX,
    Scores,
    best_of,
    budget_ratio,
    geometric_mean,
    index_ratios,
    is_peer,
    methods_of,
    scores,
    time_shares,
    unexplained_ratio,
)
from shapiq_spex.benchmark.reporting.losses import (
    TOLERANCE,
    index_losses_table,
    losses,
    losses_table,
    losses_to,
    losses_to_peers,
)

FAST = "ProxySPEX fast"
SPEX = "SPEX"
SHAPIQ_PROXYSPEX = ("shapiq ProxySPEX", "shapiq ProxySPEX hpo=False")
SHAPIQ_SPEX = ("shapiq SPEX soft", "shapiq SPEX hard")
CONSTANT = "best constant"

_TIE = 1e-3


@dataclass(frozen=True)
class Claim:
    """A number and what it should be.

    Attributes:
        what: What is measured.
        measured: The number, and in how many cells.
        wanted: What it should be; empty if nothing was promised.
        holds: Whether it is, if that can be said.
    """

    what: str
    measured: str
    wanted: str = ""
    holds: bool | None = None


def claims_report(rows: Sequence[Row]) -> str:
    """All claims about ProxySPEX and SPEX, the cells they lose, and paired comparisons.

    A claim without anything wanted is told because users would ask.
    """
    real = [row for row in rows if row.family == "real"]
    planted = [row for row in rows if row.family == "synthetic"]
    parts = [
        ("ProxySPEX", claims_table(proxyspex_claims(rows))),
        ("Real cells that ProxySPEX loses", losses_table(losses_to_peers(real, PROXYSPEX))),
        ("Planted cells that ProxySPEX loses", losses_table(losses_to_peers(planted, PROXYSPEX))),
        ("Index errors that ProxySPEX loses", index_losses_table(real, PROXYSPEX)),
        ("ProxySPEX, seed by seed", paired_table(rows, PROXYSPEX)),
        ("SPEX", claims_table(spex_claims(rows))),
        ("Real cells that SPEX loses", losses_table(losses_to_peers(real, SPEX))),
        ("Planted cells that SPEX loses", losses_table(losses_to_peers(planted, SPEX))),
        (
            "Real cells that SPEX loses to ProxySPEX",
            losses_table(losses_to(real, SPEX, [PROXYSPEX])),
        ),
        ("Index errors that SPEX loses", index_losses_table(real, SPEX)),
        ("SPEX, seed by seed", paired_table(rows, SPEX)),
        ("Real cells that ProxySPEX fast loses", losses_table(losses_to_peers(real, FAST))),
        ("Planted cells that ProxySPEX fast loses", losses_table(losses_to_peers(planted, FAST))),
    ]
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts if text) + "\n"


def proxyspex_claims(rows: Sequence[Row]) -> list[Claim]:
    """ProxySPEX against shapiq's ProxySPEX and all other peers."""
    real = [row for row in rows if row.family == "real"]
    mine = scores(real, PROXYSPEX)
    if not mine:
        return []
    found: list[Claim] = []
    for name in SHAPIQ_PROXYSPEX:
        found += _against(mine, scores(real, name), name)
    found += [
        _never_below(mine, scores(real, name), name)
        for name in (*SHAPIQ_PROXYSPEX, "lasso order 1", "lasso order 2", CONSTANT)
    ]
    best = best_of([scores(real, name) for name in methods_of(real) if is_peer(name)])
    found.append(_near_best(mine, best))
    small = [row for row in real if row.n_players <= EXACT_PLAYERS]
    large = [row for row in real if row.n_players > EXACT_PLAYERS]
    found += [_index_claim(small, index, f"n <= {EXACT_PLAYERS}") for index in INDICES]
    found += [_index_claim(large, index, "30 <= n <= 200") for index in INDICES]
    found += [_recall_claim(real, index) for index in INDICES]
    found += _time_claims(rows, PROXYSPEX, SHAPIQ_PROXYSPEX[0], most=1.0, middle=0.2)
    found += _time_claims(rows, PROXYSPEX, SHAPIQ_PROXYSPEX[1])
    found += _fast_claims([row for row in rows if row.n_players == 64 and row.units == 1.0])
    found += [_many_players(rows, game, wanted=0.98) for game in _many_player_games(rows)]
    return [claim for claim in found if claim.measured]


def spex_claims(rows: Sequence[Row]) -> list[Claim]:
    """SPEX against shapiq's SPEX and, on real games, against our ProxySPEX."""
    real = [row for row in rows if row.family == "real"]
    planted = [row for row in rows if row.family == "synthetic"]
    mine = scores(real, SPEX)
    if not mine:
        return []
    found: list[Claim] = []
    for name in SHAPIQ_SPEX:
        found += _against(mine, scores(real, name), name)
        found.append(_never_below(mine, scores(real, name), name))
        support = scores(planted, name, lambda row: row.support_f1)
        found.append(_support(scores(planted, SPEX, lambda row: row.support_f1), support, name))
        found += _time_claims(rows, SPEX, name)  # with the regression that competes with decoding
    found.append(_never_below(mine, scores(real, PROXYSPEX), PROXYSPEX))
    return [claim for claim in found if claim.measured]


def claims_table(claims: Iterable[Claim]) -> str:
    """Claims as a Markdown table."""
    verdict = {True: "yes", False: "**no**", None: ""}
    lines = [f"| {c.what} | {c.measured} | {c.wanted} | {verdict[c.holds]} |" for c in claims]
    head = ["| what | measured | wanted | holds |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *lines]) if lines else ""


def paired_table(rows: Sequence[Row], method: str) -> str:
    """Differences of R2 with equal game, budget and seed: how often positive, median, quartiles.

    Differences below a thousandth are ties.
    """
    real = [row for row in rows if row.family == "real"]
    mine = _by_run(real, method)
    lines: list[str] = []
    for other in methods_of(real):
        theirs = _by_run(real, other)
        differences = [mine[run] - theirs[run] for run in mine.keys() & theirs.keys()]
        if other == method or not differences:
            continue
        higher = sum(difference > _TIE for difference in differences) / len(differences)
        lower = sum(difference < -_TIE for difference in differences) / len(differences)
        low, middle, high = np.quantile(differences, [0.25, 0.5, 0.75])
        lines.append(
            f"| {other} | {len(differences)} | {higher:.0%} | {lower:.0%} | {middle:+.4f} | "
            f"{low:+.4f} to {high:+.4f} |"
        )
    head = [
        "| R2 compared with | pairs | higher in | lower in | median difference | middle half |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *lines]) if lines else ""


def _by_run(rows: Sequence[Row], method: str) -> dict[tuple[str, float, int], float]:
    return {
        (row.game, row.units, row.seed): row.r2
        for row in rows
        if row.method == method
        and row.target == "faithfulness"
        and row.status == "ok"
        and not math.isnan(row.r2)
    }


def _against(mine: Scores, other: Scores, name: str) -> list[Claim]:
    """Unexplained variance and ablations, as shares of another method's."""
    ratios = {c: r for c, r in unexplained_ratio(mine, other).items() if c[1] >= 1.0}
    shares = [
        budget_ratio(mine, game, score, units)
        for (game, units), score in sorted(other.items())
        if units == 8.0
    ]
    share = median(shares) if shares else math.nan
    mean = geometric_mean(ratios.values())
    return [
        Claim(
            f"unexplained variance / {name}'s, geometric mean, 1-8 n log2 n",
            f"{mean:.3f} ({len(ratios)} cells)" if ratios else "",
            "<= 0.30",
            mean <= 0.30,
        ),
        Claim(
            f"share of {name}'s ablations at 8 n log2 n for its R2, median over games",
            f"{share:.3f} ({len(shares)} games)" if shares else "",
            "<= 0.25",
            share <= 0.25,
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
    """The share of cells where nobody is better by more than the tolerance."""
    near = sum(cell in mine and mine[cell] >= best[cell] - TOLERANCE for cell in best)
    share = near / len(best) if best else math.nan
    return Claim(
        f"cells best or within {TOLERANCE} R2 of the best of all peers",
        f"{share:.1%} ({near} of {len(best)})" if best else "",
        ">= 90%",
        share >= 0.9,
    )


def _index_claim(rows: Sequence[Row], index: str, which: str) -> Claim:
    """Squared index error relative to that of the best peer in each cell."""
    ratios = index_ratios(rows, PROXYSPEX, index)
    mean = geometric_mean(ratios.values())
    wanted = 1.0 if index in ("FBII", "BII") else 0.5
    games = len({game for game, _ in ratios})
    return Claim(
        f"squared {index} error / best peer's, {which}, 2-8 n log2 n, geometric mean",
        f"{mean:.3f} ({len(ratios)} cells, {games} games)" if ratios else "",
        f"<= {wanted:g}",
        mean <= wanted,
    )


def _recall_claim(rows: Sequence[Row], index: str) -> Claim:
    """How many of the largest interactions are found, beside the best peer of each cell."""
    recall = {
        name: scores(rows, name, lambda row: row.top_k_recall, index) for name in methods_of(rows)
    }
    mine = recall.get(PROXYSPEX, {})
    best = best_of([each for name, each in recall.items() if is_peer(name)])
    shared = mine.keys() & best.keys()
    if not shared:
        return Claim("", "")
    own, peer = (sum(each[cell] for cell in shared) / len(shared) for each in (mine, best))
    return Claim(
        f"top-k recall of {index}, mean, and of the best peer in each cell",
        f"{own:.2f}, {peer:.2f} ({len(shared)} cells)",
    )


def _time_claims(
    rows: Sequence[Row],
    method: str,
    other: str,
    *,
    most: float | None = None,
    middle: float | None = None,
) -> list[Claim]:
    """CPU time as a share of another method's at the same game and budget."""
    shares = time_shares(rows, method, other)
    if not shares:
        return []
    largest, (game, units) = max((share, cell) for cell, share in shares.items())
    return [
        Claim(
            f"CPU time / {other}'s, median",
            f"{median(shares.values()):.3f} ({len(shares)} cells)",
            "" if middle is None else f"<= {middle:g}",
            None if middle is None else median(shares.values()) <= middle,
        ),
        Claim(
            f"CPU time / {other}'s, largest",
            f"{largest:.2f} ({game}, {units:g}x)",
            "" if most is None else f"<= {most:g}",
            None if most is None else largest <= most,
        ),
    ]


def _fast_claims(rows: Sequence[Row]) -> list[Claim]:
    """The fast mode at one size: CPU seconds of the slowest game, and R2 beside shapiq's."""
    seconds = scores(rows, FAST, lambda row: row.cpu_seconds)
    slowest = max(seconds.values(), default=math.nan)
    below = _never_below(scores(rows, FAST), scores(rows, SHAPIQ_PROXYSPEX[0]), SHAPIQ_PROXYSPEX[0])
    where = f"{FAST} at n = 64, 1x"
    return [
        Claim(
            f"{where}: CPU seconds, slowest game",
            f"{slowest:.3f} ({len(seconds)} games)" if seconds else "",
            "<= 0.1",
            slowest <= 0.1,
        ),
        replace(below, what=f"{where}: {below.what}"),
    ]


def _many_player_games(rows: Sequence[Row]) -> list[str]:
    """The planted hierarchical games of at least 1,000 players."""
    games = {row.game: row.n_players for row in rows if row.game.startswith("hierarchical")}
    return sorted((game for game, n in games.items() if n >= 1000), key=lambda game: games[game])


def _many_players(rows: Sequence[Row], game: str, wanted: float) -> Claim:
    """R2, time and memory nearest to 10,000 rows."""
    chosen = [row for row in rows if row.game == game and row.method == PROXYSPEX]
    r2 = scores(chosen, PROXYSPEX)
    if not r2:
        return Claim("", "")
    budgets = {(row.game, row.units): row.budget for row in chosen}
    cell = min(r2, key=lambda each: abs(budgets[each] - 10_000))
    seconds = scores(chosen, PROXYSPEX, lambda row: row.cpu_seconds)[cell]
    memory = scores(chosen, PROXYSPEX, lambda row: row.peak_mb).get(cell, math.nan)
    return Claim(
        f"{game}, {budgets[cell]} rows",
        f"R2 {r2[cell]:.3f}, {seconds:.0f} CPU-s, {memory:.0f} MB",
        f"R2 >= {wanted}, < 60 CPU-s, < 2000 MB",
        r2[cell] >= wanted and seconds < 60 and not memory >= 2000,
    )


def _support(mine: Scores, other: Scores, name: str) -> Claim:
    """F1 of the recovered support on planted functions."""
    shared = mine.keys() & other.keys()
    if not shared:
        return Claim("", "")
    own, theirs = (sum(each[cell] for cell in shared) / len(shared) for each in (mine, other))
    worse = sum(mine[cell] < other[cell] - TOLERANCE for cell in shared)
    return Claim(
        f"F1 of planted terms, mean, and of {name}",
        f"{own:.2f}, {theirs:.2f} ({len(shared)} cells, worse in {worse})",
        "never worse",
        worse == 0,
    )
