"""Dates and day numbers, compared with those of the standard library."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.calendar import Date, date_of_day, day_number, weekday_of_day

EPOCH = date(1970, 1, 1)


@given(st.integers(-100_000, 2_000_000))
def test_a_day_number_is_a_date_and_back(number: int) -> None:
    expected = EPOCH + timedelta(days=number)
    found = date_of_day(number)
    assert found == Date(expected.year, expected.month, expected.day)
    assert day_number(found) == number
    assert weekday_of_day(number) == expected.weekday()
