"""Numbers as texts write them: digits with separators, words, units and currencies."""

from __future__ import annotations

import re

_DIGITS = r"\d+(?:[.,\u00a0\u202f'\u2019]\d+)*"
_NUMBER = re.compile(_DIGITS)
_UNITS = {
    "%": "%",
    "percentage point": "points",
    "percent": "%",
    "per cent": "%",
    "prozentpunkte": "points",
    "prozentpunkt": "points",
    "prozent": "%",
    "pour cent": "%",
    "por ciento": "%",
    "thousand": "thousand",
    "tausend": "thousand",
    "k": "thousand",
    "million": "million",
    "millionen": "million",
    "millones": "million",
    "milioni": "million",
    "mio": "million",
    "m": "million",
    "billion": "billion",
    "milliarden": "billion",
    "milliarde": "billion",
    "milliard": "billion",
    "mrd": "billion",
    "bn": "billion",
    "trillion": "trillion",
}
"""Words for scales and shares, each with one name for all of its kind. German `Billion` is left to the reader."""
_UNIT = "|".join(re.escape(unit).replace(r"\ ", r"\s") for unit in sorted(_UNITS, key=len, reverse=True))
_CURRENCIES = {
    "\u00a3": "GBP",
    "gbp": "GBP",
    "pounds": "GBP",
    "pfund": "GBP",
    "$": "USD",
    "usd": "USD",
    "dollars": "USD",
    "dollar": "USD",
    "\u20ac": "EUR",
    "eur": "EUR",
    "euros": "EUR",
    "euro": "EUR",
    "\u00a5": "JPY",
}
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?:(?P<before>[\u00a3$\u20ac\u00a5]|\b(?:GBP|USD|EUR))\s?)?(?P<number>{_DIGITS})"
    rf"(?:\s?(?P<unit>%|(?:{_UNIT})s?(?!\w)))?(?:\.?\s?(?P<after>(?:{_SIGN})(?!\w)))?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:to|and|or|through|bis|und|auf|\u00e0|et|a|[-\u2013\u2014,/])\s*", re.IGNORECASE)
_HEDGES = {
    "nearly": "nearly",
    "almost": "nearly",
    "about": "about",
    "around": "about",
    "roughly": "about",
    "approximately": "about",
    "at least": "at least",
    "no less than": "at least",
    "at most": "at most",
    "up to": "at most",
    "no more than": "at most",
    "more than": "more than",
    "over": "more than",
    "above": "more than",
    "less than": "less than",
    "under": "less than",
    "below": "less than",
}
"""English words that make a quantity more or less than it says, those of one meaning together."""
_HEDGE = "|".join(sorted(_HEDGES, key=len, reverse=True))
_HEDGED = re.compile(rf"\b({_HEDGE})\s+([\u00a3$\u20ac\u00a5]|\d|(?:all|every|half|none)\b)", re.IGNORECASE)
_PREPOSITIONS = frozenset({"over", "above", "under", "below"})
"""These bend a quantity for sure only before money: `over 12 months` may be `in 12 months`."""
_SPELLED = {
    word: str(number)
    for number, words in enumerate(
        (
            ("zero",),
            ("one", "first", "once"),
            ("two", "second", "twice"),
            ("three", "third"),
            ("four", "fourth"),
            ("five", "fifth"),
            ("six", "sixth"),
            ("seven", "seventh"),
            ("eight", "eighth"),
            ("nine", "ninth"),
            ("ten", "tenth"),
            ("eleven", "eleventh"),
            ("twelve", "twelfth"),
        )
    )
    for word in words
}
_SPELLED_WORD = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE)
"""Words that count things. `one` and the ordinals are left out: they mostly mean something else (`one of`)."""


def mentions(text: str) -> list[str]:
    """The numbers of `text` in digits, in order, as written."""
    return _NUMBER.findall(text)


def counts(text: str) -> list[str]:
    """The English words of `text` that count things, from two to twelve, in order."""
    return _COUNT.findall(text)


def spelled(text: str) -> set[str]:
    """Readings of the English number words of `text`, up to twelve."""
    return {_SPELLED[match.group().lower()] for match in _SPELLED_WORD.finditer(text)}


