"""Our approximators inside shapiq's explainers, reached by name, as users reach them."""

import pickle
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapiq
from shapiq.explainer import configuration
from shapiq.interaction_values import InteractionValues

from shapiq_spex import SPEX, ProxySPEX, faithfulness, report_of
from shapiq_spex._registry import APPROXIMATORS
from shapiq_spex.reports.prediction import prediction_of
from tests.fourier.indices import INDICES

NAMES = pytest.mark.parametrize("name", APPROXIMATORS)
INDEX_AND_ORDER = pytest.mark.parametrize(
    ("index", "order"),
    [
        (index, order)
        for index, record in INDICES.items()
        for order in ([record.only_order] if record.only_order else [2, 3])
        if index in shapiq.ExactComputer.valid_indices
    ],
)
EFFICIENT = [
    (index, record.only_order or 2)
    for index, record in INDICES.items()
    if record.efficient_over == "interactions"
]
DATA = np.random.default_rng(0).normal(size=(100, 6))
POINT = DATA[0]


def predict(rows):
    """A model with main effects, a pair and a triple."""
    a, b, c, d, e, f = np.asarray(rows).T
    return a - 2 * b + c * d + 0.5 * a * e * f


class SumOfPairs(shapiq.Game):
    """Every player counts, and so does every pair of neighbours."""

    def __init__(self, n):
        super().__init__(n_players=n, normalize=False)

    def value_function(self, coalitions):
        neighbours = coalitions[:, 1:] & coalitions[:, :-1]
        return 1.0 + coalitions.sum(axis=1) + neighbours.sum(axis=1)


def tabular(name, index, order, explainer=shapiq.TabularExplainer, seed=1):
    return explainer(
        predict,
        DATA,
        approximator=name,
        index=index,
        max_order=order,
        random_state=seed,
        sample_size=20,
    )


def agree(values, exact, tolerance=1e-9):
    return all(
        values[key] == pytest.approx(exact[key], abs=tolerance)
        for key in set(values.interaction_lookup) | set(exact.interaction_lookup)
        if 0 < len(key) <= values.max_order  # shapiq returns all orders of the Moebius transform
    )


