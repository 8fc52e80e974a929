"""How each edit of comments is planned and made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.anchors import find_place
from polydesk.office.pptx.comments import Comment, comment_views, comments_of
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.editing import COMMENT_REMOVAL, COMMENTS, Editing, Plans
from polydesk.office.pptx.names import P14, P15, P188
from polydesk.office.pptx.new_parts import NAMESPACES, add_bytes, add_part, element, escaped
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.slide_edits import AddComment, DeleteComment, ReplyComment, ResolveComment

_CLASSIC_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.comments+xml"

_MODERN_TYPE = "application/vnd.ms-powerpoint.comments+xml"
_MODERN_AUTHORS_TYPE = "application/vnd.ms-powerpoint.authors+xml"
_MODERN_COMMENTS = "http://schemas.microsoft.com/office/2018/10/relationships/comments"
_MODERN_AUTHORS = "http://schemas.microsoft.com/office/2018/10/relationships/authors"
_COMMANDS = 'xmlns:ac="http://schemas.microsoft.com/office/drawing/2013/main/command"'
_SLIDE_COMMANDS = 'xmlns:pc="http://schemas.microsoft.com/office/powerpoint/2013/main/command"'
_MODERN = f'xmlns:p188="{P188[1:-1]}"'
_COMMENT_REL = "{6950BFC3-D8DA-4A85-94F7-54DA5524770B}"
_THREADING = "{C676402C-5697-4E1C-873F-D02D1690AC5C}"


@dataclass(frozen=True, slots=True)
class _Author:
    """Who signs, as the file knows them."""

    id: str
    number: str
    """Classic comments: the number of this author's next comment."""


def _add(editing: Editing, index: int, edit: AddComment) -> None:
    place = find_place(editing.deck, edit.at, "slide", "shape")
    text = _checked(edit.text)
    deck, slide = editing.deck, place.slide
    modern = _is_modern(deck)
    shape_id = None if place.shape is None else place.shape.name.removeprefix("sh").partition(".")[0]

    def make() -> None:
        add = _add_modern if modern else _add_classic
        id = add(editing, slide, text, shape_id=shape_id)
        editing.outcomes[index].comment_ids.append(id)
        editing.told(index, after=text)
        if shape_id is not None and not modern:
            editing.note(index, "The deck's classic comments are about slides; this one does not name its shape.")

    editing.step(COMMENTS, index, make)


def _reply(editing: Editing, index: int, edit: ReplyComment) -> None:
    slide, comment = _comment(editing.deck, edit.comment)
    text = _checked(edit.text)

    def make() -> None:
        if comment.modern:
            id = _reply_modern(editing, slide, comment, text)
        else:
            id = _add_classic(editing, slide, text, parent=comment)
        editing.outcomes[index].comment_ids.append(id)
        editing.told(index, after=text)

    editing.step(COMMENTS, index, make)


def _resolve(editing: Editing, index: int, edit: ResolveComment) -> None:
    _, comment = _comment(editing.deck, edit.comment)
    if not comment.modern:
        raise UnsupportedEditError(
            "classic comments cannot be resolved, only answered or deleted; open and save the deck in a current "
            "PowerPoint to have threaded ones"
        )
    editing.claim(index, comment.thread, "status")
    was = comment.thread.get("status", "active")

    def make() -> None:
        now = "resolved" if edit.resolved else "active"
        editing.told(index, before=was, after=now)
        editing.deck.part(comment.part).touch(comment.thread)
        if edit.resolved:
            comment.thread.set("status", now)
        elif "status" in comment.thread.attrib:
            del comment.thread.attrib["status"]

    editing.step(COMMENTS, index, make)


def _delete(editing: Editing, index: int, edit: DeleteComment) -> None:
    deck = editing.deck
    slide, comment = _comment(deck, edit.comment)
    editing.claim(index, comment.element, "being")
    before = next(view.text for view in comment_views(deck, slide) if view.id == comment.id)

    def make() -> None:
        part = deck.part(comment.part)
        answers = [item.element for item in comments_of(deck, slide) if item.parent == comment.id and not item.modern]
        for gone in (comment.element, *answers):
            if gone.getparent() is not None:
                part.remove(gone)
        replies = comment.thread.find(f"{P188}replyLst")
        if replies is not None and not len(replies) and comment.element is not comment.thread:
            part.touch(comment.thread)
            comment.thread.remove(replies)
        editing.told(index, before=before)

    editing.step(COMMENT_REMOVAL, index, make)


