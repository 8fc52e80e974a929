"""The numbers and bullets that Word prints before paragraphs (ISO/IEC 29500-1, 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from polydesk.office.docx.inline import W_PPR, W_VAL, whole_number
from polydesk.office.docx.properties import style_id
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_LEVELS = 9
_MOST_LETTERS = 780
"""Thirty times the alphabet; where Word stops (17.18.59)."""
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


@dataclass(slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    style: str | None = None
    restart_after: int | None = None
    """The level (from 1) whose number resets this one; None for every higher level, 0 for none."""
    legal: bool = False


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    start_overrides: dict[int, int] = field(default_factory=dict[int, int])


class Numbering:
    """Counts the paragraphs of one story and gives each its label."""

    def __init__(self, stories: Stories, styles: Styles) -> None:
        self._styles = styles
        part = stories.related("numbering")
        root = None if part is None else stories.part(part).root
        self._lists = {} if root is None else _lists(root, styles)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, paragraph: Element) -> str | None:
        """What is printed before the paragraph, which counts as the next one; None for no number or bullet."""
        place = self._place(paragraph)
        if place is None:
            return None
        number_id, depth = place
        numbered = self._lists.get(number_id)
        level = None if numbered is None else numbered.levels.get(depth)
        if numbered is None or level is None:
            return None
        counts = self._counts.setdefault(numbered.abstract, [None] * _LEVELS)
        self._count(counts, number_id, numbered, depth)
        return _printed(level, counts, numbered.levels)

    def _count(self, counts: list[int | None], number_id: str, numbered: _List, depth: int) -> None:
        override = numbered.start_overrides.get(depth)
        fresh = override is not None and (number_id, depth) not in self._begun
        self._begun.add((number_id, depth))
        current = counts[depth]
        level = numbered.levels[depth]
        if fresh:
            counts[depth] = override
        else:
            counts[depth] = level.start if current is None else current + 1
        for higher in range(depth):
            if counts[higher] is None:
                counts[higher] = numbered.levels.get(higher, level).start
        for lower in range(depth + 1, _LEVELS):
            restart = numbered.levels[lower].restart_after if lower in numbered.levels else None
            if restart is None or (restart > 0 and depth < restart):
                counts[lower] = None

    def _place(self, paragraph: Element) -> tuple[str, int] | None:
        """Id of the list and depth in it, from the paragraph or its style."""
        own = paragraph.find(f"{W_PPR}/{W}numPr")
        number_id = None if own is None else _value(own, "numId")
        depth = None if own is None else _value(own, "ilvl")
        inherited = self._styles.numbering(style_id(paragraph))
        if inherited is not None:
            style, properties = inherited
            if number_id is None:
                number_id = _value(properties, "numId")
            if depth is None:
                depth = self._depth_of_style(number_id, style.id) or _value(properties, "ilvl")
        if number_id is None or number_id == "0":
            return None
        level = whole_number(depth)
        return number_id, level if level is not None and level < _LEVELS else 0

    def _depth_of_style(self, number_id: str | None, style: str) -> str | None:
        numbered = self._lists.get(number_id or "")
        levels = {} if numbered is None else numbered.levels
        return next((str(depth) for depth, level in levels.items() if level.style == style), None)


def _lists(root: Element, styles: Styles) -> dict[str, _List]:
    abstract = {element.get(f"{W}abstractNumId", ""): element for element in root.findall(f"{W}abstractNum")}
    instances = {element.get(f"{W}numId", ""): element for element in root.findall(f"{W}num")}
    found: dict[str, _List] = {}
    for number_id, element in instances.items():
        abstract_id = _value(element, "abstractNumId") or ""
        definition = _followed(abstract_id, abstract, instances, styles)
        if definition is None:
            continue
        levels = {_depth(level): _level(level) for level in definition.findall(f"{W}lvl")}
        numbered = _List(abstract_id, levels)
        for override in element.findall(f"{W}lvlOverride"):
            own = override.find(f"{W}lvl")
            if own is not None:
                numbered.levels[_depth(override)] = _level(own)
            start = whole_number(_value(override, "startOverride"))
            if start is not None:
                numbered.start_overrides[_depth(override)] = start
        found[number_id] = numbered
    return found


def _followed(
    abstract_id: str, abstract: dict[str, Element], instances: dict[str, Element], styles: Styles
) -> Element | None:
    """The definition itself, or the one that its numbering style refers to (17.9.21)."""
    definition = abstract.get(abstract_id)
    link = None if definition is None else _value(definition, "numStyleLink")
    if link is None:
        return definition
    style = styles.by_id.get(link)
    number_id = None if style is None or style.numbering is None else _value(style.numbering, "numId")
    target = instances.get(number_id or "")
    return definition if target is None else abstract.get(_value(target, "abstractNumId") or "")


def _depth(element: Element) -> int:
    return whole_number(element.get(f"{W}ilvl")) or 0


def _level(element: Element) -> _Level:
    return _Level(
        start=whole_number(_value(element, "start")) or 0,
        format=_value(element, "numFmt") or "decimal",
        text=_value(element, "lvlText") or "",
        style=_value(element, "pStyle"),
        restart_after=whole_number(_value(element, "lvlRestart")),
        legal=element.find(f"{W}isLgl") is not None,
    )


def _printed(level: _Level, counts: list[int | None], levels: dict[int, _Level]) -> str | None:
    if level.format == "none":
        return None
    if level.format == "bullet":
        # Symbol fonts put their bullets at private characters, which would print as nothing sensible elsewhere.
        return "\N{BULLET}" if not level.text or any(0xE000 <= ord(c) < 0xF900 for c in level.text) else level.text

    def number(match: re.Match[str]) -> str:
        depth = int(match.group(1)) - 1
        count = counts[depth] if depth < _LEVELS else None
        own = levels.get(depth, level)
        return "" if count is None else _formatted(count, "decimal" if level.legal else own.format)

    return re.sub(r"%([1-9])", number, level.text) or None


def _formatted(count: int, form: str) -> str:
    match form:
        case "lowerLetter":
            return _letters(count).lower()
        case "upperLetter":
            return _letters(count)
        case "lowerRoman":
            return _roman(count).lower()
        case "upperRoman":
            return _roman(count)
        case "decimalZero":
            return f"{count:02d}"
        case "ordinal":
            return f"{count}{_ordinal_ending(count)}"
        case "none":
            return ""
        case _:
            return str(count)


def _letters(count: int) -> str:
    """A … Z, AA, BB … as Word counts (17.18.59)."""
    if count > _MOST_LETTERS:
        return str(count)
    return "" if count < 1 else chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1)


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    text = ""
    for value, sign in _ROMAN:
        text += sign * (count // value)
        count %= value
    return text


def _ordinal_ending(count: int) -> str:
    if count % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")


def _value(element: Element, name: str) -> str | None:
    child = element.find(f"{W}{name}")
    return None if child is None else child.get(W_VAL)
