"""The edits of looks, lists, sections, tables, pictures, notes and fields that bench/fidelity makes in documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polydesk.office.docx.edits import Edit
from polydesk.office.docx.edits_content import (
    FillControl,
    InsertBookmark,
    InsertCaption,
    InsertImage,
    InsertLink,
    InsertNote,
    InsertPageBreak,
    InsertReference,
    InsertToc,
    ReplaceImage,
    SetAltText,
    SetProperties,
)
from polydesk.office.docx.edits_layout import InsertSectionBreak, SetFormat, SetList, SetParagraphFormat, SetSection
from polydesk.office.docx.edits_tables import (
    DeleteColumn,
    DeleteTable,
    InsertColumn,
    InsertTable,
    MergeCells,
    SplitCell,
)
from polydesk.office.docx.views import ParagraphView, TableView

FOLLOWING = (
    r"(.*/)?(numbering|styles|settings|footnotes|endnotes|fontTable)\d*\.xml",
    r"(.*/)?_rels/[^/]*\.rels",
    r"\[Content_Types\]\.xml",
    r"(.*/)?media/.*",
    r"docProps/core\.xml",
    r"(.*/)?customXml/.*",
)
"""Members that such an edit may change or add beside its own part."""
_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def of_paragraph(paragraph: ParagraphView, number: int, other: str | None) -> Iterator[Edit]:
    """The edits of a paragraph of the body that has words.

    `number` keeps the names of bookmarks apart; `other` is the anchor of another paragraph to refer to.
    """
    at = paragraph.anchor
    yield SetFormat(at=at, bold=True, color="C00000")
    yield SetParagraphFormat(at=at, alignment="center", space_after=12)
    yield SetList(at=at, kind="bullet")
    yield InsertSectionBreak(after=at)
    yield SetSection(at=at, columns=2)
    yield InsertTable(after=at, rows=(("a", "b"), ("c", "d")))
    yield InsertImage(after=at, data=_DOT, alt="A dot")
    yield InsertNote(at=at, text="A note.")
    yield InsertLink(at=at, start=0, end=1, address="https://example.com/")
    yield InsertBookmark(at=at, name=f"measured{number}")
    yield InsertCaption(after=at, text="What is measured")
    yield InsertToc(before=at)
    yield InsertPageBreak(before=at)
    if other is not None:
        yield InsertReference(at=at, start=0, to=other)
    for mark in paragraph.marks:
        if mark.kind == "image":
            yield ReplaceImage(at=at, data=_DOT)
            yield SetAltText(at=at, alt="Described")
        if mark.kind == "content_control" and mark.ref:
            yield FillControl(control=mark.ref, value="Filled")


def of_table(table: TableView) -> Iterator[Edit]:
    """The edits of a table."""
    cells = table.rows[0].cells
    yield DeleteTable(at=table.anchor)
    yield InsertColumn(after=cells[0].anchor, cells=("New",) * len(table.rows))
    yield DeleteColumn(at=cells[0].anchor)
    if len(cells) > 1:
        yield MergeCells(at=cells[0].anchor, to=cells[1].anchor)
    merged: Sequence[str] = [cell.anchor for row in table.rows for cell in row.cells if cell.columns > 1]
    for anchor in merged[:1]:
        yield SplitCell(at=anchor)


def of_document() -> Iterator[Edit]:
    """The edits of the document as a whole."""
    yield SetProperties(title="Measured")
