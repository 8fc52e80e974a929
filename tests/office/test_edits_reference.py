"""docs/reference/edits.md says what the code does: every edit, every field, every example, every rule of conflict."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args

import msgspec
import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.docx.document import Document, open_document
from polydesk.office.docx.edits import Edit, parse_edits
from tests.docx_builder import PNG, docx, p, restyled, tbl, tc

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "edits.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(Edit)}
EXAMPLES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

VALUES = {
    "anchor": str,
    "text": str,
    "comment id": str,
    "change id": str,
    "number": int,
    "true, false": bool,
    "list of texts": tuple[str, ...],
    "list of lists of texts": tuple[tuple[str, ...], ...],
    "points": float,
}


@pytest.fixture(scope="module")
def report() -> Document:
    return open_document(ROOT / "examples" / "board-report.docx")


def rows(section: str) -> dict[str, str]:
    """The table of fields: name to value."""
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", section, re.MULTILINE))


def documented_type(value: str) -> Any:
    value, _, default = value.partition(", default ")
    words = tuple(re.findall("`(.*?)`", value)) if value.startswith("one of ") else ()
    kind: Any = Literal[words] if words else VALUES[value]
    return kind | None if default == "null" else kind


def test_every_edit_has_a_section_in_the_order_of_the_code() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE)
    assert (list(SECTIONS), listed) == (list(EDITS), list(EDITS))


@pytest.mark.parametrize("name", EDITS)
def test_every_field_has_its_row_with_its_type_and_default(name: str) -> None:
    found = {
        field: (documented_type(value), msgspec.json.decode(value.partition(", default ")[2] or '"required"'))
        for field, value in rows(SECTIONS[name]).items()
    }
    assert found == {
        field.name: (field.type, "required" if field.required else field.default)
        for field in msgspec.structs.fields(EDITS[name])
    }


@pytest.mark.parametrize("name", EDITS)
def test_every_section_says_the_same_four_things_and_has_an_example(name: str) -> None:
    section = SECTIONS[name]
    heads = re.findall(r"^- \*\*(.*?):\*\*", section, re.MULTILINE)
    kinds = {
        edit["edit"] for example in re.findall(r"```json\n(.*?)```", section, re.S) for edit in json.loads(example)
    }
    assert (heads, kinds) == (["Tracked", "Direct", "May change", "Refuses"], {name})
    can_be_tracked = "tracked" in EDITS[name].__struct_fields__
    assert ("**Tracked:** never." in section) is not can_be_tracked
    assert re.search(rf"^\| \[`{name}`\].*\| {'yes' if can_be_tracked else 'no'} \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "direct"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: json.loads(text)[0]["edit"])
def test_every_example_applies_to_the_report_and_changes_what_is_said(
    example: str, tracked: bool, report: Document
) -> None:
    edits = parse_edits(example)
    result = report.apply(edits, tracked=tracked)
    may_change = {part for edit in edits for part in parts_named(SECTIONS[str(type(edit).__struct_config__.tag)])}
    assert set(result.changed_parts) <= may_change
    assert result.changed_parts != ()
    for done in result.edits:
        can_be_tracked = "tracked" in done.edit.__struct_fields__
        assert bool(done.change_ids) is (tracked and can_be_tracked)


_MADE = ("/word/_rels/document.xml.rels", "/[Content_Types].xml")


def parts_named(section: str) -> set[str]:
    """The parts that a section's line on them means in the report, whose comment parts exist already or are new."""
    line = re.search(r"\*\*May change:\*\* (.*)\.", section)
    assert line is not None
    named: set[str] = set()
    for phrase in re.split(r", |; ", line[1]):
        named |= {
            "the part": {"/word/document.xml"},
            "the comment parts": {
                "/word/comments.xml",
                "/word/commentsExtended.xml",
                "/word/_rels/document.xml.rels",
                "/[Content_Types].xml",
            },
            "the numbering": {"/word/numbering.xml", *_MADE},
            "the pictures": {"/word/media/image1.png", "/word/media/image2.png", *_MADE},
            "the notes": {"/word/footnotes.xml", "/word/endnotes.xml", *_MADE},
            "the relationships": {"/word/_rels/document.xml.rels"},
            "the properties": {"/docProps/core.xml", "/_rels/.rels", "/[Content_Types].xml"},
            "the bound data": set[str](),
            "with `*` every part with tracked changes": set[str](),
        }[phrase]
    return named