def _checked(text: str) -> str:
    text = clean_text(text)
    if not text.strip():
        raise UnsupportedEditError("a comment needs words")
    return text


def _comment(deck: Deck, id: str) -> tuple[SlideEntry, Comment]:
    name, _, _ = id.partition("/")
    slide = next((slide for slide in deck.slides if slide.name == name), None)
    found = next((item for item in ([] if slide is None else comments_of(deck, slide)) if item.id == id), None)
    if slide is None or found is None:
        raise AnchorNotFoundError(
            f"there is no comment {id!r}; take an id from `polydesk show`", path=deck.package.path
        )
    return slide, found


def _is_modern(deck: Deck) -> bool:
    """Whether the deck's comments are threaded: those that it has decide; a deck without any gets threaded ones."""
    return not deck.all_related(deck.main_part, "commentAuthors")


def _add_classic(
    editing: Editing, slide: SlideEntry, text: str, *, shape_id: str | None = None, parent: Comment | None = None
) -> str:
    """Add a classic comment; it stands on the slide, whatever the shape."""
    del shape_id
    author = _classic_author(editing)
    part = _classic_part(editing.deck, slide)
    date = editing.at.strftime("%Y-%m-%dT%H:%M:%S.000")
    comment = element(
        f'<p:cm authorId="{author.id}" dt="{date}" idx="{author.number}"><p:pos x="10" y="10"/>'
        f"<p:text>{escaped(text)}</p:text></p:cm>"
    )
    if parent is not None:
        top = _top(editing.deck, slide, parent)
        comment.append(
            element(
                f'<p:extLst><p:ext uri="{_THREADING}"><p15:threadingInfo xmlns:p15="{P15[1:-1]}" timeZoneBias="0">'
                f'<p15:parentCm authorId="{top.get("authorId", "0")}" idx="{top.get("idx", "0")}"/>'
                "</p15:threadingInfo></p:ext></p:extLst>"
            )
        )
    part.append(part.root, comment)
    return f"{slide.name}/comment#{author.id}.{author.number}"


def _top(deck: Deck, slide: SlideEntry, comment: Comment) -> Element:
    """The first comment of a classic thread: answers name it, not each other."""
    if comment.parent is None:
        return comment.element
    first = next((item for item in comments_of(deck, slide) if item.id == comment.parent), None)
    return comment.element if first is None else first.element


def _classic_part(deck: Deck, slide: SlideEntry) -> XmlPart:
    existing = deck.related(slide.part, "comments")
    if existing is None:
        existing = add_part(deck, "/ppt/comments/comment{}.xml", f"<p:cmLst {NAMESPACES}/>", _CLASSIC_TYPE)
        deck.package.add_relationship(slide.part, deck.relationship_type("comments"), existing)
        deck.related_again(slide.part)
    return deck.part(existing)


def _classic_author(editing: Editing) -> _Author:
    """The author's entry, made where it lacks; its count of comments goes up by one."""
    deck = editing.deck
    name = deck.related(deck.main_part, "commentAuthors")
    assert name is not None
    part = deck.part(name)
    authors = list(part.root.iterchildren(f"{P}cmAuthor"))
    for author in authors:
        if author.get("name") == editing.author:
            number = str(whole(author.get("lastIdx")) + 1)
            part.touch(author)
            author.set("lastIdx", number)
            return _Author(author.get("id", "0"), number)
    id = str(max((whole(author.get("id")) for author in authors), default=-1) + 1)
    part.append(
        part.root,
        element(
            f'<p:cmAuthor id="{id}" name="{escaped(editing.author)}" initials="{escaped(_initials(editing.author))}" '
            f'lastIdx="1" clrIdx="{id}"/>'
        ),
    )
    return _Author(id, "1")


def _add_modern(editing: Editing, slide: SlideEntry, text: str, *, shape_id: str | None) -> str:
    deck = editing.deck
    part = _modern_part(deck, slide)
    author = _modern_author(editing)
    id = _guid(f"{slide.name} {text} {len(part.root)} {editing.at.isoformat()}")
    slide_id = _creation_id(deck, slide)
    slide_mark = f'<pc:docMk {_SLIDE_COMMANDS}/><pc:sldMk {_SLIDE_COMMANDS} cId="{slide_id}" sldId="{slide.id}"/>'
    if shape_id is None:
        monikers = f"<pc:sldMkLst {_SLIDE_COMMANDS}>{slide_mark}</pc:sldMkLst>"
    else:
        monikers = f'<ac:deMkLst {_COMMANDS}>{slide_mark}<ac:spMk id="{shape_id}"/></ac:deMkLst>'
    part.append(
        part.root,
        element(
            f'<p188:cm {_MODERN} id="{id}" authorId="{author}" created="{_created(editing)}">{monikers}'
            f"{_modern_body(text)}</p188:cm>"
        ),
    )
    return f"{slide.name}/comment#{id[1:9].lower()}"


