"""Conversions against shapiq's ExactComputer, and results that shapiq can use like its own."""

from __future__ import annotations

import warnings
from fractions import Fraction
from functools import cache, partial
from itertools import combinations

import numpy as np
import pytest
import shapiq
import shapiq.plot
from shapiq.game_theory.exact import ExactComputer
from shapiq.game_theory.indices import (
    ALL_AVAILABLE_CONCEPTS,
)
from shapiq.interaction_values import InteractionValues
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.index import index_named
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.fourier.indices import INDICES

OFFERED = tuple(index for index in ExactComputer.valid_indices if index != "ELC")
"""What this version computes; the egalitarian least core (a linear programme) is not linear."""

REGRESSIONS = ("FSII", "kADD-SHAP")


@cache
def game(name):
    """A table of values, scaled to standard deviation 1 if it comes from a model."""
    if name != "diabetes":
        n_players = int(name.removeprefix("random "))
        return np.random.default_rng(n_players).normal(size=2**n_players)
    n_players = 7
    x, y = load_diabetes(return_X_y=True)
    x = x[:, :n_players]
    model = RandomForestRegressor(n_estimators=20, random_state=0).fit(x, y)
    kept = Coalitions.all_of(n_players).dense()
    table = model.predict(np.where(kept, x[0], x.mean(axis=0)))
    return table / table.std()


@cache
def exact_computer(name):
    table = game(name)
    n_players = len(table).bit_length() - 1

    def values(coalitions):
        return table[coalitions.astype(int) @ (1 << np.arange(n_players))]

    return ExactComputer(values, n_players)


