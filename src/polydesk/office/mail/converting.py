"""A mail out of a `.msg` as `.eml`, for programs that know no other: inside another it has no bytes of its own."""

from __future__ import annotations

import re

from polydesk.office.mail.composing import Draft, Piece, message_bytes
from polydesk.office.mail.content import Attachment, Content
from polydesk.office.mail.encoding import address_field, text_field, usable
from polydesk.office.mail.headers import addresses

_PEOPLE = {"from", "sender", "reply-to", "to", "cc", "bcc"}
_WORDS = {
    "subject", "date", "message-id", "in-reply-to", "references", "thread-topic", "thread-index", "importance",
    "sensitivity", "keywords", "msip_labels",
}  # fmt: skip
_MEDIA_TYPE = re.compile(r"[a-z0-9][\w.+-]*/[\w.+-]+", re.IGNORECASE)


def as_eml(content: Content) -> bytes:
    """What the mail says as an RFC 5322 message. Names without an address stay in no address field."""
    fields: list[str] = []
    for name, value in content.fields:
        if name.lower() in _PEOPLE:
            listed = [one for one in addresses(value) if usable(one)]
            fields += [address_field(name, listed)] if listed else []
        elif name.lower() in _WORDS and value.strip():
            fields.append(text_field(name, value))
    plain = "\n\n".join(part.text for part in content.plain)
    html = next((part.text for part in content.html), None)
    shown = tuple(_piece(one) for one in content.attachments if one.inline and one.content_id and html is not None)
    others = tuple(
        _piece(one) for one in content.attachments if not (one.inline and one.content_id and html is not None)
    )
    return message_bytes(Draft(fields=tuple(fields), text=plain, html=html, inline=shown, attachments=others))


def _piece(one: Attachment) -> Piece:
    kind = one.media_type if _MEDIA_TYPE.fullmatch(one.media_type) else "application/octet-stream"
    shown = one.content_id if one.inline and one.content_id and one.content_id.isascii() else None
    if kind.startswith("multipart/") or (kind.startswith("message/") and kind != "message/rfc822"):
        kind = "application/octet-stream"
    return Piece(name=one.name, media_type=kind, data=one.read(), content_id=shown)
