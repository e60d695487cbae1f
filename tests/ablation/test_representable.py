"""Answers that floating point cannot serve."""

import numpy as np
import pytest

from shapiq_spex import Ablation
from shapiq_spex.ablation import ask
from shapiq_spex.ablation.representable import check_representable


@pytest.mark.parametrize("size", [1e-290, 1.0, 1e10, 1e290])
def test_a_difference_must_be_worth_thousands_of_rounding_errors(size):
    values = size * (1.0 + np.array([0.0, 1e-11]))
    check_representable(values)
    with pytest.raises(ValueError, match=r"differ by .* rounding errors: subtract the offset"):
        check_representable(size * (1.0 + np.array([0.0, 1e-14])))


@pytest.mark.parametrize("values", [[], [3.0], [1e300, -1e300], [5e-324] * 3, [0.0, 1e-300]])
def test_constants_and_numbers_within_the_limits_pass(values):
    check_representable(np.array(values))


def test_what_is_too_large_or_too_small_is_said_with_a_remedy():
    with pytest.raises(ValueError, match=r"size 2e\+305; the largest .* is 1e\+300: rescale"):
        check_representable(np.array([0.0, -2e305]))
    with pytest.raises(ValueError, match="rounding errors: multiply the game by a constant"):
        check_representable(np.array([0.0, 5e-323]))


def test_each_output_is_judged_by_itself():
    good, wrong = np.linspace(0, 1, 30), 1e17 + np.linspace(0, 99, 30)
    check_representable(np.column_stack([good, 1e20 * good]))
    with pytest.raises(ValueError, match="subtract the offset"):
        check_representable(np.column_stack([good, wrong]))


def test_the_first_answers_may_be_equal_by_chance():
    few = 1.0 + 1e-15 * np.arange(19)
    check_representable(few, complete=False)
    with pytest.raises(ValueError, match="subtract the offset"):
        check_representable(np.append(few, 1.0), complete=False)
    with pytest.raises(ValueError, match="the largest"):
        check_representable(np.array([1e301]), complete=False)


def test_asking_judges_only_where_that_is_wanted():
    rows = np.eye(40) > 0
    policy = Ablation(batch_size=10)

    def game(kept):
        asked.append(len(kept))
        return 1e17 + 16.0 * kept[:, ::2].any(axis=1)

    asked = []
    assert ask(game, rows, policy).answered.all()
    asked.clear()
    with pytest.raises(ValueError, match="subtract the offset"):
        ask(game, rows, policy, representable=True)
    assert sum(asked) == 20
