"""The view of a presentation: everything a reader sees, slide by slide, with anchors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.drawing.chart_read import read_chart
from polydesk.office.drawing.charts import ChartView
from polydesk.office.ooxml.names import MC, A, P, local_name
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.findings import Finding
from polydesk.office.pptx.anchors import notes_hash, notes_shape, shape_hash, slide_hash
from polydesk.office.pptx.animations import steps_of
from polydesk.office.pptx.comments import comment_views
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.inheritance import Inheritance, emu
from polydesk.office.pptx.names import ADEC, P14, R_EMBED, R_ID, R_LINK
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.read_text import TextReader
from polydesk.office.pptx.shapes import Shape, all_shapes, properties_of
from polydesk.office.pptx.smartart import smartart_lines
from polydesk.office.pptx.text import paragraph_text
from polydesk.office.pptx.views import (
    AnimationView,
    FindingView,
    LayoutView,
    NotesView,
    PlaceholderView,
    PresentationView,
    SectionView,
    ShapeView,
    SlideView,
)

_TRUE = ("1", "true", "on")
_TITLES = frozenset({"title", "ctrTitle"})
_FILMS = ("videoFile", "audioFile", "quickTimeFile", "wavAudioFile")


def read_presentation(deck: Deck, data: bytes, found: Sequence[Finding]) -> PresentationView:
    """The whole view. `data` is the file itself, for its hash; `found` are its findings."""
    return _Reader(deck).presentation(data, found)


def sections_of(deck: Deck) -> tuple[SectionView, ...]:
    """The sections of the slide list, with the names of their slides."""
    listing = deck.section_list()
    sections = [] if listing is None else listing.findall(f"{P14}section")
    names = {str(entry.id): entry.name for entry in reversed(deck.slides)}
    return tuple(
        SectionView(
            id=section.get("id", ""),
            name=section.get("name", ""),
            slides=tuple(
                names[id.get("id", "")]
                for id in section.iterfind(f"{P14}sldIdLst/{P14}sldId")
                if id.get("id", "") in names
            ),
        )
        for section in sections
    )


class _Reader:
    """Reads one deck; what layouts and masters say is kept between slides."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._inheritance = Inheritance(deck)

    def presentation(self, data: bytes, found: Sequence[Finding]) -> PresentationView:
        size = self._deck.main.root.find(f"{P}sldSz")
        sections = sections_of(self._deck)
        section_of = {name: section.name for section in sections for name in section.slides}
        shows = self._deck.main.root.iterfind(f"{P}custShowLst/{P}custShow")
        return PresentationView(
            sha256=hashlib.sha256(data).hexdigest(),
            width=0 if size is None else emu(size.get("cx")),
            height=0 if size is None else emu(size.get("cy")),
            slides=tuple(self._slide(entry, section_of.get(entry.name)) for entry in self._deck.slides),
            sections=sections,
            layouts=tuple(self._layout(part) for part in self._deck.layouts()),
            shows=tuple(show.get("name", "") for show in shows),
            findings=tuple(
                FindingView(kind=item.kind, text=item.text, part=item.part, blocks_edit=item.blocks_edit)
                for item in found
            ),
        )

    def _slide(self, entry: SlideEntry, section: str | None) -> SlideView:
        root = self._deck.part(entry.part).root
        text = TextReader(self._deck, self._inheritance, entry.part)
        shapes = self._deck.shapes(entry.part)
        return SlideView(
            anchor=f"{entry.name}~{slide_hash(root)}",
            number=entry.number,
            part=entry.part,
            layout=self._deck.layout_name(self._deck.related(entry.part, "slideLayout")),
            title=self._title(entry.part),
            hidden=root.get("show", "1") not in _TRUE,
            section=section,
            shapes=tuple(self._shape(entry.part, shape, entry.name, text) for shape in shapes),
            notes=self._notes(entry),
            comments=comment_views(self._deck, entry),
            transition=_transition(root),
            animations=self._animations(entry, root),
        )

    def _title(self, part: str) -> str | None:
        for shape in all_shapes(self._deck.shapes(part)):
            placeholder, body = shape.placeholder, shape.body
            if placeholder is not None and placeholder.get("type") in _TITLES and body is not None:
                return " ".join(map(paragraph_text, body.iterchildren(f"{A}p"))).replace("\n", " ").strip()
        return None

    def _shape(self, part: str, shape: Shape, slide: str, text: TextReader) -> ShapeView:
        element, place = shape.element, f"{slide}/{shape.name}"
        properties = properties_of(element)
        box = self._inheritance.box(part, element)
        said: dict[str, str] = {} if properties is None else {str(k): str(v) for k, v in properties.attrib.items()}
        return ShapeView(
            anchor=f"{place}~{shape_hash(element)}",
            kind=shape.kind,
            name=said.get("name", ""),
            placeholder=self._placeholder(part, shape),
            x=None if box is None else box.x,
            y=None if box is None else box.y,
            width=None if box is None else box.width,
            height=None if box is None else box.height,
            rotation=_rotation(element),
            geometry=_geometry(element),
            alt_text=said.get("descr", "") or None,
            alt_title=said.get("title", "") or None,
            decorative=_is_decorative(properties),
            hidden=said.get("hidden") in _TRUE,
            link=None if properties is None else text.link(properties.find(f"{A}hlinkClick")),
            paragraphs=text.paragraphs(shape, shape.body, place),
            rows=text.rows(shape, place),
            columns=() if shape.table is None else _columns(shape.table),
            chart=self._chart(part, shape),
            smartart=smartart_lines(self._deck, part, element),
            content=self._content(part, shape),
            shapes=tuple(self._shape(part, child, slide, text) for child in shape.children),
        )

    def _placeholder(self, part: str, shape: Shape) -> str | None:
        placeholder = shape.placeholder
        if placeholder is None:
            return None
        type, index = self._inheritance.placeholder_type(part, shape.element) or "obj", placeholder.get("idx", "0")
        return type if index == "0" else f"{type}:{index}"

    def _chart(self, part: str, shape: Shape) -> ChartView | None:
        if shape.kind != "chart":
            return None
        reference = next(shape.element.iterfind(f"{A}graphic/{A}graphicData/*"), None)
        chart = None if reference is None else self._deck.target(part, reference.get(R_ID))
        if chart is None:
            return None
        try:
            return read_chart(self._deck.package.read(chart), part=chart, path=self._deck.package.path)
        except UnreadableDocumentError:
            return ChartView(kind="damaged")

    def _content(self, part: str, shape: Shape) -> str | None:
        if shape.kind == "object":
            reference = next(shape.element.iter(f"{P}oleObj"), None)
            return self._led_to(part, None if reference is None else reference.get(R_ID))
        if shape.kind == "media":
            film = next(shape.element.iter(*(f"{A}{name}" for name in _FILMS)), None)
            return self._led_to(part, None if film is None else film.get(R_LINK) or film.get(R_EMBED))
        blip = next(shape.element.iterfind(f"{P}blipFill/{A}blip"), None)
        return None if blip is None else self._led_to(part, blip.get(R_EMBED) or blip.get(R_LINK))

    def _led_to(self, part: str, id: str | None) -> str | None:
        return self._deck.target(part, id) or self._deck.external_target(part, id)

    def _notes(self, entry: SlideEntry) -> NotesView | None:
        part = self._deck.notes_part(entry.part)
        shape = None if part is None else notes_shape(self._deck, part)
        if part is None or shape is None:
            return None
        text = TextReader(self._deck, self._inheritance, part)
        prefix = f"{entry.name}/notes"
        return NotesView(
            anchor=f"{prefix}~{notes_hash(shape.body)}", paragraphs=text.paragraphs(shape, shape.body, prefix)
        )

    def _animations(self, entry: SlideEntry, root: Element) -> tuple[AnimationView, ...]:
        known = {shape.name for shape in self._deck.every_shape(entry.part)}
        return tuple(
            AnimationView(kind=kind, shape=f"{entry.name}/sh{id}" if f"sh{id}" in known else id, start=start)
            for kind, id, start in steps_of(root)
        )

    def _layout(self, part: str) -> LayoutView:
        found: list[PlaceholderView] = []
        for shape in self._deck.every_shape(part):
            placeholder, properties = shape.placeholder, properties_of(shape.element)
            if placeholder is None:
                continue
            box = self._inheritance.box(part, shape.element)
            written = placeholder.get("idx", "0")
            found.append(
                PlaceholderView(
                    index=whole(written),
                    type=self._inheritance.placeholder_type(part, shape.element) or "obj",
                    name="" if properties is None else properties.get("name", ""),
                    x=None if box is None else box.x,
                    y=None if box is None else box.y,
                    width=None if box is None else box.width,
                    height=None if box is None else box.height,
                )
            )
        return LayoutView(name=self._deck.layout_name(part) or "", part=part, placeholders=tuple(found))


