"""An office file as named parts: read any, replace, add or remove some, and save with every other byte as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NoReturn, Self

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.archive import Archive, Member, NotAnArchiveError, inflate, inflate_chunks, read_archive
from polydesk.office.opc.content_types import ContentTypes, extension, parse_content_types
from polydesk.office.opc.limits import MAX_PART_BYTES, MAX_STREAMED_BYTES
from polydesk.office.opc.names import (
    CONTENT_TYPES,
    part_name,
    relationships_name,
    target_names,
)
from polydesk.office.opc.packing import Packed, inflated, inflated_chunks, packed_chunks
from polydesk.office.opc.recognise import refuse_foreign_zip, refuse_other_formats, refuse_unknown
from polydesk.office.opc.relationships import (
    EMPTY_RELATIONSHIPS,
    RELATIONSHIPS_TYPE,
    Relationship,
    free_id,
    parse_relationships,
)
from polydesk.office.opc.rewrite import Content, rewrite
from polydesk.office.opc.splice import append_child, remove_children
from polydesk.office.opc.xml import Element


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
        self._changed: dict[str, Content] = {}
        self._added: dict[str, Content] = {}
        self._removed: dict[str, None] = {}
        """Parts of the original that are no more, in the order of removal."""
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
        return [*(part for part in self._members if part not in self._removed), *self._added]

    def has(self, part: str) -> bool:
        """True when the package holds the part."""
        return self._known(part) is not None

    def read(self, part: str) -> bytes:
        """The part's current bytes, inflated anew at each call; size and checksum are verified.

        Raises UnreadableDocumentError when there is no such part, or when it is damaged or too large.
        """
        name = self._existing(part)
        content = self._written(name)
        if content is None:
            return inflate(self._archive, self._member(name))
        return inflated(memoryview(content.body), content.size + 1) if isinstance(content, Packed) else content

    def chunks(self, part: str) -> Iterator[bytes]:
        """The part's current bytes piece by piece, each some tens or hundreds of kilobytes, for parts of any length.

        Raises UnreadableDocumentError when there is no such part; and, at its end, when it was damaged.
        """
        name = self._existing(part)
        content = self._written(name)
        if content is None:
            return inflate_chunks(self._archive, self._member(name))
        return inflated_chunks(memoryview(content.body)) if isinstance(content, Packed) else iter([content])

    def size(self, part: str) -> int:
        """The length of the part in bytes, as it is declared where it was not changed."""
        name = self._existing(part)
        content = self._written(name)
        if content is None:
            return self._member(name).size
        return content.size if isinstance(content, Packed) else len(content)

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

    def replace_chunks(self, part: str, chunks: Iterable[bytes]) -> None:
        """Give an existing part the content that `chunks` yield; they are deflated as they come and never joined.

        They may be made from what `chunks` of the same part yields. The part's original content is no change. Raises
        UnreadableDocumentError when there is no such part, or when they pass what a part may hold.
        """
        name = self._existing(part)
        packed = packed_chunks(chunks, MAX_STREAMED_BYTES)
        if packed is None:
            self._refuse_size(name, f"more than {MAX_STREAMED_BYTES:,}", MAX_STREAMED_BYTES)
        if name in self._added:
            self._added[name] = packed
        elif self._is_original_stream(name, packed):
            self._changed.pop(name, None)
        else:
            self._changed[name] = packed
        self._forget(name)

    def add(self, part: str, data: bytes, content_type: str) -> None:
        """Put a new part at the end of the file, and its type into the content types unless the extension implies it.

        Raises ValueError when the part exists or its name is none, UnreadableDocumentError when `data` is too large.
        """
        if self.has(part) or part_name(part) != part or part.endswith("/"):
            raise ValueError(f"{part!r} cannot be added: it exists already or is no part name")
        self._check_size(part, data)
        self._declare(part, content_type)
        if part in self._removed:  # The member is still in the file: it gets new content instead of a namesake.
            del self._removed[part]
            self._changed[part] = data
        else:
            self._added[part] = data
        self._lowered[part.lower()] = part

    def remove(self, part: str) -> None:
        """Take a part out of the file, with its own relationships and its entry in the content types.

        Relationships that lead to it are their sources': take each out with `remove_relationship`. Raises
        UnreadableDocumentError when there is no such part.
        """
        name = self._existing(part)
        own_relationships = self._known(relationships_name(name))
        if own_relationships is not None:
            self._drop(own_relationships)
        self._drop(name)

    def set_relationships(self, part: str, relationships: Sequence[Relationship]) -> None:
        """Give a part that has no relationships yet those of another, under the same ids.

        Raises ValueError when it has a `.rels` part already.
        """
        name = relationships_name(part)
        if self.has(name):
            raise ValueError(f"{part} has relationships already")
        data = EMPTY_RELATIONSHIPS
        for relationship in relationships:
            attributes = {"Id": relationship.id, "Type": relationship.type, "Target": relationship.target}
            if relationship.external:
                attributes["TargetMode"] = "External"
            data = append_child(data, "Relationship", attributes, part=name, path=self.path)
        self.add(name, data, RELATIONSHIPS_TYPE)

    def remove_relationship(self, part: str | None, id: str) -> None:
        """Take the relationship `id` of a part, or of the package when None, out of its `.rels` part.

        Everything else in that part keeps its bytes. Raises UnreadableDocumentError when there is no such relationship.
        """
        if all(relationship.id != id for relationship in self.relationships(part)):
            raise UnreadableDocumentError(
                f"{self.path or 'The document'}: {part or 'the package'} has no relationship {id}.",
                path=self.path,
                part=relationships_name(part),
            )
        name = self._existing(relationships_name(part))

        def is_it(child: Element) -> bool:
            return child.get("Id") == id

        self.replace(name, remove_children(self.read(name), is_it, part=name, path=self.path))

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
        """The parts that `save` writes anew or leaves out: those of the file in its order, then added ones."""
        changed = (part for part in self._members if part in self._changed or part in self._removed)
        return [*changed, *self._added]

    def removed_parts(self) -> list[str]:
        """The parts of the original file that `save` leaves out, in file order."""
        return [part for part in self._members if part in self._removed]

    def save(self) -> bytes:
        """The file with the changes; the very bytes it was opened from when there are none."""
        if not self._changed and not self._added and not self._removed:
            return self._archive.data
        changed = {self._members[part]: data for part, data in self._changed.items()}
        added = {part.removeprefix("/"): data for part, data in self._added.items()}
        return rewrite(self._archive, changed, added, self._removed_members())

    def _removed_members(self) -> set[int]:
        """The members of the removed parts; hidden namesakes too, since one of them would come to light."""
        if not self._removed:
            return set()
        return {index for index, member in enumerate(self._archive.members) if member.part in self._removed}

    def _drop(self, name: str) -> None:
        """Forget one part and its entry in the content types."""
        if self._added.pop(name, None) is None:
            self._changed.pop(name, None)
            self._removed[name] = None
        self._lowered.pop(name.lower(), None)
        self._forget(name)
        if name.lower() not in self._types().overrides:
            return

        def is_its(child: Element) -> bool:
            declared = child.get("PartName", "").replace("\\", "/").lower()
            return child.tag.endswith("}Override") and "/" + declared.lstrip("/") == name.lower()

        types = self._existing(CONTENT_TYPES)
        self.replace(types, remove_children(self.read(types), is_its, part=types, path=self.path))

    def _known(self, part: str) -> str | None:
        """The part's name as the package spells it; None when there is no such part."""
        if (part in self._members and part not in self._removed) or part in self._added:
            return part
        return self._lowered.get(part.lower())

    def _written(self, name: str) -> Content | None:
        """What the part was given; None while it holds what it held."""
        return self._added[name] if name in self._added else self._changed.get(name)

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

    def _is_original_stream(self, name: str, packed: Packed) -> bool:
        """True when the part holds that content already; compared by hash when length and checksum are the same."""
        member = self._member(name)
        if (packed.size, packed.crc) != (member.size, member.crc):
            return False
        own, other = sha256(), sha256()
        for chunk in inflate_chunks(self._archive, member):
            own.update(chunk)
        for chunk in inflated_chunks(memoryview(packed.body)):
            other.update(chunk)
        return own.digest() == other.digest()

    def _check_size(self, part: str, data: bytes) -> None:
        if len(data) > MAX_PART_BYTES:
            self._refuse_size(part, f"{len(data):,}", MAX_PART_BYTES)

    def _refuse_size(self, part: str, size: str, limit: int) -> NoReturn:
        raise UnreadableDocumentError(
            f"{self.path or 'The document'}: {part} would grow to {size} bytes; no more than {limit:,} are written.",
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
