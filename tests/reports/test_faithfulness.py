"""``faithfulness`` against independent computation."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapiq
from hypothesis import given
from shapiq.game_theory.indices import ALL_AVAILABLE_CONCEPTS
from shapiq.interaction_values import InteractionValues
from sklearn.metrics import r2_score

from shapiq_spex import ProxySPEX, Spectrum, compare, faithfulness, to_frame, to_interaction_values
from shapiq_spex.reports.prediction import interactions_of
from tests.fourier.indices import INDICES
from tests.reports.explanations import N, random_values, seeds


def plain_prediction(values, rows):
    terms = interactions_of(values).items()
    return np.array([sum(v for t, v in terms if row[list(t)].all()) for row in rows])


class Recording:
    """A game that remembers what it was asked."""

    def __init__(self, value):
        self.value, self.rows = value, []

    def __call__(self, coalitions):
        self.rows += [tuple(row) for row in coalitions]
        return self.value(coalitions)


@given(seed=seeds)
def test_few_players_are_judged_on_all_coalitions(seed):
    game, values = random_values(seed)
    judged = faithfulness(game.evaluate, values)
    rows = (np.arange(2**N)[:, None] >> np.arange(N)) & 1 == 1
    truth, predicted = game.evaluate(rows), plain_prediction(values, rows)
    uniform, sizes = judged.scores["uniform"], judged.scores["sizes"]
    assert uniform.r_squared == pytest.approx(r2_score(truth, predicted))
    assert uniform.interval == (uniform.r_squared, uniform.r_squared)
    inner = [[r for r in range(2**N) if rows[r].sum() == s] for s in range(1, N)]
    weights = np.zeros(2**N)
    for members in inner:
        weights[members] = 1 / len(members)
    expected = r2_score(truth, predicted, sample_weight=weights)
    assert sizes.r_squared == pytest.approx(expected)
    assert uniform.calibrated == pytest.approx(np.corrcoef(truth, predicted)[0, 1] ** 2)


@given(seed=seeds)
def test_many_players_are_judged_on_a_sample_with_an_interval(seed):
    game, values = random_values(seed, n_players=20, terms=30)
    judged = faithfulness(game.evaluate, values, n_coalitions=300, seed=seed)
    low, high = judged.scores["uniform"].interval
    assert low < judged.scores["uniform"].r_squared < high
    assert judged.scores["uniform"].n_coalitions == 300
    again = faithfulness(game.evaluate, values, n_coalitions=300, seed=seed)
    assert again.to_dict() == judged.to_dict()


def test_the_interval_covers_the_truth_as_often_as_it_says():
    game, values = random_values(3, n_players=12, terms=40)
    truth = faithfulness(game.evaluate, values, n_coalitions=5000).scores
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        judged = faithfulness(game.evaluate, values, n_coalitions=200, seed=seed)
        for law, score in judged.scores.items():
            held[law] += score.interval[0] < truth[law].r_squared < score.interval[1]
    assert all(0.82 < count / 200 < 0.97 for count in held.values())


def test_curves_move_the_most_valued_players_first():
    weights = np.array([1.0, -2.0, 3.0, 0.5])

    def game(coalitions):
        return coalitions @ weights

    values = to_interaction_values(
        Spectrum.from_dict(4, {(): 1.25, **{(i,): -w / 2 for i, w in enumerate(weights)}}),
        index="SV",
    )
    judged = faithfulness(game, values)
    assert judged.insertion.values == (0.0, 3.0, 4.0, 4.5, 2.5)
    assert judged.deletion.values == (2.5, -0.5, -1.5, -2.0, 0.0)
    assert judged.insertion.area == pytest.approx((0 / 2 + 3 + 4 + 4.5 + 2.5 / 2) / 4)
    assert judged.insertion.fractions == (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize(
    "index",
    [
        index
        for index, record in INDICES.items()
        if record.prediction and index in ALL_AVAILABLE_CONCEPTS
        if index != "Moebius"  # which multiplies the noise of the imputer
    ],
)
def test_explainers_results_are_judged_on_their_imputer(index):
    """The imputer is normalised; the explainer adds the mean prediction to some indices."""
    data = np.random.default_rng(0).normal(size=(150, 4)) + 1.0
    order = INDICES[index].only_order or 2
    explainer = shapiq.Explainer(
        lambda rows: 3.0 + rows[:, 0] * rows[:, 1] + rows[:, 2],
        data,
        approximator="proxyspex",
        index=index,
        max_order=order,
        random_state=0,
        sample_size=20,
    )
    values = explainer.explain(data[0], budget=16)
    score = faithfulness(explainer.imputer, values).scores["uniform"]
    if order == 2:
        assert score.r_squared > 0.95  # the imputer draws its background anew in every call
    else:
        assert 0.0 < score.r_squared <= score.calibrated


class Normalised(shapiq.Game):
    """A game that is 5 for the empty coalition, and from which shapiq subtracts that."""

    def __init__(self):
        super().__init__(n_players=4, normalize=True, normalization_value=5.0)

    def value_function(self, coalitions):
        return 5.0 + coalitions[:, 0] + 2.0 * coalitions[:, 1] * coalitions[:, 2]


def test_normalised_games_are_judged_as_they_were_explained():
    values = ProxySPEX(n=4, index="FSII", max_order=2).approximate(16, Normalised())
    judged = faithfulness(Normalised(), values)
    assert judged.scores["uniform"].r_squared == pytest.approx(1.0)
    assert judged.insertion.values[0] == 0.0


def test_long_curves_have_fifty_steps_and_each_coalition_is_asked_once():
    game = Recording(lambda rows: rows.sum(axis=1) * 1.0)
    values = to_interaction_values(Spectrum.from_dict(300, {(0,): 1.0}), index="SV")
    judged = faithfulness(game, values, n_coalitions=50)
    assert len(judged.insertion.values) == 51
    assert len(game.rows) == len(set(game.rows)) <= 4 * 50 + 2 * 51


def test_recall_of_the_strongest():
    game, values = random_values(0)
    assert faithfulness(game.evaluate, values, reference=values).recall == 1.0
    strongest = sorted(filter(None, values.dict_values), key=lambda term: -abs(values[term]))
    for share, reference in (
        (1.0, {strongest[0]: 1.0}),
        (0.0, {strongest[-1]: 1.0}),
        (0.5, {strongest[1]: 1.0, strongest[-1]: -3.0}),
        (0.25, {**dict.fromkeys(strongest[-3:], 0.5), strongest[0]: 0.1, strongest[8]: 0.05}),
    ):
        truth = InteractionValues(
            values=np.array([0.0, *reference.values()]),
            index="FSII",
            max_order=2,
            min_order=0,
            n_players=N,
            interaction_lookup={term: i for i, term in enumerate([(), *reference])},
            baseline_value=0.0,
        )
        found = faithfulness(game.evaluate, values, reference=truth, top_k=min(len(reference), 4))
        assert found.recall == share


@pytest.mark.parametrize("n_players", [1, 3])
def test_a_constant_game_has_no_faithfulness(n_players):
    values = to_interaction_values(Spectrum.from_dict(n_players, {(): 1.0}), index="SV")
    judged = faithfulness(lambda rows: np.ones(len(rows)), values)
    assert all(np.isnan(score.r_squared) for score in judged.scores.values())
    assert "unknown" in str(judged)
    json.dumps(judged.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_coalitions": 1}, "at least 2"),
        ({"laws": ("even",)}, '"uniform" or "sizes"'),
        ({"reference": random_values(0)[1], "top_k": 0}, "top_k must be at least 1"),
    ],
)
def test_nonsense_is_refused(change, message):
    game, values = random_values(0)
    with pytest.raises(ValueError, match=message):
        faithfulness(game.evaluate, values, **change)


def test_a_game_of_other_players_is_refused():
    game = Recording(lambda rows: rows[:, 0])
    game.n_players = 3
    with pytest.raises(ValueError, match="3 players, the explanation 6"):
        faithfulness(game, random_values(0)[1])


def test_what_is_no_explanation_is_refused_with_what_was_expected():
    _, values = random_values(0)
    for use in (
        lambda wrong: faithfulness(lambda rows: rows[:, 0], wrong),
        lambda wrong: compare(values, wrong),
        lambda wrong: compare(wrong, values),
        lambda wrong: to_frame([wrong]),
    ):
        with pytest.raises(TypeError, match=r"must be the shapiq.InteractionValues .* type list"):
            use([values])


@pytest.mark.parametrize("power", [-900, 900])
def test_scores_do_not_depend_on_the_units_of_the_game(power):
    spectrum = Spectrum.from_dict(4, {(): 1.0, (0,): -0.5, (1, 2): 0.25, (0, 1, 3): 0.125})
    values = to_interaction_values(spectrum, index="FSII", max_order=2)
    moved = to_interaction_values(2.0**power * spectrum, index="FSII", max_order=2)
    for n_coalitions in (10, 16):
        plain = faithfulness(spectrum, values, n_coalitions=n_coalitions)
        other = faithfulness(2.0**power * spectrum, moved, n_coalitions=n_coalitions)
        assert repr(other.scores) == repr(plain.scores)
