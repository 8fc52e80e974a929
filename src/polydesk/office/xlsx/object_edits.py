"""Edits of what lies on or behind the cells: names, links, printing, rules, charts, comments."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.drawing.charts import ChartKind, DataLabels, Grouping, LegendPlace
from polydesk.office.edits import TypedEdit


class SetName(TypedEdit, frozen=True, tag="set_name", kw_only=True):
    """Give cells or a formula a name that formulas can use, or let a name mean something else."""

    name: str
    """Letters, digits, `_` and `.`, beginning with a letter or `_`, and no cell's name."""
    refers_to: str
    """An address such as `Sales!B2:B9`, taken as fixed, or a formula that begins with `=`."""
    sheet: str | None = None
    """The sheet that the name is known in; None for the whole workbook."""


class DeleteName(TypedEdit, frozen=True, tag="delete_name", kw_only=True):
    """Delete a defined name."""

    name: str
    sheet: str | None = None
    """The sheet that it is known in; None for a name of the whole workbook."""
    force: bool = False
    """Delete it though formulas use it, which then show `#NAME?`."""


class SetHyperlink(TypedEdit, frozen=True, tag="set_hyperlink", kw_only=True):
    """Let cells lead to an address or a place of the workbook; what they hold and how they look stays."""

    at: str
    target: str | None = None
    """A web address (http, https), `mailto:` or a file; never opened or fetched. One of `target`, `place` is given."""
    place: str | None = None
    """A place in this workbook, such as `Notes!A1`, or a defined name."""
    tip: str | None = None
    """What is shown when the pointer rests on the cell, up to 255 characters."""


class RemoveHyperlink(TypedEdit, frozen=True, tag="remove_hyperlink", kw_only=True):
    """Take links off cells; what they hold and how they look stays."""

    at: str


class SetPrintArea(TypedEdit, frozen=True, tag="set_print_area", kw_only=True):
    """Say which cells of a sheet are printed."""

    sheet: str
    areas: tuple[str, ...] = ()
    """Such as `A1:F40`, each on a page of its own; none prints everything."""


class SetPrintTitles(TypedEdit, frozen=True, tag="set_print_titles", kw_only=True):
    """Repeat rows above, or columns left of, every printed page of a sheet."""

    sheet: str
    rows: str | None = None
    """Such as `1:2`; None repeats none."""
    columns: str | None = None
    """Such as `A:B`; None repeats none."""


Operator = Literal[
    "between", "not_between", "equal", "not_equal", "greater", "less", "greater_or_equal", "less_or_equal"
]


class SetValidation(TypedEdit, frozen=True, tag="set_validation", kw_only=True):
    """Say what may be typed into cells. Values that are there already stay; rules of other cells too."""

    at: str
    allow: Literal["list", "whole", "decimal", "date", "time", "text_length", "custom"]
    values: tuple[str, ...] | None = None
    """For `list`: the choices, without commas, 255 characters in all. One of `values` and `source` is given."""
    source: str | None = None
    """For `list`: the cells with the choices, such as `Lists!A2:A9`, or a formula or name that begins with `=`."""
    operator: Operator = "between"
    first: float | str | None = None
    """The bound: a number, `2026-11-24` for a date, `09:30` for a time, or a formula that begins with `=`."""
    second: float | str | None = None
    """The upper bound of `between` and `not_between`."""
    formula: str | None = None
    """For `custom`: true where a value may stand; written as for the first cell of `at`."""
    allow_blank: bool = True
    dropdown: bool = True
    """For `list`: whether the cell has a button with the choices."""
    prompt_title: str | None = None
    prompt: str | None = None
    """What is shown when the cell is selected, up to 255 characters."""
    error_title: str | None = None
    error: str | None = None
    """What is shown when something else was typed, up to 255 characters."""
    on_error: Literal["stop", "warning", "information"] = "stop"


class ClearValidation(TypedEdit, frozen=True, tag="clear_validation", kw_only=True):
    """Let anything be typed into cells again."""

    at: str


