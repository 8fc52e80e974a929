"""Whom an answer goes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from polydesk.office.mail.content import Content
from polydesk.office.mail.encoding import usable
from polydesk.office.mail.headers import Address, addresses


def field_of(content: Content, *names: str) -> list[Address]:
    """The usable addresses of the first of these fields that has any."""
    for name in names:
        found = [one for value in content.all(name) for one in addresses(value) if usable(one)]
        if found:
            return found
    return []


def own_of(content: Content, sender: str | None, given: Sequence[str]) -> set[str]:
    """The addresses of the one who answers, in small letters: those given, or those the mail was delivered to."""
    own = {one.key for text in (*given, *([sender] if sender else [])) for one in addresses(text)}
    return own or {one.key for one in field_of(content, "delivered-to", "x-original-to", "envelope-to")}


def for_reply(content: Content, own: set[str]) -> list[Address]:
    """To whom `reply` goes: as the sender wishes, else to the sender; after a mail of one's own, to its recipients."""
    wished = field_of(content, "mail-reply-to", "reply-to", "from", "sender")
    if _own(field_of(content, "from"), own):
        return field_of(content, "to") or wished
    return _once(wished)


def for_reply_all(content: Content, own: set[str]) -> tuple[list[Address], list[Address]]:
    """To and Cc of `reply_all`, without one's own addresses and without doubles."""
    followup = field_of(content, "mail-followup-to")
    if followup:
        return _without(followup, own) or followup, []
    others = field_of(content, "to")
    first = others if _own(field_of(content, "from"), own) else [*for_reply(content, own), *others]
    to = _without(first, own) or for_reply(content, own)
    cc = _without(field_of(content, "cc"), own | {one.key for one in to})
    return to, cc


def _own(listed: Sequence[Address], own: set[str]) -> bool:
    return bool(listed) and all(one.key in own for one in listed)


def _without(listed: Iterable[Address], left_out: set[str]) -> list[Address]:
    return [one for one in _once(listed) if one.key not in left_out]


def _once(listed: Iterable[Address]) -> list[Address]:
    found: dict[str, Address] = {}
    for one in listed:
        found.setdefault(one.key, one)
    return list(found.values())
