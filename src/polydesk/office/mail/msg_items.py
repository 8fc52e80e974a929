"""What a `.msg` is, and what it says of a meeting ([MS-OXOCAL], checked 2026-11-24)."""

from __future__ import annotations

from datetime import datetime

from polydesk.office.mail.content import MeetingFacts
from polydesk.office.mail.mapi import PSETID_APPOINTMENT, PSETID_MEETING, Properties

_ITEMS = (
    ("ipm.schedule", "meeting"),
    ("ipm.appointment", "appointment"),
    ("ipm.contact", "contact"),
    ("ipm.distlist", "contact"),
    ("ipm.task", "task"),
    ("ipm.stickynote", "note"),
    ("report.", "report"),
)
_METHODS = (
    ("ipm.schedule.meeting.request", "REQUEST", None),
    ("ipm.schedule.meeting.canceled", "CANCEL", None),
    ("ipm.schedule.meeting.resp.pos", "REPLY", "ACCEPTED"),
    ("ipm.schedule.meeting.resp.neg", "REPLY", "DECLINED"),
    ("ipm.schedule.meeting.resp.tent", "REPLY", "TENTATIVE"),
    ("ipm.appointment", "PUBLISH", None),
)
_UID_HEAD = bytes.fromhex("040000008200e00074c5b7101a82e008")
_FOREIGN_UID = b"vCal-Uid\x01\0\0\0"


def item_of(own: Properties) -> str:
    """The kind of item by its message class."""
    kind = (own.text(0x001A) or "").lower()
    return next((item for start, item in _ITEMS if kind.startswith(start)), "mail")


def meeting_of(own: Properties) -> MeetingFacts | None:
    """What it says of a meeting; None when it is about none."""
    kind = (own.text(0x001A) or "").lower()
    found = next(((method, answer) for start, method, answer in _METHODS if kind.startswith(start)), None)
    if found is None:
        return None
    method, answer = found
    return MeetingFacts(
        method=method,
        start=_moment(own.time((PSETID_APPOINTMENT, 0x820D), (PSETID_APPOINTMENT, 0x8235), 0x0060)),
        end=_moment(own.time((PSETID_APPOINTMENT, 0x820E), (PSETID_APPOINTMENT, 0x8236), 0x0061)),
        location=own.text((PSETID_APPOINTMENT, 0x8208), (PSETID_MEETING, 0x0002)),
        uid=_uid(own.data((PSETID_MEETING, 0x0023)) or own.data((PSETID_MEETING, 0x0003))),
        answer=answer,
        recurring=bool(own.number((PSETID_APPOINTMENT, 0x8223)) or own.number((PSETID_MEETING, 0x0005))),
        zone=own.text((PSETID_APPOINTMENT, 0x8234)),
    )


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _uid(object_id: bytes | None) -> str | None:
    """The iCalendar UID of a global object id (2.2.1.27): its own, or one that another program gave."""
    if object_id is None or not object_id.startswith(_UID_HEAD):
        return None
    foreign = object_id.find(_FOREIGN_UID)
    if foreign >= 0:
        return object_id[foreign + len(_FOREIGN_UID) :].rstrip(b"\0").decode("utf-8", "replace")
    # The year, month and day of an exception are no part of it.
    return (object_id[:16] + bytes(4) + object_id[20:]).hex().upper()
