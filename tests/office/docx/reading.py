"""What a Word file says and how it looks, read for tests without the code under test where that is possible."""

from __future__ import annotations

from lxml import etree

from polydesk.office.docx.inline import DELETIONS, W_P, W_RPR, paragraph_text, pieces
from polydesk.office.docx.properties import base_properties
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.opc.package import Package

Look = tuple[str, tuple[tuple[str, str], ...]]
"""A paragraph's own properties, and its characters each with the properties of its run."""


def story_looks(data: bytes) -> dict[str, list[Look]]:
    """Of every story: every paragraph's text with all formatting, as canonical XML."""
    stories = Stories(Package.open(data))
    return {part: [_look(p) for p in stories.part(part).root.iter(W_P)] for part in stories.story_parts()}


def story_texts(data: bytes) -> dict[str, list[str]]:
    """Of every story: the text of every paragraph as it reads with all changes accepted."""
    stories = Stories(Package.open(data))
    return {part: [paragraph_text(p) for p in stories.part(part).root.iter(W_P)] for part in stories.story_parts()}


def _look(paragraph: etree._Element) -> Look:
    characters: list[tuple[str, str]] = []
    for piece in pieces(paragraph):
        properties = piece.run.find(W_RPR)
        look = "" if properties is None else _canonical(properties)
        if any(ancestor.tag in DELETIONS for ancestor in piece.run.iterancestors()):
            characters += [(f"[-{character}-]", look) for character in piece.node.text or ""]
        elif piece.text:
            characters += [(character, look) for character in piece.text]
        elif not _is_nothing(piece.node):
            characters.append((f"<{etree.QName(piece.node).localname}>", look))
    return _canonical(base_properties(paragraph)), tuple(characters)


def _is_nothing(node: etree._Element) -> bool:
    return node.tag in (f"{W}lastRenderedPageBreak", f"{W}t")


def _canonical(element: etree._Element) -> str:
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    for change in list(copy.iter(f"{W}rPrChange", f"{W}pPrChange")):
        holder = change.getparent()
        assert holder is not None
        holder.remove(change)
    for node in copy.iter():
        node.text, node.tail = (node.text or "").strip() or None, None
    if not len(copy):
        return ""
    return etree.tostring(copy, method="c14n", exclusive=True).decode()
