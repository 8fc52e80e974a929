"""What the view of a workbook tells."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from bench.workbooks import write_workbook
from polydesk.core.errors import AnchorNotFoundError
from polydesk.office.xlsx.drawing import lines
from polydesk.office.xlsx.views import CellView, ColumnView, WorkbookView
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import CORPUS
from tests.xlsx_builder import sheet, xlsx

ROWS = (
    '<row r="2"><c r="B2" t="s"><v>0</v></c></row>'
    '<row r="3"><c r="B3" t="s"><v>1</v></c><c r="C3" t="s"><v>2</v></c><c r="D3" t="s"><v>3</v></c></row>'
    '<row r="4"><c r="B4" t="s"><v>4</v></c><c r="C4" s="1"><v>46350</v></c><c r="D4" s="2"><v>1.5</v></c></row>'
    '<row r="5" hidden="1"><c r="B5" t="s"><v>5</v></c><c r="C5" s="1"><v>46351</v></c><c r="D5" t="e"><v>#N/A</v></c>'
    "</row>"
    '<row r="6"><c r="B6" t="s"><v>4</v></c><c r="C6" s="1"><v>46352</v></c><c r="D6"><f>SUM(D4:D5)</f><v>1.5</v></c>'
    "</row>"
    '<row r="9"><c r="F9" t="b"><v>1</v></c><c r="H9"><v>3</v></c></row>'
)
STRINGS = ["Report", "Place", "Day", "Sum", "Oslo", "Rome"]
WHOLE = xlsx(
    sheet(
        ROWS,
        before='<sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="3" topLeftCell="B4" state="frozen"/>'
        '</sheetView></sheetViews><cols><col min="7" max="8" hidden="1" width="9"/></cols>',
        after='<sheetProtection sheet="1"/><autoFilter ref="B3:D6"/><mergeCells count="1"><mergeCell ref="B2:D2"/>'
        '</mergeCells><conditionalFormatting sqref="D4:D6"><cfRule type="cellIs" priority="1" operator="lessThan">'
        '<formula>0</formula></cfRule></conditionalFormatting><dataValidations count="1"><dataValidation type="list" '
        'sqref="B4:B9"><formula1>"Oslo,Rome"</formula1></dataValidation></dataValidations>',
    ),
    sheet(""),
    strings=STRINGS,
    names=["Data", "Empty one"],
    states={2: "veryHidden"},
    workbook='<definedNames><definedName name="Rate">Data!$D$4</definedName>'
    '<definedName name="_xlnm.Print_Area" localSheetId="0">Data!$B$2:$D$6</definedName></definedNames>',
)


@pytest.fixture(scope="module")
def view() -> WorkbookView:
    return Workbook(WHOLE).view()


def test_a_sheet_is_mapped(view: WorkbookView) -> None:
    data, empty = view.sheets
    assert (data.name, data.used, data.cells, data.formulas) == ("Data", "Data!B2:H9", 15, 1)
    assert (data.frozen, data.filter, data.merged) == ("B4", "B3:D6", ("B2:D2",))
    assert (data.hidden_rows, data.hidden_columns) == (("5:5",), ("G:H",))
    assert (data.protected, data.print_area) == (True, "Data!$B$2:$D$6")
    assert [(rule.at, rule.kind, rule.formulas) for rule in data.validations] == [("B4:B9", "list", ('"Oslo,Rome"',))]
    assert [(rule.at, rule.kind) for rule in data.conditional_formats] == [("D4:D6", "cellIs")]
    assert (empty.name, empty.state, empty.used) == ("Empty one", "veryHidden", None)
    assert (view.names[0].name, view.names[0].refers_to) == ("Rate", "Data!$D$4")


def test_regions_have_headers_and_types(view: WorkbookView) -> None:
    regions = view.sheets[0].regions
    assert [(region.at, region.header) for region in regions] == [
        ("Data!B2:D6", 3),
        ("Data!F9", None),
        ("Data!H9", None),
    ]
    assert regions[0].columns == (
        ColumnView(column="B", name="Place", type="text", filled=3, unique=2, values=("Oslo", "Rome")),
        ColumnView(
            column="C",
            name="Day",
            type="date",
            format="m/d/yyyy",
            filled=3,
            unique=3,
            min="11/24/2026",
            max="11/26/2026",
            values=("11/24/2026", "11/25/2026", "11/26/2026"),
        ),
        ColumnView(
            column="D",
            name="Sum",
            type="mixed",
            format="0.000",
            filled=3,
            unique=2,
            min="1.500",
            max="1.500",
            errors=1,
            formulas=1,
            formula="=SUM(D4:D5)",
            values=("1.500", "#N/A"),
        ),
    )


def test_small_sheets_are_shown_whole(view: WorkbookView) -> None:
    sheet = view.sheets[0]
    assert sheet.complete
    assert sheet.rows[2].cells == (
        CellView(at="B4", text="Oslo"),
        CellView(at="C4", text="11/24/2026", value=46350),
        CellView(at="D4", text="1.500", value=1.5),
    )
    assert sheet.rows[4].cells[2] == CellView(at="D6", text="1.5", formula="=SUM(D4:D5)")


def test_the_drawing_tells_each_cell_with_its_place(view: WorkbookView) -> None:
    drawn = lines(view)
    assert "  B4 Oslo | C4 11/24/2026 [46350] | D4 1.500 [1.5]" in drawn
    assert "  B6 Oslo | C6 11/26/2026 [46352] | D6 1.5 =SUM(D4:D5)" in drawn
    assert "sheet Empty one: empty, veryHidden" in drawn
    assert "name Rate = Data!$D$4" in drawn


def test_a_range_is_read_exactly(view: WorkbookView) -> None:
    found = Workbook(WHOLE).read("Data!C5:D6")
    assert re.fullmatch(r"Data!C5:D6#[0-9a-f]{8}", found.at)
    assert [(row.row, [cell.at for cell in row.cells]) for row in found.rows] == [(5, ["C5", "D5"]), (6, ["C6", "D6"])]
    assert [cell.at for cell in Workbook(WHOLE).cells("Data!D:D")] == ["D3", "D4", "D5", "D6"]
    assert [cell.at for cell in Workbook(WHOLE).cells("Data!9:9")] == ["F9", "H9"]
    with pytest.raises(AnchorNotFoundError, match="the sheets are 'Data', 'Empty one'"):
        Workbook(WHOLE).read("Other!A1")


def test_a_view_has_a_json_form(view: WorkbookView) -> None:
    assert msgspec.json.decode(msgspec.json.encode(view), type=WorkbookView) == view


def test_a_large_sheet_is_described_in_few_words(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    write_workbook(path, cells=100_000)
    view = Workbook(path.read_bytes()).view()
    sheet = view.sheets[0]
    assert (sheet.used, sheet.cells, sheet.formulas, sheet.complete) == ("Sales!A1:CV1000", 100_000, 999, False)
    region = sheet.regions[0]
    assert (region.header, len(region.columns), region.more_columns) == (1, 64, 36)
    assert (region.columns[0].name, region.columns[0].type, region.columns[0].unique) == ("Column 1", "text", 10)
    assert (region.columns[1].type, region.columns[1].filled, region.columns[1].blank) == ("date", 999, 0)
    assert (region.columns[-1].column, region.columns[-1].formulas) == ("CV", 999)
    assert len("\n".join(lines(view))) < 9_000


def test_comments_charts_pivots_and_sparklines_of_real_files_are_seen() -> None:
    found = dict.fromkeys(("comments", "charts", "pivots", "tables", "sparklines", "images", "links"), 0)
    for path in [*sorted(CORPUS.rglob("*.xlsx"))[::12], *CORPUS.rglob("*SampleSparklines.xlsx")]:
        if not path.read_bytes().startswith(b"PK"):
            continue
        for one in Workbook(path.read_bytes()).view().sheets:
            for name in found:
                value = getattr(one, name)
                found[name] += value if isinstance(value, int) else len(value)
    assert all(found.values()), found


def test_slicers_and_threaded_comments_are_seen() -> None:
    office = "http://schemas.microsoft.com/office"
    slicer = f'<slicers xmlns="{office}/spreadsheetml/2009/9/main"><slicer name="S1" caption="By year"/></slicers>'
    thread = (
        f'<ThreadedComments xmlns="{office}/spreadsheetml/2018/threadedcomments"><threadedComment ref="A1" id="{{1}}" '
        'personId="{P}" done="1"><text>Why?</text></threadedComment><threadedComment ref="A1" id="{2}" personId="{P}" '
        'parentId="{1}"><text>Because.</text></threadedComment></ThreadedComments>'
    )
    links = (
        f'<Relationship Id="rId1" Type="{office}/2007/relationships/slicer" Target="/xl/slicers/slicer1.xml"/>'
        f'<Relationship Id="rId2" Type="{office}/2017/10/relationships/threadedComment" Target="/xl/threads.xml"/>'
    )
    parts = {"xl/slicers/slicer1.xml": slicer, "xl/threads.xml": thread}
    seen = Workbook(xlsx(sheet(""), parts=parts, links={1: links})).view().sheets[0]
    assert seen.slicers == ("By year",)
    assert [(item.at, item.text, item.done, item.replies) for item in seen.comments] == [
        ("A1", "Why?", True, (": Because.",))
    ]
