"""Paragraph and row properties: finding them, and putting children where the schema wants them."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_P, W_PPR, W_R, W_RPR, W_VAL
from polydesk.office.docx.revisions import Revisions
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

W_PPR_CHANGE, W_SECT_PR, W_P_STYLE = f"{W}pPrChange", f"{W}sectPr", f"{W}pStyle"
_AFTER_MARK_LOOK = frozenset({W_SECT_PR, W_PPR_CHANGE})
_MARK_ORDER = [f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")]
_BLOCKS = frozenset({W_P, f"{W}tbl", f"{W}sdt", f"{W}customXml", f"{W}altChunk"})


def paragraph_properties(paragraph: Element) -> Element:
    """The paragraph's `w:pPr`, made when there is none."""
    properties = paragraph.find(W_PPR)
    if properties is None:
        properties = etree.Element(W_PPR)
        paragraph.insert(0, properties)
    return properties


def base_properties(paragraph: Element) -> Element:
    """A copy of the paragraph's properties as `w:pPrChange` may hold them: no mark, section or older change."""
    properties = paragraph.find(W_PPR)
    copy = etree.Element(W_PPR) if properties is None else deepcopy(properties)
    for name in (W_RPR, W_SECT_PR, W_PPR_CHANGE):
        for child in copy.findall(name):
            copy.remove(child)
    copy.tail = None
    return copy


def mark_paragraph(paragraph: Element, name: str, revisions: Revisions) -> None:
    """Mark the paragraph's end as inserted, deleted or moved (ISO/IEC 29500-1, 17.13.5.15 and .20)."""
    look = mark_look(paragraph)
    mark = revisions.mark(name)
    order = _MARK_ORDER.index(mark.tag)
    position = sum(1 for child in look if child.tag in _MARK_ORDER[:order])
    if look.find(mark.tag) is None:
        look.insert(position, mark)


def mark_look(paragraph: Element) -> Element:
    """The run properties of the paragraph's mark, made when there are none."""
    properties = paragraph_properties(paragraph)
    look = properties.find(W_RPR)
    if look is None:
        look = etree.Element(W_RPR)
        later = next((child for child in properties if child.tag in _AFTER_MARK_LOOK), None)
        if later is None:
            properties.append(look)
        else:
            later.addprevious(look)
    return look


def remember_properties(paragraph: Element, old: Element, revisions: Revisions) -> None:
    """Record that the paragraph's properties were `old`.

    Raises UnsupportedEditError when another such record is pending, for a paragraph can hold one alone.
    """
    if same_xml(base_properties(paragraph), old):
        return
    properties = paragraph_properties(paragraph)
    recorded = properties.find(W_PPR_CHANGE)
    if recorded is not None and recorded in revisions.made:
        return  # What another edit of the list recorded is the older state.
    if recorded is not None:
        raise UnsupportedEditError(
            "the paragraph has a tracked change of its formatting already, and can hold one alone; accept or reject "
            'that first, or edit with "tracked": false'
        )
    change = revisions.mark("pPrChange")
    change.append(deepcopy(old))
    properties.append(change)


def set_base_properties(paragraph: Element, base: Element) -> None:
    """Give the paragraph the properties `base` and keep its mark, section and recorded change."""
    properties = paragraph_properties(paragraph)
    for child in list(properties):
        if child.tag not in (W_RPR, W_SECT_PR, W_PPR_CHANGE):
            properties.remove(child)
    for position, child in enumerate(list(deepcopy(base))):
        properties.insert(position, child)
    if not len(properties):
        paragraph.remove(properties)


def set_style_id(paragraph: Element, style_id: str) -> None:
    """Make the paragraph refer to the style."""
    properties = paragraph_properties(paragraph)
    reference = properties.find(W_P_STYLE)
    if reference is None:
        reference = etree.Element(W_P_STYLE)
        properties.insert(0, reference)
    reference.set(W_VAL, style_id)


def style_id(paragraph: Element) -> str | None:
    """Id of the paragraph's style; None for the default one."""
    reference = paragraph.find(f"{W_PPR}/{W_P_STYLE}")
    return None if reference is None else reference.get(W_VAL)


def has_section(paragraph: Element) -> bool:
    """Whether the paragraph ends a section."""
    return paragraph.find(f"{W_PPR}/{W_SECT_PR}") is not None


def is_last(block: Element) -> bool:
    """Whether no paragraph or table follows in its cell, note, text box or story."""
    if any(sibling.tag in _BLOCKS for sibling in block.itersiblings()):
        return False
    parent = block.getparent()
    if parent is not None and parent.tag in (f"{W}sdtContent", f"{W}customXml"):
        if not any(sibling.tag in _BLOCKS for sibling in block.itersiblings(preceding=True)):
            return True  # A content control without any block is damaged.
        control = parent.getparent() if parent.tag == f"{W}sdtContent" else parent
        return control is None or is_last(control)
    return True


def control_around(block: Element) -> Element | None:
    """The content control that holds the block and no other, unless it is the last thing in its story itself."""
    parent = block.getparent()
    if parent is None or parent.tag != f"{W}sdtContent" or len([child for child in parent if child.tag in _BLOCKS]) > 1:
        return None
    control = parent.getparent()
    return None if control is None or is_last(control) else control


def previous_paragraph(paragraph: Element) -> Element | None:
    """The paragraph directly before it in the same container; None when a table or nothing stands there."""
    for sibling in paragraph.itersiblings(preceding=True):
        if sibling.tag == W_P:
            return sibling
        if sibling.tag in _BLOCKS:
            return None
    return None


def uniform_look(paragraph: Element) -> Element | None:
    """The run properties that all its words share; None when they differ or there are none."""
    looks = [run.find(W_RPR) for run in paragraph.iter(W_R) if run.find(f"{W}t") is not None]
    if not looks or looks[0] is None:
        return None
    first = looks[0]
    return first if all(look is not None and same_xml(first, look) for look in looks) else None


def same_xml(left: Element, right: Element) -> bool:
    """Whether both say the same, whatever their prefixes."""
    return (
        left.tag == right.tag
        and left.attrib == right.attrib
        and (left.text or "").strip() == (right.text or "").strip()
        and len(left) == len(right)
        and all(same_xml(one, other) for one, other in zip(left, right, strict=True))
    )
