"""docs/reference/edits-powerpoint.md says what the code does: every edit, field, example, conflict and refusal."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from polydesk.core.errors import EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.pptx.edits import Edit, parse_edits
from polydesk.office.pptx.presentation import Presentation, open_presentation
from tests.pptx_builder import rich

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "edits-powerpoint.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(Edit)}
EXAMPLES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
DECK = ROOT / "examples" / "board-deck.pptx"


@pytest.fixture(scope="module")
def deck() -> Presentation:
    return open_presentation(DECK)


def test_every_edit_has_a_section_in_the_order_of_the_code() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE)
    assert (list(SECTIONS), listed) == (list(EDITS), list(EDITS))


@pytest.mark.parametrize("name", EDITS)
def test_every_field_has_its_row_with_its_default(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*?) \| \S", SECTIONS[name], re.MULTILINE)
    found = {field: value.partition(", default ")[2] or "required" for field, value in rows}
    wanted = {field.name: default(field) for field in msgspec.structs.fields(EDITS[name])}
    assert found == wanted


def default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return json.dumps(value)


@pytest.mark.parametrize("name", EDITS)
def test_every_section_has_an_example_and_says_what_it_may_change_and_what_it_refuses(name: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert {edit["edit"] for example in examples for edit in json.loads(example)} == {name}
    assert re.findall(r"^- \*\*(.*?):\*\*", SECTIONS[name], re.MULTILINE) == ["May change", "Refuses"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: json.loads(text)[0]["edit"])
def test_every_example_applies_to_the_deck_and_changes_what_is_said(example: str, deck: Presentation) -> None:
    edits = parse_edits(example)
    result = deck.apply(edits)
    assert result.data != deck.data
    for part in result.changed_parts:
        assert any(re.fullmatch(may, part) for edit in edits for may in may_change(edit)), part
    Presentation(result.data).view()


_REST = (r"/\[Content_Types\]\.xml", r".*/_rels/[^/]*\.rels")
_PHRASES = {
    "the part": (r"/ppt/slides/slide\d+\.xml",),
    "the slide": (r"/ppt/slides/slide\d+\.xml",),
    "the slide, which goes": (r"/ppt/slides/slide\d+\.xml", r"/ppt/media/.*"),
    "slides with links to it": (r"/ppt/slides/slide\d+\.xml",),
    "what was its alone": (r"/ppt/media/.*", *_REST),
    "a new slide": (r"/ppt/(slides|notesSlides|charts|embeddings)/.*",),
    "the list of slides": (r"/ppt/presentation\.xml", *_REST),
    "the presentation": (r"/ppt/presentation\.xml",),
    "the notes": (r"/ppt/(notesSlides|notesMasters|theme)/.*", r"/ppt/presentation\.xml", *_REST),
    "the comment parts": (r"/ppt/(comments/.*|authors\.xml|commentAuthors\.xml|slides/slide\d+\.xml)", *_REST),
    "the pictures": (r"/ppt/media/.*", *_REST),
    "the chart": (r"/ppt/(charts|embeddings)/.*", *_REST),
}


def may_change(edit: Any) -> list[str]:
    """Patterns of the parts that the section's line names."""
    line = re.search(r"\*\*May change:\*\* (.*)\.", SECTIONS[str(type(edit).__struct_config__.tag)])
    assert line is not None
    return [pattern for phrase in line[1].split("; ") for pattern in _PHRASES[phrase]]


def test_anchors_of_the_page_are_those_of_the_deck(deck: Presentation) -> None:
    encoded = msgspec.json.encode(deck.view()).decode()
    anchors = set(re.findall(r"`?\"?(s\d+(?:/[\w/]+)?~[0-9a-f]{8})", PAGE))
    assert {anchor for anchor in anchors if f'"{anchor}"' not in encoded} == set()


CONFLICTS: list[tuple[str, list[dict[str, Any]], type[OfficeError] | None]] = [
    (
        "two replacements of one paragraph, of different words",
        [
            {"edit": "replace_text", "at": "s258/sh3/p1", "find": "Volumes", "text": "Sales"},
            {"edit": "replace_text", "at": "s258/sh3/p1", "find": "both", "text": "two"},
        ],
        None,
    ),
    (
        "two replacements that share words",
        [
            {"edit": "replace_text", "at": "s258/sh3/p1", "find": "on both", "text": "x"},
            {"edit": "replace_text", "at": "s258/sh3/p1", "find": "both", "text": "two"},
        ],
        EditConflictError,
    ),
    (
        "a whole new text, and an edit of one of its paragraphs",
        [{"edit": "set_text", "at": "s258/sh3", "text": "x"}, {"edit": "delete_paragraph", "at": "s258/sh3/p1"}],
        EditConflictError,
    ),
    (
        "two of delete and move for the same paragraph, slide or shape",
        [{"edit": "delete_slide", "at": "s258"}, {"edit": "move_slide", "at": "s258", "after": "s260"}],
        EditConflictError,
    ),
    (
        "rows and columns of one table",
        [{"edit": "delete_row", "at": "s259/sh3/r2"}, {"edit": "delete_column", "at": "s259/sh3/r1/c1"}],
        EditConflictError,
    ),
    (
        "several insertions after the same place",
        2 * [{"edit": "insert_paragraph", "after": "s258/sh3/p1", "text": "x"}],
        None,
    ),
    (
        "an edit on a slide, and its deletion",
        [{"edit": "set_text", "at": "s258/sh3", "text": "x"}, {"edit": "delete_slide", "at": "s258"}],
        None,
    ),
    (
        "an edit on a slide, and its duplication",
        [{"edit": "set_text", "at": "s258/sh2", "text": "x"}, {"edit": "duplicate_slide", "at": "s258"}],
        None,
    ),
    (
        "a slide that moves, and a new slide beside it",
        [
            {"edit": "move_slide", "at": "s258", "after": "s263"},
            {"edit": "add_slide", "layout": "Blank", "after": "s258"},
        ],
        None,
    ),
]


