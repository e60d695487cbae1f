"""Whether two versions of the package return the same bits.

A change that only moves code must not move a result. Record both versions with one interpreter on
one machine, then compare::

    PYTHONPATH=OLD_CHECKOUT python tests/quality/compare_results.py record before.npz
    PYTHONPATH=NEW_CHECKOUT python tests/quality/compare_results.py record after.npz
    python tests/quality/compare_results.py compare before.npz after.npz

Only the public interface is used, so that the script runs on old versions too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from shapiq_spex import SPEX, Ablation, ProxySPEX

INDICES = [
    "SV",
    "BV",
    "SII",
    "BII",
    "k-SII",
    "STII",
    "FSII",
    "FBII",
    "CHII",
    "kADD-SHAP",
    "Moebius",
    "Co-Moebius",
    "Fourier",
    "SGV",
    "BGV",
    "CHGV",
    "IGV",
    "EGV",
    "JointSV",
]


# Games ------------------------------------------------------------------------------------------


def dense(n: int) -> Callable[[np.ndarray], np.ndarray]:
    """A smooth function of a weighted sum, with an offset and a scale of its own."""
    weights = np.random.default_rng(n).normal(size=n) / np.sqrt(n)
    return lambda kept: 5.0 + 3.0 * np.tanh(2.0 * (kept @ weights)) + 0.1 * (kept @ weights) ** 2


def hierarchical(n: int) -> Callable[[np.ndarray], np.ndarray]:
    """Main effects, pairs and triples of the same few players."""
    rng = np.random.default_rng(1000 + n)
    players = rng.permutation(n)[: min(n, 12)]
    effects = rng.normal(size=len(players))

    def value(kept: np.ndarray) -> np.ndarray:
        signs = 1.0 - 2.0 * kept[:, players]
        total = signs @ effects
        for first in range(0, len(players) - 2, 2):
            pair = signs[:, first] * signs[:, first + 1]
            total = total + effects[first] * pair + 0.5 * pair * signs[:, first + 2]
        return total

    return value


def flat(n: int, terms: int, degree: int) -> Callable[[np.ndarray], np.ndarray]:
    """Parities whose parts have no effects of their own."""
    rng = np.random.default_rng(2000 + n)
    sets = [rng.choice(n, degree, replace=False) for _ in range(terms)]
    sizes = rng.normal(size=terms)
    return lambda kept: sum(
        size * (1.0 - 2.0 * (kept[:, players].sum(axis=1) % 2))
        for size, players in zip(sizes, sets, strict=True)
    )


def noisy(n: int) -> Callable[[np.ndarray], np.ndarray]:
    """The hierarchical function with noise that belongs to the coalition."""
    clean = hierarchical(n)
    weights = np.random.default_rng(7).normal(size=n) * 1e3
    return lambda kept: clean(kept) + 0.3 * np.sin(kept @ weights)


@cache
def forest() -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """A random forest on 30 columns, absent ones replaced by their means."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestClassifier

    rows, classes = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(40, random_state=0, n_jobs=1).fit(rows[50:], classes[50:])
    point, baseline = rows[3], rows.mean(axis=0)
    return lambda kept: model.predict_proba(np.where(kept, point, baseline))[:, 1], rows.shape[1]


# Runs -------------------------------------------------------------------------------------------


@dataclass
class Run:
    """One explanation: how to make the approximator, what to explain and how to ask."""

    make: Callable[..., Any]
    n: int
    game: Callable[[np.ndarray], np.ndarray]
    budget: int
    settings: dict[str, Any] = field(default_factory=dict)
    ask: str = "approximate"
    intervals: bool = False


