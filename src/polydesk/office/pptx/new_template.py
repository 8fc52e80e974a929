"""A template as the beginning of a presentation: the same parts, declared as what they become."""

from __future__ import annotations

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
