"""CSV in and out: what becomes a number or a date, what stays text, and that no spreadsheet computes what it reads."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import AnchorNotFoundError, OfficeError, UnreadableDocumentError
from polydesk.office.xlsx.csv_text import CsvOptions, csv_of, workbook_from_csv
from polydesk.office.xlsx.new import Cell, Formula, SheetSpec, new_workbook
from polydesk.office.xlsx.workbook import Workbook


def moment(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  # pyright: ignore[reportArgumentType]  # cells have no zone


def rows(data: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def column(*fields: str, **options: Any) -> list[Any]:
    text = "\n".join(f'"{field}";x' for field in fields)
    made = workbook_from_csv(text.encode(), CsvOptions(delimiter=";", header=False, **options))
    return [row[0] for row in rows(made.data)]


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        (("1", "-2", "30"), [1, -2, 30]),
        (("1.5", "2.25"), [1.5, 2.25]),
        (("1,5", "2,25"), [1.5, 2.25]),
        (("1.234,50", "7,25"), [1234.5, 7.25]),
        (("1,234.50", "7.25"), [1234.5, 7.25]),
        (("007", "12"), ["007", "12"]),
        (("0", "0.5"), [0, 0.5]),
        (("1234567890123456", "1"), ["1234567890123456", "1"]),
        (("0.1234567890123456",), [0.1234567890123456]),
        (("+49 30 1234", "1E5", "1.2.3"), ["+49 30 1234", "1E5", "1.2.3"]),
        (("1e-05",), [1e-05]),
        (("12%", "7%"), [0.12, 0.07]),
        (("12%", "many"), ["12%", "many"]),
        (("2026-11-24", "n/a"), [moment(2026, 11, 24), "n/a"]),
        (("2026-11-24T09:30", "2026-11-24 10:05"), [moment(2026, 11, 24, 9, 30), moment(2026, 11, 24, 10, 5)]),
        (("24.11.2026", "1.2.2026"), [moment(2026, 11, 24), moment(2026, 2, 1)]),
        (("11/24/2026", "1/2/2026"), [moment(2026, 11, 24), moment(2026, 1, 2)]),
        (("1/2/2026", "3/4/2026"), ["1/2/2026", "3/4/2026"]),
        (("2026-02-30", "1850-01-01"), ["2026-02-30", "1850-01-01"]),
        (("9:30", "18:05"), [time(9, 30), time(18, 5)]),
        (("TRUE", "FALSE"), [True, False]),
        (("TRUE", "maybe"), ["TRUE", "maybe"]),
        (("=1+1", "@SUM(A1)", "-1+1"), ["=1+1", "@SUM(A1)", "-1+1"]),
        (("NaN", "inf", "١٢"), ["NaN", "inf", "١٢"]),
        ((" 12 ", " a "), [12, " a "]),
    ],
)  # fmt: skip
def test_fields_become_what_they_say_beyond_doubt(fields: tuple[str, ...], values: list[Any]) -> None:
    found = column(*fields)
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


def test_no_field_becomes_a_formula_or_a_link() -> None:
    made = workbook_from_csv(b'a,b\n=1+1,https://example.com\n"=HYPERLINK(""x"")",@x\n')
    book = openpyxl.load_workbook(io.BytesIO(made.data))
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} == {"s"}
    assert Workbook(made.data).view().sheets[0].links == ()


def test_what_is_shown_is_what_was_written() -> None:
    text = b"name;amount;share;day\na;1.234,50;12,5%;24.11.2026\nb;7,25;7,0%;01.02.2026\n"
    made = workbook_from_csv(text)
    shown = [[cell.text for cell in row.cells] for row in Workbook(made.data).view().sheets[0].rows]
    assert shown == [
        ["name", "amount", "share", "day"],
        ["a", "1,234.50", "12.5%", "24.11.2026"],
        ["b", "7.25", "7.0%", "01.02.2026"],
    ]
    assert Workbook(made.data).view().sheets[0].frozen == "A2"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_text_shows_its_delimiter(delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["n", "t"], [1, "a, b; c"], [2, 'say "x"\nand y']])
    assert rows(workbook_from_csv(out.getvalue().encode()).data) == [["n", "t"], [1, "a, b; c"], [2, 'say "x"\nand y']]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
def test_the_bytes_show_their_encoding(encoding: str) -> None:
    data = "Straße,Größe\nAllee,5\n".encode(encoding)
    assert rows(workbook_from_csv(data).data) == [["Straße", "Größe"], ["Allee", 5]]


def test_what_was_done_is_told() -> None:
    made = workbook_from_csv(b"zip;n\n01234;1\n90210;2\n", path="x.csv")
    assert made.notes == (
        "Read as utf-8, divided by ;, 3 rows.",
        "Column A: numbers with leading zeros stayed text.",
    )


def test_the_first_line_may_name_the_delimiter_and_options_win() -> None:
    assert rows(workbook_from_csv(b"sep=|\r\na,b|1\r\n").data) == [["a,b", 1]]
    options = CsvOptions(types=False, header=False, sheet="My data")
    made = workbook_from_csv(b"a,1\n", options)
    assert rows(made.data) == [["a", "1"]]
    assert Workbook(made.data).view().sheets[0].name == "My data"


@pytest.mark.parametrize("data", [b"", b"\n\n", b'"open', b",,,\n,,", b"\xff\xfe", b"a\x00b"])
def test_odd_texts_become_workbooks_or_are_refused(data: bytes) -> None:
    try:
        made = workbook_from_csv(data)
    except OfficeError:
        return
    assert Workbook(made.data).view().sheets


def test_fields_beyond_a_cell_are_refused_by_name() -> None:
    with pytest.raises(OfficeError):
        workbook_from_csv(b"a\n" + b"x" * 40_000)
    with pytest.raises(UnreadableDocumentError, match="line 1"):
        workbook_from_csv(b"a," + b"x" * 200_000)
    with pytest.raises(UnreadableDocumentError, match="not in utf-8"):
        workbook_from_csv(b"\xe9,1", CsvOptions(encoding="utf-8"))


def book(*cells: Cell) -> Workbook:
    return Workbook(new_workbook([SheetSpec(name="Data", rows=[cells])]))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", '"\'\tx"'),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("two\nlines", '"two\nlines"'),
        ("a;=cmd|'x'!A1", "\"a;'=cmd|'x'!A1\""),
        ("52.1,-0.3", '"52.1,-0.3"'),
        ("a, -b", '"a, -b"'),
    ],
)
def test_texts_are_written_so_that_nothing_computes_them(text: str, written: str) -> None:
    made = csv_of(book(text))
    assert made.text == f"{written}\r\n"
    assert bool(made.notes) == ("'" in written.replace(text, ""))
    raw = csv_of(book(text), guarded=False)
    assert next(csv.reader(io.StringIO(raw.text, newline=""))) == [text]


def test_numbers_dates_and_formulas_are_written_as_displayed_or_as_values() -> None:
    cells = (
        -5.25,
        1 / 3,
        date(2026, 11, 24),
        moment(2026, 11, 24, 9, 30),
        time(9, 30),
        True,
        Formula(text="=1+1", value=2),
    )
    assert csv_of(book(*cells)).text == "-5.25,0.333333333,2026-11-24,2026-11-24 09:30,09:30,TRUE,2\r\n"
    values = csv_of(book(*cells), how="values").text
    assert values == "-5.25,0.3333333333333333,2026-11-24,2026-11-24T09:30:00,09:30:00,TRUE,2\r\n"


def test_a_sheet_or_a_range_is_written() -> None:
    data = new_workbook(
        [SheetSpec(name="One", rows=[["a"]]), SheetSpec(name="Two words", rows=[[], [None, 1, 2], [None, 3]])]
    )
    assert csv_of(Workbook(data)).text == "a\r\n"
    assert csv_of(Workbook(data), "two words").text == ",,\r\n,1,2\r\n,3,\r\n"
    assert csv_of(Workbook(data), "'Two words'!B2:C4", delimiter="\t").text == "1\t2\r\n3\t\r\n\t\r\n"
    with pytest.raises(AnchorNotFoundError):
        csv_of(Workbook(data), "Three")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=2).filter(lambda row: all(row)), min_size=1, max_size=5))
def test_texts_go_to_a_workbook_and_back(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    made = workbook_from_csv(out.getvalue().encode(), CsvOptions(delimiter=",", types=False))
    text = csv_of(Workbook(made.data), guarded=False).text
    assert list(csv.reader(io.StringIO(text, newline=""))) == table
