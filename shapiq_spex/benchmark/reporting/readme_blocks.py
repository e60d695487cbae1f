"""The blocks of the README about the benchmark, made from the recorded files alone."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS, EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import COMPARED
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.all_methods import is_ceiling, is_peer
from shapiq_spex.benchmark.methods.plain_regressions import CONSTANT
from shapiq_spex.benchmark.reporting.cell_scores import (
    INDEX_UNITS,
    PROXYSPEX,
    REFERENCE,
    SMALLEST_ERROR,
    TOLERANCE,
    Scores,
    best_peer,
    budget_shares,
    games_of,
    geometric_mean,
    index_ratios,
    later_ratios,
    methods_of,
    near,
    of_family,
    ranges_of,
    scores,
    time_shares,
    unexplained_ratio,
)
from shapiq_spex.benchmark.reporting.claims import SHAPIQ_PROXYSPEX
from shapiq_spex.benchmark.reporting.losses import by_cell, losses_to_peers, lost_by_units
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_rates
from shapiq_spex.benchmark.studies.region_calibration import region_sentence
from shapiq_spex.benchmark.studies.report_calibration import (
    FORECASTS,
    ReportRun,
    outcomes,
)

_NO_SURROGATES = (
    "shap PermutationExplainer",
    "shapiq PermutationSamplingSII",
    "shapiq PermutationSamplingSTII",
    "shapiq PermutationSamplingSV",
    "shapiq SVARMIQ",
)
"""Estimators of an index that are not meant to predict; the command "table" shows them as well."""

_TREE_PEERS = (*SHAPIQ_PROXYSPEX, "shapiq ProxySHAP", "shapiq ProxySHAP hpo=True")
"""The peers that fit trees, whose CPU time is compared."""

_ENOUGH = 2.0  # n log2 n ablations; with fewer, most intervals are refused or very wide
_MOST_LOSSES = 6  # of a kind are named in the README; the command "claims" prints all

_FIGURES = {
    "saved-ablations": "unexplained variance by number of ablations",
    "faithfulness-by-players": "faithfulness by number of players",
}
"""The figures of the README; the page beside the recorded files shows all."""


def update(readme: Path, records: Records, folder: Path) -> None:
    """Write what was recorded in a folder between the markers of a README.

    Raises:
        ValueError: If a marker is missing.
    """
    place = Path(os.path.relpath(folder, readme.parent)).as_posix()
    text = with_records(readme.read_text(encoding="utf-8"), records, place)
    readme.write_text(text, encoding="utf-8")


def with_records(text: str, records: Records, place: str) -> str:
    """The text with what was recorded between its markers; ``place`` is the path of the folder."""
    parts = {
        "benchmark": f"\n{readme_tables(records, place)}\n",
        "forecasts": _forecasts(records.reports),
        "intervals": _intervals(records.coverage, place),
        "regions": region_sentence(records.regions),
    }
    for name, part in parts.items():
        begin, end = (f"<!-- {name}: {edge} -->" for edge in ("begin", "end"))
        if begin not in text or end not in text:
            raise ValueError(f"the README should contain {begin} and {end}")
        before, rest = text.split(begin, 1)
        text = f"{before}{begin}{part}{end}{rest.split(end, 1)[1]}"
    return text


def _forecasts(runs: Sequence[ReportRun]) -> str:
    """How many forecasts held on games on which nothing was tuned."""
    found = outcomes(run for run in runs if run.half == "reported" and run.family != "rare")
    held = [right for kind in FORECASTS for right in found.get(kind, ())]
    return f"{sum(held)} of {len(held)} such statements held on games that nothing was tuned on"


def _intervals(rows: Sequence[CoverageRow], place: str) -> str:
    """How often intervals contain the true value: the extremes over indices, orders and budgets."""
    later = [row for row in rows if row.units >= _ENOUGH]
    rates = coverage_rates(later)
    if not rates:
        return "have not been measured"
    spans = [
        f"{100 * min(share):.0f} to {100 * max(share):.0f}%"
        for share in ([rate.every for rate in rates], [rate.top for rate in rates])
    ]
    worst = min(rate.worst for rate in rates)
    games = len({row.game for row in later})
    return (
        f"covered the true value in {spans[0]} of all cases, and in {spans[1]} of those that look "
        f"largest, which is where intervals usually fail (the {later[0].proxy} proxy, means over "
        f"{games} real games on which no threshold was chosen, {_ENOUGH:g} to "
        f"{max(row.units for row in later):g} n log2 n; in the worst game {100 * worst:.0f}%; "
        f"[whole table]({place}/{PAGE}#intervals-how-often-they-contain-the-true-value))"
    )


def readme_tables(records: Records, place: str) -> str:
    """What was compared, how faithful it is, the indices, and where ProxySPEX loses."""
    rows = records.results
    real, planted = of_family(rows, "real"), of_family(rows, "synthetic")
    losses = [
        _losses(real, "real games"),
        _losses(planted, "planted games"),
        _lost_errors(rows),
        _slower(rows),
    ]
    parts = [
        _setting(real, cpu_hours(rows)),
        *(
            f"![{title}]({place}/{name}.png)"
            for name, title in _FIGURES.items()
            if name in records.figures
        ),
        f"[All tables and figures]({place}/{PAGE})",
        _faithfulness(real),
        _reached(real),
        _indices([row for row in real if row.n_players <= EXACT_PLAYERS]),
        " ".join(part for part in losses if part),
    ]
    return "\n\n".join(part for part in parts if part)


def cpu_hours(rows: Iterable[Row]) -> float:
    """The CPU time of the rows including games; rows with equal times come from one run."""
    runs = {
        (row.game, row.method, row.units, row.seed, row.cpu_seconds, row.game_seconds)
        for row in rows
    }
    return sum(0.0 if math.isnan(t) else t for run in runs for t in run[-2:]) / 3600.0


def _setting(rows: Sequence[Row], hours: float) -> str:
    """Games, budgets, seeds, and where they were measured."""
    games = games_of(rows)
    players = sorted({row.n_players for row in rows})
    answered = Counter(
        (row.game, row.method, row.target, row.units) for row in rows if row.status == "ok"
    )
    seeds = max(answered.values(), default=0)
    fewer = sum(count < seeds for count in answered.values())
    where = f" ({fewer} of {len(answered):,} answered cells have fewer)" if fewer else ""
    made_with = Counter(row.environment for row in rows).most_common()
    environment, count = made_with[0] if made_with else ("nothing", 0)
    others = (
        ""
        if len(made_with) == 1
        else f" ({count / len(rows):.0%} of the rows; the page names the others)"
    )
    return (
        f"{len(games)} games of real models with {players[0]} to {players[-1]} players, budgets of "
        f"0.5 to 8 n log2 n ablations, {seeds} seeds{where}; faithfulness is R2 on up to 2,000 "
        f"uniform coalitions that the method did not evaluate. With the planted functions, "
        f"{hours:.1f} CPU-hours on one core; {environment}{others}."
    )


def _faithfulness(rows: Sequence[Row]) -> str:
    """One line per method that is meant to predict coalitions."""
    reference, best = scores(rows, REFERENCE), best_peer(rows)
    lines: list[list[str]] = []
    for method in methods_of(rows):
        mine = scores(rows, method)
        if not mine or is_ceiling(method) or method == CONSTANT or method in _NO_SURROGATES:
            continue
        ratios = unexplained_ratio(mine, reference)
        first = [ratio for (_, units), ratio in ratios.items() if units < 1.0]
        later = later_ratios(mine, reference)
        seconds = scores(rows, method, "cpu_seconds").values()
        lines.append(
            [
                method,
                *(f"{_short(geometric_mean(r))} ({len(r)})" if r else "" for r in (later, first)),
                _saving(budget_shares(mine, reference)),
                f"{near(mine, best) / len(best):.0%}" if best else "",
                _short(median(ranges), 3) if (ranges := ranges_of(rows, method)) else "",
                f"{median(seconds):.2f}" if seconds else "",
            ]
        )
    head = [
        "faithfulness",
        f"unexplained variance at 1 to 8 n log2 n, {REFERENCE} (or the mean, if better) = 1 "
        "(cells)",
        "the same at 0.5",
        "share of its ablations for its R2 at 8 n log2 n",
        f"cells best or within {TOLERANCE} of the best peer",
        "range of R2 over seeds",
        "median CPU-s",
    ]
    return markdown_table(head, lines)


def _short(number: float, digits: int = 2) -> str:
    return f"{number:.{digits}f}" if number < 1000 else f"{number:.0e}"


def _saving(shares: Sequence[float]) -> str:
    share = median(shares) if shares else math.nan
    return "" if math.isnan(share) else f"{share:.2f}" if share <= 1.0 else "more"


def _reached(rows: Sequence[Row]) -> str:
    """How faithful ProxySPEX is by number of ablations, on the games measured at every budget."""
    mine = scores(rows, PROXYSPEX)
    units = sorted({u for _, u in mine})
    games = [game for game in games_of(rows) if all((game, u) in mine for u in units)]
    if not games:
        return ""
    columns = [[mine[game, u] for game in games] for u in units]
    lines = [["median R2", *(f"{median(column):.2f}" for column in columns)]]
    for goal in (0.9, 0.95):
        reached = [f"{sum(r2 >= goal for r2 in column)}" for column in columns]
        lines.append([f"games with R2 >= {goal:g}", *reached])
    head = f"{PROXYSPEX} on {len(games)} games, ablations in n log2 n"
    return markdown_table([head, *(f"{u:g}" for u in units)], lines)


def _indices(rows: Sequence[Row]) -> str:
    """Index errors of our methods relative to the best peer."""
    lines: list[list[str]] = []
    for method in methods_of(rows):
        if not is_peer(method) and not is_ceiling(method):
            ratios = [index_ratios(rows, method, index) for index in COMPARED]
            if any(ratios):
                lines.append([method, *(f"{geometric_mean(r.values()):.2f}" for r in ratios)])
    units = " to ".join(f"{unit:g}" for unit in (INDEX_UNITS[0], INDEX_UNITS[-1]))
    head = (
        f"squared error, best peer of each cell = 1 (n <= {EXACT_PLAYERS}, {units} n log2 n; "
        f"errors below {SMALLEST_ERROR:g} are equal)"
    )
    return markdown_table([head, *COMPARED], lines)


def _lost_errors(rows: Sequence[Row]) -> str:
    """In how many cells some peer has a smaller index error, by budget."""
    ratios: list[Scores] = [index_ratios(rows, PROXYSPEX, i, BUDGET_UNITS) for i in COMPARED]
    parts = [f"{lost} at {units:g}x" for units, lost in lost_by_units(ratios).items()]
    return f"Some peer's index error is smaller in {', '.join(parts)}." if parts else ""


def _slower(rows: Sequence[Row]) -> str:
    """The CPU time of ProxySPEX beside that of the peers that fit trees."""
    parts = [
        f"{median(shares.values()):.2g} times that of {name}"
        for name in _TREE_PEERS
        if (shares := time_shares(rows, PROXYSPEX, name))
    ]
    return f"Its CPU time is, in the median cell, {', '.join(parts)}." if parts else ""


def _losses(rows: Sequence[Row], where: str) -> str:
    """The worst cells of ProxySPEX on some games, each with the peer that wins it."""
    mine = scores(rows, PROXYSPEX)
    if not mine:
        return ""
    worst = [each[0] for each in by_cell(losses_to_peers(rows, PROXYSPEX)).values()]
    text = f"On {where} {PROXYSPEX} loses more than {TOLERANCE} R2 to some peer in "
    if not worst:
        return f"{text}none of {len(mine)} cells."
    cells = [
        f"{game} at {units:.2g}x ({loss.difference:+.3f} to {loss.other})"
        for loss in worst[:_MOST_LOSSES]
        for game, units in [loss.cell]
    ]
    shown = "" if len(worst) <= _MOST_LOSSES else f", the worst {_MOST_LOSSES} of them"
    return f"{text}{len(worst)} of {len(mine)} cells{shown}: {'; '.join(cells)}."
