"""Whole paragraphs go and come back, also where the last one of a cell or story is among them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from polydesk.core.errors import EditConflictError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AcceptChange, DeleteParagraph, Edit, RejectChange, ReplaceText, SetCell
from polydesk.office.docx.views import ParagraphView, TableView
from tests.docx_builder import docx, p, tbl, tc


def texts_after(data: bytes, edits: Sequence[Edit], verdict: Edit) -> list[str]:
    """The body's paragraphs when all marks that `edits` made are settled by `verdict`."""
    marked = Document(data).apply(edits).data
    settled = Document(Document(marked).apply([verdict]).data)
    return [block.text for block in settled.view().stories[0].blocks if isinstance(block, ParagraphView)]


@pytest.mark.parametrize(
    ("numbers", "left"),
    [
        ([3], ["A", "B"]),
        ([2, 3], ["A"]),
        ([3, 2], ["A"]),
        ([1, 3], ["B"]),
        ([1, 2, 3], [""]),
        ([3, 2, 1], [""]),
    ],
)
def test_deleting_the_last_paragraphs_in_any_order_leaves_none_of_them(numbers: list[int], left: list[str]) -> None:
    data = docx(p("A"), p("B", align="center"), p("C", align="right"))
    edits = [DeleteParagraph(at=f"body/p{number}") for number in numbers]
    assert texts_after(data, edits, AcceptChange(change="*")) == left
    assert texts_after(data, edits, RejectChange(change="*")) == ["A", "B", "C"]


def test_cell_of_three_paragraphs_becomes_one_line() -> None:
    data = docx(tbl([tc("a", "b", "c"), "x"]), "end")
    cell = _cell(data)
    marked = Document(data).apply([SetCell(at=cell[0], text="One line.")]).data
    assert _cell(Document(marked).apply([AcceptChange(change="*")]).data)[1] == "One line."
    assert _cell(Document(marked).apply([RejectChange(change="*")]).data)[1] == "a\nb\nc"


def test_tracked_and_direct_replacements_in_one_paragraph_conflict() -> None:
    edits = [
        ReplaceText(at="body/p1", find="one", text="1"),
        ReplaceText(at="body/p1", find="two", text="2", tracked=False),
    ]
    with pytest.raises(EditConflictError, match=r"edit 2 .*another choice of tracked"):
        Document(docx("one two")).apply(edits)


def _cell(data: bytes) -> tuple[str, str]:
    table = Document(data).view().stories[0].blocks[0]
    assert isinstance(table, TableView)
    return table.rows[0].cells[0].anchor, table.rows[0].cells[0].text
