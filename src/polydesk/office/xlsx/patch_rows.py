"""Patches of cells and rows put into a sheet's stream of rows.

A block without a touched row passes as it is. Of a touched row the untouched cells keep their bytes.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.relative import copied
from polydesk.office.xlsx.addresses import Area, area_name, cell_name, parse_area
from polydesk.office.xlsx.columns import ColumnStyles
from polydesk.office.xlsx.escapes import from_xml, to_xml, to_xstring
from polydesk.office.xlsx.grammar import Grammar, attribute, with_attribute
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patches import EMPTY, CellPatch, Content, SheetPatches
from polydesk.office.xlsx.rows import CellPlace, Row, RowBlock, RowPlace

_SPANS = re.compile(rb"(\d+):(\d+)")


class Ledger(Protocol):
    """Hears what cells gain and lose, for the parts that count them."""

    def lost(self, row: int, column: int, type: bytes | None, *, formula: bool) -> None:
        """A cell's content goes away; `type` is its `t`."""
        ...

    def gained(self, row: int, column: int, content: Content) -> None:
        """A cell has new content."""
        ...


class _Master(NamedTuple):
    """The formula of a shared group whose first cell has lost it."""

    row: int
    column: int
    formula: str
    ref: Area


def patched_rows(
    blocks: Iterable[RowBlock],
    patches: SheetPatches,
    *,
    grammar: Grammar,
    column_style: ColumnStyles,
    ledger: Ledger,
    part: str,
) -> Iterator[RowBlock]:
    """The rows with all patches made. Raises UnsupportedEditError when the rows are not in order."""
    writer = _Writer(patches, grammar, column_style, ledger, part)
    before = 0
    for block in blocks:
        new = RowBlock(writer.block(block), grammar, before) if writer.concerns(block) else block
        before = max(before, block.last)
        yield new
    rest = writer.new_rows(None)
    if rest:
        yield RowBlock(rest, grammar, before)


