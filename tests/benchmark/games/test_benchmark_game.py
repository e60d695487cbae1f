"""Games have fixed held-out rows, and come without those whose package is missing."""

import numpy as np
import pytest

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark.games.benchmark_game import available, in_blocks, with_memory


def test_held_out_rows_are_fixed_by_the_name_alone():
    game = BenchmarkGame("one", 20, lambda rows: rows.sum(axis=1) * 1.0)
    same = BenchmarkGame("one", 20, lambda rows: -rows.sum(axis=1) * 1.0)
    other = BenchmarkGame("other", 20, game.value)
    np.testing.assert_array_equal(game.held_out, same.held_out)
    assert (game.held_out != other.held_out).any()
    assert game.held_out.shape == (2000, 20)
    assert abs(game.held_out.mean() - 0.5) < 0.02


def test_games_without_their_package_are_left_out_with_a_warning():
    def lacking():
        raise ImportError("pip install 'shapiq_spex[text]'")

    game = BenchmarkGame("pair", 2, lambda rows: rows.sum(axis=1).astype(float))
    with pytest.warns(UserWarning, match=r"left out: pip install 'shapiq_spex\[text\]'"):
        assert [found.name for found in available([lacking, game, lambda: game])] == ["pair"] * 2


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, 9])
def test_a_function_in_blocks_is_the_function(count):
    seen = []

    def double(rows):
        seen.append(len(rows))
        return 2 * rows

    rows = np.arange(count)
    np.testing.assert_array_equal(in_blocks(double, 4)(rows), 2 * rows)
    assert max(seen) <= 4


def test_a_game_with_a_memory_evaluates_each_coalition_once():
    asked = []

    def value(rows):
        asked.append(len(rows))
        return rows @ np.array([1.0, 2.0, 4.0])

    rows = np.array([[1, 0, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)
    remembered = with_memory(value)
    np.testing.assert_array_equal(remembered(rows), value(rows))
    np.testing.assert_array_equal(remembered(rows[::-1]), value(rows)[::-1])
    np.testing.assert_array_equal(remembered(np.ones((1, 3), dtype=bool)), [7.0])
    assert asked == [2, 3, 3, 1]
