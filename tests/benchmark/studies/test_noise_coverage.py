"""The study of noisy games counts what intervals cover of the game without noise."""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark.studies import noise_coverage
from shapiq_spex.benchmark.studies.noise_coverage import NoisyGame, measure, table

TABLE = np.random.default_rng(0).normal(size=2**8) + np.arange(2.0**8) / 40


def game():
    return BenchmarkGame("table", 8, lambda kept: TABLE[kept @ (1 << np.arange(8))])


def test_every_kind_of_knowledge_is_measured(monkeypatch):
    monkeypatch.setattr(noise_coverage, "INDICES", (("SV", 1), ("k-SII", 2)))
    runs = list(measure(game(), units=2.0, seeds=[0]))
    assert len(runs) == (1 + 3 + 3) * 3  # SV, and k-SII of two orders
    assert all(counts["covered"] <= counts["given"] <= counts["all"] for _, counts in runs)
    lines = table(runs).splitlines()
    assert len(lines) == 2 + len(runs)
    assert lines[2].startswith("| 0 | not known | SV | 1 |")


def test_noise_is_fresh_and_as_large_as_told():
    noisy = NoisyGame(game(), 0.5, 0, tells=True)
    kept = np.zeros((4000, 8), dtype=bool)
    answers = noisy(kept)
    assert abs(answers.std() - 0.5) < 0.02
    assert noisy.standard_errors(kept, answers).tolist() == [0.5] * 4000
    assert not hasattr(NoisyGame(game(), 0.5, 0, tells=False), "standard_errors")