def test_anchors_of_the_page_are_those_of_the_report(report: Document) -> None:
    text = report.view()
    encoded = msgspec.json.encode(text).decode()
    anchors = set(re.findall(r"`?\"?((?:body|header1)/[\w/]+~[0-9a-f]{8})", PAGE))
    assert {anchor for anchor in anchors if f'"{anchor}"' not in encoded} == set()


# Rules ----------------------------------------------------------------------------------------------------------

SMALL = docx(
    p("One two two three."),
    p(restyled("Four five."), ppr='<w:pPrChange w:id="900" w:author="A"><w:pPr/></w:pPrChange>'),
    tbl([tc(p("a")), "b"], ["c", "d"]),
    p("Six."),
    p("Seven.", ppr="<w:sectPr/>"),
    p("The end."),
    header=["Top"],
)

CONFLICTS: list[tuple[str, list[dict[str, Any]], type[OfficeError] | None]] = [
    (
        "two replacements of one paragraph, of different words",
        [
            {"edit": "replace_text", "at": "body/p1", "find": "One", "text": "1"},
            {"edit": "replace_text", "at": "body/p1", "find": "three", "text": "3"},
        ],
        None,
    ),
    (
        "two replacements that share words, or name the same point",
        [
            {"edit": "replace_text", "at": "body/p1", "find": "One two", "text": "1"},
            {"edit": "replace_text", "at": "body/p1", "find": "two two", "text": "3"},
        ],
        EditConflictError,
    ),
    (
        "two replacements that share words, or name the same point",
        2 * [{"edit": "replace_text", "at": "body/p1", "start": 3, "end": 3, "text": " or"}],
        EditConflictError,
    ),
    (
        "a tracked and a direct replacement in one paragraph",
        [
            {"edit": "replace_text", "at": "body/p1", "find": "One", "text": "1"},
            {"edit": "replace_text", "at": "body/p1", "find": "three", "text": "3", "tracked": False},
        ],
        EditConflictError,
    ),
    (
        "two of delete and move for the same paragraph",
        [
            {"edit": "delete_paragraph", "at": "body/p1"},
            {"edit": "move_paragraph", "at": "body/p1", "after": "body/p2"},
        ],
        EditConflictError,
    ),
    (
        "two `set_cell` for one cell, two `delete_row` for one row",
        2 * [{"edit": "set_cell", "at": "body/t1/r1/c1", "text": "x"}],
        EditConflictError,
    ),
    (
        "two `set_cell` for one cell, two `delete_row` for one row",
        2 * [{"edit": "delete_row", "at": "body/t1/r1"}],
        EditConflictError,
    ),
    (
        "two edits of one table's columns or merged cells",
        [
            {"edit": "delete_column", "at": "body/t1/r1/c1"},
            {"edit": "insert_column", "after": "body/t1/r2/c2", "cells": []},
        ],
        EditConflictError,
    ),
    (
        "accepting and rejecting the same change",
        [{"edit": "accept_change", "change": "*"}, {"edit": "reject_change", "change": "body#900"}],
        EditConflictError,
    ),
    (
        "several insertions after the same place",
        [{"edit": "insert_paragraph", "after": "body/p1", "text": text} for text in ("A", "B")],
        None,
    ),
    (
        "a replacement and a deletion of one paragraph",
        [
            {"edit": "delete_paragraph", "at": "body/p1"},
            {"edit": "replace_text", "at": "body/p1", "find": "One", "text": "1"},
        ],
        None,
    ),
]


