"""How series look: theme colours in turn, lines told apart by markers and dashes too, labels where they are legible."""

from __future__ import annotations

from polydesk.office.drawing.chart_text import scheme_fill
from polydesk.office.drawing.charts import ChartKind, ChartSpec
from polydesk.office.drawing.markup import element, val

_MARKERS = ("circle", "square", "diamond", "triangle", "x", "star")
_DASHES = ("solid", "dash", "sysDot", "lgDash", "dashDot", "sysDash")
_SHADES: tuple[dict[str, int], ...] = ({}, {"lumMod": 60000}, {"lumMod": 60000, "lumOff": 40000}, {"lumMod": 80000})
"""What is done to the six accents for series 7 to 12, and so on, as Office does."""
_LINE_EMU = 28575


def accent(index: int) -> str:
    """The fill of the series or slice with this index."""
    return scheme_fill(f"accent{index % 6 + 1}", _SHADES[index // 6 % len(_SHADES)])


def bar_look(index: int) -> str:
    """A series of columns or bars."""
    return element("c:spPr", accent(index))


def area_look(index: int) -> str:
    """A series of areas, with an edge that shows where they touch."""
    return element("c:spPr", accent(index), element("a:ln", scheme_fill("bg1"), w=9525))


def line_look(index: int, *, drawn: bool = True) -> str:
    """A series of lines; `drawn` false leaves its points alone."""
    if not drawn:
        return element("c:spPr", element("a:ln", element("a:noFill"), w=_LINE_EMU))
    dash = element("a:prstDash", val=_DASHES[index // 6 % len(_DASHES)])
    return element("c:spPr", element("a:ln", accent(index), dash, element("a:round"), w=_LINE_EMU, cap="rnd"))


def marker_look(index: int, *, size: int = 6) -> str:
    """The marker of a line's or scatter chart's series."""
    look = element("c:spPr", accent(index), element("a:ln", accent(index), w=9525))
    return element("c:marker", val("symbol", _MARKERS[index % len(_MARKERS)]), val("size", size), look)


def slice_looks(count: int) -> list[str]:
    """The slices of a pie or doughnut, divided by lines of the background's colour. More than 60 are left to it."""
    edge = element("a:ln", scheme_fill("bg1"), w=19050)
    return [
        element("c:dPt", val("idx", index), val("bubble3D", False), element("c:spPr", accent(index), edge))
        for index in range(min(count, 60))
    ]


def labels_xml(spec: ChartSpec, kind: ChartKind) -> str:
    """What stands beside each point; empty for nothing."""
    wanted = spec.labels or ("percent" if kind in ("pie", "doughnut") else "none")
    if wanted == "none":
        return ""
    code = "0%" if "percent" in wanted else spec.number_format
    number_format = "" if code is None else element("c:numFmt", formatCode=code, sourceLinked=False)
    place = _place(spec, kind)
    ground = element("a:noFill") if place else scheme_fill("bg1")  # legible where it lies on a coloured surface
    return element(
        "c:dLbls",
        number_format,
        element("c:spPr", ground, element("a:ln", element("a:noFill"))),
        val("dLblPos", place) if place else "",
        val("showLegendKey", False),
        val("showVal", wanted == "value"),
        val("showCatName", "category" in wanted),
        val("showSerName", False),
        val("showPercent", "percent" in wanted),
        val("showBubbleSize", False),
        val("showLeaderLines", True) if kind == "pie" else "",
    )


def _place(spec: ChartSpec, kind: ChartKind) -> str | None:
    """Outside the coloured surface wherever the format allows it, since text on it may lack contrast."""
    if kind in ("column", "bar"):
        return "outEnd" if spec.grouping == "side_by_side" else None
    return {"pie": "outEnd", "line": "t", "scatter": "t"}.get(kind)
