from __future__ import annotations

import pytest
from lxml import etree

from polydesk.office.drawing.fonts import face
from polydesk.office.ooxml.names import A, P
from polydesk.office.opc.package import Package
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.fit import EMU_PER_POINT, Fit, Fitting
from polydesk.office.pptx.inheritance import Box
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.template import built_in_template

HAS_CALIBRI = face("Calibri").likeness != "estimate"
LINE = 18 * 1.220703125
"""Points of a line of Calibri at 18 points."""

pytestmark = pytest.mark.skipif(
    not HAS_CALIBRI, reason="no Calibri or Carlito: apt-get install fonts-crosextra-carlito"
)


def box_with(
    paragraphs: str, body: str = "", *, width_pt: float = 214.4, height_pt: float = 107.2
) -> tuple[Shape, Box]:
    """A text box with 200 by 100 points between its usual insets."""
    markup = (
        f'<p:sp xmlns:p="{P[1:-1]}" xmlns:a="{A[1:-1]}"><p:nvSpPr><p:cNvPr id="9" name="Box"/><p:cNvSpPr txBox="1"/>'
        f"<p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr {body}<a:lstStyle/>{paragraphs}</p:txBody></p:sp>"
    )
    place = Box(x=0, y=0, width=round(width_pt * EMU_PER_POINT), height=round(height_pt * EMU_PER_POINT))
    return Shape(etree.fromstring(markup), "sh9"), place


def measured(paragraphs: str, body: str = "/>", **size: float) -> Fit:
    deck = Deck(Package.open(built_in_template()))
    shape, place = box_with(paragraphs, body, **size)
    fit = Fitting(deck).measure(deck.slides[0].part, shape, box=place)
    assert fit is not None
    return fit


def p(text: str, properties: str = "", look: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:rPr {look}/><a:t>{text}</a:t></a:r></a:p>"


@pytest.mark.parametrize(
    ("paragraphs", "lines"),
    [
        (p("short"), 1),
        (p("word " * 12), 3),
        (p("a") + p("b") + "<a:p/>", 3),
        ("<a:p><a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b</a:t></a:r></a:p>", 2),
        (p("W" * 30), 3),
        (p("one-two-three-four-five-six-seven-eight-nine-ten"), 2),
        ("<a:p><a:r><a:t>hand</a:t></a:r><a:r><a:t>shake</a:t></a:r></a:p>", 1),
        (p("\u6f22" * 23), 3),
    ],
)
def test_lines_break_by_word_where_the_width_ends(paragraphs: str, lines: int) -> None:
    assert measured(paragraphs).lines == lines


@pytest.mark.parametrize(
    ("paragraphs", "points"),
    [
        (p("a"), LINE),
        (p("a", look='sz="3600"'), 2 * LINE),
        (p("a", "<a:pPr><a:lnSpc><a:spcPct val='150000'/></a:lnSpc></a:pPr>"), 1.5 * LINE),
        (p("a", "<a:pPr><a:lnSpc><a:spcPts val='3000'/></a:lnSpc></a:pPr>"), 30),
        (p("a") + p("b", "<a:pPr><a:spcBef><a:spcPts val='1000'/></a:spcBef></a:pPr>"), 2 * LINE + 10),
        (p("a", "<a:pPr><a:spcAft><a:spcPts val='1000'/></a:spcAft></a:pPr>"), LINE),
    ],
)
def test_the_height_follows_size_and_spacing(paragraphs: str, points: float) -> None:
    assert measured(paragraphs).height_emu / EMU_PER_POINT == pytest.approx(points, abs=0.1)


def test_text_beyond_its_room_overflows_unless_the_shape_grows() -> None:
    many = p("a") * 6
    fit = measured(many)
    assert fit.room_emu == pytest.approx(100 * EMU_PER_POINT, abs=EMU_PER_POINT)
    assert fit.overflow_emu / EMU_PER_POINT == pytest.approx(6 * LINE - 100, abs=0.5)
    assert measured(many, "><a:spAutoFit/></a:bodyPr>").overflow_emu == 0
    shrunk = measured(many, '><a:normAutofit fontScale="70000" lnSpcReduction="10000"/></a:bodyPr>')
    assert shrunk.height_emu / EMU_PER_POINT == pytest.approx(6 * LINE * 0.7 * 0.9, abs=0.5)


def test_insets_columns_and_turned_text_change_the_room() -> None:
    words = p("word " * 12)
    assert measured(words, 'lIns="0" rIns="1354480"/>').lines > measured(words).lines
    assert measured(words, 'vert="vert"/>').lines > measured(words).lines
    two = measured(words, 'numCol="2"/>')
    assert two.height_emu < measured(words, width_pt=107.2).height_emu
    assert measured(words, 'wrap="none"/>').lines == 1


def test_a_word_that_is_wider_than_the_shape_is_told() -> None:
    assert measured(p("W" * 30)).too_wide_emu > 0
    assert measured(p("word " * 30)).too_wide_emu == 0


def test_a_hanging_indent_takes_width() -> None:
    deep = '<a:pPr marL="1270000" indent="-254000"><a:buChar char="x"/></a:pPr>'
    assert measured(p("word " * 12, deep)).lines > measured(p("word " * 12)).lines


def test_an_unknown_font_makes_an_estimate() -> None:
    other = "<a:p><a:r><a:rPr><a:latin typeface='No Such Font'/></a:rPr><a:t>a</a:t></a:r></a:p>"
    assert measured(other).estimate
    assert not measured(p("a")).estimate
