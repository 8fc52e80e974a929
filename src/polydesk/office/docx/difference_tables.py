"""The edits that lead from one table to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from polydesk.office.docx.aligning import aligned, gaps
from polydesk.office.docx.compare_tables import cell_text, row_likeness, row_text
from polydesk.office.docx.edits import DeleteRow, Edit, InsertRow
from polydesk.office.docx.edits_tables import DeleteColumn, InsertColumn
from polydesk.office.docx.inline import W_P, paragraph_text
from polydesk.office.docx.places import Places
from polydesk.office.docx.stories import child_blocks, row_cells, table_rows
from polydesk.office.docx.tables import continues_above, grid_span
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element


def table_texts(table: Element) -> tuple[tuple[str, ...], ...]:
    """The text of each cell, row by row; empty when the rows have cells of different numbers."""
    rows = tuple(tuple(_lines(cell) for cell in row_cells(row)) for row in table_rows(table))
    return rows if rows and len({len(row) for row in rows}) == 1 and rows[0] else ()


def _lines(cell: Element) -> str:
    return "\n".join(paragraph_text(block) for block in child_blocks(cell) if block.tag == W_P)


class TableEdits:
    """Edits of the tables of one story."""

    def __init__(self, places: Places, containers: Callable[[Element, Element], Iterator[Edit]]) -> None:
        """`containers` gives the edits between two cells whose paragraphs answer to each other."""
        self._places, self._containers = places, containers
        self.is_whole = True
        """Whether the edits bring about everything: false once rows were met that have other cells."""

    def between(self, old: Element, new: Element) -> Iterator[Edit]:
        """The edits that make `old` say what `new` does."""
        mine, theirs = table_rows(old), table_rows(new)
        if len(mine) == len(theirs) and _is_plain(old) and _is_plain(new) and _width(mine) != _width(theirs):
            yield from self._columns(mine, theirs)
            return
        pairs = _row_pairs(mine, theirs)
        for i, j in pairs:
            yield from self._row(mine[i], theirs[j])
        for here, there in gaps(pairs, len(mine), len(theirs)):
            last = mine[here.stop - 1] if here.stop else None
            for position in there:
                cells = tuple(_lines(cell) for cell in row_cells(theirs[position]))
                if len(cells) != len(row_cells(mine[0] if last is None else last)):
                    self.is_whole = False
                elif last is not None:
                    yield InsertRow(after=self._places.row(last), cells=cells)
                else:
                    yield InsertRow(before=self._places.row(mine[0]), cells=cells)
            yield from (DeleteRow(at=self._places.row(mine[position])) for position in here)

    def _row(self, old: Element, new: Element) -> Iterator[Edit]:
        mine, theirs = row_cells(old), row_cells(new)
        if len(mine) != len(theirs):
            self.is_whole = False
            return
        for one, other in zip(mine, theirs, strict=True):
            yield from self._cell(one, other)

    def _cell(self, old: Element, new: Element) -> Iterator[Edit]:
        yield from self._containers(old, new)

    def _columns(self, mine: Sequence[Element], theirs: Sequence[Element]) -> Iterator[Edit]:
        """Whole columns that come or go, by what the columns say."""
        old, new = _turned(mine), _turned(theirs)
        pairs = aligned(old, new, lambda column: tuple(map(cell_text, column)), _columns_alike)
        for i, j in pairs:
            for one, other in zip(old[i], new[j], strict=True):
                yield from self._cell(one, other)
        changes = list(gaps(pairs, len(old), len(new)))
        for here, there in changes:
            for position in there:
                cells = tuple(_lines(cell) for cell in new[position])
                beside = old[here.stop - 1][0] if here.stop else old[0][0]
                anchor = self._places.cell(beside)
                yield InsertColumn(after=anchor, cells=cells) if here.stop else InsertColumn(before=anchor, cells=cells)
            yield from (DeleteColumn(at=self._places.cell(old[position][0])) for position in here)


def _row_pairs(mine: Sequence[Element], theirs: Sequence[Element]) -> list[tuple[int, int]]:
    """Rows that answer to each other: those at the same place, unless others have more in common."""
    pairs = aligned(mine, theirs, row_text, row_likeness) or [(0, 0)]
    if len(mine) != len(theirs):
        return pairs
    in_place = sum(row_text(one) == row_text(other) for one, other in zip(mine, theirs, strict=True))
    alike = sum(row_text(mine[i]) == row_text(theirs[j]) for i, j in pairs)
    return [(position, position) for position in range(len(mine))] if in_place >= alike - 1 else pairs


def _columns_alike(old: Sequence[Element], new: Sequence[Element]) -> float:
    same = sum(cell_text(one) == cell_text(other) for one, other in zip(old, new, strict=True))
    return same / max(len(old), 1)


def _turned(rows: Sequence[Element]) -> list[list[Element]]:
    return [list(column) for column in zip(*(row_cells(row) for row in rows), strict=True)]


def _width(rows: Sequence[Element]) -> int:
    return len(row_cells(rows[0])) if rows else 0


def _is_plain(table: Element) -> bool:
    """Whether every row has as many cells as every other, none of them merged."""
    rows = table_rows(table)
    merged = any(grid_span(cell) > 1 or continues_above(cell) for row in rows for cell in row_cells(row))
    return not merged and len({len(row_cells(row)) for row in rows}) == 1 and table.find(f"{W}tblGrid") is not None
