"""A presentation as a file: what it is, what is known before an edit, what can be checked, how it is drawn."""

from __future__ import annotations

import msgspec
import pytest

from polydesk.core.errors import ProtectedDocumentError, UnreadableDocumentError, UsageError
from polydesk.office.edits import edits_to_json
from polydesk.office.files import OfficeFile
from polydesk.office.pptx.drawing import lines
from polydesk.office.pptx.edits import Edit, edits_schema, parse_edits
from polydesk.office.pptx.presentation import Presentation, open_presentation
from polydesk.office.pptx.slide_edits import AddSlide, HideSlide
from polydesk.office.pptx.text_edits import ReplaceText
from polydesk.office.pptx.views import PresentationView
from tests.docx_builder import docx
from tests.docx_builder import p as word_paragraph
from tests.office.pptx.trials import applied
from tests.pptx_builder import deck, para, rels, rich, run, slide, sp


def test_it_is_an_office_file() -> None:
    file: OfficeFile = Presentation(rich(), path="deck.pptx")
    assert (file.path, len(file.sha256), file.apply([]).data is file.data) == ("deck.pptx", 64, True)


def test_a_word_document_is_no_presentation() -> None:
    with pytest.raises(UnreadableDocumentError, match="no PowerPoint presentation"):
        Presentation(docx(word_paragraph("x")))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UnreadableDocumentError, match=r"none\.pptx"):
        open_presentation("none.pptx")


def test_a_view_has_a_json_form() -> None:
    view = Presentation(rich()).view()
    assert msgspec.json.decode(msgspec.json.encode(view), type=PresentationView) == view


def test_looking_at_it_changes_nothing() -> None:
    presentation = Presentation(rich())
    first = presentation.view()
    presentation.apply([HideSlide(at="s256")])
    assert presentation.view() == first


PROTECTED = deck([slide(sp(2, "x"))], presentation='<p:modifyVerifier saltData="AA=="/>')


def test_a_password_to_modify_stands_in_the_way_unless_ignored() -> None:
    presentation = Presentation(PROTECTED, path="deck.pptx")
    assert [finding.kind for finding in presentation.findings()] == ["write_protection"]
    with pytest.raises(ProtectedDocumentError, match=r"deck\.pptx.*password"):
        presentation.apply([HideSlide(at="s256")])
    assert presentation.apply([HideSlide(at="s256")], ignore_protection=True).data != PROTECTED
    assert presentation.check([HideSlide(at="s256")]) == []


def test_what_a_click_would_start_and_what_lies_outside_is_told_and_never_fetched() -> None:
    program = '<a:hlinkClick r:id="rId5" action="ppaction://program"/>'
    data = deck(
        [slide(sp(2, para(run("go", "", program))))],
        slide_rels={1: [("rId5", "hyperlink", "file:///c/x.exe"), ("rId6", "image", "https://example.org/pixel.png")]},
    )
    found = Presentation(data).findings()
    assert [(finding.kind, finding.detail) for finding in found] == [
        ("external_content", "https://example.org/pixel.png"),
        ("external_content", "file:///c/x.exe"),
    ]
    assert Presentation(data).view().slides[0].shapes[0].paragraphs[0].runs[0].link == "file:///c/x.exe"


def test_edits_that_cannot_be_made_are_found_one_by_one() -> None:
    edits: list[Edit] = [HideSlide(at="s256"), HideSlide(at="s9"), AddSlide(layout="None of these")]
    problems = Presentation(rich()).check(edits)
    assert [problem.index for problem in problems] == [1, 2]
    assert "'Title and Text', 'Picture'" in str(problems[1].error)


def test_of_a_list_with_one_bad_edit_none_is_made() -> None:
    presentation = Presentation(rich())
    with pytest.raises(Exception, match="edit 2"):
        presentation.apply([HideSlide(at="s256"), HideSlide(at="s9")])
    assert presentation.view() == Presentation(rich()).view()


def test_edits_have_a_json_form_and_a_schema() -> None:
    edits: list[Edit] = [ReplaceText(at="s256/sh2/p1", text="x"), AddSlide(layout="Picture", content={"title": "x"})]
    assert parse_edits(edits_to_json(edits)) == edits
    assert "replace_text" in str(edits_schema())
    with pytest.raises(UsageError, match=r"edits-powerpoint\.md"):
        parse_edits('[{"edit": "fly"}]')


def test_a_slide_without_its_part_is_left_out() -> None:
    data = deck([slide(sp(2, "here"))], main_rels=[("rId99", "slide", "slides/slide9.xml")])
    assert [item.number for item in Presentation(data).view().slides] == [1]


def test_numbers_and_bullets_are_shown_as_powerpoint_counts_them() -> None:
    numbered = '<a:pPr><a:buAutoNum type="{}"/></a:pPr>'
    kinds = ["romanUcPeriod", "romanUcPeriod", "alphaLcParenR", "alphaLcParenR", "arabicParenBoth"]
    paragraphs = [f"<a:p>{numbered.format(kind)}<a:r><a:t>x</a:t></a:r></a:p>" for kind in kinds]
    view = Presentation(deck([slide(sp(2, *paragraphs))])).view()
    assert [p.label for p in view.slides[0].shapes[0].paragraphs] == ["I.", "II.", "a)", "b)", "(1)"]


def test_what_stays_unsaid_is_inherited_from_layout_and_master() -> None:
    body = Presentation(rich()).view().slides[0].shapes[1]
    assert (body.placeholder, body.x, body.width, body.paragraphs[0].label) == ("body:1", 500_000, 8_000_000, "\u2022")


def test_it_is_drawn_slide_by_slide_with_anchors() -> None:
    drawn = lines(Presentation(applied(rich(), HideSlide(at="s258")).data).view())
    assert drawn[0] == "3 slides, 25.4 \u00d7 19.1 cm"
    assert "\u2550\u2550 section Rest" in drawn
    assert any(line.startswith("\u2500\u2500 Slide 3 [s258~") and line.endswith("hidden") for line in drawn)
    assert "  [p1~9b50302e] \u2022 First **bold** words, a link<https://example.org/> and more" in drawn
    assert "comment s256/comment#11111111 (Ann): Sure?" in drawn


def test_relationships_of_the_builder_are_what_they_say() -> None:
    assert 'TargetMode="External"' in rels(("rId1", "hyperlink", "https://example.org/"))
