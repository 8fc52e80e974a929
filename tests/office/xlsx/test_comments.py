"""Notes and threads: made, changed, answered, deleted; read back by openpyxl; boxes and persons kept right."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.object_edits import AddComment, DeleteComment, EditComment, ReplyComment, ResolveComment
from polydesk.office.xlsx.structure_edits import CopySheet, InsertRows
from polydesk.office.xlsx.views import CommentView
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.furnished import furnished
from tests.office.xlsx.grids import applied, names, workbook
from tests.xlsx_builder import part, sheet, xlsx

BOOK = furnished()


def opened(data: bytes, name: str = "Sales") -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))[name]


def comments(data: bytes, sheet: int = 0) -> list[tuple[str, str, str]]:
    return [(one.at, one.author, one.text) for one in Workbook(data).view().sheets[sheet].comments]


def test_a_note_joins_those_that_are_there() -> None:
    result = Workbook(BOOK).apply([AddComment(at="Sales!B3", text="Two\nlines & <more>")], author="Grace")
    data = result.data
    assert comments(data) == [("B2", "Ada", "Guessed."), ("B3", "Grace", "Two\nlines & <more>")]
    note = opened(data)["B3"].comment
    assert (note.text, note.author) == ("Two\nlines & <more>", "Grace")
    assert set(result.changed_parts) == {"/xl/comments1.xml", "/xl/drawings/vmlDrawing1.vml"}
    boxes = part(data, "xl/drawings/vmlDrawing1.vml").decode()
    ids = re.findall(r'<v:shape id="(\w+)"', boxes)
    assert len(ids) == len(set(ids)) == 2
    assert re.findall(r"<x:Row>(\d+)</x:Row>", boxes) == ["1", "2"]
    assert boxes.count("<v:shapetype") == 1


def test_a_sheet_without_notes_gets_their_parts() -> None:
    data = applied(BOOK, AddComment(at="Notes!C5", text="First."), AddComment(at="Notes!C6", text="Second."))
    assert comments(data, 1) == [("C5", "Polydesk", "First."), ("C6", "Polydesk", "Second.")]
    assert opened(data, "Notes")["C6"].comment.text == "Second."
    maps = [
        re.findall(r'o:idmap [^>]*data="(\d+)"', part(data, name).decode()) for name in names(data) if ".vml" in name
    ]
    assert len({one for found in maps for one in found}) == len(maps)
    tags = re.findall(rb"<(drawing|legacyDrawing|pageMargins)\b", part(data, "xl/worksheets/sheet2.xml"))
    assert tags == [b"pageMargins", b"drawing", b"legacyDrawing"]


def test_strict_and_prefixed_sheets_take_notes() -> None:
    data = applied(xlsx(sheet("", prefix="x"), strict=True), AddComment(at="Sheet1!A1", text="x"))
    assert comments(data) == [("A1", "Polydesk", "x")]
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/comments" in part(
        data, "xl/worksheets/_rels/sheet1.xml.rels"
    )
    assert b"purl.oclc.org/ooxml/spreadsheetml/main" in part(data, "xl/comments1.xml")


def test_a_deleted_note_gives_back_what_was_there_before() -> None:
    plain = workbook({"Sales": {"A1": 1}})
    data = applied(applied(plain, AddComment(at="Sales!A1", text="x")), DeleteComment(at="Sales!A1"))
    assert set(names(data)) - set(names(plain)) <= {"xl/worksheets/_rels/sheet1.xml.rels"}
    assert part(data, "xl/worksheets/sheet1.xml") == part(plain, "xl/worksheets/sheet1.xml")
    one = applied(applied(BOOK, AddComment(at="Sales!B3", text="x")), DeleteComment(at="Sales!B3"))
    assert part(one, "xl/drawings/vmlDrawing1.vml") == part(BOOK, "xl/drawings/vmlDrawing1.vml")
    assert comments(one) == comments(BOOK)


def test_a_note_gets_other_words_in_its_look() -> None:
    data = applied(BOOK, EditComment(at="Sales!B2", text="Counted."))
    assert comments(data) == [("B2", "Ada", "Counted.")]
    before, after = part(BOOK, "xl/comments1.xml"), part(data, "xl/comments1.xml")
    assert re.findall(rb"<rPr>.*?</rPr>", after) == re.findall(rb"<rPr>.*?</rPr>", before)


def test_a_thread_is_answered_and_resolved() -> None:
    edits: list[Edit] = [ReplyComment(at="Talk!A1", text="Yes & <no>."), ResolveComment(at="Talk!A1")]
    result = Workbook(BOOK).apply(edits, author="Grace", at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert Workbook(result.data).view().sheets[2].comments == (
        CommentView(
            at="A1", kind="comment", author="Ada", text="Is this right?", done=True, replies=("Grace: Yes & <no>.",)
        ),
    )
    assert b'dT="2026-11-24T09:30:00.00"' in part(result.data, "xl/threadedComments/threadedComment1.xml")
    assert opened(result.data, "Talk")["A1"].comment.text.endswith("Is this right?\nReply:\n    Yes & <no>.")
    more = Workbook(result.data).apply([ReplyComment(at="Talk!A1", text="Good.")], author="Grace").data
    assert part(more, "xl/persons/person.xml") == part(result.data, "xl/persons/person.xml")
    assert Workbook(more).view().sheets[2].comments[0].replies == ("Grace: Yes & <no>.", "Grace: Good.")
    open_again = applied(result.data, ResolveComment(at="Talk!A1", done=False))
    assert not Workbook(open_again).view().sheets[2].comments[0].done


def test_a_thread_is_deleted_with_its_note_and_box() -> None:
    data = applied(applied(BOOK, ReplyComment(at="Talk!A1", text="Yes.")), DeleteComment(at="Talk!A1"))
    assert Workbook(data).view().sheets[2].comments == ()
    assert "xl/threadedComments/threadedComment1.xml" not in names(data)
    assert b"legacyDrawing" not in part(data, "xl/worksheets/sheet3.xml")


def test_rows_and_copied_sheets_take_notes_along() -> None:
    data = applied(BOOK, InsertRows(before="Sales!2:2", count=3), AddComment(at="Sales!B3", text="x"))
    assert [place for place, _, _ in comments(data)] == ["B5", "B6"]
    boxes = part(data, "xl/drawings/vmlDrawing1.vml").decode()
    assert re.findall(r"<x:Row>(\d+)</x:Row>", boxes) == ["4", "5"]
    copied = applied(data, CopySheet(sheet="Sales", name="Copy"))
    place = [one.name for one in Workbook(copied).view().sheets].index("Copy")
    assert comments(copied, place) == comments(data)


REFUSED: list[tuple[list[Edit], type[OfficeError]]] = [
    ([AddComment(at="Sales!B2", text="x")], UnsupportedEditError),
    ([AddComment(at="Talk!A1", text="x")], UnsupportedEditError),
    ([AddComment(at="Sales!B3:B4", text="x")], UnsupportedEditError),
    ([AddComment(at="Sales!B3", text=" ")], UnsupportedEditError),
    ([AddComment(at="Sales!B3", text="x" * 40_000)], UnsupportedEditError),
    ([AddComment(at="Sales!B3", text="x"), AddComment(at="Sales!B3", text="y")], EditConflictError),
    ([EditComment(at="Sales!B3", text="x")], AnchorNotFoundError),
    ([EditComment(at="Talk!A1", text="x")], UnsupportedEditError),
    ([DeleteComment(at="Sales!B3")], AnchorNotFoundError),
    ([DeleteComment(at="Talk!A1"), ResolveComment(at="Talk!A1")], EditConflictError),
    ([ReplyComment(at="Sales!B2", text="x")], AnchorNotFoundError),
    ([ResolveComment(at="Sales!B3")], AnchorNotFoundError),
]


@pytest.mark.parametrize(("edits", "error"), REFUSED)
def test_what_cannot_be_is_refused(edits: list[Edit], error: type[OfficeError]) -> None:
    with pytest.raises(error):
        applied(BOOK, *edits)
