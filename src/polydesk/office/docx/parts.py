"""New parts of a Word document, and copies of parts of another one with all that they refer to."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import R, W
from polydesk.office.opc.names import relationships_name
from polydesk.office.opc.package import Package
from polydesk.office.opc.relationships import EMPTY_RELATIONSHIPS, RELATIONSHIPS_TYPE, Relationship
from polydesk.office.opc.splice import append_child

_STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_WORD_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_NUMBERED_NAME = re.compile(r"(?P<stem>.*?)(?P<number>\d*)(?P<suffix>(?:\.\w+)?)")


def w_uri(stories: Stories) -> str:
    """The main namespace as the document writes it."""
    return "http://purl.oclc.org/ooxml/wordprocessingml/main" if stories.main.is_strict else W[1:-1]


def relationship_type(stories: Stories, kind: str) -> str:
    """The type of an office relationship such as `comments`, in the document's own dialect."""
    return f"{_STRICT_RELATIONSHIPS if stories.main.is_strict else R[1:-1]}/{kind}"


def new_part(stories: Stories, stem: str, content_type: str, relationship: str, root: str) -> str:
    """Add an XML part beside the main part, related to it; its name. `root` is its root element as text."""
    folder = stories.main_part.rpartition("/")[0]
    name = free_name(stories.package, f"{folder}/{stem}.xml")
    data = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{root}'.encode()
    stories.package.add(name, data, content_type)
    stories.package.add_relationship(stories.main_part, relationship, name.rpartition("/")[2])
    return name


def ensured_part(stories: Stories, kind: str) -> str:
    """The main part's `styles`, `numbering`, `settings`, `footnotes` or `endnotes` part, made when there is none."""
    known = stories.related(kind)
    if known is not None:
        return known
    tag = kind.removesuffix("s") if kind in ("footnotes", "endnotes") else ""
    root = f'<w:{kind} xmlns:w="{w_uri(stories)}">{_separators(tag) if tag else ""}</w:{kind}>'
    name = new_part(stories, kind, f"{_WORD_TYPES}.{kind}+xml", relationship_type(stories, kind), root)
    if tag:
        stories.add_story(kind, name)
    return name


def _separators(tag: str) -> str:
    """The two notes that every notes part must hold (ISO/IEC 29500-1, 17.11.23)."""
    return "".join(
        f'<w:{tag} w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:{tag}>'
        for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
    )


def free_name(package: Package, wanted: str) -> str:
    """`wanted`, or with the next number that no part has."""
    if not package.has(wanted):
        return wanted
    match = _NUMBERED_NAME.fullmatch(wanted)
    assert match is not None
    number = int(match["number"] or 1)
    while package.has(name := f"{match['stem']}{number}{match['suffix']}"):
        number += 1
    return name


def add_image(stories: Stories, source: str, data: bytes, extension: str, content_type: str) -> str:
    """Relate the part `source` to a picture; the relationship's id. The same picture is kept once."""
    folder = stories.main_part.rpartition("/")[0]
    name = _same_content(stories.package, data, extension)
    if name is None:
        name = free_name(stories.package, f"{folder}/media/image1.{extension}")
        stories.package.add(name, data, content_type)
    return related_id(stories.package, source, relationship_type(stories, "image"), name)


def related_id(package: Package, source: str, type: str, target: str) -> str:
    """Id of a relationship of `source` to the part `target`, made when there is none."""
    for known in package.relationships(source):
        if known.type == type and package.resolve(source, known) == target:
            return known.id
    return package.add_relationship(source, type, target)


def linked_id(package: Package, source: str, type: str, address: str) -> str:
    """Id of a relationship of `source` to an address outside, made when there is none."""
    for known in package.relationships(source):
        if known.external and known.type == type and known.target == address:
            return known.id
    return package.add_relationship(source, type, address, external=True)


def _same_content(package: Package, data: bytes, extension: str) -> str | None:
    for name in package.part_names():
        if name.lower().endswith(f".{extension}") and package.size(name) == len(data) and package.read(name) == data:
            return name
    return None


class PartCopier:
    """Copies parts from one package into another, each once, with all parts that they lead to."""

    def __init__(self, source: Package, target: Package, *, strict: bool) -> None:
        self._source, self._target = source, target
        self._strict = strict
        self._copied: dict[str, str] = {}

    def relate(self, source_part: str, target_part: str, id: str) -> str | None:
        """Id of the relationship of `target_part` that leads to a copy of what `id` of `source_part` leads to.

        None when that relationship, or the part that it names, is missing.
        """
        relationship = next((item for item in self._source.relationships(source_part) if item.id == id), None)
        return None if relationship is None else self._relate(source_part, target_part, relationship)

    def copy(self, part: str) -> str:
        """Name of the copy of `part`, made the first time."""
        if part not in self._copied:
            self._copied[part] = self._copy(part)
        return self._copied[part]

    def _relate(self, source_part: str, target_part: str, relationship: Relationship) -> str | None:
        type = self._dialect(relationship.type)
        if relationship.external:
            return linked_id(self._target, target_part, type, relationship.target)
        found = self._source.resolve(source_part, relationship)
        return None if found is None else related_id(self._target, target_part, type, self.copy(found))

    def _dialect(self, type: str) -> str:
        there, here = (R[1:-1], _STRICT_RELATIONSHIPS) if self._strict else (_STRICT_RELATIONSHIPS, R[1:-1])
        return here + type.removeprefix(there) if type.startswith(there) else type

    def _copy(self, part: str) -> str:
        data = self._source.read(part)
        links = self._source.relationships(part)
        if not links and self._target.has(part) and self._target.read(part) == data:
            return part
        if not links and (same := _same_content(self._target, data, PurePosixPath(part).suffix.lstrip("."))):
            return same
        name = free_name(self._target, part)
        self._copied[part] = name  # Parts may refer to each other in circles.
        self._target.add(name, data, self._source.content_type(part) or "application/octet-stream")
        self._relate_all(part, name, links)
        return name

    def _relate_all(self, part: str, name: str, links: list[Relationship]) -> None:
        """Give the copy the same relationships under the same ids, which its content names."""
        if not links:
            return
        rels, where = EMPTY_RELATIONSHIPS, relationships_name(name)
        for link in links:
            found = None if link.external else self._source.resolve(part, link)
            target = link.target if found is None else self.copy(found)
            attributes = {"Id": link.id, "Type": self._dialect(link.type), "Target": target}
            if link.external:
                attributes["TargetMode"] = "External"
            rels = append_child(rels, "Relationship", attributes, part=where, path=self._target.path)
        self._target.add(where, rels, RELATIONSHIPS_TYPE)


def content_key(package: Package, source: str, id: str) -> str:
    """What a relationship leads to, so that equal content has equal keys: the address, or a hash of the part."""
    for known in package.relationships(source):
        if known.id == id:
            if known.external:
                return known.target
            part = package.resolve(source, known)
            if part is not None:
                return hashlib.blake2b(package.read(part), digest_size=8).hexdigest()
    return ""
