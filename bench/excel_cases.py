"""The edits of workbooks that bench/fidelity and bench/fuzz make, and the members that each may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from bench.file_cases import FileCase, chosen
from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit
from polydesk.office.files import OfficeFile
from polydesk.office.xlsx import cell_edits as cell
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
