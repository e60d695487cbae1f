"""The layer x head map."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle

from shapiq_spex.games import Component
from shapiq_spex.plots import component_map
from shapiq_spex.plots.colours import BLUE, DASHED
from tests.plots.pictures import clipped, ink, overlapping, written
from tests.plots.test_passages import explained


def places(n_layers, n_heads, mlps=True):
    """Layers and heads as games know them."""
    components = [
        Component("h", "head", layer, head) for layer in range(n_layers) for head in range(n_heads)
    ]
    if mlps:
        components += [Component("m", "mlp", layer) for layer in range(n_layers)]
    return [c.layer for c in components], [c.head for c in components]


EFFECTS = {(0,): 1.0, (5,): -0.8, (0, 1): 0.5, (1, 6): -0.4, (2, 7, 9): 0.3, (3, 8): 0.1}


@pytest.mark.parametrize(("n_layers", "n_heads"), [(4, 2), (6, 12), (12, 12), (2, 5)])
def test_a_map_is_drawn_without_overlaps(n_layers, n_heads):
    layers, heads = places(n_layers, n_heads)
    figure, axes = component_map(explained(len(layers), EFFECTS), layers, heads)
    assert ink(figure) > 0.02
    assert not overlapping(figure)
    assert not clipped(figure)
    assert [t.get_text() for t in axes.get_xticklabels()] == [*map(str, range(n_heads)), "MLP"]
    assert [t.get_text() for t in axes.get_yticklabels()] == [*map(str, range(n_layers))]


def test_each_component_is_where_it_belongs():
    layers, heads = places(3, 4)
    _, axes = component_map(explained(15, {(6,): 1.0, (13,): -0.5}), layers, heads)
    shaded = {
        (round(cell.get_x() + cell.get_width() / 2), round(cell.get_y() + cell.get_height() / 2)): (
            cell.get_facecolor()[3]
        )
        for cell in axes.patches
        if isinstance(cell, Rectangle) and cell.get_facecolor()[3] > 0
    }
    # player 6 is head 2 of layer 1, player 13 the MLP of layer 1
    assert shaded == {(2, 1): pytest.approx(0.85), (4, 1): pytest.approx(0.425)}


def test_interactions_are_drawn_between_their_components():
    layers, heads = places(2, 3, mlps=False)
    _, axes = component_map(explained(6, {(0, 2): 1.0, (1, 5): -0.5}), layers, heads)
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    ends = {tuple(map(tuple, np.array(arrow._posA_posB).tolist())) for arrow in arrows}
    assert ends == {((0.0, 0.0), (2.0, 0.0)), ((1.0, 0.0), (2.0, 1.0))}
    for arrow in arrows:
        assert arrow.get_linestyle() == (
            DASHED if to_hex(arrow.get_edgecolor()) == BLUE else "solid"
        )


def test_the_title_says_how_interactions_divide():
    layers, heads = places(2, 3, mlps=False)
    values = explained(6, {(0, 2): 3.0, (1, 5): -1.0})
    figure, _ = component_map(values, layers, heads, interactions=1)
    assert "75% within layers, 25% across" in written(figure)
    assert "1 of 2 interactions drawn" in written(figure)


def test_the_shares_are_of_all_interactions_not_of_those_drawn():
    layers, heads = places(2, 3, mlps=False)
    values = explained(6, {(0, 2): 3.0, (1, 5): -1.0})
    one, _ = component_map(values, layers, heads, interactions=0)
    assert "75% within layers, 25% across" in written(one)


def test_components_without_a_layer_have_their_own_row():
    figure, axes = component_map(explained(3, {(0,): 1.0}), [0, 1, None], [0, 0, "embeddings"])
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0", "1", "other"]
    assert not overlapping(figure)


def test_wrong_places_are_refused():
    values = explained(3, {(0,): 1.0})
    with pytest.raises(ValueError, match="3 players need as many layers, got 2"):
        component_map(values, [0, 1], [0, 0, 0])
    with pytest.raises(ValueError, match="3 players need as many heads, got 1"):
        component_map(values, [0, 1, 2], [0])
    with pytest.raises(ValueError, match="players 0 and 2 are both 'MLP' in layer 0"):
        component_map(values, [0, 1, 0], [None, None, None])
    with pytest.raises(ValueError, match="interactions must be at least 0"):
        component_map(values, [0, 1, 2], [0, 0, 0], interactions=-1)


def test_it_is_shown_only_when_asked(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(True))
    component_map(explained(2, {(0,): 1.0}), [0, 1], [0, 0], show=True)
    assert shown
