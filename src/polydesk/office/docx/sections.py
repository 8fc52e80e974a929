"""Sections: where they end, and what their properties are (ISO/IEC 29500-1, 17.6)."""

from __future__ import annotations

from polydesk.office.docx.properties import W_SECT_PR
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import R, W
from polydesk.office.ooxml.part import Element, XmlPart


def sections(part: XmlPart) -> list[Element]:
    """The properties of every section of the body, in order."""
    body = part.root.find(f"{W}body")
    if body is None:
        return []
    inside = [item for item in body.iter(W_SECT_PR) if (holder := item.getparent()) is not None and holder is not body]
    own = last_section(body)
    return [*inside, *([] if own is None else [own])]


def last_section(body: Element) -> Element | None:
    """The properties of the last section; None when the body has none."""
    return next((child for child in body.iterchildren(W_SECT_PR, reversed=True)), None)


def page_ends(stories: Stories) -> dict[Element, dict[tuple[str, str], str]]:
    """By section: its headers and footers, those that it takes over from the one before included.

    The key is `header` or `footer` and the pages that it is for (`default`, `first`, `even`); the value is the part.
    """
    relationships = {item.id: item for item in stories.package.relationships(stories.main_part)}
    found: dict[Element, dict[tuple[str, str], str]] = {}
    current: dict[tuple[str, str], str] = {}
    for section in sections(stories.main):
        current = dict(current)
        for kind in ("header", "footer"):
            for reference in section.findall(f"{W}{kind}Reference"):
                relationship = relationships.get(reference.get(f"{R}id", ""))
                part = None if relationship is None else stories.package.resolve(stories.main_part, relationship)
                if part is not None:
                    current[kind, reference.get(f"{W}type", "default")] = part
        found[section] = current
    return found