def _reply_modern(editing: Editing, slide: SlideEntry, comment: Comment, text: str) -> str:
    part = editing.deck.part(comment.part)
    author = _modern_author(editing)
    id = _guid(f"{comment.id} {text} {len(list(comment.thread.iter()))} {editing.at.isoformat()}")
    reply = element(
        f'<p188:reply {_MODERN} id="{id}" authorId="{author}" created="{_created(editing)}">'
        f"{_modern_body(text)}</p188:reply>"
    )
    part.touch(comment.thread)
    replies = comment.thread.find(f"{P188}replyLst")
    if replies is None:
        replies = etree.Element(f"{P188}replyLst")
        body = comment.thread.find(f"{P188}txBody")
        if body is None:
            comment.thread.append(replies)
        else:
            body.addprevious(replies)
    replies.append(reply)
    return f"{slide.name}/comment#{id[1:9].lower()}"


def _modern_body(text: str) -> str:
    lines = "".join(
        f'<a:p><a:r><a:rPr lang="en-US"/><a:t>{escaped(line)}</a:t></a:r></a:p>' for line in text.split("\n")
    )
    return f"<p188:txBody><a:bodyPr/><a:lstStyle/>{lines}</p188:txBody>"


def _modern_part(deck: Deck, slide: SlideEntry) -> XmlPart:
    existing = deck.related(slide.part, "comments")
    if existing is None:
        existing = deck.free_part_name(f"/ppt/comments/modernComment_{slide.id:X}_{{}}.xml")
        root = f"<p188:cmLst {NAMESPACES} {_MODERN}/>"
        add_bytes(deck, existing, root.encode(), _MODERN_TYPE)
        id = deck.package.add_relationship(slide.part, _MODERN_COMMENTS, existing)
        deck.related_again(slide.part)
        _name_relationship(deck.part(slide.part), id)
    return deck.part(existing)


def _name_relationship(part: XmlPart, id: str) -> None:
    """Tell the slide of its threaded comments ([MS-PPTX] 2.6, commentRel), in its list of extensions."""
    extension = element(f'<p:ext uri="{_COMMENT_REL}"><p188:commentRel {_MODERN} r:id="{id}"/></p:ext>')
    extensions = part.root.find(f"{P}extLst")
    if extensions is None:
        extensions = etree.Element(f"{P}extLst")
        extensions.append(extension)
        part.append(part.root, extensions)
    else:
        part.touch(extensions)
        extensions.append(extension)


def _modern_author(editing: Editing) -> str:
    deck = editing.deck
    name = deck.related(deck.main_part, "authors")
    if name is None:
        name = (
            "/ppt/authors.xml"
            if not deck.package.has("/ppt/authors.xml")
            else deck.free_part_name("/ppt/authors{}.xml")
        )
        add_bytes(deck, name, f"<p188:authorLst {NAMESPACES} {_MODERN}/>".encode(), _MODERN_AUTHORS_TYPE)
        deck.package.add_relationship(deck.main_part, _MODERN_AUTHORS, name)
        deck.related_again(deck.main_part)
    part = deck.part(name)
    for author in part.root.iterchildren(f"{P188}author"):
        if author.get("name") == editing.author:
            return author.get("id", "")
    id = _guid(f"author {editing.author}")
    who = escaped(editing.author)
    part.append(
        part.root,
        element(
            f'<p188:author {_MODERN} id="{id}" name="{who}" initials="{escaped(_initials(editing.author))}" '
            f'userId="{who}" providerId="None"/>'
        ),
    )
    return id


def _creation_id(deck: Deck, slide: SlideEntry) -> str:
    mark = next(deck.part(slide.part).root.iter(f"{P14}creationId"), None)
    return "0" if mark is None else mark.get("val", "0")


def _created(editing: Editing) -> str:
    return editing.at.strftime("%Y-%m-%dT%H:%M:%S.000")


def _guid(seen: str) -> str:
    digest = hashlib.blake2b(seen.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().upper()
    return f"{{{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-A{digest[17:20]}-{digest[20:]}}}"


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split())[:4].upper() or "?"


PLANS: Plans = {AddComment: _add, ReplyComment: _reply, ResolveComment: _resolve, DeleteComment: _delete}
