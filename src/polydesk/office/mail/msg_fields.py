"""The head of a `.msg` in the words of RFC 5322: its properties first, then its transport headers that say more."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime, formataddr

from polydesk.office.mail.entities import parse_entity
from polydesk.office.mail.headers import decoded
from polydesk.office.mail.mapi import PS_INTERNET_HEADERS, PS_PUBLIC_STRINGS, Properties

_IMPORTANCE = {0: "low", 2: "high"}
_SENSITIVITY = {1: "personal", 2: "private", 3: "company-confidential"}
_TO, _CC, _BCC = 1, 2, 3


def message_fields(own: Properties, recipients: list[Properties]) -> Iterator[tuple[str, str]]:
    """The message's head in the words of RFC 5322, then its transport headers that say more."""
    made = list(_made_fields(own, recipients))
    yield from made
    taken = {name.lower() for name, value in made if value}
    transport = own.text(0x007D)
    if transport:
        start = transport.partition("\n")[0]
        head = (
            transport
            if ":" in start and not start.lower().startswith("microsoft mail")
            else transport.partition("\n")[2]
        )
        for one in parse_entity(head.lstrip().encode("utf-8", "replace") + b"\r\n\r\n").fields:
            if one.name.lower() not in taken and not one.name.lower().startswith("content-"):
                yield one.name, decoded(one.text)


def _made_fields(own: Properties, recipients: list[Properties]) -> Iterator[tuple[str, str]]:
    sent_for = _address(own.text(0x0042), own.text(0x5D02), own.text(0x0065), own.text(0x0064))
    sender = _address(own.text(0x0C1A), own.text(0x5D01), own.text(0x0C1F), own.text(0x0C1E))
    if sent_for or sender:
        yield "From", sent_for or sender
        if sent_for and sender and sent_for != sender:
            yield "Sender", sender
    for name, kind, shown in (("To", _TO, 0x0E04), ("Cc", _CC, 0x0E03), ("Bcc", _BCC, 0x0E02)):
        listed = [_recipient(one) for one in recipients if (one.number(0x0C15) or 0) & 0xF == kind]
        value = ", ".join(one for one in listed if one) or (own.text(shown) or "").replace(";", ",")
        if value:
            yield name, value
    reply_to = own.text(0x0050)
    if reply_to and "@" in reply_to:
        yield "Reply-To", reply_to
    subject = own.text(0x0037)
    if subject is not None:
        yield "Subject", " ".join(subject.split())
    moment = own.time(0x0039, 0x0E06, 0x3007)
    if moment is not None:
        yield "Date", _date(moment)
    for name, key in (("Message-ID", 0x1035), ("In-Reply-To", 0x1042), ("References", 0x1039)):
        value = own.text(key)
        if value:
            yield name, value.strip()
    yield from _marks(own)


def _marks(own: Properties) -> Iterator[tuple[str, str]]:
    topic = own.text(0x0070)
    if topic:
        yield "Thread-Topic", topic
    index = own.data(0x0071)
    if index:
        yield "Thread-Index", base64.b64encode(index).decode("ascii")
    importance, sensitivity = own.number(0x0017), own.number(0x0036)
    if importance in _IMPORTANCE:
        yield "Importance", _IMPORTANCE[importance]
    if sensitivity in _SENSITIVITY:
        yield "Sensitivity", _SENSITIVITY[sensitivity]
    categories = own.texts((PS_PUBLIC_STRINGS, "Keywords"))
    if categories:
        yield "Keywords", ", ".join(categories)
    labels = own.text((PS_INTERNET_HEADERS, "msip_labels"), (PS_PUBLIC_STRINGS, "msip_labels"))
    if labels:
        yield "msip_labels", labels
    flags = own.number(0x0E07) or 0
    if flags & 1:
        yield "X-Status", "R"


def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _recipient(one: Properties) -> str:
    return _address(one.text(0x3001), one.text(0x39FE), one.text(0x3003), one.text(0x3002))


def _address(name: str | None, smtp: str | None, address: str | None, kind: str | None) -> str:
    """Name and address as a header writes them; an address inside an Exchange organisation is no mail address."""
    found = smtp or (address if address and "@" in address and (kind or "SMTP").upper() == "SMTP" else None)
    if found is None and address and "@" in address:
        found = address
    words = (name or "").strip().strip("'")
    if found is None:
        return f'"{words}"' if words and "," in words else words
    return (
        found
        if not words or words == found
        else formataddr(((words, found)), charset="utf-8")
        if words.isascii() and found.isascii()
        else _spoken(words, found)
    )


def _spoken(words: str, address: str) -> str:
    """With letters beyond ASCII as they are: these fields are read, not sent."""
    quoted = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'
