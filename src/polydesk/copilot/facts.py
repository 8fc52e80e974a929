"""Numbers and names in a text, and which of them a rewriting has lost or invented."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f']\d+)*")
_QUANTITY = re.compile(
    r"(?P<currency>[\u00a3$\u20ac\u00a5])?\s?(?P<number>\d+(?:[.,\u00a0\u202f']\d+)*)"
    r"\s?(?P<unit>%|percentage points?|per ?cent|thousand|million|billion|trillion|(?:bn|[mk])\b)?",
    re.IGNORECASE,
)
_UNIT_NAMES = {"percent": "%", "per cent": "%", "bn": "billion", "m": "million", "k": "thousand"}
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019&-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;\u2026\n\t\u2022]\s*[\"'\u201c\u2018(\[]*\s*$")
_CAPITALISED_LANGUAGE = 0.35
"""Above this share of capitals inside sentences (German nouns), a capital says nothing about names."""
_SMALL_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Facts that two texts do not share, in the words of the text that has them."""

    lost: tuple[str, ...]
    invented: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lost or self.invented)

    def sentence(self) -> str:
        """The difference as a sentence for a reader or a model; empty when there is none."""
        pieces = [
            f"{what} {', '.join(facts)}" for what, facts in (("lost", self.lost), ("invented", self.invented)) if facts
        ]
        return " and ".join(pieces)


def difference(old: str, new: str, *, known: Iterable[str] = ()) -> Difference:
    """What `new` lost of the facts of `old`, and what it states that neither `old` nor a text of `known` does.

    A number counts as kept when it is written otherwise (`1,200` and `1200`, `three` and `3`).
    """
    before, after = _facts(old), _facts(new)
    elsewhere = {key for text in known for key in _facts(text)}
    words = {word.lower() for text in (old, *known) for word in _WORD.findall(text)}
    return Difference(
        lost=tuple(text for key, text in before.items() if not _is_kept(key, after, new)),
        invented=tuple(
            text
            for key, text in after.items()
            if not _is_kept(key, before, old) and key not in elsewhere and key not in words
        ),
    )


def must_stay(text: str) -> list[str]:
    """The facts of `text` as phrases, numbers with their units, for a model to keep in sight."""
    quantities = [(match.start(), match.group().strip()) for match in _QUANTITY.finditer(text)]
    named = [(text.index(shown), shown) for shown in _names(text).values()]
    return list(dict.fromkeys(phrase for _, phrase in sorted(quantities + named)))


def changed_units(old: str, new: str) -> list[str]:
    """Numbers that both texts have, but `new` with another unit than `old` (percent for percentage points)."""
    before, after = _units(old), _units(new)
    return [
        f"{number} {' or '.join(sorted(units))}"
        for number, units in before.items()
        if number in after and not units & after[number]
    ]


def ungrounded_numbers(text: str, sources: Iterable[str]) -> list[str]:
    """Numbers of `text` that no source contains, as `text` writes them."""
    known = {key for source in sources for key in _numbers(source)}
    return [shown for key, shown in _numbers(text).items() if key not in known]


def numbers(text: str) -> list[str]:
    """The numbers of `text`, each once, as written."""
    return list(_numbers(text).values())


def names(text: str) -> list[str]:
    """Words of `text` that look like names: capitals inside a sentence, and abbreviations in capitals."""
    return list(_names(text).values())


def _facts(text: str) -> dict[str, str]:
    return {**_numbers(text), **_names(text)}


def _is_kept(key: str, facts: dict[str, str], text: str) -> bool:
    if key in facts:
        return True
    lowered = text.lower()
    spelled = next((word for word, digit in _SMALL_NUMBERS.items() if digit == key), None)
    if spelled is not None and re.search(rf"\b{spelled}\b", lowered):
        return True
    return not key[0].isdigit() and re.search(rf"\b{re.escape(key)}\b", lowered) is not None


def _numbers(text: str) -> dict[str, str]:
    found = {_plain(match.group()): match.group() for match in _NUMBER.finditer(text)}
    return {key: shown for key, shown in found.items() if key}


def _units(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _QUANTITY.finditer(text):
        unit = (match["unit"] or "").lower().rstrip("s")
        found.setdefault(_plain(match["number"]), set()).add(_UNIT_NAMES.get(unit, unit))
    return found


def _plain(number: str) -> str:
    """One spelling for a number: digits, and a point where decimals begin."""
    digits = re.sub(r"[\u00a0\u202f']", "", number)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits) and ("," in digits or digits.count(".") > 1):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", ".")
    return digits.lstrip("0") or "0"


def _names(text: str) -> dict[str, str]:
    inside = [match for match in _WORD.finditer(text) if not _begins_sentence(text, match.start())]
    capitals = [match for match in inside if match.group()[0].isupper()]
    if len(inside) >= 8 and len(capitals) > _CAPITALISED_LANGUAGE * len(inside):
        capitals = [match for match in capitals if len(match.group()) > 1 and match.group().isupper()]
    return {match.group().lower(): match.group() for match in capitals if match.group() != "I"}


def _begins_sentence(text: str, position: int) -> bool:
    before = text[:position]
    return not before.strip(" \"'\u201c\u2018([") or _SENTENCE_END.search(before) is not None
