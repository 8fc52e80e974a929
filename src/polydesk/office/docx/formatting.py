"""The look of characters and the layout of paragraphs, changed with or without a record (ISO/IEC 29500-1, 17.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.edits_layout import SetFormat, SetParagraphFormat
from polydesk.office.docx.inline import W_RPR, W_VAL
from polydesk.office.docx.order import put_child
from polydesk.office.docx.properties import base_properties, paragraph_properties, remember_properties, same_xml
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import look_of, runs_between
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_COLOR = re.compile("[0-9A-Fa-f]{6}|auto")
_SWITCHES = {"bold": ("b", "bCs"), "italic": ("i", "iCs"), "strike": ("strike",)}
_ALIGNMENTS = {"left": "left", "center": "center", "right": "right", "justify": "both"}
_LARGEST_POINTS = 1584.0
"""Twenty-two inches: the longest length that Word takes."""


def set_format(
    paragraph: Element, span: tuple[int, int], edit: SetFormat, styles: Styles, revisions: Revisions, *, tracked: bool
) -> None:
    """Give the characters `span` the look."""
    wanted = list(_run_properties(edit, styles))
    if not wanted:
        raise UnsupportedEditError("the edit names no change of the look; give at least one")
    runs = runs_between(paragraph, *span) if span[1] > span[0] else []
    if not runs:
        raise UnsupportedEditError("there are no characters to format there")
    for run in runs:
        _set_look(run, wanted, revisions, tracked=tracked)


def set_paragraph_format(paragraph: Element, edit: SetParagraphFormat, revisions: Revisions, *, tracked: bool) -> None:
    """Give the paragraph the layout."""
    old = base_properties(paragraph)
    properties = paragraph_properties(paragraph)
    before = len(old)
    _put_layout(properties, edit)
    if not before and not len(properties):
        paragraph.remove(properties)
    if tracked:
        remember_properties(paragraph, old, revisions)


def points(value: float, what: str, *, least: float = 0.0) -> str:
    """A length in twentieths of a point. Raises UnsupportedEditError for one that no page has."""
    if not least <= value <= _LARGEST_POINTS:
        raise UnsupportedEditError(f"{what} is {value:g} points; give {least:g} to {_LARGEST_POINTS:g}")
    return str(round(value * 20))


def _set_look(run: Element, wanted: list[Element], revisions: Revisions, *, tracked: bool) -> None:
    look = run.find(W_RPR)
    old = etree.Element(W_RPR) if look is None else look_of(look)
    new = look_of(old)
    for item in wanted:
        put_child(new, _merged(new, item))
    if same_xml(old, new):
        return
    recorded = None if look is None else look.find(f"{W}rPrChange")
    if tracked and recorded is not None and recorded not in revisions.made:
        raise UnsupportedEditError(
            "some of the characters have a tracked change of their look already, and can hold one alone; accept or "
            'reject that first, or edit with "tracked": false'
        )
    look = _look(run)
    for item in wanted:
        put_child(look, _merged(look, item))
    if tracked and recorded is None:
        change = revisions.mark("rPrChange")
        change.append(old)
        put_child(look, change)


def _merged(look: Element, item: Element) -> Element:
    """A copy of the property, with what else an older one of the same name said (fonts have several names)."""
    copy = etree.Element(item.tag)
    before = look.find(item.tag)
    if before is not None and item.tag == f"{W}rFonts":
        kept = {name: value for name, value in before.attrib.items() if "Theme" not in str(name)}
        copy.attrib.update(kept)
    copy.attrib.update(item.attrib)
    return copy


def _look(run: Element) -> Element:
    look = run.find(W_RPR)
    if look is None:
        look = etree.Element(W_RPR)
        run.insert(0, look)
    return look


def _run_properties(edit: SetFormat, styles: Styles) -> Iterator[Element]:
    for field, names in _SWITCHES.items():
        chosen: bool | None = getattr(edit, field)
        if chosen is not None:
            yield from (_element(name, None if chosen else "0") for name in names)
    if edit.underline is not None:
        yield _element("u", edit.underline)
    if edit.color is not None:
        if not _COLOR.fullmatch(edit.color):
            raise UnsupportedEditError(f"{edit.color!r} is no colour; give six hexadecimal digits, such as C00000")
        yield _element("color", edit.color if edit.color == "auto" else edit.color.upper())
    if edit.highlight is not None:
        yield _element("highlight", edit.highlight)
    if edit.size is not None:
        if not 1 <= edit.size <= 1638:
            raise UnsupportedEditError(f"{edit.size:g} points is no size for letters; give 1 to 1638")
        yield from (_element(name, str(round(edit.size * 2))) for name in ("sz", "szCs"))
    if edit.font is not None:
        font = etree.Element(f"{W}rFonts")
        for name in ("ascii", "hAnsi", "cs"):
            font.set(f"{W}{name}", edit.font)
        yield font
    if edit.position is not None:
        yield _element("vertAlign", edit.position)
    if edit.style is not None:
        yield _element("rStyle", styles.style(edit.style, "character").id)


def _put_layout(properties: Element, edit: SetParagraphFormat) -> None:
    if edit.alignment is not None:
        put_child(properties, _element("jc", _ALIGNMENTS[edit.alignment]))
    for field, name in (("keep_with_next", "keepNext"), ("page_break_before", "pageBreakBefore")):
        chosen: bool | None = getattr(edit, field)
        if chosen is not None:
            put_child(properties, _element(name, None if chosen else "0"))
    spacing = {
        "before": None if edit.space_before is None else points(edit.space_before, "space_before"),
        "after": None if edit.space_after is None else points(edit.space_after, "space_after"),
        "line": None if edit.line_spacing is None else _line(edit.line_spacing),
        "lineRule": None if edit.line_spacing is None else "auto",
    }
    _put_attributes(properties, "spacing", spacing, ("beforeAutospacing", "afterAutospacing"))
    hanging = edit.first_line is not None and edit.first_line < 0
    first = None if edit.first_line is None else points(abs(edit.first_line), "first_line")
    indents = {
        "left": None if edit.indent_left is None else _signed(edit.indent_left, "indent_left"),
        "right": None if edit.indent_right is None else _signed(edit.indent_right, "indent_right"),
        "firstLine": None if hanging else first,
        "hanging": first if hanging else None,
    }
    other = () if first is None else ("firstLine",) if hanging else ("hanging",)
    synonyms = tuple(synonym for name, synonym in (("left", "start"), ("right", "end")) if indents[name] is not None)
    _put_attributes(properties, "ind", indents, (*other, *synonyms))


def _signed(value: float, what: str) -> str:
    return points(value, what, least=-_LARGEST_POINTS)


def _line(multiple: float) -> str:
    if not 0.06 <= multiple <= 132:
        raise UnsupportedEditError(f"line_spacing is {multiple:g}; give a multiple of the font's height, such as 1.5")
    return str(round(multiple * 240))


def _put_attributes(properties: Element, name: str, values: dict[str, str | None], obsolete: tuple[str, ...]) -> None:
    """Set attributes of one property, made where it is missing, and drop those that would overrule them."""
    chosen = {key: value for key, value in values.items() if value is not None}
    if not chosen:
        return
    new = etree.Element(f"{W}{name}")
    old = properties.find(f"{W}{name}")
    if old is not None:
        new.attrib.update({key: value for key, value in old.attrib.items() if _bare(key) not in obsolete})
    for key, value in chosen.items():
        new.set(f"{W}{key}", value)
    put_child(properties, new)


def _bare(name: str | bytes) -> str:
    return str(name).rpartition("}")[2]


def _element(name: str, value: str | None) -> Element:
    element = etree.Element(f"{W}{name}")
    if value is not None:
        element.set(W_VAL, value)
    return element