def exact_values(game, index, order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CHII has no value for the empty set
        return shapiq.ExactComputer(game, n_players=6)(index=index, order=order)


def same(one, other):
    return one.dict_values == other.dict_values and one.baseline_value == other.baseline_value


@NAMES
@INDEX_AND_ORDER
@pytest.mark.parametrize("explainer", [shapiq.Explainer, shapiq.TabularExplainer])
def test_tabular_explanations_from_all_coalitions_are_exact(name, index, order, explainer):
    made = tabular(name, index, order, explainer)
    assert type(made.approximator) is APPROXIMATORS[name]
    values = made.explain(POINT, budget=2**6)
    assert isinstance(values, InteractionValues)
    assert (values.index, values.max_order, values.n_players) == (index, order, 6)
    exact = exact_values(made.imputer, index, order)
    assert agree(values, exact)


@NAMES
@pytest.mark.parametrize(("index", "order"), EFFICIENT)
@pytest.mark.parametrize("budget", [2, 7, 20])
def test_tabular_explanations_add_up_to_the_prediction(name, index, order, budget):
    values = tabular(name, index, order).explain(POINT, budget=budget)
    total = sum(values.dict_values.values())
    assert total == pytest.approx(predict(POINT[None])[0], abs=1e-9)
    assert values.estimation_budget == budget


@NAMES
@INDEX_AND_ORDER
def test_agnostic_explanations_of_games_are_exact_from_all_coalitions(name, index, order):
    game = SumOfPairs(6)
    made = shapiq.AgnosticExplainer(game, approximator=name, index=index, max_order=order)
    values = made.explain(budget=2**6)
    exact = exact_values(game, index, order)
    assert values.index == index
    assert agree(values, exact)


@NAMES
def test_agnostic_explanations_of_callables_and_imputers(name):
    game = SumOfPairs(6)
    arguments = {"approximator": name, "index": "k-SII", "max_order": 2, "random_state": 3}
    from_game = shapiq.AgnosticExplainer(game, **arguments).explain(budget=40)
    plain = shapiq.AgnosticExplainer(game.value_function, n_players=6, **arguments)
    assert same(from_game, plain.explain(budget=40))

    imputer = shapiq.MarginalImputer(predict, DATA, sample_size=20, random_state=0)
    explained = shapiq.AgnosticExplainer(imputer, **arguments).explain(POINT, budget=40)
    assert explained.index == "k-SII"


class Predictions(np.ndarray):
    """shapiq 1.4 calls ``float`` on arrays of one element, which NumPy no longer allows."""

    def __float__(self):
        return float(self.item())


class FakeTabPFN:
    """A least-squares model that shapiq takes for a TabPFN regressor."""

    def fit(self, rows, labels):
        self.n_features_in_ = rows.shape[1]
        self._weights = np.linalg.lstsq(rows, labels, rcond=None)[0]
        return self

    def predict(self, rows):
        return np.asarray(rows @ self._weights).view(Predictions)


FakeTabPFN.__module__, FakeTabPFN.__qualname__, FakeTabPFN.__name__ = (
    "tabpfn.regressor",
    "TabPFNRegressor",
    "TabPFNRegressor",
)


@NAMES
@pytest.mark.parametrize("explainer", [shapiq.Explainer, shapiq.TabPFNExplainer])
def test_tabpfn_explanations_add_up_to_the_prediction(name, explainer):
    labels = predict(DATA)
    model = FakeTabPFN().fit(DATA, labels)
    made = explainer(
        model, DATA, labels=labels, approximator=name, index="k-SII", max_order=2, x_test=DATA[:10]
    )
    assert isinstance(made, shapiq.TabPFNExplainer)
    assert type(made.approximator) is APPROXIMATORS[name]
    values = made.explain(POINT, budget=30)
    total = sum(values.dict_values.values())
    assert total == pytest.approx(float(model.predict(POINT[None])), abs=1e-9)


@pytest.mark.skipif("spex" not in APPROXIMATORS, reason="auto builds SPEX")
@pytest.mark.parametrize(("index", "order"), [pair for pair in EFFICIENT if pair[1] > 1])
@pytest.mark.parametrize("budget", [2, 30, 200])
def test_auto_explains_many_players_from_any_budget(index, order, budget):
    game = SumOfPairs(70)
    made = shapiq.AgnosticExplainer(game, approximator="auto", index=index, max_order=order)
    assert type(made.approximator) is APPROXIMATORS["spex"]
    values = made.explain(budget=budget)
    total = sum(values.values)
    assert total == pytest.approx(game(np.ones((1, 70), dtype=bool))[0], abs=1e-6)


@NAMES
def test_the_seed_of_a_call_decides(name):
    made = tabular(name, "k-SII", 2, seed=None)
    first, second = (made.explain(POINT, budget=25, random_state=8) for _ in range(2))
    other = made.explain(POINT, budget=25, random_state=9)
    assert same(first, second)
    assert not same(first, other)


@NAMES
def test_many_points_in_two_processes_are_the_same_as_in_one(name):
    made = tabular(name, "k-SII", 2)
    alone = list(made.explain_X(DATA[:3], budget=25, random_state=8))
    spread = list(made.explain_X(DATA[:3], budget=25, random_state=8, n_jobs=2))
    assert all(map(same, alone, spread))
    assert same(alone[0], made.explain(POINT, budget=25, random_state=8))


@NAMES
def test_threads_may_share_one_approximator(name):
    approximator = APPROXIMATORS[name](n=6, index="k-SII", max_order=2, random_state=3)
    tables = np.random.default_rng(4).normal(size=(3, 2**6))

    def game(table):
        return lambda rows: table[rows @ (1 << np.arange(6))]

    alone = [approximator.approximate(25, game(table)) for table in tables]
    barrier = threading.Barrier(len(tables))

    def work(table):
        barrier.wait()
        return [approximator.approximate(25, game(table)) for _ in range(2)]

    with ThreadPoolExecutor(len(tables)) as pool:
        together = list(pool.map(work, tables))
    for expected, results in zip(alone, together, strict=True):
        assert all(same(expected, result) for result in results)


@NAMES
def test_instances_need_no_registration(name):
    instance = APPROXIMATORS[name](n=6, index="SV", max_order=1, random_state=0)
    made = shapiq.AgnosticExplainer(SumOfPairs(6), approximator=instance)
    assert made.approximator is instance
    assert made.explain(budget=2**6)[(0,)] == pytest.approx(1.5)


@NAMES
@pytest.mark.parametrize("index", ["WBV(0.9)", "WBII(0.9)", "FWBII(0.9)"])
def test_explainers_take_an_index_with_a_probability(name, index):
    """They put their baseline at the empty set; predictions keep the constant of the index."""
    order = INDICES[index].only_order or 2
    settings = {"approximator": name, "index": index, "max_order": order, "imputer": "baseline"}
    made = shapiq.Explainer(predict, DATA, **settings)
    values = made.explain(POINT, budget=2**6)
    direct = made.approximator.approximate(2**6, made.imputer)
    assert values.index == direct.index == index
    assert values[()] == values.baseline_value != direct[()]
    for each in (values, pickle.loads(pickle.dumps(values))):
        difference = prediction_of(each) - prediction_of(direct)
        assert np.abs(difference.coefficients).max() < 1e-9
    judged, expected = (faithfulness(made.imputer, each).scores for each in (values, direct))
    assert judged["uniform"].r_squared == pytest.approx(expected["uniform"].r_squared)


@NAMES
@pytest.mark.parametrize("index", ["no such index", "sv", "WBII"])
def test_an_unknown_index_is_explained_to_the_user(name, index):
    with pytest.raises(ValueError, match=f"{index}.*k-SII"):
        configuration.setup_approximator(name, index, 2, 6)


@NAMES
def test_results_survive_json(name, tmp_path):
    values = tabular(name, "k-SII", 2).explain(POINT, budget=30)
    path = tmp_path / "values.json"
    values.save(path)
    loaded = InteractionValues.load(path)
    assert loaded == values
    assert same(loaded, values)
    assert all(type(player) is int for key in values.dict_values for player in key)


@NAMES
def test_every_plot_of_shapiq_draws_our_results(name):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    made = tabular(name, "k-SII", 2)
    values = made.explain(POINT, budget=30)
    others = [values, made.explain(DATA[1], budget=30)]
    names = [f"feature {player}" for player in range(6)]
    plots = [
        lambda: shapiq.network_plot(interaction_values=values, feature_names=names, show=False),
        lambda: shapiq.si_graph_plot(values, feature_names=names, show=False),
        lambda: shapiq.stacked_bar_plot(values, feature_names=names, show=False),
        lambda: shapiq.bar_plot(others, feature_names=names, show=False),
        lambda: shapiq.force_plot(values, feature_names=np.array(names), show=False),
        lambda: shapiq.waterfall_plot(values, feature_names=np.array(names), show=False),
        lambda: shapiq.upset_plot(values, feature_names=names, show=False),
        lambda: shapiq.beeswarm_plot(others, data=DATA[:2], feature_names=names, show=False),
        lambda: shapiq.sentence_plot(values, words=names, show=False),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shapiq's plots warn about fonts and layouts
        for plot in plots:
            assert plot() is not None
            plt.close("all")  # the waterfall fails on what the force plot leaves behind


@pytest.mark.parametrize("cls", [ProxySPEX, SPEX])
def test_an_approximator_for_nearly_full_coalitions_goes_into_an_explainer(cls):
    near = cls(n=6, keep="near", index="FWBII(0.9)", max_order=2, random_state=0)
    explainer = shapiq.Explainer(predict, DATA, approximator=near, sample_size=20, random_state=0)
    values = explainer.explain(POINT, budget=40)
    assert (values.index, values.max_order) == ("FWBII(0.9)", 2)
    assert next(region for region in report_of(values).regions if region.asked).keep == "near"
