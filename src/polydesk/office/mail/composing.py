"""A draft as bytes: header, text, HTML, calendar and attachments as one MIME message, always the same for a draft."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from polydesk.office.mail.encoding import (
    CRLF,
    base64_lines,
    encoded_text,
    flowed,
    old_parameter,
    parameter,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something that goes with the text."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    content_id: str | None = None
    """By which the HTML shows it; None for an attachment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A mail that is not sent yet."""

    fields: tuple[str, ...]
    """Header fields with their line ends, but for those of MIME."""
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    calendar: bytes | None = field(default=None, repr=False)
    method: str = "REQUEST"
    """Of the calendar."""
    inline: tuple[Piece, ...] = ()
    attachments: tuple[Piece, ...] = ()


def draft_bytes(draft: Draft) -> bytes:
    """The draft as a `.eml` that Outlook opens for writing (`X-Unsent`)."""
    return message_bytes(dataclasses.replace(draft, fields=(*draft.fields, f"X-Unsent: 1{CRLF}")))


def message_bytes(draft: Draft) -> bytes:
    """The same as a mail that is no draft."""
    part = _text_part(draft.text)
    alternatives = [part]
    if draft.html is not None:
        alternatives.append(_html_part(draft))
    if draft.calendar is not None:
        alternatives.append(_calendar_part(draft.calendar, draft.method))
    if len(alternatives) > 1:
        part = multipart("alternative", alternatives)
    if draft.attachments:
        part = multipart("mixed", [part, *(attachment_part(piece) for piece in draft.attachments)])
    head = "".join([*draft.fields, f"MIME-Version: 1.0{CRLF}"])
    return head.encode("ascii", "replace") + part


def _text_part(text: str) -> bytes:
    encoding, data = encoded_text(flowed(text))
    return entity(
        ["Content-Type: text/plain; charset=utf-8; format=flowed", f"Content-Transfer-Encoding: {encoding}"], data
    )


def _html_part(draft: Draft) -> bytes:
    encoding, data = encoded_text(draft.html or "")
    part = entity(["Content-Type: text/html; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"], data)
    if not draft.inline:
        return part
    pieces = [part, *(attachment_part(piece) for piece in draft.inline)]
    return multipart("related", pieces, extra='; type="text/html"')


def _calendar_part(data: bytes, method: str) -> bytes:
    encoding, body = encoded_text(data.decode("utf-8").removesuffix(CRLF))
    return entity(
        [f"Content-Type: text/calendar; charset=utf-8; method={method}", f"Content-Transfer-Encoding: {encoding}"],
        body + b"\r\n",
    )


def attachment_part(piece: Piece) -> bytes:
    """An attachment as an entity."""
    kind = piece.media_type
    disposition = "inline" if piece.content_id else "attachment"
    head = [
        f"Content-Type: {kind};{CRLF} {old_parameter('name', piece.name)}",
        f"Content-Disposition: {disposition};{CRLF} {parameter('filename', piece.name)}",
    ]
    if piece.content_id:
        head.append(f"Content-ID: <{piece.content_id}>")
    if kind == "message/rfc822":
        # A message may not be encoded (RFC 2046, 5.2.1): it stands here with the bytes that it had.
        seven = piece.data.isascii() and all(len(line) <= 998 for line in piece.data.split(b"\n"))
        return entity([*head, f"Content-Transfer-Encoding: {'7bit' if seven else '8bit'}"], piece.data)
    return entity([*head, "Content-Transfer-Encoding: base64"], base64_lines(piece.data))


def entity(head: Sequence[str], body: bytes) -> bytes:
    """Fields without line ends, and a body, as an entity."""
    return "".join(f"{line}{CRLF}" for line in head).encode("ascii", "replace") + b"\r\n" + body


def multipart(kind: str, parts: Sequence[bytes], *, extra: str = "") -> bytes:
    """The parts as a multipart of that kind, with a boundary that occurs in none of them."""
    mark = boundary(parts)
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"{extra}{CRLF}{CRLF}'.encode("ascii")
    line = f"--{mark}{CRLF}".encode("ascii")
    return head + b"".join(line + part + b"\r\n" for part in parts) + f"--{mark}--{CRLF}".encode("ascii")


def boundary(parts: Sequence[bytes]) -> str:
    """A boundary made of the parts themselves, so that it is always the same for them, and that occurs in none."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    number = 0
    while True:
        mark = f"=_{hashlib.sha256(digest.digest() + bytes([number])).hexdigest()[:32]}"
        if not any(mark.encode("ascii") in part for part in parts):
            return mark
        number += 1
