"""How fast a spectrum becomes an interaction index, compared with shapiq's ``MoebiusConverter``.

Run ``python -m shapiq_spex.benchmark.studies.conversion_speed``; ``--help`` lists the options.
shapiq's converter starts from Moebius coefficients, which are computed beforehand and not counted.
This package's conversion is counted from the spectrum to the finished ``InteractionValues``, with
cold caches.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from time import process_time
from typing import Any, NamedTuple, TypeVar

import numpy as np
from shapiq.game_theory.moebius_converter import MoebiusConverter

from shapiq_spex import __version__
from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.studies.command_line import study_parser
from shapiq_spex.fourier.index import interaction_weight
from shapiq_spex.fourier.spectrum import Spectrum

Result = TypeVar("Result")


class Timing(NamedTuple):
    """CPU seconds of a conversion both ways, and the largest difference between the values."""

    ours: float
    shapiq: float
    difference: float
    moebius_coefficients: int


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


def measure(spectrum: Spectrum, index: str, order: int) -> Timing:
    """Convert a spectrum both ways."""
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
    return Timing(ours, shapiq, difference, len(moebius.values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = study_parser("conversion", __doc__)
    parser.add_argument("--terms", type=int, default=10_000, help="number of Fourier terms")
    parser.add_argument("--players", type=int, default=100, help="number of players")
    parser.add_argument("--degree", type=int, default=5, help="degree of the terms")
    parser.add_argument("--order", type=int, default=2, help="largest interaction order")
    parser.add_argument("--index", nargs="+", default=["k-SII"], help="indices to convert to")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random spectrum")
    options = parser.parse_args(arguments)

    rng = np.random.default_rng(options.seed)
    degrees = {
        f"degree {options.degree}": [options.degree],
        f"degree 1-{options.degree}": list(range(1, options.degree + 1)),
    }
    lines: list[list[str]] = []
    for name, of_terms in degrees.items():
        spectrum = random_spectrum(options.players, options.terms, of_terms, rng)
        for index in options.index:
            ours, theirs, difference, count = measure(spectrum, index, options.order)
            seconds = [f"{ours:.4f}", f"{theirs:.2f}", f"{theirs / ours:.0f}x"]
            lines.append([name, index, *seconds, f"{difference:.1e}", f"{count:,}"])
    print(
        f"shapiq_spex {__version__}, shapiq {version('shapiq')}, numpy {np.__version__}, "
        f"Python {sys.version.split()[0]}\n"
        f"{options.terms} Fourier terms of {options.players} players to order {options.order}\n"
    )
    head = ["terms", "index", "ours, CPU s", "shapiq, CPU s", "ratio", "difference"]
    print(markdown_table([*head, "Moebius terms"], lines))


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    start = process_time()
    result = call()
    return result, process_time() - start


if __name__ == "__main__":
    main()
