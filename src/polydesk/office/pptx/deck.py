"""The parts of one presentation, parsed when they are asked for and saved by splicing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from polydesk.core.errors import AnchorNotFoundError, UnreadableDocumentError
from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.names import relationships_name
from polydesk.office.opc.package import Package
from polydesk.office.pptx.names import P14, R_ID, SECTIONS_EXT, STRICT_TYPES, TRANSITIONAL_TYPES
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.shapes import Shape, all_shapes, shape_tree, shapes_of

TRACKED = (
    *(
        "p",
        "txBody",
        "sp",
        "pic",
        "graphicFrame",
        "grpSp",
        "cxnSp",
        "spTree",
        "cNvPr",
        "spPr",
        "xfrm",
        "blip",
        "blipFill",
    ),
    *("tbl", "tblGrid", "tr", "tc", "tcPr", "bodyPr", "timing", "hlinkClick", "hlinkHover", "hlinkMouseOver"),
    *("sldId", "sldIdLst", "sld", "sldLst", "section", "sectionLst", "extLst", "notesMasterIdLst", "custShow"),
    *("cm", "reply", "replyLst", "cmAuthor", "author", "transition"),
)
"""Elements at which a part's bytes can be cut: an edit writes anew the smallest of these around it."""
_MAX_SLIDE_ID = 2147483647
_FIRST_SLIDE_ID = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideEntry:
    """One slide as the presentation lists it."""

    name: str
    """What anchors call it: `s` and its id."""
    id: int
    number: int
    """Place in the list, from 1."""
    relationship: str
    part: str
    element: Element
    """The `p:sldId`."""


