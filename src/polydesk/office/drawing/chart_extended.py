"""Charts of the format that Office 2016 added ([MS-ODRAWXML] 2.24.3): waterfall, treemap, funnel, …, read."""

from __future__ import annotations

from polydesk.office.drawing.chart_cells import MAX_POINTS
from polydesk.office.drawing.charts import ChartView, Point, Points, SeriesView
from polydesk.office.ooxml.names import A, local_name
from polydesk.office.ooxml.part import Element

CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"


def read_extended(root: Element) -> ChartView:
    """The view of a `cx:chartSpace`; of anything else one without series, of the kind `unknown`."""
    data = {item.get("id"): item for item in root.iterfind(f"{CX}chartData/{CX}data")}
    series = tuple(
        _series(item, data) for item in root.iterfind(f"{CX}chart/{CX}plotArea/{CX}plotAreaRegion/{CX}series")
    )
    title = root.find(f"{CX}chart/{CX}title")
    kinds = dict.fromkeys(item.kind for item in series)
    kind = next(iter(kinds)) if len(kinds) == 1 else "combo" if kinds else "unknown"
    return ChartView(kind=kind, title=_title(title), series=series, extended=root.tag == f"{CX}chartSpace")


def _series(item: Element, data: dict[str | None, Element]) -> SeriesView:
    reference = item.find(f"{CX}dataId")
    source = None if reference is None else data.get(reference.get("val"))
    name = item.find(f"{CX}tx/{CX}txData")
    return SeriesView(
        name=None if name is None else name.findtext(f"{CX}v"),
        name_formula=None if name is None else name.findtext(f"{CX}f"),
        kind=item.get("layoutId", "unknown"),
        categories=_dimension(source, "strDim"),
        values=_dimension(source, "numDim") or Points(),
    )


def _dimension(source: Element | None, name: str) -> Points | None:
    dimension = None if source is None else source.find(f"{CX}{name}")
    if dimension is None:
        return None
    level = dimension.find(f"{CX}lvl")
    texts = [] if level is None else [point.text or "" for point in level.iterchildren(f"{CX}pt")][:MAX_POINTS]
    points: tuple[Point, ...] = tuple(texts) if name == "strDim" else tuple(map(_number, texts))
    code = "General" if level is None else level.get("formatCode", "General")
    return Points(formula=dimension.findtext(f"{CX}f"), points=points, number_format=code)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _title(title: Element | None) -> str | None:
    if title is None:
        return None
    lines = ["".join(run.text or "" for run in line.iter(f"{A}t")) for line in title.iter(f"{A}p")]
    cell = next((item.text for item in title.iter(f"{CX}v") if local_name(item.tag) == "v"), None)
    return "\n".join(lines).strip() or cell
