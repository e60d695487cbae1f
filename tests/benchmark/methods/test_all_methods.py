"""What the methods say of themselves, and what follows from it."""

import numpy as np
import pytest

from shapiq_spex.benchmark import METHODS, Method
from shapiq_spex.benchmark.measuring.result_rows import read_rows
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS, is_ceiling, is_peer
from shapiq_spex.benchmark.methods.ceilings import ceilings
from shapiq_spex.benchmark.methods.method import predictor_of_interactions
from shapiq_spex.benchmark.methods.own_approximators import own_approximators, sampling_laws
from tests.benchmark.examples import RECORDED


def test_every_method_is_ours_or_a_peer_or_a_ceiling():
    ours = {method.name for method in (*own_approximators(), *sampling_laws())}
    limits = {ceiling.name for ceiling in ceilings()}
    peers = {name for name in ALL_METHODS if is_peer(name)}
    assert {name for name in ALL_METHODS if is_ceiling(name)} == limits
    assert peers == ALL_METHODS.keys() - ours - limits
    assert peers


def test_a_method_that_is_not_registered_is_neither_peer_nor_ceiling():
    assert not is_peer("shapiq, but mine")
    assert not is_ceiling("shapiq, but mine")


@pytest.mark.parametrize("file", ["results.csv.gz", "experiments.csv.gz"])
def test_every_recorded_method_is_registered(file):
    assert {row.method for row in read_rows(RECORDED / file)} <= METHODS.keys()


@pytest.mark.parametrize(
    ("shares_rows", "runs"),
    [
        ("none", [("faithfulness",), ("SV",), ("BII",)]),
        ("indices", [("faithfulness",), ("SV", "BII")]),
        ("all", [("faithfulness", "SV", "BII")]),
    ],
)
def test_a_run_serves_all_targets_with_the_same_rows(shares_rows, runs):
    method = Method("m", print, ("SV", "STII", "BII"), shares_rows=shares_rows)
    assert method.targets(known=["BII", "SV"]) == runs


def test_an_index_defines_the_sum_over_subsets():
    values = {(): 1.0, (0,): 2.0, (1,): 4.0, (0, 1): 8.0}
    rows = np.array([[False, False], [True, False], [False, True], [True, True]])
    np.testing.assert_allclose(predictor_of_interactions(values, 2)(rows), [1.0, 3.0, 5.0, 15.0])
