"""What follows from edits of presentations built with what few real ones have."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.object_edits import (
    AddPicture,
    DeleteColumn,
    DeleteRow,
    DeleteShape,
    InsertColumn,
    InsertRow,
    MoveShape,
    ReplacePicture,
)
from polydesk.office.pptx.picture_files import with_files
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.replacing import replacements
from polydesk.office.pptx.slide_edits import (
    AddComment,
    AddSection,
    AddSlide,
    DeleteComment,
    DeleteSlide,
    DuplicateSlide,
    HideSlide,
    MoveSlide,
    RemoveSection,
    RenameSection,
    ReplyComment,
    ResolveComment,
)
from polydesk.office.pptx.text_edits import (
    DeleteParagraph,
    InsertParagraph,
    MoveParagraph,
    ReplaceText,
    SetCell,
    SetNotes,
    SetText,
)
from polydesk.office.pptx.views import CellView
from tests.office.pptx.trials import AUTHOR, PNG, applied, broken_laws, members, png, trial_edits
from tests.pptx_builder import deck, para, rewritten, rich, slide, sp


def strict() -> bytes:
    return rich(strict=True)


def utf16() -> bytes:
    return rewritten(rich(), encoding="utf-16")


def other_prefix() -> bytes:
    return rewritten(rich(), {r"(</?)p:": r"\1q:", "xmlns:p=": "xmlns:q="})


def default_namespace() -> bytes:
    return rewritten(rich(), {r"(</?)a:": r"\1", r'xmlns:a="([^"]*)"': r'xmlns="\1" xmlns:a="\1"'})


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("build", [rich, strict, utf16, other_prefix, default_namespace])
def test_every_law_holds_on_presentations_with_everything(build: Callable[[], bytes], seed: int) -> None:
    data = build()
    for edit in trial_edits(Presentation(data).view(), random.Random(seed)):
        try:
            assert broken_laws(data, edit) == [], edit
        except UnsupportedEditError:
            continue


@pytest.mark.parametrize("seed", range(8))
def test_edits_on_different_places_give_the_same_in_any_order(seed: int) -> None:
    data = rich()
    chance = random.Random(seed)
    chosen: list[Edit] = []
    for edit in sorted(trial_edits(Presentation(data).view(), chance, each=2), key=lambda _: chance.random()):
        if len({str(getattr(e, "at", "")) for e in (*chosen, edit)}) <= len(chosen):
            continue
        if isinstance(edit, MoveSlide | DuplicateSlide | AddSlide | AddComment):
            continue  # New ids and neighbours that move follow the order of the list.
        try:
            applied(data, *chosen, edit)
        except OfficeError:
            continue
        chosen.append(edit)
    assert len(chosen) > 4
    there, back = applied(data, *chosen), applied(data, *reversed(chosen))
    assert seen(there.data) == seen(back.data)


def seen(data: bytes) -> list[str]:
    """The texts and kinds of every slide; ids of new shapes follow the list."""
    view = Presentation(data).view()
    return [
        f"{shape.kind} {[p.text for p in shape.paragraphs]} {[[c.text for c in row.cells] for row in shape.rows]}"
        for part in view.slides
        for shape in sorted(part.shapes, key=lambda shape: (shape.kind, str(shape.paragraphs), shape.name))
    ]


def part(data: bytes, name: str) -> etree._Element:  # pyright: ignore[reportPrivateUsage]  # lxml's only name for it
    return etree.fromstring(members(data)[name])


# Slides ---------------------------------------------------------------------------------------------------------


def test_a_deleted_slide_leaves_no_link_list_entry_or_part() -> None:
    result = applied(rich(), DeleteSlide(at="s258"))
    assert "/ppt/slides/slide3.xml" not in members(result.data)
    assert "/ppt/media/image1.png" in members(result.data)  # slide 2 shows it too
    two = members(result.data)["/ppt/slides/slide2.xml"].decode()
    assert "hlinkClick" not in two
    assert [s.slides for s in Presentation(result.data).view().sections] == [("s256",), ("s257",)]
    assert set(result.changed_parts) == {
        "/[Content_Types].xml",
        "/ppt/presentation.xml",
        "/ppt/_rels/presentation.xml.rels",
        "/ppt/slides/slide2.xml",
        "/ppt/slides/_rels/slide2.xml.rels",
        "/ppt/slides/slide3.xml",
        "/ppt/slides/_rels/slide3.xml.rels",
    }


def test_a_deleted_slide_leaves_the_custom_shows_and_takes_its_comments_along() -> None:
    result = applied(rich(), DeleteSlide(at="s256"))
    show = part(result.data, "/ppt/presentation.xml").find(".//{*}custShow/{*}sldLst")
    assert show is not None
    assert len(show) == 1
    assert "/ppt/comments/c1.xml" not in members(result.data)


def test_what_two_deleted_slides_shared_goes_with_the_last() -> None:
    result = applied(rich(), DeleteSlide(at="s257"), DeleteSlide(at="s258"))
    assert [name for name in members(result.data) if "media" in name] == []


def test_a_copy_has_new_ids_and_none_of_the_comments() -> None:
    result = applied(rich(), DuplicateSlide(at="s256"))
    slides = Presentation(result.data).view().slides
    assert [item.anchor.partition("~")[0] for item in slides] == ["s256", "s259", "s257", "s258"]
    assert (len(slides[0].comments), len(slides[1].comments), len(slides[1].animations)) == (1, 0, 4)
    assert slides[1].section == "Start"
    assert "Its comments were not copied." in result.edits[0].notes


def test_a_moved_slide_joins_its_neighbours_section() -> None:
    result = applied(rich(), MoveSlide(at="s258", before="s256"))
    assert [(s.name, s.slides) for s in Presentation(result.data).view().sections] == [
        ("Start", ("s258", "s256")),
        ("Rest", ("s257",)),
    ]


def test_a_new_slide_stands_by_its_neighbour_wherever_that_goes() -> None:
    edits = [MoveSlide(at="s257", before="s256"), AddSlide(layout="Picture", after="s257", content={"title": "New"})]
    for order in (edits, edits[::-1]):
        titles = [item.title for item in Presentation(applied(rich(), *order).data).view().slides]
        assert titles == ["Two", "New", "A title", "Three"]


def test_a_new_slide_has_the_layouts_placeholders_and_its_text() -> None:
    result = applied(rich(), AddSlide(layout="title and text", content={"title": "Hi", "1": "a\n\tb"}, notes="Say"))
    new = Presentation(result.data).view().slides[-1]
    assert [(s.placeholder, [(p.level, p.text) for p in s.paragraphs]) for s in new.shapes] == [
        ("title", [(0, "Hi")]),
        ("body:1", [(0, "a"), (1, "b")]),
    ]
    assert new.notes is not None
    assert new.notes.text == "Say"


def test_the_first_slide_of_a_presentation_without_slides_can_be_added() -> None:
    data = rewritten(deck([]))
    result = applied(data, AddSlide(layout="Picture", content={"title": "First"}))
    assert [item.title for item in Presentation(result.data).view().slides] == ["First"]


def test_sections_are_begun_renamed_and_removed() -> None:
    result = applied(rich(), AddSection(at="s258", name="End"), RenameSection(section="Start", name="Top"))
    sections = Presentation(result.data).view().sections
    assert [(s.name, s.slides) for s in sections] == [("Top", ("s256",)), ("Rest", ("s257",)), ("End", ("s258",))]
    again = applied(result.data, RemoveSection(section="Rest"), RemoveSection(section="Top"))
    assert [(s.name, s.slides) for s in Presentation(again.data).view().sections] == [("End", ("s256", "s257", "s258"))]


# Animations -----------------------------------------------------------------------------------------------------


def test_animations_of_a_deleted_shape_go_and_others_stay() -> None:
    result = applied(rich(), DeleteShape(at="s256/sh9"))
    assert [(step.shape, step.start) for step in Presentation(result.data).view().slides[0].animations] == [
        ("s256/sh3", "click")
    ] * 3
    assert "stCxn" not in members(result.data)["/ppt/slides/slide1.xml"].decode()


def test_what_started_with_a_deleted_shapes_click_starts_by_its_own() -> None:
    result = applied(rich(), DeleteShape(at="s256/sh3"))
    view = Presentation(result.data).view().slides[0]
    assert [(step.shape, step.start) for step in view.animations] == [("s256/sh8", "click")]
    assert "4 animated steps of it went with it." in result.edits[0].notes or "went with it" in result.edits[0].notes[0]


def test_a_slide_whose_only_animation_goes_has_no_timing_left() -> None:
    result = applied(rich(), DeleteShape(at="s256/sh3"), DeleteShape(at="s256/sh9"))
    assert part(result.data, "/ppt/slides/slide1.xml").find("{*}timing") is None


def spans(data: bytes) -> list[str | None]:
    return [node.get("st") for node in part(data, "/ppt/slides/slide1.xml").iter("{*}pRg")]


def test_animations_of_paragraphs_follow_when_paragraphs_come_and_go() -> None:
    assert spans(applied(rich(), InsertParagraph(after="s256/sh3/p1", text="new")).data) == ["0", "2", "3"]
    assert spans(applied(rich(), DeleteParagraph(at="s256/sh3/p2")).data) == ["0", "1"]


def test_animations_of_paragraphs_that_a_new_text_has_not_got_go() -> None:
    result = applied(rich(), SetText(at="s256/sh3", text="Only one"))
    assert spans(result.data) == ["0"]
    assert "look at the animations" in result.edits[0].notes[-1]


# Text -----------------------------------------------------------------------------------------------------------


def test_words_keep_the_runs_around_them() -> None:
    result = applied(rich(), ReplaceText(at="s256/sh3/p1", text="First strong words, a link and more"))
    runs = Presentation(result.data).view().slides[0].shapes[1].paragraphs[0].runs
    assert [(run.text, run.bold, run.link) for run in runs] == [
        ("First ", False, None),
        ("strong", True, None),
        (" words, ", False, None),
        ("a link", False, "https://example.org/"),
        (" and more", False, None),
    ]


def test_a_field_stays_until_its_own_words_are_replaced() -> None:
    kept = applied(rich(), ReplaceText(at="s256/sh3/p3", text="Fourth 1 field"))
    assert "slidenum" in members(kept.data)["/ppt/slides/slide1.xml"].decode()
    lost = applied(rich(), ReplaceText(at="s256/sh3/p3", text="Third 9 field"))
    assert lost.edits[0].notes == ("A field (slidenum) became plain text, for its own words were replaced.",)


def test_words_added_behind_a_link_are_no_part_of_it() -> None:
    result = applied(rich(), ReplaceText(at="s256/sh3/p1", start=26, end=26, text=" now"))
    runs = Presentation(result.data).view().slides[0].shapes[1].paragraphs[0].runs
    assert next(run.text for run in runs if run.link) == "a link"


def test_the_fallback_of_an_alternative_says_the_same() -> None:
    result = applied(rich(), ReplaceText(at="s257/sh3/p1", find="Formula", text="Law"))
    assert members(result.data)["/ppt/slides/slide2.xml"].decode().count("Law") == 2


def test_paragraphs_that_stay_keep_what_they_have() -> None:
    result = applied(rich(), SetText(at="s256/sh3", text="New first\nFirst bold words, a link and more\nLast"))
    paragraphs = Presentation(result.data).view().slides[0].shapes[1].paragraphs
    assert [(p.text, bool(p.runs)) for p in paragraphs] == [
        ("New first", False),
        ("First bold words, a link and more", True),
        ("Last", False),
    ]


def test_bytes_outside_the_edited_paragraph_stay() -> None:
    data = deck([slide(sp(2, para("One"), para("Two"), ph='type="title"'), after="<!-- kept   as it is -->")])
    old, new = (
        members(d)["/ppt/slides/slide1.xml"]
        for d in (data, applied(data, ReplaceText(at="s256/sh2/p2", text="2")).data)
    )
    assert new == old.replace(b"Two", b"2")


def test_notes_are_made_with_their_master_where_they_lack() -> None:
    result = applied(rich(), SetNotes(at="s257", text="One\n\tTwo"))
    assert "/ppt/notesMasters/notesMaster1.xml" in result.changed_parts
    notes = Presentation(result.data).view().slides[1].notes
    assert notes is not None
    assert [(p.level, p.text) for p in notes.paragraphs] == [(0, "One"), (1, "Two")]


# Tables ---------------------------------------------------------------------------------------------------------


def cells(data: bytes, number: int) -> list[list[str]]:
    """The table's cells; behind a text that spans, how many columns or rows."""
    table = next(shape for shape in Presentation(data).view().slides[number].shapes if shape.rows)

    def shown(cell: CellView) -> str:
        return "-" if cell.merged else cell.text + "".join(str(n) for n in (cell.columns, cell.rows) if n > 1)

    return [[shown(cell) for cell in row.cells] for row in table.rows]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (InsertRow(after="s257/sh6/r1", cells=("n", "m")), [["tall3", "b"], ["-", "m"], ["-", "d"], ["e", "f"]]),
        (InsertRow(after="s257/sh6/r2", cells=("n", "m")), [["tall2", "b"], ["-", "d"], ["n", "m"], ["e", "f"]]),
        (DeleteRow(at="s257/sh6/r1"), [["tall", "d"], ["e", "f"]]),
        (DeleteRow(at="s257/sh6/r2"), [["tall", "b"], ["e", "f"]]),
        (DeleteColumn(at="s257/sh6/r1/c1"), [["b"], ["d"], ["f"]]),
        (
            InsertColumn(before="s257/sh6/r1/c1", cells=("x", "y", "z")),
            [["x2", "tall2", "b"], ["-", "-", "d"], ["z", "e", "f"]],
        ),
    ],
)
def test_rows_and_columns_keep_cells_merged_that_span_rows(edit: Edit, expected: list[list[str]]) -> None:
    assert cells(applied(rich(), edit).data, 1) == expected


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (InsertColumn(after="s256/sh5/r1/c2", cells=("n", "m", "o")), ["a", "wide3", "-", "-"]),
        (InsertColumn(after="s256/sh5/r1/c3", cells=("n", "m", "o")), ["a", "wide2", "-", "m"]),
        (DeleteColumn(at="s256/sh5/r1/c2"), ["a", "wide"]),
        (DeleteColumn(at="s256/sh5/r1/c3"), ["a", "wide"]),
    ],
)
def test_rows_and_columns_keep_cells_merged_that_span_columns(edit: Edit, expected: list[str]) -> None:
    assert cells(applied(rich(), edit).data, 0)[1] == expected


