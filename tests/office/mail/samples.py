"""Mails made for tests, and the edits to try on any mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from polydesk.office.mail.edits import (
    AddAttachment,
    AddRecipient,
    Edit,
    Forward,
    NewAttachment,
    RemoveAttachment,
    ReplaceBody,
    Reply,
    ReplyAll,
    SetCategories,
    SetFlags,
    SetSubject,
)
from polydesk.office.mail.views import MessageView

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
HTML = b"""<html><head><meta charset="iso-8859-1"><style>p {color: red}</style></head><body lang=EN>
<p>Hello <b>there</b> \xe9</p><img src="cid:pic@x"></body></html>"""
RICH = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\r\n"
    b'To: ann@example.org, "Doe, Bob" <bob@example.net>\r\nCc: carol@example.net, ann@example.org\r\n'
    b"Subject: =?utf-8?b?QsO8ZGdldA==?=\r\nDate: Mon, 05 Jan 2026 15:04:00 +0100\r\nMessage-ID: <1@example.com>\r\n"
    b"References: <0@example.com>\r\nThread-Topic: Budget\r\nSensitivity: Private\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\npreamble\r\n--m\r\n'
    b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Hello there \xc3\xa9\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n"
    b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n" + HTML + b"\r\n--r\r\n"
    b"Content-Type: image/png; name=pic.png\r\nContent-ID: <pic@x>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--r--\r\n--a--\r\n--m\r\n"
    b'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--m--\r\nepilogue\r\n"
)
"""Text, HTML with a picture, and an attachment."""


def draft_edits(view: MessageView) -> Iterator[Edit]:
    """Edits that make a new draft."""
    yield Reply(at=view.anchor, text="Yes.\n\nGrüße", sender="me@example.org")
    yield ReplyAll(at=view.anchor, text="Yes.", own_addresses=("me@example.org",))
    yield Forward(at=view.anchor, to=("Dan <dan@example.com>",), text="For you.")
    yield Forward(at=view.anchor, to=(), as_attachment=True)


def change_edits(view: MessageView) -> Iterator[Edit]:
    """Edits that change the mail itself."""
    at = view.anchor
    yield SetSubject(at=at, subject="Neue Überschrift")
    yield AddRecipient(at=at, address="Zoë <zoe@example.com>", field="cc")
    yield SetCategories(at=at, add=("Finance", "Très urgent"))
    yield SetFlags(at=at, read=True, flagged=True)
    yield ReplaceBody(at=at, text="New words\n\né", keep_quoted=False)
    yield AddAttachment(at=at, attachment=NewAttachment(name="notes.txt", data=b"hello"))
    for one in view.attachments[:1]:
        yield RemoveAttachment(at=one.anchor)
