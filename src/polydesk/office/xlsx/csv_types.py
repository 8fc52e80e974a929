"""What the texts of a CSV column are: numbers, dates, times, truth values, or texts that must stay as they are.

Nothing is guessed that the column itself does not settle: days and months that could be either, numbers with leading
zeros and more digits than a cell keeps all stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Literal, NamedTuple

from polydesk.office.xlsx.new import Cell

DecimalMark = Literal[".", ","]

_MAX_DIGITS = 15
"""Digits that a cell keeps ("Excel specifications and limits", support.microsoft.com, checked 2026-11-24)."""

_MAX_SHOWN = 10
"""Decimals that a column shows at most; longer ones are digits of a computer's arithmetic."""

_FIRST_DAY = date(1900, 3, 1)
"""Before it, Excel's calendar has a day too many (ECMA-376-1 §18.17.4.1)."""

_PLAIN = {
    ".": re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]\d{1,3})?", re.ASCII),
    ",": re.compile(r"-?(?:\d+|\d{1,3}(?:[. \u00a0\u202f\u2019']\d{3})+)(?:,\d+)?(?:[eE][+-]\d{1,3})?", re.ASCII),
}
_SURE = {
    ".": re.compile(r"-?(?:\d*\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3})+\.\d+|0\.\d+|\d{1,3}(?:,\d{3}){2,})", re.ASCII),
    ",": re.compile(r"-?(?:\d*,(?:\d{1,2}|\d{4,})|\d{1,3}(?:[. ]\d{3})+,\d+|0,\d+|\d{1,3}(?:\.\d{3}){2,})", re.ASCII),
}
"""Numbers that can be read in one way only."""
_LEADING_ZERO = re.compile(r"-?0\d+(?:[.,]\d+)?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?", re.ASCII)
_NUMERIC_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?", re.ASCII)
_TRUTHS = {"TRUE": True, "FALSE": False, "true": True, "false": False, "True": True, "False": False}


class TypedColumn(NamedTuple):
    """A column with its values."""

    cells: list[Cell]
    number_format: str | None = None
    """That shows the values as they were written; None for General."""
    note: str | None = None
    """What was left as text, and why; None for nothing to tell."""


def decimal_mark(texts: Sequence[str], *, delimiter: str) -> DecimalMark:
    """The decimal mark that most numbers show; where none settles it, a comma in files divided by semicolons."""
    votes = {mark: sum(1 for text in texts if _SURE[mark].fullmatch(text)) for mark in (".", ",")}
    if votes[","] == votes["."]:
        return "," if delimiter == ";" and not votes["."] else "."
    return "," if votes[","] > votes["."] else "."


def typed_column(texts: Sequence[str], mark: DecimalMark) -> TypedColumn:
    """The column's values. Texts keep their white space; for anything else it is left out."""
    filled = [text.strip() for text in texts if text.strip()]
    for reader in (_truths, _dates, _times, _percentages):
        found = reader(texts, filled, mark)
        if found is not None:
            return found
    return _numbers(texts, filled, mark)


def _each(texts: Sequence[str], value: Callable[[str], Cell]) -> list[Cell]:
    return [None if not text else value(text) for text in texts]


def _truths(texts: Sequence[str], filled: Sequence[str], mark: DecimalMark) -> TypedColumn | None:
    if not filled or not all(text in _TRUTHS for text in filled):
        return None
    return TypedColumn(_each(texts, lambda text: _TRUTHS.get(text.strip(), text)))


def _dates(texts: Sequence[str], filled: Sequence[str], mark: DecimalMark) -> TypedColumn | None:
    if any(_MOMENT.fullmatch(text) for text in filled):
        seconds = any(text.count(":") == 2 for text in filled)
        code = "yyyy-mm-dd hh:mm:ss" if seconds else "yyyy-mm-dd hh:mm"
        return TypedColumn(_each(texts, _moment), code)
    if any(_ISO_DATE.fullmatch(text) for text in filled):
        return TypedColumn(_each(texts, _iso), "yyyy-mm-dd")
    return _numeric_dates(texts, filled)


def _moment(text: str) -> Cell:
    stripped = text.strip()
    if not (_MOMENT.fullmatch(stripped) or _ISO_DATE.fullmatch(stripped)):
        return text
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        return text
    return moment if moment.date() >= _FIRST_DAY else text


def _iso(text: str) -> Cell:
    stripped = text.strip()
    if not _ISO_DATE.fullmatch(stripped):
        return text
    try:
        day = date.fromisoformat(stripped)
    except ValueError:
        return text
    return day if day >= _FIRST_DAY else text


