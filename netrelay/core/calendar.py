"""Periods of a calendar in a time zone: days, weeks from Monday, months."""

from enum import StrEnum
from typing import Final, NamedTuple, Protocol


class Period(StrEnum):
    """The length of a budget's period; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Date(NamedTuple):
    """A day of the Gregorian calendar; month and day count from 1."""

    year: int
    month: int
    day: int


class Zone(Protocol):
    """A time zone; Unix times in whole seconds."""

    def date_of(self, unix_s: int) -> Date:
        """Return the date that the wall clock shows."""

    def midnight_of(self, date: Date) -> int:
        """Return when a day begins: its first midnight, or its first second if it has none."""


class Span(NamedTuple):
    """From a Unix time to another one, which is not part of it."""

    from_unix_s: int
    until_unix_s: int


# Days of 400 years, and from 1 March of the year 0 to 1 January 1970.
_ERA_DAYS: Final = 146_097
_EPOCH_DAYS: Final = 719_468


def day_number(date: Date) -> int:
    """Return the days since 1 January 1970."""
    # Years begin in March, so that the day that varies is their last one.
    year = date.year - (date.month <= 2)
    year_days = (153 * ((date.month + 9) % 12) + 2) // 5 + date.day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + year_days - _EPOCH_DAYS


def date_of_day(number: int) -> Date:
    """Return the date so many days after 1 January 1970."""
    era, day = divmod(number + _EPOCH_DAYS, _ERA_DAYS)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    return Date(
        400 * era + year + (month >= 10), (month + 2) % 12 + 1, day - (153 * month + 2) // 5 + 1
    )


def weekday_of_day(number: int) -> int:
    """Return the day of the week of a day number: 0 is Monday."""
    return (number + 3) % 7


def period_at(unix_s: int, period: Period, zone: Zone) -> Span:
    """Return the period that contains a time."""
    date = zone.date_of(unix_s)
    first = after = day_number(date)
    if period is Period.DAY:
        after += 1
    elif period is Period.WEEK:
        first -= weekday_of_day(first)
        after = first + 7
    elif period is Period.MONTH:
        first -= date.day - 1
        after = day_number(Date(date.year + date.month // 12, date.month % 12 + 1, 1))
    return Span(zone.midnight_of(date_of_day(first)), zone.midnight_of(date_of_day(after)))
