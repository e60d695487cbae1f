"""The field tables and parity checks against galois."""

import galois
import numpy as np
import pytest

from shapiq_spex.coding.bits import reduced_rows
from shapiq_spex.coding.field import _CONWAY_POLYNOMIALS, binary_field, field_for, odd_powers


@pytest.mark.parametrize("m", range(2, 25))
def test_fields_are_those_of_the_conway_polynomials(m):
    polynomial = int(galois.conway_poly(2, m))
    assert _CONWAY_POLYNOMIALS[m - 2] == polynomial
    assert len(_CONWAY_POLYNOMIALS) == 23
    if m <= 17:  # x is a primitive element: its powers are all nonzero elements
        field = binary_field(m)
        assert field.exp[1] == 2
        assert sorted(field.exp[: 2**m - 1].tolist()) == list(range(1, 2**m))


@pytest.mark.parametrize("m", [1, 25])
def test_other_fields_are_refused(m):
    with pytest.raises(ValueError, match="up to 16,777,215 players"):
        binary_field(m)


@pytest.mark.parametrize("m", [2, 3, 7, 10])
def test_products_agree_with_galois(m):
    field, extension = binary_field(m), galois.GF(2, m)
    rng = np.random.default_rng(m)
    a, b = rng.integers(0, 2**m, (2, 2000))
    a[:200], b[100:300] = 0, 0
    product = field.exp[field.log[a] + field.log[b]]
    np.testing.assert_array_equal(product, np.asarray(extension(a) * extension(b)))


def test_tables_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        binary_field(3).exp[0] = 0


@pytest.mark.parametrize(("n_players", "m"), [(1, 2), (3, 2), (4, 3), (1023, 10), (1024, 11)])
def test_every_player_finds_a_label(n_players, m):
    assert field_for(n_players).m == m


@pytest.mark.parametrize("m", [3, 5, 10])
def test_odd_powers_agree_with_galois(m):
    labels = np.arange(1, 2**m, dtype=np.int32)
    powers = galois.GF(2, m)(labels)[:, None] ** np.array([1, 3, 5, 7])
    np.testing.assert_array_equal(odd_powers(binary_field(m), labels, 4), np.asarray(powers))


@pytest.mark.parametrize(("n", "t"), [(15, 1), (15, 2), (15, 3), (31, 3), (63, 5)])
def test_odd_powers_are_the_parity_checks_of_the_code_of_galois(n, t):
    m = n.bit_length()
    code = galois.BCH(n, d=2 * t + 1, extension_field=galois.GF(2, m))
    field = binary_field(m)
    labels = field.exp[n - 1 - np.arange(n)]  # galois writes the highest power first
    bits = (odd_powers(field, labels, t)[:, :, None] >> np.arange(m)) & 1
    checks = bits.reshape(n, -1).T
    # (not compared with code.H, which does not annihilate code.G in galois 0.4: it is reversed)
    assert not (np.asarray(code.G).astype(int) @ checks.T % 2).any()
    assert len(reduced_rows(checks == 1)[0]) == n - code.k
