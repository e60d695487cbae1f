from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answers import coalition_description, read_answers
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import Coalitions

PAIRS = np.array([[False, False], [True, False], [True, True]])


@pytest.mark.parametrize(
    "raw",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        np.array([1, 2, 3], dtype=np.float16),
        np.array([1, 2, 3], dtype=np.uint8),
        np.array([1, 2.0, np.float32(3)], dtype=object),
        [Fraction(1), Decimal(2), 3],
    ],
)
def test_real_numbers_of_any_kind_are_read(raw):
    values = read_answers(raw, PAIRS, "one")
    assert values.dtype == np.float64
    assert values.tolist() == [1.0, 2.0, 3.0]


def test_truth_values_are_numbers():
    assert read_answers([True, False, True], PAIRS, "one").tolist() == [1.0, 0.0, 1.0]


def test_a_bare_number_answers_a_single_coalition():
    assert read_answers(np.float32(2.5), PAIRS[:1], "one").tolist() == [2.5]


def test_a_buffer_the_game_uses_again_is_copied():
    buffer = np.array([1.0, 2.0, 3.0])
    values = read_answers(buffer, PAIRS, "one")
    buffer[:] = 0
    assert values.tolist() == [1.0, 2.0, 3.0]


async def _forgotten_await():
    return [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda: None, TypeError, "returned None instead of 3 numbers: is a `return` missing"),
        (lambda: 6.0, TypeError, "returned 6.0 instead of 3 numbers"),
        (lambda: [1.0, 2.0], ValueError, "returned 2 values for 3 coalitions"),
        (lambda: [1.0] * 4, ValueError, "returned 4 values for 3 coalitions"),
        (lambda: np.ones((3, 1)), ValueError, r"shape \(3, 1\).*return values\[:, 0\]"),
        (lambda: np.ones((3, 2)), ValueError, r"shape \(3, 2\).*return one output"),
        (lambda: [[1.0], [2.0, 3.0], 4.0], TypeError, "cannot be read as 3 numbers"),
        (lambda: ["a", "b", "c"], TypeError, "the first is 'a' for the empty coalition"),
        (lambda: ["1", "2", "3"], TypeError, "instead of real numbers"),
        (lambda: [1.0, "2", 3.0], TypeError, "instead of real numbers"),
        (lambda: [1.0, None, 3.0], TypeError, r"None \(NoneType\).*1 of 2 players \(0\)"),
        (lambda: [1.0, 2j, 3.0], TypeError, "complex128 instead of real numbers"),
        (lambda: np.array([1, np.complex128(2j), 3], dtype=object), TypeError, "complex128"),
        (lambda: np.array(["2020-01-01"] * 3, dtype="M8[D]"), TypeError, "datetime64"),
        (lambda: {"a": 1}, TypeError, "instead of 3 numbers"),
        (lambda: (number for number in (1.0, 2.0, 3.0)), TypeError, "generator"),
        (_forgotten_await, TypeError, "coroutine.*async def"),
        (lambda: [1.0, np.nan, 3.0], ValueError, r"returned nan for the coalition of 1 of 2"),
        (lambda: [1.0, np.nan, -np.inf], ValueError, "and 1 more values that are not finite"),
        (lambda: np.ma.array([1, 2, 3], mask=[0, 1, 0]), ValueError, "returned nan"),
    ],
)
def test_anything_else_is_refused_before_it_spoils_a_result(returned, error, message):
    with pytest.raises(error, match=message):
        ask(lambda kept: returned(), Coalitions.from_dense(PAIRS), Ablation())


def test_many_outputs_are_read_only_when_asked_for():
    coalitions = Coalitions.from_dense(PAIRS)
    answers = ask(lambda kept: kept * 2.0, coalitions, Ablation(batch_size=2), outputs="many")
    assert answers.values.tolist() == (PAIRS * 2.0).tolist()
    with pytest.raises(ValueError, match=r"shape \(3,\) instead of a matrix of 3 rows"):
        ask(lambda kept: kept.sum(axis=1), coalitions, Ablation(), outputs="many")
    with pytest.raises(ValueError, match="returned 2 numbers per coalition after 1 before"):
        ask(
            lambda kept: np.ones((len(kept), 1 + kept[0, 0])),
            coalitions,
            Ablation(batch_size=1),
            outputs="many",
        )


def test_coalitions_are_named_briefly():
    assert coalition_description(np.zeros(4, dtype=bool)) == "the empty coalition of 4 players"
    assert len(coalition_description(np.ones(10_000, dtype=bool))) < 100
