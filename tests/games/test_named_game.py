"""Named games and games with several outputs: names, memory, records, fingerprints."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import shapiq
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Ablation, ProxySPEX
from shapiq_spex.ablation import ask, game_fingerprint
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.games.named_game import NamedGame, OutputsGame, digest, distinct_names


class Products(OutputsGame):
    """Output j is the product of players j and j + 1."""

    def __init__(self, names="abcd", **kwargs):
        super().__init__(list(names), ["ab", "bc", "cd"], [1, 1, 1], **kwargs)
        self.evaluated = []

    def _evaluate(self, coalitions):
        self.evaluated += coalitions.tolist()
        return (coalitions[:, :-1] & coalitions[:, 1:]).astype(float)


EVERYTHING = Coalitions.all_of(4).dense()


@given(st.lists(st.sampled_from(["a", "a (1)", "a (2)", "b"]), min_size=1, max_size=8))
def test_distinct_names_are_distinct_and_keep_those_that_were(names):
    distinct = distinct_names(names)
    assert len(set(distinct)) == len(names)
    for name, given_name in zip(distinct, names, strict=True):
        assert name.startswith(given_name)
        if names.count(given_name) == 1:
            assert name == given_name


@pytest.mark.parametrize("names", [[], ["alone"]])
def test_a_game_of_fewer_than_two_players_is_refused(names):
    with pytest.raises(ValueError, match="at least two players"):
        NamedGame(names)


def test_names_can_be_used_as_coalitions_of_shapiq():
    game = Products("abca")
    assert game([("a (1)", "b"), ("c", "a (2)")]).tolist() == [1, 1]
    assert game.player_names == ("a", "b", "c", "a")


def test_no_coalition_is_evaluated_twice_whatever_is_asked():
    game = Products()
    total = game(EVERYTHING)
    parts = [game.part(j)(EVERYTHING) for j in range(3)]
    assert np.array_equal(sum(parts), total)
    assert np.array_equal(game.each(EVERYTHING), np.column_stack(parts))
    assert np.array_equal(game.part([0, 2], "mean")(EVERYTHING), (parts[0] + parts[2]) / 2)
    assert np.array_equal(game.part(slice(1, None))(EVERYTHING), parts[1] + parts[2])
    game(np.concatenate([EVERYTHING, EVERYTHING]))
    assert len(game.evaluated) == 16


def test_values_that_are_not_finite_are_not_remembered():
    class Flickering(Products):
        def _evaluate(self, coalitions):
            values = super()._evaluate(coalitions)
            return values if len(self.evaluated) > 16 else values * np.nan

    game = Flickering()
    assert np.isnan(game(EVERYTHING)).all()
    assert np.isfinite(game(EVERYTHING)).all()


@pytest.mark.parametrize("outputs", [3, [0, 7], [], slice(5, 9)])
def test_parts_that_do_not_exist_are_refused(outputs):
    with pytest.raises(ValueError, match="output"):
        Products().part(outputs)


def test_a_wrong_number_of_outputs_is_refused():
    class Short(Products):
        def _evaluate(self, coalitions):
            return np.zeros((len(coalitions), 2))

    with pytest.raises(ValueError, match=r"3 outputs gave an array of shape \(16, 2\)"):
        Short()(EVERYTHING)


def test_a_record_serves_later_games_and_other_outputs(tmp_path):
    first = Products(record=tmp_path / "record.db", fingerprint="products")
    first(EVERYTHING)
    second = Products(record=tmp_path / "record.db", fingerprint="products")
    assert second.part(1)(EVERYTHING).sum() == 4
    assert not second.evaluated
    with pytest.raises(ValueError, match="name"):
        Products(record=tmp_path / "other.db")


def test_fingerprints_tell_parts_apart():
    game = Products(fingerprint="products")
    views = [game, game.each, game.part(0), game.part(1), game.part(0, "mean")]
    names = [game_fingerprint(view, 4) for view in views[:4]]
    assert len(set(names)) == 4
    assert views[2].fingerprint == views[4].fingerprint
    assert digest(np.arange(3)) != digest(np.arange(3.0))
    assert Products().part(0).fingerprint is None


def test_games_survive_pickling_and_workers():
    game = pickle.loads(pickle.dumps(Products()))
    assert game(EVERYTHING).sum() == 12
    answers = ask(game, EVERYTHING, Ablation(concurrency=4, batch_size=2))
    assert answers.values.sum() == 12


def test_every_approximator_and_several_outputs():
    game = Products()
    approximators = [
        ProxySPEX(n=4, index="k-SII"),
        shapiq.KernelSHAPIQ(n=4, max_order=2, index="k-SII"),
        shapiq.PermutationSamplingSII(n=4, max_order=2, index="k-SII", random_state=0),
    ]
    for approximator in approximators[:2]:
        values = approximator.approximate(16, game)
        assert values[(0, 1)] == pytest.approx(1, abs=1e-6)
    assert np.isfinite(approximators[2].approximate(200, game).values).all()
    each = approximators[0].approximate_outputs(16, game.each)
    assert [round(values[(1, 2)], 9) for values in each] == [0, 1, 0]


class Tensor:
    """What PyTorch calls a tensor, of a type or on a device that NumPy cannot read."""

    def __init__(self, *numbers):
        self.numbers = numbers

    def __array__(self, *_, **__):
        raise TypeError("unsupported ScalarType BFloat16")

    def detach(self):
        return self

    def cpu(self):
        return self

    def double(self):
        return np.array(self.numbers, dtype=np.float64).view(Doubles)


class Doubles(np.ndarray):
    def numpy(self):
        return np.asarray(self)


@pytest.mark.parametrize(
    "outputs", [Tensor(1.0, 2.0), [Tensor(1.0), Tensor(2.0)], (1.0, 2.0), np.float32([1, 2])]
)
def test_outputs_may_be_tensors(outputs):
    class Given(OutputsGame):
        def _evaluate(self, coalitions):
            return outputs

    game = Given(["ann", "bob"], ["one"], [1.0])
    assert game(np.array([[True, False], [False, True]])).tolist() == [1.0, 2.0]
