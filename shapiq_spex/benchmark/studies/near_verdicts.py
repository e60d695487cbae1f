"""The tables of the study of explanations near the input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shapiq_spex.benchmark.games.near_games import GAME_FAMILIES, family_of
from shapiq_spex.benchmark.games.size_regions import REGIONS
from shapiq_spex.benchmark.measuring.markdown import captioned, markdown_table
from shapiq_spex.benchmark.methods.peers_of_laws import RIDGES
from shapiq_spex.benchmark.studies.near_rows import (
    BEFORE,
    DEFAULT,
    OWN,
    OWN_VALUES,
    Cells,
    NearRun,
    NearScores,
    geometric_mean,
    unexplained,
)

KEPT = ("p 0.7", "p 0.8", "p 0.9", "near")
"""The regions whose own law is asked for."""

OWN_LAW_OF = {"half": "uniform"}
"""The law of a region whose name is another."""

_LOSSES = 40  # the most lost cells that are listed; a choice


class Verdict(NamedTuple):
    """A target, what was measured, the share of cells in which it holds, and whether it is met."""

    target: str
    measured: str
    cells: int
    met: bool


def near_tables(runs: Sequence[NearRun]) -> str:
    """All tables as Markdown, the verdicts first."""
    whole, within = NearScores(runs, "r2"), NearScores(runs, "within")
    head = ["target", "measured", "cells", "met"]
    judged = (
        markdown_table(
            head,
            [[v.target, v.measured, str(v.cells), "yes" if v.met else "NO"] for v in made],
        )
        for made in (verdicts(whole, runs), verdicts(within, runs))
    )
    r2, r2_within = judged
    return "\n\n".join(
        filter(
            None,
            (
                captioned("Verdicts by R2.", r2),
                captioned("Verdicts by R2 within sizes.", r2_within),
                captioned(
                    "Best or within .01 of the best peer, and unexplained variance divided by "
                    "that of the best peer (geometric mean), by budget in n log2 n.",
                    _budgets(whole),
                ),
                captioned(
                    "The default near the input and with half removed, median over cells.",
                    _defaults(whole, runs),
                ),
                captioned("R2, median over cells (law of the rows).", _methods(whole)),
                captioned("R2 within sizes, the same.", _methods(within)),
                captioned(
                    "R2 by game, median: default / the region's own law / best peer.",
                    _games(whole),
                ),
                captioned("The same by family.", _families(whole)),
                captioned("Reported R2 minus R2 under the law of the rows.", _reported(runs)),
                captioned("Cells lost by more than .01, the worst first.", _losses(whole)),
            ),
        )
    )


def verdicts(scores: NearScores, runs: Sequence[NearRun]) -> Iterator[Verdict]:
    """Every target."""
    for region in KEPT:
        won, _ = _beside_peers(scores, region)
        target = f"keep={region}: best or within .01 of the best peer in 95% of the cells"
        yield Verdict(target, _share(won), len(won), sum(won) >= 0.95 * len(won) > 0)
    for region in ("p 0.8", "p 0.9"):
        _, ratios = _beside_peers(scores, region)
        mean = geometric_mean(ratios)
        target = f"keep={region}: unexplained variance at most .5 of the best peer's"
        yield Verdict(target, f"{mean:.2f}", len(ratios), mean <= 0.5)
    yield from _verdicts_of_default(scores)
    new, old = _seconds(runs, DEFAULT), _seconds(runs, BEFORE)
    both = new.keys() & old.keys()
    ratio = sum(new[c] for c in both) / sum(old[c] for c in both) if both else math.nan
    target = f"default: CPU at most 1.3 times that of keep={BEFORE}"
    yield Verdict(target, f"{ratio:.2f}", len(both), ratio <= 1.3)


def _verdicts_of_default(scores: NearScores) -> Iterator[Verdict]:
    default, near = scores.of(OWN, DEFAULT, "near"), scores.of(OWN, "near", "near")
    both = default.keys() & near.keys()
    for target, holds in (
        ("near: R2 at least .9 of that of keep=near", lambda d, k: d >= 0.9 * k),
        (
            "near: unexplained variance at most twice that of keep=near",
            lambda d, k: unexplained(d) <= 2.0 * unexplained(k),
        ),
    ):
        yield _always(f"default, {target}", [holds(default[c], near[c]) for c in both])
    ridge: Cells = scores.at_best(RIDGES[0], "near") if RIDGES[0] in scores.peers else {}
    yield _always(
        "default, near: at most .02 below a ridge of order 1 on rows of its best law",
        [default[c] >= ridge[c] - 0.02 for c in default.keys() & ridge.keys()],
    )
    half, before = scores.of(OWN, DEFAULT, "half"), scores.of(OWN, BEFORE, "half")
    yield _always(
        f"default, half removed: at most .02 below keep={BEFORE}",
        [half[c] >= before[c] - 0.02 for c in half.keys() & before.keys()],
    )


def _beside_peers(
    scores: NearScores, region: str, units: float | None = None
) -> tuple[list[bool], list[float]]:
    """Whether ``keep=`` a region is best or within .01, and its ratios of unexplained variance."""
    best, own = scores.best_peer(region), scores.of(OWN, OWN_LAW_OF.get(region, region), region)
    cells = [cell for cell in own if cell in best and units in (None, cell[1])]
    won = [own[cell] >= best[cell][0] - 0.01 for cell in cells]
    return won, [unexplained(own[cell]) / unexplained(best[cell][0]) for cell in cells]


def _seconds(runs: Sequence[NearRun], law: str) -> Cells:
    return {run.cell: run.seconds for run in runs if (run.method, run.law) == (OWN, law)}


def _always(target: str, held: Sequence[bool]) -> Verdict:
    return Verdict(target, _share(held), len(held), bool(held) and all(held))


def _share(held: Sequence[bool]) -> str:
    return f"{np.mean(held):.0%}" if held else "-"


def _median(cells: Cells) -> str:
    return f"{np.median(list(cells.values())):.3f}" if cells else "-"


def _budgets(scores: NearScores) -> str:
    budgets = sorted({cell[1] for cell in scores.of(OWN, DEFAULT, "half")})

    def entry(region: str, units: float) -> str:
        won, ratios = _beside_peers(scores, region, units)
        return f"{_share(won)}, {geometric_mean(ratios):.2f} ({len(won)})"

    lines = [[region, *(entry(region, units) for units in budgets)] for region in ("half", *KEPT)]
    return markdown_table(["region", *(f"{units:g}" for units in budgets)], lines)


def _defaults(scores: NearScores, runs: Sequence[NearRun]) -> str:
    default, near = scores.of(OWN, DEFAULT, "near"), scores.of(OWN, "near", "near")
    half, before = scores.of(OWN, DEFAULT, "half"), scores.of(OWN, BEFORE, "half")
    new, old = _seconds(runs, DEFAULT), _seconds(runs, BEFORE)
    games = dict.fromkeys((cell[0], cell[1]) for cell in default)
    lines: list[list[str]] = []
    for game, units in sorted(games, key=lambda made: made[1]):
        cells = [
            cell
            for cell in default.keys() & near.keys() & half.keys() & before.keys()
            if cell[:2] == (game, units)
        ]
        lines.append(
            [
                game,
                f"{units:g}",
                _median({c: default[c] for c in cells}),
                _median({c: near[c] for c in cells}),
                _median({c: unexplained(default[c]) / unexplained(near[c]) for c in cells}),
                _median({c: half[c] for c in cells}),
                _median({c: half[c] - before[c] for c in cells}),
                _median({c: new[c] / old[c] for c in cells}),
            ]
        )
    head = ["game", "units", "near", "keep=near", "unexplained", "half", "half - uniform", "CPU"]
    return markdown_table(head, lines)


def _methods(scores: NearScores) -> str:
    laws = (DEFAULT, "uniform", *KEPT)
    lines = [
        [f"{name}, {law}", *(_median(scores.of(name, law, region)) for region in REGIONS)]
        for name in (OWN, OWN_VALUES)
        for law in laws
    ]
    for peer in scores.peers:
        entries = [
            f"{_median(scores.at_best(peer, region))} ({scores.best_law(peer, region)})"
            for region in REGIONS
        ]
        lines.append([peer, *entries])
    best = [
        {cell: score for cell, (score, _) in scores.best_peer(region).items()} for region in REGIONS
    ]
    lines.append(["best peer of each cell", *map(_median, best)])
    return markdown_table(["method", *REGIONS], lines)


def _compared(scores: NearScores, of: str, *, family: bool) -> list[str]:
    def chosen(cells: Cells) -> Cells:
        return {c: s for c, s in cells.items() if (family_of(c[0]) if family else c[0]) == of}

    entries: list[str] = []
    for region in REGIONS:
        best = {cell: score for cell, (score, _) in scores.best_peer(region).items()}
        own = scores.of(OWN, OWN_LAW_OF.get(region, region), region)
        parts = (scores.of(OWN, DEFAULT, region), own, best)
        entries.append(" / ".join(_median(chosen(part)) for part in parts))
    return [of, *entries]


def _games(scores: NearScores) -> str:
    games = dict.fromkeys(cell[0] for cell in scores.of(OWN, DEFAULT, "half"))
    lines = [_compared(scores, game, family=False) for game in games]
    return markdown_table(["game", *REGIONS], lines)


def _families(scores: NearScores) -> str:
    lines = [_compared(scores, family, family=True) for family in GAME_FAMILIES]
    return markdown_table(["family", *REGIONS], lines)


def _reported(runs: Sequence[NearRun]) -> str:
    regions = {"uniform": "half", **{region: region for region in KEPT}}
    lines: list[list[str]] = []
    for law, region in regions.items():
        of_law = [run for run in runs if (run.method, run.law) == (OWN, law)]
        for kind in ("r2", "within"):
            away = np.array([run.reported - run.score(region, kind) for run in of_law])
            away = away[np.isfinite(away)]
            if len(away):
                figures = [f"{away.mean():+.3f}", f"{np.median(away):+.3f}"]
                figures += [f"{np.mean(away > 0.05):.0%}", str(len(away))]
                lines.append([law, "R2" if kind == "r2" else "R2 within sizes", *figures])
    return markdown_table(["law", "of", "mean", "median", "above by .05", "runs"], lines)


def _losses(scores: NearScores) -> str:
    lost: list[tuple[float, list[str]]] = []
    for region in KEPT:
        best = scores.best_peer(region)
        for cell, own in scores.of(OWN, region, region).items():
            if cell in best and own < best[cell][0] - 0.01:
                peer, name = best[cell]
                game, units, seed = cell
                line = [region, game, f"{units:g}", str(seed), f"{own:.3f}", f"{peer:.3f}"]
                lost.append((own - peer, [*line, f"{name} ({scores.best_law(name, region)})"]))
    lines = [line for _, line in sorted(lost)[:_LOSSES]]
    return markdown_table(["region", "game", "units", "seed", "ours", "peer", "which"], lines)
