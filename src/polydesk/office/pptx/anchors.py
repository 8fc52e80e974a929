"""Anchors: what places are called, what they were seen to hold, and the way back to them.

`s256` is the slide with that id; `s256/sh4` a shape by its id; `s256/sh4/p2` its second paragraph; `s256/sh5/r1/c2` a
table cell, `…/c2/p1` a paragraph in it; `s256/notes` the notes. Behind `~` stand eight digits of what was seen there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NoReturn

from polydesk.core.errors import AnchorNotFoundError
from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.names import A_P
from polydesk.office.pptx.shapes import Shape, properties_of
from polydesk.office.pptx.text import body_paragraphs, level_of, paragraph_text

Level = Literal["slide", "notes", "shape", "row", "cell", "paragraph"]
_ANCHOR = re.compile(
    r"(?P<slide>s[0-9]{1,10}(?:\.[0-9]{1,4})?)(?P<notes>/notes)?(?:/(?P<shape>sh[0-9]{1,10}(?:\.[0-9]{1,4})?))?"
    r"(?:/r(?P<row>[0-9]{1,6})(?:/c(?P<cell>[0-9]{1,6}))?)?(?:/p(?P<paragraph>[0-9]{1,7}))?(?:~(?P<hash>[0-9a-f]{8}))?"
)
_WORDS: dict[Level, str] = {
    "slide": "slide",
    "notes": "slide's notes",
    "shape": "shape",
    "row": "table row",
    "cell": "table cell",
    "paragraph": "paragraph",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that an anchor names."""

    level: Level
    slide: SlideEntry
    part: XmlPart
    """The part that holds it: the slide's or its notes page's."""
    element: Element
    """The paragraph, `a:tc`, `a:tr`, shape, or the root of the slide."""
    shape: Shape | None = None
    """The shape around it or itself; None for a slide."""
    in_notes: bool = False


def digest(seen: Iterable[str]) -> str:
    """Eight hexadecimal digits of what was seen."""
    text = "\x1e".join(seen)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def paragraph_hash(paragraph: Element) -> str:
    """Of the paragraph's level and text."""
    return digest([_seen_paragraph(paragraph)])


def cell_hash(cell: Element) -> str:
    """Of the cell's paragraphs and of how it is merged."""
    return digest(_seen_cell(cell))


def row_hash(row: Element) -> str:
    """Of the row's cells."""
    return digest(part for cell in row.iterchildren(f"{A}tc") for part in ("cell", *_seen_cell(cell)))


def shape_hash(element: Element) -> str:
    """Of the shape's name, alternative text, place, size and text."""
    return digest(_seen_shape(element))


def slide_hash(root: Element) -> str:
    """Of every shape of the slide and of whether it is hidden."""
    tags = ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")
    shapes = root.iter(*(f"{{*}}{tag}" for tag in tags))
    return digest([root.get("show", "1"), *(part for shape in shapes for part in ("shape", *_seen_shape(shape)))])


def notes_hash(body: Element | None) -> str:
    """Of the paragraphs of the notes; of nothing when there are none."""
    return digest([] if body is None else [_seen_paragraph(paragraph) for paragraph in body_paragraphs(body)])


def find_place(deck: Deck, anchor: str, *levels: Level) -> Place:
    """The place that `anchor` names, which must be of one of the `levels`.

    Raises AnchorNotFoundError when it is none of them, is gone, or holds something else now.
    """
    match = _ANCHOR.fullmatch(anchor)
    if match is None or _level(match) not in levels:
        wanted = " or ".join(_WORDS[level] for level in levels)
        raise AnchorNotFoundError(
            f"{anchor!r} is no anchor of a {wanted}; take one from `polydesk show`", path=deck.package.path
        )
    return _Finder(deck, anchor, match).place()


def notes_shape(deck: Deck, notes_part: str) -> Shape | None:
    """The shape of a notes page that holds the notes; None when it has none."""
    shapes = deck.every_shape(notes_part)
    for shape in shapes:
        placeholder = shape.placeholder
        if placeholder is not None and placeholder.get("type") == "body":
            return shape
    return None


def _level(match: re.Match[str]) -> Level:
    for group in ("paragraph", "cell", "row", "shape"):
        if match[group] is not None:
            return group  # pyright: ignore[reportReturnType]  # the groups are named like the levels
    return "notes" if match["notes"] else "slide"


