"""A document as passages, and its sections."""

from __future__ import annotations

import pytest

from polydesk.copilot.passages import most_alike, named_sections, passages, section_of, sections
from tests.copilot.desk import document, heading, passage
from tests.docx_builder import comment, footnote, p, r, tbl, tc, textbox

SOURCE = document(
    p("The report", style="Title"),
    heading("One"),
    "First words.",
    heading("One a", 2),
    p("Deeper words.", r(" Secret order.", rpr="<w:vanish/>"), footnote(1)),
    tbl(["Left", tc("Right", "below")]),
    heading("Two"),
    p(comment(0, "Other"), " words."),
    "",
    textbox("Beside the text."),
    heading("One"),
    "Again.",
    header=["On top"],
    footnotes={1: "A note."},
    comments={0: "Why so?"},
)
FOUND = passages(SOURCE.view())


def test_passages_are_every_story_but_comments_in_reading_order() -> None:
    assert [(one.story, one.text.strip()) for one in FOUND] == [
        ("body", "The report"),
        ("body", "One"),
        ("body", "First words."),
        ("body", "One a"),
        ("body", "Deeper words."),
        ("body", "Left"),
        ("body", "Right"),
        ("body", "below"),
        ("body", "Two"),
        ("body", "Other words."),
        ("body", "One"),
        ("body", "Again."),
        ("text_box", "Beside the text."),
        ("header", "On top"),
        ("footnote", "A note."),
    ]


def test_passages_know_their_heading_level_and_cell() -> None:
    by_text = {one.text: one for one in FOUND}
    assert (by_text["The report"].level, by_text["One a"].level, by_text["Left"].level) == (0, 2, None)
    assert by_text["Left"].heading == "One a"
    assert by_text["Left"].cell is not None
    assert by_text["Right"].cell == by_text["below"].cell != by_text["Left"].cell


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("One", ["First words.", "Deeper words.", "Left", "Right", "below", "Again."]),
        ("One a", ["Deeper words.", "Left", "Right", "below"]),
        ("Two", ["Other words."]),
        ("Three", []),
    ],
)
def test_section_holds_what_lies_under_its_lower_headings(name: str, texts: list[str]) -> None:
    assert [one.text.strip() for one in section_of(FOUND, name)] == texts


def test_title_is_a_section_of_the_whole_body() -> None:
    assert len(section_of(FOUND, "The report")) == 7


def test_sections_are_named_once_in_order() -> None:
    assert sections(FOUND) == ["The report", "One", "One a", "Two"]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("fix cash flow", ["Cash flow"]),
        ("fix Cash", ["Cash"]),
        ("fix cash, and cash flow", ["Cash", "Cash flow"]),
        ("fix cash-flow", ["Cash flow"]),
        ("fix cashier", []),
        ("fix the ?", []),
    ],
)
def test_longest_heading_is_meant(instruction: str, expected: list[str]) -> None:
    assert named_sections(instruction, ["Cash", "Cash flow", "?"]) == expected


def test_most_alike_shares_rare_words_and_keeps_reading_order() -> None:
    texts = ["The fleet has vans.", "The site has people.", "The canteen of the site has chairs.", "Nothing."]
    found = most_alike("chairs on the site", [passage(text) for text in texts], 2)
    assert [one.text for one in found] == texts[1:3]
    assert most_alike("zebra", [passage(text) for text in texts], 2) == []
