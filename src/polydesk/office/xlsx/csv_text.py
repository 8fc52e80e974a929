"""CSV and TSV: text to a new workbook, and a sheet or range to text (RFC 4180, and what spreadsheets make of it).

A text that a spreadsheet would compute when it opens the file is written so that none does
(https://owasp.org/www-community/attacks/CSV_Injection, checked 2026-11-24).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from polydesk.core.errors import UnreadableDocumentError, UnsupportedEditError
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW, Area, address, column_name
from polydesk.office.xlsx.builtin_formats import is_date_format
from polydesk.office.xlsx.cell_texts import CellTexts
from polydesk.office.xlsx.cell_values import CellValue, read_cells
from polydesk.office.xlsx.csv_types import DecimalMark, TypedColumn, decimal_mark, typed_column
from polydesk.office.xlsx.new import Cell, ColumnSpec, SheetSpec, new_workbook, sheet_name
from polydesk.office.xlsx.state import Place, WorkbookState
from polydesk.office.xlsx.workbook import Workbook

DELIMITERS = (",", ";", "\t", "|")
MAX_BYTES = 256 * 1024 * 1024
_SAMPLE_LINES, _SAMPLE_CHARACTERS = 200, 500_000
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""Excel's own first line that says the delimiter."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_COMPUTED = re.compile(r"[=+\-@\t\r]")
_NUMBER_SHOWN = re.compile(r"[+-]?[\d.,\u00a0\u202f\u2019' ]*\d[\d.,]*%?(?:E[+-]?\d+)?", re.IGNORECASE)
_COMPUTED_INSIDE = re.compile(r"(?<=[,;\t|\r\n])(?=[=@]|[+-](?![\d.,]*(?:[,;\s]|\Z)))")
"""Where a program that divides the line otherwise would see a cell begin that it computes."""
_QUOTED = re.compile(r'[,;\t|"\r\n]|\A\s|\s\Z')


class CsvOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a CSV text is read; None lets the text decide."""

    delimiter: str | None = None
    encoding: str | None = None
    """A name that Python knows, such as `windows-1252`."""
    decimal: DecimalMark | None = None
    types: bool = True
    """Whether numbers, dates, times and truth values become such; False keeps every field as text."""
    header: bool | None = None
    """Whether the first row names the columns."""
    sheet: str = "Sheet1"
    """Name of the sheet."""


class FromCsv(NamedTuple):
    """A workbook made of CSV, and how the text was understood."""

    data: bytes
    notes: tuple[str, ...]


def workbook_from_csv(
    data: bytes, options: CsvOptions | None = None, *, path: str | None = None, at: datetime | None = None
) -> FromCsv:
    """A new workbook with the rows of a CSV or TSV text on one sheet. `at` is when it says it was made.

    Raises UnreadableDocumentError for bytes that are no text in the encoding, or quotes that never end; and
    UnsupportedEditError for more rows, columns or characters than a sheet holds.
    """
    options = options or CsvOptions()
    text, encoding = _decoded(data, options.encoding, path)
    given = _SEPARATOR_LINE.match(text)
    if given is not None:
        text = text[given.end() :]
    delimiter = options.delimiter or (given[1] if given is not None else _delimiter(text, path))
    rows = _rows(text, delimiter, path)
    header = _has_header(rows) if options.header is None else options.header
    columns = _columns(rows, options, delimiter, header)
    spec = _spec(rows, columns, sheet_name(options.sheet), header)
    names = {"\t": "tab"}
    notes = [f"Read as {encoding}, divided by {names.get(delimiter, delimiter)}, {len(rows):,} rows."]
    notes += [f"Column {column_name(index)}: {one.note}." for index, one in enumerate(columns, 1) if one.note]
    return FromCsv(new_workbook([spec], at=at), tuple(notes))


def _decoded(data: bytes, encoding: str | None, path: str | None) -> tuple[str, str]:
    """The text and its encoding: that of its mark, UTF-8 where it is such, else Windows' Western one."""
    if len(data) > MAX_BYTES:
        raise UnreadableDocumentError(f"{path or 'The text'} is larger than {MAX_BYTES:,} bytes; divide it", path=path)
    bom, marked = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", None))
    names = [encoding] if encoding else [marked] if marked else ["utf-8", *_wide(data), "windows-1252"]
    for name in names:
        try:
            text = (data[len(bom) :] if name == marked else data).decode(name)
        except (UnicodeError, LookupError):
            continue
        return text.removeprefix("\ufeff"), name
    raise UnreadableDocumentError(
        f"{path or 'The text'} is not in {names[-1]}; name its encoding, such as utf-8 or windows-1252", path=path
    )


