"""Drafts about meetings: invitations, answers, updates and cancellations as iTIP has them (RFC 5545, 5546 and 6047)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
from icalendar import Alarm, Event, vText

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.calendar_objects import (
    add,
    address_in,
    attendee,
    calendar_address,
    calendar_bytes,
    describe,
    listed_in,
    moment,
    person_in,
    put,
    refuse_disorder,
    rule,
    when_and_where,
)
from polydesk.office.mail.composing import Draft, draft_bytes
from polydesk.office.mail.content import Content
from polydesk.office.mail.drafting import Made, head, with_id
from polydesk.office.mail.edits import AnswerMeeting, CancelMeeting, NewMeeting, UpdateMeeting
from polydesk.office.mail.encoding import one_line, recipients
from polydesk.office.mail.headers import Address
from polydesk.office.mail.invitations import invitations, read_calendar

_ANSWERS = {
    "accepted": ("ACCEPTED", "Accepted"),
    "declined": ("DECLINED", "Declined"),
    "tentative": ("TENTATIVE", "Tentative"),
}


def new_meeting(edit: NewMeeting, at: datetime) -> Made:
    """An invitation. Raises UnsupportedEditError for times or addresses that are none."""
    organizer = recipients([edit.organizer], what="organizer")[0]
    start, end = moment(edit.start, edit.zone, "start"), moment(edit.end, edit.zone, "end")
    refuse_disorder(start, end)
    event = Event()
    add(event, "SUMMARY", one_line(edit.subject))
    add(event, "DTSTART", start)
    add(event, "DTEND", end)
    add(event, "UID", hashlib.sha256(msgspec.json.encode(edit) + at.isoformat().encode()).hexdigest()[:40])
    add(event, "ORGANIZER", calendar_address(organizer))
    needed = recipients(edit.attendees, what="attendees")
    optional = recipients(edit.optional, what="optional")
    for role, listed in (("REQ-PARTICIPANT", needed), ("OPT-PARTICIPANT", optional)):
        for one in listed:
            add(event, "ATTENDEE", attendee(one, role), encode=False)
    if edit.recurrence:
        add(event, "RRULE", rule(edit.recurrence))
    describe(event, edit.location, edit.text)
    add(event, "STATUS", "CONFIRMED")
    add(event, "SEQUENCE", 0)
    add(event, "DTSTAMP", at.astimezone(UTC))
    if edit.reminder_minutes is not None:
        alarm = Alarm()
        add(alarm, "ACTION", "DISPLAY")
        add(alarm, "DESCRIPTION", "Reminder")
        add(alarm, "TRIGGER", timedelta(minutes=-abs(edit.reminder_minutes)))
        event.add_component(alarm)
    calendar = calendar_bytes("REQUEST", [event])
    text = edit.text or when_and_where(event)
    return _draft(edit, organizer, [*needed, *optional], edit.subject, text, calendar, "REQUEST", at)


def answer_meeting(edit: AnswerMeeting, content: Content, at: datetime) -> Made:
    """The answer, for the organizer."""
    original = _event_of(content, "answered")
    me = recipients([edit.attendee], what="attendee")[0]
    organizer = _organizer(original, content)
    state, word = _ANSWERS[edit.answer]
    event = Event()
    for name in (
        "UID",
        "RECURRENCE-ID",
        "SEQUENCE",
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "DURATION",
        "LOCATION",
        "ORGANIZER",
    ):
        if name in original:
            event[name] = original[name]
    if "ORGANIZER" not in event:
        add(event, "ORGANIZER", calendar_address(organizer))
    named = next((one for one in listed_in(original, "ATTENDEE") if address_in(one).lower() == me.key), None)
    name = str(getattr(named, "params", {}).get("CN", "")) or me.name
    own = calendar_address(Address((name, me.address)))
    own.params["PARTSTAT"] = vText(state)
    add(event, "ATTENDEE", own, encode=False)
    add(event, "DTSTAMP", at.astimezone(UTC))
    if edit.text:
        add(event, "COMMENT", edit.text)
    subject = f"{word}: {original.get('SUMMARY', '')}"
    return _draft(edit, me, [organizer], subject, edit.text, calendar_bytes("REPLY", [event]), "REPLY", at)


def update_meeting(edit: UpdateMeeting, content: Content, at: datetime) -> Made:
    """The invitation with what changed, for everybody who is invited."""
    event = _event_of(content, "updated").copy(recursive=True)
    organizer = _organizer(event, content)
    if edit.subject is not None:
        put(event, "SUMMARY", one_line(edit.subject))
    _moved(event, edit)
    if edit.location is not None:
        put(event, "LOCATION", edit.location)
    if edit.text is not None:
        put(event, "DESCRIPTION", edit.text)
    listed = _attendees(event, edit)
    _stamp(event, at)
    subject = str(event.get("SUMMARY", ""))
    calendar = calendar_bytes("REQUEST", [event])
    text = edit.text if edit.text is not None else when_and_where(event)
    return _draft(edit, organizer, listed, f"Updated: {subject}", text, calendar, "REQUEST", at)


def cancel_meeting(edit: CancelMeeting, content: Content, at: datetime) -> Made:
    """The cancellation, for everybody who is invited."""
    event = _event_of(content, "cancelled").copy(recursive=True)
    organizer = _organizer(event, content)
    put(event, "STATUS", "CANCELLED")
    if edit.text:
        put(event, "COMMENT", edit.text)
    event.subcomponents = [one for one in event.subcomponents if one.name != "VALARM"]
    _stamp(event, at)
    listed = [person_in(one) for one in listed_in(event, "ATTENDEE") if address_in(one).lower() != organizer.key]
    subject = f"Canceled: {event.get('SUMMARY', '')}"
    return _draft(edit, organizer, listed, subject, edit.text, calendar_bytes("CANCEL", [event]), "CANCEL", at)


def _event_of(content: Content, what: str) -> Event:
    """The first event in the mail's calendar, or what a `.msg` says of it."""
    for data in content.calendars:
        calendar = read_calendar(data)
        for one in calendar.subcomponents if calendar is not None else []:
            if "UID" in one and isinstance(one, Event):
                return one
    found = next((one for one in invitations(content)[0] if one.uid and one.start), None)
    if found is None:
        raise UnsupportedEditError(f"The mail holds no meeting that could be {what}.")
    event = Event()
    add(event, "UID", found.uid)
    add(event, "SUMMARY", found.summary)
    add(event, "DTSTART", datetime.fromisoformat(found.start or "").astimezone(UTC))
    if found.end:
        add(event, "DTEND", datetime.fromisoformat(found.end).astimezone(UTC))
    if found.location:
        add(event, "LOCATION", found.location)
    for guest in found.attendees:
        add(event, "ATTENDEE", attendee(Address((guest.name, guest.address)), guest.role), encode=False)
    return event


