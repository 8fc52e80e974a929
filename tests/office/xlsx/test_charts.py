"""Charts on sheets: made, changed and deleted; read back by openpyxl; their caches hold what the cells hold."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.charts import ChartKind
from polydesk.office.drawing.charts import ChartView as Chart
from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.object_edits import (
    AddChart,
    AddComment,
    AddConditionalFormat,
    DeleteChart,
    SeriesRange,
    SetChartData,
    SetChartTitle,
    SetHyperlink,
    SetValidation,
)
from polydesk.office.xlsx.structure_edits import DeleteRows, DeleteSheet, InsertColumns, InsertRows, RenameSheet
from polydesk.office.xlsx.views import ChartView
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.furnished import furnished
from tests.office.xlsx.grids import applied, names
from tests.xlsx_builder import part, sheet, xlsx

BOOK = furnished()
VALUES = SeriesRange(name="Sales!B1", values="Sales!B2:B6")
COLUMN = AddChart(at="Sales!E2:L16", kind="column", title="Values", categories="Sales!A2:A6", series=(VALUES,))


def views(data: bytes, sheet: int = 0) -> tuple[ChartView, ...]:
    return Workbook(data).view().sheets[sheet].charts


def chart(data: bytes, number: int = 2) -> Chart:
    return read_chart(part(data, f"xl/charts/chart{number}.xml"))


def opened(data: bytes, name: str = "Sales") -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))[name]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("column", "BarChart"),
        ("bar", "BarChart"),
        ("line", "LineChart"),
        ("area", "AreaChart"),
        ("pie", "PieChart"),
        ("doughnut", "DoughnutChart"),
        ("scatter", "ScatterChart"),
    ],
)
def test_charts_of_every_kind_are_read_by_others(kind: ChartKind, written: str) -> None:
    categories = "Sales!C2:C6" if kind == "scatter" else "Sales!A2:A6"
    data = applied(
        BOOK, AddChart(at="Sales!E2:L16", kind=kind, title="Values", categories=categories, series=(VALUES,))
    )
    (found,) = opened(data)._charts
    assert type(found).__name__ == written
    anchor = found.anchor
    assert (anchor._from.row, anchor._from.col, anchor.to.row, anchor.to.col) == (1, 4, 16, 12)
    view = chart(data)
    assert (view.kind, view.title) == (kind, "Values")
    assert view.series[0].values.points == (20, 30, 40, 50, 60)
    (listed,) = views(data)
    assert (listed.at, listed.title) == ("E2:L16", "Values")


def test_only_the_parts_that_a_chart_needs_change() -> None:
    result = Workbook(BOOK).apply([COLUMN])
    assert set(result.changed_parts) == {
        "/[Content_Types].xml",
        "/xl/worksheets/sheet1.xml",
        "/xl/worksheets/_rels/sheet1.xml.rels",
        "/xl/drawings/drawing2.xml",
        "/xl/drawings/_rels/drawing2.xml.rels",
        "/xl/charts/chart2.xml",
    }
    assert result.edits[0].after == "Column chart: Values. Value: 5 values from 20 to 60."
    again = Workbook(result.data).apply([AddChart(at="Sales!E20", kind="line", series=(VALUES,))])
    assert "/xl/worksheets/sheet1.xml" not in again.changed_parts
    assert [one.at for one in views(again.data)] == ["E2:L16", "E20:L34"]


def test_a_chart_shows_the_cells_as_they_are_after_the_list() -> None:
    edits: list[Edit] = [
        COLUMN,
        SetCells(at="Sales!B2", value=77),
        SetCells(at="Sales!A3", value="Changed"),
        SetCells(at="Sales!B1", value="Amount"),
        InsertRows(before="Sales!4:4", values=(("New", 33),)),
        DeleteRows(at="Sales!6:6"),
    ]
    for order in (edits, edits[::-1]):
        series = chart(applied(BOOK, *order)).series[0]
        assert series.values.formula == "Sales!$B$2:$B$6"
        assert series.values.points == (77, 30, 33, 40, 50)
        assert series.categories is not None
        assert series.categories.points == ("R2", "Changed", "New", "R4", "R5")
        assert (series.name, series.name_formula) == ("Amount", "Sales!$B$1")


def test_formulas_are_drawn_as_they_are_calculated() -> None:
    book = Workbook(BOOK)
    edits: list[Edit] = [
        AddChart(at="Sales!E2:L16", kind="line", series=(SeriesRange(values="Sales!C2:C6"),)),
        SetCells(at="Sales!B2", value=1),
    ]
    result = book.finished(book.apply(edits))
    assert chart(result.data).series[0].values.points == (2, 60, 80, 100, 120)


def test_later_structural_edits_move_a_chart_and_its_cells() -> None:
    data = applied(BOOK, COLUMN)
    data = applied(data, InsertRows(before="Sales!1:1"), InsertColumns(before="Sales!A:A"))
    assert views(data)[0].at == "F3:M17"
    data = applied(data, RenameSheet(sheet="Sales", name="My sales"))
    assert views(data)[0].ranges == ("'My sales'!$C$2", "'My sales'!$B$3:$B$7", "'My sales'!$C$3:$C$7")


def test_columns_and_lines_go_together() -> None:
    line = SeriesRange(name="Twice", values="Sales!C2:C6", kind="line", secondary=True)
    data = applied(BOOK, AddChart(at="Sales!E2", kind="column", series=(VALUES, line), secondary_title="Second"))
    view = chart(data)
    assert (view.kind, [one.kind for one in view.series]) == ("combo", ["column", "line"])
    assert (view.series[1].name, view.series[1].name_formula, view.series[1].secondary) == ("Twice", None, True)


def test_dates_and_formats_of_the_cells_are_the_charts_too() -> None:
    row = "".join(
        f'<row r="{r}"><c r="A{r}" s="1"><v>{46000 + r}</v></c><c r="B{r}" s="2"><v>{r}</v></c></row>' for r in (1, 2)
    )
    data = xlsx(sheet(row))
    data = applied(
        data, AddChart(at="D1", kind="line", categories="A1:A2", series=(SeriesRange(values="Sheet1!B1:B2"),))
    )
    series = chart(data, 1).series[0]
    assert series.categories is not None
    assert (series.categories.points, series.categories.number_format) == ((46001, 46002), "m/d/yyyy")
    assert series.values.number_format == "0.000"


def test_strict_workbooks_get_strict_charts() -> None:
    data = xlsx(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), strict=True)
    data = applied(data, AddChart(at="Sheet1!D1", kind="pie", series=(SeriesRange(values="Sheet1!A1"),)))
    for name in ("xl/charts/chart1.xml", "xl/drawings/drawing1.xml", "xl/worksheets/_rels/sheet1.xml.rels"):
        text = part(data, name)
        assert b"http://schemas.openxmlformats.org/drawingml" not in text
        assert b"http://schemas.openxmlformats.org/officeDocument" not in text
    assert views(data)[0].ranges == ("Sheet1!$A$1",)


def test_titles_are_set_and_taken_away() -> None:
    data = applied(
        BOOK,
        SetChartTitle(at="Notes!B10", title="The year"),
        SetChartTitle(at="Notes!C12", title="Region", of="category_axis"),
    )
    assert (chart(data, 1).title, chart(data, 1).category_title) == ("The year", "Region")
    assert chart(applied(data, SetChartTitle(at="Notes!B10", title="")), 1).title is None


def test_a_chart_draws_other_cells() -> None:
    edit = SetChartData(
        at="Notes!B10",
        categories="Sales!A2:A3",
        series=(SeriesRange(name="Sales!B1", values="Sales!B2:B3"), SeriesRange(name="Twice", values="Sales!C2:C3")),
    )
    result = Workbook(BOOK).apply([edit, SetCells(at="Sales!B3", value=5)])
    series = chart(result.data, 1).series
    assert [one.values.formula for one in series] == ["Sales!$B$2:$B$3", "Sales!$C$2:$C$3"]
    assert series[0].values.points == (20, 5)
    assert result.edits[0].before == "Sales!$B$2:$B$6"
    assert "/xl/drawings/drawing1.xml" not in result.changed_parts


def test_a_deleted_chart_takes_its_parts_along() -> None:
    data = applied(BOOK, DeleteChart(at="Notes!B10"))
    assert views(data, 1) == ()
    assert "xl/charts/chart1.xml" not in names(data)
    assert b"chart1.xml" not in part(data, "[Content_Types].xml")
    replaced = applied(BOOK, AddChart(at="Notes!B10:I24", kind="bar", series=(VALUES,)), DeleteChart(at="Notes!B10"))
    assert [one.kind for one in views(replaced, 1)] == ["bar"]
    assert views(applied(BOOK, DeleteSheet(sheet="Talk"), COLUMN))


REFUSED: list[tuple[list[Edit], type[OfficeError]]] = [
    ([AddChart(at="Sales!E2", kind="pie", series=(VALUES, VALUES))], UnsupportedEditError),
    ([AddChart(at="Sales!E2", kind="line", series=())], UnsupportedEditError),
    ([AddChart(at="Sales!E2", kind="line", series=(SeriesRange(values="Sales!B2:C6"),))], UnsupportedEditError),
    ([AddChart(at="Sales!E2", kind="line", series=(SeriesRange(values="Sales!B:B"),))], UnsupportedEditError),
    ([AddChart(at="Sales!E2", kind="line", series=(SeriesRange(values="Missing!B2"),))], AnchorNotFoundError),
    ([SetChartTitle(at="Notes!A1", title="x")], AnchorNotFoundError),
    ([SetChartTitle(at="Notes!B10", title="x"), SetChartTitle(at="Notes!C11", title="y")], EditConflictError),
    ([SetChartTitle(at="Notes!B10", title="x"), DeleteChart(at="Notes!B10")], EditConflictError),
    ([DeleteChart(at="Sales!A1")], AnchorNotFoundError),
    ([SetChartData(at="Notes!B10", series=())], UnsupportedEditError),
]


@pytest.mark.parametrize(("edits", "error"), REFUSED)
def test_what_cannot_be_is_refused(edits: list[Edit], error: type[OfficeError]) -> None:
    with pytest.raises(error):
        applied(BOOK, *edits)


def test_a_value_in_error_leaves_a_gap() -> None:
    data = applied(BOOK, COLUMN, SetCells(at="Sales!B3", value=TypedValue(error="#N/A")))
    assert chart(data).series[0].values.points == (20, None, 40, 50, 60)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_charts_notes_and_rules(tmp_path: Path) -> None:
    data = applied(
        BOOK,
        COLUMN,
        AddComment(at="Sales!B3", text="Checked <twice> & signed."),
        SetValidation(at="Sales!A9", allow="list", source="Notes!A1:A3"),
        AddConditionalFormat(at="Sales!B2:B6", when="data_bar", colors=("#638EC6",)),
        SetHyperlink(at="Sales!A2", target="https://example.com/r2"),
    )
    (tmp_path / "charts.xlsx").write_bytes(data)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "charts.xlsx")], check=True, capture_output=True, timeout=120)

    with zipfile.ZipFile(tmp_path / "charts.ods") as ods:
        drawn = [ods.read(name).decode() for name in ods.namelist() if name.endswith("/content.xml")]
        sheets = ods.read("content.xml").decode()
    assert any("chart:bar" in text and "Values" in text and ">60<" in text for text in drawn)
    assert "Checked &lt;twice&gt; &amp; signed." in sheets
    assert "cell-content-is-in-list([$Notes.$A$1:.$A$3])" in sheets.replace(
        "$Notes.$A$1:$Notes.$A$3", "$Notes.$A$1:.$A$3"
    )
    assert "calcext:data-bar" in sheets
    assert "https://example.com/r2" in sheets
