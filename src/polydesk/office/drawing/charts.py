"""Charts as values: what a new one is made of, and what is read of one that is there."""

from __future__ import annotations

from typing import Literal

import msgspec

ChartKind = Literal["column", "bar", "line", "area", "pie", "doughnut", "scatter"]
Grouping = Literal["side_by_side", "stacked", "percent"]
"""Side by side also stands for lines and areas that start at the axis each."""
LegendPlace = Literal["right", "bottom", "top", "left", "none"]
DataLabels = Literal["none", "value", "percent", "category", "category_and_percent"]

Point = str | float | None
"""A category's name, a number, or None for a cell that is empty."""


class Points(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of cells as a chart has it: where they stand, and what was in them."""

    formula: str | None = None
    """Where the cells stand, such as `Sheet1!$B$2:$B$5`; None for values that stand in the chart alone."""
    points: tuple[Point, ...] = ()
    """What the cells hold, in their order. Several levels of categories are joined by ` / `, the outermost first."""
    number_format: str = "General"
    """Format code of numbers (ISO/IEC 29500-1, 18.8.30)."""


class ChartSeries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One series of a chart."""

    name: str | None = None
    """What the legend says; None for a series without a name."""
    name_formula: str | None = None
    """The cell that holds the name."""
    categories: Points | None = None
    """What stands along the axis; x values in a scatter chart. None numbers the points from 1."""
    values: Points
    """Numbers; y values in a scatter chart."""
    kind: ChartKind | None = None
    """None is the chart's own; another makes a combination of columns, lines and areas."""
    secondary: bool = False
    """Whether it is measured on a second value axis, at the right."""


class ChartSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chart to be made."""

    kind: ChartKind
    grouping: Grouping = "side_by_side"
    """For columns, bars, lines and areas."""
    series: tuple[ChartSeries, ...]
    title: str | None = None
    """None makes a chart without a title, as where a slide's title says it all."""
    category_title: str | None = None
    """Title of the category axis, or of the x axis."""
    value_title: str | None = None
    """Title of the value axis, or of the y axis."""
    secondary_title: str | None = None
    """Title of the second value axis."""
    number_format: str | None = None
    """Format code of the value axis and the labels; None takes that of the values."""
    legend: LegendPlace | None = None
    """None has the legend at the bottom where there is more than one thing to name, and labels do not name it."""
    labels: DataLabels | None = None
    """What stands beside the points; None is percent for pies and doughnuts, else nothing."""
    smooth: bool = False
    """Whether lines are drawn as curves."""
    lines: bool = False
    """Whether the points of a scatter chart are joined."""
    font_size_pt: float | None = None
    """Size of all text but the title's, which is a fifth larger; None leaves it to the application (10)."""


class SeriesView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A series as the chart part has it."""

    name: str | None = None
    name_formula: str | None = None
    kind: str
    """As the chart's `kind`."""
    categories: Points | None = None
    values: Points
    sizes: Points | None = None
    """Sizes of a bubble chart's bubbles."""
    secondary: bool = False


class ChartView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reader sees of a chart, and what an edit needs to know."""

    kind: str
    """A `ChartKind`, `combo`, or another of the format's kinds: `radar`, `bubble`, `stock`, `surface`, `of_pie`;
    of the newer format such as `waterfall`, `treemap`, `funnel`, `boxWhisker`."""
    grouping: Grouping = "side_by_side"
    three_d: bool = False
    title: str | None = None
    """None for a chart that has none, and for one whose title the application makes of its only series' name."""
    title_formula: str | None = None
    """The cell that holds the title."""
    category_title: str | None = None
    value_title: str | None = None
    series: tuple[SeriesView, ...] = ()
    workbook_id: str | None = None
    """Relationship id of the workbook with the chart's data (`c:externalData`); None where the data stand in the
    same package."""
    extended: bool = False
    """Whether it is of the format that Office 2016 added (`cx:chartSpace`), which is only read."""


def description(spec: ChartSpec) -> str:
    """A sentence or two for readers who do not see the chart: kind, title, series and the span of their values."""
    kinds = {series.kind or spec.kind for series in spec.series}
    kind = "Combined" if len(kinds) > 1 else spec.kind.capitalize()
    what = f"{kind} chart: {spec.title}." if spec.title else f"{kind} chart."
    return " ".join([what, *(_said(series, spec.series) for series in spec.series[:6]), *_more(spec)])


def _said(series: ChartSeries, among: tuple[ChartSeries, ...]) -> str:
    numbers = [point for point in series.values.points if isinstance(point, float | int)]
    name = series.name or f"Series {among.index(series) + 1}"
    if not numbers:
        return f"{name}: no values."
    if len(numbers) == 1:
        return f"{name}: {numbers[0]:.6g}."
    return f"{name}: {len(numbers)} values from {min(numbers):.6g} to {max(numbers):.6g}."


def _more(spec: ChartSpec) -> list[str]:
    return [f"{len(spec.series) - 6} more series."] if len(spec.series) > 6 else []