def _transition(root: Element) -> str | None:
    """The name of the transition's effect; newer effects stand in an alternative beside a plain fallback."""
    found = next(root.iterfind(f"{P}transition"), None)
    if found is None:
        found = next(root.iterfind(f"{MC}AlternateContent/{MC}Choice/{P}transition"), None)
    if found is None:
        return None
    effects = (local_name(child.tag) for child in found.iterchildren("*"))
    return next((name for name in effects if name not in ("sndAc", "extLst")), "none")


def _rotation(element: Element) -> float:
    transform = next(element.iterfind("{*}spPr/{*}xfrm"), None)
    return 0.0 if transform is None else emu(transform.get("rot")) / 60_000


def _geometry(element: Element) -> str | None:
    form = element.find(f"{P}spPr/{A}prstGeom")
    name = None if form is None else form.get("prst")
    if form is None and element.find(f"{P}spPr/{A}custGeom") is not None:
        return "custom"
    return None if name == "rect" else name


def _columns(table: Element) -> tuple[int, ...]:
    return tuple(emu(column.get("w")) for column in table.iterfind(f"{A}tblGrid/{A}gridCol"))


def _is_decorative(properties: Element | None) -> bool:
    mark = None if properties is None else next(properties.iter(f"{ADEC}decorative"), None)
    return mark is not None and mark.get("val", "1") in _TRUE