class _Writer:
    def __init__(
        self,
        patches: SheetPatches,
        grammar: Grammar,
        column_style: ColumnStyles,
        ledger: Ledger,
        part: str,
    ) -> None:
        self._patches = patches
        self._grammar = grammar
        self._tag = grammar.prefix.decode()
        self._column_style = column_style
        self._ledger = ledger
        self._part = part
        self._points = sorted({*patches.cells, *patches.rows})
        self._spans = _spans(patches)
        self._making = _spans(patches, making=True)
        self._done = 0
        """Number of the last row that was written."""
        self._orphans: dict[bytes, _Master] = {}

    def concerns(self, block: RowBlock) -> bool:
        """Whether anything is to be done before the block's end; also checks the order of its rows."""
        numbers = block.numbers
        if numbers and not (numbers[0] > block.before and all(map(operator.lt, numbers, numbers[1:]))):
            raise UnsupportedEditError(
                f"{self._part}: its rows are not in order (about row {numbers[0]}); open and save the file in Office "
                "before it is edited",
                part=self._part,
            )
        first, last = self._done + 1, block.last
        if self._meets(first, last) or any(b'"' + si + b'"' in block.data for si in self._orphans):
            return True
        self._done = last
        return False

    def block(self, block: RowBlock) -> bytes:
        """The block with its rows patched and new ones in their places."""
        pieces: list[bytes] = []
        copied = 0
        made = False
        for place in block.places():
            new = self.new_rows(place.number)
            if new:
                pieces += [block.data[copied : place.start], new]
                copied = place.start
                made = True
            if self._touched(place.number) or self._orphans or (made and not place.numbered):
                written = self._row(Row(block, place), name=made and not place.numbered)
                pieces += [block.data[copied : place.start], written]
                copied = place.end
            made = made and not place.numbered
            self._done = place.number
        return b"".join([*pieces, block.data[copied:]])

    def new_rows(self, until: int | None) -> bytes:
        """Rows that are not in the file, behind the last written one and before `until`; None for all that are left."""
        rows = self._making_rows(self._done + 1, until)
        return b"".join(self._new_row(number) for number in rows)

    def _meets(self, first: int, last: int) -> bool:
        at = bisect_left(self._points, first)
        return (at < len(self._points) and self._points[at] <= last) or any(
            low <= last and first <= high for low, high in self._spans
        )

    def _touched(self, number: int) -> bool:
        return self._meets(number, number)

    def _making_rows(self, first: int, until: int | None) -> list[int]:
        last = max([*self._points[-1:], *(high for _, high in self._making)], default=0) if until is None else until - 1
        if first > last:
            return []
        points = self._points[bisect_left(self._points, first) : bisect_left(self._points, last + 1)]
        found = set(points)
        for low, high in self._making:
            found.update(range(max(low, first), min(high, last) + 1))
        return sorted(found)

    def _row(self, row: Row, *, name: bool) -> bytes:
        """A row of the file with its patches; `name` writes its number into it."""
        place, data = row.place, row.block.data
        attributes, style = self._row_attributes(place)
        if name:
            attributes = with_attribute(attributes, b"r", str(row.number).encode())
        wanted = self._wanted(row.number, [cell.column for cell in row.cells], style)
        pieces: list[bytes] = []
        copied = place.tag_end
        columns = sorted(wanted, reverse=True)
        for cell in row.cells:
            while columns and columns[-1] < cell.column:
                pieces += [data[copied : cell.start], self._new_cell(row.number, columns.pop(), wanted, style)]
                copied = cell.start
            if columns and columns[-1] == cell.column:
                columns.pop()
            patches = wanted.get(cell.column)
            if patches is None and cell.named and not self._orphans:
                continue
            new = self._cell(row, cell, patches or [])
            if new is not None:
                pieces += [data[copied : cell.start], new]
                copied = cell.end
        end = place.end if place.empty_tag else row.block.data.rfind(b"</", place.tag_end, place.end)
        pieces.append(data[copied : end if not place.empty_tag else copied])
        pieces += [self._new_cell(row.number, column, wanted, style) for column in reversed(columns)]
        body = b"".join(pieces)
        attributes = _spanning(attributes, wanted)
        return self._written_row(attributes, body, data[end : place.end] if not place.empty_tag else b"")

    def _written_row(self, attributes: bytes, body: bytes, end_tag: bytes = b"") -> bytes:
        start = self._grammar.row_mark + attributes.rstrip()
        if not body:
            return start + b"/>" if not end_tag else start + b">" + end_tag
        return start + b">" + body + (end_tag or b"</" + self._grammar.prefix + b"row>")

    def _row_attributes(self, place: RowPlace) -> tuple[bytes, int]:
        """The row's attributes with its patches, and the format that it gives to new cells; -1 for none."""
        attributes = place.attributes
        for name, value in self._patches.rows.get(place.number, {}).items():
            attributes = with_attribute(attributes, name.encode(), None if value is None else value.encode())
        style = whole(attribute(attributes, b"s")) if attribute(attributes, b"customFormat") in _TRUE else -1
        before = style
        for area, restyle in self._patches.row_restyles:
            if area.top <= place.number <= area.bottom:
                style = restyle(max(style, 0))
        if style != before:
            attributes = with_attribute(attributes, b"s", str(style).encode())
            attributes = with_attribute(attributes, b"customFormat", b"1")
        return attributes, before

    def _new_row(self, number: int) -> bytes:
        place = RowPlace(number, 0, 0, 0, f' r="{number}"'.encode(), empty_tag=True, numbered=True)
        attributes, style = self._row_attributes(place)
        wanted = self._wanted(number, [], style)
        cells = b"".join(self._new_cell(number, column, wanted, style) for column in sorted(wanted))
        if not cells and attributes == place.attributes:
            return b""
        return self._written_row(attributes, cells)

    def _wanted(self, number: int, present: list[int], style: int) -> dict[int, list[CellPatch]]:
        """The patches of a row by column, areas before single cells."""
        wanted: dict[int, list[CellPatch]] = {}
        for area, patch in self._patches.areas:
            if not area.top <= number <= area.bottom:
                continue
            columns = range(area.left, area.right + 1) if patch.creates else self._crossed(area, patch, present, style)
            for column in columns:
                if area.left <= column <= area.right:
                    wanted.setdefault(column, []).append(patch)
        for column, patches in self._patches.cells.get(number, {}).items():
            wanted.setdefault(column, []).extend(patches)
        return wanted

    def _crossed(self, area: Area, patch: CellPatch, present: list[int], style: int) -> Iterable[int]:
        """The cells that a patch concerns which makes no others: those present, and where formats cross."""
        if not patch.crosses:
            return present
        if area.whole_columns:
            return range(area.left, area.right + 1) if style >= 0 else present
        return {*present, *self._column_style.formatted(area.left, area.right)}

    def _new_cell(self, number: int, column: int, wanted: dict[int, list[CellPatch]], row_style: int) -> bytes:
        patches = [patch for patch in wanted[column] if patch.creates or patch.crosses]
        style = row_style if row_style >= 0 else self._column_style(column)
        content: Content | None = None
        for patch in patches:
            content = patch.content if patch.content is not None else content
            style = patch.restyle(style) if patch.restyle is not None else style
        content = content or EMPTY
        if content is EMPTY and not any(patch.restyle for patch in patches):
            return b""
        name = cell_name(number, column)
        self._ledger.gained(number, column, content)
        attributes = f' r="{name}"' + (f' s="{style}"' if style else "")
        return self._written_cell(attributes.encode(), content)

    def _cell(self, row: Row, cell: CellPlace, patches: list[CellPatch]) -> bytes | None:
        """A cell of the file with its patches; None when it keeps its bytes."""
        attributes = cell.attributes
        if not cell.named:
            attributes = b' r="' + cell_name(row.number, cell.column).encode() + b'"' + attributes
        content: Content | None = None
        removes = any(patch.removes for patch in patches)
        style = before = whole(attribute(attributes, b"s"))
        for patch in patches:
            content = patch.content if patch.content is not None else content
            style = patch.restyle(style) if patch.restyle is not None else style
        if style != before:
            attributes = with_attribute(attributes, b"s", str(style).encode() if style else None)
        if content is None and not removes:
            return self._kept(row, cell, attributes)
        self._lose(row, cell, attributes)
        if removes:
            return b""
        assert content is not None
        for name in (b"t", b"cm", b"vm"):
            attributes = with_attribute(attributes, name, None)
        if content is EMPTY and not style and len(attributes.split()) == 1:
            return b""
        self._ledger.gained(row.number, cell.column, content)
        return self._written_cell(attributes, content)

    def _kept(self, row: Row, cell: CellPlace, attributes: bytes) -> bytes | None:
        """A cell that keeps its content; the next cell of a shared formula takes over when the first has gone."""
        inner = row.inner(cell)
        if self._orphans and b"shared" in inner:
            taken = self._taken_over(row, cell, inner)
            if taken is not None:
                return self._wrapped(attributes, taken)
        if attributes == cell.attributes:
            return None
        return self._wrapped(attributes, inner)

    def _taken_over(self, row: Row, cell: CellPlace, inner: bytes) -> bytes | None:
        found = self._grammar.formula.search(inner)
        si = None if found is None else attribute(found[1], b"si")
        if found is None or si is None or found[2] or si not in self._orphans:
            return None
        master = self._orphans.pop(si)
        formula = copied(master.formula, rows=row.number - master.row, columns=cell.column - master.column, wrap=True)
        ref = area_name(Area(row.number, master.ref.left, max(master.ref.bottom, row.number), master.ref.right))
        attributes = with_attribute(found[1], b"ref", ref.encode())
        tag = self._grammar.formula_mark
        new = tag + attributes + b">" + to_xml(formula).encode() + b"</" + tag[1:] + b">"
        return inner[: found.start()] + new + inner[found.end() :]

    def _lose(self, row: Row, cell: CellPlace, attributes: bytes) -> None:
        inner = row.inner(cell)
        found = self._grammar.formula.search(inner) if self._grammar.formula_mark in inner else None
        self._ledger.lost(row.number, cell.column, attribute(attributes, b"t"), formula=found is not None)
        if found is None or not found[2] or attribute(found[1], b"t") != b"shared":
            return
        si = attribute(found[1], b"si")
        ref = parse_area((attribute(found[1], b"ref") or b"").decode("ascii", "replace"))
        if si is not None and ref is not None and ref.height * ref.width > 1:
            self._orphans[si] = _Master(row.number, cell.column, from_xml(found[2]), ref)

    def _written_cell(self, attributes: bytes, content: Content) -> bytes:
        if content.type is not None:
            attributes += f' t="{content.type}"'.encode()
        return self._wrapped(attributes + content.metadata.encode(), self._inner(content).encode())

    def _wrapped(self, attributes: bytes, inner: bytes) -> bytes:
        start = b"<" + self._grammar.prefix + b"c" + attributes.rstrip()
        if not inner:
            return start + b"/>"
        return start + b">" + inner + b"</" + self._grammar.prefix + b"c>"

    def _inner(self, content: Content) -> str:
        p = self._tag
        inner = ""
        if content.formula is not None:
            inner += f"<{p}f{content.formula_attributes}>{to_xml(content.formula)}</{p}f>"
        if content.value is not None:
            inner += f"<{p}v>{to_xstring(content.value)}</{p}v>"
        if content.inline is not None:
            space = (
                ' xml:space="preserve"' if content.inline != content.inline.strip() or "\n" in content.inline else ""
            )
            inner += f"<{p}is><{p}t{space}>{to_xstring(content.inline)}</{p}t></{p}is>"
        return inner


_TRUE = (b"1", b"true")


def _spans(patches: SheetPatches, *, making: bool = False) -> list[tuple[int, int]]:
    """The rows that areas name, as runs; with `making` only those whose missing rows are made."""
    runs = [(area.top, area.bottom) for area, patch in patches.areas if patch.creates or not making]
    runs += [(area.top, area.bottom) for area, _ in patches.row_restyles]
    joined: list[tuple[int, int]] = []
    for low, high in sorted(runs):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _spanning(attributes: bytes, columns: Iterable[int]) -> bytes:
    """The row's `spans`, a hint that may be missing, widened to hold the columns."""
    said = attribute(attributes, b"spans")
    match = _SPANS.fullmatch(said) if said is not None else None
    if match is None or not columns:
        return attributes
    low, high = min([int(match[1]), *columns]), max([int(match[2]), *columns])
    widened = f"{low}:{high}".encode()
    return attributes if widened == said else with_attribute(attributes, b"spans", widened)
