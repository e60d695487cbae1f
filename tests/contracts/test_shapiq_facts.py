"""What we rely on in shapiq. A failure here means: shapiq has changed, and we must follow.

Nothing of ours is tested in this file.
"""

import inspect
import re
import subprocess
import sys
import warnings
from importlib.metadata import requires

import numpy as np
import pytest
import shapiq
from shapiq.approximator.base import Approximator
from shapiq.explainer import configuration
from shapiq.game_theory.indices import ALL_AVAILABLE_CONCEPTS
from shapiq.interaction_values import InteractionValues

from shapiq_spex._registry import SHAPIQ_INDICES
from tests.fourier.indices import INDICES

SHARED_OUT = [i for i, r in INDICES.items() if r.efficient_over == "interactions"]
TABLE = configuration.APPROXIMATOR_CONFIGURATIONS


class Probe(Approximator):
    """An approximator that records how shapiq builds and calls it, and explains nothing."""

    valid_indices = (*SHAPIQ_INDICES, "BII")
    built = ()

    def __init__(self, **arguments):
        type(self).built = (*type(self).built, arguments)
        super().__init__(
            arguments["n"],
            arguments["max_order"],
            arguments["index"],
            top_order=False,
            random_state=arguments["random_state"],
            sampling_weights=np.ones(arguments["n"] + 1),
            initialize_dict=False,
        )
        self.calls = []

    def approximate(self, *args, **kwargs):
        assert not args
        rows = np.array([[False] * self.n, [True] * self.n])
        self.calls.append((kwargs, self._random_state, np.asarray(kwargs["game"](rows))))
        return interaction_values({(): 0.0, (0,): 1.0}, index=self.index, n_players=self.n)


def interaction_values(terms, *, index="SII", n_players=3, max_order=2, **arguments):
    return InteractionValues(
        values=np.array(list(terms.values())),
        index=index,
        max_order=max_order,
        min_order=0,
        n_players=n_players,
        interaction_lookup={term: position for position, term in enumerate(terms)},
        **arguments,
    )


@pytest.fixture
def probe(monkeypatch):
    """`Probe` as "spex" and as what "auto" builds."""
    monkeypatch.setattr(Probe, "built", ())
    monkeypatch.setitem(TABLE, "spex", dict.fromkeys(Probe.valid_indices, Probe))
    monkeypatch.setattr(configuration, "SPEX", Probe)
    return Probe


# The table of approximators


def test_the_table_maps_names_to_indices_to_classes():
    assert isinstance(TABLE, dict)
    assert {"spex", "regression"} <= set(TABLE)
    for row in TABLE.values():
        assert isinstance(row, dict)
        assert all(isinstance(index, str) for index in row)
        assert all(issubclass(cls, Approximator) for cls in row.values())


def test_auto_builds_a_class_that_is_a_global_of_the_configuration():
    assert isinstance(configuration.SPEX, type)
    assert "SPEX" in configuration.setup_approximator_automatically.__code__.co_names


@pytest.mark.parametrize("index", SHAPIQ_INDICES)
def test_a_name_is_built_with_four_keywords(probe, index):
    built = configuration.setup_approximator("spex", index, 2, 9, random_state=4)
    assert type(built) is probe
    assert probe.built == ({"n": 9, "max_order": 2, "index": index, "random_state": 4},)


@pytest.mark.parametrize(("order", "n_players"), [(2, 65), (3, 33), (4, 17), (5, 17)])
def test_auto_builds_it_with_four_keywords_for_many_players(probe, order, n_players):
    configuration.setup_approximator("auto", "k-SII", order, n_players, random_state=4)
    arguments = {"n": n_players, "max_order": order, "index": "k-SII", "random_state": 4}
    assert probe.built == (arguments,)


def test_an_instance_is_taken_as_it_is():
    given = Probe(n=5, max_order=2, index="SII", random_state=None)
    assert configuration.setup_approximator(given, "k-SII", 3, 7) is given


# The base class


def test_the_base_class_takes_these_arguments():
    parameters = inspect.signature(Approximator.__init__).parameters
    assert list(parameters)[1:4] == ["n", "max_order", "index"]
    assert {"top_order", "random_state", "sampling_weights", "initialize_dict"} <= set(parameters)


def test_the_base_class_can_be_made_for_thousands_of_players():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for index in Probe.valid_indices:
            Probe(n=20_000, max_order=2, index=index, random_state=0)


def test_the_base_class_has_these_attributes_and_methods():
    made = Probe(n=5, max_order=2, index="SII", random_state=3)
    assert (made.n, made.max_order, made.min_order, made.index) == (5, 2, 0, "SII")
    assert made.top_order is False
    assert made._random_state == 3
    made.set_random_state(random_state=4)
    assert made._random_state == 4
    assert isinstance(made.approximator_id, int)
    assert isinstance(made.interaction_lookup, dict)