def test_a_table_keeps_its_width_when_columns_come_and_go() -> None:
    for edit in (InsertColumn(after="s256/sh5/r1/c1", cells=("1", "2", "3")), DeleteColumn(at="s256/sh5/r1/c1")):
        table = next(shape for shape in Presentation(applied(rich(), edit).data).view().slides[0].shapes if shape.rows)
        assert sum(table.columns) == 3_000_000


# Comments -------------------------------------------------------------------------------------------------------


def test_threaded_comments_are_answered_resolved_and_deleted() -> None:
    one = "s256/comment#11111111"
    result = applied(rich(), ReplyComment(comment=one, text="Yes."), ResolveComment(comment=one))
    comments = Presentation(result.data).view().slides[0].comments
    assert [(c.author, c.text, c.parent, c.resolved) for c in comments] == [
        ("Ann", "Sure?", None, True),
        (AUTHOR, "Yes.", one, True),
    ]
    assert result.edits[0].comment_ids == (comments[1].id,)
    assert Presentation(applied(result.data, DeleteComment(comment=one)).data).view().slides[0].comments == ()


def test_a_comment_on_a_shape_names_it() -> None:
    result = applied(rich(), AddComment(at="s257/sh4", text="Which?"))
    assert [(c.text, c.anchor) for c in Presentation(result.data).view().slides[1].comments] == [("Which?", "s257/sh4")]
    named = part(result.data, "/ppt/slides/slide2.xml").find("{*}extLst/{*}ext/{*}commentRel")
    assert named is not None
    copy = applied(result.data, DuplicateSlide(at="s257"))
    assert b"commentRel" not in members(copy.data)["/ppt/slides/slide4.xml"]