def _wide(data: bytes) -> list[str]:
    """UTF-16 without a mark: every other byte of plain text is null."""
    sample = data[:2000]
    if len(sample) < 4 or b"\x00" not in sample:
        return []
    return ["utf-16-le"] if sample[1::2].count(0) > sample[::2].count(0) else ["utf-16-be"]


def _delimiter(text: str, path: str | None) -> str:
    """The delimiter that divides most lines into equally many fields, more than one."""
    if path is not None and path.lower().endswith((".tsv", ".tab")):
        return "\t"
    sample = "".join(text[:_SAMPLE_CHARACTERS].splitlines(keepends=True)[:_SAMPLE_LINES])
    return max(DELIMITERS, key=lambda delimiter: (_agreement(sample, delimiter), -DELIMITERS.index(delimiter)))


def _agreement(sample: str, delimiter: str) -> float:
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return 0.0
    usual = max(set(widths), key=widths.count, default=1)
    return 0.0 if usual < 2 else widths.count(usual) / len(widths) + min(usual, 50) / 1000


def _rows(text: str, delimiter: str, path: str | None) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MAX_ROW or len(row) > MAX_COLUMN:
                raise UnsupportedEditError(
                    f"{path or 'The text'} has more than {MAX_ROW:,} rows or {MAX_COLUMN:,} columns; divide it",
                    path=path,
                )
    except csv.Error as exc:
        raise UnreadableDocumentError(
            f"{path or 'The text'}, line {reader.line_num}: {exc}; look for a quotation mark that is not closed",
            path=path,
        ) from exc
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is words alone, each once, over rows that hold something else too."""
    if len(rows) < 2 or not rows[0]:
        return False
    first = [field.strip() for field in rows[0]]
    words = all(field and not re.search(r"\A[\d=+@-]", field) for field in first)
    return words and len({field.casefold() for field in first}) == len(first) >= max(map(len, rows[1:50]))


def _columns(rows: Sequence[Sequence[str]], options: CsvOptions, delimiter: str, header: bool) -> list[TypedColumn]:
    body = rows[1:] if header else rows
    width = max(map(len, rows), default=0)
    texts = [[row[index] if index < len(row) else "" for row in body] for index in range(width)]
    if not options.types:
        return [TypedColumn([text or None for text in column]) for column in texts]
    mark = options.decimal or decimal_mark([t.strip() for column in texts for t in column], delimiter=delimiter)
    return [typed_column(column, mark) for column in texts]


def _spec(rows: Sequence[Sequence[str]], columns: Sequence[TypedColumn], name: str, header: bool) -> SheetSpec:
    body: list[Sequence[Cell]] = [list(row) for row in zip(*(column.cells for column in columns), strict=True)]
    head: list[Sequence[Cell]] = [list(rows[0])] if header else []
    formats = [ColumnSpec(number_format=column.number_format) for column in columns]
    return SheetSpec(name=name, rows=[*head, *body], columns=formats, header=header)


class ToCsv(NamedTuple):
    """A sheet as CSV, and what to know about it."""

    text: str
    notes: tuple[str, ...]


def csv_of(
    book: Workbook,
    at: str | None = None,
    *,
    how: Literal["displayed", "values"] = "displayed",
    delimiter: str = ",",
    guarded: bool = True,
) -> ToCsv:
    """A sheet, or the cells of an address, as CSV with CRLF line ends; None takes the first sheet with cells.

    `displayed` writes what a reader sees, `values` what cells hold: numbers in full, dates by ISO 8601. `guarded` puts
    an apostrophe before texts that a spreadsheet would compute, and the notes tell how many there were. Raises
    AnchorNotFoundError when there is no such place.
    """
    state = WorkbookState(Package.open(book.data, path=book.path))
    place = _place(state, at)
    writer = _Writer(state, place, how, delimiter, guarded)
    lines = [delimiter.join(row) for row in writer.rows()]
    return ToCsv("".join(line + "\r\n" for line in lines), tuple(writer.notes()))


def _place(state: WorkbookState, at: str | None) -> Place:
    if at is None:
        sheet = next((sheet for sheet in state.sheets if sheet.holds_cells), state.sheets[0])
        return Place(sheet, Area(1, 1, MAX_ROW, MAX_COLUMN))
    if any(sheet.name.casefold() == at.casefold() for sheet in state.sheets):
        return Place(state.sheet(at), Area(1, 1, MAX_ROW, MAX_COLUMN))
    return state.place(at)


class _Writer:
    """Writes the fields of one place, and counts what to tell."""

    def __init__(self, state: WorkbookState, place: Place, how: str, delimiter: str, guarded: bool) -> None:
        self._state, self._place, self._how = state, place, how
        self._delimiter, self._guarded = delimiter, guarded
        self._texts = CellTexts(state, place.sheet)
        self._changed = self._computable = self._uncalculated = 0

    def rows(self) -> Iterator[list[str]]:
        """The rows down to the last that holds something, all as wide as the widest."""
        sheet, area = self._place
        cells: dict[int, dict[int, str]] = {}
        for cell in read_cells(self._state, sheet, area):
            field = self._field(cell)
            if field:
                cells.setdefault(cell.row, {})[cell.column] = field
        whole = area.whole_rows or area.whole_columns
        right = max((max(row) for row in cells.values()), default=area.left) if area.whole_rows else area.right
        bottom = max(cells, default=area.top - 1) if whole and area.bottom == MAX_ROW else area.bottom
        for row in range(area.top, bottom + 1):
            own = cells.get(row, {})
            yield [own.get(column, "") for column in range(area.left, right + 1)]

    def notes(self) -> Iterator[str]:
        """What to tell."""
        at = address(self._place.sheet.name, self._place.area)
        if self._changed:
            yield (
                f"{self._changed:,} texts of {at} begin as formulas do and got an apostrophe, so that no spreadsheet "
                "computes them; ask for the raw form to have them as they are."
            )
        if self._computable:
            yield f"{self._computable:,} texts of {at} begin as formulas do; a spreadsheet may compute them."
        if self._uncalculated:
            yield f"{self._uncalculated:,} formulas of {at} were never calculated and are empty here."

    def _field(self, cell: CellValue) -> str:
        if not cell.kind:
            self._uncalculated += cell.formula is not None
            return ""
        text = self._text(cell)
        if not (cell.kind == "n" and _NUMBER_SHOWN.fullmatch(text.strip())):
            text = self._safe(text)
        quoted = _QUOTED.search(text) or self._delimiter in text
        return '"' + text.replace('"', '""') + '"' if quoted else text

    def _safe(self, text: str) -> str:
        """The text, with apostrophes where a spreadsheet would begin to compute."""
        safe = _COMPUTED_INSIDE.sub("'", "'" + text if _COMPUTED.match(text) else text)
        if safe == text:
            return text
        if not self._guarded:
            self._computable += 1
            return text
        self._changed += 1
        return safe

    def _text(self, cell: CellValue) -> str:
        if cell.kind in ("e", "s", "d"):
            return str(cell.value)
        if self._how == "values":
            return self._value(cell)
        return self._texts.text(cell.value, cell.style)

    def _value(self, cell: CellValue) -> str:
        value = cell.value
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float) and is_date_format(self._texts.code(cell.style)):
            return _iso(float(value), date1904=self._state.date1904)
        return repr(value) if isinstance(value, float) else str(value)


def _iso(number: float, *, date1904: bool) -> str:
    """A day, moment or time of day by ISO 8601; the number where Excel's calendar has none."""
    if not 0 <= number < (2_957_004 if date1904 else 2_958_466):
        return repr(number)
    moment = timedelta(seconds=round((number % 1) * 86400))
    clock = f"{moment.seconds // 3600:02d}:{moment.seconds // 60 % 60:02d}:{moment.seconds % 60:02d}"
    if number < 1:
        return clock
    start = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30 if number >= 60 else 31)  # noqa: DTZ001  # cells have no zone
    day = f"{start + timedelta(days=int(number)) + timedelta(days=moment.days):%Y-%m-%d}"
    return day if not number % 1 else f"{day}T{clock}"
