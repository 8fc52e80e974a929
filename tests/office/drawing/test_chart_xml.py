from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.chart_xml import chart_xml
from polydesk.office.drawing.charts import ChartKind, ChartSeries, ChartSpec, DataLabels, Grouping, Points, description
from tests.office.drawing.chart_parts import out_of_order, spec

KINDS: tuple[ChartKind, ...] = get_args(ChartKind)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
LABELS: tuple[DataLabels, ...] = get_args(DataLabels)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grouping", GROUPINGS)
def test_what_was_asked_for_is_read_back(kind: ChartKind, grouping: Grouping) -> None:
    wanted = spec(kind, grouping=grouping)
    view = read_chart(chart_xml(wanted, workbook_id="rId7"))
    assert (view.kind, view.title, view.workbook_id) == (kind, "Sales", "rId7")
    assert view.grouping == (grouping if kind in ("column", "bar", "line", "area") else "side_by_side")
    assert [(one.name, one.name_formula, one.categories, one.values) for one in view.series] == [
        (one.name, one.name_formula, one.categories, one.values) for one in wanted.series
    ]
    titles = (None, None) if kind in ("pie", "doughnut") else ("Quarter", "EUR")
    assert (view.category_title, view.value_title) == titles


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", LABELS)
def test_elements_stand_in_the_order_of_the_standard(kind: ChartKind, labels: DataLabels) -> None:
    wanted = msgspec.structs.replace(spec(kind, title=None), labels=labels, smooth=True, lines=True, font_size_pt=14)
    assert out_of_order(chart_xml(wanted, workbook_id="rId1")) == []


def test_columns_and_a_line_on_a_second_axis_combine() -> None:
    columns = spec("column")
    line = msgspec.structs.replace(columns.series[2], kind="line", secondary=True)
    view = read_chart(
        chart_xml(msgspec.structs.replace(columns, series=(*columns.series[:2], line), secondary_title="Share"))
    )
    assert view.kind == "combo"
    assert [(one.kind, one.secondary) for one in view.series] == [("column", False), ("column", False), ("line", True)]


def test_values_without_cells_stand_in_the_chart() -> None:
    series = ChartSeries(name="S", categories=Points(points=("a", None)), values=Points(points=(1, float("nan"))))
    view = read_chart(chart_xml(ChartSpec(kind="line", series=(series,))))
    assert view.series[0].categories == Points(points=("a", None))
    assert view.series[0].values == Points(points=(1.0, None))


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=12)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6))


@given(
    kind=st.sampled_from(["column", "bar", "line", "area", "doughnut"]),
    categories=st.lists(WORDS, min_size=1, max_size=6),
    names=st.lists(WORDS, min_size=1, max_size=5),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_words_and_numbers_are_read_back(
    kind: ChartKind, categories: list[str], names: list[str], data: st.DataObject
) -> None:
    size = len(categories)
    series = tuple(
        ChartSeries(
            name=name,
            categories=Points(formula="'A & B'!$A$2:$A$9", points=tuple(categories)),
            values=Points(points=tuple(data.draw(st.lists(NUMBERS, min_size=size, max_size=size)))),
        )
        for name in names
    )
    seen = read_chart(chart_xml(ChartSpec(kind=kind, series=series))).series
    assert [(one.name, one.categories, one.values) for one in seen] == [
        (one.name, one.categories, one.values) for one in series
    ]


@pytest.mark.parametrize(
    ("impossible", "reason"),
    [
        (ChartSpec(kind="bar", series=()), "at least one series"),
        (msgspec.structs.replace(spec("doughnut"), kind="pie"), "a pie shows one series"),
        (ChartSpec(kind="bar", series=(ChartSeries(values=Points(), secondary=True),)), "leave at least one"),
        (
            ChartSpec(kind="bar", series=(ChartSeries(values=Points()), ChartSeries(values=Points(), kind="line"))),
            "do not combine",
        ),
        (ChartSpec(kind="line", series=(ChartSeries(values=Points()),) * 256), "at most 255"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(impossible: ChartSpec, reason: str) -> None:
    with pytest.raises(UnsupportedEditError, match=reason):
        chart_xml(impossible)


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    view = read_chart(chart_xml(msgspec.structs.replace(spec("pie"), title="a\0b\x1f<&>")))
    assert view.title == "ab<&>"


def test_the_description_tells_what_the_chart_shows() -> None:
    assert description(spec("column", count=1)) == ("Column chart: Sales. Series <B>: 3 values from -2 to 1e+06.")
