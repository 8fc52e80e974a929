from __future__ import annotations

import pytest

from polydesk.core.errors import UsageError
from polydesk.office.pptx.chart_edits import SeriesData
from polydesk.office.pptx.outline_markdown import outline_from_markdown
from polydesk.office.pptx.outlines import (
    BulletsSlide,
    ChartSlide,
    ClosingSlide,
    ColumnsSlide,
    Outline,
    PictureSlide,
    QuoteSlide,
    SectionSlide,
    Slide,
    TableSlide,
    TitleSlide,
    parse_outline,
)

CASES: list[tuple[str, list[Slide]]] = [
    ("# A *title*\n\nBy me\nToday\n", [TitleSlide(title="A title", subtitle="By me\nToday")]),
    (
        "# T\n# S\n\nAbout it\n\n## One\n- a\n  - b `c`\n- d [link](https://example.org)\n\n"
        "Notes: Say hello.\n\nAnd this.\n",
        [
            TitleSlide(title="T"),
            SectionSlide(title="S", text="About it"),
            BulletsSlide(title="One", bullets=("a", "\tb c", "d link"), notes="Say hello.\nAnd this."),
        ],
    ),
    (
        "# T\n## One\n```notes\nSpoken\n```\nText\n",
        [TitleSlide(title="T"), BulletsSlide(title="One", bullets=("Text",), notes="Spoken")],
    ),
    ("# T\n# Thanks\n\nme@example.org\n", [TitleSlide(title="T"), ClosingSlide(title="Thanks", text="me@example.org")]),
    ("## One\n| a | b |\n|---|---|\n| 1 | **2** |\n", [TableSlide(title="One", rows=(("a", "b"), ("1", "2")))]),
    (
        "## One\n### L\n- a\n### R\n- b\n",
        [ColumnsSlide(title="One", left=("a",), right=("b",), left_heading="L", right_heading="R")],
    ),
    (
        "## One\n![What it shows](pic.png)\n- a\n",
        [PictureSlide(title="One", picture="pic.png", alt_text="What it shows", bullets=("a",))],
    ),
    ("## One\n> It works.\n> \u2014 Me\n", [QuoteSlide(title="One", quote="It works.", source="Me")]),
    (
        "## One\n```chart bar stacked\nYear, A, B\n2025, 1, 10%\n2026, 1,234.5\n```\n".replace(
            "1,234.5", '"1,234.5", '
        ),
        [
            ChartSlide(
                title="One",
                kind="bar",
                grouping="stacked",
                categories=("2025", "2026"),
                series=(
                    SeriesData(name="A", values=(1, 1234.5)),
                    SeriesData(name="B", values=(0.1, None), number_format="0%"),
                ),
            )
        ],
    ),
    (
        "## One\n- a\n\n| a |\n|---|\n| 1 |\n",
        [BulletsSlide(title="One", bullets=("a",)), TableSlide(title="One", rows=(("a",), ("1",)))],
    ),
]


@pytest.mark.parametrize(("text", "slides"), CASES, ids=range(len(CASES)))
def test_headings_are_slides_and_what_stands_below_says_of_which_kind(text: str, slides: list[Slide]) -> None:
    assert list(outline_from_markdown(text).slides) == slides


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("just text", "talk.md has no heading"),
        ("## One\n```chart circle\na,b\nc,1\n```", "line 1: there is no chart 'circle'"),
        ("## One\n```chart bar\na,b\nc\n```", "equally long lines"),
        ("## One\n```chart bar\na,b\nc,much\n```", "'much' in the chart is no number"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        outline_from_markdown(text, path="talk.md")


def test_an_outline_has_a_json_form() -> None:
    data = '[{"slide": "bullets", "title": "One", "bullets": ["a", "\\tb"]}]'
    assert parse_outline(data) == Outline(slides=(BulletsSlide(title="One", bullets=("a", "\tb")),))
    with pytest.raises(UsageError, match=r"deck\.json: .*bullets"):
        parse_outline('{"slides": [{"slide": "bullets", "title": "One"}]}', path="deck.json")
