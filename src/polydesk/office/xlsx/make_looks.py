"""How number formats, styles, widths, heights, hidden rows and columns, and frozen panes are set."""

from __future__ import annotations

from collections.abc import Callable

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import MAX_ROW, Area, address, cell_name
from polydesk.office.xlsx.cell_edits import (
    FreezePanes,
    SetColumnWidth,
    SetHidden,
    SetNumberFormat,
    SetRowHeight,
    SetStyle,
)
from polydesk.office.xlsx.columns import set_columns
from polydesk.office.xlsx.elements import drop_attribute
from polydesk.office.xlsx.formats import with_number_format, with_style
from polydesk.office.xlsx.making import LOOKS, Maker, Makers, Making
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patches import CellPatch, Restyle
from polydesk.office.xlsx.state import Place

MAX_STYLED = 5_000_000
"""Most cells of an area that gets a format; whole rows and columns are free."""

MAX_ROWS = 200_000
"""Most rows that get a height or are hidden at once, since each becomes a row of the file."""


def _prepare_number_format(making: Making, edit: SetNumberFormat) -> None:
    _prepare_area(making, making.place(edit.at), "number_format")


def _make_number_format(making: Making, edit: SetNumberFormat) -> None:
    _restyle(making.place(edit.at), with_number_format(making.state.styles, edit.format))


def _prepare_style(making: Making, edit: SetStyle) -> None:
    place = making.place(edit.at)
    _prepare_area(making, place, "style")
    if edit.style is not None:
        making.claim(place.sheet, place.area, "number_format")


def _make_style(making: Making, edit: SetStyle) -> None:
    _restyle(making.place(edit.at), with_style(making.state.styles, edit))


def _prepare_area(making: Making, place: Place, aspect: str) -> None:
    area = place.area
    if not (area.whole_rows or area.whole_columns) and area.height * area.width > MAX_STYLED:
        raise UnsupportedEditError(
            f"{address(place.sheet.name, area)} has {area.height * area.width:,} cells; format {MAX_STYLED:,} at most, "
            "or whole rows or columns"
        )
    making.claim(place.sheet, area, aspect)


def _restyle(place: Place, restyle: Restyle) -> None:
    """Give a format to cells, rows or columns, with the cells that are in them."""
    sheet, area = place
    if area.whole_columns:
        sheet.column_style  # noqa: B018  # cells not in the file take what their column had before
        set_columns(sheet.frame, area.left, area.right, lambda col: {"style": str(restyle(_style_of(col)))})
        sheet.patches.patch_area(area, CellPatch(restyle=restyle, creates=False, crosses=True))
    elif area.whole_rows:
        _refuse_many_rows(area)
        sheet.patches.row_restyles.append((area, restyle))
        sheet.patches.patch_area(area, CellPatch(restyle=restyle, creates=False, crosses=True))
    else:
        sheet.patches.patch_area(area, CellPatch(restyle=restyle))
        sheet.grow(area)


def _style_of(col: Element) -> int:
    return whole(col.get("style"))


def _prepare_width(making: Making, edit: SetColumnWidth) -> None:
    place = making.place(edit.at)
    if not place.area.whole_columns:
        raise UnsupportedEditError(f"{edit.at} names no whole columns, such as Sheet1!C:D")
    if edit.width is not None and not 0 <= edit.width <= 255:
        raise UnsupportedEditError(f"a column is from 0 to 255 characters wide, not {edit.width:g}")
    making.claim(place.sheet, place.area, "size")


def _make_width(making: Making, edit: SetColumnWidth) -> None:
    place = making.place(edit.at)
    if edit.width is not None:
        width: dict[str, str | None] = {"width": f"{edit.width:g}", "customWidth": "1", "bestFit": None}
    else:
        format = place.sheet.frame.child("sheetFormatPr")
        default = "9.140625" if format is None else format.get("defaultColWidth", "9.140625")
        width = {"width": default, "customWidth": None, "bestFit": None}
    set_columns(place.sheet.frame, place.area.left, place.area.right, lambda _: width)


def _prepare_height(making: Making, edit: SetRowHeight) -> None:
    place = making.place(edit.at)
    if not place.area.whole_rows:
        raise UnsupportedEditError(f"{edit.at} names no whole rows, such as Sheet1!5:7")
    if edit.height is not None and not 0 <= edit.height <= 409.5:
        raise UnsupportedEditError(f"a row is from 0 to 409.5 points high, not {edit.height:g}")
    _refuse_many_rows(place.area)
    making.claim(place.sheet, place.area, "size")


