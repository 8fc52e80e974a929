"""A new presentation from an outline, on the user's own template or the built-in one.

Slides are made as edits make them: from the template's layouts, their placeholders filled. Text that does not fit is
set smaller within limits, or goes on on another slide; both are told.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from polydesk.core.errors import OfficeError, UsageError
from polydesk.office.ooxml.names import P
from polydesk.office.opc.package import Package
from polydesk.office.pptx.apply import apply_edits
from polydesk.office.pptx.chart_apply import content_box
from polydesk.office.pptx.chart_edits import AddChart
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.deck_filling import Filled, filled
from polydesk.office.pptx.deck_fitting import divided, fit_slides
from polydesk.office.pptx.deck_tables import lay_out_table
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.inheritance import Box, Inheritance
from polydesk.office.pptx.layout_choice import Layouts
from polydesk.office.pptx.new_template import as_presentation, set_properties
from polydesk.office.pptx.object_edits import AddPicture, AddTable, AddTextBox, DeleteShape
from polydesk.office.pptx.outlines import (
    ChartSlide,
    Outline,
    PictureSlide,
    SectionSlide,
    Slide,
    TableSlide,
    TitleSlide,
)
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.slide_edits import AddSection, AddSlide, DeleteSlide, RemoveSection
from polydesk.office.pptx.template import built_in_template
from polydesk.office.pptx.text import body_text
from polydesk.office.results import DEFAULT_AUTHOR

MAX_SLIDES = 500
_ATTEMPTS = 8
_FOOTERS = ("dt", "ftr", "sldNum")
_EDIT = re.compile(r"edit (?P<number>\d+) \(\w+\): ")
"""How an error of an edit begins."""
_Wanted = tuple[Slide | None, Edit]
"""An edit, and the slide of the outline that it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeck:
    """A presentation that was made."""

    data: bytes
    """The file (.pptx; .pptm for a template with macros)."""
    slides: int
    notes: tuple[str, ...]
    """What a reader of the outline should know: what was divided, set smaller, left out, or does not fit."""


def new_deck(
    outline: Outline,
    template: bytes | None = None,
    *,
    pictures: Mapping[str, bytes] | None = None,
    path: str | None = None,
    at: datetime | None = None,
) -> NewDeck:
    """The presentation that `outline` describes.

    `template` is a .potx, .potm, .pptx or .pptm, whose masters, layouts, logos and legal text stay and whose own slides
    go; None is the built-in one. `pictures` are the bytes of those that the outline names; `path` is the template's
    name in errors; `at` dates what is made, None for now. Raises UsageError for an outline without slides,
    UnreadableDocumentError and UnsupportedEditError for a template that cannot be used.
    """
    if not 0 < len(outline.slides) <= MAX_SLIDES:
        raise UsageError(f"the outline has {len(outline.slides)} slides; a deck is made of 1 to {MAX_SLIDES}")
    base = as_presentation(built_in_template() if template is None else template, path=path)
    maker = _Maker(base, pictures or {}, path, (at or datetime.now(UTC)).astimezone(UTC))
    slides: Sequence[Slide] = outline.slides
    notes: list[str] = []
    data = maker.made(slides)
    for _ in range(_ATTEMPTS):
        slides, told = divided(maker.opened(data), slides)
        if not told:
            break
        notes += told
        data = maker.made(slides)
    deck = maker.opened(data)
    notes += [*maker.notes, *fit_slides(deck, slides)]
    set_properties(deck.package, " ".join(slides[0].title.split()), at=maker.at)
    return NewDeck(data=deck.save(), slides=len(slides), notes=tuple(dict.fromkeys(notes)))