def test_every_row_of_the_table_of_conflicts_is_tried() -> None:
    table = PAGE.partition("| together in one list |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (?!-)(.*?) \|", table, re.MULTILINE) == list(dict.fromkeys(row[0] for row in CONFLICTS))


@pytest.mark.parametrize(("row", "edits", "error"), CONFLICTS)
def test_edits_of_one_list_meet_as_the_table_says(
    row: str, edits: list[dict[str, Any]], error: type[OfficeError] | None
) -> None:
    outcome = PAGE.partition(f"| {row} | ")[2].partition(" |")[0]
    assert outcome.startswith(f"`{error.__name__}`") if error else not outcome.startswith("`")
    document = open_document(SMALL)
    if error is None:
        assert document.apply(parse_edits(json.dumps(edits))).data != SMALL
        return
    with pytest.raises(error):
        document.apply(parse_edits(json.dumps(edits)))


def test_several_insertions_stand_in_the_order_of_the_list() -> None:
    edits = [{"edit": "insert_paragraph", "after": "body/p1", "text": text} for text in ("A", "B")]
    result = open_document(open_document(SMALL).apply(parse_edits(json.dumps(edits)), tracked=False).data)
    assert [getattr(block, "text", "") for block in result.view().stories[0].blocks[1:3]] == ["A", "B"]


DOT = base64.b64encode(PNG).decode()
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"edit": "replace_text", "at": "body/p1", "find": "two", "text": ""}, "do not occur exactly once"),
    ({"edit": "replace_text", "at": "body/p1", "start": 0, "end": 99, "text": ""}, "offsets outside the paragraph"),
    ({"edit": "insert_paragraph", "text": "x"}, "both or neither of `after` and `before`"),
    ({"edit": "insert_paragraph", "after": "body/p1", "text": "x", "style": "No"}, "a style that the document has not"),
    ({"edit": "delete_paragraph", "at": "body/p8"}, "a paragraph that ends a section"),
    ({"edit": "move_paragraph", "at": "body/p1", "after": "header1/p1"}, "a move to another part"),
    ({"edit": "move_paragraph", "at": "body/p1", "after": "body/p1"}, "next to itself"),
    ({"edit": "move_paragraph", "at": "body/p8", "after": "body/p1"}, "a paragraph that ends a section"),
    ({"edit": "move_paragraph", "at": "body/p3", "after": "body/p1", "tracked": False}, "the only paragraph of a"),
    ({"edit": "set_style", "at": "body/p1", "style": "No"}, "a style that the document has not got"),
    ({"edit": "set_style", "at": "body/p2", "style": "Heading1"}, "a paragraph with a tracked change of"),
    ({"edit": "add_comment", "at": "header1/p1", "text": "x"}, "headers, footers"),
    ({"edit": "add_comment", "at": "body/p1", "text": " "}, "a comment without words"),
    ({"edit": "add_comment", "at": "body/p1", "find": "two", "text": "x"}, "words that do not occur"),
    ({"edit": "insert_row", "after": "body/t1/r1", "cells": ["x"]}, "another number of texts"),
    ({"edit": "insert_row", "cells": ["x", "y"]}, "both or neither of `after` and `before`"),
    ({"edit": "set_format", "at": "body/p1", "color": "red"}, "a colour, size or style that there is none of"),
    ({"edit": "set_format", "at": "body/p1"}, "an edit that names no look"),
    ({"edit": "set_format", "at": "body/p2", "italic": True}, "characters with a tracked change of their look"),
    ({"edit": "set_paragraph_format", "at": "body/p1", "space_after": -3}, "lengths that no page has"),
    ({"edit": "set_paragraph_format", "at": "body/p2", "alignment": "right"}, "a paragraph with a tracked change"),
    ({"edit": "set_list", "at": "body/p1", "kind": "bullet", "level": 9}, "levels other than 0 to 8"),
    ({"edit": "insert_section_break", "after": "body/p3"}, "paragraphs outside the body itself"),
    ({"edit": "insert_section_break", "after": "body/p8"}, "that end a section already"),
    ({"edit": "set_section", "at": "header1/p1", "columns": 2}, "paragraphs outside the body"),
    ({"edit": "set_section", "at": "body/p1", "page_width": 5}, "lengths that no page has"),
    ({"edit": "insert_table", "after": "body/p1", "rows": [["a"], ["b", "c"]]}, "rows of different lengths"),
    ({"edit": "insert_table", "after": "body/p1", "rows": [["a"]], "style": "No"}, "a table style that"),
    ({"edit": "insert_column", "after": "body/t1/r1/c1", "cells": ["x"]}, "another number of texts"),
    ({"edit": "merge_cells", "at": "body/t1/r2/c2", "to": "body/t1/r1/c1"}, "corners that form no rectangle"),
    ({"edit": "split_cell", "at": "body/t1/r1/c1"}, "a cell that is not merged"),
    ({"edit": "insert_image", "after": "body/p1", "data": "AAAA", "alt": "x"}, "files other than PNG"),
    ({"edit": "insert_image", "after": "body/p1", "data": DOT, "alt": " "}, "a picture without a description"),
    ({"edit": "set_alt_text", "at": "body/p1", "alt": "x"}, "a number that no drawing of the paragraph has"),
    ({"edit": "insert_note", "at": "header1/p1", "text": "x"}, "places outside the body"),
    ({"edit": "insert_note", "at": "body/p1", "text": " "}, "a note without words"),
    ({"edit": "insert_link", "at": "body/p1", "address": "file:///etc"}, "addresses of other kinds"),
    ({"edit": "insert_link", "at": "body/p1", "address": "#nowhere"}, "bookmarks that are not there"),
    ({"edit": "insert_bookmark", "at": "body/p1", "name": "1st"}, "that Word does not take"),
    ({"edit": "insert_reference", "at": "body/p1", "to": "body/p1"}, "or to the paragraph itself"),
    ({"edit": "insert_reference", "at": "body/p1", "to": "header1/p1"}, "another part than the body"),
    ({"edit": "insert_caption", "after": "body/p1", "label": "1", "text": "x"}, "labels that are no words"),
    ({"edit": "insert_toc", "after": "body/p1", "levels": 0}, "levels other than 1 to 9"),
]