class _Finder:
    """One anchor on its way to its place."""

    def __init__(self, deck: Deck, anchor: str, match: re.Match[str]) -> None:
        self._deck, self._anchor, self._match = deck, anchor, match
        self._level: Level = _level(match)

    def place(self) -> Place:
        entry = self._deck.slide(self._match["slide"])
        part = entry.part
        if self._match["notes"]:
            notes = self._deck.notes_part(entry.part)
            if notes is None:
                return self._without_notes(entry)
            part = notes
        opened = self._deck.part(part)
        shape = self._shape(part)
        element = opened.root if shape is None else self._inside(shape)
        self._check(element, shape)
        return Place(
            level=self._level,
            slide=entry,
            part=opened,
            element=element,
            shape=shape,
            in_notes=bool(self._match["notes"]),
        )

    def _without_notes(self, entry: SlideEntry) -> Place:
        """The notes of a slide that has none yet can be written, and nothing else."""
        if self._level != "notes":
            self._gone()
        if self._match["hash"] not in (None, notes_hash(None)):
            self._changed()
        slide = self._deck.part(entry.part)
        return Place(level="notes", slide=entry, part=slide, element=slide.root, in_notes=True)

    def _shape(self, part: str) -> Shape | None:
        if self._match["shape"] is None:
            return notes_shape(self._deck, part) if self._match["notes"] else self._none_below()
        for shape in self._deck.every_shape(part):
            if shape.name == self._match["shape"]:
                return shape
        return self._gone()

    def _none_below(self) -> None:
        if self._level != "slide":
            self._gone()

    def _inside(self, shape: Shape) -> Element:
        if self._level in ("shape", "notes"):
            return shape.element
        if self._match["row"] is None:
            return self._paragraph(shape.body)
        table = shape.table
        row = _nth([] if table is None else list(table.iterchildren(f"{A}tr")), self._match["row"])
        if row is None or self._level == "row":
            return self._gone() if row is None else row
        cell = _nth(list(row.iterchildren(f"{A}tc")), self._match["cell"])
        if cell is None or self._level == "cell":
            return self._gone() if cell is None else cell
        return self._paragraph(cell.find(f"{A}txBody"))

    def _paragraph(self, body: Element | None) -> Element:
        found = _nth([] if body is None else body_paragraphs(body), self._match["paragraph"])
        return self._gone() if found is None else found

    def _check(self, element: Element, shape: Shape | None) -> None:
        wanted = self._match["hash"]
        if wanted is None:
            return
        if self._level == "notes":
            now = notes_hash(None if shape is None else shape.body)
        else:
            now = _HASHES[self._level](element)
        if wanted != now:
            self._changed()

    def _gone(self) -> NoReturn:
        raise AnchorNotFoundError(
            f"there is no {_WORDS[self._level]} at {self._anchor}: the presentation has changed; read it again with "
            "`polydesk show`",
            path=self._deck.package.path,
        )

    def _changed(self) -> NoReturn:
        raise AnchorNotFoundError(
            f"the {_WORDS[self._level]} at {self._anchor} no longer holds what the anchor saw: the presentation has "
            "changed; read it again with `polydesk show`",
            path=self._deck.package.path,
        )


_HASHES = {
    "slide": slide_hash,
    "shape": shape_hash,
    "row": row_hash,
    "cell": cell_hash,
    "paragraph": paragraph_hash,
}


def _seen_paragraph(paragraph: Element) -> str:
    return f"{level_of(paragraph)}\x1f{paragraph_text(paragraph)}"


def _seen_cell(cell: Element) -> list[str]:
    body = cell.find(f"{A}txBody")
    merged = " ".join(cell.get(name, "") for name in ("gridSpan", "rowSpan", "hMerge", "vMerge"))
    return [merged, *(_seen_paragraph(paragraph) for paragraph in ([] if body is None else body_paragraphs(body)))]


def _seen_shape(element: Element) -> list[str]:
    properties = properties_of(element)
    named = [] if properties is None else [properties.get(name, "") for name in ("id", "name", "descr", "hidden")]
    place = next(element.iterfind("{*}spPr/{*}xfrm"), None)
    if place is None:
        place = next(element.iterfind("{*}grpSpPr/{*}xfrm"), None)
    if place is None:
        place = next(element.iterfind("{*}xfrm"), None)
    numbers = [] if place is None else [str(value) for node in place.iter("*") for value in node.attrib.values()]
    return [*named, *numbers, *(_seen_paragraph(paragraph) for paragraph in element.iter(A_P))]


def _nth(elements: list[Element], number: str | None) -> Element | None:
    place = int(number or "0")
    return elements[place - 1] if 0 < place <= len(elements) else None
