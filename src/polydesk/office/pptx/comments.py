"""Comments of slides: the classic ones (ISO/IEC 29500-1, 19.4) and the threaded ones of [MS-PPTX] 2.6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.names import AC, P15, P188
from polydesk.office.pptx.text import body_text
from polydesk.office.pptx.views import CommentView

_RESOLVED = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment where it stands."""

    id: str
    part: str
    element: Element
    """`p:cm`, `p188:cm` or `p188:reply`."""
    thread: Element
    """The comment that began the thread; itself when it did."""
    parent: str | None
    modern: bool


def comments_of(deck: Deck, entry: SlideEntry) -> list[Comment]:
    """The comments of a slide in the order of its comment parts."""
    found: list[Comment] = []
    for part in deck.all_related(entry.part, "comments"):
        found += _in_part(deck, entry, part)
    return found


def comment_views(deck: Deck, entry: SlideEntry) -> tuple[CommentView, ...]:
    """The comments of a slide as a reader sees them."""
    authors = author_names(deck)
    return tuple(_view(deck, entry, comment, authors) for comment in comments_of(deck, entry))


def author_names(deck: Deck) -> dict[str, str]:
    """Names of the comments' authors by id, classic and threaded."""
    names: dict[str, str] = {}
    for kind in ("commentAuthors", "authors"):
        for part in deck.all_related(deck.main_part, kind):
            for author in deck.part(part).root.iterchildren("*"):
                names[author.get("id", "")] = author.get("name", "")
    return names


def _in_part(deck: Deck, entry: SlideEntry, part: str) -> Iterator[Comment]:
    root = deck.part(part).root
    for number, element in enumerate(root.iterchildren(f"{P}cm", f"{P188}cm")):
        if element.tag == f"{P}cm":
            own = (element.get("authorId", "0"), element.get("idx", str(number)))
            above = element.find(f"{P}extLst/{P}ext/{P15}threadingInfo/{P15}parentCm")
            parent = None if above is None else f"{above.get('authorId', '')}.{above.get('idx', '')}"
            yield Comment(
                id=f"{entry.name}/comment#{'.'.join(own)}",
                part=part,
                element=element,
                thread=element,
                parent=None if parent is None else f"{entry.name}/comment#{parent}",
                modern=False,
            )
        else:
            id = f"{entry.name}/comment#{_short(element)}"
            yield Comment(id=id, part=part, element=element, thread=element, parent=None, modern=True)
            for reply in element.iterfind(f"{P188}replyLst/{P188}reply"):
                yield Comment(
                    id=f"{entry.name}/comment#{_short(reply)}",
                    part=part,
                    element=reply,
                    thread=element,
                    parent=id,
                    modern=True,
                )


def _view(deck: Deck, entry: SlideEntry, comment: Comment, authors: dict[str, str]) -> CommentView:
    element = comment.element
    shape = next(comment.thread.iter(f"{AC}spMk"), None) if comment.modern else None
    known = {item.name for item in deck.every_shape(entry.part)}
    name = None if shape is None else f"sh{shape.get('id', '')}"
    text = body_text(element.find(f"{P188}txBody")) if comment.modern else element.findtext(f"{P}text") or ""
    return CommentView(
        id=comment.id,
        author=authors.get(element.get("authorId", ""), ""),
        text=text,
        date=element.get("created") or element.get("dt"),
        parent=comment.parent,
        resolved=comment.thread.get("status") in _RESOLVED,
        anchor=f"{entry.name}/{name}" if name in known else None,
    )


def _short(element: Element) -> str:
    return element.get("id", "").strip("{}").lower().partition("-")[0]
