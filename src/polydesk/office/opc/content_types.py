"""The content types stream: which type each part has (ECMA-376-2, 4th edition, §10.1.2)."""

from __future__ import annotations

import msgspec

from polydesk.office.opc.xml import parse_xml


class ContentTypes(msgspec.Struct, frozen=True, kw_only=True):
    """The types as declared. Keys are lower-case, since part names and extensions are compared without case."""

    overrides: dict[str, str]
    """By part name."""
    defaults: dict[str, str]
    """By extension, without the dot."""

    def of(self, part: str) -> str | None:
        """The type of a part: its own, else its extension's; None when neither is declared."""
        name = part.lower()
        return self.overrides.get(name) or self.defaults.get(extension(name))


def extension(part: str) -> str:
    """What follows the last dot of the last segment, in lower case; empty when there is no dot."""
    return part.rpartition("/")[2].rpartition(".")[2].lower() if "." in part.rpartition("/")[2] else ""


def parse_content_types(data: bytes, *, part: str, path: str | None) -> ContentTypes:
    """The declared types; the last of two declarations wins. Raises UnreadableDocumentError when `data` is not XML."""
    root = parse_xml(data, part=part, path=path)
    overrides: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for element in root.iterchildren("{*}Override"):
        name = element.get("PartName", "").replace("\\", "/").lower()
        overrides["/" + name.lstrip("/")] = element.get("ContentType", "")
    for element in root.iterchildren("{*}Default"):
        defaults[element.get("Extension", "").lstrip(".").lower()] = element.get("ContentType", "")
    return ContentTypes(overrides=overrides, defaults=defaults)
