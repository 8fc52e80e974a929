"""New drafts: answers, forwards and mails of their own. Pure: bytes come of values, and nothing is sent."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

import msgspec

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.composing import Draft, Piece, draft_bytes
from polydesk.office.mail.content import Attachment, Content
from polydesk.office.mail.conversation import (
    forward_subject,
    new_thread_index,
    references_for,
    reply_subject,
    thread_index_for,
)
from polydesk.office.mail.edits import Forward, NewAttachment, NewMessage, Reply, ReplyAll
from polydesk.office.mail.encoding import address_field, id_field, media_type_of, one_line, recipients, text_field
from polydesk.office.mail.headers import Address, message_ids
from polydesk.office.mail.quoting import answer_html, cids_in, html_page, passes_html, quoted_plain, quoting_html
from polydesk.office.mail.recipients import for_reply, for_reply_all, own_of

_MEDIA_TYPE = re.compile(r"[a-z0-9][\w.+-]*/[\w.+-]+", re.IGNORECASE)
_SEALED = {"smime_encrypted", "pgp_encrypted", "pgp_inline_encrypted", "smime_opaque_signed"}


@dataclass(slots=True)
class Made:
    """A draft that was made, and what is to be said of it."""

    data: bytes
    notes: list[str] = field(default_factory=list[str])


def reply(edit: Reply | ReplyAll, content: Content, at: datetime) -> Made:
    """An answer. Raises UnsupportedEditError when nobody is there to get it."""
    own = own_of(content, edit.sender, edit.own_addresses)
    if isinstance(edit, ReplyAll):
        to, cc = for_reply_all(content, own)
    else:
        to, cc = for_reply(content, own), []
    if not to:
        raise UnsupportedEditError("The mail names no sender that could be answered; use `new_message`.")
    cc = [*cc, *recipients(edit.cc, what="cc")]
    fields = _head(edit.sender, to, cc, [], reply_subject(content.first("subject") or ""), at)
    notes: list[str] = []
    quote = edit.quote and not _is_sealed(content, notes)
    text, html, inline = _bodies(edit.text, edit.html, content, notes, quote=quote)
    made = Draft(
        fields=(*fields, *_thread_fields(content, at, answers=True), *_labels(content, notes)),
        text=text,
        html=html,
        inline=inline,
        attachments=_new_pieces(edit.attachments),
    )
    return _finished(made, edit, edit.sender, notes)


def forward(edit: Forward, content: Content, original: bytes, at: datetime) -> Made:
    """The mail passed on, quoted with its attachments or attached whole."""
    to, cc, bcc = (recipients(getattr(edit, name), what=name) for name in ("to", "cc", "bcc"))
    fields = _head(edit.sender, to, cc, bcc, forward_subject(content.first("subject") or ""), at)
    fields = [*fields, *_thread_fields(content, at, answers=False)]
    notes: list[str] = []
    if edit.as_attachment:
        whole = _whole(content, original)
        html = None if edit.html is None else html_page(edit.html)
        pieces = (whole, *_new_pieces(edit.attachments))
        made = Draft(fields=(*fields, *_labels(content, notes)), text=edit.text, html=html, attachments=pieces)
        return _finished(made, edit, edit.sender, notes)
    if _is_sealed(content, notes):
        raise UnsupportedEditError("The mail is encrypted, so that it cannot be quoted; forward it `as_attachment`.")
    text, html, inline = _bodies(edit.text, edit.html, content, notes, quote=True)
    shown = {piece.content_id for piece in inline}
    others = [one for one in content.attachments if one.content_id is None or one.content_id not in shown]
    made = Draft(
        fields=(*fields, *_labels(content, notes)),
        text=text,
        html=html,
        inline=inline,
        attachments=(*(_passed_on(one, notes) for one in others), *_new_pieces(edit.attachments)),
    )
    return _finished(made, edit, edit.sender, notes)


def new_message(edit: NewMessage, at: datetime) -> Made:
    """A mail that answers none."""
    to, cc, bcc = (recipients(getattr(edit, name), what=name) for name in ("to", "cc", "bcc"))
    fields = _head(edit.sender, to, cc, bcc, edit.subject, at)
    fields.append(text_field("Thread-Topic", edit.subject))
    fields.append(f"Thread-Index: {new_thread_index(msgspec.json.encode(edit), at)}\r\n")
    if edit.importance != "normal":
        fields.append(f"Importance: {edit.importance}\r\n")
    html = None if edit.html is None else _page(edit.html)
    made = Draft(fields=tuple(fields), text=edit.text, html=html, attachments=_new_pieces(edit.attachments))
    return _finished(made, edit, edit.sender, [])


def head(
    sender: Sequence[Address], to: Sequence[Address], cc: Sequence[Address], subject: str, at: datetime
) -> list[str]:
    """The first fields of a draft."""
    return [address_field("From", sender), *_head(None, to, cc, [], subject, at)]


def _head(
    sender: str | None, to: Sequence[Address], cc: Sequence[Address], bcc: Sequence[Address], subject: str, at: datetime
) -> list[str]:
    fields = [address_field("From", recipients([sender], what="sender"))] if sender else []
    taken: set[str] = set()
    for name, listed in (("To", to), ("Cc", cc), ("Bcc", bcc)):
        once = [one for one in listed if one.key not in taken and not taken.add(one.key)]
        if once:
            fields.append(address_field(name, once))
    return [*fields, text_field("Subject", subject), f"Date: {format_datetime(at)}\r\n"]


def _thread_fields(content: Content, at: datetime, *, answers: bool) -> list[str]:
    fields: list[str] = []
    own = message_ids(content.first("message-id") or "")[:1]
    if own and answers:
        fields.append(id_field("In-Reply-To", own))
    references = references_for(content)
    if references:
        fields.append(id_field("References", references))
    topic = content.first("thread-topic")
    fields.append(text_field("Thread-Topic", topic if topic is not None else content.first("subject") or ""))
    fields.append(f"Thread-Index: {thread_index_for(content, at)}\r\n")
    return fields


def _labels(content: Content, notes: list[str]) -> list[str]:
    """What an answer takes over of the mail's confidentiality."""
    fields: list[str] = []
    for name in ("Sensitivity", "msip_labels"):
        value = content.first(name)
        if value and one_line(value):
            fields.append(text_field(name, value))
            notes.append(f"The draft keeps the mail's {name} field.")
    return fields


