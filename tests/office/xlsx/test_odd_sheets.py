"""Sheets as other writers make them: what an edit does to each, byte for byte."""

from __future__ import annotations

import io
import zipfile

import pytest

from polydesk.core.errors import AnchorNotFoundError, OfficeError, UnsupportedEditError
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells, SetStyle, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import S, part, sheet, xlsx

SHEET = "xl/worksheets/sheet1.xml"


def edited(rows: str, *edits: Edit, **more: str) -> str:
    """The rows of a sheet after edits."""
    data = xlsx(sheet(rows, **more))
    text = part(Workbook(data).apply(edits).data, SHEET).decode()
    return text[text.index("sheetData") : text.rindex("sheetData")].partition(">")[2].rpartition("</")[0]


def put(at: str, value: object = 9) -> SetCells:
    return SetCells(at=f"Sheet1!{at}", value=value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("rows", "edit", "after"),
    [
        ("", put("B2"), '<row r="2"><c r="B2"><v>9</v></c></row>'),
        (
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="5"/>',
            put("B3"),
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="B3"><v>9</v></c></row><row r="5"/>',
        ),
        ('<row r="2"/>', put("B2"), '<row r="2"><c r="B2"><v>9</v></c></row>'),
        ('<row r="2"></row>', put("B2"), '<row r="2"><c r="B2"><v>9</v></c></row>'),
        (
            '<row  spans="1:1"   r = \'2\' ht="20"><c s="2" r=\'A2\'  ><v>1</v></c> </row>',
            put("A2"),
            '<row  spans="1:1"   r = \'2\' ht="20"><c s="2" r=\'A2\'><v>9</v></c> </row>',
        ),
        (
            '<row r="2" spans="1:2"><c r="A2"><v>1</v></c><c r="D2"><v>4</v></c></row>',
            put("C2"),
            '<row r="2" spans="1:3"><c r="A2"><v>1</v></c><c r="C2"><v>9</v></c><c r="D2"><v>4</v></c></row>',
        ),
        (
            '<row r="2" s="2" customFormat="1"><c r="A2" s="2"><v>1</v></c></row>',
            put("B2"),
            '<row r="2" s="2" customFormat="1"><c r="A2" s="2"><v>1</v></c><c r="B2" s="2"><v>9</v></c></row>',
        ),
        (
            "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
            put("B2"),
            "<row><c><v>1</v></c><c><v>2</v></c></row>"
            '<row><c r="A2"><v>3</v></c><c r="B2"><v>9</v></c></row>',
        ),
        (
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="4"><c r="A4"/></row><row><c><v>5</v></c></row>',
            put("A3"),
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="A3"><v>9</v></c></row><row r="4"><c r="A4"/></row>'
            "<row><c><v>5</v></c></row>",
        ),
        (
            '<!-- <row r="2"><c r="A2"/></row> --><row r="2"><c r="A2"><v><![CDATA[</c></row>]]></v></c>'
            '<c r="B2"><v>1</v></c></row>',
            put("B2"),
            '<!-- <row r="2"><c r="A2"/></row> --><row r="2"><c r="A2"><v><![CDATA[</c></row>]]></v></c>'
            '<c r="B2"><v>9</v></c></row>',
        ),
        (
            '<row r="2"><c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve"> a </t></r></is></c>'
            "</row>",
            put("B2"),
            '<row r="2"><c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve"> a </t></r></is></c>'
            '<c r="B2"><v>9</v></c></row>',
        ),
        (
            '<row r="2"><c r="A2" t="str" cm="1" vm="2"><f>X()</f><v>a</v></c></row>',
            put("A2", "text"),
            '<row r="2"><c r="A2" t="inlineStr"><is><t>text</t></is></c></row>',
        ),
        (
            '<row r="2"><c r="A2" s="2"><v>1</v></c><c r="B2"><v>2</v></c><c r="C2"><v>3</v></c></row>',
            ClearCells(at="Sheet1!A2:B2"),
            '<row r="2"><c r="A2" s="2"/><c r="C2"><v>3</v></c></row>',
        ),
        (
            '<row r="2"><c r="A2" s="2"><v>1</v></c><c r="B2"><v>2</v></c></row>',
            ClearCells(at="Sheet1!A2:B9", what="all"),
            '<row r="2"></row>',
        ),
        (
            '<row r="2"><c r="A2" s="2"><v>1</v></c></row>',
            ClearCells(at="Sheet1!2:3", what="formats"),
            '<row r="2"><c r="A2"><v>1</v></c></row>',
        ),
    ],
)  # fmt: skip
def test_an_edit_changes_only_its_cell(rows: str, edit: Edit, after: str) -> None:
    assert edited(rows, edit) == after


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "utf-8-sig"])
def test_encodings_are_kept(encoding: str) -> None:
    declared = "utf-8" if "8-sig" in encoding else encoding[:6] if "16" in encoding else encoding
    text = sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>\u00e9</t></is></c></row>')
    data = xlsx(text.replace("UTF-8", declared).encode(encoding))
    result = Workbook(data).apply([put("B1", "\u00e8")]).data
    raw = part(result, SHEET)
    after = raw.decode("utf-16" if encoding == "utf-16" else encoding)
    assert after == text.replace("UTF-8", declared).replace(
        "</row>", '<c r="B1" t="inlineStr"><is><t>\u00e8</t></is></c></row>'
    )
    assert [cell.text for cell in Workbook(result).cells("Sheet1!1:1")] == ["\u00e9", "\u00e8"]