def test_every_row_of_the_table_of_conflicts_is_tried() -> None:
    table = PAGE.partition("| together in one list |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (?!-)(.*?) \|", table, re.MULTILINE) == [row[0] for row in CONFLICTS]


@pytest.mark.parametrize(("row", "edits", "error"), CONFLICTS)
def test_edits_of_one_list_meet_as_the_table_says(
    row: str, edits: list[dict[str, Any]], error: type[OfficeError] | None, deck: Presentation
) -> None:
    outcome = PAGE.partition(f"| {row} | ")[2].partition(" |")[0]
    assert outcome.startswith(f"`{error.__name__}`") if error else not outcome.startswith("`")
    if error is None:
        assert deck.apply(parse_edits(json.dumps(edits))).data != deck.data
        return
    with pytest.raises(error):
        deck.apply(parse_edits(json.dumps(edits)))


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"edit": "replace_text", "at": "s256/sh3/p1", "find": "o", "text": ""}, "do not occur exactly once"),
    ({"edit": "replace_text", "at": "s256/sh3/p1", "start": 0, "end": 99, "text": ""}, "offsets outside the paragraph"),
    ({"edit": "set_text", "at": "s257/sh4", "text": "x"}, "a shape without text of its own"),
    ({"edit": "set_text", "at": "s256/sh3", "text": "\t" * 9 + "x"}, "more than eight tabs"),
    ({"edit": "insert_paragraph", "text": "x"}, "both or neither of `after` and `before`"),
    ({"edit": "insert_paragraph", "after": "s256/sh3/p1", "text": "x", "level": 9}, "a level beyond 8"),
    ({"edit": "move_paragraph", "at": "s256/sh3/p1", "after": "s257/sh2/p1"}, "a move to another slide"),
    ({"edit": "move_paragraph", "at": "s256/sh3/p1", "after": "s256/sh3/p1"}, "next to itself"),
    ({"edit": "set_level", "at": "s256/sh3/p1", "level": -1}, "a level beyond 8"),
    ({"edit": "set_cell", "at": "s256/sh5/r2/c3", "text": "x"}, "a cell that another one spans over"),
    ({"edit": "add_slide", "layout": "No"}, "a layout that the deck has not got"),
    ({"edit": "add_slide", "layout": "Picture", "content": {"body": "x"}}, "the layout has not got"),
    ({"edit": "add_slide", "layout": "Picture", "content": {"13": "x"}}, "takes no text"),
    ({"edit": "add_slide", "layout": "Picture", "after": "s256", "before": "s257"}, "both `after` and `before`"),
    ({"edit": "move_slide", "at": "s256", "after": "s256"}, "next to itself"),
    ({"edit": "add_section", "at": "s256", "name": " "}, "a name that is not one line of text"),
    ({"edit": "add_comment", "at": "s256", "text": " "}, "a comment without words"),
    ({"edit": "move_shape", "at": "s256/sh4", "width": -1}, "a size below nought"),
    ({"edit": "move_shape", "at": "s256/sh7", "x": 1}, "a shape that stands nowhere"),
    ({"edit": "add_picture", "at": "s256", "alt_text": ""}, "both or neither of `data` and `file`"),
    ({"edit": "add_picture", "at": "s256", "alt_text": "", "data": "AAAA"}, "what is no picture"),
    (
        {"edit": "add_picture", "at": "s256/sh3", "alt_text": "", "data": "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="},
        "holds something",
    ),
    ({"edit": "replace_picture", "at": "s256/sh3", "data": "AAAA"}, "a shape that is no picture"),
    ({"edit": "add_table", "at": "s256", "rows": [["a"], ["b", "c"]]}, "rows of different lengths"),
    ({"edit": "insert_row", "after": "s256/sh5/r1", "cells": ["x"]}, "another number of texts"),
    ({"edit": "insert_column", "after": "s256/sh5/r1/c1", "cells": ["x"]}, "another number of texts"),
]


@pytest.mark.parametrize(("edit", "phrase"), REFUSALS)
def test_what_is_said_to_be_refused_is_refused(edit: dict[str, Any], phrase: str) -> None:
    refuses = SECTIONS[edit["edit"]].partition("**Refuses:**")[2]
    assert phrase in " ".join(refuses.split())
    with pytest.raises(UnsupportedEditError):
        Presentation(rich()).apply(parse_edits(json.dumps([edit])))


def test_the_deck_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(ROOT / "examples" / "make_board_deck.py"))["board_deck"]()
    assert open_presentation(made).view().slides == open_presentation(DECK).view().slides
