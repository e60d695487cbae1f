"""The benchmark of conversions compares like with like."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.benchmark.studies.conversion import main, measure, random_spectrum


def test_random_spectra_have_the_degrees_asked_for():
    spectrum = random_spectrum(50, 40, [2, 5], np.random.default_rng(0))
    assert set(spectrum.degrees.tolist()) == {2, 5}
    assert len(spectrum) == 40


@pytest.mark.parametrize("index", ["SV", "SII", "k-SII", "STII", "FSII", "FBII"])
def test_both_ways_compute_the_same(index):
    spectrum = random_spectrum(12, 30, [1, 2, 3, 4], np.random.default_rng(0))
    timing = measure(spectrum, "mixed", index, 1 if index == "SV" else 2)
    assert timing.difference < 1e-9
    assert timing.moebius_coefficients >= 30


def test_the_table_names_versions_and_both_kinds_of_terms(capsys):
    main(["--terms", "20", "--players", "8", "--degree", "3", "--index", "k-SII", "FSII"])
    head, _, _, columns, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("shapiq_spex ")
    assert ", shapiq " in head
    assert columns.split()[0] == "terms"
    assert [row.split()[:3] for row in rows] == [
        ["degree", kind, index] for kind in ("3", "1-3") for index in ("k-SII", "FSII")
    ]
