"""Edits of charts."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.drawing.charts import ChartKind, DataLabels, Grouping, LegendPlace
from polydesk.office.edits import TypedEdit


class SeriesData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One series: its name, and a value for each category."""

    name: str
    values: tuple[float | None, ...]
    """None leaves a gap."""
    number_format: str | None = None
    """Format code such as `0.0%` or `#,##0`; None keeps that of the series which it replaces, or is General."""
    kind: ChartKind | None = None
    """In `add_chart`: another kind than the chart's, for columns combined with lines or areas."""
    secondary: bool = False
    """In `add_chart`: whether it is measured on a second axis, at the right."""


class AddChart(TypedEdit, frozen=True, tag="add_chart", kw_only=True):
    """Add a chart with its data in a workbook of its own: into an empty placeholder, or at a place."""

    at: str
    """Anchor of the slide, or of an empty chart or content placeholder that the chart fills."""
    kind: ChartKind
    grouping: Grouping = "side_by_side"
    """How columns, bars, lines or areas of several series stand to each other."""
    categories: tuple[str | float, ...]
    """What stands along the axis; x values in a scatter chart."""
    series: tuple[SeriesData, ...]
    title: str | None = None
    """None where the slide's title says it all."""
    category_title: str | None = None
    value_title: str | None = None
    secondary_title: str | None = None
    """Title of the second value axis."""
    number_format: str | None = None
    """Format code of the value axis and the labels; None takes that of the values."""
    legend: LegendPlace | None = None
    """None has the legend at the bottom where there is more than one thing to name."""
    labels: DataLabels | None = None
    """What stands beside the points; None is percent for pies and doughnuts, else nothing."""
    alt_text: str | None = None
    """The description that is read to those who cannot see it; None has one made of the data."""
    x: int | None = None
    """Left edge in EMU (914,400 to the inch); None takes the place of the slide's text."""
    y: int | None = None
    """Upper edge in EMU."""
    width: int | None = None
    """In EMU."""
    height: int | None = None
    """In EMU."""


class SetChartData(TypedEdit, frozen=True, tag="set_chart_data", kw_only=True):
    """Give a chart other data: its workbook, its references and what it shows agree afterwards.

    Series keep their formatting by position; more of them look like the last. All data are given, those that stay too.
    """

    at: str
    """Anchor of the chart."""
    categories: tuple[str | float, ...]
    """What stands along the axis; x values in a scatter chart."""
    series: tuple[SeriesData, ...]


class SetChartTitle(TypedEdit, frozen=True, tag="set_chart_title", kw_only=True):
    """Set, replace or take away a title of a chart."""

    at: str
    """Anchor of the chart."""
    title: str
    """The new title; each line is a paragraph. Empty takes it away."""
    of: Literal["chart", "category_axis", "value_axis"] = "chart"


class SetChartKind(TypedEdit, frozen=True, tag="set_chart_kind", kw_only=True):
    """Show a chart's data as another kind that says the same; series keep names, data, colours and labels."""

    at: str
    """Anchor of the chart."""
    kind: ChartKind
    """Columns, bars, lines and areas become each other; a pie a doughnut, a doughnut of one series a pie."""
    grouping: Grouping | None = None
    """None keeps what it has."""


ChartEdit = AddChart | SetChartData | SetChartTitle | SetChartKind
