"""How the contents of cells are set and cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.xlsx.addresses import Area, address, area_name, cell_name
from polydesk.office.xlsx.cell_edits import CellInput, ClearCells, SetCells, TypedValue
from polydesk.office.xlsx.cell_values import CellValue
from polydesk.office.xlsx.formats import with_date_format, without_format
from polydesk.office.xlsx.guards import hidden_by_merge, refuse_broken_arrays, refuse_pivots, table_headers
from polydesk.office.xlsx.inputs import Written, formula_text, moved, written
from polydesk.office.xlsx.making import CONTENT, Maker, Makers, Making
from polydesk.office.xlsx.patches import EMPTY, CellPatch, Content
from polydesk.office.xlsx.state import Place

MAX_CELLS = 5_000_000
"""Most cells that one edit writes: five times the largest sheets of practice."""

_SHOWN = 24
_FEW = 64
"""So many cells are patched one by one, which are found faster than areas when a list has many edits."""


def prepare_set(making: Making, edit: SetCells) -> None:
    """Find and claim the cells of a `set_cells`."""
    place = _target(making, edit)
    _refuse_size(place)
    making.claim(place.sheet, place.area, "content")
    place.sheet.watch(place.area)


def make_set(making: Making, edit: SetCells) -> None:
    """Patch the cells of a `set_cells`."""
    place = _target(making, edit)
    sheet, area = place
    _guard(making, place, lambda row, column: _input_at(edit, area, row, column))
    making.outcome.before = _shown(making, place)
    making.outcome.after = _after(edit, area)
    if isinstance(edit.value, TypedValue) and edit.value.array_formula is not None:
        _patch_array(making, edit.value.array_formula, place)
    elif _is_uniform(edit) and area.height * area.width > _FEW and not hidden_by_merge(sheet, area):
        assert not isinstance(edit.value, msgspec.UnsetType)
        sheet.patches.patch_area(area, _patch(making, place, written(making.state, edit.value, "")))
    else:
        _patch_each(making, edit, place)
    sheet.grow(area)
    making.state.values_changed = True


def prepare_clear(making: Making, edit: ClearCells) -> None:
    """Find and claim the cells of a `clear_cells`."""
    place = making.place(edit.at)
    if edit.what != "formats":
        making.claim(place.sheet, place.area, "content")
        place.sheet.watch(place.area)
    if edit.what != "contents":
        for aspect in ("number_format", "style"):
            making.claim(place.sheet, place.area, aspect)


def make_clear(making: Making, edit: ClearCells) -> None:
    """Patch the cells of a `clear_cells`; cells that are not in the file stay so."""
    place = making.place(edit.at)
    if edit.what != "formats":
        _guard(making, place, lambda row, column: None)
        making.outcome.before = _shown(making, place)
        making.state.values_changed = True
    content = None if edit.what == "formats" else EMPTY
    restyle = None if edit.what == "contents" else without_format
    removes = edit.what == "all"
    patch = CellPatch(content=content, restyle=restyle, creates=False, removes=removes)
    place.sheet.patches.patch_area(place.area, patch)


def _target(making: Making, edit: SetCells) -> Place:
    """The cells that a `set_cells` writes: those of `at`, or as many from its first cell as `values` has."""
    place = making.place(edit.at)
    if (edit.values is None) is isinstance(edit.value, msgspec.UnsetType):
        raise UnsupportedEditError("exactly one of value and values is given")
    if edit.values is None:
        return place
    height, widths = len(edit.values), {len(row) for row in edit.values}
    if not height or len(widths) != 1 or 0 in widths:
        raise UnsupportedEditError("values is a list of rows of the same length, at least one value in each")
    if any(isinstance(value, TypedValue) and value.array_formula is not None for row in edit.values for value in row):
        raise UnsupportedEditError("an array formula is given as value, with its whole range as at")
    width = widths.pop()
    area = place.area
    if (area.height, area.width) not in ((1, 1), (height, width)):
        raise UnsupportedEditError(
            f"{area_name(area)} has {area.height} rows and {area.width} columns, values {height} and {width}; name the "
            "first cell alone, or an area of that size"
        )
    bottom, right = area.top + height - 1, area.left + width - 1
    if bottom > 1_048_576 or right > 16_384:
        raise UnsupportedEditError("the values reach beyond the last row or column of the sheet")
    return Place(place.sheet, Area(area.top, area.left, bottom, right))


def _refuse_size(place: Place) -> None:
    area = place.area
    if area.whole_rows or area.whole_columns or area.height * area.width > MAX_CELLS:
        raise UnsupportedEditError(
            f"{address(place.sheet.name, area)} has {area.height * area.width:,} cells; one edit writes {MAX_CELLS:,} "
            "at most, and no whole rows or columns: name the cells"
        )


def _guard(making: Making, place: Place, value_at: Callable[[int, int], CellInput]) -> None:
    """Refuse what would break an array, a pivot table, or a table's header; clear what a replaced array spilled."""
    state, (sheet, area) = making.state, place
    refuse_pivots(state, sheet, area)
    for header in table_headers(state, sheet):
        if area.has(header.row, header.column):
            value = value_at(header.row, header.column)
            if value != header.text and not (isinstance(value, TypedValue) and value.text == header.text):
                raise UnsupportedEditError(
                    f"{cell_name(header.row, header.column)} is the header {header.text!r} of the table "
                    f"{header.table!r}, which formulas use as a name; it is changed by renaming the column",
                    path=state.path,
                    part=sheet.part,
                )
    for array in refuse_broken_arrays(sheet, area, path=state.path):
        if not area.covers(array.ref):
            sheet.patches.patch_area(array.ref, CellPatch(content=EMPTY, creates=False))
            making.outcome.notes.append(f"{area_name(array.ref)}, which its formula filled, is emptied with it")


