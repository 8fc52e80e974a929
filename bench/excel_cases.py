"""The edits of workbooks that bench/fidelity and bench/fuzz make, and the members that each may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from bench.file_cases import FileCase, chosen
from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit
from polydesk.office.files import OfficeFile
from polydesk.office.xlsx import cell_edits as cell
from polydesk.office.xlsx import object_edits as objects
from polydesk.office.xlsx import structure_edits as structure
from polydesk.office.xlsx.views import SheetView, WorkbookView
from polydesk.office.xlsx.workbook import Workbook

NEW_TEXT = "Measured text"
NEW_NUMBER = 12345.5
_FOLLOWING = (
    r"(.*/)?workbook[^/]*\.xml",  # told to calculate
    r"(.*/)?(sharedStrings|styles|calcChain)[^/]*\.xml",
    r"(.*/)?_rels/workbook[^/]*\.xml\.rels",  # when the chain of calculation goes
    r"\[Content_Types\]\.xml",
)
_SHEETS = (r"(.*/)?(worksheets|chartsheets|dialogsheets)/.*\.xml(\.rels)?", r"(.*/)?sheet[^/]*\.xml")
_REFERRING = (
    *_SHEETS,
    r"(.*/)?(tables|drawings|charts|chartEx|comments|threadedComments|pivotCache|pivotTables|queryTables)/.*",
    r"(.*/)?(comments|table|drawing|chart|vmlDrawing|externalLink)[^/]*\.(xml|vml)",
    r"docProps/app\.xml",
)
_DRAWN = (
    r"(.*/)?(drawings|charts|comments|threadedComments|persons)/.*",
    r"(.*/)?(comments|drawing|chart|vmlDrawing)[^/]*\.(xml|vml)(\.rels)?",
)
_LISTED = 50
"""A view has no more comments of a sheet than that, so a new one may be among those left out."""
_ROW = 6
"""Where rows and columns are inserted and deleted: within the data of most sheets."""


def cases(file: OfficeFile, places: int) -> list[FileCase]:
    """Every edit that fits, each on up to `places` sheets spread over the workbook."""
    view = cast(WorkbookView, file.view())
    sheets = [sheet for sheet in view.sheets if sheet.kind == "worksheet"]
    found = [case for sheet in chosen(sheets, places) for case in _of_sheet(sheet)]
    return [*found, *_of_workbook(view, sheets)]


def edits(view: Any) -> list[TypedEdit]:
    """The edits alone, for a view."""
    sheets = [sheet for sheet in view.sheets if sheet.kind == "worksheet"]
    return [
        case.edit for case in (*_of_workbook(view, sheets), *(case for sheet in sheets for case in _of_sheet(sheet)))
    ]


def _of_sheet(sheet: SheetView) -> Iterator[FileCase]:
    name = _quoted(sheet.name)
    yield from _cells(sheet, name)
    yield from _looks(name)
    yield from _grid(name)
    yield from _blocks(name)
    yield from _rules(sheet, name)
    yield from _objects(sheet, name)
    for table in sheet.tables[:1]:
        for edit in (
            structure.RenameTable(table=table.name, name="Measured_table"),
            structure.DeleteTable(table=table.name),
        ):
            yield _case(edit, *_REFERRING)


def _cells(sheet: SheetView, name: str) -> Iterator[FileCase]:
    sheet_part = _SHEETS
    for at, how in ((f"{name}!XFA1048000", " free"), *((f"{name}!{one}", " filled") for one in _filled(sheet))):
        for value, kind in ((NEW_NUMBER, " number"), (NEW_TEXT, " text")):
            edit = cell.SetCells(at=at, value=value)
            yield _case(edit, *sheet_part, how=how + kind, shown=_holds(at, value))
        formula = cell.SetCells(at=at, value=cell.TypedValue(formula="=1+1"))
        yield _case(formula, *sheet_part, how=how + " formula", shown=_holds_formula(at))
        yield _case(cell.ClearCells(at=at), *sheet_part, how=how, shown=_is_empty(at))


def _filled(sheet: SheetView) -> Sequence[str]:
    return [one.at for row in sheet.rows[:2] for one in row.cells[:1]][-1:]


def _looks(name: str) -> Iterator[FileCase]:
    for edit in (
        cell.SetNumberFormat(at=f"{name}!B2:C3", format="#,##0.00"),
        cell.SetStyle(at=f"{name}!B2:C3", bold=True, fill="#FFEE00"),
        cell.SetColumnWidth(at=f"{name}!B:B", width=20),
        cell.SetRowHeight(at=f"{name}!2:2", height=30),
        cell.SetHidden(at=f"{name}!2:2"),
        cell.FreezePanes(at=f"{name}!B2"),
    ):
        yield _case(edit, *_SHEETS)


def _grid(name: str) -> Iterator[FileCase]:
    rows, columns = f"{name}!{_ROW}:{_ROW}", f"{name}!C:C"
    yield _case(
        structure.InsertRows(before=rows),
        *_REFERRING,
        inverse=lambda file: [structure.DeleteRows(at=rows)],
        content=_content,
    )
    yield _case(
        structure.InsertColumns(before=columns),
        *_REFERRING,
        inverse=lambda file: [structure.DeleteColumns(at=columns)],
        content=_content,
    )
    for edit in (
        structure.DeleteRows(at=rows),
        structure.DeleteColumns(at=columns),
        structure.MoveRows(at=rows, before=f"{name}!3:3"),
        structure.MoveColumns(at=columns, before=f"{name}!A:A"),
    ):
        yield _case(edit, *_REFERRING)


def _blocks(name: str) -> Iterator[FileCase]:
    for edit in (
        structure.MoveRange(at=f"{name}!A2:B3", to=f"{name}!XDA2000"),
        structure.SortRange(at=f"{name}!A2:C6", keys=(structure.SortKey(column="A"),)),
        structure.Fill(at=f"{name}!A2", to=f"{name}!A2:A5"),
        structure.MergeCells(at=f"{name}!XDA3000:XDB3001"),
        structure.UnmergeCells(at=f"{name}!A1:F20"),
        structure.SetAutofilter(at=f"{name}!A1:C6"),
        structure.CreateTable(at=f"{name}!XDA4000:XDB4002", name="Measured_new"),
    ):
        yield _case(edit, *_REFERRING)


def _rules(sheet: SheetView, name: str) -> Iterator[FileCase]:
    at, hidden = f"{name}!XDA5000:XDB5005", f"{name}!XDC5000"
    look = objects.Look(fill="#FFEE00", bold=True)
    listed = objects.SetValidation(at=at, allow="list", values=("one", "two"))
    yield _case(
        listed,
        *_SHEETS,
        shown=_has_rule("XDA5000:XDB5005", "list"),
        inverse=lambda file: [objects.ClearValidation(at=at)],
        content=_rules_of,
    )
    outside = objects.SetValidation(at=hidden, allow="list", source=f"={name}!$A$1:$A$9")
    yield _case(outside, *_SHEETS, how=" other sheet", shown=_has_rule("XDC5000", "list"))
    for edit in (
        objects.AddConditionalFormat(at=at, when="value", first=3, look=look),
        objects.AddConditionalFormat(at=at, when="color_scale", colors=("#FF0000", "#00FF00")),
    ):
        yield _case(
            edit,
            *_SHEETS,
            how=f" {edit.when}",
            inverse=lambda file: [objects.ClearConditionalFormats(at=at)],
            content=_rules_of,
        )
    for rule in sheet.validations[:1]:
        yield _case(objects.ClearValidation(at=f"{name}!{_first_cell(rule.at)}"), *_SHEETS)
    for rule in sheet.conditional_formats[:1]:
        yield _case(objects.ClearConditionalFormats(at=f"{name}!{_first_cell(rule.at)}"), *_SHEETS)


def _first_cell(areas: str) -> str:
    return areas.split(" ")[0].split(":")[0] or "A1"


def _objects(sheet: SheetView, name: str) -> Iterator[FileCase]:
    free = f"{name}!XDD5000"
    link = objects.SetHyperlink(at=free, target="https://example.com/measured")
    yield _case(
        link,
        *_SHEETS,
        inverse=lambda file: [objects.RemoveHyperlink(at=free)],
        content=lambda file: [one.links for one in cast(WorkbookView, file.view()).sheets],
    )
    for edit in (
        objects.SetPrintArea(sheet=sheet.name, areas=("A1:F40",)),
        objects.SetPrintTitles(sheet=sheet.name, rows="1:1"),
    ):
        yield _case(edit)
    yield _case(
        objects.SetName(name="Measured_name", refers_to=f"{name}!A1:B2"),
        inverse=lambda file: [objects.DeleteName(name="Measured_name")],
        content=lambda file: cast(WorkbookView, file.view()).names,
    )
    series = (objects.SeriesRange(values=f"{name}!B2:B6"),)
    chart = objects.AddChart(at=f"{name}!XDD6000:XDH6010", kind="column", categories=f"{name}!A2:A6", series=series)
    drawn = (*_SHEETS, *_DRAWN)
    yield _case(
        chart,
        *drawn,
        shown=_has_chart("XDD6000:XDH6010"),
        inverse=lambda file: [objects.DeleteChart(at=f"{name}!XDD6000:XDH6010")],
        content=lambda file: [one.charts for one in cast(WorkbookView, file.view()).sheets],
    )
    for there in [one for one in sheet.charts if one.at is not None][:1]:
        at = f"{name}!{there.at}"
        yield _case(objects.SetChartTitle(at=at, title=NEW_TEXT), *drawn)
        yield _case(objects.SetChartData(at=at, series=series), *drawn)
        yield _case(objects.DeleteChart(at=at), r".*")
    yield from _comments(sheet, name)


def _comments(sheet: SheetView, name: str) -> Iterator[FileCase]:
    free, drawn = f"{name}!XDD7000", (*_SHEETS, *_DRAWN)
    yield _case(
        objects.AddComment(at=free, text=NEW_TEXT),
        *drawn,
        shown=None if len(sheet.comments) >= _LISTED else _has_comment("XDD7000"),
        inverse=lambda file: [objects.DeleteComment(at=free)],
        content=lambda file: [one.comments for one in cast(WorkbookView, file.view()).sheets],
    )
    for there in sheet.comments[:1]:
        at = f"{name}!{there.at}"
        yield _case(objects.DeleteComment(at=at), *drawn)
        if there.kind == "note":
            yield _case(objects.EditComment(at=at, text=NEW_TEXT), *drawn)
        else:
            yield _case(objects.ReplyComment(at=at, text=NEW_TEXT), *drawn)
            yield _case(objects.ResolveComment(at=at, done=not there.done), *drawn)


def _of_workbook(view: WorkbookView, sheets: Sequence[SheetView]) -> Iterator[FileCase]:
    if not sheets:
        return
    first = sheets[0].name
    yield _case(structure.InsertSheet(name="Measured"), *_REFERRING, shown=_has_sheet("Measured"))
    copies = r".*/(printerSettings|ctrlProps|activeX|media|embeddings|diagrams|slicers|customProperty)/.*"
    yield _case(structure.CopySheet(sheet=first, name="Measured"), *_REFERRING, copies, shown=_has_sheet("Measured"))
    yield _case(
        structure.RenameSheet(sheet=first, name="Measured"),
        *_REFERRING,
        inverse=lambda file: [structure.RenameSheet(sheet="Measured", name=first)],
        content=_content,
    )
    if len(view.sheets) > 1:
        yield _case(structure.DeleteSheet(sheet=sheets[-1].name), r".*")
        yield _case(structure.MoveSheet(sheet=sheets[-1].name, before=view.sheets[0].name), *_REFERRING)
        yield _case(structure.ShowSheet(sheet=sheets[-1].name, state="hidden"), *_REFERRING)


def _case(
    edit: TypedEdit,
    *members: str,
    how: str = "",
    shown: Callable[[OfficeFile], bool] | None = None,
    inverse: Callable[[OfficeFile], Sequence[TypedEdit]] | None = None,
    content: Callable[[OfficeFile], Any] | None = None,
) -> FileCase:
    return FileCase(
        edit=edit, may_change=(*_FOLLOWING, *members), how=how, shown=shown, inverse=inverse, content=content
    )


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _holds(at: str, value: float | str) -> Callable[[OfficeFile], bool]:
    def shown(file: OfficeFile) -> bool:
        found = next(iter(cast(Workbook, file).cells(at)), None)
        return found is not None and (isinstance(value, float) or found.text == value)

    return shown


def _holds_formula(at: str) -> Callable[[OfficeFile], bool]:
    def shown(file: OfficeFile) -> bool:
        found = next(iter(cast(Workbook, file).cells(at)), None)
        return found is not None and found.formula == "=1+1"

    return shown


def _is_empty(at: str) -> Callable[[OfficeFile], bool]:
    return lambda file: next(iter(cast(Workbook, file).cells(at)), None) is None


def _has_rule(at: str, kind: str) -> Callable[[OfficeFile], bool]:
    return lambda file: any(
        rule.at == at and rule.kind == kind
        for sheet in cast(WorkbookView, file.view()).sheets
        for rule in sheet.validations
    )


def _rules_of(file: OfficeFile) -> Any:
    """Every validation and conditional format, sheet by sheet."""
    return [(one.validations, one.conditional_formats) for one in cast(WorkbookView, file.view()).sheets]


def _has_chart(at: str) -> Callable[[OfficeFile], bool]:
    return lambda file: any(
        chart.at == at for sheet in cast(WorkbookView, file.view()).sheets for chart in sheet.charts
    )


def _has_comment(at: str) -> Callable[[OfficeFile], bool]:
    return lambda file: any(
        comment.at == at and comment.text == NEW_TEXT
        for sheet in cast(WorkbookView, file.view()).sheets
        for comment in sheet.comments
    )


def _has_sheet(name: str) -> Callable[[OfficeFile], bool]:
    return lambda file: name in {sheet.name for sheet in cast(WorkbookView, file.view()).sheets}


def _content(file: OfficeFile) -> Any:
    """Every cell's text and formula, sheet by sheet."""
    book = cast(Workbook, file)
    found: list[Any] = []
    for sheet in cast(WorkbookView, book.view()).sheets:
        try:
            found.append(
                (sheet.name, [(one.at, one.text, one.formula) for one in book.cells(f"{_quoted(sheet.name)}!A:XFD")])
            )
        except OfficeError:
            found.append(sheet.name)
    return found