class Look(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How cells look that a conditional format applies to; what is not given stays as it is."""

    bold: bool | None = None
    italic: bool | None = None
    underline: bool | None = None
    strike: bool | None = None
    color: str | None = None
    """Of the text: `#RRGGBB`."""
    fill: str | None = None
    """Of the background: `#RRGGBB`."""
    border: str | None = None
    """A thin border of this colour: `#RRGGBB`."""
    number_format: str | None = None
    """A number format code."""


Icons = Literal[
    "3Arrows", "3ArrowsGray", "3Flags", "3TrafficLights1", "3TrafficLights2", "3Signs", "3Symbols", "3Symbols2",
    "4Arrows", "4ArrowsGray", "4RedToBlack", "4Rating", "4TrafficLights",
    "5Arrows", "5ArrowsGray", "5Rating", "5Quarters",
]  # fmt: skip
"""Icon sets that Excel 2007 has already (ST_IconSetType, ECMA-376-1 §18.18.42)."""


class AddConditionalFormat(TypedEdit, frozen=True, tag="add_conditional_format", kw_only=True):
    """Show cells otherwise when they fulfil a condition, or by what they are worth among the others."""

    at: str
    when: Literal[
        "value", "formula", "text", "top", "bottom", "above_average", "below_average", "duplicate", "unique", "blank",
        "not_blank", "error", "not_error", "color_scale", "data_bar", "icons",
    ]  # fmt: skip
    look: Look | None = None
    """Given for everything but `color_scale`, `data_bar` and `icons`."""
    operator: Operator = "greater"
    """For `value`."""
    first: float | str | None = None
    """For `value`: the number, the text, or a formula that begins with `=`."""
    second: float | str | None = None
    """For `value`: the upper bound of `between` and `not_between`."""
    formula: str | None = None
    """For `formula`: true where the look applies; written as for the first cell of `at`."""
    text: str | None = None
    """For `text`: what is looked for, whatever its case."""
    match: Literal["contains", "not_contains", "begins_with", "ends_with"] = "contains"
    """For `text`."""
    rank: int = 10
    """For `top` and `bottom`: how many, or how many per cent."""
    percent: bool = False
    """For `top` and `bottom`."""
    colors: tuple[str, ...] = ()
    """For `color_scale` two or three, from the lowest value to the highest; for `data_bar` one: `#RRGGBB`."""
    icons: Icons | None = None
    """For `icons`."""
    reverse: bool = False
    """For `icons`: the best icon for the lowest values."""
    show_value: bool = True
    """For `data_bar` and `icons`: whether the number is seen too."""
    stop_if_true: bool = False
    """Whether formats further down no longer apply where this one does."""
    priority: Literal["first", "last"] = "first"
    """Before or after the conditional formats that the sheet has; where two set the same, the first wins."""


class ClearConditionalFormats(TypedEdit, frozen=True, tag="clear_conditional_formats", kw_only=True):
    """Take all conditional formats off cells; other cells of the same format keep it."""

    at: str


class SeriesRange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One series of a chart."""

    values: str
    """The cells with its numbers, such as `Sales!B2:B9`: one row or one column."""
    name: str | None = None
    """The cell that holds its name, such as `Sales!B1`, or the name itself."""
    categories: str | None = None
    """The cells along the axis, where they are not those of the chart; x values in a scatter chart."""
    kind: ChartKind | None = None
    """In `add_chart`: another kind than the chart's, for columns combined with lines or areas."""
    secondary: bool = False
    """In `add_chart`: whether it is measured on a second axis, at the right."""


class AddChart(TypedEdit, frozen=True, tag="add_chart", kw_only=True):
    """Put a chart of cells on a sheet."""

    at: str
    """The cells that it covers; a single one is its upper left corner, and it takes eight columns and fifteen rows."""
    kind: ChartKind
    grouping: Grouping = "side_by_side"
    """How columns, bars, lines or areas of several series stand to each other."""
    categories: str | None = None
    """The cells along the axis, such as `Sales!A2:A9`; x values in a scatter chart; null numbers the points."""
    series: tuple[SeriesRange, ...]
    title: str | None = None
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


class SetChartTitle(TypedEdit, frozen=True, tag="set_chart_title", kw_only=True):
    """Set, replace or take away a title of a chart."""

    at: str
    """The cells that the chart covers, as the view has them, or one of them; any address of a chart sheet."""
    title: str
    """The new title; each line is a paragraph. Empty takes it away."""
    of: Literal["chart", "category_axis", "value_axis"] = "chart"


class SetChartData(TypedEdit, frozen=True, tag="set_chart_data", kw_only=True):
    """Let a chart draw other cells. All series are given, those that stay too."""

    at: str
    """As in `set_chart_title`."""
    categories: str | None = None
    """The cells along the axis; x values in a scatter chart; null leaves them as they are."""
    series: tuple[SeriesRange, ...]


class DeleteChart(TypedEdit, frozen=True, tag="delete_chart", kw_only=True):
    """Delete a chart from its sheet; the cells that it drew stay."""

    at: str
    """As in `set_chart_title`."""


class AddComment(TypedEdit, frozen=True, tag="add_comment", kw_only=True):
    """Put a note on a cell, by the author of the edits."""

    at: str
    """One cell."""
    text: str


class EditComment(TypedEdit, frozen=True, tag="edit_comment", kw_only=True):
    """Give the note on a cell another text."""

    at: str
    """One cell."""
    text: str


class DeleteComment(TypedEdit, frozen=True, tag="delete_comment", kw_only=True):
    """Take the note or the comment off a cell."""

    at: str
    """One cell."""


class ReplyComment(TypedEdit, frozen=True, tag="reply_comment", kw_only=True):
    """Answer the comment on a cell, in its thread, by the author of the edits."""

    at: str
    """One cell."""
    text: str


class ResolveComment(TypedEdit, frozen=True, tag="resolve_comment", kw_only=True):
    """Mark the thread on a cell as done, or open it again."""

    at: str
    """One cell."""
    done: bool = True


ObjectEdit = (
    SetName
    | DeleteName
    | SetHyperlink
    | RemoveHyperlink
    | SetPrintArea
    | SetPrintTitles
    | SetValidation
    | ClearValidation
    | AddConditionalFormat
    | ClearConditionalFormats
    | AddChart
    | SetChartTitle
    | SetChartData
    | DeleteChart
    | AddComment
    | EditComment
    | DeleteComment
    | ReplyComment
    | ResolveComment
)