@pytest.mark.parametrize(("edit", "phrase"), REFUSALS)
def test_what_is_said_to_be_refused_is_refused(edit: dict[str, Any], phrase: str) -> None:
    refuses = SECTIONS[edit["edit"]].partition("**Refuses:**")[2]
    assert phrase in " ".join(refuses.split())
    with pytest.raises(UnsupportedEditError):
        open_document(SMALL).apply(parse_edits(json.dumps([edit])))


@pytest.mark.parametrize(
    "edit",
    [
        {"edit": "set_cell", "at": "body/t1/r1", "text": "x"},
        {"edit": "delete_row", "at": "body/t1/r1/c1"},
        {"edit": "replace_text", "at": "body/p1~00000000", "text": "x"},
        {"edit": "reply_comment", "comment": "comment#7", "text": "x"},
        {"edit": "resolve_comment", "comment": "comment#7"},
        {"edit": "fill_control", "control": "none", "value": "x"},
        {"edit": "delete_table", "at": "body/t1/r1"},
        {"edit": "accept_change", "change": "body#1"},
        {"edit": "reject_change", "change": "body#1"},
    ],
)
def test_places_that_are_not_there_are_not_found(edit: dict[str, Any]) -> None:
    with pytest.raises(AnchorNotFoundError):
        open_document(SMALL).apply(parse_edits(json.dumps([edit])))


def test_null_is_what_an_optional_field_means_when_it_is_left_out() -> None:
    optional = [
        field
        for edit in EDITS.values()
        for field in msgspec.structs.fields(edit)
        if not field.required and NoneType in get_args(field.type)
    ]
    assert [field.name for field in optional if field.default is not None] == []