def test_letters_that_an_encoding_lacks_are_written_as_numbers() -> None:
    text = sheet("").replace("UTF-8", "iso-8859-1")
    result = Workbook(xlsx(text.encode("latin-1"))).apply([put("A1", "\u65e5")]).data
    assert b"&#26085;" in part(result, SHEET)
    assert [cell.text for cell in Workbook(result).cells("Sheet1!A1")] == ["\u65e5"]


def test_prefixed_namespaces_keep_their_prefix() -> None:
    data = xlsx(sheet('<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>', prefix="x"))
    result = Workbook(data).apply([put("B1"), put("A2", TypedValue(formula="A1+1"))]).data
    assert (
        '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="B1"><x:v>9</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="A2"><x:f>A1+1</x:f></x:c></x:row>'
    ) in part(result, SHEET).decode()


def test_strict_files_stay_strict() -> None:
    data = xlsx(sheet('<row r="1"><c r="A1"><v>1</v></c></row>', before='<dimension ref="A1"/>'), strict=True)
    text = part(Workbook(data).apply([put("B3")]).data, SHEET).decode()
    assert 'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"' in text
    assert '<dimension ref="A1:B3"/>' in text
    assert S not in text


@pytest.mark.parametrize(
    ("inside", "after"),
    [
        (None, "<sheetData>{rows}</sheetData>"),
        ("<sheetData/>", "<sheetData>{rows}</sheetData>"),
        ('<cols/><pageMargins left="1"/>', '<cols/><sheetData>{rows}</sheetData><pageMargins left="1"/>'),
    ],
)
def test_a_sheet_without_rows_gets_them(inside: str | None, after: str) -> None:
    start = f'<worksheet xmlns="{S}"'
    text = f"{start}/>" if inside is None else f"{start}>{inside}</worksheet>"
    rows = '<row r="1"><c r="A1"><v>9</v></c></row>'
    result = Workbook(xlsx(text)).apply([put("A1")]).data
    assert part(result, SHEET).decode() == f"{start}>{after.replace('{rows}', rows)}</worksheet>"


def test_rows_out_of_order_are_refused() -> None:
    rows = '<row r="3"><c r="A3"/></row><row r="2"><c r="A2"/></row>'
    with pytest.raises(UnsupportedEditError, match="not in order"):
        edited(rows, put("B2"))


SHARED = (
    '<row r="1"><c r="B1"><f t="shared" ref="B1:B4" si="0">A1*2</f><v>2</v></c></row>'
    '<row r="2"><c r="B2"><f t="shared" si="0"/><v>4</v></c></row>'
    '<row r="3"><c r="B3"><f t="shared" si="0"/><v>6</v></c></row>'
    '<row r="4"><c r="B4"><f t="shared" si="0"/><v>8</v></c></row>'
)


def test_the_next_cell_takes_over_a_shared_formula() -> None:
    after = edited(SHARED, put("B1:B2"))
    assert after == (
        '<row r="1"><c r="B1"><v>9</v></c></row><row r="2"><c r="B2"><v>9</v></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0" ref="B3:B4">A3*2</f><v>6</v></c></row>'
        '<row r="4"><c r="B4"><f t="shared" si="0"/><v>8</v></c></row>'
    )


def test_shared_formulas_are_read_written_out() -> None:
    data = xlsx(sheet(SHARED))
    assert [cell.formula for cell in Workbook(data).cells("Sheet1!B3:B4")] == ["=A3*2", "=A4*2"]


ARRAY = (
    '<row r="1"><c r="A1"><f t="array" ref="A1:A3">B1:B3*2</f><v>2</v></c></row>'
    '<row r="2"><c r="A2"><v>4</v></c></row><row r="3"><c r="A3"><v>6</v></c></row>'
)


