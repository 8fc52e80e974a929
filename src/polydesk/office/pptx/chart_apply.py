"""How each edit of charts is planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.drawing.chart_change import with_series, with_workbook
from polydesk.office.drawing.chart_kinds import with_kind
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.chart_titles import with_axis_title, with_title
from polydesk.office.drawing.chart_xml import refuse_impossible
from polydesk.office.drawing.charts import ChartSeries, ChartSpec, ChartView, SeriesView, description
from polydesk.office.ooxml.names import P
from polydesk.office.pptx.anchors import Place, find_place
from polydesk.office.pptx.chart_books import BOOK_TYPE, chart_book, chart_series, sheet_count, sheet_of, updated_book
from polydesk.office.pptx.chart_edits import AddChart, SetChartData, SetChartKind, SetChartTitle
from polydesk.office.pptx.chart_frames import chart_frame, chart_part_of, free_shape_id, put_book, put_chart
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.editing import INSERTION, SLIDE_REMOVAL, Editing, Plans
from polydesk.office.pptx.inheritance import Box, Inheritance
from polydesk.office.pptx.shapes import placeholder_of, shape_tree
from polydesk.office.pptx.text import body_text

_AFTER_SLIDES = SLIDE_REMOVAL + 1
_FILLED = ("chart", "obj", "body", "tbl", "pic")
"""Placeholders that a chart may fill: those made for it or for anything, and a body (PowerPoint's content layouts)."""


def _plan_add(editing: Editing, index: int, edit: AddChart) -> None:
    deck = editing.deck
    place = find_place(deck, edit.at, "slide", "shape")
    spec = _spec(edit)
    refuse_impossible(spec)
    if place.level == "shape":
        _refuse_filled(deck, place)
        editing.claim(index, place.element, "being")
    else:
        editing.claim(index, place.element, "being", shared=True)
    box = _box(deck, place, edit)
    editing.step(INSERTION, index, lambda: _add(editing, index, edit, place, spec, box))


def _spec(edit: AddChart) -> ChartSpec:
    return ChartSpec(
        kind=edit.kind,
        grouping=edit.grouping,
        series=chart_series(edit.categories, edit.series),
        title=edit.title,
        category_title=edit.category_title,
        value_title=edit.value_title,
        secondary_title=edit.secondary_title,
        number_format=edit.number_format,
        legend=edit.legend,
        labels=edit.labels,
        font_size_pt=16.0,
    )


def _refuse_filled(deck: Deck, place: Place) -> None:
    assert place.shape is not None
    kind = Inheritance(deck).placeholder_type(place.part.name, place.element)
    if kind not in _FILLED:
        raise UnsupportedEditError(
            "the shape is no placeholder that takes a chart; name the slide, and a place if it should be a certain one"
        )
    if place.element.tag != f"{P}sp" or body_text(place.shape.body):
        raise UnsupportedEditError("the placeholder is filled already; delete what it holds, or name the slide")


def _box(deck: Deck, place: Place, edit: AddChart) -> Box:
    """Where the chart goes: the placeholder's place, that of the slide's text, or the middle; what was said wins."""
    inheritance = Inheritance(deck)
    usual = inheritance.box(place.part.name, place.element) if place.level == "shape" else None
    usual = usual or content_box(deck, place.slide.part, inheritance)
    return Box(
        x=usual.x if edit.x is None else edit.x,
        y=usual.y if edit.y is None else edit.y,
        width=usual.width if edit.width is None else edit.width,
        height=usual.height if edit.height is None else edit.height,
    )


def content_box(deck: Deck, slide_part: str, inheritance: Inheritance) -> Box:
    """Where a slide's layout, or else its master, has the text; the middle of a slide without such a place."""
    for part in (slide_part, deck.related(slide_part, "slideLayout")):
        for shape in [] if part is None else deck.shapes(part):
            if inheritance.placeholder_type(part or "", shape.element) in ("body", "obj"):
                box = inheritance.box(part or "", shape.element)
                if box is not None:
                    return box
    size = deck.main.root.find(f"{P}sldSz")
    width, height = (int(size.get(name, "0")) if size is not None else 0 for name in ("cx", "cy"))
    width, height = width or 12_192_000, height or 6_858_000
    return Box(x=width // 12, y=height // 4, width=width * 10 // 12, height=height * 13 // 20)


def _add(editing: Editing, index: int, edit: AddChart, place: Place, spec: ChartSpec, box: Box) -> None:
    deck, part = editing.deck, place.part
    tree = shape_tree(part.root)
    if tree is None:
        raise UnsupportedEditError("the slide has no shape tree, so nothing can be put on it")
    relationship = put_chart(deck, part.name, spec, sheet="Sheet1", at=editing.at)
    filled = placeholder_of(place.element) if place.level == "shape" else None
    frame = chart_frame(
        deck, spec, relationship, id=free_shape_id(tree), box=box, alt_text=edit.alt_text, placeholder=filled
    )
    last = tree[-1]
    if place.level == "shape":
        part.insert_before(place.element, frame)
        part.remove(place.element)
    elif last.tag == f"{P}extLst":
        part.insert_before(last, frame)
    else:
        part.append(tree, frame)
    editing.told(index, after=description(spec))


def _plan_change(editing: Editing, index: int, at: str, facet: str) -> tuple[str, Place]:
    """The chart part that an anchor names, claimed for one facet of it."""
    place = find_place(editing.deck, at, "shape")
    assert place.shape is not None
    part = chart_part_of(editing.deck, place.part.name, place.shape)
    editing.claim(index, place.element, "being", shared=True)
    editing.claim(index, part, facet)
    return part, place


def _later(editing: Editing, index: int, part: str, make: Callable[[], object]) -> None:
    """Change a chart after all steps, so that a copy of its slide shows what was there; not if its slide has gone."""

    def change() -> None:
        if editing.deck.package.has(part):
            make()

    editing.step(_AFTER_SLIDES, index, change)


def _replace(editing: Editing, part: str, change: Callable[[bytes], bytes]) -> None:
    package = editing.deck.package
    package.replace(part, change(package.read(part)))


def _plan_title(editing: Editing, index: int, edit: SetChartTitle) -> None:
    part, _ = _plan_change(editing, index, edit.at, f"title of {edit.of}")
    view = read_chart(editing.deck.package.read(part), part=part, path=editing.deck.package.path)
    title = edit.title or None
    before = {"chart": view.title, "category_axis": view.category_title, "value_axis": view.value_title}[edit.of]
    if edit.of == "chart":
        change = partial(with_title, title=title, part=part, path=editing.deck.package.path)
    else:
        is_value = edit.of == "value_axis"
        change = partial(with_axis_title, title=title, value=is_value, part=part, path=editing.deck.package.path)
        if title and view.kind in ("pie", "doughnut", "of_pie"):
            raise UnsupportedEditError(f"a {view.kind} chart has no axes that a title could name")
    change(editing.deck.package.read(part))  # refuses now what it cannot change later
    _later(editing, index, part, lambda: _replace(editing, part, change))
    editing.told(index, before=before, after=title)


def _plan_kind(editing: Editing, index: int, edit: SetChartKind) -> None:
    part, _ = _plan_change(editing, index, edit.at, "kind")
    package = editing.deck.package
    before = read_chart(package.read(part), part=part, path=package.path)
    change = partial(with_kind, kind=edit.kind, grouping=edit.grouping, part=part, path=package.path)
    after = read_chart(change(package.read(part)), part=part, path=package.path)
    _later(editing, index, part, lambda: _replace(editing, part, change))
    editing.told(index, before=_kind(before), after=_kind(after))


def _kind(view: ChartView) -> str:
    return view.kind if view.grouping == "side_by_side" else f"{view.kind}, {view.grouping}"


def _plan_data(editing: Editing, index: int, edit: SetChartData) -> None:
    part, _ = _plan_change(editing, index, edit.at, "data")
    package = editing.deck.package
    data = package.read(part)
    view = read_chart(data, part=part, path=package.path)
    sheet = sheet_of(view.series)
    series = chart_series(edit.categories, edit.series, sheet=sheet, like=view.series)
    change = partial(with_series, series=series, part=part, path=package.path)
    change(data)  # refuses now what it cannot change later
    book = _book(editing.deck, part, view)
    _refuse_outside(editing.deck, part, view)
    held = None if book is None else package.read(book)
    updated = None if held is None else updated_book(held, series, view.series, sheet=sheet)
    if held is not None and updated is None:
        _refuse_loss(held)
    _later(editing, index, part, lambda: _set_data(editing, index, part, change, series, sheet, (book, updated)))
    editing.told(index, before=_told(view.series), after=_told(series))


def _book(deck: Deck, part: str, view: ChartView) -> str | None:
    """The embedded workbook of a chart; None when it has none."""
    return None if view.workbook_id is None else deck.target(part, view.workbook_id)


def _refuse_outside(deck: Deck, part: str, view: ChartView) -> None:
    """Refuse to let a chart and the file behind it disagree."""
    if view.workbook_id is not None and deck.external_target(part, view.workbook_id) is not None:
        raise UnsupportedEditError(
            "the chart takes its data from another file, and would show that file's values again; change them there, "
            "or break the link in PowerPoint"
        )


def _refuse_loss(book: bytes) -> None:
    count = sheet_count(book)
    if count is not None and count > 1:
        raise UnsupportedEditError(
            f"the chart's workbook has {count} sheets, and the data stand where they cannot be changed in place; "
            "change them in PowerPoint"
        )


def _set_data(
    editing: Editing,
    index: int,
    part: str,
    change: Callable[[bytes], bytes],
    series: Sequence[ChartSeries],
    sheet: str,
    held: tuple[str | None, bytes | None],
) -> None:
    """Write the chart and its workbook; `held` is the workbook's part, and its content where it is changed in place."""
    package = editing.deck.package
    book, updated = held
    _replace(editing, part, change)
    if book is not None and updated is not None:
        package.replace(book, updated)
        return
    made = chart_book(series, sheet=sheet, at=editing.at)
    if book is not None and package.content_type(book) == BOOK_TYPE:
        package.replace(book, made)
        editing.note(index, "The chart's workbook was made anew: formulas and formatting that it had are gone.")
        return
    link = put_book(editing.deck, part, made)
    _replace(editing, part, partial(with_workbook, relationship=link, part=part, path=package.path))
    editing.note(index, "The chart has a new workbook, which Edit Data in PowerPoint opens.")


def _told(series: Sequence[ChartSeries | SeriesView]) -> str:
    """Names and values, as a reader compares them."""
    lines: list[str] = []
    categories = series[0].categories if series else None
    if categories is not None:
        lines.append(", ".join(_word(point) for point in categories.points[:50]))
    lines += [f"{one.name or ''}: {', '.join(_word(point) for point in one.values.points[:50])}" for one in series[:50]]
    return "\n".join(lines)


def _word(point: object) -> str:
    return "" if point is None else f"{point:.10g}" if isinstance(point, float) else str(point)


PLANS: Plans = {
    AddChart: _plan_add,
    SetChartData: _plan_data,
    SetChartTitle: _plan_title,
    SetChartKind: _plan_kind,
}
"""For each edit of `chart_edits` the function that finds its place and says what will be done."""
