"""Presentations of any size: a title and bullets on each slide, a table on every tenth, a chart on every tenth."""

from __future__ import annotations

from pathlib import Path

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def make_pptx(path: Path, *, slides: int) -> None:
    """Write a presentation of so many slides."""
    deck = pptx.Presentation()
    layout = deck.slide_layouts[1]
    for number in range(1, slides + 1):
        slide = deck.slides.add_slide(layout)
        slide.shapes.title.text = f"Slide {number}: what the quarter brought"  # type: ignore[union-attr]
        body = slide.placeholders[1].text_frame  # type: ignore[union-attr]
        body.text = f"Revenue of region {number % 7} rose by {number % 13} per cent"
        for line in range(4):
            paragraph = body.add_paragraph()
            paragraph.text = f"Reason {line + 1} for it, told in a line of ordinary length"
            paragraph.level = line % 2
        if number % 10 == 5:
            _add_table(slide)
        if number % 10 == 0:
            _add_chart(slide, number)
    deck.save(str(path))


def _add_table(slide: object) -> None:
    shapes = slide.shapes  # type: ignore[attr-defined]
    table = shapes.add_table(4, 3, Inches(1), Inches(4.5), Inches(8), Inches(2)).table
    for row in range(4):
        for column in range(3):
            table.cell(row, column).text = f"{row} by {column}"


def _add_chart(slide: object, number: int) -> None:
    data = CategoryChartData()
    data.categories = ("North", "South", "East", "West")
    data.add_series("Sales", tuple(float((number * n) % 17) for n in range(1, 5)))
    shapes = slide.shapes  # type: ignore[attr-defined]
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4.5), Inches(8), Inches(2.5), data)