class _Maker:
    """Makes the slides of an outline on one template, from the beginning at each call."""

    def __init__(self, base: bytes, pictures: Mapping[str, bytes], path: str | None, at: datetime) -> None:
        self._base, self._pictures, self._path, self.at = base, pictures, path, at
        self.notes: list[str] = []

    def opened(self, data: bytes) -> Deck:
        return Deck(Package.open(data, path=self._path))

    def made(self, slides: Sequence[Slide]) -> bytes:
        """The presentation with these slides and no others."""
        self.notes = []
        deck = self.opened(self._base)
        layouts = Layouts(deck)
        contents = [filled(slide, layouts) for slide in slides]
        edits: list[_Wanted] = [(None, RemoveSection(section=section)) for section in _sections(deck)]
        like = _with_most_footers(deck)
        edits += [
            (slide, AddSlide(layout=content.layout, content=content.texts, notes=slide.notes, after=like))
            for slide, content in zip(slides, contents, strict=True)
        ]
        edits += [(None, DeleteSlide(at=entry.name)) for entry in deck.slides]
        deck = self._applied(deck, edits)
        deck = self._applied(deck, self._objects(deck, slides, contents))
        return self._finished(deck, slides)

    def _applied(self, deck: Deck, wanted: Sequence[_Wanted]) -> Deck:
        """The deck with edits made; an error names the slide of the outline rather than the edit."""
        try:
            apply_edits(deck, [edit for _, edit in wanted], author=DEFAULT_AUTHOR, at=self.at)
        except OfficeError as error:
            match = _EDIT.match(str(error))
            slide = None if match is None else wanted[int(match["number"]) - 1][0]
            if match is not None and slide is not None:
                error.args = (f"the slide {slide.title!r} cannot be made: {str(error)[match.end() :]}",)
            raise
        return self.opened(deck.save())

    def _objects(self, deck: Deck, slides: Sequence[Slide], contents: Sequence[Filled]) -> list[_Wanted]:
        """What comes onto the slides once they are there."""
        return [
            (slide, edit)
            for entry, slide, content in zip(deck.slides, slides, contents, strict=True)
            for edit in self._of_slide(deck, entry, slide, content)
        ]

    def _of_slide(self, deck: Deck, entry: SlideEntry, slide: Slide, content: Filled) -> list[Edit]:
        """What a slide holds besides the text of its placeholders, and where its section begins."""
        found: list[Edit] = []
        if isinstance(slide, SectionSlide):
            found.append(AddSection(at=entry.name, name=slide.title.replace("\n", " ").strip() or "Section"))
        found += self._boxes(deck, entry, slide, content)
        at = _place(deck, entry, content.object_at)
        if isinstance(slide, ChartSlide):
            found.append(_chart(slide, at))
        elif isinstance(slide, TableSlide):
            found.append(AddTable(at=at, rows=slide.rows))
        elif isinstance(slide, PictureSlide):
            found += self._picture(deck, entry, slide, at)
        return found

    def _boxes(self, deck: Deck, entry: SlideEntry, slide: Slide, content: Filled) -> list[Edit]:
        """Text boxes for text that the layout has no placeholder for."""
        if not content.unplaced:
            return []
        self.notes.append(
            f"{slide.title!r}: the template has no layout with places for all its text; it stands in boxes."
        )
        body = content_box(deck, entry.part, Inheritance(deck))
        if isinstance(slide, PictureSlide):
            body = _half(body, right=False)
        height = max(body.y // 2, 400_000)
        title = Box(x=body.x, y=max(body.y - height, 0), width=body.width, height=height)
        boxes = (title, body) if content.without_title else (body,)
        return [
            AddTextBox(at=entry.name, text=text, x=box.x, y=box.y, width=box.width, height=box.height)
            for text, box in zip(content.unplaced, boxes, strict=False)
        ]

    def _picture(self, deck: Deck, entry: SlideEntry, slide: PictureSlide, at: str) -> list[Edit]:
        data = self._pictures.get(slide.picture)
        if data is None:
            self.notes.append(f"{slide.title!r}: the picture {slide.picture!r} was not given and is left out.")
            return []
        given = base64.b64encode(data).decode()
        if slide.bullets and at == entry.name:
            box = _half(content_box(deck, entry.part, Inheritance(deck)), right=True)
            return [AddPicture(at=at, data=given, alt_text=slide.alt_text, x=box.x, y=box.y, width=box.width)]
        return [AddPicture(at=at, data=given, alt_text=slide.alt_text)]

    def _finished(self, deck: Deck, slides: Sequence[Slide]) -> bytes:
        """Take away placeholders that nothing fills, and give tables the room that they have."""
        edits: list[_Wanted] = []
        for entry, slide in zip(deck.slides, slides, strict=True):
            if isinstance(slide, TableSlide):
                lay_out_table(deck, entry)
            unwanted = _empty(deck, entry)
            if isinstance(slide, TitleSlide):
                unwanted += _numbers(deck, entry)
            edits += [(slide, DeleteShape(at=f"{entry.name}/{shape.name}")) for shape in unwanted]
        return self._applied(deck, edits).package.save()


def _half(box: Box, *, right: bool) -> Box:
    """The left or right half of a box, with a gap between them."""
    width = box.width * 12 // 25
    return Box(x=box.x + (box.width - width if right else 0), y=box.y, width=width, height=box.height)


def _sections(deck: Deck) -> list[str]:
    listing = deck.section_list()
    return [] if listing is None else [section.get("id", "") for section in listing]


def _place(deck: Deck, entry: SlideEntry, index: str | None) -> str:
    """The anchor of the placeholder with an index, or of the slide."""
    for shape in deck.shapes(entry.part):
        placeholder = shape.placeholder
        if index is not None and placeholder is not None and placeholder.get("idx", "0") == index:
            return f"{entry.name}/{shape.name}"
    return entry.name


def _chart(slide: ChartSlide, at: str) -> AddChart:
    return AddChart(
        at=at,
        kind=slide.kind,
        grouping=slide.grouping,
        categories=slide.categories,
        series=slide.series,
        category_title=slide.category_title,
        value_title=slide.value_title,
        number_format=slide.number_format,
        legend=slide.legend,
        labels=slide.labels,
        alt_text=slide.alt_text,
    )


def _with_most_footers(deck: Deck) -> str | None:
    """The sample slide that shows most footers: what an organisation wants on its slides, legal text too."""
    counts = {
        entry.name: sum(
            shape.placeholder is not None and shape.placeholder.get("type") in _FOOTERS
            for shape in deck.shapes(entry.part)
        )
        for entry in deck.slides
    }
    return max(counts, key=lambda name: counts[name], default=None)


def _numbers(deck: Deck, entry: SlideEntry) -> list[Shape]:
    """Number and date, which a title slide does without; its footer stays, for it may be legal text."""
    return [
        shape
        for shape in deck.shapes(entry.part)
        if shape.placeholder is not None and shape.placeholder.get("type") in ("sldNum", "dt")
    ]


def _empty(deck: Deck, entry: SlideEntry) -> list[Shape]:
    """Placeholders of a slide that nothing fills: in the show they would be empty, in PowerPoint a prompt."""
    return [
        shape
        for shape in deck.shapes(entry.part)
        if shape.placeholder is not None
        and shape.element.tag == f"{P}sp"
        and shape.placeholder.get("type") not in _FOOTERS
        and not body_text(shape.body).strip()
    ]
