"""Links, bookmarks, cross-references, captions, tables of contents and page breaks, put in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.fields import field_runs
from polydesk.office.docx.inline import W_HYPERLINK, W_ID, W_P, W_PPR, W_R, W_RPR, W_VAL, paragraph_text
from polydesk.office.docx.order import put_child
from polydesk.office.docx.parts import linked_id, relationship_type
from polydesk.office.docx.properties import style_id
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import (
    new_run,
    piece_after,
    piece_before,
    put_after,
    put_before,
    runs_between,
    split_at,
)
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import R, W
from polydesk.office.ooxml.part import Element, XmlPart

ADDRESS = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]\w{0,39}")
_LABEL = re.compile(r"[^\W\d_][\w ]{0,39}")


def link_span(
    stories: Stories, part: XmlPart, paragraph: Element, span: tuple[int, int], address: str, styles: Styles
) -> None:
    """Make the characters a hyperlink."""
    link = etree.Element(W_HYPERLINK)
    if address.startswith("#"):
        name = address[1:]
        if name not in bookmark_names(stories):
            raise UnsupportedEditError(f"the document has no bookmark {name!r}")
        link.set(f"{W}anchor", name)
    elif ADDRESS.fullmatch(address):
        link.set(f"{R}id", linked_id(stories.package, part.name, relationship_type(stories, "hyperlink"), address))
    else:
        raise UnsupportedEditError(f"{address!r} is no http, https or mailto address, nor # and a bookmark's name")
    link.set(f"{W}history", "1")
    runs = runs_between(paragraph, *span) if span[1] > span[0] else []
    if not runs or any(run.getparent() is not runs[0].getparent() for run in runs):
        raise UnsupportedEditError("a link goes round words that stand together, in one piece of text or control")
    holder = runs[0].getparent()
    if holder is None or holder.tag != W_P:
        raise UnsupportedEditError("those words are in a link, field, control or tracked change already")
    if runs[-1] not in (runs[0], *runs[0].itersiblings()):
        raise UnsupportedEditError("a link goes round words that stand together")
    between = _from_to(runs[0], runs[-1])
    runs[0].addprevious(link)
    link.extend(between)
    style = styles.named("hyperlink", "character")
    for run in runs:
        _look_like_link(run, None if style is None else style.id)


def _from_to(first: Element, last: Element) -> list[Element]:
    found = [first]
    while found[-1] is not last:
        following = found[-1].getnext()
        assert following is not None
        found.append(following)
    return found


def _look_like_link(run: Element, style: str | None) -> None:
    look = run.find(W_RPR)
    if look is None:
        look = etree.Element(W_RPR)
        run.insert(0, look)
    for old in look.findall(f"{W}rStyle"):
        look.remove(old)
    if style is not None:
        reference = etree.Element(f"{W}rStyle")
        reference.set(W_VAL, style)
        look.insert(0, reference)
        return
    for name, value in (("color", "0563C1"), ("u", "single")):
        child = etree.Element(f"{W}{name}")
        child.set(W_VAL, value)
        put_child(look, child)


def name_span(stories: Stories, paragraph: Element, span: tuple[int, int], name: str, revisions: Revisions) -> None:
    """Put a bookmark round the characters."""
    if not _NAME.fullmatch(name):
        raise UnsupportedEditError(f"{name!r} is no bookmark's name: a letter, then letters, digits or underscores")
    if name.lower() in {known.lower() for known in bookmark_names(stories)}:
        raise UnsupportedEditError(f"the document has a bookmark {name!r} already")
    _bookmark(paragraph, span, name, revisions)


def _bookmark(paragraph: Element, span: tuple[int, int], name: str, revisions: Revisions) -> None:
    start, end = etree.Element(f"{W}bookmarkStart"), etree.Element(f"{W}bookmarkEnd")
    number = revisions.new_id()
    for mark in (start, end):
        mark.set(W_ID, number)
    start.set(f"{W}name", name)
    split_at(paragraph, span[1])
    split_at(paragraph, span[0])
    first, last = piece_after(paragraph, span[0]), piece_before(paragraph, span[1])
    if first is None or last is None or span[0] == span[1]:
        paragraph.insert(0 if paragraph.find(W_PPR) is None else 1, start)
        paragraph.append(end)
        return
    _child_of(paragraph, first.run).addprevious(start)
    _child_of(paragraph, last.run).addnext(end)


def _child_of(paragraph: Element, node: Element) -> Element:
    """The child of the paragraph that holds the node: a range may not begin inside one thing and end in another."""
    while (parent := node.getparent()) is not None and parent is not paragraph:
        node = parent
    return node


def bookmark_names(stories: Stories) -> set[str]:
    """The names of all bookmarks."""
    return {
        mark.get(f"{W}name", "")
        for part in stories.story_parts()
        if b"bookmarkStart" in stories.part(part).text
        for mark in stories.part(part).root.iter(f"{W}bookmarkStart")
    }


def reference_runs(stories: Stories, part: XmlPart, target: Element, shows: str, revisions: Revisions) -> list[Element]:
    """A field that shows the text or page of another paragraph, which gets a bookmark unless it has a hidden one."""
    marks = [mark for mark in target.iter(f"{W}bookmarkStart") if mark.get(f"{W}name", "").startswith("_Ref")]
    if marks:
        name = marks[0].get(f"{W}name", "")
    else:
        part.touch(target)
        known, number = bookmark_names(stories), 1
        while f"_Ref{number:09d}" in known:
            number += 1
        name = f"_Ref{number:09d}"
        _bookmark(target, (0, len(paragraph_text(target))), name, revisions)
    if shows == "page":
        return field_runs(f"PAGEREF {name} \\h", "0")
    return field_runs(f"REF {name} \\h", clean_text(paragraph_text(target)))


def caption(stories: Stories, styles: Styles, label: str, text: str, number: int) -> Element:
    """A caption paragraph with its number as a field."""
    label = " ".join(label.split())
    if not _LABEL.fullmatch(label):
        raise UnsupportedEditError(f"{label!r} is no word for a caption, such as Figure or Table")
    paragraph = etree.Element(W_P)
    style = styles.named("caption", "paragraph")
    if style is not None:
        etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}pStyle").set(W_VAL, style.id)
    paragraph.append(new_run(f"{label} ", None))
    paragraph.extend(field_runs(f"SEQ {label.replace(' ', '_')} \\* ARABIC", str(number)))
    words = clean_text(text).strip()
    if words:
        paragraph.append(new_run(f": {words}", None))
    return paragraph


def captions_before(part: XmlPart, label: str, place: Element) -> int:
    """How many captions with that word stand in front of `place`."""
    wanted = re.compile(rf"\s*SEQ\s+{re.escape(label.replace(' ', '_'))}\b", re.IGNORECASE)
    count = 0
    for node in part.root.iter(W_P, f"{W}instrText", f"{W}fldSimple"):
        if node is place:
            break
        words = node.text or "" if node.tag != f"{W}fldSimple" else node.get(f"{W}instr", "")
        count += node.tag != W_P and wanted.match(words) is not None
    return count


def contents(stories: Stories, styles: Styles, levels: int) -> list[Element]:
    """The paragraphs of a table of contents: one for each heading of the body, or a single one that says so."""
    headings = [
        (level, clean_text(paragraph_text(paragraph)))
        for paragraph in stories.paragraphs(stories.main_part)
        if (level := styles.level(style_id(paragraph))) is not None
    ]
    return contents_of(headings, styles, levels)


def contents_of(headings: Sequence[tuple[int, str]], styles: Styles, levels: int) -> list[Element]:
    """The same for headings by level and text."""
    if not 1 <= levels <= 9:
        raise UnsupportedEditError(f"headings have levels 1 to 9; the edit says {levels}")
    entries = [(level, " ".join(text.split())) for level, text in headings if text.strip() and level <= levels]
    shown = entries or [(1, "There are no headings yet.")]
    begin, instr, separate, end = field_runs(f'TOC \\o "1-{levels}" \\h \\z \\u', "")
    paragraphs = [_entry(level, text, styles) for level, text in shown]
    position = 0 if paragraphs[0].find(W_PPR) is None else 1
    for offset, run in enumerate((begin, instr, separate)):
        paragraphs[0].insert(position + offset, run)
    paragraphs[-1].append(end)
    return paragraphs


def _entry(level: int, text: str, styles: Styles) -> Element:
    paragraph = etree.Element(W_P)
    style = styles.named(f"toc {level}", "paragraph")
    if style is not None:
        etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}pStyle").set(W_VAL, style.id)
    elif level > 1:
        indent = etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}ind")
        indent.set(f"{W}left", str(220 * (level - 1)))
    paragraph.append(new_run(text, None))
    return paragraph


def page_break() -> Element:
    """A run that begins a new page."""
    run = etree.Element(W_R)
    etree.SubElement(run, f"{W}br").set(f"{W}type", "page")
    return run


def put_at(paragraph: Element, offset: int, new: Sequence[Element], revisions: Revisions, *, tracked: bool) -> None:
    """Put runs behind the first `offset` characters, outside links, fields and others' tracked changes."""
    runs = list(new)
    if tracked:
        mark = revisions.mark("ins")
        mark.extend(runs)
        runs = [mark]
    split_at(paragraph, offset)
    before, after = piece_before(paragraph, offset), piece_after(paragraph, offset)
    for run in runs if before is None and after is not None else reversed(runs):
        if before is not None:
            put_after(_out_of_things(before.run, paragraph), run, paragraph, revisions)
        elif after is not None:
            put_before(_out_of_things(after.run, paragraph), run, paragraph, revisions)
        else:
            paragraph.insert(0 if paragraph.find(W_PPR) is None else 1, run)


def _out_of_things(run: Element, paragraph: Element) -> Element:
    """The run, or the link or simple field around it."""
    found = run
    for ancestor in run.iterancestors():
        if ancestor is paragraph:
            break
        if ancestor.tag in (W_HYPERLINK, f"{W}fldSimple", W_R):
            found = ancestor
    return found
