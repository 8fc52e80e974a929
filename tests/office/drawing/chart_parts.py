"""Chart parts of the corpus, charts that tests make, and the order of a chart's elements by the standard."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from polydesk.office.drawing.charts import ChartKind, ChartSeries, ChartSpec, Grouping, Points
from polydesk.office.ooxml.names import local_name
from tests.corpus_files import corpus_files, corpus_id

_CHART = re.compile(r"(^|/)charts/chart[^/]*\.xml$")

_SERIES = (
    "idx order tx spPr invertIfNegative marker explosion dPt dLbls trendline errBars cat val "
    "xVal yVal bubbleSize smooth"
)
_AXIS = (
    "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark tickLblPos spPr "
    "txPr crossAx crosses auto lblAlgn lblOffset noMultiLvlLbl crossBetween extLst"
)
_PLOT = (
    "barDir scatterStyle grouping varyColors ser dLbls gapWidth overlap serLines dropLines hiLowLines upDownBars "
    "marker firstSliceAng holeSize axId extLst"
)
ORDER = {
    "chartSpace": "date1904 lang roundedCorners AlternateContent style clrMapOvr protection chart spPr txPr "
    "externalData printSettings userShapes extLst",
    "chart": "title autoTitleDeleted pivotFmts view3D floor sideWall backWall plotArea legend plotVisOnly "
    "dispBlanksAs extLst",
    "title": "tx layout overlay spPr txPr extLst",
    "ser": _SERIES + " shape extLst",
    "dLbls": "dLbl delete numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent "
    "showBubbleSize separator showLeaderLines leaderLines extLst",
    "legend": "legendPos legendEntry layout overlay spPr txPr extLst",
    "numRef": "f numCache extLst",
    "strRef": "f strCache extLst",
    "numCache": "formatCode ptCount pt extLst",
    "strCache": "ptCount pt extLst",
    "numLit": "formatCode ptCount pt extLst",
    **dict.fromkeys(("catAx", "valAx"), _AXIS),
    **dict.fromkeys(("barChart", "lineChart", "areaChart", "pieChart", "doughnutChart", "scatterChart"), _PLOT),
}
"""Children of the elements that we write, in the order of their sequences (ISO/IEC 29500-1, A.5.1)."""


@lru_cache(maxsize=1)
def chart_parts() -> tuple[tuple[str, bytes], ...]:
    """Every chart part of the corpus's workbooks, decks and documents, with a name for messages."""
    return tuple(_found())


def _found() -> Iterator[tuple[str, bytes]]:
    for path in corpus_files(".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".potx", ".docx"):
        if not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if _CHART.search(member) and not archive.getinfo(member).flag_bits & 1:
                    yield f"{corpus_id(path)}:{member}", archive.read(member)


def out_of_order(data: bytes) -> list[str]:
    """The elements whose children do not stand in the order of the standard."""
    return [
        f"{local_name(element.tag)}: {names}"
        for element in etree.fromstring(data).iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}*")
        if (order := ORDER.get(local_name(element.tag), "").split())
        for names in [[local_name(child.tag) for child in element if isinstance(child.tag, str)]]
        if names != sorted(names, key=lambda name: order.index(name) if name in order else -1)
    ]


def spec(
    kind: ChartKind, *, grouping: Grouping = "side_by_side", count: int = 3, title: str | None = "Sales"
) -> ChartSpec:
    """A chart of quarters, with `count` series (one in a pie)."""
    names = ("Q1", "Q2 & more", "Q3", "Q4")
    categories = Points(formula="Data!$A$2:$A$5", points=(1, 2, 3.5, 4) if kind == "scatter" else names)
    series = tuple(
        ChartSeries(
            name=f"Series <{column}>",
            name_formula=f"Data!${column}$1",
            categories=categories,
            values=Points(formula=f"Data!${column}$2:${column}$5", points=(1.5, -2, None, 1e6), number_format="0.0"),
        )
        for column in "BCDEFGHIJ"[: 1 if kind == "pie" else count]
    )
    return ChartSpec(
        kind=kind, grouping=grouping, title=title, category_title="Quarter", value_title="EUR", series=series
    )
