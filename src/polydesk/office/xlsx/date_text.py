"""Dates and times of a number, in a format's own words (ECMA-376-1 §18.8.31 and §18.17.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from polydesk.office.xlsx.number_codes import Token

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LAST_DAY = 2_958_465
"""31 December 9999."""


class Moment(NamedTuple):
    """A number as calendar and clock. Of 1900, day 0 is 0 January and day 60 is 29 February, as in Excel."""

    year: int
    month: int
    day: int
    weekday: int
    """0 for Sunday."""
    hour: int
    minute: int
    second: int
    subsecond: float
    elapsed: float
    """Days since day 0, for formats that count hours beyond 24."""


def date_text(value: float, tokens: Sequence[Token], *, date1904: bool) -> str:
    """The number as a date or time; number signs, as Excel shows them, for what is before its calendar or beyond."""
    digits = max((len(token.text) - 1 for token in tokens if token.kind == "subsecond"), default=0)
    seconds = any(token.text[0] == "s" for token in tokens if token.kind in ("date", "elapsed"))
    moment = moment_of(value, date1904=date1904, digits=digits if seconds else None)
    if moment is None:
        return "########"
    halves = any(token.kind == "halves" for token in tokens)
    return "".join(_piece(token, moment, halves=halves) for token in tokens)


def moment_of(value: float, *, date1904: bool, digits: int | None) -> Moment | None:
    """Calendar and clock of a number; None outside the calendar.

    Seconds are rounded to `digits` decimals; None cuts them off, as formats do that show none.
    """
    if value < 0:
        return None
    days = math.floor(value)
    seconds = (value - days) * 86400
    seconds = math.floor(seconds + 1e-4) if digits is None else round(seconds + 1e-9, digits)
    if seconds >= 86400:
        days, seconds = days + 1, 0
    if days + (1462 if date1904 else 0) > _LAST_DAY:
        return None
    whole = int(seconds)
    clock = (whole // 3600, whole // 60 % 60, whole % 60, seconds - whole, days + seconds / 86400)
    return Moment(*_calendar(days + (1462 if date1904 else 0)), *clock)


def _calendar(days: int) -> tuple[int, int, int, int]:
    """Year, month, day and weekday of a day of the 1900 system."""
    if days == 0:
        return 1900, 1, 0, 6
    if days == 60:
        return 1900, 2, 29, 3
    day = date(1899, 12, 31) + timedelta(days - (days > 60))
    return day.year, day.month, day.day, (days - 1) % 7


def _piece(token: Token, moment: Moment, *, halves: bool) -> str:
    match token.kind:
        case "date":
            return _date_piece(token.text, moment, halves=halves)
        case "elapsed":
            return _elapsed(token.text, moment)
        case "halves":
            words = ("AM", "PM") if token.text.upper() == "AM/PM" else ("A", "P")
            return words[moment.hour >= 12]
        case "subsecond":
            digits = len(token.text) - 1
            return f"{moment.subsecond:.{digits}f}"[1:]
        case "literal" | "comma" | "point" | "slash" | "percent":
            return token.text
        case "digit":
            return token.text if token.text == "0" else ""
        case _:
            return ""


def _date_piece(text: str, moment: Moment, *, halves: bool) -> str:
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    match text[0], len(text):
        case "y", 1 | 2:
            return f"{moment.year % 100:02d}"
        case "y" | "e", _:
            return f"{moment.year:04d}"
        case "b", count:
            return f"{(moment.year + 543) % 100:02d}" if count < 3 else f"{moment.year + 543:04d}"
        case "m", count if count >= 3:
            name = _MONTHS[moment.month - 1]
            return name[:3] if count == 3 else name[:1] if count == 5 else name
        case "d", count if count >= 3:
            return _DAYS[moment.weekday][:3] if count == 3 else _DAYS[moment.weekday]
        case letter, count:
            number = {"m": moment.month, "d": moment.day, "h": hour, "n": moment.minute, "s": moment.second}.get(letter)
            return "" if number is None else f"{number:0{min(count, 2)}d}"


def _elapsed(text: str, moment: Moment) -> str:
    seconds = round(moment.elapsed * 86400)
    number = {"h": seconds // 3600, "m": seconds // 60, "s": seconds}[text[0]]
    return f"{number:0{len(text)}d}"
