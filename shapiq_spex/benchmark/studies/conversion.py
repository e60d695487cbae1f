"""How fast a spectrum becomes an interaction index, beside shapiq's ``MoebiusConverter``.

Run ``python -m shapiq_spex.benchmark.studies.conversion``; ``--help`` lists the options. shapiq starts
from Moebius coefficients, which are computed for it beforehand and not counted. Ours is counted
from the spectrum to the finished ``InteractionValues``, with cold caches.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from time import process_time
from typing import Any, TypeVar

import numpy as np
from shapiq.game_theory.moebius_converter import MoebiusConverter

from shapiq_spex import __version__
from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.fourier.index_weights import interaction_weight
from shapiq_spex.fourier.spectrum import Spectrum

Result = TypeVar("Result")


@dataclass(frozen=True)
class Timing:
    """One conversion by both, in CPU seconds, and the largest difference between their values."""

    terms: str
    index: str
    moebius_coefficients: int
    ours: float
    shapiq: float
    difference: float


def random_spectrum(
    n_players: int, n_terms: int, degrees: Sequence[int], rng: np.random.Generator
) -> Spectrum:
    """Random terms, equally many of each degree, with normally distributed coefficients."""
    per_degree = [len(part) for part in np.array_split(np.arange(n_terms), len(degrees))]
    groups = [
        (
            np.array([rng.choice(n_players, degree, replace=False) for _ in range(count)]),
            rng.normal(size=count),
        )
        for degree, count in zip(degrees, per_degree, strict=True)
    ]
    return Spectrum(n_players, groups)


def measure(spectrum: Spectrum, name: str, index: str, order: int) -> Timing:
    """Convert by both ways.

    Args:
        spectrum: What to convert.
        name: A name for its terms.
        index: An index that both can compute.
        order: The largest order.
    """
    moebius = to_interaction_values(spectrum, index="Moebius", max_order=None)
    interaction_weight.cache_clear()
    ours_result, ours = _timed(
        lambda: to_interaction_values(spectrum, index=index, max_order=order)
    )
    converter: Any = MoebiusConverter(moebius)
    shapiq_result, shapiq = _timed(lambda: converter(index, order))
    # MoebiusConverter has no value for the empty set in most indices
    interactions = (set(ours_result.interactions) | set(shapiq_result.interactions)) - {()}
    difference = max(abs(ours_result[i] - shapiq_result[i]) for i in interactions)
    return Timing(name, index, len(moebius.values), ours, shapiq, difference)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m shapiq_spex.benchmark.studies.conversion")
    parser.add_argument("--terms", type=int, default=10_000, help="number of Fourier terms")
    parser.add_argument("--players", type=int, default=100, help="number of players")
    parser.add_argument("--degree", type=int, default=5, help="degree of the terms")
    parser.add_argument("--order", type=int, default=2, help="largest interaction order")
    parser.add_argument("--index", nargs="+", default=["k-SII"], help="indices to convert to")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random spectrum")
    options = parser.parse_args(arguments)

    rng = np.random.default_rng(options.seed)
    all_degrees = range(1, options.degree + 1)
    spectra = {
        f"degree {options.degree}": [options.degree],
        f"degree 1-{options.degree}": all_degrees,
    }
    write = sys.stdout.write
    write(
        f"shapiq_spex {__version__}, shapiq {version('shapiq')}, numpy {np.__version__}, "
        f"Python {sys.version.split()[0]}\n"
    )
    write(
        f"{options.terms} Fourier terms of {options.players} players to order {options.order}\n\n"
    )
    write(
        f"{'terms':<14}{'index':<8}{'ours, CPU s':>13}{'shapiq, CPU s':>15}{'ratio':>9}"
        f"{'difference':>12}{'Moebius terms':>15}\n"
    )
    for name, degrees in spectra.items():
        spectrum = random_spectrum(options.players, options.terms, list(degrees), rng)
        for index in options.index:
            row = measure(spectrum, name, index, options.order)
            write(
                f"{row.terms:<14}{row.index:<8}{row.ours:>13.4f}{row.shapiq:>15.2f}"
                f"{row.shapiq / row.ours:>8.0f}x{row.difference:>12.1e}"
                f"{row.moebius_coefficients:>15}\n"
            )


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    start = process_time()
    result = call()
    return result, process_time() - start


if __name__ == "__main__":
    main()
