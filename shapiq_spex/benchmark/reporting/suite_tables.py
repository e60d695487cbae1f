"""Markdown tables of a suite, made from a results file alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from shapiq_spex.benchmark.games.benchmark_game import EXACT_PLAYERS
from shapiq_spex.benchmark.games.known_indices import COMPARED
from shapiq_spex.benchmark.measuring.markdown import captioned, chapters, markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.all_methods import is_ceiling, is_peer
from shapiq_spex.benchmark.methods.plain_regressions import LASSOS
from shapiq_spex.benchmark.reporting.cell_scores import (
    INDEX_UNITS,
    PROXYSPEX,
    REFERENCE,
    Cell,
    Scores,
    best_of,
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
)

_FAITHFULNESS = """Geometric mean over cells at 1 to 8 n log2 n of the ratio of unexplained
variances (number of cells); cells best or within .01 of the best peer, in brackets if every peer's
predictions were affinely calibrated on the held-out coalitions; the median over games of the share
of the ablations that suffices; the median over cells of the range of R2 over the seeds."""

_GAMES = """The ceiling is the best function with as many Fourier terms as there are ablations,
where the exact spectrum is known."""

_INDICES = """Squared error over the squared exact values, geometric mean over games and budgets of
2 to 8 n log2 n; in brackets the geometric mean of the ratio to the best peer of each cell, errors
below .0001 being equal."""

_LARGE_INDICES = """As above. Shapley values are compared with estimates from some 100,000 further
coalitions, the other indices with the exact values of two random forests."""

_ORDER = """Means over the cells that both have. Insertion (high is good) and deletion (low is good)
are in standard deviations of the game."""

_PLANTED = """R2 / F1 of the terms. A method that keeps many small terms has a low F1 at any R2."""


def suite_tables(rows: Sequence[Row]) -> str:
    """Every table under a heading, and the environments of the rows."""
    real, planted = of_family(rows, "real"), of_family(rows, "synthetic")
    small = [row for row in real if row.n_players <= EXACT_PLAYERS]
    large = [row for row in real if row.n_players > EXACT_PLAYERS]
    parts = [
        ("Real games, method by method", _FAITHFULNESS, faithfulness_table(real)),
        ("Real games, game by game (held-out R2)", _GAMES, games_table(real)),
        ("Interaction indices against exact values (n <= 14)", _INDICES, index_table(small)),
        ("Interaction indices of many players (n >= 30)", _LARGE_INDICES, index_table(large)),
        ("The largest interactions, and the order of the players", _ORDER, order_table(real)),
        ("Planted functions (held-out R2, F1 of the support)", _PLANTED, planted_table(planted)),
        ("CPU time, memory, coalitions evaluated", "", time_table(rows)),
        ("What did not finish", "", unfinished_table(rows)),
        ("Made with", "", _environments(rows)),
    ]
    return chapters((title, captioned(caption, table)) for title, caption, table in parts) + "\n"


def _environments(rows: Sequence[Row]) -> str:
    """How many rows were made in which environment."""
    made_with = Counter(row.environment for row in rows)
    return "\n".join(f"* {count:,} rows: {where}" for where, count in sorted(made_with.items()))


def faithfulness_table(rows: Sequence[Row]) -> str:
    """Held-out faithfulness of each method; :data:`_FAITHFULNESS` explains the columns."""
    by_method = {method: scores(rows, method) for method in methods_of(rows)}
    reference = by_method.get(REFERENCE, {})
    lasso = best_of(by_method[name] for name in LASSOS if name in by_method)
    best = best_peer(rows)
    calibrated = best_peer(rows, "best_r2")
    lines: list[list[str]] = []
    for method, mine in by_method.items():
        if not mine:
            continue
        ratios, shares = later_ratios(mine, reference), budget_shares(mine, reference)
        ranges = ranges_of(rows, method)
        lines.append(
            [
                shown_name(method),
                f"{geometric_mean(ratios):.2f} ({len(ratios)})",
                _worst(mine, reference),
                _worst(mine, lasso),
                f"{_share_near(mine, best)} ({_share_near(mine, calibrated)})",
                _median_share(shares),
                f"{median(ranges):.3f}" if ranges else "",
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
    return markdown_table(head, lines)


def games_table(rows: Sequence[Row], units: Sequence[float] = (1.0, 2.0, 8.0)) -> str:
    """R2 of our methods, the reference, the best peer and the ceiling, by game and budget."""
    by_method = {method: scores(rows, method) for method in methods_of(rows)}
    peers = [method for method in by_method if is_peer(method)]
    limits = best_of(by_method[method] for method in by_method if is_ceiling(method))
    shown = [method for method in by_method if not is_peer(method) and not is_ceiling(method)]
    shown += [REFERENCE] if REFERENCE in by_method else []
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
            best = [f"{top:.3f} {name}", _number(limits.get(cell))]
            lines.append([game, str(players[game]), f"{unit:g}x", *own, *best])
    return markdown_table(["game", "n", "budget", *shown, "best peer", "ceiling"], lines)


def index_table(rows: Sequence[Row]) -> str:
    """Index errors of each method; :data:`_INDICES` explains the numbers."""
    lines: list[list[str]] = []
    for method in methods_of(rows):
        entries: list[str] = []
        for index in COMPARED:
            errors = scores(rows, method, "index_error", index)
            counted = [error for (_, units), error in errors.items() if units in INDEX_UNITS]
            ratio = geometric_mean(index_ratios(rows, method, index).values())
            entries.append(f"{geometric_mean(counted):.4f} ({ratio:.2f})" if counted else "")
        if any(entries):
            lines.append([shown_name(method), *entries])
    return markdown_table(["method", *COMPARED], lines)


def order_table(rows: Sequence[Row]) -> str:
    """Top-k recall, insertion and deletion of Shapley values, each method beside ProxySPEX."""
    values = {
        "top-k recall": "top_k_recall",
        "insertion": "insertion",
        "deletion": "deletion",
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
    head = ["Shapley values", "cells", *(f"{name} ({PROXYSPEX}'s)" for name in values)]
    return markdown_table(head, lines)


def shown_name(method: str) -> str:
    """The name of a method in tables, which marks ceilings."""
    return f"{method} (ceiling)" if is_ceiling(method) else method


def planted_table(rows: Sequence[Row]) -> str:
    """R2 and support F1 on planted functions, one line per game and budget."""
    methods = [method for method in methods_of(rows) if scores(rows, method)]
    quality = {method: scores(rows, method) for method in methods}
    support = {method: scores(rows, method, "support_f1") for method in methods}
    lines: list[list[str]] = []
    for game in games_of(rows):
        for unit in sorted({row.units for row in rows if row.game == game}):
            cell = (game, unit)
            entries = [
                _number(quality[m].get(cell))
                + (f" / {support[m][cell]:.2f}" if cell in support[m] else "")
                for m in methods
            ]
            if any(entries):
                lines.append([game, f"{unit:.2g}x", *entries])
    return markdown_table(["game", "budget", *map(shown_name, methods)], lines)


def time_table(rows: Sequence[Row]) -> str:
    """CPU seconds of each method without the game's, and as a share of the reference's.

    Further columns: the largest peak of memory, and the share of the budget that was evaluated
    (median and largest).
    """
    lines: list[list[str]] = []
    for method in methods_of(rows):
        seconds = scores(rows, method, "cpu_seconds").values()
        if not seconds:
            continue
        shares = time_shares(rows, method, REFERENCE).values()
        memory = scores(rows, method, "peak_mb").values()
        asked = scores(rows, method, "asked_share").values()
        compared = [f"{median(shares):.3f}", f"{max(shares):.2f}"] if shares else ["", ""]
        lines.append(
            [
                method,
                f"{median(seconds):.2f}",
                f"{max(seconds):.1f}",
                *compared,
                f"{max(memory):.0f}" if memory else "unknown",
                f"{median(asked):.2f} ({max(asked):.2f})",
            ]
        )
    head = ["method", "median CPU-s", "largest", f"median share of {REFERENCE}'s", "largest share"]
    return markdown_table([*head, "peak MB", "share of the budget asked (largest)"], lines)


def unfinished_table(rows: Sequence[Row]) -> str:
    """How many rows of each method have no result, and the most frequent reasons."""
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
        most = [each[0][0] if each else "" for each in reasons]
        lines.append([method, str(len(mine)), *(str(count[kind]) for kind in kinds), *most])
    head = ["method", "rows", *kinds, "mostly refused for", "mostly not run for"]
    return markdown_table(head, lines)


def _worst(mine: Scores, other: Scores) -> str:
    """The most negative difference to the other, and its cell."""
    differences = [(mine[cell] - other[cell], cell) for cell in mine.keys() & other.keys()]
    if not differences:
        return ""
    gap, (game, units) = min(differences)
    return f"{gap:{'+.3f' if gap > -10 else '.0e'}} ({game}, {units:g}x)"


def _share_near(mine: Scores, best: Scores) -> str:
    return f"{near(mine, best) / len(best) if best else math.nan:.0%}"


def _median_share(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    middle = median(shares)
    return "not reached" if math.isinf(middle) else f"{middle:.2f} ({len(shares)} games)"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value > -10 else f"{value:.0e}"
