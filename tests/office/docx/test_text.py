"""Replacing words keeps everything that is not words, and the look of every word that stays."""

from __future__ import annotations

import re
from typing import Any

import pytest

from polydesk.core.errors import EditConflictError, UnsupportedEditError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import ReplaceText
from tests.docx_builder import (
    Piece,
    b,
    bookmark,
    comment,
    dele,
    docx,
    field,
    footnote,
    i,
    image,
    ins,
    link,
    member,
    p,
    r,
    raw,
    sdt,
    simple_field,
    textbox,
)
from tests.office.docx.trials import applied


def replaced(content: Piece, text: str, *, tracked: bool = False, **span: object) -> str:
    """The first paragraph's XML after the edit, shortened to what matters here."""
    data = docx(content, footnotes={1: "Note."}, comments={0: "Why?"})
    edit = ReplaceText(at="body/p1", text=text, **span)  # pyright: ignore[reportArgumentType]
    xml = member(applied(data, edit, tracked=tracked).data, "word/document.xml").decode()
    paragraph = re.search(r"<w:p>.*?</w:p>(?=<w:sectPr|<w:p>|<w:tbl>)", xml, re.DOTALL)
    assert paragraph is not None
    short = re.sub(r' w:(id|author|date)="[^"]*"| xml:space="preserve"', "", paragraph[0])
    return short.removeprefix("<w:p>").removesuffix("</w:p>")


@pytest.mark.parametrize(
    ("content", "text", "expected"),
    [
        (p("one two"), "one 2", "<w:r><w:t>one 2</w:t></w:r>"),
        (p("one ", b("two")), "one 2", "<w:r><w:t>one </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>2</w:t></w:r>"),
        (
            p("one ", b("two"), " three"),
            "one two and three",
            "<w:r><w:t>one </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>two</w:t></w:r><w:r><w:t> and three</w:t></w:r>",
        ),
        (
            p("one ", b("two")),
            "zero one two",
            "<w:r><w:t>zero one </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>two</w:t></w:r>",
        ),
        (p("a b"), "a\tb", "<w:r><w:t>a</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t>b</w:t></w:r>"),
        (p("a"), "a\nb", "<w:r><w:t>a</w:t></w:r><w:r><w:br/><w:t>b</w:t></w:r>"),
        (p("a"), "a\u00ad", "<w:r><w:t>a</w:t></w:r><w:r><w:softHyphen/></w:r>"),
        (p("a"), "\u2011a", "<w:r><w:noBreakHyphen/></w:r><w:r><w:t>a</w:t></w:r>"),
        (p(), "new", "<w:r><w:t>new</w:t></w:r>"),
    ],
)
def test_direct_replacement(content: Piece, text: str, expected: str) -> None:
    assert replaced(content, text) == expected


@pytest.mark.parametrize(
    ("content", "text", "kept"),
    [
        (p("see ", footnote(1), " below"), "look above", "<w:footnoteReference/>"),
        (p("see ", bookmark("mark", "this"), " below"), "other words altogether", '<w:bookmarkStart w:name="mark"/>'),
        (p("see ", comment(0, "this"), " below"), "other", "<w:commentReference/>"),
        (p("see ", image(), " below"), "other", "<w:drawing>"),
        (p("page ", field("PAGE", "3"), " of"), "leaf 4 in", "<w:instrText> PAGE </w:instrText>"),
        (p("on ", simple_field("DATE", "Monday"), "."), "at Tuesday!", '<w:fldSimple w:instr=" DATE "'),
        (p("ask ", sdt("name", tag="who"), "."), "ask them.", '<w:tag w:val="who"/>'),
        (p("the ", link("site", anchor="m"), " is"), "the page was", '<w:hyperlink w:anchor="m">'),
        (
            p("x", raw('<w:r><w:ptab w:relativeTo="margin" w:alignment="right" w:leader="none"/></w:r>'), "y"),
            "z",
            "<w:ptab",
        ),
    ],
)
@pytest.mark.parametrize("tracked", [True, False])
def test_what_has_no_characters_stays(content: Piece, text: str, kept: str, tracked: bool) -> None:
    assert kept in replaced(content, text, tracked=tracked)


