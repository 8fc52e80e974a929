"""Conversations rebuilt from References, In-Reply-To, Thread-Index and subjects, after Jamie Zawinski's algorithm
(https://www.jwz.org/doc/threading.html, checked 2026-11-24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from polydesk.office.mail.content import Content
from polydesk.office.mail.conversation import base_subject, index_bytes, is_answer, parents
from polydesk.office.mail.entities import parse_head
from polydesk.office.mail.headers import decoded, message_ids, parsed_date
from polydesk.office.mail.read import categories, flags, people
from polydesk.office.mail.views import SummaryView, ThreadNodeView, ThreadView

_TOLD = {
    "subject", "date", "from", "to", "message-id", "references", "in-reply-to", "thread-index", "status", "x-status",
    "x-message-flag", "keywords", "x-keywords", "x-mozilla-keys",
}  # fmt: skip
_LATE = datetime(9999, 1, 1, tzinfo=UTC)


def head_summary(head: bytes, place: str, *, size: int | None = None) -> SummaryView:
    """What the head of a mail says of it; the body may be missing."""
    fields = parse_head(head)
    told = tuple((one.name, decoded(one.text)) for one in fields if one.name.lower() in _TOLD)
    return summary(Content(form="eml", fields=told), place, size=size)


def summary(content: Content, place: str, *, size: int | None = None) -> SummaryView:
    """One mail of many."""
    moment = parsed_date(content.first("date") or "")
    index = content.first("thread-index")
    return SummaryView(
        place=place,
        subject=" ".join((content.first("subject") or "").split()),
        from_=next(iter(people(content, "from")), None),
        to=people(content, "to"),
        date=None if moment is None else moment.isoformat(),
        message_id=next(iter(message_ids(content.first("message-id") or "")), None),
        parents=tuple(parents(content)),
        thread_index=index if index_bytes(index) is not None else None,
        bytes=size,
        flags=tuple(flags(content)),
        categories=tuple(categories(content)),
    )


@dataclass(eq=False, slots=True)
class _Container:
    message: SummaryView | None = None
    parent: _Container | None = None
    children: list[_Container] = field(default_factory=list["_Container"])
    index: bytes | None = None

    def has(self, other: _Container) -> bool:
        """Whether `other` is this one or somewhere above it."""
        at: _Container | None = self
        while at is not None:
            if at is other:
                return True
            at = at.parent
        return False


def threads(summaries: Iterable[SummaryView]) -> list[ThreadView]:
    """The conversations, that with the latest mail first. Every mail is in exactly one of them."""
    found = _linked(summaries)
    _link_by_index(found)
    roots = _pruned([one for one in found if one.parent is None])
    groups = _by_subject(roots)
    made = [_view(group) for group in groups]
    return sorted(made, key=lambda view: view.last or "", reverse=True)


def _linked(summaries: Iterable[SummaryView]) -> list[_Container]:
    by_id: dict[str, _Container] = {}
    found: list[_Container] = []
    for one in summaries:
        known = by_id.get(one.message_id) if one.message_id else None
        if known is not None and known.message is None:
            made = known
        else:  # a second mail of one id is a copy: it stands by itself beside the first
            made = _Container()
            found.append(made)
            if one.message_id and known is None:
                by_id[one.message_id] = made
        made.message, made.index = one, index_bytes(one.thread_index)
        previous: _Container | None = None
        for id in one.parents:
            if id == one.message_id:
                continue
            container = by_id.get(id)
            if container is None:
                container = by_id[id] = _Container()
                found.append(container)
            if previous is not None and container.parent is None and not previous.has(container):
                _adopt(previous, container)
            previous = container
        if previous is not None and not previous.has(made):
            _adopt(previous, made)
    return found


def _adopt(parent: _Container, child: _Container) -> None:
    if child.parent is not None:
        child.parent.children.remove(child)
    child.parent = parent
    parent.children.append(child)


def _link_by_index(found: Sequence[_Container]) -> None:
    """Outlook's index of an answer is its parent's with five bytes more."""
    by_index = {one.index: one for one in reversed(found) if one.index is not None}
    for one in found:
        if one.parent is not None or one.index is None or len(one.index) <= 22:
            continue
        for length in range(len(one.index) - 5, 21, -5):
            parent = by_index.get(one.index[:length])
            if parent is not None and not parent.has(one):
                _adopt(parent, one)
                break


def _pruned(roots: Sequence[_Container]) -> list[_Container]:
    """Without containers of mails that are not there, whose children take their place."""
    made: list[_Container] = []
    stack = list(reversed(roots))
    while stack:
        one = stack.pop()
        if one.message is None and len(one.children) <= 1:
            for child in one.children:
                child.parent = None
            stack += one.children
        elif one.message is not None or one.children:
            made.append(one)
    return made


def _by_subject(roots: Sequence[_Container]) -> list[list[_Container]]:
    """Roots that answer a mail of that subject, without saying which, join its conversation."""
    groups: dict[object, list[_Container]] = {}
    first: dict[str, object] = {}
    originals = {key for one in roots if (key := _subject(one)) and not _answers(one)}
    for number, one in enumerate(roots):
        key = _subject(one)
        joins = bool(key) and (_answers(one) or one.message is None) and (key in originals or key in first)
        name: object = number
        if key and (joins or key not in first):
            name = first.setdefault(key, number)
        groups.setdefault(name, []).append(one)
    return list(groups.values())


def _messages(one: _Container) -> Iterator[tuple[int, SummaryView]]:
    """Each mail below with its depth, answers in the order of their dates."""
    stack = [(0, one)]
    while stack:
        depth, at = stack.pop()
        if at.message is not None:
            yield depth, at.message
        step = 1 if at.message is not None else 0
        stack += [(depth + step, child) for child in sorted(at.children, key=_moment, reverse=True)]


def _subject(one: _Container) -> str:
    found = next((message for _, message in _messages(one)), None)
    return base_subject(found.subject).lower() if found is not None else ""


def _answers(one: _Container) -> bool:
    found = one.message or next((message for _, message in _messages(one)), None)
    return found is not None and is_answer(found.subject)


def _moment(one: _Container) -> datetime:
    found = next((message for _, message in _messages(one)), None)
    return _date(found) or _LATE if found is not None else _LATE


def _date(one: SummaryView) -> datetime | None:
    return datetime.fromisoformat(one.date) if one.date else None


def _view(group: Sequence[_Container]) -> ThreadView:
    ordered = sorted(group, key=lambda one: (_answers(one), _moment(one)))
    nodes: list[ThreadNodeView] = []
    for number, root in enumerate(ordered):
        for depth, message in _messages(root):
            nodes.append(ThreadNodeView(depth=depth + (1 if number else 0), message=message))
    dates = sorted(moment for node in nodes if (moment := _date(node.message)) is not None)
    return ThreadView(
        subject=base_subject(nodes[0].message.subject),
        nodes=tuple(nodes),
        first=dates[0].astimezone(UTC).isoformat() if dates else None,
        last=dates[-1].astimezone(UTC).isoformat() if dates else None,
    )