def _is_sealed(content: Content, notes: list[str]) -> bool:
    sealed = bool(_SEALED & set(content.protections))
    if sealed:
        notes.append("The mail is encrypted or opaque, so that nothing of it is quoted.")
    return sealed


def _bodies(
    text: str, html: str | None, content: Content, notes: list[str], *, quote: bool
) -> tuple[str, str | None, tuple[Piece, ...]]:
    """Plain text, HTML (None for none), and the pictures that the HTML shows."""
    plain = f"{text.rstrip()}\n\n{quoted_plain(content)}" if quote else text
    if html is None and not (quote and passes_html(content)):
        return plain, None, ()
    answer = answer_html(text) if html is None else html
    if not quote:
        return plain, _page(answer), ()
    page, left = quoting_html(answer, content)
    if left:
        notes.append("The mail's HTML holds scripts, forms or frames; its text is quoted instead.")
    shown = cids_in(page)
    return plain, page, tuple(_passed_on(one, notes) for one in content.attachments if one.content_id in shown)


def _page(html: str) -> str:
    return html if re.search(r"<body\b", html, re.IGNORECASE) else html_page(html)


def _passed_on(one: Attachment, notes: list[str]) -> Piece:
    kind = one.media_type if _MEDIA_TYPE.fullmatch(one.media_type) else "application/octet-stream"
    shown = one.content_id if one.inline and one.content_id and one.content_id.isascii() else None
    data = one.read()
    if kind.startswith("multipart/") or (kind.startswith("message/") and kind != "message/rfc822"):
        kind = "application/octet-stream"
    if not data:
        notes.append(f"The attachment {one.name!r} is empty.")
    return Piece(name=one.name, media_type=kind, data=data, content_id=shown)


def _whole(content: Content, original: bytes) -> Piece:
    name = re.sub(r'[\\/:*?"<>|]+', " ", one_line(content.first("subject") or ""))[:80].strip() or "message"
    if content.form == "msg":
        return Piece(name=f"{name}.msg", media_type="application/vnd.ms-outlook", data=original)
    return Piece(name=f"{name}.eml", media_type="message/rfc822", data=original)


def new_piece(one: NewAttachment) -> Piece:
    """An attachment to a draft. Raises UnsupportedEditError for a name or type that is none."""
    name = one_line(re.split(r"[\\/]", one.name)[-1])
    if not name:
        raise UnsupportedEditError("An attachment needs a name.")
    kind = one.media_type or media_type_of(name)
    if _MEDIA_TYPE.fullmatch(kind) is None or kind.lower().startswith("multipart/"):
        raise UnsupportedEditError(f"{kind[:60]!r} is no media type that a file can have.")
    return Piece(name=name, media_type=kind, data=one.data)


def _new_pieces(listed: Iterable[NewAttachment]) -> tuple[Piece, ...]:
    return tuple(new_piece(one) for one in listed)


def _finished(draft: Draft, edit: msgspec.Struct, sender: str | None, notes: list[str]) -> Made:
    return Made(draft_bytes(with_id(draft, edit, sender)), notes)


def with_id(draft: Draft, edit: msgspec.Struct, sender: str | None) -> Draft:
    """The draft with a Message-ID of the sender's domain, made of the draft itself; none when the sender is unknown."""
    domain = sender.rpartition("@")[2].strip(' >"') if sender else ""
    if not re.fullmatch(r"[A-Za-z0-9.-]+", domain):
        return draft
    seed = hashlib.sha256("".join(draft.fields).encode("utf-8") + draft.text.encode("utf-8", "replace"))
    seed.update(msgspec.json.encode(edit))
    return dataclasses.replace(draft, fields=(*draft.fields, f"Message-ID: <{seed.hexdigest()[:32]}@{domain}>\r\n"))
