"""Text that a part holds twice: in an alternative for newer readers and again in its fallback for older ones."""

from __future__ import annotations

from polydesk.office.ooxml.names import MC
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.names import A_P
from polydesk.office.pptx.text import paragraph_text


def mirror_of(paragraph: Element) -> Element | None:
    """The paragraph of the fallback that says the same as this one of the choice; None when there is none."""
    choice = next(paragraph.iterancestors(f"{MC}Choice"), None)
    holder = None if choice is None else choice.getparent()
    fallback = None if holder is None else holder.find(f"{MC}Fallback")
    if choice is None or fallback is None:
        return None
    own, others = list(choice.iter(A_P)), list(fallback.iter(A_P))
    if len(own) != len(others):
        return None
    other = others[own.index(paragraph)]
    return other if paragraph_text(other) == paragraph_text(paragraph) else None
