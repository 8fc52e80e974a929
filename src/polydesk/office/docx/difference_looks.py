"""The edits that lead from the look and layout of one paragraph to those of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polydesk.office.docx.edits import Edit, SetStyle
from polydesk.office.docx.edits_layout import Highlight, SetFormat, SetList, SetParagraphFormat, Underline
from polydesk.office.docx.inline import W_PPR, W_RPR, W_VAL, is_on, paragraph_text, pieces, whole_number
from polydesk.office.docx.lists import Lists
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element
from polydesk.office.worddiff import word_differences

_ALIGNMENTS = {"left": "left", "start": "left", "center": "center", "right": "right", "end": "right", "both": "justify"}
_SWITCHES = {"bold": "b", "italic": "i", "strike": "strike"}
_PLAIN: dict[str, Any] = {
    "bold": False,
    "italic": False,
    "strike": False,
    "underline": "none",
    "color": "auto",
    "highlight": "none",
    "position": "baseline",
}
"""What a look that says nothing is, where that can be said."""


def paragraph_edits(
    at: str, old: Element, new: Element, styles: tuple[Styles, Styles], stories: tuple[Stories, Stories]
) -> Iterator[Edit]:
    """Edits of style, list and layout."""
    mine, theirs = (known.named_style(paragraph) for known, paragraph in zip(styles, (old, new), strict=True))
    default = styles[0].default
    wanted = theirs or (None if default is None else default.name)
    if mine != theirs and wanted is not None and styles[0].has(wanted, "paragraph"):
        yield SetStyle(at=at, style=wanted)
    yield from _list_edit(at, old, new, styles, stories)
    before, after = _layout(old), _layout(new)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    changed |= {name: 0.0 for name in before if name not in after and name not in ("alignment", "line_spacing")}
    for name in ("keep_with_next", "page_break_before"):
        if name in changed:
            changed[name] = bool(changed[name])
    if "alignment" in before and "alignment" not in after:
        changed["alignment"] = "left"
    if "line_spacing" in before and "line_spacing" not in after:
        changed["line_spacing"] = 1.0
    if changed:
        yield SetParagraphFormat(at=at, **changed)


def _list_edit(
    at: str, old: Element, new: Element, styles: tuple[Styles, Styles], stories: tuple[Stories, Stories]
) -> Iterator[Edit]:
    own = [paragraph.find(f"{W_PPR}/{W}numPr") for paragraph in (old, new)]
    states = [
        _list_state(item, Lists(*both)) for item, both in zip(own, zip(stories, styles, strict=True), strict=True)
    ]
    if states[0] == states[1]:
        return
    kind, level = states[1] or ("none", 0)
    if kind in ("bullet", "number", "none"):
        yield SetList(at=at, kind=kind, level=level)


def _list_state(own: Element | None, lists: Lists) -> tuple[Any, int] | None:
    number = None if own is None else own.find(f"{W}numId")
    if own is None or number is None or number.get(W_VAL) == "0":
        return None
    level = own.find(f"{W}ilvl")
    kind = lists.kind(number.get(W_VAL, ""))
    return None if kind is None else (kind, (None if level is None else whole_number(level.get(W_VAL))) or 0)


def _layout(paragraph: Element) -> dict[str, Any]:
    properties = paragraph.find(W_PPR)
    if properties is None:
        return {}
    found: dict[str, Any] = {}
    alignment = properties.find(f"{W}jc")
    if alignment is not None and (word := _ALIGNMENTS.get(alignment.get(W_VAL, ""))):
        found["alignment"] = word
    for name, tag in (("keep_with_next", "keepNext"), ("page_break_before", "pageBreakBefore")):
        if is_on(properties.find(f"{W}{tag}")):
            found[name] = True
    spacing, indent = properties.find(f"{W}spacing"), properties.find(f"{W}ind")
    if spacing is not None:
        _take(found, "space_before", spacing, "before")
        _take(found, "space_after", spacing, "after")
        line = whole_number(spacing.get(f"{W}line"))
        if line and spacing.get(f"{W}lineRule", "auto") == "auto":
            found["line_spacing"] = line / 240
    if indent is not None:
        for name, tags in (("indent_left", ("left", "start")), ("indent_right", ("right", "end"))):
            for tag in tags:
                _take(found, name, indent, tag)
        _take(found, "first_line", indent, "firstLine")
        hanging = whole_number(indent.get(f"{W}hanging"))
        if hanging:
            found["first_line"] = -hanging / 20
    return found


def _take(found: dict[str, Any], name: str, element: Element, attribute: str) -> None:
    value = element.get(f"{W}{attribute}", "")
    if value.lstrip("-").isdecimal() and len(value) < 9:
        found[name] = int(value) / 20


def look_edits(at: str, old: Element, new: Element, styles: tuple[Styles, Styles]) -> Iterator[Edit]:
    """Edits of the look of the characters that stay; new ones take the look of those that they follow or replace."""
    before, after = _looks(old, styles[0]), _looks(new, styles[1])
    wanted: list[dict[str, Any]] = [{} for _ in before]
    for start, end, shift in _kept(paragraph_text(old), paragraph_text(new)):
        for position in range(start, end):
            wanted[position] = _change(before[position], after[position + shift])
    start = 0
    for position in range(1, len(wanted) + 1):
        if position < len(wanted) and wanted[position] == wanted[start]:
            continue
        if wanted[start]:
            yield SetFormat(at=at, start=start, end=position, **wanted[start])
        start = position


def _kept(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    """Stretches of the old text that stay, and by how much they move."""
    position = shift = 0
    for change in word_differences(old, new):
        if change.start > position:
            yield position, change.start, shift
        position = change.end
        shift += len(change.text) - (change.end - change.start)
    if position < len(old):
        yield position, len(old), shift


def _change(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in after.items() if before.get(name, _PLAIN.get(name)) != value}
    return changed | {
        name: _PLAIN[name]
        for name in before
        if name not in after and before[name] != _PLAIN.get(name) and name in _PLAIN
    }


def _looks(paragraph: Element, styles: Styles) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    known: dict[Element, dict[str, Any]] = {}
    for piece in pieces(paragraph):
        if piece.text:
            if piece.run not in known:
                known[piece.run] = _look(piece.run.find(W_RPR), styles)
            found += [known[piece.run]] * len(piece.text)
    return found


def _look(look: Element | None, styles: Styles) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if look is None:
        return found
    for name, tag in _SWITCHES.items():
        element = look.find(f"{W}{tag}")
        if element is not None:
            found[name] = is_on(element)
    values = {"underline": "u", "color": "color", "highlight": "highlight", "position": "vertAlign"}
    for name, tag in values.items():
        element = look.find(f"{W}{tag}")
        value = None if element is None else element.get(W_VAL)
        if value is not None:
            found[name] = value.upper() if name == "color" and value != "auto" else value
    _drop_unknown(found)
    size = look.find(f"{W}sz")
    half = None if size is None else whole_number(size.get(W_VAL))
    if half and half <= 3276:
        found["size"] = half / 2
    fonts = look.find(f"{W}rFonts")
    if fonts is not None and (font := fonts.get(f"{W}ascii")):
        found["font"] = font
    style = look.find(f"{W}rStyle")
    name = None if style is None else styles.name(style.get(W_VAL))
    if name is not None:
        found["style"] = name
    return found


def _drop_unknown(found: dict[str, Any]) -> None:
    """Leave out what the edit has no word for."""
    for name, words in (("underline", Underline.__args__), ("highlight", Highlight.__args__)):
        if name in found and found[name] not in words:
            del found[name]
    color = found.get("color")
    if color is not None and color != "auto" and (len(color) != 6 or set(color) - set("0123456789ABCDEF")):
        del found["color"]
