"""Mails for tests of mailboxes."""

from __future__ import annotations

MAIL = (
    b"From: Bob <bob@example.net>\r\nTo: Ann <ann@example.com>, carol@example.org\r\nSubject: Budget\r\n"
    b"Date: Mon, 05 Jan 2026 15:04:00 +0100\r\nMessage-ID: <1@example.net>\r\n\r\nCan we meet?\r\n"
)
"""Received by the user of the tests."""


def mail(number: int, *, references: str = "") -> bytes:
    """One of many."""
    line = f"References: {references}\r\n" if references else ""
    return (
        f"From: Bob <bob@example.net>\r\nTo: ann@example.com\r\nSubject: Mail {number}\r\n"
        f"Message-ID: <m{number}@example.net>\r\n{line}\r\nText {number}\r\n"
    ).encode()
