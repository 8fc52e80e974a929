"""LibreOffice opens what is made, and sees the same slides, words and data."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from polydesk.office.drawing.fonts import face
from polydesk.office.opc.package import Package
from polydesk.office.pptx.chart_edits import AddChart, SeriesData, SetChartData, SetChartKind
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.fit import Fitting
from polydesk.office.pptx.new_decks import new_deck
from polydesk.office.pptx.object_edits import AddTextBox
from polydesk.office.pptx.outlines import BulletsSlide, ChartSlide, Outline, TableSlide, TitleSlide
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.template import built_in_template
from tests.libreoffice import missing

SVG_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
CHART_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}"
AT = datetime(2026, 1, 2, tzinfo=UTC)
CHART = ChartSlide(
    title="Chart",
    kind="column",
    categories=("North", "South"),
    series=(SeriesData(name="Old", values=(1.5, 2.5)), SeriesData(name="New", values=(3, None))),
)
OUTLINE = Outline(
    slides=(
        TitleSlide(title="Cover", subtitle="Below"),
        BulletsSlide(title="Bullets", bullets=("One", "\tTwo"), notes="Spoken"),
        CHART,
        TableSlide(title="Table", rows=(("Head", "Number"), ("Cell", "7"))),
    )
)


def seen(data: bytes, folder: Path) -> etree._Element:
    """The presentation as LibreOffice has it, as one XML document."""
    source = folder / "deck.pptx"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "fodp", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return etree.parse(folder / "deck.fodp").getroot()


def words_of(element: etree._Element) -> str:
    return "|".join(str(text).strip() for text in element.itertext() if str(text).strip())


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
def test_libreoffice_sees_the_slides_words_and_charts(tmp_path: Path) -> None:
    data = new_deck(OUTLINE, at=AT).data
    chart = Presentation(data).view().slides[2].shapes[1].anchor
    first = Presentation(data).view().slides[1].anchor
    more = (SeriesData(name="Old", values=(1.5, 2.5, 9.25)), SeriesData(name="Newer", values=(3, None, 8.125)))
    edits = [
        SetChartData(at=chart, categories=("North", "South", "West"), series=more),
        SetChartKind(at=chart, kind="line"),
        AddChart(at=first, kind="pie", categories=("P", "Q"), series=(SeriesData(name="Share", values=(0.25, 0.75)),)),
    ]
    root = seen(Presentation(data).apply(edits, at=AT).data, tmp_path)
    pages = list(root.iter("{*}page"))
    text = words_of(root)
    charts = [words_of(page) for page in pages if next(page.iter("{*}object"), None) is not None]
    assert len(pages) == 4
    assert [
        word for word in ("Cover", "Below", "Bullets", "Two", "Spoken", "Head", "Cell", "7") if word not in text
    ] == []
    assert len(charts) == 2
    assert [word for word in ("P", "Share", "0.25", "0.75") if word not in charts[0].split("|")] == []
    assert [word for word in ("West", "Newer", "9.25", "8.125") if word not in charts[1].split("|")] == []
    kinds = {chart.get(f"{CHART_NAMES}class") for chart in root.iter(f"{CHART_NAMES}chart")}
    assert kinds == {"chart:circle", "chart:line"}


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.skipif(face("Calibri").likeness == "estimate", reason="no Calibri or Carlito on this machine")
def test_text_takes_the_height_that_libreoffice_gives_it(tmp_path: Path) -> None:
    words = "The quick brown fox jumps over the lazy dog while seventy-two well-known engineers measure its words. " * 3
    boxes = [
        AddTextBox(
            at="s256",
            text=words[: 60 + 12 * number] + ("\nsecond" if number % 2 else ""),
            x=90_000,
            y=90_000,
            width=1_500_000 + 150_000 * number,
            height=300_000,
        )
        for number in range(20)
    ]
    data = Presentation(built_in_template()).apply(boxes, at=AT).data
    deck = Deck(Package.open(data))
    entry, fitting = deck.slides[0], Fitting(deck)
    fits = [fitting.measure(entry.part, shape) for shape in deck.shapes(entry.part) if shape.kind == "text_box"]
    ours = [(fit.height_emu + 2 * 45_720) / 360_000 for fit in fits if fit is not None]
    shapes = seen(data, tmp_path).iter("{*}custom-shape")
    theirs = [float(str(shape.get(f"{SVG_NAMES}height"))[:-2]) for shape in shapes if "quick" in words_of(shape)]
    assert len(ours) == len(theirs) == 20
    # LibreOffice rounds a line of 21.97 points to 21.6; a line more or less would be 8 % or more of any of them.
    assert sum(abs(one / other - 1) < 0.03 for one, other in zip(ours, theirs, strict=True)) >= 19
