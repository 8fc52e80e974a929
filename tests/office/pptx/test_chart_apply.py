from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from lxml import etree

from polydesk.core.errors import EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.charts import ChartView
from polydesk.office.opc.package import Package
from polydesk.office.pptx.chart_edits import AddChart, ChartEdit, SeriesData, SetChartData, SetChartKind, SetChartTitle
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.names import R_ID
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.slide_edits import DeleteSlide, DuplicateSlide
from polydesk.office.pptx.template import built_in_template
from polydesk.office.results import Result
from tests.corpus_files import corpus_files, corpus_id

AT = datetime(2026, 1, 2, tzinfo=UTC)
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CATEGORIES = ("Q1", "Q2", "Q3")
SERIES = (
    SeriesData(name="North", values=(1, 2.5, None)),
    SeriesData(name="South", values=(3, 4, 5), number_format="0.0"),
)


def applied(data: bytes, *edits: ChartEdit) -> Result:
    return Presentation(data).apply(edits, at=AT, ignore_protection=True)


def charts(data: bytes) -> Iterator[tuple[str, str, Shape, Deck]]:
    """Anchor, part, shape and deck of every chart that can be changed."""
    deck = Deck(Package.open(data))
    for entry in deck.slides:
        for shape in deck.every_shape(entry.part):
            reference = next(shape.element.iter("{*}chart"), None) if shape.kind == "chart" else None
            ids = [] if reference is None else [reference.get(R_ID)]
            part = deck.target(entry.part, ids[0]) if ids else None
            if part is not None and part.startswith("/ppt/charts/"):
                yield f"{entry.name}/{shape.name}", part, shape, deck


def decks() -> Iterator[tuple[str, bytes]]:
    for path in corpus_files(".pptx", ".pptm", ".potx"):
        data = path.read_bytes()
        try:
            Presentation(data)
        except OfficeError:
            continue
        yield corpus_id(path), data


def cells(book: bytes, sheet: str) -> dict[str, str]:
    """The values of a workbook's only or first sheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        names = archive.namelist()
        strings: list[str] = []
        if "xl/sharedStrings.xml" in names:
            items = etree.fromstring(archive.read("xl/sharedStrings.xml")).iter(f"{S}si")
            strings = ["".join(text.text or "" for text in item.iter(f"{S}t")) for item in items]
        root = etree.fromstring(archive.read(next(name for name in names if name.startswith("xl/worksheets/sheet"))))
    found: dict[str, str] = {}
    for cell in root.iter(f"{S}c"):
        value = cell.findtext(f"{S}v") or "".join(text.text or "" for text in cell.iter(f"{S}t"))
        found[str(cell.get("r"))] = strings[int(value)] if cell.get("t") == "s" else value
    return found


def disagreements(view: ChartView, book: bytes) -> list[str]:
    """Cells of the workbook that hold something else than the chart's cache says of them."""
    held = cells(book, "Sheet1")
    wrong: list[str] = []
    for one in view.series:
        for points in (one.values, one.categories):
            match = re.search(r"\$([A-Z]+)\$(\d+)", (points.formula if points is not None else None) or "")
            if points is None or match is None:
                continue
            for row, point in enumerate(points.points, int(match[2])):
                there = held.get(f"{match[1]}{row}", "")
                same = (
                    not there if point is None else there == point if isinstance(point, str) else float(there) == point
                )
                wrong += [] if same else [f"{match[1]}{row}: {there!r} is not {point!r}"]
        match = re.search(r"\$([A-Z]+)\$(\d+)$", one.name_formula or "")
        if match is not None and held.get(match[1] + match[2]) != one.name:
            wrong.append(f"{match[0]}: {held.get(match[1] + match[2])!r} is not {one.name!r}")
    return wrong


def book_of(deck: Deck, part: str) -> bytes:
    view = read_chart(deck.package.read(part))
    name = deck.target(part, view.workbook_id)
    assert name is not None
    return deck.package.read(name)


def test_a_chart_is_added_to_every_deck_of_the_corpus_with_its_workbook() -> None:
    for name, data in decks():
        slides = Deck(Package.open(data)).slides
        if not slides:
            continue
        before = [part for _, part, _, _ in charts(data)]
        result = applied(
            data, AddChart(at=slides[0].name, kind="column", categories=CATEGORIES, series=SERIES, title="T")
        )
        (anchor, part, shape, deck), *others = [one for one in charts(result.data) if one[1] not in before]
        assert not others, name
        view = read_chart(deck.package.read(part))
        assert [(one.name, one.values.points) for one in view.series] == [(one.name, one.values) for one in SERIES], (
            name
        )
        assert disagreements(view, book_of(deck, part)) == [], name
        assert shape.element[0][0].get("descr", "").startswith("Column chart: T."), anchor
        kept = Package.open(data)
        assert all(
            kept.read(other) == deck.package.read(other)
            for other in kept.part_names()
            if other not in result.changed_parts
        ), name