# Anchors and conflicts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "anchor",
    ["s256/sh3/p1~00000000", "s256/sh3/p9", "s256/sh99/p1", "s999/sh3/p1", "s256/notes/p1", "s256/sh5/r1/c1", "p1", ""],
)
def test_a_place_that_is_not_there_or_reads_otherwise_is_not_found(anchor: str) -> None:
    with pytest.raises(AnchorNotFoundError, match=re.escape("edit 1 (replace_text)")):
        applied(rich(), ReplaceText(at=anchor, text="x"))


def test_of_two_shapes_with_one_id_each_has_its_own_anchor() -> None:
    result = applied(rich(), SetText(at="s256/sh4.2", text="This one"))
    shapes = Presentation(result.data).view().slides[0].shapes
    texts = {shape.anchor.partition("~")[0]: shape.paragraphs[0].text for shape in shapes if shape.paragraphs}
    assert (texts["s256/sh4"], texts["s256/sh4.2"]) == ("A box", "This one")


CONFLICTS: list[tuple[Edit, Edit]] = [
    (ReplaceText(at="s256/sh3/p1", find="First", text="a"), ReplaceText(at="s256/sh3/p1", find="First bold", text="b")),
    (SetText(at="s256/sh3", text="a"), ReplaceText(at="s256/sh3/p1", text="b")),
    (SetText(at="s256/sh3", text="a"), InsertParagraph(after="s256/sh3/p1", text="b")),
    (DeleteParagraph(at="s256/sh3/p1"), MoveParagraph(at="s256/sh3/p1", after="s256/sh3/p2")),
    (DeleteSlide(at="s256"), MoveSlide(at="s256", after="s257")),
    (DeleteRow(at="s256/sh5/r1"), DeleteColumn(at="s256/sh5/r1/c1")),
    (SetCell(at="s256/sh5/r1/c1", text="a"), SetCell(at="s256/sh5/r1/c1", text="b")),
    (MoveShape(at="s256/sh4", x=1), MoveShape(at="s256/sh4", y=1)),
    (DeleteShape(at="s256/sh9"), DeleteShape(at="s256/sh8")),
    (HideSlide(at="s256"), HideSlide(at="s256", hidden=False)),
]


