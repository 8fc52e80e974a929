"""Two tables into one with tracked changes: rows and cells aligned, new and old ones marked."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from polydesk.office.docx.aligning import aligned, gaps, words_alike
from polydesk.office.docx.compare_properties import exchange_properties
from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import W_P, paragraph_text
from polydesk.office.docx.order import put_child
from polydesk.office.docx.paragraphs import live_runs
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import wrap
from polydesk.office.docx.stories import row_cells, table_rows
from polydesk.office.docx.tables import delete_row, mark_row
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element
from polydesk.office.worddiff import words_of

if TYPE_CHECKING:
    from polydesk.office.docx.compare_stories import Comparer, Side

_GRID, _TC_PR = f"{W}tblGrid", f"{W}tcPr"


class TableComparer:
    """Compares the tables of one pair of stories."""

    def __init__(self, stories: Comparer, side: Side, importer: Importer, revisions: Revisions) -> None:
        self._stories, self._side = stories, side
        self._importer, self._revisions = importer, revisions

    def compare(self, old: Element, new: Element) -> None:
        """Make the table lead to `new`."""
        part = self._side.part
        exchange_properties(part, old, "tblPr", new.find(f"{W}tblPr"), self._importer, self._revisions)
        self._grid(old, new)
        mine, theirs = table_rows(old), table_rows(new)
        if not mine:
            return
        pairs = aligned(mine, theirs, row_text, row_likeness) or ([(0, 0)] if theirs else [])
        for i, j in pairs:
            self._row(mine[i], theirs[j])
        between = list(gaps(pairs, len(mine), len(theirs)))
        for here, there in between:
            last = mine[here[-1]] if here else mine[here.start - 1] if here.start else None
            for position in there:
                row = self._importer.brought(theirs[position], self._side.there.name, part.name)
                mark_row(row, "ins", self._revisions)
                self._place(last, mine[0], row)
                last = row
        for here, _ in between:
            for position in here:
                delete_row(part, mine[position], self._revisions, tracked=True)

    def mark_inserted(self, table: Element) -> None:
        """Mark every row of a new table as inserted."""
        for row in table_rows(table):
            mark_row(row, "ins", self._revisions)

    def mark_deleted(self, table: Element) -> None:
        """Mark every row of the table as deleted."""
        for row in table_rows(table):
            delete_row(self._side.part, row, self._revisions, tracked=True)

    def _grid(self, old: Element, new: Element) -> None:
        """Exchange the columns where their number differs; widths alone are left as they are."""
        mine, theirs = old.find(_GRID), new.find(_GRID)
        if mine is None or theirs is None or len(mine.findall(f"{W}gridCol")) == len(theirs.findall(f"{W}gridCol")):
            return
        self._side.part.touch(mine)
        was = etree.Element(_GRID)
        was.extend([deepcopy(column) for column in mine.findall(f"{W}gridCol")])
        for child in list(mine):
            mine.remove(child)
        mine.extend([deepcopy(column) for column in theirs.findall(f"{W}gridCol")])
        change = self._revisions.mark("tblGridChange")
        for name in ("author", "date"):  # Nobody is named here (17.13.5.33).
            del change.attrib[f"{W}{name}"]
        change.append(was)
        mine.append(change)

    def _row(self, old: Element, new: Element) -> None:
        exchange_properties(self._side.part, old, "trPr", new.find(f"{W}trPr"), self._importer, self._revisions)
        mine, theirs = row_cells(old), row_cells(new)
        if len(mine) == len(theirs):
            pairs = [(position, position) for position in range(len(mine))]
        else:
            pairs = aligned(mine, theirs, cell_text, row_likeness)
        for i, j in pairs:
            self._cell(mine[i], theirs[j])
        self._other_cells(mine, theirs, pairs)

    def _other_cells(
        self, mine: Sequence[Element], theirs: Sequence[Element], pairs: Sequence[tuple[int, int]]
    ) -> None:
        between = list(gaps(pairs, len(mine), len(theirs)))
        for here, there in between:
            last = mine[here[-1]] if here else mine[here.start - 1] if here.start else None
            for position in there:
                cell = self._importer.brought(theirs[position], self._side.there.name, self._side.part.name)
                self._mark_cell(cell, "ins")
                self._place(last, mine[0], cell)
                last = cell
        for here, _ in between:
            for position in here:
                self._side.part.touch(mine[position])
                self._mark_cell(mine[position], "del")

    def _cell(self, old: Element, new: Element) -> None:
        exchange_properties(self._side.part, old, "tcPr", new.find(_TC_PR), self._importer, self._revisions)
        self._stories.blocks(self._side, old, new)

    def _mark_cell(self, cell: Element, kind: str) -> None:
        properties = cell.find(_TC_PR)
        if properties is None:
            properties = etree.Element(_TC_PR)
            cell.insert(0, properties)
        put_child(properties, self._revisions.mark("cellIns" if kind == "ins" else "cellDel"))
        for paragraph in cell.iter(W_P):
            wrap(live_runs(paragraph), kind, self._revisions)

    def _place(self, last: Element | None, first: Element, new: Element) -> None:
        if last is None:
            self._side.part.insert_before(first, new)
        else:
            self._side.part.insert_after(last, new)


def row_text(row: Element) -> tuple[str, ...]:
    """What each cell of the row says."""
    return tuple(cell_text(cell) for cell in row_cells(row))


def cell_text(cell: Element) -> str:
    """What the cell says."""
    return "\n".join(paragraph_text(paragraph) for paragraph in cell.iter(W_P))


def row_likeness(old: Element, new: Element) -> float:
    """How much two rows or cells have in common, from 0 to 1."""
    one, other = (
        [word for word in words_of(" ".join(paragraph_text(p) for p in item.iter(W_P))) if not word.isspace()]
        for item in (old, new)
    )
    return words_alike(one, other) if one and other else 0.0
