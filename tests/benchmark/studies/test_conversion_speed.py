"""The study of conversions compares like with like."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.benchmark.studies.conversion_speed import main, measure, random_spectrum
from tests.benchmark.examples import entries


def test_random_spectra_have_the_degrees_asked_for():
    spectrum = random_spectrum(50, 40, [2, 5], np.random.default_rng(0))
    assert set(spectrum.degrees.tolist()) == {2, 5}
    assert len(spectrum) == 40


@pytest.mark.parametrize("index", ["SV", "SII", "k-SII", "STII", "FSII", "FBII"])
def test_both_ways_compute_the_same(index):
    spectrum = random_spectrum(12, 30, [1, 2, 3, 4], np.random.default_rng(0))
    timing = measure(spectrum, index, 1 if index == "SV" else 2)
    assert timing.difference < 1e-9
    assert timing.moebius_coefficients >= 30


def test_the_command_converts_both_kinds_of_terms_to_every_index(capsys):
    main(["--terms", "20", "--players", "8", "--degree", "3", "--index", "k-SII", "FSII"])
    head, _, table = capsys.readouterr().out.partition("\n\n")
    assert "shapiq" in head
    lines = entries(table)
    assert [line["index"] for line in lines] == 2 * ["k-SII", "FSII"]
    assert all(float(line["difference"]) < 1e-9 for line in lines)
