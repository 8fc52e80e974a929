from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_change import with_series
from polydesk.office.drawing.chart_kinds import with_kind
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.chart_titles import with_axis_title, with_title
from polydesk.office.drawing.chart_xml import chart_xml
from polydesk.office.drawing.charts import ChartKind, ChartSeries, ChartView, Points
from tests.office.drawing.chart_parts import chart_parts, out_of_order, spec

replace = msgspec.structs.replace


def series_of(view: ChartView) -> list[ChartSeries]:
    return [
        ChartSeries(name=one.name, name_formula=one.name_formula, categories=one.categories, values=one.values)
        for one in view.series
    ]


def content(series: Sequence[ChartSeries]) -> list[object]:
    return [(one.name, one.name_formula, one.categories and one.categories.points, one.values.points) for one in series]


def test_every_chart_of_the_corpus_takes_new_data_and_gives_back_the_old() -> None:
    for name, data in chart_parts():
        old = series_of(read_chart(data))
        if not old or any(one.sizes is not None for one in read_chart(data).series):
            continue
        assert with_series(data, old) is data, name
        new = [
            replace(one, name=f"New & {index}", values=Points(points=(index, None, 0.125), number_format="0.00"))
            for index, one in enumerate(old)
        ]
        changed = with_series(data, new)
        assert content(series_of(read_chart(changed))) == content(new), name
        assert content(series_of(read_chart(with_series(changed, old)))) == content(old), name
        assert len(out_of_order(changed)) <= len(out_of_order(data)), name


def test_charts_of_the_corpus_take_titles() -> None:
    for name, data in chart_parts()[::3]:
        for title in ("Two\nlines", None):
            changed = with_title(data, title)
            assert read_chart(changed).title == title, name
            assert with_title(changed, title) is changed, name
        changed = with_axis_title(data, "Axis", value=True)
        assert read_chart(changed).value_title == "Axis" or changed is data, name


def test_only_the_named_series_is_written_anew() -> None:
    data = chart_xml(spec("column"))
    series = series_of(read_chart(data))
    changed = with_series(data, [series[0], replace(series[1], values=Points(points=(7,))), series[2]])
    first, second = data.split(b"<c:ser>"), changed.split(b"<c:ser>")
    assert [one == two for one, two in zip(first, second, strict=True)] == [True, True, False, True]
    assert second[2].startswith(first[2].partition(b"<c:val>")[0])


def test_more_series_take_the_look_of_the_last_and_ids_of_their_own() -> None:
    data = chart_xml(spec("line", count=2))
    series = series_of(read_chart(data))
    changed = with_series(data, [*series, replace(series[0], name="Third"), replace(series[0], name="Fourth")])
    assert [one.name for one in read_chart(changed).series][2:] == ["Third", "Fourth"]
    assert [changed.count(b'<c:idx val="%d"/>' % index) for index in range(5)] == [1, 1, 1, 1, 0]
    assert with_series(changed, series) == data


def test_fewer_series_leave_the_rest_alone() -> None:
    data = chart_xml(spec("column"))
    assert [one.name for one in read_chart(with_series(data, series_of(read_chart(data))[:1])).series] == ["Series <B>"]


def test_a_title_keeps_its_look() -> None:
    data = chart_xml(spec("pie"))
    assert with_title(data, "Profit") == data.replace(b"<a:t>Sales</a:t>", b"<a:t>Profit</a:t>")


@pytest.mark.parametrize("now", ["column", "bar", "line", "area"])
@pytest.mark.parametrize("then", ["column", "bar", "line", "area"])
def test_kinds_along_axes_become_each_other_with_their_data(now: ChartKind, then: ChartKind) -> None:
    data = chart_xml(spec(now))
    changed = with_kind(data, then, "stacked")
    view = read_chart(changed)
    assert (view.kind, view.grouping) == (then, "stacked")
    assert view.series == tuple(replace(one, kind=then) for one in read_chart(data).series)
    assert out_of_order(changed) == []


def test_charts_of_the_corpus_change_their_kind_or_say_why_not() -> None:
    for name, data in chart_parts()[::3]:
        for kind in ("bar", "line", "doughnut"):
            try:
                changed = with_kind(data, kind)
            except UnsupportedEditError:
                continue
            assert read_chart(changed).kind == kind, name
            assert content(series_of(read_chart(changed))) == content(series_of(read_chart(data))), name


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (chart_xml(spec("scatter")), "line", "does not become a line chart"),
        (chart_xml(spec("doughnut")), "pie", "a pie shows one series"),
        (chart_xml(spec("column")), "pie", "does not become a pie chart"),
    ],
)
def test_a_kind_that_says_something_else_is_refused(data: bytes, kind: ChartKind, reason: str) -> None:
    with pytest.raises(UnsupportedEditError, match=reason):
        with_kind(data, kind)


def test_charts_of_office_2016_are_not_changed() -> None:
    data = b'<cx:chartSpace xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex"/>'
    with pytest.raises(UnsupportedEditError, match="are read, not changed"):
        with_title(data, "New")


def strict(data: bytes) -> bytes:
    for transitional, name in (("drawingml/2006/chart", "drawingml/chart"), ("drawingml/2006/main", "drawingml/main")):
        data = data.replace(
            f"http://schemas.openxmlformats.org/{transitional}".encode(), f"http://purl.oclc.org/ooxml/{name}".encode()
        )
    return data


def without_prefix(data: bytes) -> bytes:
    return data.replace(b"<c:", b"<").replace(b"</c:", b"</").replace(b"xmlns:c=", b"xmlns=")


def as_utf16(data: bytes) -> bytes:
    return data.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


@pytest.mark.parametrize("form", [strict, without_prefix, as_utf16])
@pytest.mark.parametrize("kind", ["column", "scatter", "pie"])
def test_charts_of_every_writing_are_read_and_keep_it(form: Callable[[bytes], bytes], kind: ChartKind) -> None:
    plain = chart_xml(spec(kind))
    data = form(plain)
    assert read_chart(data) == read_chart(plain)
    new = [replace(one, values=Points(points=(1, 2))) for one in series_of(read_chart(data))]
    for change in (
        lambda part: with_series(part, new),
        lambda part: with_title(part, "New"),
        lambda part: with_title(part, None),
    ):
        changed = change(data)
        assert read_chart(changed) == read_chart(change(plain))
        assert (b"purl.oclc.org" in changed, changed[:2]) == (b"purl.oclc.org" in data, data[:2])
        assert b"schemas.openxmlformats.org/drawingml/2006/chart" not in (changed if form is strict else b"")
