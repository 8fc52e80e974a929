"""The edits of presentations that bench/fidelity and bench/fuzz make, and the members that each may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from bench.file_cases import FileCase, chosen
from polydesk.office.drawing.charts import ChartView
from polydesk.office.edits import TypedEdit
from polydesk.office.files import OfficeFile
from polydesk.office.pptx import chart_edits as chart
from polydesk.office.pptx import object_edits as objects
from polydesk.office.pptx import slide_edits as slides
from polydesk.office.pptx import text_edits as text
from polydesk.office.pptx.views import ParagraphView, PresentationView, ShapeView, SlideView

NEW_TEXT = "Measured text, one line."
_SLIDE = (r"(.*/)?slides/[^/]+\.xml",)
_LINKS = (r"(.*/)?_rels/[^/]+\.rels", r"\[Content_Types\]\.xml", r"docProps/app\.xml")
_DECK = (*_SLIDE, *_LINKS, r"(.*/)?presentation[^/]*\.xml", r"(.*/)?(notesSlides|notesMasters|theme)/[^/]+\.xml")
_COPIES = (
    *_DECK,
    r"(.*/)?(charts|embeddings|diagrams|media|tags|comments|drawings|ink|activeX|customXml|changesInfos)/.*",
)
_COMMENTS = (*_DECK, r"(.*/)?(comments|authors|commentAuthors)[^/]*(/[^/]+)?\.xml")
_CHART = (*_SLIDE, *_LINKS, r"(.*/)?(charts|embeddings)/.*")
_PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def cases(file: OfficeFile, places: int) -> list[FileCase]:
    """Every edit that fits, each at up to `places` places spread over the deck."""
    return list(_cases(cast(PresentationView, file.view()), places))


def edits(view: Any) -> list[TypedEdit]:
    """The edits alone, for a view."""
    return [case.edit for case in _cases(view, 1)]


def _cases(view: PresentationView, places: int) -> Iterator[FileCase]:
    shapes = [(slide, shape) for slide in view.slides for shape in _flat(slide.shapes)]
    paragraphs = [(slide, one) for slide, shape in shapes for one in shape.paragraphs]
    for slide, paragraph in chosen([one for one in paragraphs if one[1].text.strip()], places):
        yield from _texts(slide, paragraph)
    for slide, shape in chosen([one for one in shapes if one[1].paragraphs], places):
        yield _case(text.SetText(at=shape.anchor, text=NEW_TEXT), *_own(slide), shown=_reads(NEW_TEXT))
    for _, shape in chosen(shapes, places):
        yield _case(objects.MoveShape(at=shape.anchor, x=914_400, y=914_400), *_SLIDE)
        yield _case(objects.SetAltText(at=shape.anchor, text=NEW_TEXT), *_SLIDE, shown=_described)
        yield _case(objects.DeleteShape(at=shape.anchor), *_COPIES)
    for slide in chosen(view.slides, places):
        yield from _of_slide(slide)
    yield from _tables(shapes, places)
    yield from _charts(shapes, places)
    for comment in chosen([one for slide in view.slides for one in slide.comments], places):
        yield _case(slides.ReplyComment(comment=comment.id, text=NEW_TEXT), *_COMMENTS)
        yield _case(slides.DeleteComment(comment=comment.id), *_COMMENTS)
    if view.layouts and view.slides:
        add = slides.AddSlide(layout=view.layouts[0].name, content={})
        yield _case(add, *_DECK, shown=lambda file: _count(file) == len(view.slides) + 1)


def _texts(slide: SlideView, paragraph: ParagraphView) -> Iterator[FileCase]:
    part, anchor = _own(slide), paragraph.anchor
    new = paragraph.text + " indeed"
    yield _case(text.ReplaceText(at=anchor, text=new), *part, shown=_reads(new))
    yield _case(text.ReplaceText(at=anchor, text="x", start=0, end=1), *part, how=" span")
    yield _case(text.InsertParagraph(after=anchor, text=NEW_TEXT), *part, shown=_reads(NEW_TEXT))
    yield _case(text.DeleteParagraph(at=anchor), *part)
    yield _case(text.SetLevel(at=anchor, level=2), *part)


def _of_slide(slide: SlideView) -> Iterator[FileCase]:
    at = slide.anchor
    yield _case(text.SetNotes(at=at, text=NEW_TEXT), *_DECK, shown=_noted)
    yield _case(slides.DuplicateSlide(at=at), *_COPIES)
    yield _case(slides.DeleteSlide(at=at), *_COPIES, r".*")
    yield _case(slides.HideSlide(at=at, hidden=not slide.hidden), *_DECK)
    yield _case(slides.AddSection(at=at, name="Measured"), *_DECK)
    yield _case(slides.AddComment(at=at, text=NEW_TEXT), *_COMMENTS)
    box = objects.AddTextBox(at=at, text=NEW_TEXT, x=914_400, y=914_400, width=3_000_000, height=500_000)
    yield _case(box, *_SLIDE, shown=_reads(NEW_TEXT))
    yield _case(objects.AddTable(at=at, rows=(("a", "b"), ("c", "d"))), *_SLIDE, *_LINKS, r"(.*/)?tableStyles\.xml")
    yield _case(objects.AddPicture(at=at, data=_PICTURE, alt_text="A dot"), *_SLIDE, *_LINKS, r"(.*/)?media/.*")
    series = (chart.SeriesData(name="Sales", values=(1.0, 2.0)),)
    yield _case(chart.AddChart(at=at, kind="column", categories=("a", "b"), series=series), *_CHART)


def _tables(shapes: Sequence[tuple[SlideView, ShapeView]], places: int) -> Iterator[FileCase]:
    for _, shape in chosen([one for one in shapes if one[1].rows], places):
        row = shape.rows[0]
        texts = ("New",) * len(shape.columns)
        yield _case(text.SetCell(at=row.cells[0].anchor, text=NEW_TEXT), *_SLIDE)
        yield _case(objects.InsertRow(after=row.anchor, cells=texts), *_SLIDE)
        yield _case(objects.DeleteRow(at=row.anchor), *_SLIDE)
        yield _case(objects.InsertColumn(after=row.cells[0].anchor, cells=("New",) * len(shape.rows)), *_SLIDE)
        yield _case(objects.DeleteColumn(at=row.cells[0].anchor), *_SLIDE)


def _charts(shapes: Sequence[tuple[SlideView, ShapeView]], places: int) -> Iterator[FileCase]:
    for _, shape in chosen([one for one in shapes if isinstance(one[1].chart, ChartView)], places):
        series = (chart.SeriesData(name="Measured", values=(1.0, 2.0)),)
        yield _case(chart.SetChartData(at=shape.anchor, categories=("a", "b"), series=series), *_CHART)
        yield _case(chart.SetChartTitle(at=shape.anchor, title=NEW_TEXT), *_CHART)


def _flat(shapes: Sequence[ShapeView]) -> Iterator[ShapeView]:
    for shape in shapes:
        yield shape
        yield from _flat(shape.shapes)


def _own(slide: SlideView) -> tuple[str, ...]:
    """The slide's part, and those of SmartArt that repeat its words."""
    return (*_SLIDE, r"(.*/)?diagrams/.*")


def _case(edit: TypedEdit, *members: str, how: str = "", shown: Callable[[OfficeFile], bool] | None = None) -> FileCase:
    return FileCase(edit=edit, may_change=members, how=how, shown=shown)


def _reads(words: str) -> Callable[[OfficeFile], bool]:
    def shown(file: OfficeFile) -> bool:
        view = cast(PresentationView, file.view())
        return any(
            paragraph.text == words
            for slide in view.slides
            for shape in _flat(slide.shapes)
            for paragraph in shape.paragraphs
        )

    return shown


def _described(file: OfficeFile) -> bool:
    view = cast(PresentationView, file.view())
    return any(shape.alt_text == NEW_TEXT for slide in view.slides for shape in _flat(slide.shapes))


def _noted(file: OfficeFile) -> bool:
    view = cast(PresentationView, file.view())
    return any(slide.notes is not None and slide.notes.text == NEW_TEXT for slide in view.slides)


def _count(file: OfficeFile) -> int:
    return len(cast(PresentationView, file.view()).slides)
