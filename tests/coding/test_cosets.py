"""Bins of cosets."""

import numpy as np
import pytest

from shapiq_spex.coding.bits import pack
from shapiq_spex.coding.cosets import Cosets
from shapiq_spex.coding.labelling import Labelling
from tests.coding.planted import planted


@pytest.mark.parametrize("vanish", [True, False])
@pytest.mark.parametrize(
    ("n_players", "degree", "known"), [(20, 5, [0, 1, 2]), (200, 4, [7, 3, 9, 4])]
)
def test_a_bin_holds_the_terms_located_in_it(n_players, degree, known, vanish):
    """... whether or not the offsets vanish on the known coordinates."""
    rng = np.random.default_rng(1)
    labelling = Labelling.draw(n_players, degree, rng)
    offsets = rng.random((11, labelling.rank)) < 0.5
    offsets[:, known] &= not vanish
    cosets = Cosets(labelling, np.array(known), pack(offsets))
    truth = planted(n_players, 30, rng, degree=7)  # terms of any degree: the code is not needed
    bins = cosets.transform(truth.evaluate(labelling.coalitions(cosets.vectors(slice(None)))))
    expected = np.zeros((cosets.n_bins, cosets.n_offsets))
    for members, coefficients in truth.groups:
        place = cosets.locate(members)
        np.add.at(expected, place.bins, coefficients[:, None] * place.signs)
    np.testing.assert_allclose(bins, expected, atol=1e-12)


def test_rows_can_be_taken_in_parts():
    rng = np.random.default_rng(2)
    labelling = Labelling.draw(50, 3, rng)
    cosets = Cosets(labelling, np.array([2, 5]), pack(np.zeros((3, labelling.rank), dtype=bool)))
    whole = cosets.vectors(slice(None))
    assert len(whole) == len(cosets) == 12
    np.testing.assert_array_equal(cosets.vectors(slice(5, 9)), whole[5:9])