def _input_at(edit: SetCells, area: Area, row: int, column: int) -> CellInput:
    if edit.values is not None:
        return edit.values[row - area.top][column - area.left]
    assert not isinstance(edit.value, msgspec.UnsetType)
    return edit.value


def _is_uniform(edit: SetCells) -> bool:
    """Whether every cell gets the same content."""
    return edit.values is None and not (isinstance(edit.value, TypedValue) and edit.value.formula is not None)


def _patch_each(making: Making, edit: SetCells, place: Place) -> None:
    sheet, area = place
    merged = hidden_by_merge(sheet, area)
    first = _input_at(edit, area, area.top, area.left)
    same = None if edit.values is not None else written(making.state, first, cell_name(area.top, area.left))
    for row in range(area.top, area.bottom + 1):
        for column in range(area.left, area.right + 1):
            value = _input_at(edit, area, row, column)
            over = next((own for own in merged if own.has(row, column) and (row, column) != own[:2]), None)
            if over is not None:
                _refuse_hidden(edit, place, over, row, column, value)
                continue
            name = cell_name(row, column)
            new = written(making.state, value, name) if same is None else same
            if same is not None:
                new = new._replace(content=moved(new.content, row - area.top, column - area.left, name))
            sheet.patches.patch(row, column, _patch(making, Place(sheet, Area.cell(row, column)), new))


def _patch_array(making: Making, formula: str, place: Place) -> None:
    """An array formula: the first cell holds it with its range, the others wait for their values."""
    sheet, area = place
    if hidden_by_merge(sheet, area):
        raise UnsupportedEditError(f"{area_name(area)} meets merged cells, which an array formula cannot fill")
    attributes = f' t="array" ref="{area_name(area)}"'
    content = Content(formula=formula_text(formula), formula_attributes=attributes)
    sheet.patches.patch_area(area, CellPatch(content=EMPTY, creates=False))
    sheet.patches.patch(area.top, area.left, CellPatch(content=content))


def _refuse_hidden(edit: SetCells, place: Place, merged: Area, row: int, column: int, value: CellInput) -> None:
    """A cell that a merge hides takes no value; one value for an area passes it over, as in Excel."""
    if value is None or (edit.values is None and place.area.has(merged.top, merged.left)):
        return
    raise UnsupportedEditError(
        f"{cell_name(row, column)} is hidden by the merged area {area_name(merged)}; write to its first cell "
        f"{cell_name(merged.top, merged.left)}, or unmerge it first",
        part=place.sheet.part,
    )


def _patch(making: Making, place: Place, new: Written) -> CellPatch:
    """The patch for an input; a date brings its format along where no edit of the list sets another."""
    restyle = None
    if new.format is not None and not making.claims.claims(place.sheet, place.area, "number_format"):
        restyle = with_date_format(making.state.styles, new.format)
    return CellPatch(content=new.content, restyle=restyle, creates=new.content is not EMPTY)


def _shown(making: Making, place: Place) -> str | None:
    """What stood in the cells, as text."""
    watch = place.sheet.watch(place.area)
    place.sheet.survey()
    if not watch.cells:
        return None
    if place.area.height == place.area.width == 1:
        return cell_text(watch.cells[0])
    shown = "; ".join(f"{cell_name(cell.row, cell.column)}: {cell_text(cell)}" for cell in watch.cells)
    return shown + ("; …" if watch.more else "")


def cell_text(cell: CellValue) -> str:
    """A cell's formula, or its value, in one line."""
    if cell.formula is not None:
        return f"={cell.formula.text}" if cell.formula.text else f"={cell.formula.type}"
    if cell.kind == "b":
        return "TRUE" if cell.value else "FALSE"
    return str(cell.value)


def _after(edit: SetCells, area: Area) -> str | None:
    inputs = list(_inputs(edit, area))
    if area.height == area.width == 1:
        return None if inputs[0][1] is None else input_text(inputs[0][1])
    shown = "; ".join(f"{name}: {input_text(value)}" for name, value in inputs if value is not None)
    return (shown + ("; …" if area.height * area.width > len(inputs) else "")) or None


def _inputs(edit: SetCells, area: Area) -> Iterator[tuple[str, CellInput]]:
    if edit.values is None:
        assert not isinstance(edit.value, msgspec.UnsetType)
        yield area_name(area), edit.value
        return
    count = 0
    for row, values in enumerate(edit.values, area.top):
        for column, value in enumerate(values, area.left):
            yield cell_name(row, column), value
            count += 1
            if count == _SHOWN:
                return


def input_text(value: CellInput) -> str:
    """An input in one line."""
    if isinstance(value, TypedValue):
        formula = value.formula if value.formula is not None else value.array_formula
        if formula is not None:
            return "=" + formula.strip().removeprefix("=")
        return next(text for text in (value.text, value.date, value.time, value.error, "") if text is not None)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


CELL_MAKERS: Makers = {
    SetCells: Maker(CONTENT, prepare_set, make_set),
    ClearCells: Maker(CONTENT, prepare_clear, make_clear),
}
