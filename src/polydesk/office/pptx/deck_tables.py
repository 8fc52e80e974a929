"""Tables of a new deck: columns as wide as their words need, numbers to the right, rows that fill their place."""

from __future__ import annotations

import re

from lxml import etree

from polydesk.office.drawing.fonts import Face, face
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.chart_apply import content_box
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.fit import EMU_PER_POINT
from polydesk.office.pptx.inheritance import Box, Inheritance, box_of
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.text import body_text
from polydesk.office.pptx.themes import Themes

_NUMBER = re.compile(r"[-+\u2212(]?[$\u20ac\u00a3]?\s?\d[\d., \u00a0\u202f]*\s?(?:%|[A-Za-z\u20ac$\u00a3]{0,3})\)?")
_SIZES_PT = (20.0, 18.0, 16.0, 14.0)
_SIDE_EMU, _ABOVE_EMU = 2 * 91_440, 2 * 45_720
_HIGHEST_ROW_EMU = 560_000
_NARROWEST_SHARE = 0.6
"""Of an equal share: no column becomes narrower."""


def lay_out_table(deck: Deck, entry: SlideEntry) -> None:
    """Give the table of a slide its columns, type size and rows."""
    shape = _table_shape(deck, entry)
    if shape is None or shape.table is None:
        return
    part = deck.part(entry.part)
    part.touch(shape.element)
    room = _room(deck, entry, shape)
    cells = _cells(shape.table)
    letters = face(Themes(deck).family(entry.part, "+mn-lt"))
    widths = _column_widths(cells, letters, room.width)
    size = next((size for size in _SIZES_PT if _height(cells, letters, widths, size) <= room.height), _SIZES_PT[-1])
    heights = [_row_height(row, letters, widths, size) for row in cells]
    spare = max(room.height - sum(heights), 0) // max(len(heights), 1)
    heights = [max(height, min(height + spare, _HIGHEST_ROW_EMU)) for height in heights]
    _set(shape.element, shape.table, widths, heights, size)


def rows_that_fit(deck: Deck, entry: SlideEntry) -> int:
    """How many rows of a slide's table there is room for at the smallest size; all when they fit."""
    shape = _table_shape(deck, entry)
    if shape is None or shape.table is None:
        return 0
    room = _room(deck, entry, shape)
    cells = _cells(shape.table)
    letters = face(Themes(deck).family(entry.part, "+mn-lt"))
    widths = _column_widths(cells, letters, room.width)
    used = 0
    for number, row in enumerate(cells):
        used += _row_height(row, letters, widths, _SIZES_PT[-1])
        if used > room.height:
            return number
    return len(cells)


def _room(deck: Deck, entry: SlideEntry, shape: Shape) -> Box:
    """The place of the placeholder that the table fills, whose own frame is as high as its rows."""
    inheritance = Inheritance(deck)
    inherited = (box_of(element) for element in inheritance.chain(entry.part, shape.element)[1:])
    return next((box for box in inherited if box is not None), None) or content_box(deck, entry.part, inheritance)


def _table_shape(deck: Deck, entry: SlideEntry) -> Shape | None:
    return next((shape for shape in deck.shapes(entry.part) if shape.table is not None), None)


def _cells(table: Element) -> list[list[str]]:
    return [
        [body_text(cell.find(f"{A}txBody")) for cell in row.iterchildren(f"{A}tc")]
        for row in table.iterchildren(f"{A}tr")
    ]


def _column_widths(cells: list[list[str]], letters: Face, width: int) -> list[int]:
    """Shares of the width by the longest text of each column, none much narrower than its equal share."""
    count = max(map(len, cells))
    longest = [max((letters.width(row[at], 18) for row in cells if at < len(row)), default=1) for at in range(count)]
    longest = [min(max(length, 30.0), 400.0) + 20 for length in longest]
    least = width / count * _NARROWEST_SHARE
    spare = width - least * count
    return [round(least + spare * length / sum(longest)) for length in longest]


def _height(cells: list[list[str]], letters: Face, widths: list[int], size: float) -> int:
    return sum(_row_height(row, letters, widths, size) for row in cells)


def _row_height(row: list[str], letters: Face, widths: list[int], size: float) -> int:
    """Of the fullest cell, with lines filled to nine tenths, since words do not break where it would suit."""
    lines = 1
    for text, width in zip(row, widths, strict=False):
        room = max((width - _SIDE_EMU) / EMU_PER_POINT * 0.9, 1.0)
        lines = max(lines, sum(1 + int(letters.width(line, size) / room) for line in re.split("[\n\v]", text)))
    return round(lines * size * letters.line * EMU_PER_POINT) + _ABOVE_EMU


def _set(frame: Element, table: Element, widths: list[int], heights: list[int], size: float) -> None:
    for column, width in zip(table.iterfind(f"{A}tblGrid/{A}gridCol"), widths, strict=False):
        column.set("w", str(width))
    for row, height in zip(table.iterchildren(f"{A}tr"), heights, strict=False):
        row.set("h", str(height))
        for at, cell in enumerate(row.iterchildren(f"{A}tc")):
            _set_cell(cell, size, right=_is_numeric(table, at))
    extent = frame.find(f"{P}xfrm/{A}ext")
    if extent is not None:
        extent.set("cx", str(sum(widths)))
        extent.set("cy", str(sum(heights)))


def _is_numeric(table: Element, at: int) -> bool:
    """Whether all cells of a column below the header are numbers, or empty."""
    texts = [row[at].strip() for row in _cells(table)[1:] if at < len(row)]
    return any(texts) and all(not text or _NUMBER.fullmatch(text) for text in texts)


def _set_cell(cell: Element, size: float, *, right: bool) -> None:
    for paragraph in cell.iterfind(f"{A}txBody/{A}p"):
        if right:
            properties = paragraph.find(f"{A}pPr")
            if properties is None:
                properties = etree.SubElement(paragraph, f"{A}pPr")
                paragraph.insert(0, properties)
            properties.set("algn", "r")
        for look in _looks(paragraph):
            look.set("sz", str(round(size * 100)))
    properties = cell.find(f"{A}tcPr")
    if properties is None:
        properties = etree.SubElement(cell, f"{A}tcPr")
    properties.set("anchor", "ctr")


def _looks(paragraph: Element) -> list[Element]:
    """The run properties of a paragraph, made where they lack; of an empty one those of its end."""
    found: list[Element] = []
    for run in paragraph.iterchildren(f"{A}r"):
        look = run.find(f"{A}rPr")
        if look is None:
            look = etree.SubElement(run, f"{A}rPr")
            run.insert(0, look)
        found.append(look)
    if not found:
        end = paragraph.find(f"{A}endParaRPr")
        found.append(etree.SubElement(paragraph, f"{A}endParaRPr") if end is None else end)
    return found
