from __future__ import annotations

from collections import Counter

from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.charts import Points
from tests.office.drawing.chart_parts import chart_parts

C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
CX = (
    'xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


def test_every_chart_of_the_corpus_is_read() -> None:
    kinds = Counter(read_chart(data, part=name).kind for name, data in chart_parts())
    assert kinds.keys() == {
        *("column", "bar", "line", "area", "pie", "doughnut", "scatter"),
        *("bubble", "radar", "stock", "combo"),
    }


def chart(inner: str) -> bytes:
    return f"<c:chartSpace {C}><c:chart><c:plotArea>{inner}</c:plotArea></c:chart></c:chartSpace>".encode()


def test_levels_of_categories_are_joined() -> None:
    inner = "".join(f'<c:pt idx="{i}"><c:v>{word}</c:v></c:pt>' for i, word in enumerate("abc"))
    outer = '<c:pt idx="0"><c:v>North</c:v></c:pt><c:pt idx="2"><c:v>South</c:v></c:pt>'
    cache = f'<c:ptCount val="3"/><c:lvl>{inner}</c:lvl><c:lvl>{outer}</c:lvl>'
    ser = f"<c:ser><c:cat><c:multiLvlStrRef><c:f>S!A1</c:f><c:multiLvlStrCache>{cache}</c:multiLvlStrCache>"
    view = read_chart(chart(f"<c:barChart>{ser}</c:multiLvlStrRef></c:cat></c:ser></c:barChart>"))
    assert view.series[0].categories == Points(formula="S!A1", points=("North / a", "North / b", "South / c"))


def test_counts_beyond_sense_make_no_points() -> None:
    cache = (
        '<c:ptCount val="999999999"/><c:pt idx="999999"><c:v>1</c:v></c:pt><c:pt idx="4294967295"><c:v>2</c:v></c:pt>'
    )
    ser = f"<c:ser><c:val><c:numLit>{cache}</c:numLit></c:val></c:ser>"
    view = read_chart(chart(f"<c:lineChart>{ser}</c:lineChart>"))
    assert len(view.series[0].values.points) < 10_000


def test_charts_of_office_2016_are_read() -> None:
    data = (
        '<cx:data id="0"><cx:strDim type="cat"><cx:f>S!A1:A2</cx:f><cx:lvl ptCount="2"><cx:pt idx="0">a</cx:pt>'
        '<cx:pt idx="1">b</cx:pt></cx:lvl></cx:strDim><cx:numDim type="val"><cx:f>S!B1:B2</cx:f>'
        '<cx:lvl ptCount="2" formatCode="0%"><cx:pt idx="0">1</cx:pt><cx:pt idx="1">-2</cx:pt></cx:lvl></cx:numDim>'
        "</cx:data>"
    )
    series = (
        '<cx:series layoutId="waterfall"><cx:tx><cx:txData><cx:f>S!B0</cx:f><cx:v>Bridge</cx:v></cx:txData></cx:tx>'
        '<cx:dataId val="0"/></cx:series>'
    )
    title = "<cx:title><cx:tx><cx:rich><a:p><a:r><a:t>From A to B</a:t></a:r></a:p></cx:rich></cx:tx></cx:title>"
    plot = f"<cx:plotArea><cx:plotAreaRegion>{series}</cx:plotAreaRegion></cx:plotArea>"
    root = f"<cx:chartSpace {CX}><cx:chartData>{data}</cx:chartData><cx:chart>{title}{plot}</cx:chart></cx:chartSpace>"
    view = read_chart(root.encode())
    assert (view.kind, view.title, view.extended) == ("waterfall", "From A to B", True)
    assert view.series[0].name == "Bridge"
    assert view.series[0].categories == Points(formula="S!A1:A2", points=("a", "b"))
    assert view.series[0].values == Points(formula="S!B1:B2", points=(1.0, -2.0), number_format="0%")
