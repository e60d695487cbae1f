"""What the README says of the benchmark, made from the recorded files and nothing else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS, EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import INDICES
from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    INDEX_UNITS,
    PROXYSPEX,
    REFERENCE,
    SMALLEST_ERROR,
    Scores,
    best_of,
    budget_ratio,
    games_of,
    geometric_mean,
    index_ratios,
    is_ceiling,
    is_peer,
    methods_of,
    scores,
    spread,
    time_shares,
    unexplained_ratio,
)
from shapiq_spex.benchmark.reporting.claims import CONSTANT, SHAPIQ_PROXYSPEX
from shapiq_spex.benchmark.reporting.losses import TOLERANCE, by_cell, losses_to_peers
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records
from shapiq_spex.benchmark.reporting.suite_tables import markdown
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_rates
from shapiq_spex.benchmark.studies.forecast_check import Check, suite_of

RECORDED = Path(__file__).parents[1] / "recorded"
"""The folder of the recorded results and figures."""

_NO_SURROGATES = (
    "shap PermutationExplainer",
    "shapiq PermutationSamplingSII",
    "shapiq PermutationSamplingSTII",
    "shapiq PermutationSamplingSV",
    "shapiq SVARMIQ",
)
"""Estimators of an index that never meant to predict; the command "table" shows them as well."""

_ENOUGH = 2.0  # n log2 n ablations, below which most intervals are refused or say little

_MOST_LOSSES = 6  # of a kind are named in the README; all are printed by the command "claims"


def update(readme: Path, records: Records) -> None:
    """Write what was recorded between the markers of a README.

    Raises:
        ValueError: If a marker is missing.
    """
    readme.write_text(with_records(readme.read_text(encoding="utf-8"), records), encoding="utf-8")


def with_records(text: str, records: Records) -> str:
    """The text with what was recorded between its markers."""
    parts = {
        "benchmark": f"\n{readme_tables(records.results)}\n",
        "forecasts": _forecasts(records.forecasts),
        "intervals": _intervals(records.coverage),
    }
    for name, part in parts.items():
        begin, end = (f"<!-- {name}: {place} -->" for place in ("begin", "end"))
        if begin not in text or end not in text:
            raise ValueError(f"the README should contain {begin} and {end}")
        before, rest = text.split(begin, 1)
        text = f"{before}{begin}{part}{end}{rest.split(end, 1)[1]}"
    return text


def _forecasts(checks: Sequence[Check]) -> str:
    """How many forecasts held, and on which games."""
    given = [check for check in checks if check.outcome != "none"]
    held = sum(check.outcome == "held" for check in given)
    return f"{held} of {len(given)} such forecasts held on the {suite_of(checks)} games"


def _intervals(rows: Sequence[CoverageRow]) -> str:
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
        f"{games} real games that no threshold was chosen on, {_ENOUGH:g} to "
        f"{max(row.units for row in later):g} n log2 n; in the worst game {100 * worst:.0f}%; "
        "whole table in `shapiq_spex.intervals`)"
    )


def readme_tables(rows: Sequence[Row]) -> str:
    """What was compared, how faithful it is, the indices, and where we lose."""
    real = [row for row in rows if row.family == "real"]
    return "\n\n".join(
        part
        for part in (
            _what(real, cpu_hours(rows)),
            _figures(),
            _faithfulness(real),
            _reached(real),
            _indices([row for row in real if row.n_players <= EXACT_PLAYERS]),
            _losses(rows),
        )
        if part
    )


_FIGURES = {
    "saved-ablations": "unexplained variance by number of ablations",
    "faithfulness-by-players": "faithfulness by number of players",
}
"""The figures that matter most; the page beside the recorded files shows all."""


def _figures() -> str:
    """The figures that have been recorded, and the way to the others."""
    folder = RECORDED.relative_to(RECORDED.parents[2]).as_posix()
    shown = [
        f"![{title}]({folder}/{name}.png)"
        for name, title in _FIGURES.items()
        if (RECORDED / f"{name}.png").exists()
    ]
    page = f"[All tables and figures]({folder}/{PAGE})" if (RECORDED / PAGE).exists() else ""
    return "\n\n".join([*shown, *([page] if page else [])])


def cpu_hours(rows: Sequence[Row]) -> float:
    """What the rows took, games included; rows with equal times come from one run."""
    runs = {
        (row.game, row.method, row.units, row.seed, row.cpu_seconds, row.game_seconds)
        for row in rows
    }
    return sum(0.0 if math.isnan(t) else t for run in runs for t in run[-2:]) / 3600.0


def _what(rows: Sequence[Row], hours: float) -> str:
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
        f"0.5 to 8 n log2 n ablations, {seeds} seeds{where}; "
        f"faithfulness is R2 on up to 2,000 uniform coalitions that the method had not asked. With "
        f"the planted functions, {hours:.1f} CPU-hours on one core; {environment}"
        f"{others}."
    )


def _faithfulness(rows: Sequence[Row]) -> str:
    """One line per method that means to predict coalitions."""
    found = {method: scores(rows, method) for method in methods_of(rows)}
    seconds = {m: scores(rows, m, lambda row: row.cpu_seconds) for m in found}
    best = best_of([found[method] for method in found if is_peer(method)])
    reference = found.get(REFERENCE, {})
    lines: list[list[str]] = []
    for method, mine in found.items():
        if not mine or is_ceiling(method) or method == CONSTANT or method in _NO_SURROGATES:
            continue
        ratios = unexplained_ratio(mine, reference)
        later, first = (
            [ratio for (_, u), ratio in ratios.items() if (u >= 1.0) == wanted]
            for wanted in (True, False)
        )
        near = sum(mine.get(cell, -1.0) >= best[cell] - TOLERANCE for cell in best)
        lines.append(
            [
                method,
                *(f"{_short(geometric_mean(r))} ({len(r)})" if r else "" for r in (later, first)),
                _saving(mine, reference),
                f"{near / len(best):.0%}" if best else "",
                _short(median(ranges), 3) if (ranges := spread(rows, method).values()) else "",
                f"{median(seconds[method].values()):.2f}" if seconds[method] else "",
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
    return markdown(head, lines)


def _short(number: float, digits: int = 2) -> str:
    return f"{number:.{digits}f}" if number < 1000 else f"{number:.0e}"


def _saving(mine: Scores, reference: Scores) -> str:
    shares = [
        budget_ratio(mine, game, score, units)
        for (game, units), score in reference.items()
        if units == 8.0
    ]
    if not shares:
        return ""
    share = median(shares)
    return f"{share:.2f}" if share <= 1.0 else "more"


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
    return markdown([head, *(f"{u:g}" for u in units)], lines)


def _indices(rows: Sequence[Row]) -> str:
    """Index errors of ours relative to the best peer."""
    ours = [m for m in methods_of(rows) if not is_peer(m) and not is_ceiling(m)]
    lines: list[list[str]] = []
    for method in ours:
        ratios = [index_ratios(rows, method, index) for index in INDICES]
        if any(ratios):
            lines.append([method, *(f"{geometric_mean(r.values()):.2f}" for r in ratios)])
    units = " to ".join(f"{unit:g}" for unit in (INDEX_UNITS[0], INDEX_UNITS[-1]))
    head = (
        f"squared error, best peer of each cell = 1 (n <= {EXACT_PLAYERS}, {units} n log2 n; "
        f"errors below {SMALLEST_ERROR:g} are equal)"
    )
    return markdown([head, *INDICES], lines)


def _losses(rows: Sequence[Row]) -> str:
    """The cells that ProxySPEX loses to somebody: the worst real ones, and how many others."""
    parts = [
        _lost([row for row in rows if row.family == family], f"{kind} games")
        for family, kind in (("real", "real"), ("synthetic", "planted"))
    ]
    parts += [_lost_errors(rows), _slower(rows)]
    return " ".join(part for part in parts if part)


def _lost_errors(rows: Sequence[Row]) -> str:
    """In how many cells some peer has a smaller index error, by budget."""
    ratios = [
        (units, ratio)
        for index in INDICES
        for (_, units), ratio in index_ratios(rows, PROXYSPEX, index, BUDGET_UNITS).items()
    ]
    if not ratios:
        return ""
    by_units = {u: [ratio > 1.0 for unit, ratio in ratios if unit == u] for u in BUDGET_UNITS}
    told = [f"{sum(lost)} of {len(lost)} at {u:g}x" for u, lost in by_units.items() if lost]
    return f"Some peer's index error is smaller in {', '.join(told)}."


def _slower(rows: Sequence[Row]) -> str:
    """Its CPU time beside that of the peers that fit trees."""
    told = [
        f"{median(shares.values()):.2g} times that of {name}"
        for name in (*SHAPIQ_PROXYSPEX, "shapiq ProxySHAP", "shapiq ProxySHAP hpo=True")
        if (shares := time_shares(rows, PROXYSPEX, name))
    ]
    return f"Its CPU time is, in the median cell, {', '.join(told)}." if told else ""


def _lost(rows: Sequence[Row], where: str) -> str:
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
