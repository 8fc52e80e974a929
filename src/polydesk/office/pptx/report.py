"""What is wrong with slides as readers see them: text that overflows, shapes off the slide, contrast, what is missing.

Text is measured by `fit`; where its font is not at hand the sentence says that it is an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal

import msgspec

from polydesk.office.drawing.colours import Colour, contrast, fill_of, hexadecimal
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.package import Package
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.fit import EMU_PER_POINT, Fitting
from polydesk.office.pptx.inheritance import Box, Inheritance, emu
from polydesk.office.pptx.names import A_RPR
from polydesk.office.pptx.shapes import Shape, properties_of
from polydesk.office.pptx.text import body_paragraphs, body_text, pieces
from polydesk.office.pptx.themes import Themes

ProblemKind = Literal[
    "overflow", "too_wide", "off_slide", "overlap", "contrast", "empty_placeholder", "no_title", "no_alt_text"
]
_DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_ABOVE = re.compile(r"/(slideLayouts|slideMasters|theme)/[^/]+\.xml$", re.IGNORECASE)
_FOOTERS = ("dt", "ftr", "sldNum")
_TITLES = ("title", "ctrTitle")
_LEAST_EMU = 4 * EMU_PER_POINT
"""Overflow below this cannot be seen."""
_LARGE_PT, _LARGE_BOLD_PT = 18.0, 14.0
_AA, _AA_LARGE = 4.5, 3.0
"""Least contrast of text, and of large text (WCAG 2.2, 1.4.3)."""


class SlideProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at."""

    kind: ProblemKind
    slide: int
    """Place in the show, from 1."""
    anchor: str
    """Of the shape, or of the slide."""
    text: str
    """A sentence for the reader."""


def slide_problems(data: bytes, *, path: str | None = None) -> list[SlideProblem]:
    """Everything of a presentation that a reader may stumble over, slide by slide."""
    return Report(Deck(Package.open(data, path=path))).problems()


def new_problems(before: bytes, after: bytes) -> list[SlideProblem]:
    """The problems of `after` that `before` did not have, such as those that edits have made.

    Only slides that differ are looked at, unless what they inherit from differs too.
    """
    old, new = (Deck(Package.open(data)) for data in (before, after))
    same = _same_slides(old, new)
    known = {(problem.kind, problem.anchor) for problem in Report(old).problems(but=same)}
    return [problem for problem in Report(new).problems(but=same) if (problem.kind, problem.anchor) not in known]


def _same_slides(old: Deck, new: Deck) -> set[str]:
    """The slides that look as they did: neither they nor any layout, master or theme has changed."""
    above = [part for part in new.package.part_names() if _ABOVE.search(part)]
    if not all(old.package.has(part) and old.package.read(part) == new.package.read(part) for part in above):
        return set()
    parts = {entry.name: entry.part for entry in old.slides}
    return {
        entry.name
        for entry in new.slides
        if entry.name in parts and old.package.read(parts[entry.name]) == new.package.read(entry.part)
    }