@pytest.mark.parametrize("edits", CONFLICTS)
def test_two_edits_of_one_place_are_refused(edits: tuple[Edit, Edit]) -> None:
    with pytest.raises(EditConflictError, match="edit 2"):
        applied(rich(), *edits)


def test_two_replacements_of_different_words_are_both_made() -> None:
    edits = [
        ReplaceText(at="s256/sh3/p1", find="First", text="1"),
        ReplaceText(at="s256/sh3/p1", find="words", text="terms"),
    ]
    texts = Presentation(applied(rich(), *edits).data).view().slides[0].shapes[1].paragraphs[0].text
    assert texts == "1 bold terms, a link and more"


def test_equal_edits_give_equal_files() -> None:
    edits = [
        AddSlide(layout="Picture"),
        DuplicateSlide(at="s256"),
        AddComment(at="s256", text="a"),
        SetNotes(at="s256", text="b"),
    ]
    assert applied(rich(), *edits).data == applied(rich(), *edits).data


def test_find_and_replace_reaches_shapes_cells_and_notes() -> None:
    data = applied(rich(), SetNotes(at="s256", text="A box is said")).data
    edits = replacements(Presentation(data).view(), "a", "A", whole_words=True)
    result = Presentation(applied(data, *edits).data).view().slides[0]
    assert [edit.at.partition("~")[0] for edit in edits][:2] == ["s256/sh3/p1", "s256/sh5/r2/c1/p1"]
    assert result.shapes[1].paragraphs[0].text == "First bold words, A link and more"
    assert len(replacements(Presentation(data).view(), "A BOX", "", match_case=False)) == 2


