"""Bullets and numbers in front of paragraphs, as PowerPoint shows them (ISO/IEC 29500-1, 21.1.2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.text import level_of, paragraph_text

_NUMERALS = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ONES = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_KINDS = frozenset(f"{A}{name}" for name in ("buNone", "buChar", "buAutoNum", "buBlip"))
_SYMBOLS = {"\u00a7": "\u25aa", "\u00fc": "\u2713", "\u00d8": "\u27a2", "\u00a8": "\u25a1", "q": "\u2751"}
"""Characters of the Wingdings font that decks use as bullets, and what they look like."""


class Labels:
    """The labels of the paragraphs of one text body, taken in order."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[str, int]] = {}
        """By level: the kind of number, and the last number given."""

    def label(self, paragraph: Element, properties: Sequence[Element]) -> str | None:
        """What stands before the paragraph; None for nothing. `properties` are those that hold for it, nearest first.

        A paragraph without text shows no bullet and takes no number.
        """
        if not paragraph_text(paragraph):
            return None
        level = level_of(paragraph)
        for deeper in [other for other in self._counts if other > level]:
            del self._counts[deeper]
        bullet = bullet_of(properties)
        if bullet is None or bullet.tag == f"{A}buNone":
            self._counts.pop(level, None)
            return None
        if bullet.tag != f"{A}buAutoNum":
            self._counts.pop(level, None)
            return "\u2022" if bullet.tag == f"{A}buBlip" else _shown(bullet, properties)
        return self._number(bullet, level)

    def _number(self, bullet: Element, level: int) -> str:
        kind, start = bullet.get("type", "arabicPeriod"), _number(bullet.get("startAt"), 1)
        before = self._counts.get(level)
        number = before[1] + 1 if before is not None and before[0] == f"{kind} {start}" else start
        self._counts[level] = (f"{kind} {start}", number)
        return numbered(kind, number)


def bullet_of(properties: Iterable[Element]) -> Element | None:
    """The element that decides on the bullet; None where nothing does, which shows none."""
    for element in properties:
        for child in element:
            if child.tag in _KINDS:
                return child
    return None


def numbered(kind: str, number: int) -> str:
    """A number in one of the schemes of ST_TextAutonumberScheme (20.1.10.61), such as `romanUcPeriod`."""
    if kind.startswith("alphaLc"):
        text = _letters(number)
    elif kind.startswith("alphaUc"):
        text = _letters(number).upper()
    elif kind.startswith("romanLc"):
        text = _roman(number)
    elif kind.startswith("romanUc"):
        text = _roman(number).upper()
    else:
        text = str(number)
    if kind.endswith("ParenBoth"):
        return f"({text})"
    return text + (")" if kind.endswith("ParenR") else "." if kind.endswith("Period") else "")


def _shown(bullet: Element, properties: Sequence[Element]) -> str:
    character = bullet.get("char", "\u2022")
    for element in properties:
        font = element.find(f"{A}buFont")
        if font is not None:
            return _SYMBOLS.get(character, character) if font.get("typeface") == "Wingdings" else character
    return character


def _letters(number: int) -> str:
    """a to z, then aa, bb, …, as PowerPoint counts on."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_NUMERALS, *_ONES):
        while number >= value:
            text, number = text + letters, number - value
    return text


def _number(written: str | None, default: int) -> int:
    """ST_TextBulletStartAtNum: 1 to 32767."""
    return min(max(whole(written, default), 1), 32767)
