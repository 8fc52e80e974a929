"""The edits that lead from the shapes of one slide to those of another."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.drawing.charts import ChartView, Points
from polydesk.office.opc.package import Package
from polydesk.office.pptx.chart_edits import SeriesData, SetChartData, SetChartTitle
from polydesk.office.pptx.difference_tables import table_edits
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.object_edits import (
    AddPicture,
    AddTable,
    AddTextBox,
    DeleteShape,
    MoveShape,
    ReplacePicture,
    SetAltText,
)
from polydesk.office.pptx.paragraphs import Line, aligned
from polydesk.office.pptx.paragraphs_of_views import is_writable, written
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.text_edits import DeleteParagraph, InsertParagraph, ReplaceText, SetLevel, SetText
from polydesk.office.pptx.views import ParagraphView, ShapeView, SlideView

_ALIKE = 50.0


def shapes_below(shapes: Sequence[ShapeView]) -> Iterator[ShapeView]:
    """Every shape, those in groups after their group."""
    for shape in shapes:
        yield shape
        yield from shapes_below(shape.shapes)


class ShapeDifferences:
    """Compares shapes; the files are at hand for the bytes of pictures."""

    def __init__(self, a: Presentation, b: Presentation) -> None:
        self._old = Package.open(a.data, path=a.path)
        self._new = Package.open(b.data, path=b.path)

    def of_slide(self, old: SlideView, new: SlideView) -> Iterator[Edit]:
        """The edits of one slide's shapes."""
        yield from self._of_shapes(old, old.shapes, new.shapes)

    def _of_shapes(self, slide: SlideView, old: Sequence[ShapeView], new: Sequence[ShapeView]) -> Iterator[Edit]:
        pairs, gone, made = _paired(old, new)
        for one, two in pairs:
            yield from self._of_shape(slide, one, two)
        for shape in made:
            place = next((item for item in gone if _fills(item, shape)), None)
            if place is not None:
                gone.remove(place)
            yield from self._new_shape(slide, shape, place)
        for shape in gone:
            yield DeleteShape(at=shape.anchor)

    def _of_shape(self, slide: SlideView, old: ShapeView, new: ShapeView) -> Iterator[Edit]:
        grown = len(old.rows) != len(new.rows)  # A table's height follows its rows.
        if _box(old)[: 3 if grown else 4] != _box(new)[: 3 if grown else 4] and None not in _box(new):
            yield MoveShape(at=old.anchor, x=new.x, y=new.y, width=new.width, height=None if grown else new.height)
        picture = self._picture(new) if new.kind == "picture" and self._image(old) != self._image(new) else None
        if picture is not None:
            yield ReplacePicture(at=old.anchor, data=picture)
        if (old.alt_text or "") != (new.alt_text or ""):
            yield SetAltText(at=old.anchor, text=new.alt_text or "")
        yield from text_edits(old, new)
        if old.rows and new.rows:
            yield from table_edits(old, new)
        if old.chart is not None and new.chart is not None:
            yield from _chart_edits(old.anchor, old.chart, new.chart)
        yield from self._of_shapes(slide, old.shapes, new.shapes)

    def _new_shape(self, slide: SlideView, shape: ShapeView, place: ShapeView | None) -> Iterator[Edit]:
        x, y, width, height = (value or 0 for value in _box(shape))
        at = slide.anchor if place is None else place.anchor
        if shape.kind == "picture" and (data := self._picture(shape)) is not None:
            if place is not None:
                yield AddPicture(at=at, data=data, alt_text=shape.alt_text or "")
            else:
                yield AddPicture(at=at, data=data, alt_text=shape.alt_text or "", x=x, y=y, width=width, height=height)
        elif shape.kind == "table":
            rows = tuple(tuple(cell.text for cell in row.cells) for row in shape.rows)
            yield AddTable(at=at, rows=rows) if place is not None else AddTable(at=at, rows=rows, x=x, y=y, width=width)
        elif shape.kind == "text_box" and is_writable(shape.paragraphs):
            yield AddTextBox(at=at, text=written(shape.paragraphs), x=x, y=y, width=width, height=height)

    def _image(self, shape: ShapeView) -> bytes | None:
        package = self._old if shape.content and self._old.has(shape.content) else self._new
        return self._bytes(package, shape)

    def _picture(self, shape: ShapeView) -> str | None:
        data = self._bytes(self._new, shape)
        return None if data is None else base64.b64encode(data).decode()

    def _bytes(self, package: Package, shape: ShapeView) -> bytes | None:
        try:
            return None if shape.content is None or not package.has(shape.content) else package.read(shape.content)
        except UnreadableDocumentError:
            return None


