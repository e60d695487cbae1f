"""The estimators of ``shap`` are exact where they should be and leave no trace."""

from itertools import product

import numpy as np
import pytest

from shapiq_spex.benchmark import METHODS, Request
from shapiq_spex.benchmark.methods.global_seed import global_seed
from tests.ablation.games import Recorder

N = 6
ALL = np.array(list(product([False, True], repeat=N)))


def global_state():
    return np.random.get_state()[1].tolist()  # noqa: NPY002


def pairwise_game(seed):
    """A random function of order two and its Shapley values: each its own and half its pairs."""
    generator = np.random.default_rng(seed)
    own, pairs = generator.normal(size=N), np.triu(generator.normal(size=(N, N)), k=1)

    def value(rows):
        kept = np.asarray(rows, dtype=float)
        return 1.5 + kept @ own + ((kept @ pairs) * kept).sum(axis=1)

    return value, own + (pairs + pairs.T).sum(axis=1) / 2.0


@pytest.mark.parametrize(
    ("method", "budget"), [("shap KernelExplainer", 2**N), ("shap PermutationExplainer", 2 * N + 1)]
)
def test_where_shap_is_exact_we_report_exact_values(method, budget):
    pytest.importorskip("shap")
    value, exact = pairwise_game(seed=1)
    found = METHODS[method].explain(Request(value, N, budget, 0, "SV"))
    values = found.index_values("SV")
    assert np.allclose([values[(player,)] for player in range(N)], exact)
    assert np.allclose(found.predict(ALL), value(ALL[:1]) + ALL @ exact)


@pytest.mark.parametrize("method", ["shap KernelExplainer", "shap PermutationExplainer"])
def test_the_seed_decides_and_the_global_generator_is_left_alone(method):
    pytest.importorskip("shap")
    before = global_state()
    explained = [
        METHODS[method].explain(Request(Recorder(12), 12, 60, seed, "SV")) for seed in (0, 0, 1)
    ]
    first, again, other = (list(each.index_values("SV").values()) for each in explained)
    assert first == again != other
    assert global_state() == before


@pytest.mark.parametrize("method", ["shap KernelExplainer", "shap PermutationExplainer"])
def test_no_more_is_asked_than_the_budget(method):
    pytest.importorskip("shap")
    game = Recorder(12)
    METHODS[method].explain(Request(game, 12, 60, 0, "SV"))
    assert 40 < game.asked.total() <= 60


def test_the_global_generator_is_seeded_and_given_back_even_after_an_error():
    before = global_state()
    seeded = []

    def fail():
        with global_seed(3):
            seeded.append(global_state())
            np.random.shuffle(np.arange(5))  # noqa: NPY002
            raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fail()
        assert global_state() == before
    assert seeded[0] == seeded[1] != before
