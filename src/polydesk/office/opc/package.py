"""An office file as named parts: read any, replace or add some, and save with every other byte as it was."""

from __future__ import annotations

from typing import Self

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.archive import Archive, Member, NotAnArchiveError, inflate, read_archive
from polydesk.office.opc.content_types import ContentTypes, extension, parse_content_types
from polydesk.office.opc.limits import MAX_PART_BYTES
from polydesk.office.opc.names import (
    CONTENT_TYPES,
    part_name,
    relationships_name,
    target_names,
)
from polydesk.office.opc.recognise import refuse_foreign_zip, refuse_other_formats, refuse_unknown
from polydesk.office.opc.relationships import (
    EMPTY_RELATIONSHIPS,
    RELATIONSHIPS_TYPE,
    Relationship,
    free_id,
    parse_relationships,
)
from polydesk.office.opc.rewrite import rewrite
from polydesk.office.opc.splice import append_child


class Package:
    """The original bytes and the changes made to them. Nothing is inflated or parsed before it is asked for.

    Part names have the form `/word/document.xml`. They are looked up as written and then without regard to case. Of
    members with the same name the last is the part; the others survive unseen.
    """

    def __init__(self, archive: Archive) -> None:
        """For `open`; `archive` holds a content types stream."""
        self._archive = archive
        self._members: dict[str, int] = {
            member.part: index for index, member in enumerate(archive.members) if not member.part.endswith("/")
        }
        self._lowered = {part.lower(): part for part in self._members}
        self._changed: dict[str, bytes] = {}
        self._added: dict[str, bytes] = {}
        self._content_types: ContentTypes | None = None
        self._relationships: dict[str, list[Relationship]] = {}

    @classmethod
    def open(cls, data: bytes, *, path: str | None = None) -> Self:
        """The package in `data`; `path` is the name that errors give it.

        Raises UnreadableDocumentError, saying what the file is and what can be done, when it is empty, encrypted,
        damaged, hostile, or of another format.
        """
        refuse_other_formats(data, path=path)
        try:
            archive = read_archive(data, path=path)
        except NotAnArchiveError:
            refuse_unknown(data, path=path)
        package = cls(archive)
        if not package.has(CONTENT_TYPES):
            mimetype = package.read("/mimetype") if package.has("/mimetype") else None
            refuse_foreign_zip(package.part_names(), mimetype, path=path)
        return package

    @property
    def path(self) -> str | None:
        """The file as the caller named it; None when it came as bytes."""
        return self._archive.path

    def part_names(self) -> list[str]:
        """Every part, `.rels` and the content types included, in the order of the file; then the added ones."""
        return [*self._members, *self._added]

    def has(self, part: str) -> bool:
        """True when the package holds the part."""
        return self._known(part) is not None

    def read(self, part: str) -> bytes:
        """The part's current bytes, inflated anew at each call; size and checksum are verified.

        Raises UnreadableDocumentError when there is no such part, or when it is damaged or too large.
        """
        name = self._existing(part)
        if name in self._added:
            return self._added[name]
        if name in self._changed:
            return self._changed[name]
        return inflate(self._archive, self._member(name))

    def replace(self, part: str, data: bytes) -> None:
        """Give an existing part new content; its own original content is no change.

        Raises UnreadableDocumentError when there is no such part, or when `data` is larger than a part may be.
        """
        name = self._existing(part)
        self._check_size(name, data)
        if name in self._added:
            self._added[name] = data
        elif self._is_original(name, data):
            self._changed.pop(name, None)
        else:
            self._changed[name] = data
        self._forget(name)

    def add(self, part: str, data: bytes, content_type: str) -> None:
        """Put a new part at the end of the file, and its type into the content types unless the extension implies it.

        Raises ValueError when the part exists or its name is none, UnreadableDocumentError when `data` is too large.
        """
        if self.has(part) or part_name(part) != part or part.endswith("/"):
            raise ValueError(f"{part!r} cannot be added: it exists already or is no part name")
        self._check_size(part, data)
        self._declare(part, content_type)
        self._added[part] = data
        self._lowered[part.lower()] = part

    def content_type(self, part: str) -> str | None:
        """The declared type of a part (it need not exist); None when neither it nor its extension is declared."""
        return self._types().of(part)

    def relationships(self, part: str | None) -> list[Relationship]:
        """The relationships of a part, or of the package when None, in file order; empty when it has none."""
        name = self._known(relationships_name(part))
        if name is None:
            return []
        if name not in self._relationships:
            self._relationships[name] = parse_relationships(self.read(name), part=name, path=self.path)
        return list(self._relationships[name])

    def add_relationship(self, part: str | None, type: str, target: str, *, external: bool = False) -> str:
        """Add a relationship to a part, or to the package when None, and return its new id.

        The `.rels` part keeps everything that it holds, byte by byte; it is created when there is none. `target` is
        written as given: an absolute part name is always right inside the package.
        """
        new_id = free_id(relationship.id for relationship in self.relationships(part))
        attributes = {"Id": new_id, "Type": type, "Target": target}
        if external:
            attributes["TargetMode"] = "External"
        name = relationships_name(part)
        exists = self.has(name)
        before = self.read(name) if exists else EMPTY_RELATIONSHIPS
        after = append_child(before, "Relationship", attributes, part=name, path=self.path)
        if exists:
            self.replace(name, after)
        else:
            self.add(name, after, RELATIONSHIPS_TYPE)
        return new_id

    def resolve(self, part: str | None, relationship: Relationship) -> str | None:
        """The part, as the package spells it, that a relationship of `part` (of the package when None) leads to.

        None when it leads outside the package or to nothing.
        """
        if relationship.external:
            return None
        names = (self._known(name) for name in target_names(part, relationship.target))
        return next((name for name in names if name is not None), None)

    def main_part(self) -> str:
        """The part that the package's officeDocument relationship leads to, in transitional and strict files alike.

        Raises UnreadableDocumentError when there is none.
        """
        for relationship in self.relationships(None):
            if relationship.kind == "officeDocument":
                name = self.resolve(None, relationship)
                if name is not None:
                    return name
        raise UnreadableDocumentError(
            f"{self.path or 'The document'} names no main part (officeDocument relationship), so it is no Word, Excel "
            "or PowerPoint file, or a damaged one. Take an undamaged copy.",
            path=self.path,
            part="/_rels/.rels",
        )

    def changed_parts(self) -> list[str]:
        """The parts that `save` writes anew: replaced ones in file order, then added ones."""
        return [*(part for part in self._members if part in self._changed), *self._added]

    def save(self) -> bytes:
        """The file with the changes; the very bytes it was opened from when there are none."""
        if not self._changed and not self._added:
            return self._archive.data
        changed = {self._members[part]: data for part, data in self._changed.items()}
        return rewrite(self._archive, changed, {part.removeprefix("/"): data for part, data in self._added.items()})

    def _known(self, part: str) -> str | None:
        """The part's name as the package spells it; None when there is no such part."""
        if part in self._members or part in self._added:
            return part
        return self._lowered.get(part.lower())

    def _existing(self, part: str) -> str:
        name = self._known(part)
        if name is None:
            raise UnreadableDocumentError(
                f"{self.path or 'The document'} has no part {part}; it is damaged, or of another kind than expected.",
                path=self.path,
                part=part,
            )
        return name

    def _member(self, name: str) -> Member:
        return self._archive.members[self._members[name]]

    def _is_original(self, name: str, data: bytes) -> bool:
        """True when the part holds `data` already; a damaged part holds nothing."""
        if len(data) != self._member(name).size:
            return False
        try:
            return inflate(self._archive, self._member(name)) == data
        except UnreadableDocumentError:
            return False

    def _check_size(self, part: str, data: bytes) -> None:
        if len(data) > MAX_PART_BYTES:
            raise UnreadableDocumentError(
                f"{self.path or 'The document'}: {part} would grow to {len(data):,} bytes; no more than "
                f"{MAX_PART_BYTES:,} are written.",
                path=self.path,
                part=part,
            )

    def _declare(self, part: str, content_type: str) -> None:
        types = self._types()
        if types.of(part) == content_type:
            return
        if part.lower() in types.overrides:
            raise UnreadableDocumentError(
                f"{self.path or 'The document'} declares a type for {part}, which it does not hold, and another than "
                f"{content_type}. Open and save it in Office first.",
                path=self.path,
                part=part,
            )
        name = self._existing(CONTENT_TYPES)
        attributes = {"PartName": part, "ContentType": content_type}
        tag = "Override"
        if extension(part) == "rels" and "rels" not in types.defaults:
            tag, attributes = "Default", {"Extension": "rels", "ContentType": content_type}
        self.replace(name, append_child(self.read(name), tag, attributes, part=name, path=self.path))

    def _types(self) -> ContentTypes:
        if self._content_types is None:
            name = self._existing(CONTENT_TYPES)
            self._content_types = parse_content_types(self.read(name), part=name, path=self.path)
        return self._content_types

    def _forget(self, name: str) -> None:
        """Drop what was parsed from a part that has changed."""
        self._relationships.pop(name, None)
        if name.lower() == CONTENT_TYPES.lower():
            self._content_types = None