@pytest.mark.parametrize("at", ["A1", "A2", "A2:B2", "A1:A2"])
def test_a_part_of_an_array_cannot_be_changed(at: str) -> None:
    with pytest.raises(UnsupportedEditError, match="A1:A3, which one formula in A1 fills"):
        edited(ARRAY, put(at))


def test_a_whole_array_can_be_replaced() -> None:
    assert "array" not in edited(ARRAY, put("A1:B3"))


def test_what_a_dynamic_array_spilled_goes_with_it() -> None:
    after = edited(ARRAY.replace('r="A1"', 'r="A1" cm="1"', 1), put("A1"))
    assert after == '<row r="1"><c r="A1"><v>9</v></c></row><row r="2"></row><row r="3"></row>'
    with pytest.raises(UnsupportedEditError, match="dynamic array"):
        edited(ARRAY.replace('r="A1"', 'r="A1" cm="1"', 1), put("A2"))


MERGED = '<mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>'


def test_cells_hidden_by_a_merge_take_no_value() -> None:
    with pytest.raises(UnsupportedEditError, match="hidden by the merged area B2:C3; write to its first cell B2"):
        edited("", put("C3"), after=MERGED)
    assert edited("", put("B2"), after=MERGED) == '<row r="2"><c r="B2"><v>9</v></c></row>'
    assert edited("", put("A2:C2"), after=MERGED) == '<row r="2"><c r="A2"><v>9</v></c><c r="B2"><v>9</v></c></row>'


def test_a_formula_for_several_cells_is_filled() -> None:
    after = edited("", put("B1:C2", TypedValue(formula="=$A1*2")))
    assert [text.partition("</f>")[0] for text in after.split("<f>")[1:]] == ["$A1*2", "$A1*2", "$A2*2", "$A2*2"]


def test_an_array_formula_fills_its_range() -> None:
    after = edited('<row r="2"><c r="B2"><v>1</v></c></row>', put("B1:B2", TypedValue(array_formula="=A1:A2*2")))
    assert after == '<row r="1"><c r="B1"><f t="array" ref="B1:B2">A1:A2*2</f></c></row><row r="2"></row>'


CHAIN = '<c r="A1" i="1"/><c r="A2"/><c r="B1" i="2"/>'
FORMULA = '<row r="1"><c r="A1"><f>1</f></c></row><row r="2"><c r="A2"><f>2</f></c></row>'


@pytest.mark.parametrize(
    ("edits", "chain"),
    [
        ([put("A1")], '<c r="A2" i="1"/><c r="B1" i="2"/>'),
        ([put("A2")], '<c r="A1" i="1"/><c r="B1" i="2"/>'),
        ([put("C1", TypedValue(formula="1"))], f'{CHAIN}<c r="C1" i="1"/>'),
        ([put("A1", TypedValue(formula="1"))], CHAIN),
        ([put("A1:A2"), SetCells(at="Sheet2!B1", value=1)], None),
    ],
)
def test_the_calculation_chain_follows(edits: list[Edit], chain: str | None) -> None:
    second = sheet('<row r="1"><c r="B1"><f>3</f></c></row>')
    result = Workbook(xlsx(sheet(FORMULA), second, chain=CHAIN)).apply(edits)
    if chain is not None:
        assert f">{chain}</calcChain>" in part(result.data, "xl/calcChain.xml").decode()
        return
    with zipfile.ZipFile(io.BytesIO(result.data)) as package:
        assert "xl/calcChain.xml" not in package.namelist()
    assert b"calcChain" not in part(result.data, "xl/_rels/workbook.xml.rels")
    assert b"calcChain" not in part(result.data, "[Content_Types].xml")


def test_strings_are_appended_once_and_counted() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    data = xlsx(sheet(rows), strings=["one", "two"])
    result = Workbook(data).apply([put("A1:A3", "new"), put("B2", "two"), put("B1")])
    text = part(result.data, "xl/sharedStrings.xml").decode()
    assert 'count="4" uniqueCount="3"' in text
    assert text.endswith("<si><t>one</t></si><si><t>two</t></si><si><t>new</t></si></sst>")