def exact(name, index, order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CHII has no value for the empty set
        return exact_computer(name)(index, order)


def largest_difference(first, second):
    interactions = set(first.interactions) | set(second.interactions)
    return max(abs(first[i] - second[i]) for i in interactions)


@pytest.mark.parametrize("index", OFFERED)
@pytest.mark.parametrize("name", [*(f"random {n}" for n in range(1, 7)), "diabetes"])
def test_agreement_with_exact_computer(name, index):
    """Every order, the empty set, the baseline and the name of the index.

    FSII and kADD-SHAP are compared at 1e-7, because ExactComputer finds them by floating-point
    least squares with weights of 1e8 in place of infinity;
    test_exact_computers_regression_solved_exactly removes that error.
    """
    spectrum = spectrum_of_table(game(name))
    for order in range(1, spectrum.n_players + 1):
        theirs = exact(name, index, order)
        # ExactComputer returns all orders of the Moebius transform, whatever it is asked for
        ours = to_interaction_values(spectrum, index=index, max_order=theirs.max_order)
        tolerance = 1e-7 if index in REGRESSIONS else 1e-9
        assert largest_difference(ours, theirs) < tolerance
        assert ours.baseline_value == pytest.approx(theirs.baseline_value, abs=1e-9)
        assert ours.index == theirs.index
        assert (ours.n_players, ours.max_order, ours.min_order) == (
            theirs.n_players,
            theirs.max_order,
            theirs.min_order,
        )


def solve_exactly(matrix, right):
    """Least squares by Gauss-Jordan elimination of the normal equations in rationals."""
    columns = [j for j in range(matrix.shape[1]) if matrix[:, j].any()]
    rows = [[Fraction(float(x)) for x in row] for row in matrix[:, columns]]
    values = [Fraction(float(x)) for x in right]
    system = [
        [sum(row[i] * row[j] for row in rows) for j in range(len(columns))]
        + [sum(row[i] * value for row, value in zip(rows, values, strict=True))]
        for i in range(len(columns))
    ]
    for i in range(len(system)):
        system[i] = [x / system[i][i] for x in system[i]]  # positive definite: no zero pivots
        for r in range(len(system)):
            if r != i:
                factor = system[r][i]
                system[r] = [a - factor * b for a, b in zip(system[r], system[i], strict=True)]
    solution = np.zeros(matrix.shape[1])
    solution[columns] = [float(row[-1]) for row in system]
    return solution, None, None, None


@pytest.mark.parametrize("index", REGRESSIONS)
@pytest.mark.parametrize("n_players", [1, 2, 3, 4])
def test_exact_computers_regression_solved_exactly(monkeypatch, index, n_players):
    """Its own matrices, with weights of 1e20 at the ends and without rounding: 1e-12."""
    table = game(f"random {n_players}")
    computer = ExactComputer(
        lambda c: table[c.astype(int) @ (1 << np.arange(n_players))], n_players
    )
    monkeypatch.setattr(computer, "_big_M", 1e20)
    monkeypatch.setattr("numpy.linalg.lstsq", lambda a, b, rcond: solve_exactly(a, b))
    for order in range(1, n_players + 1):
        ours = to_interaction_values(spectrum_of_table(table), index=index, max_order=order)
        assert largest_difference(ours, computer(index, order)) < 1e-12


def test_every_index_of_this_version_is_covered():
    assert set(OFFERED) <= set(INDICES)
    assert len(OFFERED) >= 18


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_values_at_the_empty_set_are_what_the_record_says(index, order):
    spectrum = spectrum_of_table(game("random 4"))
    at_empty = game("random 4")[0]
    same = index_named(index, order)
    interactions = convert(spectrum, same.name, order)
    values = to_interaction_values(spectrum, index=index, max_order=order)
    assert (
        INDICES[values.index]
        is INDICES[INDICES[index].at_order_one if interactions.max_order == 1 else index]
    )
    own = same.empty_value_is_baseline
    assert values.baseline_value == pytest.approx(interactions.empty_value if own else at_empty)
    keeps = INDICES[values.index].keeps_empty_value
    assert values[()] == pytest.approx(interactions.empty_value if keeps else values.baseline_value)


@pytest.mark.parametrize("index", ["WBV(0.9)", "WBII(.90)", "FWBII(0.9)"])
def test_weighted_banzhaf_values_are_one_computation(index):
    spectrum = spectrum_of_table(game("random 5"))
    expected = to_interaction_values(spectrum, index="WBV(0.9)", max_order=1)
    values = to_interaction_values(spectrum, index=index, max_order=1)
    assert values.index == "WBV(0.9)"
    assert values == expected
    assert (values[()], values.baseline_value) == (expected[()], expected.baseline_value)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_faithful_values_with_a_probability_survive_files_of_shapiq(tmp_path, order, recwarn):
    """... though shapiq reads the baseline as the value at the empty set."""
    spectrum = spectrum_of_table(game("random 4"))
    values = to_interaction_values(spectrum, index="FWBII(0.9)", max_order=order)
    path = tmp_path / "values.json"
    values.save(path)
    loaded = InteractionValues.load(path)
    assert loaded.index == values.index
    assert not recwarn.list
    if order > 1:
        assert loaded == values
        assert loaded[()] == values[()]


@pytest.mark.parametrize("index", [i for i, r in INDICES.items() if r.at_order_one == "SV"])
def test_whatever_shapiq_calls_shapley_value_is_one_computation(index):
    spectrum = spectrum_of_table(game("random 5"))
    expected = to_interaction_values(spectrum, index="SV", max_order=1)
    values = to_interaction_values(spectrum, index=index, max_order=1)
    assert values.index == "SV"
    assert values.interactions == expected.interactions
    np.testing.assert_array_equal(values.values, expected.values)
    alone = spectrum_of_table(game("random 1"))  # of one player, any order is 1
    assert to_interaction_values(alone, index=index, max_order=3).index == "SV"


def test_fourier_is_the_same_in_versions_that_do_not_know_it(recwarn):
    spectrum = spectrum_of_table(game("random 3"))
    values = to_interaction_values(spectrum, index="Fourier", max_order=3)
    assert values.index == "Fourier"
    assert values.interactions == pytest.approx(spectrum.to_dict())
    assert values.baseline_value == pytest.approx(game("random 3")[0])
    assert to_interaction_values(spectrum, index="Fourier", max_order=1).index == "Fourier"
    assert not recwarn.list


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("top_order", [False, True])
def test_what_shapiq_relies_on(index, top_order):
    spectrum = spectrum_of_table(game("random 4"))
    values = to_interaction_values(
        spectrum, index=index, max_order=3, top_order=top_order, estimation_budget=16
    )
    order = INDICES[index].only_order or 3
    assert values.max_order == order
    assert values.min_order == (order if top_order else 0)
    assert values.estimated
    assert values.estimation_budget == 16
    assert () in values.interactions
    assert values[()] == pytest.approx(
        to_interaction_values(spectrum, index=index, max_order=3)[()]
    )
    sizes = {len(interaction) for interaction in values.interactions}
    assert sizes == ({0, order} if top_order else set(range(order + 1)))
    assert all(type(player) is int for i in values.interactions for player in i)
    assert values.values.dtype == np.float64
    assert list(values.interaction_lookup.values()) == list(range(len(values.values)))


def test_a_known_baseline_wins_over_the_spectrum():
    spectrum = spectrum_of_table(game("random 3"))
    for index, record in INDICES.items():
        values = to_interaction_values(spectrum, index=index, baseline_value=7.0)
        assert values.baseline_value == 7.0
        own = to_interaction_values(spectrum, index=index)[()]
        assert values[()] == (own if record.keeps_empty_value else 7.0)


def test_few_interactions_are_listed_completely():
    spectrum = Spectrum.from_dict(20, {(): 1.0, (3,): 0.5, (10, 19): -0.25})
    values = to_interaction_values(spectrum, index="k-SII", max_order=2)
    listed = [(), *combinations(range(20), 1), *combinations(range(20), 2)]
    assert list(values.interactions) == listed
    assert {i for i, v in values.interactions.items() if v} == {(), (3,), (10,), (19,), (10, 19)}


def test_of_many_interactions_single_players_and_what_is_not_zero_are_listed():
    spectrum = Spectrum.from_dict(5000, {(): 1.0, (3,): 0.5, (10, 4999): -0.25})
    values = to_interaction_values(spectrum, index="k-SII", max_order=2, estimated=False)
    assert list(values.interactions) == [(), *combinations(range(5000), 1), (10, 4999)]
    assert not values.estimated
    assert values[(17,)] == 0.0
    top = to_interaction_values(spectrum, index="k-SII", max_order=2, top_order=True)
    assert list(top.interactions) == [(), (10, 4999)]


def test_the_default_is_shapiqs_default():
    spectrum = spectrum_of_table(game("random 3"))
    values = to_interaction_values(spectrum)
    assert (values.index, values.max_order) == ("k-SII", 2)
    assert to_interaction_values(spectrum, max_order=None).max_order == 3
    assert to_interaction_values(spectrum, max_order=9).max_order == 3


@pytest.mark.parametrize("index", [i for i in INDICES if i in ALL_AVAILABLE_CONCEPTS])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("top_order", [False, True])
def test_saved_and_loaded_values_are_equal(tmp_path, index, order, top_order):
    values = to_interaction_values(
        spectrum_of_table(game("random 4")), index=index, max_order=order, top_order=top_order
    )
    path = tmp_path / "values.json"
    values.save(path)
    loaded = InteractionValues.load(path)
    assert loaded == values
    assert loaded.interactions == values.interactions
    assert loaded.baseline_value == values.baseline_value


SPARSE = Spectrum.from_dict(5, {(): 1.0, (1,): 0.5, (2, 4): -0.25})
CONSTANT = Spectrum.from_dict(5, {(): 1.0})


plots_warn = pytest.mark.filterwarnings("ignore:::shapiq.plot")


@pytest.fixture
def pyplot():
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@plots_warn
@pytest.mark.parametrize(
    ("spectrum", "index", "order"),
    [
        (spectrum_of_table(game("random 4")), "FSII", 3),
        (spectrum_of_table(game("random 2")), "FBII", 2),
        (SPARSE, "SV", 1),
        (SPARSE, "k-SII", 2),
        (CONSTANT, "k-SII", 2),
        (SPARSE, "FWBII(0.9)", 2),
    ],
    ids=["dense", "two players", "sparse, order 1", "sparse", "constant", "with a probability"],
)
def test_every_plot_draws(pyplot, spectrum, index, order):
    values = to_interaction_values(spectrum, index=index, max_order=order)
    other = to_interaction_values(-0.5 * spectrum, index=index, max_order=order)
    data = np.random.default_rng(0).normal(size=(2, spectrum.n_players))
    plots = [
        values.plot_force,
        values.plot_waterfall,
        values.plot_stacked_bar,
        values.plot_upset,
        values.plot_si_graph,
        partial(shapiq.plot.bar_plot, [values, other]),
        partial(shapiq.plot.beeswarm_plot, [values, other], data),
    ]
    if order > 1:
        plots.append(values.plot_network)
    if spectrum is not CONSTANT:  # the words' sizes are relative to the largest value
        plots.append(partial(values.plot_sentence, [f"word{i}" for i in range(len(data[0]))]))
    for plot in plots:
        plot(show=False)
        assert pyplot.get_fignums()
        pyplot.close("all")


@plots_warn
def test_sparse_values_of_many_players_draw(pyplot):
    spectrum = Spectrum.from_dict(300, {(): 1.0, (3,): 0.5, (10, 299): -0.25, (3, 10): 0.125})
    values = to_interaction_values(spectrum, index="k-SII", max_order=2)
    for plot in (values.plot_force, values.plot_waterfall, values.plot_upset):
        plot(show=False)
        assert pyplot.get_fignums()
        pyplot.close("all")
