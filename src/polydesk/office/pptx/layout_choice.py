"""Which of a template's layouts a slide is made from, and which of its placeholders take what.

Types say what a layout is for (ISO/IEC 29500-1, 19.7.15); where a template has none of a kind, placeholders decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Box, Inheritance

Role = Literal["title", "section", "content", "columns", "comparison", "title_only", "picture", "quote", "closing"]

_TYPES: dict[Role, tuple[str, ...]] = {
    "title": ("title",),
    "section": ("secHead",),
    "content": ("obj", "tx"),
    "columns": ("twoObj", "twoColTx"),
    "comparison": ("twoTxTwoObj",),
    "title_only": ("titleOnly",),
    "picture": ("picTx",),
    "quote": (),
    "closing": (),
}
_NAMES: dict[Role, str] = {
    "title": r"title slide|titelfolie|cover|diapositive de titre",
    "section": r"section|abschnitt|divider|chapter|kapitel",
    "content": r"title and content|titel und inhalt|content|text",
    "columns": r"two content|zwei inhalte|2 content|two col",
    "comparison": r"comparison|vergleich|comparaison",
    "title_only": r"title only|nur titel|titre seul",
    "picture": r"picture|image|photo|bild",
    "quote": r"quot|zitat|citation",
    "closing": r"closing|thank|\bend\b|contact|schluss|danke|kontakt",
}
_TITLES = ("title", "ctrTitle")
_TEXTS = ("body", "obj", "subTitle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One placeholder of a layout."""

    index: str
    type: str
    box: Box | None

    @property
    def area(self) -> int:
        """In square EMU; 0 where nothing says its size."""
        return 0 if self.box is None else self.box.width * self.box.height


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutPlaces:
    """A layout with its placeholders."""

    part: str
    type: str
    name: str
    places: tuple[Place, ...]

    @property
    def title(self) -> Place | None:
        """Where the title goes."""
        return next((place for place in self.places if place.type in _TITLES), None)

    @property
    def texts(self) -> list[Place]:
        """What takes text, from left to right and from top to bottom."""
        found = [place for place in self.places if place.type in _TEXTS]
        return sorted(found, key=lambda place: (place.box.x, place.box.y) if place.box else (0, 0))

    @property
    def largest(self) -> Place | None:
        """The largest place for text or anything else."""
        return max(self.texts, key=lambda place: place.area, default=None)

    @property
    def pictures(self) -> list[Place]:
        """What takes pictures alone."""
        return [place for place in self.places if place.type == "pic"]

    def pair(self) -> tuple[Place, Place] | None:
        """Two large places side by side."""
        found = sorted(self.texts, key=lambda place: -place.area)[:2]
        if len(found) < 2 or found[1].area < found[0].area * 0.6:
            return None
        left, right = sorted(found, key=lambda place: place.box.x if place.box else 0)
        apart = left.box and right.box and right.box.x >= left.box.x + left.box.width * 0.8
        return (left, right) if apart else None

    def heading_above(self, place: Place) -> Place | None:
        """The small text right above a column."""
        box = place.box
        for other in self.texts:
            above = other.box
            if other is place or box is None or above is None:
                continue
            if above.y + above.height <= box.y + box.height * 0.1 and abs(above.x - box.x) < box.width * 0.2:
                return other
        return None


class Layouts:
    """The layouts of one template."""

    def __init__(self, deck: Deck) -> None:
        inheritance = Inheritance(deck)
        self.all = [_places(deck, inheritance, part) for part in deck.layouts()]
        if not self.all:
            raise UnsupportedEditError("the template has no layouts to make slides from; take one with a slide master")

    def choose(self, role: Role) -> LayoutPlaces | None:
        """The layout for a role by type, then by name, then by its placeholders; None without one of that kind."""
        fits = _FITS[role]
        typed = [layout for wanted in _TYPES[role] for layout in self.all if layout.type == wanted]
        named = [layout for layout in self.all if re.search(_NAMES[role], layout.name, re.IGNORECASE)]
        rest = self.all if role in _BY_PLACES else []
        return next((layout for layout in [*typed, *named, *rest] if fits(layout)), None)

    def first(self, *roles: Role) -> LayoutPlaces:
        """The layout for the first role that the template has one for; its first layout when it has for none."""
        return next((layout for role in roles if (layout := self.choose(role)) is not None), self.all[0])


def _places(deck: Deck, inheritance: Inheritance, part: str) -> LayoutPlaces:
    places: list[Place] = []
    for shape in deck.every_shape(part):
        placeholder = shape.placeholder
        if placeholder is not None:
            type = placeholder.get("type") or inheritance.placeholder_type(part, shape.element) or "obj"
            places.append(Place(index=placeholder.get("idx", "0"), type=type, box=inheritance.box(part, shape.element)))
    root = deck.part(part).root
    return LayoutPlaces(part=part, type=root.get("type", ""), name=deck.layout_name(part) or "", places=tuple(places))


def _has_title(layout: LayoutPlaces) -> bool:
    return layout.title is not None


def _has_content(layout: LayoutPlaces) -> bool:
    return layout.title is not None and len(layout.texts) >= 1 and not layout.pictures


def _has_pair(layout: LayoutPlaces) -> bool:
    return layout.title is not None and layout.pair() is not None


def _has_headings(layout: LayoutPlaces) -> bool:
    pair = layout.pair()
    return pair is not None and all(layout.heading_above(place) is not None for place in pair)


def _has_picture(layout: LayoutPlaces) -> bool:
    return layout.title is not None and len(layout.pictures) == 1 and bool(layout.texts)


def _has_quote(layout: LayoutPlaces) -> bool:
    return layout.title is not None and bool(layout.texts) and not layout.pictures


_FITS: dict[Role, Callable[[LayoutPlaces], bool]] = {
    "title": _has_title,
    "section": _has_title,
    "content": _has_content,
    "columns": _has_pair,
    "comparison": _has_headings,
    "title_only": _has_title,
    "picture": _has_picture,
    "quote": _has_quote,
    "closing": _has_title,
}
_BY_PLACES: Sequence[Role] = ("content", "columns", "comparison", "picture")
"""Roles that a layout's placeholders show even where its type and name do not."""
