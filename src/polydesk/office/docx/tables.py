"""Editing table cells, and adding and removing rows, tracked or directly (ISO/IEC 29500-1, 17.4)."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_P, W_PPR, W_R, W_RPR, W_VAL, paragraph_text, whole_number
from polydesk.office.docx.paragraphs import delete_paragraph, insert_after, new_paragraph
from polydesk.office.docx.properties import base_properties, control_around, mark_paragraph, uniform_look
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import new_run, wrap
from polydesk.office.docx.stories import child_blocks, row_cells, table_rows
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.text import replace_text
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart

_TR_PR, _TC_PR, _V_MERGE = f"{W}trPr", f"{W}tcPr", f"{W}vMerge"
_NOT_INHERITED = frozenset(
    f"{W}{name}" for name in ("ins", "del", "trPrChange", "tblHeader", "tcPrChange", "cellIns", "cellDel", "cellMerge")
)
_BEFORE_CELLS = frozenset({f"{W}tblPrEx", _TR_PR})


def set_cell(part: XmlPart, cell: Element, text: str, styles: Styles, revisions: Revisions, *, tracked: bool) -> None:
    """Make the cell's paragraphs read the lines of `text`; a single paragraph takes all lines."""
    paragraphs = [block for block in child_blocks(cell) if block.tag == W_P]
    if not paragraphs:
        raise UnsupportedEditError("the cell has no paragraph, as damaged files do", part=part.name)
    lines = clean_text(text).split("\n")
    if len(paragraphs) == 1 or len(lines) == 1:
        lines = ["\n".join(lines)]
    for paragraph, line in zip(paragraphs, lines, strict=False):
        if paragraph_text(paragraph) != line:
            part.touch(paragraph)
            replace_text(paragraph, line, revisions, tracked=tracked)
    last = paragraphs[min(len(lines), len(paragraphs)) - 1]
    for line in lines[len(paragraphs) :]:
        new = new_paragraph(line, last, None, styles)
        insert_after(part, last, new, revisions, tracked=tracked)
        last = new
    for paragraph in reversed(paragraphs[len(lines) :]):
        delete_paragraph(part, paragraph, revisions, tracked=tracked)


def insert_row(
    part: XmlPart, neighbour: Element, cells: tuple[str, ...], revisions: Revisions, *, before: bool, tracked: bool
) -> Element:
    """The new row, put beside `neighbour` in its likeness. Raises UnsupportedEditError when the cells do not fit."""
    pattern = row_cells(neighbour)
    if len(cells) != len(pattern):
        raise UnsupportedEditError(
            f"the row has {len(pattern)} cells and {len(cells)} texts were given; give one for each", part=part.name
        )
    row = etree.Element(f"{W}tr")
    for child in neighbour:
        if child.tag in _BEFORE_CELLS:
            row.append(_inherited(child))
    continues = _merged_across(neighbour, before=before)
    for position, (old, text) in enumerate(zip(pattern, cells, strict=True)):
        row.append(_new_cell(old, text, merged=continues[position]))
    if before:
        part.insert_before(neighbour, row)
    else:
        part.insert_after(neighbour, row)
    if tracked:
        mark_row(row, "ins", revisions)
    return row


def delete_row(part: XmlPart, row: Element, revisions: Revisions, *, tracked: bool) -> None:
    """Delete the row. The last row of a table takes the table with it."""
    if tracked:
        if row.find(f"{_TR_PR}/{W}del") is None:
            part.touch(row)
            mark_row(row, "del", revisions)
        return
    remove_row(part, row)


def remove_row(part: XmlPart, row: Element) -> None:
    """Take the row out; cells that were merged with it from below begin there anew."""
    table = next(row.iterancestors(f"{W}tbl"))
    rows = table_rows(table)
    if len(rows) == 1:
        control = control_around(table)
        part.remove(table if control is None else control)
        return
    position = rows.index(row)
    if position + 1 < len(rows):
        _restart_merges(part, row, rows[position + 1])
    part.remove(row)


def grid_span(cell: Element) -> int:
    """How many grid columns the cell covers."""
    span = cell.find(f"{_TC_PR}/{W}gridSpan")
    return (None if span is None else whole_number(span.get(W_VAL))) or 1


