from __future__ import annotations

from datetime import UTC, datetime

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.pptx.chart_edits import SeriesData
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.new_decks import new_deck
from polydesk.office.pptx.object_edits import AddTable, AddTextBox, MoveShape, SetAltText
from polydesk.office.pptx.outlines import BulletsSlide, ChartSlide, Outline
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.report import new_problems, slide_problems
from polydesk.office.pptx.text_edits import SetText
from tests.corpus_files import corpus_files

AT = datetime(2026, 1, 2, tzinfo=UTC)
CHART = ChartSlide(title="Chart", kind="bar", categories=("a",), series=(SeriesData(name="S", values=(1,)),))


@pytest.fixture(scope="module")
def deck() -> bytes:
    return new_deck(Outline(slides=(BulletsSlide(title="One", bullets=("a", "b")), CHART)), at=AT).data


def anchors(deck: bytes) -> list[list[str]]:
    return [[shape.anchor for shape in slide.shapes] for slide in Presentation(deck).view().slides]


def kinds(deck: bytes, *edits: Edit) -> list[tuple[str, int]]:
    after = Presentation(deck).apply(edits, at=AT).data
    return [(problem.kind, problem.slide) for problem in new_problems(deck, after)]


def test_each_kind_of_problem_is_found_where_an_edit_makes_it(deck: bytes) -> None:
    (title, body, _), (_, chart, *_) = anchors(deck)
    assert slide_problems(deck) == []
    assert kinds(deck, SetText(at=body, text="\n".join("line" for _ in range(30)))) == [("overflow", 1)]
    assert kinds(deck, SetText(at=title, text="")) == [("no_title", 1), ("empty_placeholder", 1)]
    assert kinds(deck, SetAltText(at=chart, text="")) == [("no_alt_text", 2)]
    assert kinds(deck, MoveShape(at=chart, x=9_000_000)) == [("off_slide", 2)]
    slide = title.partition("/")[0]
    over = AddTextBox(at=slide, text="Over it", x=900_000, y=1_000_000, width=2_000_000, height=1_200_000)
    assert ("overlap", 1) in kinds(deck, over)
    word = AddTextBox(at=slide, text="W" * 40, x=0, y=6_300_000, width=2_000_000, height=9_000_000 // 20)
    assert ("too_wide", 1) in kinds(deck, word)


def test_a_table_that_its_text_makes_grow_beyond_the_slide_is_told(deck: bytes) -> None:
    slide = anchors(deck)[1][0].partition("/")[0]
    short = AddTable(at=slide, rows=(("a", "b"),) * 4, y=1_600_000)
    assert kinds(deck, short) == []
    long = AddTable(at=slide, rows=(("word " * 60, "b"),) * 4, y=1_600_000)
    assert kinds(deck, long) == [("off_slide", 2)]


def test_low_contrast_is_told_with_both_colours() -> None:
    found = [
        problem.text
        for path in corpus_files("dml-fill.pptx")
        for problem in slide_problems(path.read_bytes())
        if problem.kind == "contrast"
    ]
    assert "Rounded Rectangle 5: 'autoshape with solid RGB fill' is FFFFFF on 2CB731, a contrast of 2.6 to 1." in found


def test_every_deck_of_the_corpus_has_its_report() -> None:
    for path in corpus_files(".pptx", ".potx", ".pptm"):
        try:
            found = slide_problems(path.read_bytes(), path=str(path))
        except OfficeError:
            continue
        assert all(problem.text.endswith(".") and problem.slide > 0 for problem in found), path
