import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.terms.units import (
    SPELLINGS,
    UNITS,
    decimals_for,
    find_unit,
    format_number,
    format_percent,
    format_quantity,
)


@pytest.mark.parametrize(
    ("value", "unit", "half", "tr", "en"),
    [
        (0.0034217, "ms", 0.0000412, "3,422 ± 0,041 ms", "3.422 ± 0.041 ms"),
        (0.0034217, "µs", None, "3422 µs", "3422 µs"),
        (1.5, "s", None, "1,500 sn", "1.500 s"),
        (123456.7, "tokens/s", 345.0, "123457 ± 345 tokens/s", "123457 ± 345 tokens/s"),
        (3.0, "steps", None, "3 adım", "3 steps"),
        (12_345_678.0, "MB", None, "12,35 MB", "12.35 MB"),
        (2.0**30, "GiB", None, "1 GiB", "1 GiB"),
        (-0.5, "1", None, "−0,5000", "−0.5000"),
        (0.0, "ms", None, "0 ms", "0 ms"),
    ],
)
def test_quantities_read_as_people_write_them(value, unit, half, tr, en):
    assert format_quantity(value, unit, "tr", half) == tr
    assert format_quantity(value, unit, "en", half) == en


@pytest.mark.parametrize(
    ("fraction", "decimals", "signed", "tr", "en"),
    [
        (0.123, 1, False, "%12,3", "12.3%"),
        (-0.123, 1, False, "−%12,3", "−12.3%"),
        (0.05, 1, True, "+%5,0", "+5.0%"),
        (-0.0001, 1, True, "%0,0", "0.0%"),
    ],
)
def test_percentages_follow_the_language(fraction, decimals, signed, tr, en):
    assert format_percent(fraction, decimals, "tr", signed=signed) == tr
    assert format_percent(fraction, decimals, "en", signed=signed) == en


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_a_number_is_read_back_within_its_rounding(value, decimals):
    for language, mark in (("tr", ","), ("en", ".")):
        text = format_number(value, decimals, language)
        assert (
            abs(float(text.replace("−", "-").replace(mark, ".")) - value)
            <= 0.5 * 10**-decimals * (1 + 1e-9) + abs(value) * 1e-15
        )
        assert "," not in text.replace(mark, "")


def test_zero_has_no_sign():
    assert format_number(-0.0001, 2, "en") == "0.00"


@given(st.floats(1e-12, 1e12))
def test_two_digits_of_the_uncertainty_are_kept(uncertainty):
    decimals = decimals_for(uncertainty, 1.0)
    assert decimals == 0 or 10 <= uncertainty * 10**decimals < 100 * (1 + 1e-9)


def test_every_spelling_means_a_unit():
    assert {find_unit(text) for text in SPELLINGS} <= set(UNITS)
    assert find_unit(" MSEC ") == "ms"
    assert find_unit("MB") == "MB"
    assert find_unit("parsec") is None