@pytest.mark.parametrize(
    ("content", "old", "new"),
    [
        (p("a ", link("site", anchor="m"), " is"), "site", "page"),
        (p("a ", simple_field("DATE", "Monday"), " is"), "Monday", "Tuesday"),
        (p("a ", field("PAGE", "3"), " is"), "3", "4"),
        (p("a ", sdt("name"), " is"), "name", "title"),
        (
            p(raw("<w:r><w:rPr><w:rtl/></w:rPr><w:t>\u05e9\u05dc\u05d5\u05dd</w:t></w:r>")),
            "\u05e9\u05dc\u05d5\u05dd",
            "\u05d8\u05d5\u05d1",
        ),
        (p("e\u0301t\u00e9"), "e\u0301t\u00e9", "\u00e9t\u00e9"),
        (p("\U0001f600 smile"), "\U0001f600", "\U0001f601\U0001f3fd"),
        (p(ins("theirs", author="Ann"), " ours"), "ours", "mine"),
        (p(dele("gone", author="Ann"), "here"), "here", "there"),
        (p(raw("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"), "seen"), "seen", "shown"),
        (p(raw('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'), " done"), "done", "ready"),
        (p(i("one"), r("two", rpr='<w:lang w:val="de-DE"/>')), "onetwo", "three"),
    ],
)
def test_found_words_are_replaced_and_the_rest_reads_on(content: Piece, old: str, new: str) -> None:
    data = docx(content)
    before = Document(data).view().stories[0].blocks[0]
    for tracked in (True, False):
        result = applied(data, ReplaceText(at="body/p1", find=old, text=new), tracked=tracked)
        after = Document(result.data).view().stories[0].blocks[0]
        assert after.text == before.text.replace(old, new)  # pyright: ignore[reportAttributeAccessIssue]


def test_words_inserted_inside_anothers_insertion_survive_its_rejection() -> None:
    data = docx(p(ins("their own words", author="Ann")))
    result = applied(data, ReplaceText(at="body/p1", text="their very own words"))
    changes = Document(result.data).changes()
    assert [(c.author, c.text) for c in changes] == [("Ann", "their "), ("Polydesk", "very "), ("Ann", "own words")]
    assert result.edits[0].change_ids == (changes[1].id,)


def test_both_forms_of_a_text_box_are_changed() -> None:
    data = docx(p(textbox("In a box.")))
    box = next(s for s in Document(data).view().stories if s.kind == "text_box")
    result = applied(data, ReplaceText(at=box.blocks[0].anchor, text="In the box."), tracked=False)
    assert member(result.data, "word/document.xml").count(b"In the box.") == 2


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ud800", "\uffff"])
def test_characters_that_no_file_can_hold_are_refused(character: str) -> None:
    with pytest.raises(UnsupportedEditError, match=r"edit 1 \(replace_text\).*U\+"):
        applied(docx("words"), ReplaceText(at="body/p1", text=f"a{character}"))


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        ({"find": "o"}, "occurs 2 times"),
        ({"find": "absent"}, "occurs 0 times"),
        ({"find": ""}, "occurs 0 times"),
        ({"start": 3, "end": 2}, "lie outside"),
        ({"start": -1, "end": 2}, "lie outside"),
        ({"start": 0, "end": 99}, "lie outside"),
    ],
)
def test_spans_that_name_no_words_are_refused(span: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnsupportedEditError, match=problem):
        replaced(p("one two"), "x", **span)


def test_two_replacements_of_the_same_words_conflict_and_name_the_edit() -> None:
    first = ReplaceText(at="body/p1", find="one two", text="x")
    with pytest.raises(EditConflictError, match=r"edit 2 \(replace_text\)"):
        applied(docx("one two three"), first, ReplaceText(at="body/p1", find="two three", text="y"))


def test_replacements_beside_each_other_are_made_together() -> None:
    first = ReplaceText(at="body/p1", find="one", text="1")
    result = applied(docx("one two three"), first, ReplaceText(at="body/p1", find="three", text="3"))
    assert [len(item.change_ids) for item in result.edits] == [4, 4]
    assert Document(result.data).view().stories[0].blocks[0].text == "1 two 3"  # pyright: ignore[reportAttributeAccessIssue]


def test_ids_of_changes_rise_as_a_reader_meets_them() -> None:
    result = applied(docx("one two three four five six"), ReplaceText(at="body/p1", text="1 two 3 four 5 six"))
    shown = [int(change.id.partition("#")[2]) for change in Document(result.data).view().changes]
    assert shown == sorted(shown)
    assert len(shown) == 6
    assert list(result.edits[0].change_ids) == [change.id for change in Document(result.data).view().changes]