def _organizer(event: Event, content: Content) -> Address:
    listed = listed_in(event, "ORGANIZER")
    if listed:
        return recipients([f"<{address_in(listed[0])}>"], what="the organizer")[0]
    found = invitations(content)[0]
    if found and found[0].organizer is not None and found[0].organizer.address:
        return recipients([f"<{found[0].organizer.address}>"], what="the organizer")[0]
    raise UnsupportedEditError("The meeting names no organizer, so that nobody could be answered.")


def _moved(event: Event, edit: UpdateMeeting) -> None:
    if edit.start is None and edit.end is None:
        return
    old_start, old_end = (event.get(name) for name in ("DTSTART", "DTEND"))
    if old_start is None:
        raise UnsupportedEditError("The meeting does not say when it begins; make a new one.")
    zone = str(old_start.params.get("TZID") or "") or None
    start = old_start.dt if edit.start is None else _in_zone(edit.start, zone, old_start.dt, "start")
    if edit.end is not None:
        end = _in_zone(edit.end, zone, old_start.dt, "end")
    else:
        length = old_end.dt - old_start.dt if old_end is not None else timedelta(hours=1)
        end = start + length
    refuse_disorder(start, end)
    event.pop("DURATION", None)
    put(event, "DTSTART", start)
    put(event, "DTEND", end)


def _in_zone(text: str, zone: str | None, old: datetime | date, what: str) -> datetime | date:
    if len(text) == 10:
        return moment(text, None, what)
    own = old.tzinfo if isinstance(old, datetime) else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return moment(text, zone, what)
    if own is None:
        return moment(text, zone, what)
    return found.replace(tzinfo=own) if found.tzinfo is None else found.astimezone(own)


def _attendees(event: Event, edit: UpdateMeeting) -> list[Address]:
    listed = listed_in(event, "ATTENDEE")
    gone = {one.strip().lower() for one in edit.remove_attendees}
    missing = gone - {address_in(one).lower() for one in listed}
    if missing:
        raise UnsupportedEditError(f"{sorted(missing)[0]!r} is not invited.")
    kept = [one for one in listed if address_in(one).lower() not in gone]
    for one in kept:
        one.params["PARTSTAT"] = vText("NEEDS-ACTION")  # a new time is a new question (RFC 5546, 3.2.2)
    event.pop("ATTENDEE", None)
    added = [attendee(one, "REQ-PARTICIPANT") for one in recipients(edit.add_attendees, what="add_attendees")]
    for one in [*kept, *added]:
        add(event, "ATTENDEE", one, encode=False)
    organizers = {address_in(one).lower() for one in listed_in(event, "ORGANIZER")}
    return [person_in(one) for one in [*kept, *added] if address_in(one).lower() not in organizers]


def _stamp(event: Event, at: datetime) -> None:
    try:
        sequence = int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        sequence = 0
    put(event, "SEQUENCE", sequence + 1)
    put(event, "DTSTAMP", at.astimezone(UTC))


def _draft(
    edit: msgspec.Struct,
    sender: Address,
    to: Sequence[Address],
    subject: str,
    text: str,
    calendar: bytes,
    method: str,
    at: datetime,
) -> Made:
    fields = head([sender], to, [], subject, at)
    draft = Draft(fields=tuple(fields), text=text, calendar=calendar, method=method)
    return Made(draft_bytes(with_id(draft, edit, sender.address)))
