"""Every plot of shapiq draws our results, also of a thousand players, and draws something."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from shapiq import plot
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from shapiq_spex import ProxySPEX, Spectrum, to_interaction_values
from shapiq_spex.plots import most_important
from tests.plots.pictures import ink, overlapping, texts, written

WORDS = "The plot was not exactly bad , but I would never call it good".split()  # noqa: SIM905
EMPTY = 0.005  # share of the pixels that a figure without content has at most


def figure_of(drawn):
    """The figure, whatever a plot returns."""
    if isinstance(drawn, tuple):
        drawn = drawn[0]
    return drawn if isinstance(drawn, Figure) else drawn.figure


@pytest.fixture(scope="module")
def forest():
    """A small model, its data and explanations of six predictions."""
    table = load_breast_cancer()
    data, names = table.data[:, :7], [str(name) for name in table.feature_names[:7]]
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(data, table.target)
    background = data[:10]

    def game(case):
        def value(coalitions):
            filled = np.where(np.asarray(coalitions)[:, None, :], case, background[None])
            chances = model.predict_proba(filled.reshape(-1, 7))[:, 1]
            return chances.reshape(len(coalitions), -1).mean(axis=1)

        return value

    method = ProxySPEX(n=7, max_order=3, index="k-SII", random_state=0)
    return data[:6], names, [method.approximate(128, game(case)) for case in data[:6]]


@pytest.fixture(scope="module")
def sentence():
    """A planted sentence of 14 words, explained by ProxySPEX."""

    def game(coalitions):
        x = np.asarray(coalitions, dtype=float)
        return -0.9 * x[:, 5] + 1.3 * x[:, 3] * x[:, 5] + 0.8 * x[:, 13] - x[:, 10] * x[:, 13]

    return ProxySPEX(n=14, max_order=2, index="k-SII", random_state=0).approximate(400, game)


@pytest.fixture(scope="module")
def crowd():
    """A thousand players, of whom thirty do something."""
    rng = np.random.default_rng(0)
    active = rng.choice(1000, 30, replace=False)
    terms = {(int(player),): rng.uniform(0.2, 2.0) for player in active}
    for pair in rng.choice(active, (12, 2), replace=True).tolist():
        terms[tuple(sorted(set(pair)))] = -rng.uniform(0.2, 1.0)
    return to_interaction_values(Spectrum.from_dict(1000, terms), index="FSII", max_order=2)


GRAPHS = {
    "network": lambda values, names: plot.network_plot(values, feature_names=names),
    "si_graph": lambda values, names: plot.si_graph_plot(values, feature_names=names),
    "upset": lambda values, names: plot.upset_plot(values, feature_names=names),
    "stacked_bar": lambda values, names: plot.stacked_bar_plot(values, feature_names=names),
    "bar": lambda values, names: plot.bar_plot([values], feature_names=names, abbreviate=False),
    "waterfall": lambda values, names: plot.waterfall_plot(
        values, feature_names=names, abbreviate=False
    ),
    "force": lambda values, names: plot.force_plot(values, feature_names=names, abbreviate=False),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_model_is_drawn(name, forest):
    _, names, explanations = forest
    figure = figure_of(GRAPHS[name](explanations[0], names))
    assert ink(figure) > EMPTY
    importance = most_important(explanations[0], 2, names=names, others=False)
    assert all(feature in written(figure).replace("\n", " ") for feature in importance.names)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_thousand_players_are_readable_once_restricted(name, crowd):
    names = [f"player {player}" for player in range(1000)]
    few = most_important(crowd, 12, names=names, others=name in ("waterfall", "force"))
    figure = figure_of(GRAPHS[name](few.values, few.names))
    assert ink(figure) > EMPTY
    labels = [text.get_text() for text in texts(figure)]
    shown = [player for player in few.names if any(player in label for label in labels)]
    assert len(shown) >= (3 if name == "force" else 5)
    # shapiq draws some labels twice in the same place
    assert not {(a, b) for a, b in overlapping(figure) if a != b and a in shown and b in shown}


@pytest.mark.parametrize("name", ["network", "si_graph", "upset", "stacked_bar"])
def test_every_chosen_player_is_named(name, crowd):
    few = most_important(crowd, 12)
    assert set(few.names) <= set(written(figure_of(GRAPHS[name](few.values, few.names))).split())


def test_restricted_explanations_still_add_up_to_the_prediction(crowd):
    few = most_important(crowd, players=12, others=True)
    assert few.values.values.sum() == pytest.approx(crowd.values.sum())
    figure = figure_of(plot.waterfall_plot(few.values, feature_names=few.names))
    prediction = f"{crowd.values.sum():.3f}".replace("-", "\N{MINUS SIGN}")
    assert prediction.rstrip("0") in written(figure)


def test_a_sentence_is_drawn(sentence):
    figure, axes = plot.sentence_plot(sentence, WORDS, chars_per_line=30)
    assert ink(figure) > EMPTY
    assert len(axes.patches) == 2 * len(WORDS)  # shapiq draws each word as a box and a path


@pytest.mark.parametrize("name", ["beeswarm_plot", "scatter_plot"])
def test_many_explanations_are_drawn(name, forest):
    if not hasattr(plot, name):
        pytest.skip(f"this version of shapiq has no {name}")
    data, names, explanations = forest
    axes = getattr(plot, name)(
        explanations, data, feature_names=names, abbreviate=False, show=False
    )
    figure = figure_of(axes)
    assert ink(figure) > EMPTY
    assert any(feature in written(figure) for feature in names)


@pytest.mark.parametrize("method", ["plot_network", "plot_si_graph", "plot_force", "plot_upset"])
def test_methods_of_the_result_draw_too(method, sentence):
    if not hasattr(sentence, method):
        pytest.skip(f"this version of shapiq has no {method}")
    assert ink(figure_of(getattr(sentence, method)(show=False))) > EMPTY


def test_ink_tells_an_empty_figure_from_a_drawn_one():
    figure = plt.figure(figsize=(4, 3))
    assert ink(figure) == 0.0
    axes = figure.add_subplot()
    axes.axis("off")
    assert ink(figure) < EMPTY
    axes.bar([1, 2], [1, 2])
    assert ink(figure) > EMPTY


def test_overlaps_are_noticed():
    figure = plt.figure(figsize=(4, 3))
    figure.text(0.5, 0.5, "one")
    figure.text(0.52, 0.5, "other")
    figure.text(0.5, 0.2, "far")
    assert overlapping(figure) == [("one", "other")]
