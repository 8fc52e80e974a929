"""An anchor finds what it saw, or says that it is gone."""

from __future__ import annotations

import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    DeleteRow,
    Edit,
    InsertParagraph,
    InsertRow,
    MoveParagraph,
    RejectChange,
    ReplaceText,
    ReplyComment,
    ResolveComment,
    SetCell,
    SetStyle,
)
from polydesk.office.docx.views import ParagraphView
from tests.docx_builder import docx, ins, p, tbl
from tests.office.docx.trials import applied, places

DATA = docx(
    "one", p("two", style="Heading1"), tbl(["a", "b"], ["c", "d"]), p(ins("theirs", author="Ann")), header=["Top"]
)


def anchors() -> dict[str, str]:
    return {p.text: p.anchor for p in places(Document(DATA).view()).paragraphs}


def test_every_anchor_of_a_view_is_found_again() -> None:
    found = places(Document(DATA).view())
    edits: list[Edit] = [ReplaceText(at=p.anchor, text="x") for p in found.paragraphs]
    edits += [DeleteRow(at=row.anchor) for row in found.rows]
    edits += [SetCell(at=cell.anchor, text="x") for cell in found.cells]
    assert Document(DATA).check(edits) == []


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (ReplaceText(at="body/p1~00000000", text="x"), "no longer holds what the anchor saw"),
        (ReplaceText(at="body/p99", text="x"), "no paragraph at body/p99"),
        (ReplaceText(at="body/p0", text="x"), "no paragraph at body/p0"),
        (ReplaceText(at="body/p" + "9" * 5000, text="x"), "is no anchor of a paragraph"),
        (ReplaceText(at="body/p\u0661", text="x"), "is no anchor of a paragraph"),
        (ReplaceText(at="body/t1/r1/c1", text="x"), "is no anchor of a paragraph"),
        (ReplaceText(at="", text="x"), "is no anchor of a paragraph"),
        (ReplaceText(at="footer7/p1", text="x"), "no story called 'footer7'; there are body, header1"),
        (SetCell(at="body/p1", text="x"), "is no anchor of a table cell"),
        (SetCell(at="body/t1/r1/c9", text="x"), "no table cell at"),
        (DeleteRow(at="body/t2/r1"), "no table row at"),
        (DeleteRow(at="body/t1"), "is no anchor of a table row"),
        (ReplyComment(comment="comment#0", text="x"), "no comment 'comment#0'; the document has none"),
        (ResolveComment(comment="nonsense"), "no comment 'nonsense'"),
        (AcceptChange(change="body#1"), r"no tracked change 'body#1'; the document has body#\d+"),
        (RejectChange(change=""), "no tracked change ''"),
    ],
)
def test_what_is_not_there_is_said_with_the_number_of_the_edit(edit: Edit, problem: str) -> None:
    with pytest.raises(AnchorNotFoundError, match=problem) as refused:
        applied(DATA, ReplaceText(at="body/p2", text="before it"), edit)
    assert str(refused.value).startswith("edit 2 (")


def test_a_changed_style_is_a_changed_place() -> None:
    anchor = anchors()["one"]
    restyled = applied(DATA, SetStyle(at=anchor, style="heading 2"), tracked=False).data
    with pytest.raises(AnchorNotFoundError):
        applied(restyled, ReplaceText(at=anchor, text="x"))


def test_a_change_elsewhere_leaves_an_anchor_good() -> None:
    found = anchors()
    edited = applied(DATA, ReplaceText(at=found["one"], text="first")).data
    assert applied(edited, ReplaceText(at=found["two"], text="second")).data != edited


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (InsertParagraph(text="x"), "either `after` or `before`"),
        (InsertParagraph(after="body/p1", before="body/p2", text="x"), "either `after` or `before`"),
        (InsertParagraph(after="body/p1", text="x", style="Headline"), "no paragraph style 'Headline'"),
        (MoveParagraph(at="body/p1", after="body/p1"), "next to itself"),
        (MoveParagraph(at="body/p1", after="header1/p1"), "within one part only"),
        (InsertRow(after="body/t1/r1", cells=("only one",)), "has 2 cells and 1 texts"),
        (SetStyle(at="body/p1", style="nothing like it"), "no paragraph style"),
        (AddComment(at="header1/p1", text="x"), "no comments in header1"),
        (AddComment(at="body/p1", text=" \n"), "needs some words"),
    ],
)
def test_what_cannot_be_meant_is_refused(edit: Edit, problem: str) -> None:
    with pytest.raises(UnsupportedEditError, match=problem):
        applied(DATA, edit)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (DeleteParagraph(at="body/p1"), DeleteParagraph(at="body/p1")),
        (DeleteParagraph(at="body/p1"), MoveParagraph(at="body/p1", after="body/p2")),
        (DeleteRow(at="body/t1/r1"), DeleteRow(at="body/t1/r1")),
        (SetCell(at="body/t1/r1/c1", text="x"), SetCell(at="body/t1/r1/c1", text="y")),
        (AcceptChange(change="*"), RejectChange(change="*")),
    ],
)
def test_edits_that_exclude_each_other_conflict(first: Edit, second: Edit) -> None:
    with pytest.raises(EditConflictError, match="edit 2 "):
        applied(DATA, first, second)


def test_check_names_each_edit_that_cannot_be_made() -> None:
    good, bad = ReplaceText(at="body/p1", text="x"), ReplaceText(at="body/p99", text="x")
    problems = Document(DATA).check([good, bad, good, bad])
    assert [(problem.index, type(problem.error)) for problem in problems] == [
        (1, AnchorNotFoundError),
        (3, AnchorNotFoundError),
    ]
    assert all(isinstance(problem.error, OfficeError) for problem in problems)


def test_a_document_stays_as_it_is_whatever_is_done_with_it() -> None:
    document = Document(DATA)
    before = document.view()
    first = document.apply([ReplaceText(at="body/p1", text="x")], tracked=False)
    second = document.apply([ReplaceText(at="body/p1", text="x")], tracked=False)
    assert first.data == second.data
    assert document.view() == before
    block = before.stories[0].blocks[0]
    assert isinstance(block, ParagraphView)
    assert block.text == "one"