def test_calling_an_approximator_is_approximating():
    made = Probe(n=5, max_order=2, index="SII", random_state=3)
    made(7, np.sum)
    made(budget=7, game=np.sum)
    assert [call[0] for call in made.calls] == [{"budget": 7, "game": np.sum}] * 2


# The explainers


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return rng.normal(size=(100, 4))


def predict(rows):
    return np.asarray(rows).sum(axis=1)


@pytest.mark.parametrize("explainer", [shapiq.Explainer, shapiq.TabularExplainer])
def test_tabular_explainers_call_with_budget_and_imputer(probe, table, explainer):
    made = explainer(predict, table, approximator="spex", index="k-SII", max_order=2)
    values = made.explain(table[0], budget=11, random_state=5)
    (call,) = made.approximator.calls
    assert set(call[0]) == {"budget", "game"}
    assert call[0]["budget"] == 11
    assert call[1] == 5
    # imputers are normalised games, and shapiq puts their baseline into the result afterwards
    baseline = predict(table).mean()
    assert call[2] == pytest.approx([0.0, predict(table[:1])[0] - baseline])
    assert values.baseline_value == pytest.approx(baseline)
    assert values[()] == values.baseline_value


def test_agnostic_explainers_call_with_budget_and_game(probe):
    def game(coalitions):
        return coalitions.sum(axis=1)

    made = shapiq.AgnosticExplainer(
        game, n_players=4, approximator="spex", index="k-SII", max_order=2
    )
    values = made.explain(budget=11, random_state=5)
    (call,) = made.approximator.calls
    assert call[0] == {"budget": 11, "game": game}
    assert call[1] == 5
    assert values.index == "k-SII"


def test_explaining_many_points_uses_one_approximator_and_sets_its_seed(probe, table):
    made = shapiq.TabularExplainer(
        predict, table, approximator="spex", index="SII", max_order=2, random_state=1
    )
    made.explain_X(table[:3], budget=9, random_state=8)
    assert len(probe.built) == 1
    assert [call[1] for call in made.approximator.calls] == [8, 8, 8]


def test_games_pass_boolean_coalitions_on_and_know_their_players():
    class Sum(shapiq.Game):
        def value_function(self, coalitions):
            assert coalitions.dtype == np.bool_
            return coalitions.sum(axis=1).astype(float)

    game = Sum(n_players=3, normalize=False)
    assert game.n_players == 3
    assert game(np.array([[True, False, True]])) == pytest.approx([2.0])


# The result


def test_interaction_values_keep_what_they_are_given():
    values = interaction_values(
        {(): 0.5, (0,): 1.0, (0, 2): -2.0},
        estimated=True,
        estimation_budget=17,
        baseline_value=0.25,
    )
    assert values.dict_values == {(): 0.5, (0,): 1.0, (0, 2): -2.0}
    assert values[(2, 0)] == -2.0
    assert values[(1,)] == 0.0
    assert (values.index, values.max_order, values.min_order) == ("SII", 2, 0)
    assert (values.estimated, values.estimation_budget) == (True, 17)
    assert values.baseline_value == 0.25


@pytest.mark.parametrize("index", SHARED_OUT)
def test_the_empty_set_of_these_indices_is_the_baseline(index):
    order = 1 if index == "SV" else 2
    values = interaction_values(
        {(): 0.25, (0,): 1.0}, index=index, max_order=order, baseline_value=0.25
    )
    assert values.index == index
    assert values[()] == values.baseline_value == 0.25


@pytest.mark.parametrize(
    ("index", "name"),
    [(i, r.at_order_one) for i, r in INDICES.items() if i in ALL_AVAILABLE_CONCEPTS],
)
def test_order_one_has_the_name_of_the_value(index, name):
    values = interaction_values({(): 0.0, (0,): 1.0}, index=index, max_order=1)
    assert values.index == name
    assert values[(0,)] == 1.0


def test_a_sparse_result_of_many_players_stays_sparse():
    terms = {(): 0.0, (0,): 1.0, (3, 998): 2.0}
    values = interaction_values(terms, index="k-SII", n_players=1_000, max_order=3)
    assert len(values.values) == 3


def test_interaction_values_survive_json(tmp_path):
    values = interaction_values({(): 0.5, (0,): 1.0, (0, 2): -2.0}, index="STII")
    path = tmp_path / "values.json"
    values.save(path)
    loaded = InteractionValues.load(path)
    assert loaded == values
    assert loaded.dict_values == values.dict_values


# What shapiq may lack


def test_shapiq_imports_without_its_optional_packages():
    required = {
        re.match(r"[\w-]+", line)[0] for line in requires("shapiq") if "extra ==" not in line
    }
    optional = {"sparse-transform", "galois", "lightgbm", "xgboost", "tabpfn"} - required
    blocked = [name.replace("-", "_") for name in optional]
    script = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "import shapiq, shapiq.explainer.configuration as configuration\n"
        "assert isinstance(configuration.SPEX, type)\n"
        "assert isinstance(configuration.APPROXIMATOR_CONFIGURATIONS['spex'], dict)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
