"""Prompts of thousands of words, few of which matter: all of their effects are found.

Seven effects of different random words, with pairs of words that have no effects of their own.
Measured for any number of words, rows and seeds by ::

    python -m tests.quality.test_many_words WORDS ROWS SEEDS [PROXY]

which prints, for each prompt, R2 on 2,000 fresh uniform coalitions without noise, R2 on these with
noise and as reported, and CPU seconds. The least R2 without noise of five prompts of 2,000 words:

    rows                     1,000     2,000     5,000
    two pure pairs           .9996     .9994     .9999
    four pure pairs          .9995     .9993     .9999
    conjunction of four      .9993     .9995     .9998
    conjunction of six       .9126     .9993     .9996

Of six words that are all kept in one of 64 coalitions, 1,000 rows miss some. The tests take the
first two of the five seeds.
"""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

import numpy as np
import pytest

from shapiq_spex import ProxySPEX
from tests.quality.games import prompt

EFFECTS = {
    "two pure pairs": (
        ("and 1", 1.0),
        ("and 1", -0.8),
        ("and 2", 1.6),
        ("and 2", -1.4),
        ("parity 2", 0.5),
        ("parity 2", -0.4),
        ("and 3", 2.0),
    ),
    "four pure pairs": (
        ("and 1", 1.0),
        ("and 1", -0.8),
        ("parity 2", 0.5),
        ("parity 2", -0.5),
        ("parity 2", 0.4),
        ("parity 2", 0.3),
        ("and 3", 2.0),
    ),
    "conjunction of four": (
        ("and 1", 1.0),
        ("and 1", -0.8),
        ("and 2", 1.6),
        ("parity 2", 0.5),
        ("parity 2", -0.4),
        ("or 2", 1.2),
        ("and 4", 2.5),
    ),
    "conjunction of six": (
        ("and 1", 1.0),
        ("and 1", -0.8),
        ("and 2", 1.6),
        ("parity 2", 0.5),
        ("parity 2", -0.4),
        ("and 3", 2.0),
        ("and 6", 4.0),
    ),
}
"""The effects of each prompt; sizes are in the units of the game."""

NOISE = 0.1
"""The standard deviation of the noise, a tenth of that of the values or less."""

ROWS = (1000, 2000, 5000)
FIRST_SEED = 100
SEEDS = range(FIRST_SEED, FIRST_SEED + 2)


class Recovered(NamedTuple):
    """How well a prompt was explained.

    Attributes:
        clean: R2 of the spectrum on fresh coalitions, without noise.
        fresh: R2 of the spectrum on these with noise.
        reported: R2 as the report says.
        seconds: CPU seconds.
    """

    clean: float
    fresh: float
    reported: float
    seconds: float


def recovered(name: str, words: int, rows: int, seed: int, proxy: str = "auto") -> Recovered:
    """Explain a prompt."""
    game = prompt(EFFECTS[name], words, NOISE, seed)
    approximator = ProxySPEX(
        n=words, index="FBII", max_order=2, proxy_model=proxy, random_state=seed, keep="uniform"
    )
    started = time.process_time()
    approximator.approximate(rows, game.value)
    seconds = time.process_time() - started
    fresh = np.random.default_rng([seed, 99]).random((2000, words)) < 0.5
    found = approximator.spectrum_(fresh)
    clean, noisy = (
        1 - float(np.mean((truth - found) ** 2) / truth.var())
        for truth in (game.clean(fresh), game.value(fresh))
    )
    return Recovered(clean, noisy, approximator.report_.faithfulness, seconds)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["four pure pairs", "conjunction of four"])
def test_all_effects_of_a_long_prompt_are_found_and_more_rows_do_not_lose_any(name):
    medians = []
    for rows in ROWS:
        results = [recovered(name, 2000, rows, seed) for seed in SEEDS]
        assert min(result.clean for result in results) >= 0.99
        for result in results:
            assert abs(result.reported - result.fresh) < 0.01
        medians.append(np.median([result.clean for result in results]))
    assert np.diff(medians).min() >= -1e-3  # once all is found, shrinkage goes up and down


@pytest.mark.slow
def test_pure_pairs_of_ten_thousand_words_are_found():
    assert recovered("two pure pairs", 10_000, 1000, 100).clean >= 0.99


@pytest.mark.parametrize("words", [200, 600, 2000])
def test_a_quick_proxy_finds_pure_pairs(words):
    assert recovered("four pure pairs", words, 1000, 100, "fast").clean >= 0.99


def main(words: str, rows: str, seeds: str, proxy: str = "auto") -> None:
    """Print what is recovered of every prompt."""
    for name in EFFECTS:
        chosen = range(FIRST_SEED, FIRST_SEED + int(seeds))
        every = [recovered(name, int(words), int(rows), seed, proxy) for seed in chosen]
        sys.stdout.write(f"{name}, {words} words, {rows} rows, {proxy}\n")
        for label, column in zip(Recovered._fields, zip(*every, strict=True), strict=True):
            sys.stdout.write(f"    {label}: {' '.join(f'{value:.4f}' for value in column)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
