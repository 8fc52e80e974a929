"""Relationships between parts, as `.rels` parts hold them (ECMA-376-2, 4th edition, §9.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from polydesk.office.opc.xml import parse_xml

EMPTY_RELATIONSHIPS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
)
RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"

_NUMBERED = re.compile(r"rId(\d{1,9})", re.IGNORECASE)


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """One arrow from a part, or from the package, to a part or to something outside."""

    id: str
    type: str
    """The URI as written: transitional, strict, or a vendor's."""
    target: str
    """As written: relative to the source part, absolute in the package, or outside it when `external`."""
    external: bool = False

    @property
    def kind(self) -> str:
        """The last segment of the type, such as `comments`: the same in transitional and strict files."""
        return self.type.rstrip("/").rpartition("/")[2]


def parse_relationships(data: bytes, *, part: str, path: str | None) -> list[Relationship]:
    """The relationships in the order of the file. Raises UnreadableDocumentError when `data` is not XML."""
    root = parse_xml(data, part=part, path=path)
    return [
        Relationship(
            id=element.get("Id", ""),
            type=element.get("Type", ""),
            target=element.get("Target", "").strip(),
            external=element.get("TargetMode", "").lower() == "external",
        )
        for element in root.iterchildren("{*}Relationship")
    ]


def free_id(taken: Iterable[str]) -> str:
    """An id in Office's own form that is not among those taken, whatever their case."""
    numbers = [int(match[1]) for match in map(_NUMBERED.fullmatch, taken) if match]
    return f"rId{max(numbers, default=0) + 1}"
