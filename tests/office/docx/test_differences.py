"""The edits between two documents lead from the one to the other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.docx.differences import edits_between, inexpressible
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import Edit
from polydesk.office.edits import kind_of
from tests.corpus_files import corpus_files, corpus_id
from tests.docx_builder import Piece, b, docx, i, image, p, r, tbl, tc
from tests.office.docx.contents import contents
from tests.office.docx.trials import trial_edits

FILES = corpus_files(".docx", ".docm", ".dotx", ".dotm")
EXPRESSED = frozenset(
    {
        *("replace_text", "insert_paragraph", "delete_paragraph", "set_style", "set_cell", "insert_row", "delete_row"),
        *("set_format", "set_paragraph_format", "set_section", "set_properties", "set_list"),
    }
)
"""Edits whose effect the edits between two documents can always say again."""


def between(a: bytes, b_: bytes) -> list[Edit]:
    return edits_between(Document(a), Document(b_))


def made(a: bytes, edits: list[Edit]) -> bytes:
    return Document(a).apply(edits, tracked=False, ignore_protection=True).data


PAIRS: dict[str, tuple[list[Piece], list[Piece], set[str]]] = {
    "words": ([p("The board met.")], [p("The whole board met.")], {"replace_text"}),
    "a paragraph more": ([p("One is."), p("Two is.")], [p("One is."), p("New."), p("Two is.")], {"insert_paragraph"}),
    "a new end": ([p("One is.")], [p("One is."), p("Two"), p("Three")], {"insert_paragraph"}),
    "one gone": ([p("One is."), p("Two is.")], [p("Two is.")], {"delete_paragraph"}),
    "a style": ([p("One")], [p("One", style="Heading1")], {"set_style"}),
    "layout": ([p("One")], [p("One", align="center")], {"set_paragraph_format"}),
    "looks": ([p("One two three.")], [p("One ", b("two"), " ", i("three"), ".")], {"set_format"}),
    "colour and size": ([p("One")], [p(r("One", color="C00000", half_points=28))], {"set_format"}),
    "a look gone": ([p("One ", b("two"))], [p("One two")], {"set_format"}),
    "an item": ([p("One")], [p("One", num=(2, 0))], {"set_list"}),
    "a cell": ([tbl(["a", "b"]), p("End")], [tbl(["a", "c"]), p("End")], {"replace_text"}),
    "a row": ([tbl(["a", "b"], ["c", "d"]), p()], [tbl(["a", "b"], ["x", "y"], ["c", "d"]), p()], {"insert_row"}),
    "a column": ([tbl(["a", "b"], ["c", "d"]), p()], [tbl(["a", "x", "b"], ["c", "y", "d"]), p()], {"insert_column"}),
    "a column gone": (
        [tbl(["a", "x", "b"], ["c", "y", "d"]), p()],
        [tbl(["a", "b"], ["c", "d"]), p()],
        {"delete_column"},
    ),
    "a table": ([p("One is."), p("End")], [p("One is."), tbl(["a", "b"]), p("End")], {"insert_table"}),
    "a table gone": ([p("One is."), tbl(["a"]), p("End")], [p("One is."), p("End")], {"delete_table"}),
    "a picture": ([p("One is."), p("End")], [p("One is."), p(image("A cat")), p("End")], {"insert_image"}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_difference_is_said_by_the_edit_for_it(name: str) -> None:
    old, new = (docx(*pieces) for pieces in PAIRS[name][:2])
    edits = between(old, new)
    assert {kind_of(edit) for edit in edits} == PAIRS[name][2]
    assert contents(made(old, edits)) == contents(new)


def test_what_no_edit_can_bring_about_is_told() -> None:
    old, new = docx(tbl([tc("a", span=2)], ["b", "c"]), p()), docx(tbl([tc("a", span=2)], [tc("b", span=2)]), p())
    assert inexpressible(Document(old), Document(new)) != []
    assert inexpressible(Document(old), Document(old)) == []


@pytest.mark.parametrize("file", FILES[::2], ids=corpus_id)
def test_edits_of_real_files_are_found_again(file: Path) -> None:
    """Each of the edits that can be said alone: made, the edits between the two files, made again."""
    try:
        document = Document(file.read_bytes())
    except OfficeError:
        pytest.skip("cannot be read, which the package tests look at")
    if document.changes():
        pytest.skip("holds tracked changes, which count as accepted")
    for edit in trial_edits(document.view(), random.Random(f"7 {file.name}")):
        if kind_of(edit) not in EXPRESSED or "\t" in getattr(edit, "text", ""):
            continue
        try:
            other = document.apply([edit], tracked=False, ignore_protection=True).data
        except OfficeError:
            continue
        again = made(document.data, between(document.data, other))
        assert contents(again, looks=False) == contents(other, looks=False), edit