def continues_above(cell: Element) -> bool:
    """Whether the cell is merged with the one above it."""
    merge = cell.find(f"{_TC_PR}/{_V_MERGE}")
    return merge is not None and merge.get(W_VAL, "continue") != "restart"


def mark_row(row: Element, kind: str, revisions: Revisions) -> None:
    """Mark the row and all that it says as inserted (`ins`) or deleted (`del`)."""
    properties = row.find(_TR_PR)
    if properties is None:
        properties = etree.Element(_TR_PR)
        row.insert(1 if row.find(f"{W}tblPrEx") is not None else 0, properties)
    mark = revisions.mark(kind)
    later = next((child for child in properties if child.tag in _later_than(kind)), None)
    if later is None:
        properties.append(mark)
    else:
        later.addprevious(mark)
    for paragraph in row.iter(W_P):
        runs = [run for run in paragraph.iter(W_R) if not _is_deleted(run, paragraph)]
        wrap(runs, kind, revisions)
        mark_paragraph(paragraph, kind, revisions)


def _later_than(kind: str) -> tuple[str, ...]:
    return (f"{W}del", f"{W}trPrChange") if kind == "ins" else (f"{W}trPrChange",)


def _is_deleted(run: Element, paragraph: Element) -> bool:
    for ancestor in run.iterancestors():
        if ancestor is paragraph:
            return False
        if ancestor.tag in (f"{W}del", f"{W}moveFrom", W_R):
            return True
    return False


def _inherited(properties: Element) -> Element:
    copy = deepcopy(properties)
    copy.tail = None
    for child in list(copy):
        if child.tag in _NOT_INHERITED:
            copy.remove(child)
    return copy


def _new_cell(pattern: Element, text: str, *, merged: bool) -> Element:
    cell = etree.Element(f"{W}tc")
    properties = pattern.find(_TC_PR)
    if properties is not None:
        cell.append(_inherited(properties))
        merge = cell.find(f"{_TC_PR}/{_V_MERGE}")
        if merge is not None:
            if merged:
                merge.set(W_VAL, "continue")
            else:
                cell[0].remove(merge)
    model = next((block for block in child_blocks(pattern) if block.tag == W_P), None)
    for line in clean_text(text).split("\n"):
        cell.append(_cell_paragraph(line, model))
    return cell


def _cell_paragraph(line: str, model: Element | None) -> Element:
    paragraph = etree.Element(W_P)
    if model is None:
        look = None
    else:
        base = base_properties(model)
        if len(base):
            paragraph.append(base)
        mark = model.find(f"{W_PPR}/{W_RPR}")
        look = uniform_look(model)
        look = mark if look is None and not paragraph_text(model) else look
    if line:
        paragraph.append(new_run(line, look))
    return paragraph


def _merged_across(neighbour: Element, *, before: bool) -> list[bool]:
    """For each cell of a new row beside `neighbour` whether a vertical merge runs through it."""
    cells = row_cells(neighbour)
    if before:
        return [continues_above(cell) for cell in cells]
    rows = table_rows(next(neighbour.iterancestors(f"{W}tbl")))
    position = rows.index(neighbour)
    below = _by_column(rows[position + 1]) if position + 1 < len(rows) else {}
    return [(cell := below.get(column)) is not None and continues_above(cell) for column in _by_column(neighbour)]


def _restart_merges(part: XmlPart, row: Element, below: Element) -> None:
    under = _by_column(below)
    for column, cell in _by_column(row).items():
        merge = cell.find(f"{_TC_PR}/{_V_MERGE}")
        follower = under.get(column)
        if merge is None or continues_above(cell) or follower is None or not continues_above(follower):
            continue
        part.touch(follower)
        continued = follower.find(f"{_TC_PR}/{_V_MERGE}")
        assert continued is not None
        continued.set(W_VAL, "restart")


def _by_column(row: Element) -> dict[int, Element]:
    """The row's cells by the grid column at which they begin."""
    skipped = row.find(f"{_TR_PR}/{W}gridBefore")
    column, found = (None if skipped is None else whole_number(skipped.get(W_VAL))) or 0, dict[int, Element]()
    for cell in row_cells(row):
        found[column] = cell
        column += grid_span(cell)
    return found
