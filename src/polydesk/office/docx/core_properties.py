"""A document's properties: title, subject and the like (ECMA-376-2, 11)."""

from __future__ import annotations

from lxml import etree

from polydesk.office.docx.edits_content import SetProperties
from polydesk.office.docx.parts import free_name
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.xml import parse_xml

_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_NAMES = {
    "title": f"{_DC}title",
    "subject": f"{_DC}subject",
    "creator": f"{_DC}creator",
    "keywords": f"{_CP}keywords",
    "description": f"{_DC}description",
    "category": f"{_CP}category",
}
_PREFIXES = {"cp": _CP[1:-1], "dc": _DC[1:-1]}


def set_properties(stories: Stories, edit: SetProperties) -> None:
    """Change the properties that the edit names; the part is made where there is none."""
    chosen = {tag: value for field, tag in _NAMES.items() if (value := getattr(edit, field)) is not None}
    name = _part(stories)
    tracked = [tag.rpartition("}")[2] for tag in _NAMES.values()]
    part = XmlPart(stories.package.read(name), name=name, path=stories.package.path, tracked=tracked)
    for tag, value in chosen.items():
        _set(part, tag, " ".join(clean_text(value).split()))
    if part.changed:
        stories.package.replace(name, part.data())


def properties_of(stories: Stories) -> dict[str, str]:
    """The properties that edits can set, those without words left out."""
    package = stories.package
    for relationship in package.relationships(None):
        name = package.resolve(None, relationship) if relationship.kind == "core-properties" else None
        if name is not None:
            root = parse_xml(package.read(name), part=name, path=package.path)
            found = {field: " ".join((root.findtext(tag) or "").split()) for field, tag in _NAMES.items()}
            return {field: value for field, value in found.items() if value}
    return {}


def _set(part: XmlPart, tag: str, value: str) -> None:
    old = part.root.find(tag)
    if old is None:
        if value:
            new: Element = etree.Element(tag, nsmap=_PREFIXES)
            new.text = value
            part.append(part.root, new)
    elif value:
        part.touch(old)
        old.text = value
    else:
        part.remove(old)


def _part(stories: Stories) -> str:
    package = stories.package
    for relationship in package.relationships(None):
        found = package.resolve(None, relationship) if relationship.kind == "core-properties" else None
        if found is not None:
            return found
    name = free_name(package, "/docProps/core.xml")
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _PREFIXES.items())
    root = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties {declared}></cp:coreProperties>'
    )
    package.add(name, root.encode(), _TYPE)
    package.add_relationship(None, _RELATIONSHIP, name.lstrip("/"))
    return name
