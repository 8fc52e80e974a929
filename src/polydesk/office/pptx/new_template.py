"""A template as the beginning of a presentation: the same parts, declared as what they become."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from polydesk.office.drawing.markup import chars, element, xml_text
from polydesk.office.ooxml.part import XmlPart
from polydesk.office.opc.names import CONTENT_TYPES
from polydesk.office.opc.package import Package
from polydesk.office.pptx.deck import Deck

_MAIN = "application/vnd.openxmlformats-officedocument.presentationml."
_MACROS = "application/vnd.ms-powerpoint."
_BECOMES = {
    f"{_MAIN}template.main+xml": f"{_MAIN}presentation.main+xml",
    f"{_MAIN}slideshow.main+xml": f"{_MAIN}presentation.main+xml",
    f"{_MACROS}template.macroEnabled.main+xml": f"{_MACROS}presentation.macroEnabled.main+xml",
    f"{_MACROS}slideshow.macroEnabled.main+xml": f"{_MACROS}presentation.macroEnabled.main+xml",
}
"""Content types of main parts ([MS-OFFMACRO2] 2.2.1.3; ISO/IEC 29500-1, 13.3.6)."""


_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_CORE_KIND = f"{_PACKAGE}relationships/metadata/core-properties"
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_CP = f"{_PACKAGE}metadata/core-properties"
_DC, _TERMS = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def as_presentation(data: bytes, *, path: str | None) -> bytes:
    """The file with its main part declared as a presentation's; the same bytes when it is one.

    Raises UnreadableDocumentError when `data` is no presentation or template of one.
    """
    package = Package.open(data, path=path)
    deck = Deck(package)
    deck.main  # noqa: B018  # refuses what is no presentation
    new = _BECOMES.get(package.content_type(deck.main_part) or "")
    if new is None:
        return data
    types = XmlPart(package.read(CONTENT_TYPES), name=CONTENT_TYPES, path=path, tracked=("Override",))
    for override in types.root.iterfind("{*}Override"):
        if override.get("PartName", "").lower() == deck.main_part.lower():
            types.touch(override)
            override.set("ContentType", new)
    package.replace(CONTENT_TYPES, types.data())
    return package.save()


def set_properties(package: Package, title: str, *, at: datetime) -> None:
    """Give the file its title and dates (ECMA-376-2, 4th edition, 11); other properties of a template stay."""
    found = next((link for link in package.relationships(None) if link.kind == "core-properties"), None)
    part = None if found is None else package.resolve(None, found)
    if part is None:
        package.add("/docProps/core.xml", _core(title, at), _CORE_TYPE)
        package.add_relationship(None, _CORE_KIND, "/docProps/core.xml")
        return
    names = ("coreProperties", "title", "created", "modified")
    core = XmlPart(package.read(part), name=part, path=package.path, tracked=names)
    for name, text in (
        (f"{{{_DC}}}title", title),
        (f"{{{_TERMS}}}created", _date(at)),
        (f"{{{_TERMS}}}modified", _date(at)),
    ):
        holder = core.root.find(name)
        if holder is None:
            core.touch(core.root)
            holder = etree.SubElement(core.root, name, nsmap={"dc": _DC, "dcterms": _TERMS, "xsi": _XSI})
            if name.startswith(f"{{{_TERMS}}}"):
                holder.set(f"{{{_XSI}}}type", "dcterms:W3CDTF")
        else:
            core.touch(holder)
        holder.text = xml_text(text)
    package.replace(part, core.data())


def _core(title: str, at: datetime) -> bytes:
    dates = (
        element(f"dcterms:{name}", _date(at), **{"xsi:type": "dcterms:W3CDTF"}) for name in ("created", "modified")
    )
    names = {"xmlns:cp": _CP, "xmlns:dc": _DC, "xmlns:dcterms": _TERMS, "xmlns:xsi": _XSI}
    root = element("cp:coreProperties", chars("dc:title", title), *dates, **names)
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{root}'.encode()


def _date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
