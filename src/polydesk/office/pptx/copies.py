"""A copy of a slide with everything that is its alone: charts and their workbooks, notes, SmartArt, objects."""

from __future__ import annotations

import re

from polydesk.office.ooxml.names import P
from polydesk.office.opc.names import relationships_name
from polydesk.office.opc.package import Package
from polydesk.office.opc.relationships import Relationship
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.names import P14, P188

_SHARED = frozenset(
    ("slideLayout", "slideMaster", "notesMaster", "theme", "image", "media", "video", "audio", "hyperlink", "slide")
)
"""Kinds of relationships whose targets a copy shares with its original; all others are copied with it."""
_NOT_COPIED = frozenset({"comments"})
_NUMBER = re.compile(r"\d*(\.[^./]+)$")


def copy_slide(deck: Deck, slide: SlideEntry, *, creation_id: int) -> str:
    """Add a copy of the slide as it is in the file; return the new part's name. Comments stay with the original."""
    copies: dict[str, str] = {}
    name = _copy(deck.package, slide.part, copies)
    part = deck.part(name)
    for mark in part.root.iter(f"{P14}creationId"):
        extension = mark.getparent()
        if extension is not None and extension.getparent() is part.root.find(f"{P}extLst"):
            part.touch(mark)
            mark.set("val", str(creation_id))
    for reference in list(part.root.iter(f"{P188}commentRel")):
        extension = reference.getparent()
        if extension is not None:
            part.touch(extension)
            holder = extension.getparent()
            if holder is not None:
                holder.remove(extension)
                if not len(holder):
                    part.remove(holder)
    return name


def _copy(package: Package, part: str, copies: dict[str, str]) -> str:
    name = copies[part] = _free_name(package, part)
    package.add(name, package.read(part), package.content_type(part) or "application/octet-stream")
    relationships = package.relationships(part)
    if relationships:
        package.set_relationships(name, [link for old in relationships for link in _copied(package, part, old, copies)])
    return name


def _copied(package: Package, part: str, old: Relationship, copies: dict[str, str]) -> list[Relationship]:
    """The relationship of a copy that stands for one of its original; none for what stays behind."""
    if old.kind in _NOT_COPIED:
        return []
    target = package.resolve(part, old)
    if target is None:
        return [old]
    if target not in copies and old.kind not in _SHARED:
        _copy(package, target, copies)
    return [Relationship(id=old.id, type=old.type, target=copies.get(target, target))]


def _free_name(package: Package, part: str) -> str:
    """The part's name with the first number that no part of its folder has."""
    stem = _NUMBER.sub("", part)
    ending = part[len(_NUMBER.sub("", part)) :].lstrip("0123456789")
    form = re.compile(re.escape(stem) + r"(\d{1,9})" + re.escape(ending), re.IGNORECASE)
    taken = [int(match[1]) for match in map(form.fullmatch, package.part_names()) if match]
    number = max(taken, default=0) + 1
    while package.has(relationships_name(f"{stem}{number}{ending}")):  # left behind by a part that has gone
        number += 1
    return f"{stem}{number}{ending}"