class Report:
    """The problems of one deck."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._inheritance = Inheritance(deck)
        self._themes = Themes(deck)
        self._fitting = Fitting(deck, self._inheritance, self._themes)
        size = deck.main.root.find(f"{P}sldSz")
        self._width = emu(size.get("cx")) if size is not None else 0
        self._height = emu(size.get("cy")) if size is not None else 0

    def problems(self, *, but: Collection[str] = ()) -> list[SlideProblem]:
        """Of every slide, shown or hidden, but those of the given names."""
        slides = (entry for entry in self._deck.slides if entry.name not in but)
        return [problem for entry in slides for problem in self._of_slide(entry)]

    def _of_slide(self, entry: SlideEntry) -> Iterator[SlideProblem]:
        shapes = self._deck.shapes(entry.part)
        titles = [shape for shape in shapes if self._type(entry, shape) in _TITLES]
        if not any(body_text(shape.body).strip() for shape in titles):
            yield SlideProblem(
                kind="no_title", slide=entry.number, anchor=entry.name, text="The slide has no title to find it by."
            )
        checks: tuple[Callable[[SlideEntry, Shape], Iterator[tuple[ProblemKind, str]]], ...]
        checks = (self._empty, self._fit, self._off, self._alternative, self._contrast)
        for shape in self._deck.every_shape(entry.part):
            for check in checks:
                for kind, text in check(entry, shape):
                    yield SlideProblem(
                        kind=kind,
                        slide=entry.number,
                        anchor=f"{entry.name}/{shape.name}",
                        text=f"{_name(shape)}: {text}",
                    )
        yield from self._overlaps(entry, shapes)

    def _type(self, entry: SlideEntry, shape: Shape) -> str | None:
        return None if shape.placeholder is None else self._inheritance.placeholder_type(entry.part, shape.element)

    def _empty(self, entry: SlideEntry, shape: Shape) -> Iterator[tuple[ProblemKind, str]]:
        is_text = shape.element.tag == f"{P}sp" and self._type(entry, shape) not in (None, *_FOOTERS)
        if is_text and not body_text(shape.body).strip():
            yield "empty_placeholder", "the placeholder is empty."

    def _fit(self, entry: SlideEntry, shape: Shape) -> Iterator[tuple[ProblemKind, str]]:
        fit = self._fitting.measure(entry.part, shape)
        if fit is None:
            return
        about = " (an estimate, since the font is not at hand)" if fit.estimate else ""
        if fit.overflow_emu > max(_LEAST_EMU, fit.height_emu // 33 if fit.estimate else 0):
            taken, room = fit.height_emu / EMU_PER_POINT, fit.room_emu / EMU_PER_POINT
            yield "overflow", f"its text takes {taken:.0f} points and has {room:.0f}{about}."
        if fit.too_wide_emu > _LEAST_EMU:
            yield "too_wide", f"a word is {fit.too_wide_emu / EMU_PER_POINT:.0f} points too wide for it{about}."

    def _off(self, entry: SlideEntry, shape: Shape) -> Iterator[tuple[ProblemKind, str]]:
        box = self._inheritance.box(entry.part, shape.element)
        if box is None or not self._width or shape not in self._deck.shapes(entry.part):
            return
        table = shape.table
        height = box.height if table is None else max(box.height, self._fitting.table_height(entry.part, table))
        beyond = (-box.x, -box.y, box.x + box.width - self._width, box.y + height - self._height)
        sides = [side for side, by in zip(("left", "top", "right", "bottom"), beyond, strict=True) if by > _LEAST_EMU]
        if sides and (body_text(shape.body).strip() or shape.kind in ("table", "chart", "picture")):
            yield "off_slide", f"it reaches beyond the slide ({', '.join(sides)})."

    def _alternative(self, entry: SlideEntry, shape: Shape) -> Iterator[tuple[ProblemKind, str]]:
        properties = properties_of(shape.element)
        if shape.kind not in ("picture", "chart", "smartart", "object", "media") or properties is None:
            return
        is_decorative = any(mark.get("val") in ("1", "true") for mark in properties.iter(_DECORATIVE))
        if not is_decorative and not properties.get("descr", "").strip():
            yield "no_alt_text", f"the {shape.kind} has no description for readers who do not see it."

    def _contrast(self, entry: SlideEntry, shape: Shape) -> Iterator[tuple[ProblemKind, str]]:
        body = shape.body
        ground = None if body is None else self._ground(entry, shape)
        if body is None or ground is None:
            return
        for paragraph in body_paragraphs(body):
            chain = self._inheritance.paragraph_properties(entry.part, shape.element, paragraph)
            for piece in pieces(paragraph):
                looks = _looks(piece.node.find(A_RPR), chain)
                colour = self._text_colour(entry, shape, looks)
                if not piece.text.strip() or colour is None:
                    continue
                ratio = contrast(colour, ground)
                if ratio < (_AA_LARGE if _is_large(looks) else _AA):
                    yield (
                        "contrast",
                        f"{piece.text.strip()[:40]!r} is {hexadecimal(colour)} on {hexadecimal(ground)}, a contrast of "
                        f"{ratio:.1f} to 1.",
                    )
                    return

    def _text_colour(self, entry: SlideEntry, shape: Shape, looks: Sequence[Element]) -> Colour | None:
        """The colour of text; None for gradients and what else has no one colour."""
        palette = self._themes.palette(entry.part)
        for number, look in enumerate(looks):
            fill = fill_of(look)
            if fill is not None:
                return palette.colour(fill) if fill.tag == f"{A}solidFill" else None
            font = shape.element.find(f"{P}style/{A}fontRef")
            if number == 0 and font is not None and (colour := palette.colour(font)) is not None:
                return colour
        return palette.named("tx1")

    def _ground(self, entry: SlideEntry, shape: Shape) -> Colour | None:
        """The one colour that lies behind a shape's text; None where it is a picture, a gradient or not told."""
        own = self._own_fill(entry, shape)
        if own is not None:
            return own[0]
        box = self._inheritance.box(entry.part, shape.element)
        below = self._deck.shapes(entry.part)
        below = below[: below.index(shape)] if shape in below else []
        for other in reversed(below):
            other_box = self._inheritance.box(entry.part, other.element)
            if box is None or (other_box is not None and _overlap(box, other_box)):
                filled = self._own_fill(entry, other)
                if filled is not None or other.kind not in ("shape", "text_box", "connector"):
                    covers = box is not None and other_box is not None and _covers(other_box, box)
                    return filled[0] if filled is not None and covers else None
        return self._background(entry.part, box)

    def _own_fill(self, entry: SlideEntry, shape: Shape) -> tuple[Colour | None] | None:
        """The shape's fill: one colour, or None in the tuple for one that has no one colour; None for no fill."""
        palette = self._themes.palette(entry.part)
        for element in self._inheritance.chain(entry.part, shape.element):
            fill = fill_of(element.find(f"{P}spPr"))
            if fill is not None:
                if fill.tag == f"{A}noFill":
                    return None
                return (palette.colour(fill) if fill.tag == f"{A}solidFill" else None,)
        style = shape.element.find(f"{P}style/{A}fillRef")
        if style is not None and style.get("idx", "0") != "0":
            return (palette.colour(style),)
        return None

    def _background(self, part: str, box: Box | None) -> Colour | None:
        """The colour of the slide's ground, or its layout's or master's; None for a picture or gradient."""
        palette = self._themes.palette(part)
        layout = self._deck.related(part, "slideLayout")
        for name in (part, layout, self._themes.master(part)):
            if name is None:
                continue
            if name != part and self._is_drawn_upon(name, box):
                return None
            ground = self._deck.part(name).root.find(f"{P}cSld/{P}bg")
            if ground is None:
                continue
            reference = ground.find(f"{P}bgRef")
            if reference is not None:
                return palette.colour(reference) if reference.get("idx", "0") in ("1", "1001") else None
            fill = fill_of(ground.find(f"{P}bgPr"))
            return palette.colour(fill) if fill is not None and fill.tag == f"{A}solidFill" else None
        return palette.named("bg1")

    def _is_drawn_upon(self, part: str, box: Box | None) -> bool:
        """Whether a layout or master draws something where the text stands."""
        for shape in self._deck.shapes(part):
            other = self._inheritance.box(part, shape.element)
            if shape.placeholder is None and box is not None and other is not None and _overlap(box, other):
                return True
        return False

    def _overlaps(self, entry: SlideEntry, shapes: Sequence[Shape]) -> Iterator[SlideProblem]:
        """Shapes with text, or to be looked at, that lie over each other without one holding the other."""
        found: list[tuple[Shape, Box]] = []
        for shape in shapes:
            box = self._inheritance.box(entry.part, shape.element)
            counts = body_text(shape.body).strip() or shape.kind in ("table", "chart", "picture")
            if counts and box is not None and self._type(entry, shape) not in _FOOTERS:
                found.append((shape, box))
        for number, (shape, box) in enumerate(found):
            for other, other_box in found[:number]:
                is_text = bool(body_text(shape.body).strip() and body_text(other.body).strip())
                if is_text and _overlap(box, other_box) and not _covers(other_box, box) and not _covers(box, other_box):
                    yield SlideProblem(
                        kind="overlap",
                        slide=entry.number,
                        anchor=f"{entry.name}/{shape.name}",
                        text=f"{_name(shape)}: it lies over {_name(other)}.",
                    )
                    break


