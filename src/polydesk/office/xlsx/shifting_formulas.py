"""The formulas in a sheet's cells under a change of structure, rewritten in the bytes of the rows.

Cells that share a formula (ECMA-376-1 §18.3.1.40) go on doing so where all of them agree; otherwise each gets its
own. The first cell of a group comes before the others in the file, as Excel writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.relative import copied
from polydesk.office.xlsx.addresses import Area, area_name, cell_name, parse_area
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.grammar import attribute, with_attribute
from polydesk.office.xlsx.rows import RowBlock, column_of
from polydesk.office.xlsx.shifting import Change

_CELL = re.compile(rb"\$?([A-Za-z]{1,3})\$?(\d{1,7})")


@dataclass(frozen=True, slots=True)
class _Group:
    """Cells that share a formula."""

    text: str
    row: int
    column: int
    home: Area
    kept: bool


class CellFormulas:
    """Rewrites the formulas of one sheet, block by block in the order of the file, once through."""

    def __init__(self, change: Change, *, sheet: str, part: str | None = None, path: str | None = None) -> None:
        self._change = change
        self._sheet = sheet
        self._part = part
        self._path = path
        self._groups: dict[bytes, _Group] = {}

    def rewritten(self, block: RowBlock) -> RowBlock:
        """The block with its formulas changed; the same object when none is."""
        if block.grammar.formula_mark not in block.data:
            return block
        data, pieces, at = block.data, list[bytes](), 0
        for start, end, row, column in formula_places(block):
            new = self._formula(data[start:end], block, row, column)
            if new != data[start:end]:
                pieces += (data[at:start], new)
                at = end
        if not pieces:
            return block
        return RowBlock(b"".join([*pieces, data[at:]]), block.grammar, block.before)

    def _formula(self, element: bytes, block: RowBlock, row: int, column: int) -> bytes:
        match = block.grammar.formula.fullmatch(element)
        if match is None:
            return element
        attributes, text = match[1], from_xml(match[2] or b"")
        kind = attribute(attributes, b"t")
        if kind == b"shared":
            attributes, new = self._shared(attributes, text, row, column)
        elif kind in (b"array", b"dataTable"):
            attributes = self._spread(attributes, kind, row, column)
            new = self._cell(text, row, column)
        else:
            new = self._cell(text, row, column)
        return element if (attributes, new) == (match[1], text) else _element(block.grammar.prefix, attributes, new)

    def _cell(self, text: str, row: int, column: int) -> str:
        return self._change.cell(text, sheet=self._sheet, row=row, column=column) if text else text

    def _shared(self, attributes: bytes, text: str, row: int, column: int) -> tuple[bytes, str]:
        index = attribute(attributes, b"si") or b""
        reference = attribute(attributes, b"ref")
        if text and reference is not None:
            return self._first(index, attributes, text, row, column, reference)
        group = self._groups.get(index)
        if not text:
            if group is None:
                raise self._refusal(f"{cell_name(row, column)} shares a formula that comes after it or nowhere")
            if group.kept and group.home.has(row, column):
                return attributes, text
            text = copied(group.text, rows=row - group.row, columns=column - group.column, wrap=True)
        return _alone(attributes), self._cell(text, row, column)

    def _first(
        self, index: bytes, attributes: bytes, text: str, row: int, column: int, reference: bytes
    ) -> tuple[bytes, str]:
        home = parse_area(reference.decode("ascii", "replace")) or Area.cell(row, column)
        stays = self._change.area(self._sheet, Area.cell(row, column)) is not None
        # A group counts its relative references from its first cell, which is its top left one.
        regular = (home.top, home.left) == (row, column)
        kept = stays and regular and self._change.keeps_shared(text, sheet=self._sheet, home=home)
        self._groups[index] = _Group(text, row, column, home, kept)
        new = self._cell(text, row, column)
        if not kept:
            return _alone(attributes), new
        area = self._change.area(self._sheet, home)
        if area is not None and area != home:
            attributes = with_attribute(attributes, b"ref", area_name(area).encode())
        return attributes, new

    def _spread(self, attributes: bytes, kind: bytes, row: int, column: int) -> bytes:
        """The attributes of a formula whose results fill an area: an array's, or a data table's."""
        for name in (b"ref", b"r1", b"r2"):
            value = attribute(attributes, name)
            area = None if value is None else parse_area(value.decode("ascii", "replace"))
            if value is None or area is None:
                continue
            moved = self._change.area(self._sheet, area)
            if name == b"ref":
                moved = self._array(area, moved, row, column)
                if kind == b"dataTable":
                    self._refuse_cut_table(area)
            if moved is None and name != b"ref":
                attributes = with_attribute(attributes, {b"r1": b"del1", b"r2": b"del2"}[name], b"1")
            elif moved is not None and moved != area:
                attributes = with_attribute(attributes, name, area_name(moved).encode())
        return attributes

    def _array(self, area: Area, moved: Area | None, row: int, column: int) -> Area | None:
        """Where the results of an array are now. Raises UnsupportedEditError when only a part of them would move."""
        if moved is not None and (moved.height, moved.width) == (area.height, area.width):
            return moved
        if moved is None and self._change.area(self._sheet, Area.cell(row, column)) is None:
            return None
        if area.height * area.width == 1:
            return moved
        raise self._refusal(
            f"the results of the array formula in {cell_name(row, column)} fill {area_name(area)}, and an array cannot "
            "be changed in part, in Excel either"
        )

    def _refuse_cut_table(self, area: Area) -> None:
        """Refuse to part a data table from the row and column of inputs in front of its results."""
        whole = Area(max(1, area.top - 1), max(1, area.left - 1), area.bottom, area.right)
        moved = self._change.area(self._sheet, whole)
        if moved is not None and (moved.height, moved.width) != (whole.height, whole.width):
            raise self._refusal(f"the data table in {area_name(whole)} cannot be changed in part, in Excel either")

    def _refusal(self, why: str) -> UnsupportedEditError:
        return UnsupportedEditError(f"{self._sheet}: {why}.", path=self._path, part=self._part)


def formula_places(block: RowBlock) -> Iterator[tuple[int, int, int, int]]:
    """Each formula's place in the block, and the row and column of its cell."""
    grammar, shape = block.grammar, block.shape
    mark, end_mark = b"<" + grammar.prefix + b"c ", b"</" + grammar.prefix + b"c"
    for found in grammar.formula.finditer(shape):
        start = shape.rfind(mark, 0, found.start())
        tag_end = shape.find(b">", start)
        name = attribute(shape[start + len(mark) - 1 : tag_end], b"r") if start >= 0 else None
        cell = None if name is None else _CELL.fullmatch(name)
        if cell is None or shape.find(end_mark, start, found.start()) >= 0:
            yield from _places_by_rows(block, found.start())
            return
        yield found.start(), found.end(), int(cell[2]), column_of(cell[1])


def _places_by_rows(block: RowBlock, since: int) -> Iterator[tuple[int, int, int, int]]:
    """The places from an offset on, in a block whose cells do not all say where they are."""
    for row in block.rows():
        for cell in row.cells:
            if cell.inner_start < 0:
                continue
            for found in block.grammar.formula.finditer(block.shape, cell.inner_start, cell.inner_end):
                if found.start() >= since:
                    yield found.start(), found.end(), row.number, cell.column


def _element(prefix: bytes, attributes: bytes, text: str) -> bytes:
    tag = b"<" + prefix + b"f" + attributes
    if not text:
        return tag + b"/>"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
    return tag + b">" + escaped + b"</" + prefix + b"f>"


def _alone(attributes: bytes) -> bytes:
    """The attributes of a formula that is no longer shared."""
    for name in (b"t", b"ref", b"si"):
        attributes = with_attribute(attributes, name, None)
    return attributes.rstrip()