def runs() -> dict[str, Run]:
    """All runs by name."""
    found: dict[str, Run] = {}
    for index in INDICES:
        for make in (ProxySPEX, SPEX):
            order = None if index in ("SV", "BV") else 2
            settings = {"index": index, "max_order": order}
            found[f"{make.__name__} {index} n=10"] = Run(make, 10, dense(10), 120, settings)
    for index in ("SV", "k-SII", "FSII", "STII", "FBII", "BII", "kADD-SHAP"):
        settings = {"index": index, "max_order": 1 if index == "SV" else 2}
        found[f"ProxySPEX {index} n=24"] = Run(
            ProxySPEX, 24, noisy(24), 400, settings, intervals=True
        )
    pairs = {"index": "FBII", "max_order": 2}
    for n, budget in ((5, 20), (5, 32), (60, 500), (150, 800), (400, 1200), (1200, 2500)):
        found[f"ProxySPEX n={n} of {budget}"] = Run(ProxySPEX, n, hierarchical(n), budget, pairs)
        found[f"SPEX n={n} of {budget}"] = Run(SPEX, n, hierarchical(n), budget, pairs)
    for proxy in ("fast", "gp", "lightgbm", "tree", "xgboost", "model"):
        settings = {**pairs, "proxy_model": proxy, "hpo": proxy == "lightgbm"}
        found[f"proxy {proxy}"] = Run(ProxySPEX, 20, noisy(20), 250, settings, intervals=True)
    found["proxy lightgbm n=1200"] = Run(
        ProxySPEX, 1200, hierarchical(1200), 1500, {**pairs, "proxy_model": "lightgbm"}
    )
    game, players = forest()
    for index, order in (("SV", 1), ("FBII", 2), ("k-SII", 2)):
        settings = {"index": index, "max_order": order}
        for make in (ProxySPEX, SPEX):
            name = f"{make.__name__} {index} forest"
            found[name] = Run(make, players, game, 600, settings, intervals=make is ProxySPEX)
    for law in ("uniform", "sizes", "kernel"):
        for paired in (False, True):
            settings = {**pairs, "keep": law, "pairing_trick": paired}
            found[f"law {law}{' in pairs' * paired}"] = Run(
                ProxySPEX, 18, dense(18), 220, settings, intervals=True
            )
    weights = {"sampling_weights": np.r_[0.0, np.ones(16), 0.0], "index": "SV", "max_order": 1}
    found["own size weights"] = Run(ProxySPEX, 17, dense(17), 200, weights, intervals=True)
    found["top order 3"] = Run(
        ProxySPEX, 12, noisy(12), 300, {"index": "k-SII", "max_order": 3, "top_order": True}
    )
    found["stop early"] = Run(ProxySPEX, 20, hierarchical(20), 900, {**pairs, "stop_at": 0.9})
    found["outputs"] = Run(ProxySPEX, 15, dense(15), 200, pairs, "outputs")
    found["SPEX outputs"] = Run(SPEX, 40, flat(40, 8, 3), 900, pairs, "outputs")
    found["given rows"] = Run(ProxySPEX, 15, dense(15), 200, pairs, "given")
    found["SPEX given rows"] = Run(SPEX, 15, dense(15), 200, pairs, "given")
    found["own rows given"] = Run(ProxySPEX, 15, dense(15), 200, pairs, "own")
    found["SPEX own rows given"] = Run(SPEX, 60, flat(60, 6, 4), 900, pairs, "own")
    found["skipped rows"] = Run(ProxySPEX, 15, dense(15), 200, pairs, "skip")
    found["SPEX skipped rows"] = Run(SPEX, 60, flat(60, 6, 4), 900, pairs, "skip")
    flat_pairs = {"index": "FBII", "max_order": 4}
    for name, extra in {
        "soft": {},
        "hard": {"decoder_type": "hard"},
        "degree 3": {"degree_parameter": 3},
    }.items():
        found[f"SPEX {name}"] = Run(SPEX, 80, flat(80, 12, 3), 2000, {**flat_pairs, **extra})
    found["SPEX SV of a code"] = Run(
        SPEX, 80, flat(80, 12, 3), 2000, {"index": "SV", "max_order": 1}
    )
    found["SPEX n=1200 coded"] = Run(SPEX, 1200, flat(1200, 10, 4), 4000, flat_pairs)
    found["constant"] = Run(ProxySPEX, 9, lambda kept: np.full(len(kept), 2.0), 50, pairs)
    found["additive"] = Run(ProxySPEX, 20, lambda kept: kept @ np.arange(20.0), 60, pairs)
    return found