def lost_hedges(old: str, new: str) -> list[str]:
    """What `old` says of its quantities (`nearly all`, `at least 5`) and `new` says in no words of the same meaning."""
    kept = {_HEDGES[match.group(1).lower()] for match in _HEDGED.finditer(new)}
    found = [
        match.group(1)
        for match in _HEDGED.finditer(old)
        if _HEDGES[match.group(1).lower()] not in kept
        and (match.group(1).lower() not in _PREPOSITIONS or match.group(2) in _CURRENCIES)
    ]
    return list(dict.fromkeys(found))


def readings(number: str) -> set[str]:
    """What a number, in digits or an English word up to twelve, may mean: `1,200` is 1200 or, in German, 1.200.

    The second reading carries all its digits, so that `1,200` agrees with `1.200` but never with `1.2`.
    """
    if number.lower() in _SPELLED:
        return {_SPELLED[number.lower()]}
    digits = re.sub(r"[\u00a0\u202f'\u2019]", "", number)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits) and ("." in digits or digits.count(",") > 1):
        return {_plain(digits.replace(",", ""))}
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits) and ("," in digits or digits.count(".") > 1):
        return {_plain(digits.replace(".", "").replace(",", "."))}
    if re.fullmatch(r"\d{1,3}[.,]\d{3}", digits):
        return {_plain(digits.replace(",", "").replace(".", "")), digits.replace(",", ".")}
    return {_plain(digits.replace(",", "."))}


def spelled_as_before(new: str, old: str) -> str:
    """`new` with each number in digits written as `old` writes the same one: `10.0`, and not `10`."""
    written = mentions(old)

    def before(match: re.Match[str]) -> str:
        alike = [number for number in written if readings(number) & readings(match.group())]
        return match.group() if match.group() in alike or len(set(alike)) != 1 else alike[0]

    return _NUMBER.sub(before, new)


def with_numbers(text: str) -> list[tuple[int, str]]:
    """Each number of `text` with its currency and unit as written, and where it begins."""
    return [(match.start(), match.group().strip()) for match in _QUANTITY.finditer(text)]


def changed_units(old: str, new: str, *, translated: bool = False) -> list[str]:
    """Numbers that both texts have, but `new` with another unit or currency (percent for percentage points).

    In a range the first number may leave its unit to the second: `from 38.4 to 43.2 million`. In a text `translated`
    into a language whose words for units are not known here, a number without a unit is taken to have the right one.
    """
    before, after = _measures(old), _measures(new)
    return [
        f"{shown}"
        for key, (shown, units, currencies) in before.items()
        if key in after
        and not (_agree(units, after[key][1], loosely=translated) and _agree(currencies, after[key][2], loosely=True))
    ]


def _agree(before: set[str], after: set[str], *, loosely: bool = False) -> bool:
    """Whether some unit is shared; `loosely`, one that a side leaves out counts as the same."""
    if loosely and ("" in before or "" in after):
        return True
    return bool(before & after)


def _measures(text: str) -> dict[str, tuple[str, set[str], set[str]]]:
    """Readings of the numbers of `text`, each with how it is shown and the units and currencies that it has."""
    found: dict[str, tuple[str, set[str], set[str]]] = {}
    unit_after, start_after = "", len(text)
    for match in reversed(list(_QUANTITY.finditer(text))):
        unit = _unit(match["unit"])
        if not unit and unit_after and _RANGE.fullmatch(text[match.end("number") : start_after]):
            unit = unit_after
        currency = _CURRENCIES.get((match["before"] or match["after"] or "").lower(), "")
        for reading in readings(match["number"]):
            shown, units, currencies = found.setdefault(reading, (match.group().strip(), set(), set()))
            found[reading] = (shown, units | {unit}, currencies | {currency})
        unit_after, start_after = unit, match.start()
    return found


def _unit(written: str | None) -> str:
    unit = re.sub(r"\s", " ", (written or "").lower())
    return _UNITS.get(unit) or _UNITS.get(unit.rstrip("s")) or unit


def _plain(number: str) -> str:
    """The number without zeros that say nothing: `10.0` is `10`, `007` is `7`."""
    whole, point, decimals = number.partition(".")
    decimals = decimals.rstrip("0") if "." not in decimals else decimals
    return (whole.lstrip("0") or "0") + (point + decimals if decimals else "")