def test_pictures_named_by_their_files_are_read_in() -> None:
    edit = AddPicture(at="s256", file="a.png", alt_text="A")
    with pytest.raises(UnsupportedEditError, match="command line"):
        applied(rich(), edit)
    result = applied(rich(), *with_files([edit], {"a.png": png()}.__getitem__))
    picture = Presentation(result.data).view().slides[0].shapes[-1]
    assert (picture.kind, picture.alt_text, picture.content) == ("picture", "A", "/ppt/media/image2.png")


def test_a_picture_fills_an_empty_placeholder_and_is_cut_to_its_form() -> None:
    made = applied(rich(), AddSlide(layout="Picture", content={"title": "P"})).data
    place = next(shape for shape in Presentation(made).view().slides[-1].shapes if shape.placeholder == "pic:13")
    result = applied(made, AddPicture(at=place.anchor, data=PNG, alt_text="A"))
    picture = next(shape for shape in Presentation(result.data).view().slides[-1].shapes if shape.kind == "picture")
    assert (picture.placeholder, picture.width, picture.height) == ("pic:13", 4_000_000, 2_000_000)
    assert b'<a:srcRect t="16667" b="16667"/>' in members(result.data)["/ppt/slides/slide4.xml"]


def test_a_replaced_picture_keeps_place_and_crop_and_drops_what_is_used_no_more() -> None:
    result = applied(rich(), ReplacePicture(at="s257/sh4", data=PNG), ReplacePicture(at="s258/sh5", data=PNG))
    parts = members(result.data)
    assert [name for name in parts if "media" in name] == ["/ppt/media/image2.png"]
    assert b'<a:srcRect l="1000"/>' in parts["/ppt/slides/slide2.xml"]
