"""Views of mail: what its content says, in a reader's words and order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polydesk.office.mail.anchors import message_anchor, part_anchor
from polydesk.office.mail.content import Attachment, Content
from polydesk.office.mail.headers import addresses, message_ids, parsed_date
from polydesk.office.mail.html_text import HtmlText, Line, html_text
from polydesk.office.mail.invitations import invitations
from polydesk.office.mail.quotes import Block, blocks, plain_lines
from polydesk.office.mail.trust import authentication, bounces, findings, labels
from polydesk.office.mail.views import (
    AddressView,
    AttachmentView,
    BlockView,
    BodyView,
    HeaderView,
    LinkView,
    MessageView,
)
from polydesk.office.opc.findings import Finding

_MAX_LINKS = 200
_MAX_NESTED = 5
_FLAGS = {"R": "read", "O": "old", "A": "answered", "F": "flagged", "D": "deleted", "T": "draft"}
_IMPORTANCE = {
    "high": "high",
    "urgent": "high",
    "1": "high",
    "2": "high",
    "low": "low",
    "non-urgent": "low",
    "4": "low",
    "5": "low",
}


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail, told apart, and what its HTML would do."""

    blocks: tuple[Block, ...]
    html: tuple[HtmlText, ...]


def read_body(content: Content) -> Body:
    """The text of `content`."""
    lines: list[Line] = []
    html: list[HtmlText] = []
    for part in content.body:
        if lines and lines[-1].text:
            lines.append(Line(""))
        if part.media_type == "text/html":
            html.append(html_text(part.text))
            lines += html[-1].lines
        else:
            lines += plain_lines(_enriched(part.text) if part.media_type in _MARKED else part.text)
    return Body(tuple(blocks(lines)), tuple(html))


_MARKED = {"text/enriched", "text/richtext"}


def _enriched(text: str) -> str:
    """Text without the marks of RFC 1896."""
    text = re.sub(r"(?is)<param>.*?</param>", "", text)
    text = re.sub(r"<(?!<)/?[\w-]{1,60}>", "", text).replace("<<", "<")
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def read_message(content: Content, data: bytes, *, depth: int = 0) -> MessageView:
    """The view of a mail. `data` is what its anchor is of; `depth` how many mails it lies in."""
    body = read_body(content)
    meetings, faults = invitations(content)
    return MessageView(
        anchor=message_anchor(data),
        form="msg" if content.form == "msg" else "eml",
        item=content.item,
        draft=content.draft,
        date=_date(content),
        message_id=next(iter(message_ids(content.first("message-id") or "")), None),
        in_reply_to=tuple(message_ids(content.first("in-reply-to") or "")),
        references=tuple(message_ids(content.first("references") or "")),
        subject=" ".join((content.first("subject") or "").split()),
        from_=people(content, "from"),
        sender=_sender(content),
        reply_to=people(content, "reply-to"),
        to=people(content, "to"),
        cc=people(content, "cc"),
        bcc=people(content, "bcc"),
        thread_topic=content.first("thread-topic"),
        importance=_importance(content),
        sensitivity=_sensitivity(content),
        labels=tuple(labels(content)),
        categories=tuple(categories(content)),
        flags=tuple(flags(content)),
        mailing_list=_mailing_list(content),
        protections=content.protections,
        authentication=tuple(authentication(content)),
        blocks=tuple(BlockView(kind=b.kind, text=b.text, introduction=b.introduction) for b in body.blocks),
        bodies=tuple(_bodies(content)),
        links=tuple(
            LinkView(text=link.text, url=link.url, deceptive=link.deceptive)
            for html in body.html
            for link in html.links[:_MAX_LINKS]
        ),
        attachments=tuple(_attachment(one, depth) for one in content.attachments),
        invitations=tuple(meetings),
        bounces=tuple(bounces(content)),
        findings=(*content_findings(content, body), *_damage(faults)),
        headers=tuple(HeaderView(name=name, value=value) for name, value in content.fields),
    )


def content_findings(content: Content, body: Body | None = None) -> list[Finding]:
    """What to know of the mail; what blocks an edit comes first."""
    body = body or read_body(content)
    return list(findings(content, body.html, [one.name for one in content.attachments]))


def _damage(faults: Sequence[str]) -> Iterator[Finding]:
    for fault in dict.fromkeys(faults):
        yield Finding(kind="damage", text=fault, part="message", blocks_edit=False)


def people(content: Content, name: str) -> tuple[AddressView, ...]:
    """The mailboxes of the fields of that name."""
    return tuple(
        AddressView(address=one.address, name=one.name) for value in content.all(name) for one in addresses(value)
    )


def _sender(content: Content) -> AddressView | None:
    sender = next(iter(people(content, "sender")), None)
    return None if sender is None or any(one.address == sender.address for one in people(content, "from")) else sender


def _date(content: Content) -> str | None:
    found = parsed_date(content.first("date") or "")
    return None if found is None else found.isoformat()


def _importance(content: Content) -> str | None:
    for name in ("importance", "x-priority", "priority", "x-msmail-priority"):
        value = (content.first(name) or "").strip().lower()
        found = _IMPORTANCE.get(value) or _IMPORTANCE.get(value[:1] if name == "x-priority" else value)
        if found is not None:
            return found
    return None


def _sensitivity(content: Content) -> str | None:
    value = (content.first("sensitivity") or "").strip().lower()
    return value if value in ("personal", "private", "company-confidential") else None


def categories(content: Content) -> list[str]:
    """The mail's categories: Keywords (RFC 5322, 3.6.5), and what Thunderbird and Dovecot write."""
    found: list[str] = []
    for name in ("keywords", "x-keywords", "x-mozilla-keys"):
        for value in content.all(name):
            found += value.split(",") if name == "keywords" else value.replace(",", " ").split()
    return list(dict.fromkeys(one.strip() for one in found if one.strip()))


def flags(content: Content) -> list[str]:
    """What Status and X-Status say, as mbox files of many programs hold it."""
    letters = "".join(content.all("status") + content.all("x-status")).upper()
    found = [word for letter, word in _FLAGS.items() if letter in letters]
    if (content.first("x-message-flag") or "").strip():
        found.append("flagged")
    return list(dict.fromkeys(word for word in found if word != "old"))


def _mailing_list(content: Content) -> str | None:
    value = content.first("list-id")
    if value:
        found = re.search(r"<([^<>]+)>", value)
        return found[1].strip() if found else value.strip()
    return None


def _bodies(content: Content) -> Iterator[BodyView]:
    for part in (*content.plain, *content.html):
        yield BodyView(
            anchor=part_anchor(part.section, part.text.encode("utf-8", "replace")), media_type=part.media_type
        )


def _attachment(one: Attachment, depth: int) -> AttachmentView:
    data = one.read()
    inner = one.message if depth < _MAX_NESTED else None
    return AttachmentView(
        anchor=part_anchor(one.section, data),
        name=one.name,
        media_type=one.media_type,
        bytes=len(data),
        inline=one.inline,
        written_name=one.written_name,
        message=None if inner is None else read_message(inner, data, depth=depth + 1),
    )
