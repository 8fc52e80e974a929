"""A presentation's view as lines of text that a model and a person can read, each place with its anchor."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.office.drawing.charts import ChartView, Points
from polydesk.office.pptx.views import (
    CellView,
    CommentView,
    LayoutView,
    ParagraphView,
    PresentationView,
    RunView,
    ShapeView,
    SlideView,
)

_POINTS_SHOWN = 24
_PER_CM = 360_000
_FOOTERS = ("dt", "ftr", "sldNum", "hdr")


def lines(view: PresentationView) -> list[str]:
    """The whole presentation; sizes and places are in centimetres from the left and upper edge."""
    return list(_presentation(view))


def _presentation(view: PresentationView) -> Iterator[str]:
    for finding in view.findings:
        yield f"! {finding.text}"
    yield f"{len(view.slides)} slides, {_cm(view.width)} \u00d7 {_cm(view.height)} cm"
    if view.layouts:
        yield "layouts: " + "; ".join(map(_layout, view.layouts))
    section = None
    for slide in view.slides:
        yield ""
        if slide.section is not None and slide.section != section:
            yield f"\u2550\u2550 section {slide.section}"
        section = slide.section
        yield from _slide(slide)


def _layout(layout: LayoutView) -> str:
    places = ", ".join(
        f"{place.type}:{place.index}" if place.index else place.type
        for place in layout.placeholders
        if place.type not in _FOOTERS
    )
    return f"{layout.name} ({places})" if places else layout.name


def _slide(slide: SlideView) -> Iterator[str]:
    marks = [
        f"layout {slide.layout}" if slide.layout else "",
        "hidden" if slide.hidden else "",
        f"transition {slide.transition}" if slide.transition else "",
    ]
    about = "".join(f" \u00b7 {mark}" for mark in marks if mark)
    yield f"\u2500\u2500 Slide {slide.number} [{slide.anchor}]{about}"
    for shape in slide.shapes:
        yield from _shape(shape, "")
    for step in slide.animations:
        yield f"animation: {step.kind} of {step.shape}" + (f", {step.start}" if step.start else "")
    if slide.notes is not None:
        yield f"notes [{slide.notes.anchor}]"
        for paragraph in slide.notes.paragraphs:
            yield from _paragraph(paragraph, "  ")
    for comment in slide.comments:
        yield _comment(comment)


def _shape(shape: ShapeView, indent: str) -> Iterator[str]:
    if shape.placeholder is not None and shape.placeholder.partition(":")[0] in _FOOTERS and not shape.paragraphs:
        return
    what = shape.placeholder or shape.geometry or shape.kind
    if shape.placeholder is not None and shape.kind not in ("shape", "text_box"):
        what = f"{shape.placeholder} {shape.kind}"
    yield f"{indent}{what} [{shape.anchor}]{_place(shape)}{_said(shape)}"
    for paragraph in shape.paragraphs:
        yield from _paragraph(paragraph, indent + "  ")
    for row in shape.rows:
        yield f"{indent}  [{row.anchor}] | " + " | ".join(map(_cell, row.cells)) + " |"
    if shape.chart is not None:
        yield from (f"{indent}  {line}" for line in _chart(shape.chart))
    yield from (f"{indent}  \u25aa {line}" for line in shape.smartart)
    for child in shape.shapes:
        yield from _shape(child, indent + "  ")


def _place(shape: ShapeView) -> str:
    if shape.x is None or shape.y is None:
        return ""
    return f" {_cm(shape.x)},{_cm(shape.y)} {_cm(shape.width or 0)}\u00d7{_cm(shape.height or 0)}"


def _said(shape: ShapeView) -> str:
    facts = [
        f" \u201c{shape.name}\u201d" if shape.name and shape.kind != "shape" and not shape.placeholder else "",
        f" alt: {shape.alt_text}" if shape.alt_text else "",
        " decorative" if shape.decorative else "",
        " hidden" if shape.hidden else "",
        f" link: {shape.link}" if shape.link else "",
        f" {shape.content}" if shape.content else "",
    ]
    return "".join(facts).replace("\n", " ")


def _paragraph(paragraph: ParagraphView, indent: str) -> Iterator[str]:
    text = "".join(map(_run, paragraph.runs)) if paragraph.runs else paragraph.text
    text += "".join(f" [equation {equation}]" for equation in paragraph.equations)
    label = f"{paragraph.label} " if paragraph.label else ""
    first, *others = (label + text).split("\n")
    margin = indent + "  " * paragraph.level
    yield f"{margin}[{paragraph.anchor.rpartition('/')[2]}] {first}".rstrip()
    yield from (f"{margin}  \u21b5 {line}" for line in others)


def _run(run: RunView) -> str:
    text = run.text
    if run.bold and text.strip():
        text = f"**{text}**"
    if run.italic and text.strip():
        text = f"_{text}_"
    if run.link:
        text = f"{text}<{run.link}>"
    return f"{{{run.field}: {text}}}" if run.field else text


def _cell(cell: CellView) -> str:
    if cell.merged:
        return "\u2014"
    spans = f"({cell.columns}\u00d7{cell.rows}) " if (cell.columns, cell.rows) != (1, 1) else ""
    return spans + cell.text.replace("\n", " / ").replace("\v", " ")


def _chart(chart: ChartView) -> Iterator[str]:
    titled = f": {chart.title}" if chart.title else ""
    yield f"{chart.kind} chart{titled}"
    for series in chart.series:
        name = series.name or "series"
        categories = series.categories.points if series.categories is not None else ()
        yield f"{name}: {_points(series.values, categories)}"


def _points(values: Points, categories: tuple[str | float | None, ...]) -> str:
    shown = values.points[:_POINTS_SHOWN]
    named = [
        f"{categories[index]}={_value(value)}" if index < len(categories) else _value(value)
        for index, value in enumerate(shown)
    ]
    more = len(values.points) - len(shown)
    return ", ".join(named) + (f", \u2026 {more} more" if more else "")


def _value(value: str | float | None) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float | int) else value


def _comment(comment: CommentView) -> str:
    about = f" on {comment.anchor}" if comment.anchor else ""
    answers = f", answers {comment.parent}" if comment.parent else ""
    state = ", resolved" if comment.resolved else ""
    words = comment.text.replace("\n", " / ")
    return f"comment {comment.id} ({comment.author or 'unnamed'}{answers}{state}){about}: {words}"


def _cm(emu: int) -> str:
    return f"{emu / _PER_CM:.1f}".removesuffix(".0")