def _make_height(making: Making, edit: SetRowHeight) -> None:
    place = making.place(edit.at)
    height = None if edit.height is None else f"{edit.height:g}"
    for row in range(place.area.top, place.area.bottom + 1):
        place.sheet.patches.set_row(row, {"ht": height, "customHeight": None if height is None else "1"})


def _prepare_hidden(making: Making, edit: SetHidden) -> None:
    place = making.place(edit.at)
    if not (place.area.whole_columns or place.area.whole_rows):
        raise UnsupportedEditError(f"{edit.at} names no whole rows or columns, such as Sheet1!5:7 or Sheet1!C:D")
    if not place.area.whole_columns:
        _refuse_many_rows(place.area)
    making.claim(place.sheet, place.area, "hidden rows" if place.area.whole_rows else "hidden columns")


def _make_hidden(making: Making, edit: SetHidden) -> None:
    sheet, area = making.place(edit.at)
    hidden: dict[str, str | None] = {"hidden": "1" if edit.hidden else None}
    if area.whole_columns:
        set_columns(sheet.frame, area.left, area.right, lambda _: hidden)
        return
    for row in range(area.top, area.bottom + 1):
        sheet.patches.set_row(row, hidden)


def _refuse_many_rows(area: Area) -> None:
    if area.height > MAX_ROWS and area.height < MAX_ROW:
        raise UnsupportedEditError(f"{area.height:,} rows are more than the {MAX_ROWS:,} that are changed at once")
    if area.height == MAX_ROW:
        raise UnsupportedEditError("all rows at once cannot be changed; name those that hold something")


def _prepare_panes(making: Making, edit: FreezePanes) -> None:
    place = making.place(edit.at)
    if (place.area.height, place.area.width) != (1, 1):
        raise UnsupportedEditError(f"{edit.at} names no single cell")
    making.claim(place.sheet, Area(1, 1, MAX_ROW, 16_384), "panes")


def _make_panes(making: Making, edit: FreezePanes) -> None:
    """ECMA-376-1 §18.3.1.66 (pane) and §18.3.1.78 (selection, one for each pane)."""
    sheet, area = making.place(edit.at)
    frame = sheet.frame
    views = frame.child("sheetViews")
    if views is None:
        views = frame.new("sheetViews")
        view = frame.new("sheetView")
        view.set("workbookViewId", "0")
        views.append(view)
        frame.put(views)
    for view in views.iterchildren("{*}sheetView"):
        frame.part.touch(view)
        for old in [*view.iterchildren("{*}pane"), *view.iterchildren("{*}selection")]:
            view.remove(old)
        drop_attribute(view, "topLeftCell")
        if (area.top, area.left) != (1, 1):
            _freeze(view, area, frame.new)


def _freeze(view: Element, area: Area, make: Callable[[str], Element]) -> None:
    pane = make("pane")
    active = {(True, False): "topRight", (False, True): "bottomLeft"}.get((area.left > 1, area.top > 1), "bottomRight")
    if area.left > 1:
        pane.set("xSplit", str(area.left - 1))
    if area.top > 1:
        pane.set("ySplit", str(area.top - 1))
    pane.set("topLeftCell", cell_name(area.top, area.left))
    pane.set("activePane", active)
    pane.set("state", "frozen")
    view.insert(0, pane)
    names = ("topRight", "bottomLeft", "bottomRight") if active == "bottomRight" else (active,)
    for place, name in enumerate(names, 1):
        selection = make("selection")
        selection.set("pane", name)
        view.insert(place, selection)


LOOK_MAKERS: Makers = {
    SetNumberFormat: Maker(LOOKS, _prepare_number_format, _make_number_format),
    SetStyle: Maker(LOOKS, _prepare_style, _make_style),
    SetColumnWidth: Maker(LOOKS, _prepare_width, _make_width),
    SetRowHeight: Maker(LOOKS, _prepare_height, _make_height),
    SetHidden: Maker(LOOKS, _prepare_hidden, _make_hidden),
    FreezePanes: Maker(LOOKS, _prepare_panes, _make_panes),
}
