"""Which layout each slide of an outline is made from, and which text goes into which of its placeholders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from polydesk.office.pptx.layout_choice import LayoutPlaces, Layouts, Place
from polydesk.office.pptx.outlines import (
    BulletsSlide,
    ChartSlide,
    ClosingSlide,
    ColumnsSlide,
    PictureSlide,
    QuoteSlide,
    SectionSlide,
    Slide,
    TableSlide,
    TitleSlide,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A slide on its layout."""

    layout: str
    """The layout's part."""
    texts: dict[str, str]
    """By the index of the placeholder."""
    unplaced: tuple[str, ...] = ()
    """Text that the layout has no placeholder for: it goes into text boxes."""
    without_title: bool = False
    """Whether the first of `unplaced` is the title."""
    object_at: str | None = None
    """Index of the placeholder that the chart, table or picture fills; None puts it on the slide."""


def filled(slide: Slide, layouts: Layouts) -> Filled:
    """The slide on the layout that suits it best."""
    match slide:
        case TitleSlide():
            return _with_text(slide.title, slide.subtitle, layouts.first("title", "title_only"))
        case SectionSlide():
            return _with_text(slide.title, slide.text, layouts.first("section", "title"))
        case ClosingSlide():
            return _with_text(slide.title, slide.text, layouts.first("closing", "title", "section"))
        case BulletsSlide():
            return _with_text(slide.title, _lines(slide.bullets), layouts.first("content", "title_only"))
        case ColumnsSlide():
            return _columns(slide, layouts)
        case TableSlide() | ChartSlide():
            return _object(slide.title, layouts)
        case PictureSlide():
            return _picture(slide, layouts)
        case QuoteSlide():
            return _quote(slide, layouts)
        case _:
            assert_never(slide)


def _filled(layout: LayoutPlaces, *pairs: tuple[Place | None, str | None], object_at: str | None = None) -> Filled:
    """The slide with each text in its place, or else among those that find none."""
    found = [(place, text) for place, text in pairs if text]
    return Filled(
        layout=layout.part,
        texts={place.index: text for place, text in found if place is not None},
        unplaced=tuple(text for place, text in found if place is None),
        without_title=pairs[0][0] is None,
        object_at=object_at,
    )


def _with_text(title: str, text: str | None, layout: LayoutPlaces) -> Filled:
    return _filled(layout, (layout.title, _one(title)), (layout.largest, text))


def _object(title: str, layouts: Layouts) -> Filled:
    """Into the one placeholder that takes anything; a layout that has more would show an empty one."""
    layout = layouts.first("content", "title_only")
    place = layout.largest
    at = place.index if place is not None and place.type in ("obj", "body") else None
    return _filled(layout, (layout.title, _one(title)), object_at=at)


def _columns(slide: ColumnsSlide, layouts: Layouts) -> Filled:
    has_headings = bool(slide.left_heading or slide.right_heading)
    layout = layouts.choose("comparison") if has_headings else None
    layout = layout or layouts.choose("columns")
    pair = None if layout is None else layout.pair()
    if layout is None or pair is None:
        return _one_below_the_other(slide, layouts)
    left, right = _lines(slide.left), _lines(slide.right)
    above = [layout.heading_above(place) for place in pair] if has_headings else [None, None]
    headings = [(above[0], slide.left_heading), (above[1], slide.right_heading)]
    if above[0] is None and slide.left_heading:
        left = _under(slide.left_heading, slide.left)
    if above[1] is None and slide.right_heading:
        right = _under(slide.right_heading, slide.right)
    with_place = ((place, heading) for place, heading in headings if place is not None)
    return _filled(layout, (layout.title, _one(slide.title)), *with_place, (pair[0], left), (pair[1], right))


def _one_below_the_other(slide: ColumnsSlide, layouts: Layouts) -> Filled:
    halves = (slide.left_heading, slide.left), (slide.right_heading, slide.right)
    text = "\n".join(_under(heading, lines) if heading else _lines(lines) for heading, lines in halves)
    return _with_text(slide.title, text, layouts.first("content", "title_only"))


def _picture(slide: PictureSlide, layouts: Layouts) -> Filled:
    """Beside text on the layout that gives it more room: Office's own layout for pictures has place for a caption."""
    title = _one(slide.title)
    if not slide.bullets:
        layout = layouts.first("content", "title_only")
        place = layout.largest
        return _filled(
            layout, (layout.title, title), object_at=place.index if place is not None and place.type == "obj" else None
        )
    text = _lines(slide.bullets)
    framed, columns = layouts.choose("picture"), layouts.choose("columns")
    pair = None if columns is None else columns.pair()
    if columns is not None and pair is not None and not _has_more_room(framed, pair[0]):
        return _filled(columns, (columns.title, title), (pair[0], text), object_at=pair[1].index)
    if framed is not None:
        return _filled(framed, (framed.title, title), (framed.largest, text), object_at=framed.pictures[0].index)
    layout = layouts.first("title_only", "content")
    return _filled(layout, (layout.title, title), (None, text))


def _has_more_room(layout: LayoutPlaces | None, place: Place) -> bool:
    """Whether the layout's text has nearly the room of `place`."""
    largest = None if layout is None else layout.largest
    return largest is not None and largest.area > 0.8 * place.area


def _quote(slide: QuoteSlide, layouts: Layouts) -> Filled:
    """On a layout for quotations its title is what was said, and the slide's own title stands below with the source."""
    layout = layouts.choose("quote")
    words = "\u201c" + slide.quote.strip().strip('\u201c\u201d"') + "\u201d"
    if layout is not None:
        below = " \u2014 ".join(part for part in (slide.title.strip(), slide.source) if part)
        return _filled(layout, (layout.title, words), (layout.largest, below or None))
    text = words if slide.source is None else f"{words}\n\u2014 {slide.source}"
    return _with_text(slide.title, text, layouts.first("content", "title_only"))


def _under(heading: str, lines: tuple[str, ...]) -> str:
    return _lines((heading, *("\t" + line for line in lines)))


def _lines(lines: tuple[str, ...]) -> str:
    """Paragraphs; a line end inside one is a line break."""
    return "\n".join(line.replace("\r\n", "\n").replace("\n", "\v") for line in lines)


def _one(title: str) -> str:
    """A title in one paragraph."""
    return title.strip().replace("\r\n", "\n").replace("\n", "\v")