def _looks(own: Element | None, chain: Sequence[Element]) -> list[Element]:
    """What decides on the look of a run, nearest first; a paragraph's own default look is none of it."""
    usual = [
        look for properties in chain if properties.tag != f"{A}pPr" for look in properties.iterchildren(f"{A}defRPr")
    ]
    return usual if own is None else [own, *usual]


def _is_large(looks: Sequence[Element]) -> bool:
    size = next((emu(look.get("sz")) / 100 for look in looks if look.get("sz")), 18.0)
    bold = next((look.get("b") in ("1", "true") for look in looks if look.get("b")), False)
    return size >= _LARGE_PT or (bold and size >= _LARGE_BOLD_PT)


def _overlap(first: Box, second: Box) -> bool:
    """Whether two boxes share more than a strip that cannot be seen."""
    across = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    down = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    return across > 2 * _LEAST_EMU and down > 2 * _LEAST_EMU


def _covers(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x + _LEAST_EMU
        and outer.y <= inner.y + _LEAST_EMU
        and outer.x + outer.width >= inner.x + inner.width - _LEAST_EMU
        and outer.y + outer.height >= inner.y + inner.height - _LEAST_EMU
    )


def _name(shape: Shape) -> str:
    properties = properties_of(shape.element)
    return (properties.get("name") if properties is not None else None) or shape.name
