"""What makes a term worth its description."""

import numpy as np

from shapiq_spex.coding.cosets import Place
from shapiq_spex.coding.peeling import weigh


def families(contents, signs):
    """One bin and one term in each family."""
    places = [Place(np.zeros(1, dtype=np.intp), row[None, :]) for row in signs]
    return [row[None, :] for row in contents], places, [0.01] * len(contents)


def random_signs(shape, rng):
    return rng.choice([-1.0, 1.0], size=shape)


def test_a_term_in_all_families_is_worth_it():
    rng = np.random.default_rng(0)
    signs = random_signs((3, 24), rng)
    (gain,), (coefficient,) = weigh(*families(-1.3 * signs + 0.1 * rng.normal(size=(3, 24)), signs))
    assert gain > 50
    assert abs(coefficient + 1.3) < 0.1


def test_a_neighbour_that_nearly_cancels_a_term_in_one_family_does_not_hide_it():
    rng = np.random.default_rng(1)
    signs = random_signs((3, 24), rng)
    contents = 1.3 * signs
    neighbour = signs[2] * np.where(np.arange(24) < 3, -1, 1)
    contents[2] -= 1.4 * neighbour
    (gain,), (coefficient,) = weigh(*families(contents, signs))
    assert gain > 30
    assert abs(coefficient - 1.3) < 0.1


def test_a_coincidence_in_one_family_is_not_believed():
    rng = np.random.default_rng(2)
    signs = random_signs((3, 24), rng)
    contents = random_signs((3, 24), rng)
    contents[0] = 3 * signs[0]
    (gain,), _ = weigh(*families(contents, signs))
    assert gain == -np.inf