def _numeric_dates(texts: Sequence[str], filled: Sequence[str]) -> TypedColumn | None:
    """Days written as 24.11.2026, 24/11/2026 or 11/24/2026; the column's own days say which comes first."""
    found = [match for text in filled if (match := _NUMERIC_DATE.fullmatch(text))]
    if not found:
        return None
    separators = {match[2] for match in found}
    day_first = any(int(match[1]) > 12 for match in found) or separators == {"."}
    month_first = any(int(match[3]) > 12 for match in found)
    if day_first == month_first or len(separators) > 1:
        return TypedColumn(
            _each(texts, lambda text: text),
            note=f"dates such as {found[0][0]} stayed text, since day and month cannot be told apart",
        )

    def value(text: str) -> Cell:
        match = _NUMERIC_DATE.fullmatch(text.strip())
        if match is None:
            return text
        day, month = (match[1], match[3]) if day_first else (match[3], match[1])
        try:
            made = date(int(match[4]), int(month), int(day))
        except ValueError:
            return text
        return made if made >= _FIRST_DAY else text

    separator = separators.pop()
    two = all(len(match[1]) == len(match[3]) == 2 for match in found)
    day_code, month_code = ("dd", "mm") if two else ("d", "m")
    first, second = (day_code, month_code) if day_first else (month_code, day_code)
    return TypedColumn(_each(texts, value), f"{first}{separator}{second}{separator}yyyy")


def _times(texts: Sequence[str], filled: Sequence[str], mark: DecimalMark) -> TypedColumn | None:
    if not filled or not all(_TIME.fullmatch(text) for text in filled):
        return None
    code = "hh:mm:ss" if any(text.count(":") == 2 for text in filled) else "hh:mm"
    return TypedColumn(_each(texts, _time), code)


def _time(text: str) -> Cell:
    stripped = text.strip()
    try:
        return time.fromisoformat(stripped.zfill(len(stripped) + (stripped.find(":") == 1)))
    except ValueError:
        return text


def _percentages(texts: Sequence[str], filled: Sequence[str], mark: DecimalMark) -> TypedColumn | None:
    bare = [text.removesuffix("%").rstrip() for text in filled]
    if not filled or not all(text.endswith("%") for text in filled) or not all(_is_number(text, mark) for text in bare):
        return None
    places = max(_places(text, mark) for text in bare)
    code = "0%" if not places else f"0.{'0' * places}%"

    def value(text: str) -> Cell:
        if not text.strip():
            return text
        return round(float(_normal(text.strip().removesuffix("%").rstrip(), mark)) / 100, places + 2)

    return TypedColumn(_each(texts, value), code)


def _numbers(texts: Sequence[str], filled: Sequence[str], mark: DecimalMark) -> TypedColumn:
    plain = [text for text in filled if _PLAIN[mark].fullmatch(text)]
    note = None
    if any(_LEADING_ZERO.fullmatch(text) for text in plain):
        note = "numbers with leading zeros stayed text"
    elif any(_digits(text, mark) > _MAX_DIGITS for text in plain):
        note = f"numbers of more than {_MAX_DIGITS} digits stayed text, since a cell would round them"
    if note is not None:  # the others of such a column are as much a code as these
        return TypedColumn(_each(texts, lambda text: text), note=note)

    def value(text: str) -> Cell:
        stripped = text.strip()
        if not _is_number(stripped, mark):
            return text
        normal = _normal(stripped, mark)
        return int(normal) if normal.lstrip("-").isdigit() else float(normal)

    return TypedColumn(_each(texts, value), _code(plain, mark))


def _is_number(text: str, mark: DecimalMark) -> bool:
    return (
        bool(_PLAIN[mark].fullmatch(text)) and not _LEADING_ZERO.fullmatch(text) and _digits(text, mark) <= _MAX_DIGITS
    )


def _digits(text: str, mark: DecimalMark) -> int:
    """Digits before the decimal mark; of those behind it a reader expects no more than a cell keeps."""
    return len(re.sub(r"\D", "", re.split(r"[eE]", text)[0].partition(mark)[0]))


def _places(text: str, mark: DecimalMark) -> int:
    return len(text.partition(mark)[2])


def _normal(text: str, mark: DecimalMark) -> str:
    """A number as Python reads it."""
    if mark == ".":
        return text.replace(",", "")
    return re.sub(r"[. \u00a0\u202f\u2019']", "", text).replace(",", ".")


def _code(plain: Sequence[str], mark: DecimalMark) -> str | None:
    """The format that shows a column's numbers as they were written, where all of them have as many decimals."""
    if not plain or any("e" in text.lower() for text in plain):
        return None
    places = {_places(text, mark) for text in plain}
    grouped = any(re.search(r"\d[,. \u00a0\u202f\u2019']\d{3}(?!\d)", text.partition(mark)[0]) for text in plain)
    if len(places) > 1 or (places == {0} and not grouped) or max(places) > _MAX_SHOWN:
        return None
    (count,) = places
    whole = "#,##0" if grouped else "0"
    return whole if not count else f"{whole}.{'0' * count}"
