"""Fields: made, and marked for Word to update when what they show has changed (ISO/IEC 29500-1, 17.16)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from polydesk.office.docx.inline import W_FLD_SIMPLE, W_R, paragraph_text
from polydesk.office.docx.properties import style_id
from polydesk.office.docx.runs import new_run, set_words
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_LISTING = re.compile(r"\s*TOC\b", re.IGNORECASE)
_REFERENCE = re.compile(r"\s*(?:REF|PAGEREF|NOTEREF)\s+(\S+)", re.IGNORECASE)
_CAPTION_NUMBER = re.compile(r"\s*SEQ\b", re.IGNORECASE)


def field_runs(instruction: str, shown: str, *, dirty: bool = True, look: Element | None = None) -> list[Element]:
    """A complex field as runs. `dirty` lets Word work it out anew when it opens the file."""
    begin, instr, separate, end = (_run(look) for _ in range(4))
    mark = etree.SubElement(begin, f"{W}fldChar")
    mark.set(f"{W}fldCharType", "begin")
    if dirty:
        mark.set(f"{W}dirty", "true")
    set_words(etree.SubElement(instr, f"{W}instrText"), f" {instruction} ")
    etree.SubElement(separate, f"{W}fldChar").set(f"{W}fldCharType", "separate")
    etree.SubElement(end, f"{W}fldChar").set(f"{W}fldCharType", "end")
    return [begin, instr, separate, *([new_run(shown, look)] if shown else []), end]


def _run(look: Element | None) -> Element:
    run = etree.Element(W_R)
    if look is not None and len(look):
        run.append(etree.fromstring(etree.tostring(look)))
    return run


class StaleFields:
    """Marks the tables of contents and cross-references whose sources a set of edits changes."""

    def __init__(self, stories: Stories, styles: Styles, paragraphs: Collection[Element]) -> None:
        """`paragraphs` are those that may change, as they are before."""
        self._stories, self._styles = stories, styles
        self._before = {paragraph: (_seen(paragraph), self._shown_by(paragraph)) for paragraph in paragraphs}

    def mark(self, paragraphs: Collection[Element]) -> int:
        """Mark the fields that show any of the paragraphs that have changed, or are new; how many."""
        listed, names = False, set[str]()
        for paragraph in paragraphs:
            seen, shown = self._before.get(paragraph, (None, (False, set[str]())))
            if seen != _seen(paragraph):
                for in_lists, bookmarks in (shown, self._shown_by(paragraph)):
                    listed, names = listed or in_lists, names | bookmarks
        return self._mark(listed, names)

    def _shown_by(self, paragraph: Element) -> tuple[bool, set[str]]:
        """Whether tables of contents list it, and the names of its bookmarks."""
        names = {mark.get(f"{W}name", "") for mark in paragraph.iter(f"{W}bookmarkStart")}
        return self._is_listed(paragraph), names - {""}

    def _mark(self, listed: bool, bookmarks: Collection[str]) -> int:
        count = 0
        for name in self._stories.story_parts() if listed or bookmarks else ():
            part = self._stories.part(name)
            if b"TOC" not in part.text and b"REF" not in part.text:
                continue
            for element, instruction in list(_fields(part.root)):
                match = _REFERENCE.match(instruction)
                shows = (listed and _LISTING.match(instruction)) or (match is not None and match[1] in bookmarks)
                if shows and element.get(f"{W}dirty") not in ("1", "true", "on"):
                    part.touch(element)
                    element.set(f"{W}dirty", "true")
                    count += 1
        return count

    def _is_listed(self, paragraph: Element) -> bool:
        if self._styles.level(style_id(paragraph)) is not None or paragraph.find(f"{W}pPr/{W}outlineLvl") is not None:
            return True
        return any(_CAPTION_NUMBER.match(instruction) for _, instruction in _fields(paragraph))


def _seen(paragraph: Element) -> tuple[str, str | None, bool]:
    return paragraph_text(paragraph), style_id(paragraph), paragraph.getparent() is not None


def _fields(root: Element) -> Iterator[tuple[Element, str]]:
    """Every field with its instruction: the element that begins it, which can be marked."""
    opened: list[tuple[Element, list[str]]] = []
    for node in root.iter(f"{W}fldChar", f"{W}instrText", W_FLD_SIMPLE):
        if node.tag == W_FLD_SIMPLE:
            yield node, node.get(f"{W}instr", "")
        elif node.tag == f"{W}instrText":
            if opened:
                opened[-1][1].append(node.text or "")
        elif node.get(f"{W}fldCharType") == "begin":
            opened.append((node, []))
        elif opened and node.get(f"{W}fldCharType") in ("separate", "end"):
            begin, words = opened.pop()
            if words:
                yield begin, "".join(words)
            if node.get(f"{W}fldCharType") == "separate":
                opened.append((begin, []))
