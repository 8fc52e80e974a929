# ruff: noqa: RUF001  # words of other languages
"""The fields that keep an answer in its thread: Subject, References, Thread-Index."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime, timedelta

from polydesk.office.mail.content import Content
from polydesk.office.mail.headers import message_ids

_PREFIX = re.compile(
    r"^\s*(?:(?:re|r|aw|antw|antwort|sv|vs|ref|rv|res|odp|ynt|fwd?|wg|tr|enc|doorst|vl|i|rif|回复|回覆|答复|转发|轉寄|返信|転送)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_LIST_TAG = re.compile(r"^\s*\[[^\]]{1,40}\]\s*")
_ANSWERS = re.compile(r"^\s*(?:re|aw|antw|sv|vs|odp|ynt|res|回复|回覆|答复|返信)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_FORWARDS = re.compile(r"^\s*(?:fwd?|wg|tr|rv|enc|doorst|vl|转发|轉寄|転送)\s*[:：]", re.IGNORECASE)
_MAX_REFERENCES = 30
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def base_subject(subject: str) -> str:
    """The subject without what answers and lists put before it."""
    text = " ".join(subject.split())
    while True:
        shorter = _LIST_TAG.sub("", _PREFIX.sub("", text))
        if shorter == text or not shorter:
            return text
        text = shorter


def is_answer(subject: str) -> bool:
    """Whether the subject says that the mail answers or forwards another."""
    return _PREFIX.match(_LIST_TAG.sub("", subject)) is not None


def reply_subject(subject: str) -> str:
    """`RE:` before it, once."""
    return subject if _ANSWERS.match(subject) else f"RE: {subject}".rstrip()


def forward_subject(subject: str) -> str:
    """`FW:` before it, once."""
    return subject if _FORWARDS.match(subject) else f"FW: {subject}".rstrip()


def parents(content: Content) -> list[str]:
    """The ids of the mails before it in its thread, the oldest first."""
    references = [one for value in content.all("references") for one in message_ids(value)]
    answered = [one for value in content.all("in-reply-to") for one in message_ids(value)]
    found = list(dict.fromkeys(references))
    # Of several answered mails none is the parent for certain; of one it is, where References does not say more.
    if not found and len(answered) == 1:
        found = answered
    return found


def references_for(content: Content) -> list[str]:
    """The References of an answer (RFC 5322, 3.6.4); of many the first and the latest."""
    own = message_ids(content.first("message-id") or "")[:1]
    found = list(dict.fromkeys([*parents(content), *own]))
    return found if len(found) <= _MAX_REFERENCES else [found[0], *found[1 - _MAX_REFERENCES :]]


def thread_index_for(content: Content, at: datetime) -> str:
    """Outlook's place of an answer in the conversation ([MS-OXOMSG] 2.2.1.3, checked 2026-11-24)."""
    found = index_bytes(content.first("thread-index"))
    if found is None:
        seed = "".join(references_for(content)[:1]) or (content.first("subject") or "")
        found = _ticks(at).to_bytes(8, "big")[:6] + hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:16]
    return base64.b64encode(found + _child(found, at)).decode("ascii")


def new_thread_index(seed: bytes, at: datetime) -> str:
    """That of a mail that answers none."""
    return base64.b64encode(_ticks(at).to_bytes(8, "big")[:6] + hashlib.sha256(seed).digest()[:16]).decode("ascii")


def index_bytes(value: str | None) -> bytes | None:
    """A Thread-Index decoded; None when it is none."""
    try:
        found = base64.b64decode("".join((value or "").split()), validate=False)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) >= 22 and (len(found) - 22) % 5 == 0 and len(found) < 2000 else None


def _child(parent: bytes, at: datetime) -> bytes:
    """Five bytes: how long after the conversation began, and a byte that tells answers of one moment apart."""
    began = int.from_bytes(parent[:6] + b"\0\0", "big")
    passed = max(_ticks(at) - began, 0)
    long = passed >> 49 > 0
    units = (passed >> (23 if long else 18)) & 0x7FFFFFFF
    apart = hashlib.sha256(parent + at.isoformat().encode("ascii")).digest()[0] & 0xF0
    return ((0x80000000 if long else 0) | units).to_bytes(4, "big") + bytes([apart])


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 10
