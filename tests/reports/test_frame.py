"""Explanations as tables."""

from __future__ import annotations

import numpy as np
import pytest
import shapiq
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import to_frame
from shapiq_spex.reports.prediction import interactions_of
from tests.reports.explanations import intervals_around, random_values, seeds


@given(seed=seeds, top_k=st.one_of(st.none(), st.integers(0, 30)))
def test_a_frame_lists_the_strongest_first(seed, top_k):
    values = random_values(seed)[1]
    frame = to_frame(values, top_k=top_k)
    terms = {term: v for term, v in interactions_of(values).items() if term}
    assert len(frame) == min(len(terms), len(terms) if top_k is None else top_k)
    assert all(terms[row.players] == row.value for row in frame.itertuples())
    assert all(len(row.players) == row.order for row in frame.itertuples())
    strengths = sorted(map(abs, terms.values()), reverse=True)[: len(frame)]
    assert frame["value"].abs().tolist() == strengths


def test_a_frame_names_players_and_shows_intervals():
    values = random_values(0)[1]
    intervals = intervals_around(values, 0.5)
    names = np.array(list("abcdef"))
    frame = to_frame(values, names, intervals=intervals, order=2)
    assert set(frame["order"]) == {2}
    for row in frame.itertuples():
        assert row.interaction == f"{names[row.players[0]]} x {names[row.players[1]]}"
        assert (row.lower, row.upper) == intervals[row.players]
    by_number = to_frame(values, dict(enumerate(names)), top_k=1)
    assert by_number["interaction"][0] == " x ".join(names[list(by_number["players"][0])])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["a"]}, "all 6 players"),
        ({"top_k": -1}, "top_k must be at least 0"),
        ({"order": 0}, "order must be at least 1"),
    ],
)
def test_a_frame_refuses_nonsense(arguments, message):
    with pytest.raises(ValueError, match=message):
        to_frame(random_values(0)[1], **arguments)


def batches():
    """Several explanations: a list, and what newer versions of shapiq have for many."""
    several = [random_values(seed)[1] for seed in range(3)]
    made = [several, tuple(several)]
    if batch := getattr(shapiq.interaction_values, "InteractionValuesBatch", None):
        made.append(batch.from_interaction_values(several))
    return made


@pytest.mark.parametrize("top_k", [None, 2, 0])
def test_several_explanations_are_listed_one_after_the_other(top_k):
    for batch in batches():
        frame = to_frame(batch, list("abcdef"), top_k=top_k)
        assert list(frame.columns) == ["instance", "interaction", "order", "value", "players"]
        assert frame.index.tolist() == list(range(len(frame)))
        for number, values in enumerate(batch):
            part = frame[frame["instance"] == number].drop(columns="instance")
            alone = to_frame(values, list("abcdef"), top_k=top_k)
            assert part.to_dict("list") == alone.to_dict("list")


def test_several_explanations_have_no_intervals_in_common():
    values = random_values(0)[1]
    with pytest.raises(ValueError, match="intervals belong to one explanation, got 2"):
        to_frame([values, values], intervals=intervals_around(values, 0.5))
    with pytest.raises(ValueError, match="no explanation in the list"):
        to_frame([])