class Deck:
    """One presentation in use: reads are shared, and what is changed here goes into the package at `save`."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.main_part = package.main_part()
        self._parts: dict[str, XmlPart] = {}
        self._slides: list[SlideEntry] | None = None
        self._shapes: dict[str, list[Shape]] = {}
        self._related: dict[str, dict[str, list[str]]] = {}

    @property
    def main(self) -> XmlPart:
        """The presentation part. Raises UnreadableDocumentError when it is none."""
        part = self.part(self.main_part)
        if part.root.tag != f"{P}presentation":
            raise UnreadableDocumentError(
                f"{self.package.path or 'the file'} is no PowerPoint presentation: its main part {self.main_part} "
                f"begins with <{part.root.tag}>",
                path=self.package.path,
                part=self.main_part,
            )
        return part

    def part(self, part: str, *, tracked: Iterable[str] = TRACKED) -> XmlPart:
        """The parsed part; who asks first says which elements it can be cut at."""
        if part not in self._parts:
            self._parts[part] = XmlPart(self.package.read(part), name=part, path=self.package.path, tracked=tracked)
        return self._parts[part]

    def forget(self, part: str) -> None:
        """Drop a parsed part that has left the package or been replaced in it."""
        self._parts.pop(part, None)
        self._related.pop(part, None)

    @property
    def slides(self) -> list[SlideEntry]:
        """The slides in the order of the show, as first read; entries that lead to no part are left out."""
        if self._slides is None:
            self._slides = self._listed()
        return self._slides

    def slide(self, name: str) -> SlideEntry:
        """The slide that anchors call `name`. Raises AnchorNotFoundError."""
        for entry in self.slides:
            if entry.name == name:
                return entry
        raise AnchorNotFoundError(
            f"there is no slide {name}; take an anchor from `polydesk show`", path=self.package.path
        )

    def shapes(self, part: str) -> list[Shape]:
        """The shapes of a slide, layout, master or notes part, as first read."""
        if part not in self._shapes:
            tree = shape_tree(self.part(part).root)
            self._shapes[part] = [] if tree is None else shapes_of(tree)
        return self._shapes[part]

    def every_shape(self, part: str) -> list[Shape]:
        """The shapes of a part, those in groups too."""
        return list(all_shapes(self.shapes(part)))

    def related(self, part: str, kind: str) -> str | None:
        """The first part that `part` leads to by a relationship of `kind`, such as `slideLayout`; None without one."""
        return next(iter(self.all_related(part, kind)), None)

    def all_related(self, part: str, kind: str) -> list[str]:
        """The parts that `part` leads to by relationships of `kind`, in the order of the file."""
        if part not in self._related:
            found: dict[str, list[str]] = {}
            for relationship in self.package.relationships(part):
                target = self.package.resolve(part, relationship)
                if target is not None:
                    found.setdefault(relationship.kind, []).append(target)
            self._related[part] = found
        return self._related[part].get(kind, [])

    def target(self, part: str, relationship_id: str | None) -> str | None:
        """The part that the relationship of that id leads to; None when there is none, or it leads outside."""
        for relationship in self.package.relationships(part):
            if relationship.id == relationship_id:
                return self.package.resolve(part, relationship)
        return None

    def external_target(self, part: str, relationship_id: str | None) -> str | None:
        """The address outside that the relationship of that id leads to; None when it leads to none."""
        for relationship in self.package.relationships(part):
            if relationship.id == relationship_id and relationship.external:
                return relationship.target
        return None

    def layouts(self) -> list[str]:
        """The layout parts, master by master in the order of their lists."""
        found: list[str] = []
        for master in self.masters():
            for entry in self.part(master).root.iterfind(f"{P}sldLayoutIdLst/{P}sldLayoutId"):
                layout = self.target(master, entry.get(R_ID))
                if layout is not None:
                    found.append(layout)
        return list(dict.fromkeys(found))

    def masters(self) -> list[str]:
        """The slide master parts, in the order of the presentation."""
        entries = self.main.root.iterfind(f"{P}sldMasterIdLst/{P}sldMasterId")
        found = (self.target(self.main_part, entry.get(R_ID)) for entry in entries)
        return list(dict.fromkeys(part for part in found if part is not None))

    def layout_name(self, layout: str | None) -> str | None:
        """The name that PowerPoint shows for a layout part; None when there is none."""
        if layout is None:
            return None
        content = self.part(layout).root.find(f"{P}cSld")
        return None if content is None else content.get("name") or None

    def notes_part(self, slide_part: str) -> str | None:
        """The notes page of a slide; None when it has none."""
        return self.related(slide_part, "notesSlide")

    def section_list(self) -> Element | None:
        """The presentation's `p14:sectionLst`; None when it has no sections."""
        return self.main.root.find(f"{P}extLst/{P}ext[@uri='{SECTIONS_EXT}']/{P14}sectionLst")

    def relationship_type(self, kind: str) -> str:
        """The relationship type of `kind` in the conformance class of this file."""
        return (STRICT_TYPES if self.main.is_strict else TRANSITIONAL_TYPES) + kind

    def free_part_name(self, pattern: str) -> str:
        """The first unused part name of a pattern such as `/ppt/slides/slide{}.xml`, past those in use."""
        head, _, tail = pattern.partition("{}")
        form = re.compile(re.escape(head) + r"(\d{1,9})" + re.escape(tail), re.IGNORECASE)
        taken = [int(match[1]) for match in map(form.fullmatch, self.package.part_names()) if match]
        number = max(taken, default=0) + 1
        while self.package.has(relationships_name(pattern.format(number))):  # left behind by a part that has gone
            number += 1
        return pattern.format(number)

    def free_slide_id(self) -> int:
        """A slide id that no slide has (ISO/IEC 29500-1, 19.7.13: 256 to 2147483647)."""
        taken = {whole(entry.get("id")) for entry in self.main.root.iterfind(f"{P}sldIdLst/{P}sldId")}
        following = max(taken, default=0) + 1
        if _FIRST_SLIDE_ID <= following <= _MAX_SLIDE_ID:
            return following
        return next(id for id in range(_FIRST_SLIDE_ID, _MAX_SLIDE_ID) if id not in taken)

    def related_again(self, part: str) -> None:
        """Look a part's relationships up anew, since they have changed."""
        self._related.pop(part, None)

    def save(self) -> bytes:
        """The presentation's bytes with every changed part put in."""
        for name, part in self._parts.items():
            if part.changed:
                self.package.replace(name, part.data())
        return self.package.save()

    def _listed(self) -> list[SlideEntry]:
        found: list[SlideEntry] = []
        counted: dict[str, int] = {}
        targets = {
            relationship.id: self.package.resolve(self.main_part, relationship)
            for relationship in self.package.relationships(self.main_part)
        }
        for element in self.main.root.iterfind(f"{P}sldIdLst/{P}sldId"):
            relationship, written = element.get(R_ID, ""), element.get("id", "0")
            part = targets.get(relationship)
            if part is None:
                continue
            counted[written] = counted.get(written, 0) + 1
            name = f"s{written}" if counted[written] == 1 else f"s{written}.{counted[written]}"
            found.append(
                SlideEntry(
                    name=name,
                    id=whole(written),
                    number=len(found) + 1,
                    relationship=relationship,
                    part=part,
                    element=element,
                )
            )
        return found
