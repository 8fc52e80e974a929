"""Comments: reading their threads, adding, answering and resolving them.

A comment's words live in the comments part, its place in the story, its thread and state in commentsExtended
([MS-DOCX] 2.5.4), which refers to the id of the comment's last paragraph.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.docx.inline import DELETIONS, INSERTIONS, W_ID, W_P, W_PPR, W_R, W_VAL, paragraph_text
from polydesk.office.docx.parts import new_part, relationship_type, w_uri
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import new_run, piece_after, piece_before, split_at
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import MC, W14, W15, W
from polydesk.office.ooxml.part import Element, XmlPart

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_EXTENDED_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.commentsExtended+xml"
_EXTENDED_RELATIONSHIP = "http://schemas.microsoft.com/office/2011/relationships/commentsExtended"
_PARA_ID = re.compile(rb"""paraId(?:Parent)?\s*=\s*["']([0-9A-Fa-f]{8})["']""")
W_COMMENT = f"{W}comment"
_INDIVISIBLE = INSERTIONS | DELETIONS | {W_R}
_START, _END, _REFERENCE = f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference"


@dataclass(frozen=True, slots=True)
class Thread:
    """What commentsExtended says of one comment."""

    parent: str | None
    """Number of the comment that it answers; None for the first of a thread."""
    resolved: bool


def comment_id(element: Element) -> str:
    """The id that views and edits use for a `w:comment` or a mark of it."""
    return f"comment#{element.get(W_ID, '')}"


def threads(stories: Stories) -> dict[str, Thread]:
    """The thread of each comment, by its number. Comments without an entry start a thread that is open."""
    part = stories.related("comments")
    if part is None:
        return {}
    comments = stories.part(part).root.findall(f"{W}comment")
    by_paragraph = {paragraph_id: comment.get(W_ID, "") for comment in comments for paragraph_id in _para_ids(comment)}
    extended = stories.related("commentsExtended")
    entries = [] if extended is None else stories.part(extended).root.findall(f"{W15}commentEx")
    return {
        by_paragraph[key]: Thread(
            by_paragraph.get(entry.get(f"{W15}paraIdParent", "").upper()),
            entry.get(f"{W15}done") in ("1", "true", "on"),
        )
        for entry in entries
        if (key := entry.get(f"{W15}paraId", "").upper()) in by_paragraph
    }


def add_comment(
    stories: Stories,
    part: XmlPart,
    paragraph: Element,
    span: tuple[int, int],
    text: str,
    revisions: Revisions,
    styles: Styles,
) -> str:
    """Comment on characters `span` of the paragraph and return the comment's id."""
    in_box = next(paragraph.iterancestors(f"{W}txbxContent"), None) is not None
    if part.name != stories.main_part or in_box:
        # Word offers none in headers, footers and text boxes, and LibreOffice 7.4 opens no file with one in a note.
        where = "a text box" if in_box else stories.name_of(part.name)
        raise UnsupportedEditError(f"there can be no comments in {where}; comment in the body", part=part.name)
    comment = _append_comment(stories, text, revisions, styles)
    part.touch(paragraph)
    mark_span(paragraph, span, comment.get(W_ID, ""), styles)
    return comment_id(comment)


def reply_comment(stories: Stories, comment: str, text: str, revisions: Revisions, styles: Styles) -> str:
    """Answer the comment in its thread and return the answer's id."""
    asked = _comment(stories, comment)
    number = asked.get(W_ID, "")
    root = (threads(stories).get(number) or Thread(None, resolved=False)).parent or number
    marks = _marks(stories, number)
    if not marks:
        raise UnsupportedEditError(f"{comment} is no longer attached to any words, so an answer would not be seen")
    answer = _append_comment(stories, text, revisions, styles)
    own = answer.get(W_ID, "")
    for part, mark in marks:
        part.touch(mark)
        if mark.tag == _REFERENCE:
            run = mark.getparent()
            assert run is not None
            run.addnext(_reference_run(own, styles))
        else:
            twin = etree.Element(mark.tag)
            twin.set(W_ID, own)
            mark.addnext(twin)
    root_entry = _entry(stories, _comment(stories, f"comment#{root}"), revisions)
    entry = _entry(stories, answer, revisions)
    entry.set(f"{W15}paraIdParent", root_entry.get(f"{W15}paraId", ""))
    return comment_id(answer)


def resolve_comment(stories: Stories, comment: str, revisions: Revisions, *, resolved: bool) -> None:
    """Mark the comment's thread as resolved or open."""
    number = _comment(stories, comment).get(W_ID, "")
    root = (threads(stories).get(number) or Thread(None, resolved=False)).parent or number
    entry = _entry(stories, _comment(stories, f"comment#{root}"), revisions)
    entry.set(f"{W15}done", "1" if resolved else "0")


def set_thread(stories: Stories, number: str, parent: str | None, revisions: Revisions, *, resolved: bool) -> None:
    """Say that comment `number` answers comment `parent` (None: starts a thread), and whether it is resolved."""
    entry = _entry(stories, _comment(stories, f"comment#{number}"), revisions)
    entry.set(f"{W15}done", "1" if resolved else "0")
    if parent is not None:
        above = _entry(stories, _comment(stories, f"comment#{parent}"), revisions)
        entry.set(f"{W15}paraIdParent", above.get(f"{W15}paraId", ""))


def comment_text(comment: Element) -> str:
    """The comment's words, a line a paragraph."""
    return "\n".join(paragraph_text(paragraph) for paragraph in comment.iter(W_P))


def mark_span(paragraph: Element, span: tuple[int, int], number: str, styles: Styles) -> None:
    """Let comment `number` be about the characters `span` of the paragraph."""
    start, end = etree.Element(_START), etree.Element(_END)
    for mark in (start, end):
        mark.set(W_ID, number)
    split_at(paragraph, span[1])
    split_at(paragraph, span[0])
    first, last = piece_after(paragraph, span[0]), piece_before(paragraph, span[1])
    if first is None or last is None or span[0] == span[1]:
        properties = paragraph.find(W_PPR)
        paragraph.insert(0 if properties is None else 1, start)
        paragraph.append(end)
    else:
        _outside_marks(first.run, paragraph).addprevious(start)
        _outside_marks(last.run, paragraph).addnext(end)
    end.addnext(_reference_run(number, styles))


def _outside_marks(run: Element, paragraph: Element) -> Element:
    """The run, or the tracked change or annotated run around it: a range may not begin inside one and end outside."""
    found = run
    for ancestor in run.iterancestors():
        if ancestor is paragraph:
            break
        if ancestor.tag in _INDIVISIBLE:
            found = ancestor
    return found


def _reference_run(number: str, styles: Styles) -> Element:
    run = etree.Element(W_R)
    _in_style(run, "annotation reference", styles)
    etree.SubElement(run, _REFERENCE).set(W_ID, number)
    return run


def _in_style(run: Element, name: str, styles: Styles) -> None:
    """Give the run the character style with that built-in name, if the document has it."""
    style = next((style for style in styles.by_id.values() if style.name.lower() == name), None)
    if style is not None:
        properties = etree.SubElement(run, f"{W}rPr")
        etree.SubElement(properties, f"{W}rStyle").set(W_VAL, style.id)


def _append_comment(stories: Stories, text: str, revisions: Revisions, styles: Styles) -> Element:
    lines = clean_text(text).strip("\n").split("\n")
    if not any(line.strip() for line in lines):
        raise UnsupportedEditError("a comment needs some words")
    part = comments_part(stories)
    comment = revisions.mark("comment")
    comment.set(f"{W}initials", "".join(word[0] for word in re.findall(r"\w+", revisions.author))[:3].upper())
    style = next((style for style in styles.by_id.values() if style.name.lower() == "annotation text"), None)
    for line in lines:
        paragraph = etree.SubElement(comment, W_P)
        if style is not None:
            properties = etree.SubElement(paragraph, W_PPR)
            etree.SubElement(properties, f"{W}pStyle").set(W_VAL, style.id)
        paragraph.append(new_run(line, None))
    sign = etree.Element(W_R)
    _in_style(sign, "annotation reference", styles)
    etree.SubElement(sign, f"{W}annotationRef")
    comment[0].insert(0 if style is None else 1, sign)
    part.append(part.root, comment)
    return comment


def _comment(stories: Stories, comment: str) -> Element:
    part = stories.related("comments")
    number = comment.removeprefix("comment#")
    elements = [] if part is None else stories.part(part).root.findall(f"{W}comment")
    for element in elements:
        if element.get(W_ID) == number:
            return element
    known = ", ".join(comment_id(element) for element in elements) or "none"
    raise AnchorNotFoundError(f"there is no comment {comment!r}; the document has {known}", path=stories.package.path)


def _marks(stories: Stories, number: str) -> list[tuple[XmlPart, Element]]:
    return [
        (stories.part(part), mark)
        for part in stories.story_parts()
        for mark in list(stories.part(part).root.iter(_START, _END, _REFERENCE))
        if mark.get(W_ID) == number
    ]


def comments_part(stories: Stories) -> XmlPart:
    """The part with the comments, made when there is none."""
    name = stories.related("comments")
    if name is None:
        root = f'<w:comments xmlns:w="{w_uri(stories)}"/>'
        name = new_part(stories, "comments", _COMMENTS_TYPE, relationship_type(stories, "comments"), root)
        stories.add_story("comments", name)
    return stories.part(name)


def _entry(stories: Stories, comment: Element, revisions: Revisions) -> Element:
    """The comment's entry in commentsExtended, with part, entry and paragraph id made where they are missing."""
    name = stories.related("commentsExtended")
    if name is None:
        uri, compatibility = W15[1:-1], MC[1:-1]
        name = new_part(
            stories,
            "commentsExtended",
            _EXTENDED_TYPE,
            _EXTENDED_RELATIONSHIP,
            f'<w15:commentsEx xmlns:w15="{uri}" xmlns:mc="{compatibility}" mc:Ignorable="w15"/>',
        )
    part = stories.part(name)
    key = _para_id(stories, comment, revisions)
    for entry in part.root.findall(f"{W15}commentEx"):
        if entry.get(f"{W15}paraId", "").upper() == key:
            part.touch(entry)
            return entry
    entry = etree.Element(f"{W15}commentEx", nsmap={"w15": W15[1:-1]})
    entry.set(f"{W15}paraId", key)
    entry.set(f"{W15}done", "0")
    part.append(part.root, entry)
    return entry


def _para_id(stories: Stories, comment: Element, revisions: Revisions) -> str:
    """Id of the comment's last paragraph, which stands for the comment; given if it has none.

    Raises UnsupportedEditError for a damaged comment without any paragraph.
    """
    *_, paragraph = [None, *comment.iter(W_P)]
    if paragraph is None:
        raise UnsupportedEditError("the comment holds no paragraph, so it has no thread; comment anew")
    known = paragraph.get(f"{W14}paraId")
    if known is not None:
        return known.upper()
    part = comments_part(stories)
    part.touch(comment)
    used = {
        number.upper().decode()
        for name in stories.story_parts()
        for number in _PARA_ID.findall(stories.part(name).data())
    }
    seed = f"{comment.get(W_ID)} {revisions.author} {revisions.date}"
    attempt = 0
    while True:
        digest = hashlib.blake2b(f"{seed} {attempt}".encode(), digest_size=4).digest()
        # Must be below 0x80000000 and not zero ([MS-DOCX] 2.2.3).
        key = f"{(int.from_bytes(digest, 'big') & 0x7FFFFFFF) or 1:08X}"
        if key not in used:
            break
        attempt += 1
    paragraph.set(f"{W14}paraId", key)
    _make_ignorable(comment, paragraph)
    return key


def _make_ignorable(comment: Element, paragraph: Element) -> None:
    """Let readers that do not know w14 pass over it (ISO/IEC 29500-3, 10.2), by the prefix that it has here."""
    prefix = next(prefix for prefix, uri in paragraph.nsmap.items() if uri == W14[1:-1])
    assert prefix is not None
    for ancestor in (paragraph, *paragraph.iterancestors()):
        if prefix in ancestor.get(f"{MC}Ignorable", "").split():
            return
    comment.set(f"{MC}Ignorable", prefix)


def _para_ids(comment: Element) -> list[str]:
    return [key.upper() for paragraph in comment.iter(W_P) if (key := paragraph.get(f"{W14}paraId")) is not None]