def test_the_data_of_every_chart_of_the_corpus_are_set_and_agree_with_its_workbook() -> None:
    done = 0
    for name, data in decks():
        for anchor, part, _, deck in list(charts(data))[:2]:
            series = read_chart(deck.package.read(part)).series
            # Most workbooks are changed in place, their table too; where that cannot be, a new one is made.
            for names in ([one.name or "" for one in series], [f"New {number}" for number in range(len(series))]):
                new = tuple(SeriesData(name=word, values=(1, 2.5, 4)) for word in names)
                try:
                    result = applied(data, SetChartData(at=anchor, categories=CATEGORIES, series=new))
                except UnsupportedEditError:
                    continue
                after = Deck(Package.open(result.data))
                view = read_chart(after.package.read(part))
                assert [(one.name, one.values.points) for one in view.series] == [(one.name, one.values) for one in new]
                assert disagreements(view, book_of(after, part)) == [], (name, anchor, names)
                done += 1
    assert done > 50


def test_titles_and_kinds_change_the_chart_part_alone() -> None:
    for name, data in decks():
        for anchor, part, _, _ in list(charts(data))[:1]:
            result = applied(data, SetChartTitle(at=anchor, title="New"))
            assert result.changed_parts == (part,), name
            assert result.edits[0].after == "New"
            try:
                result = applied(data, SetChartKind(at=anchor, kind="bar"))
            except UnsupportedEditError:
                continue
            assert result.changed_parts in ((part,), ()), name


def test_edits_of_different_charts_commute() -> None:
    data = applied(
        built_in_template(),
        AddChart(at="s256", kind="line", categories=CATEGORIES, series=SERIES),
        AddChart(at="s256", kind="bar", categories=CATEGORIES, series=SERIES, x=0, y=0, width=99999, height=99999),
    ).data
    (one, *_), (other, *_) = charts(data)
    edits = (
        SetChartTitle(at=one, title="One"),
        SetChartData(at=other, categories=("a",), series=(SeriesData(name="N", values=(1,)),)),
    )
    assert applied(data, *edits).data == applied(data, *reversed(edits)).data


def test_a_copy_of_the_slide_shows_the_chart_as_it_was() -> None:
    data = applied(built_in_template(), AddChart(at="s256", kind="bar", categories=CATEGORIES, series=SERIES)).data
    ((anchor, *_),) = charts(data)
    new = SetChartData(at=anchor, categories=("a",), series=(SeriesData(name="N", values=(1,)),))
    for edits in ([new, DuplicateSlide(at="s256")], [DuplicateSlide(at="s256"), new]):
        result = Presentation(data).apply(edits, at=AT).data
        names = [
            [one.name for one in read_chart(deck.package.read(part)).series] for _, part, _, deck in charts(result)
        ]
        assert names == [["N"], ["North", "South"]]


def test_a_chart_may_change_and_its_slide_go() -> None:
    data = applied(built_in_template(), AddChart(at="s256", kind="bar", categories=CATEGORIES, series=SERIES)).data
    ((anchor, *_),) = charts(data)
    edits = [SetChartTitle(at=anchor, title="New"), DuplicateSlide(at="s256"), DeleteSlide(at="s256")]
    result = Presentation(data).apply(edits, at=AT).data
    assert [read_chart(deck.package.read(part)).title for _, part, _, deck in charts(result)] == [None]


def test_a_placeholder_is_filled_and_lends_its_place() -> None:
    deck = Deck(Package.open(built_in_template()))
    entry = deck.slides[0]
    at = next(
        f"{entry.name}/{one.name}" for one in deck.shapes(entry.part) if "Content" in str(one.element[0][0].get("name"))
    )
    result = applied(built_in_template(), AddChart(at=at, kind="pie", categories=CATEGORIES, series=SERIES[1:]))
    ((_, _, shape, after),) = charts(result.data)
    assert shape.placeholder is not None
    assert shape.placeholder.get("idx") == "1"
    assert len(after.shapes(after.slides[0].part)) == len(deck.shapes(entry.part))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            AddChart(at="s256", kind="bar", categories=("a",), series=(SeriesData(name="N", values=(1, 2)),)),
            "2 values for 1",
        ),
        (AddChart(at="s256", kind="bar", categories=(), series=()), "no categories"),
        (AddChart(at="s256", kind="pie", categories=CATEGORIES, series=SERIES), "a pie shows one series"),
        (
            AddChart(at="s256/sh4", kind="bar", categories=CATEGORIES, series=SERIES),
            "no placeholder that takes a chart",
        ),
        (SetChartTitle(at="s256/sh2", title="x"), "the shape is no chart"),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_reason(edit: ChartEdit, reason: str) -> None:
    with pytest.raises(UnsupportedEditError, match=reason):
        applied(built_in_template(), edit)


def test_two_edits_of_one_title_conflict() -> None:
    data = applied(built_in_template(), AddChart(at="s256", kind="bar", categories=CATEGORIES, series=SERIES)).data
    ((anchor, *_),) = charts(data)
    with pytest.raises(EditConflictError):
        applied(data, SetChartTitle(at=anchor, title="a"), SetChartTitle(at=anchor, title="b"))