@pytest.mark.parametrize(
    "text", ["=1+1", " a ", "a\nb", "<&>\"'", "_x0041_", "a\x07b", "\t", "\U0001f600", "1", "TRUE", "x" * 32_767]
)
@pytest.mark.parametrize("strings", [None, ["one"]])
def test_text_is_read_back_as_it_was_written(text: str, strings: list[str] | None) -> None:
    data = Workbook(xlsx(sheet(""), strings=strings)).apply([put("A1", text)]).data
    cells = list(Workbook(data).read("Sheet1!A1").rows[0].cells)
    assert [cell.value if cell.value is not None else cell.text for cell in cells] == [text]
    assert cells[0].formula is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 32_768, "32,768 characters"),
        (float("inf"), "finite"),
        (TypedValue(error="#OOPS"), "none of Excel's errors"),
        (TypedValue(date="yesterday"), "is no date"),
        (TypedValue(date="2026-11-24T10:00:00+01:00"), "time zone"),
        (TypedValue(date="1899-01-01"), "before the first day"),
        (TypedValue(time="25:00"), "is no time"),
        (TypedValue(formula="="), "from 1 to"),
        (TypedValue(), "exactly one"),
        (TypedValue(text="a", error="#N/A"), "exactly one"),
    ],
)
def test_values_that_no_cell_can_hold_are_refused(value: object, problem: str) -> None:
    with pytest.raises(UnsupportedEditError, match=problem):
        edited("", put("A1", value))


@pytest.mark.parametrize(
    ("text", "serial", "shown"),
    [
        (TypedValue(date="2026-11-24"), 46350, "2026-11-24"),
        (TypedValue(date="1900-02-28"), 59, "1900-02-28"),
        (TypedValue(date="1900-03-01"), 61, "1900-03-01"),
        (TypedValue(date="2026-11-24T18:00:00"), 46350.75, "2026-11-24 18:00:00"),
        (TypedValue(time="06:00"), 0.25, "06:00:00"),
    ],
)
def test_dates_are_numbers_with_a_format(text: TypedValue, serial: float, shown: str) -> None:
    data = Workbook(xlsx(sheet(""))).apply([put("A1", text)]).data
    cell = next(Workbook(data).cells("Sheet1!A1"))
    assert (cell.value, cell.text) == (serial, shown)


def test_dates_keep_a_date_format_and_count_from_1904_where_the_workbook_does() -> None:
    rows = '<row r="1"><c r="A1" s="1"><v>1</v></c></row>'
    data = xlsx(sheet(rows), properties='<workbookPr date1904="1"/>')
    result = Workbook(data).apply([put("A1", TypedValue(date="2026-11-24"))])
    cell = next(Workbook(result.data).cells("Sheet1!A1"))
    assert (cell.value, cell.text) == (46350 - 1462, "11/24/2026")
    assert "/xl/styles.xml" not in result.changed_parts


def test_a_hash_holds_until_a_value_changes() -> None:
    data = xlsx(sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1</f><v>1</v></c></row>'))
    seen = Workbook(data).read("Sheet1!A1:B2").at
    changed = Workbook(data).apply([SetCells(at=seen, value=2)])
    styled = Workbook(data).apply([SetStyle(at="Sheet1!A1", bold=True)]).data
    assert Workbook(styled).read("Sheet1!A1:B2").at == seen
    with pytest.raises(AnchorNotFoundError, match="no longer holds what was seen there"):
        Workbook(changed.data).apply([SetCells(at=seen, value=2)])


@pytest.mark.parametrize(
    "at", ["Sheet9!A1", "A0", "Sheet1!XFE1", "Sheet1!A1048577", "Sheet1!", "", "Sheet1!A1:", "Sheet1!A1#zz", "!A1"]
)
def test_addresses_that_lead_nowhere_are_refused(at: str) -> None:
    with pytest.raises(AnchorNotFoundError):
        Workbook(xlsx(sheet(""))).apply([SetCells(at=at, value=1)])


def test_a_table_header_keeps_its_name() -> None:
    table = (
        f'<table xmlns="{S}" id="1" name="T" displayName="Sales" ref="A1:B2"><tableColumns count="2">'
        '<tableColumn id="1" name="Year"/><tableColumn id="2" name="Sum"/></tableColumns></table>'
    )
    link = '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/table" Target="../tables/table1.xml"/>'  # noqa: E501
    data = xlsx(sheet(""), parts={"xl/tables/table1.xml": table}, links={1: link})
    with pytest.raises(UnsupportedEditError, match="header 'Sum' of the table 'Sales'"):
        Workbook(data).apply([put("B1", "Total")])
    Workbook(data).apply([put("A1", "Year"), put("B2", 4)])


def test_errors_name_the_edit() -> None:
    with pytest.raises(OfficeError, match=r"^edit 2 \(set_cells\): "):
        Workbook(xlsx(sheet(""))).apply([put("A1"), put("A0")])