def results_of(run: Run) -> dict[str, np.ndarray]:
    """Everything a run returns, as arrays."""
    settings = dict(run.settings)
    if settings.get("proxy_model") == "model":
        from sklearn.ensemble import RandomForestRegressor

        settings["proxy_model"] = RandomForestRegressor(30)
    policy = Ablation(on_error="skip") if run.ask == "skip" else None
    approximator = run.make(n=run.n, random_state=3, ablation=policy, **settings)
    *_, values = _explained(approximator, run)
    report, spectrum = approximator.report_, approximator.spectrum_
    lookup = sorted(values.interaction_lookup.items(), key=lambda item: (len(item[0]), item[0]))
    results = {
        "interactions": np.array([str(term) for term, _ in lookup]),
        "values": np.array([values.values[place] for _, place in lookup]),
        "baseline": np.array(values.baseline_value),
        "terms": np.array([str(term) for term in spectrum.terms()]),
        "coefficients": spectrum.coefficients,
        "rows": approximator.ablations_[0].packed,
        "answers": approximator.ablations_[1],
        "faithfulness": np.array([report.faithfulness, *report.faithfulness_interval]),
        "gain": np.array([report.interaction_gain, *report.interaction_gain_interval]),
        "additive": np.array(report.additive_faithfulness),
        "shares": np.array([str(sorted(report.estimators.items()))]),
        "curve": np.array(report.learning_curve, dtype=float),
        "counts": np.array([report.planned, report.asked, report.n_terms, len(report.skipped)]),
    }
    if run.intervals:
        intervals = approximator.intervals()
        results |= {name: getattr(intervals, name) for name in ("lower", "upper", "nonzero")}
    return results


def _explained(approximator: Any, run: Run) -> Any:
    if run.ask == "outputs":
        first = run.game
        yield from approximator.approximate_outputs(
            run.budget, lambda kept: np.column_stack([first(kept), kept[:, 0] * first(kept)])
        )
    elif run.ask in ("given", "own"):
        rows = (
            approximator.plan(run.budget).coalitions.dense()
            if run.ask == "own"
            else np.random.default_rng(4).random((run.budget, run.n)) < 0.4
        )
        yield approximator.approximate_from(rows, run.game(rows))
    elif run.ask == "skip":

        def broken(kept: np.ndarray) -> np.ndarray:
            return np.where(kept[:, 1] & kept[:, 2] & kept[:, 3] & ~kept[:, 0], np.nan, game(kept))

        game = run.game
        yield approximator.approximate(run.budget, broken)
    else:
        yield approximator.approximate(run.budget, run.game)


# Commands ---------------------------------------------------------------------------------------


def record(path: str) -> None:
    """Make all runs and keep their results."""
    kept: dict[str, np.ndarray] = {}
    for name, run in runs().items():
        print(name, flush=True)
        try:
            results = results_of(run)
        except Exception as error:
            results = {"error": np.array([f"{type(error).__name__}: {error}"])}
        kept |= {f"{name}|{part}": array for part, array in results.items()}
    np.savez_compressed(path, **kept)


def compare(before: str, after: str) -> int:
    """Print a line for each run; the number of runs that differ."""
    with np.load(before) as one, np.load(after) as other:
        names = list(dict.fromkeys(key.partition("|")[0] for key in (*one, *other)))
        different = 0
        print("| run | results | equal bits | what differs |\n|---|---|---|---|")
        for name in names:
            parts = {k.partition("|")[2] for k in (*one, *other) if k.startswith(f"{name}|")}
            changed = []
            for part in sorted(parts):
                key = f"{name}|{part}"
                if key not in one or key not in other:
                    changed.append(f"{part} (only in one)")
                elif one[key].tobytes() != other[key].tobytes():
                    changed.append(f"{part}{_distance(one[key], other[key])}")
            different += bool(changed)
            print(
                f"| {name} | {len(parts)} | {'no' if changed else 'yes'} | {', '.join(changed)} |"
            )
    print(f"\n{len(names) - different} of {len(names)} runs have equal bits")
    return different


def _distance(one: np.ndarray, other: np.ndarray) -> str:
    if one.shape != other.shape:
        return f" (shape {one.shape} -> {other.shape})"
    if one.dtype.kind not in "fiub":
        return ""
    return f" (by up to {np.nanmax(np.abs(one.astype(float) - other.astype(float))):.2g})"


if __name__ == "__main__":
    command, *files = sys.argv[1:]
    if command == "record":
        record(files[0])
    else:
        sys.exit(min(compare(*files), 1))
