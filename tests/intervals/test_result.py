"""What users get: intervals by interaction, and the signs that are established."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shapiq_spex import Intervals


def some_intervals():
    """Of twelve players two are known exactly and one is not known."""
    values = np.linspace(2.0, -1.0, 12)
    lower, upper = values - 0.25, values + 0.5
    lower[:2] = upper[:2] = values[:2]
    nonzero = np.where(np.abs(values) > 0.5, 0.99, 0.5)
    for ends in (lower, upper, nonzero):
        ends[5] = np.nan
    terms = [(player,) for player in range(11)] + [(0, 11)]
    return Intervals(terms, values, lower, upper, nonzero, 0.9, "Player 5 was not drawn.")


def test_intervals_are_found_by_players_in_any_order():
    intervals = some_intervals()
    assert intervals[(0, 11)] == intervals[11, 0] == (-1.25, -0.5)
    assert (0, 11) in intervals
    assert (1, 11) not in intervals
    assert list(intervals) == intervals.interactions
    assert len(intervals) == 12
    with pytest.raises(TypeError, match=r"tuple of players, such as \(0,\) .* got 0"):
        intervals[0]
    with pytest.raises(KeyError, match=r"\(0, 99\) is not among the 12 interactions"):
        intervals[0, 99]


def test_what_is_given_and_what_is_known():
    intervals = some_intervals()
    assert np.flatnonzero(~intervals.given).tolist() == [5]
    assert np.flatnonzero(intervals.known).tolist() == [0, 1]
    assert intervals.available
    nothing = Intervals.unavailable([(0,)], np.ones(1), 0.9, "no rows")
    assert not nothing.available
    assert nothing.established() == []
    assert str(nothing) == "No 90% intervals. no rows"
    exact = Intervals.exact([(0,), (1,)], np.array([2.0, 0.0]), 0.9)
    assert exact.known.all()
    assert exact.established() == [(0,)]


def test_the_largest_are_printed_with_the_reason_of_what_is_missing():
    lines = str(some_intervals()).splitlines()
    assert lines[0].startswith("90% intervals for 11 interactions; the sign of ")
    assert lines[1].split() == ["(0,)", "2", "exact"]
    assert "[-1.25, -0.5]" in str(some_intervals())
    assert lines[-2:] == ["  ... and 1 more", "Player 5 was not drawn."]
    assert "(5,)" not in str(some_intervals())
    assert repr(some_intervals()) == "<Intervals: 12 interactions, 90%>"


def test_intervals_go_into_json():
    intervals = some_intervals()
    read = json.loads(json.dumps(intervals.to_dict(), allow_nan=False))
    assert read["confidence"] == 0.9
    assert read["reason"] == "Player 5 was not drawn."
    assert read["interactions"][11] == [0, 11]
    assert read["lower"][5] is read["upper"][5] is read["nonzero"][5] is None
    assert read["upper"][11] == intervals.upper[11]
    assert read["values"] == intervals.values.tolist()


@pytest.mark.parametrize("confidence", [0, 1, 90, -0.1])
def test_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        Intervals([], *np.empty((4, 0)), confidence)


def test_signs_are_established_by_benjamini_and_hochberg():
    p = np.array([0.001, 0.02, 0.03, 0.2, 0.9])
    intervals = Intervals([(i,) for i in range(5)], *np.ones((3, 5)), 1 - p, confidence=0.9)
    assert intervals.established() == [(0,), (1,), (2,)]  # .03 <= .1 x 3/5, .2 > .1 x 4/5
    assert intervals.established(0.01) == [(0,)]


def test_one_interval_is_counted_as_one():
    ends = np.array([1.0, np.nan])
    one = Intervals([(0,), (1,)], np.ones(2), ends, 2 * ends, ends, 0.9)
    assert str(one).startswith("90% intervals for 1 interaction; ")
