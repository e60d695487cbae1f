"""Markdown tables, made from a results file alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, median

from shapiq_spex.benchmark.games.benchmark_game import EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import INDICES
from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    INDEX_UNITS,
    PROXYSPEX,
    REFERENCE,
    Cell,
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

_FAITHFULNESS = """Geometric mean over cells at 1 to 8 n log2 n of the ratio of unexplained
variances (number of cells); cells best or within .01 of the best peer, in brackets were every
peer's predictions affinely calibrated on the held-out coalitions; the median over games of the
share of the ablations that suffices; the median over cells of the range of R2 over the seeds."""

_GAMES = """The ceiling is the best function with as many Fourier terms as there are ablations,
where the exact spectrum is known."""

_INDICES = """Squared error over the squared exact values, geometric mean over games and budgets of
2 to 8 n log2 n; in brackets the geometric mean of the ratio to the best peer of each cell, errors
below .0001 being equal."""

_LARGE_INDICES = """As above. Shapley values are compared with estimates from some 100,000 further
coalitions, the other indices with exact values of two games of training points in closed form."""

_ORDER = """Means over the cells that both have. Insertion (high is good) and deletion (low is good)
are in standard deviations of the game."""

_PLANTED = """R2 / F1 of the terms. A method that keeps many small terms has a low F1 at any R2."""


def all_tables(rows: Sequence[Row]) -> str:
    """Every table, with a heading each, and what the file was made with."""
    real = [row for row in rows if row.family == "real"]
    planted = [row for row in rows if row.family == "synthetic"]
    enumerable = [row for row in real if row.n_players <= EXACT_PLAYERS]
    large = [row for row in real if row.n_players > EXACT_PLAYERS]
    parts = [
        ("Real games, method by method", _FAITHFULNESS, faithfulness_table(real)),
        ("Real games, game by game (held-out R2)", _GAMES, games_table(real)),
        ("Interaction indices against exact values (n <= 14)", _INDICES, index_table(enumerable)),
        ("Interaction indices of many players (n >= 30)", _LARGE_INDICES, index_table(large)),
        ("The largest interactions, and the order of the players", _ORDER, order_table(real)),
        ("Planted functions (held-out R2, F1 of the support)", _PLANTED, planted_table(planted)),
        ("CPU time, memory, rows asked", "", time_table(rows)),
        ("What did not finish", "", misfortune_table(rows)),
        ("Made with", "", _made_with(rows)),
    ]
    shown = [[f"### {title}", caption, table] for title, caption, table in parts if table]
    return "\n\n".join(part for each in shown for part in each if part) + "\n"


def _made_with(rows: Sequence[Row]) -> str:
    """How many rows come from which environment."""
    made_with = Counter(row.environment for row in rows)
    return "\n".join(f"* {count:,} rows: {where}" for where, count in sorted(made_with.items()))


def faithfulness_table(rows: Sequence[Row]) -> str:
    """Held-out faithfulness of each method; :data:`_FAITHFULNESS` tells the columns."""
    by_method = {method: scores(rows, method) for method in methods_of(rows)}
    reference = by_method.get(REFERENCE, {})
    lasso = best_of([by_method[m] for m in by_method if m.startswith("lasso")])
    best = best_of([by_method[m] for m in by_method if is_peer(m)])
    calibrated = best_of(
        [
            scores(rows, m, lambda row: max(row.r2, row.r2_calibrated))
            for m in by_method
            if is_peer(m)
        ]
    )
    lines: list[list[str]] = []
    for method, mine in by_method.items():
        if not mine:
            continue
        ratios = unexplained_ratio(mine, reference)
        ratios = {cell: ratio for cell, ratio in ratios.items() if cell[1] >= 1.0}
        lines.append(
            [
                shown_name(method),
                f"{geometric_mean(ratios.values()):.2f} ({len(ratios)})",
                _worst(mine, reference),
                _worst(mine, lasso),
                f"{_share_near(mine, best):.0%} ({_share_near(mine, calibrated):.0%})",
                _budget(mine, reference),
                f"{median(ranges):.3f}" if (ranges := spread(rows, method).values()) else "",
            ]
        )
    head = [
        "method",
        f"unexplained variance / {REFERENCE}'s (cells)",
        "worst R2 difference to it",
        "worst R2 difference to the better lasso",
        "best or within .01",
        "share of its 8x ablations for its R2",
        "range over seeds",
    ]
    return markdown(head, lines)


def games_table(rows: Sequence[Row], units: Sequence[float] = (1.0, 2.0, 8.0)) -> str:
    """R2 of ours, of the reference, of the best peer and of the ceiling, by game and budget."""
    by_method = {method: scores(rows, method) for method in methods_of(rows)}
    shown = [method for method in by_method if not is_peer(method) and not is_ceiling(method)]
    ceilings = [method for method in by_method if is_ceiling(method)]
    shown += [REFERENCE] if REFERENCE in by_method else []
    peers = [method for method in by_method if is_peer(method)]
    players = {row.game: row.n_players for row in rows}
    lines: list[list[str]] = []
    for game in games_of(rows):
        for unit in units:
            cell = (game, unit)
            known = [(by_method[peer][cell], peer) for peer in peers if cell in by_method[peer]]
            if not known:
                continue
            top, name = max(known)
            own = [_number(by_method[method].get(cell)) for method in shown]
            limit = best_of([by_method[each] for each in ceilings]).get(cell)
            best = f"{top:.3f} {name}"
            lines.append([game, str(players[game]), f"{unit:g}x", *own, best, _number(limit)])
    return markdown(["game", "n", "budget", *shown, "best peer", "ceiling"], lines)


def index_table(rows: Sequence[Row]) -> str:
    """Index errors of each method; :data:`_INDICES` tells the numbers."""
    lines: list[list[str]] = []
    for method in methods_of(rows):
        entries: list[str] = []
        for index in INDICES:
            errors = scores(rows, method, lambda row: row.index_error, index)
            counted = [error for (_, units), error in errors.items() if units in INDEX_UNITS]
            ratio = geometric_mean(index_ratios(rows, method, index).values())
            entries.append(f"{geometric_mean(counted):.4f} ({ratio:.2f})" if counted else "")
        if any(entries):
            lines.append([shown_name(method), *entries])
    return markdown(["method", *INDICES], lines)


def order_table(rows: Sequence[Row]) -> str:
    """Top-k recall, insertion and deletion of Shapley values, each method beside ProxySPEX."""
    values: dict[str, Callable[[Row], float]] = {
        "top-k recall": lambda row: row.top_k_recall,
        "insertion": lambda row: row.insertion,
        "deletion": lambda row: row.deletion,
    }
    ours = {name: scores(rows, PROXYSPEX, value, "SV") for name, value in values.items()}
    lines: list[list[str]] = []
    for method in methods_of(rows):
        entries: list[str] = []
        shared: set[Cell] = set()
        for name, value in values.items():
            mine = scores(rows, method, value, "SV")
            shared = mine.keys() & ours[name].keys()
            if shared:
                own, other = (fmean(each[c] for c in shared) for each in (mine, ours[name]))
                entries.append(f"{own:.3f} ({other:.3f})")
        if len(entries) == len(values):
            lines.append([shown_name(method), str(len(shared)), *entries])
    return markdown(
        ["Shapley values", "cells", *(f"{name} ({PROXYSPEX}'s)" for name in values)], lines
    )


def shown_name(method: str) -> str:
    """The name of a method in tables, which says what is a ceiling."""
    return f"{method} (ceiling)" if is_ceiling(method) else method


def planted_table(rows: Sequence[Row]) -> str:
    """R2 and support F1 on planted functions, one line per game and budget."""
    methods = [method for method in methods_of(rows) if scores(rows, method)]
    quality = {method: scores(rows, method) for method in methods}
    support = {method: scores(rows, method, lambda row: row.support_f1) for method in methods}
    lines: list[list[str]] = []
    for game in games_of(rows):
        for unit in sorted({row.units for row in rows if row.game == game}):
            entries = [
                _number(quality[m].get((game, unit)))
                + (f" / {support[m][game, unit]:.2f}" if (game, unit) in support[m] else "")
                for m in methods
            ]
            if any(entries):
                lines.append([game, f"{unit:.2g}x", *entries])
    return markdown(["game", "budget", *map(shown_name, methods)], lines)


def time_table(rows: Sequence[Row]) -> str:
    """CPU seconds of each method without the game's, and as a share of the reference's.

    Further columns: the largest peak of memory, and the share of the budget that was really asked,
    median and largest.
    """
    time = {m: scores(rows, m, lambda row: row.cpu_seconds) for m in methods_of(rows)}
    lines: list[list[str]] = []
    for method, mine in time.items():
        if not mine:
            continue
        shares = time_shares(rows, method, REFERENCE).values()
        memory = scores(rows, method, lambda row: row.peak_mb).values()
        asked = scores(rows, method, lambda row: row.rows_asked / row.budget).values()
        compared = [f"{median(shares):.3f}", f"{max(shares):.2f}"] if shares else ["", ""]
        lines.append(
            [
                method,
                f"{median(mine.values()):.2f}",
                f"{max(mine.values()):.1f}",
                *compared,
                f"{max(memory):.0f}" if memory else "unknown",
                f"{median(asked):.2f} ({max(asked):.2f})",
            ]
        )
    head = ["method", "median CPU-s", "largest", f"median share of {REFERENCE}'s", "largest share"]
    return markdown([*head, "peak MB", "share of the budget asked (largest)"], lines)


def misfortune_table(rows: Sequence[Row]) -> str:
    """How many rows of each method ended otherwise than well, and the most frequent reasons."""
    lines: list[list[str]] = []
    kinds = ["refused", "crashed", "timed out", "not run"]
    for method in methods_of(rows):
        mine = [row for row in rows if row.method == method]
        count = Counter(row.status for row in mine)
        if count["ok"] == len(mine):
            continue
        reasons = [
            Counter(row.message[:90] for row in mine if row.status in which).most_common(1)
            for which in (kinds[:2], kinds[3:])
        ]
        told = [each[0][0] if each else "" for each in reasons]
        lines.append([method, str(len(mine)), *(str(count[k]) for k in kinds), *told])
    return markdown(["method", "rows", *kinds, "mostly refused for", "mostly not run for"], lines)


def _worst(mine: Scores, other: Scores) -> str:
    """The most negative difference to the other, and where."""
    differences = [(mine[cell] - other[cell], cell) for cell in mine.keys() & other.keys()]
    if not differences:
        return ""
    gap, (game, units) = min(differences)
    return f"{gap:{'+.3f' if gap > -10 else '.0e'}} ({game}, {units:g}x)"


def _share_near(mine: Scores, best: Scores) -> float:
    """Share of the cells where ``mine`` is at least the best minus 0.01; no answer is a loss."""
    near = sum(cell in mine and mine[cell] >= best[cell] - 0.01 for cell in best)
    return near / len(best) if best else math.nan


def _budget(mine: Scores, reference: Scores) -> str:
    """Median over games of the share of 8 n log2 n that reaches the reference's score there."""
    ratios = [
        budget_ratio(mine, game, score, units)
        for (game, units), score in reference.items()
        if units == 8.0
    ]
    if not ratios:
        return ""
    middle = median(ratios)
    return "not reached" if math.isinf(middle) else f"{middle:.2f} ({len(ratios)} games)"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value > -10 else f"{value:.0e}"


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table; empty if there are no lines."""
    if not lines:
        return ""
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])