def text_edits(old: ShapeView, new: ShapeView) -> Iterator[Edit]:
    """The edits that make a shape's paragraphs read as another's."""
    before, after = old.paragraphs, new.paragraphs
    if written(before) == written(after):
        return
    if len(before) != len(after) and is_writable(after) and after:
        yield SetText(at=old.anchor, text=written(after))
    else:
        yield from paragraph_edits(before, after)


def paragraph_edits(before: Sequence[ParagraphView], after: Sequence[ParagraphView]) -> Iterator[Edit]:
    """The edits of single paragraphs that lead from one text to another."""
    lines = [Line(text=paragraph.text, level=paragraph.level) for paragraph in after]
    last: str | None = None
    waiting: list[Line] = []
    for at, line in aligned([paragraph.text for paragraph in before], lines):
        if at is None:
            assert line is not None
            if last is None:
                waiting.append(line)
            else:
                yield InsertParagraph(after=last, text=line.text, level=line.level)
            continue
        paragraph = before[at]
        last = paragraph.anchor
        for early in waiting:
            yield InsertParagraph(before=last, text=early.text, level=early.level)
        waiting = []
        if line is None:
            yield DeleteParagraph(at=paragraph.anchor)
            continue
        if line.text != paragraph.text:
            yield ReplaceText(at=paragraph.anchor, text=line.text)
        if line.level != paragraph.level:
            yield SetLevel(at=paragraph.anchor, level=line.level)


def _paired(
    old: Sequence[ShapeView], new: Sequence[ShapeView]
) -> tuple[list[tuple[ShapeView, ShapeView]], list[ShapeView], list[ShapeView]]:
    """Shapes that are the same, those of `old` that are gone, and those of `new` that came; in the order of `new`."""
    gone = list(old)
    pairs: dict[int, ShapeView] = {}
    for is_same in (_same_id, _same_name, _same_text):
        for at, shape in enumerate(new):
            if at in pairs:
                continue
            found = next((item for item in gone if item.kind == shape.kind and is_same(item, shape)), None)
            if found is not None:
                gone.remove(found)
                pairs[at] = found
    made = [shape for at, shape in enumerate(new) if at not in pairs]
    return [(pairs[at], new[at]) for at in sorted(pairs)], gone, made


def _same_id(one: ShapeView, two: ShapeView) -> bool:
    return _id(one) == _id(two) and one.placeholder == two.placeholder


def _same_name(one: ShapeView, two: ShapeView) -> bool:
    return bool(one.name) and one.name == two.name and one.placeholder == two.placeholder


def _same_text(one: ShapeView, two: ShapeView) -> bool:
    if one.placeholder != two.placeholder:
        return False
    return fuzz.ratio(written(one.paragraphs), written(two.paragraphs)) >= _ALIKE or _box(one) == _box(two)


def _fills(place: ShapeView, shape: ShapeView) -> bool:
    """Whether a shape fills what was an empty placeholder."""
    return (
        place.placeholder is not None
        and place.placeholder == shape.placeholder
        and not written(place.paragraphs).strip()
        and shape.kind in ("picture", "table")
    )


def _chart_edits(at: str, old: ChartView, new: ChartView) -> Iterator[Edit]:
    if (old.title or "") != (new.title or ""):
        yield SetChartTitle(at=at, title=new.title or "")
    if _data(old) != _data(new) and new.series:
        first = new.series[0].categories
        series = tuple(SeriesData(name=item.name or "", values=_numbers(item.values)) for item in new.series)
        yield SetChartData(at=at, categories=_categories(first), series=series)


def _data(chart: ChartView) -> list[object]:
    return [(item.name, item.values.points, item.categories and item.categories.points) for item in chart.series]


def _numbers(values: Points) -> tuple[float | None, ...]:
    return tuple(float(value) if isinstance(value, float | int) else None for value in values.points)


def _categories(points: Points | None) -> tuple[str | float, ...]:
    return () if points is None else tuple("" if point is None else point for point in points.points)


def _id(shape: ShapeView) -> str:
    return shape.anchor.rpartition("/")[2].partition("~")[0]


def _box(shape: ShapeView) -> tuple[int | None, int | None, int | None, int | None]:
    return shape.x, shape.y, shape.width, shape.height
