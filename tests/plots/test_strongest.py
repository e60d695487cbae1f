"""Restricting an explanation to the players that matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Spectrum, to_interaction_values
from shapiq_spex.plots import most_important
from tests.fourier.indices import INDICES


@st.composite
def explanations(draw):
    n = draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    terms = {}
    for _ in range(draw(st.integers(0, 15))):
        size = int(rng.integers(0, min(4, n) + 1))
        terms[tuple(sorted(rng.choice(n, size, replace=False).tolist()))] = rng.normal()
    index = draw(st.sampled_from(list(INDICES)))
    return to_interaction_values(Spectrum.from_dict(n, terms), index=index, max_order=3)


@given(values=explanations(), players=st.integers(1, 14))
def test_what_is_kept_and_what_is_dropped_are_everything(values, players):
    few = most_important(values, players)
    original = dict(enumerate(few.players))
    for interaction, value in few.values.dict_values.items():
        assert values[tuple(original[player] for player in interaction)] == value
    inside = [t for t in values.dict_values if set(t) <= set(few.players)]
    assert len(inside) == len(few.values.dict_values)
    assert few.values.values.sum() + few.dropped == pytest.approx(values.values.sum())
    assert len(few.players) == few.values.n_players == min(players, values.n_players)
    assert 0.0 <= few.dropped_share <= 1.0 + 1e-12
    assert few.values.index == values.index
    assert few.values.baseline_value == values.baseline_value


@given(values=explanations(), players=st.integers(1, 14))
def test_no_player_left_out_is_more_important_than_one_kept(values, players):
    size = np.zeros(values.n_players)
    for interaction, value in values.dict_values.items():
        for player in interaction:
            size[player] += abs(value) / len(interaction)
    few = most_important(values, players)
    left_out = np.delete(size, list(few.players))
    assert left_out.max(initial=0.0) <= size[list(few.players)].min() + 1e-12


@given(values=explanations(), players=st.integers(1, 14))
def test_with_the_others_nothing_is_lost(values, players):
    few = most_important(values, players, others=True)
    assert few.values.values.sum() == pytest.approx(values.values.sum())
    assert len(few.names) == few.values.n_players
    if few.n_dropped:
        assert few.names[-1].startswith(f"{few.n_dropped} other")


def test_the_original_is_left_alone():
    values = to_interaction_values(Spectrum.from_dict(4, {(0, 1): 1.0, (2,): 3.0}))
    before = dict(values.dict_values)
    few = most_important(values, 2)
    few.values.interactions[(0,)] = 99.0
    assert values.dict_values == before
    assert values.n_players == 4


def test_names_go_with_their_players():
    values = to_interaction_values(Spectrum.from_dict(4, {(3,): 1.0, (1, 3): 2.0}))
    assert most_important(values, 2, names=["a", "b", "c", "d"]).names == ["b", "d"]
    assert most_important(values, 2, names={0: "a", 1: "b", 2: "c", 3: "d"}).names == ["b", "d"]


def test_it_says_what_it_left_out():
    values = to_interaction_values(Spectrum.from_dict(4, {(3,): 1.0, (1,): 2.0}), index="BII")
    assert str(most_important(values, 4)) == "all 4 players"
    assert "1 of 4 players" in str(most_important(values, 1))
    assert "33.3%" in str(most_important(values, 1))


def test_results_without_single_players_get_no_others():
    values = to_interaction_values(
        Spectrum.from_dict(4, {(0, 1): 1.0, (2, 3): 0.5}), index="BII", top_order=True
    )
    few = most_important(values, 2, others=True)
    assert few.names == ["0", "1"]
    assert few.dropped == pytest.approx(values[(2, 3)])


def test_wrong_arguments_are_refused():
    values = to_interaction_values(Spectrum.from_dict(4, {(3,): 1.0}))
    with pytest.raises(ValueError, match="players must be at least 1"):
        most_important(values, 0)
    with pytest.raises(ValueError, match="4 players need as many names, got 2"):
        most_important(values, 2, names=["a", "b"])


@pytest.mark.parametrize("players", [1.5, ["a", "b"]])
def test_the_number_of_players_to_keep_is_an_integer(players):
    values = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.0}), index="BII")
    with pytest.raises(TypeError, match="players must be an integer"):
        most_important(values, players)


@pytest.mark.parametrize("names", [{0: "a", 1: "b", 3: "d"}, {"0": "a", "1": "b", "2": "c"}])
def test_names_that_lack_a_player_are_refused_by_a_sentence(names):
    values = to_interaction_values(Spectrum.from_dict(3, {(0,): 1.0}), index="BII")
    with pytest.raises(ValueError, match="names must name all 3 players, 0 to 2"):
        most_important(values, 1, names=names)
