"""Footnotes and endnotes put in (ISO/IEC 29500-1, 17.11)."""

from __future__ import annotations

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_ID, W_P, W_PPR, W_R, W_RPR, W_VAL
from polydesk.office.docx.parts import ensured_part
from polydesk.office.docx.runs import new_run
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element


def new_note(stories: Stories, styles: Styles, kind: str, text: str, number: str) -> Element:
    """Append note `number`; the run that refers to it. Raises UnsupportedEditError for a note without words."""
    lines = clean_text(text).strip("\n").split("\n")
    if not any(line.strip() for line in lines):
        raise UnsupportedEditError("a note needs some words")
    part = stories.part(ensured_part(stories, f"{kind}s"))
    note = etree.Element(f"{W}{kind}")
    note.set(W_ID, number)
    style = styles.named(f"{kind} text", "paragraph")
    for position, line in enumerate(lines):
        paragraph = etree.SubElement(note, W_P)
        if style is not None:
            etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}pStyle").set(W_VAL, style.id)
        if position == 0:
            sign = _run(styles, kind)
            etree.SubElement(sign, f"{W}{kind}Ref")
            paragraph.append(sign)
            line = f" {line}"
        if line:
            paragraph.append(new_run(line, None))
    part.append(part.root, note)
    run = _run(styles, kind)
    etree.SubElement(run, f"{W}{kind}Reference").set(W_ID, number)
    return run


def _run(styles: Styles, kind: str) -> Element:
    """A run that looks like a note's number."""
    run = etree.Element(W_R)
    look = etree.SubElement(run, W_RPR)
    style = styles.named(f"{kind} reference", "character")
    if style is None:
        etree.SubElement(look, f"{W}vertAlign").set(W_VAL, "superscript")
    else:
        etree.SubElement(look, f"{W}rStyle").set(W_VAL, style.id)
    return run
