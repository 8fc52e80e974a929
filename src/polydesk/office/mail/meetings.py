"""Drafts about meetings: invitations, answers, updates and cancellations as iTIP has them (RFC 5545, 5546 and 6047)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from icalendar import Alarm, Calendar, Event, vCalAddress, vRecur, vText

from polydesk import __version__
from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.composing import Draft, draft_bytes
from polydesk.office.mail.content import Content
from polydesk.office.mail.drafting import Made, head, with_id
from polydesk.office.mail.edits import AnswerMeeting, CancelMeeting, NewMeeting, UpdateMeeting
from polydesk.office.mail.encoding import one_line, recipients
from polydesk.office.mail.headers import Address
from polydesk.office.mail.invitations import UNREADABLE, invitations, read_calendar
from polydesk.office.mail.quoting import written_date

_ANSWERS = {
    "accepted": ("ACCEPTED", "Accepted"),
    "declined": ("DECLINED", "Declined"),
    "tentative": ("TENTATIVE", "Tentative"),
}

_ZONE_YEARS = 10
"""For how long the rules of a zone are written; a series of meetings rarely outlives them."""


def new_meeting(edit: NewMeeting, at: datetime) -> Made:
    """An invitation. Raises UnsupportedEditError for times or addresses that are none."""
    organizer = recipients([edit.organizer], what="organizer")[0]
    start, end = moment(edit.start, edit.zone, "start"), moment(edit.end, edit.zone, "end")
    _in_order(start, end)
    event = Event()
    _add(event, "SUMMARY", one_line(edit.subject))
    _add(event, "DTSTART", start)
    _add(event, "DTEND", end)
    _add(event, "UID", hashlib.sha256(msgspec.json.encode(edit) + at.isoformat().encode()).hexdigest()[:40])
    _add(event, "ORGANIZER", _calendar_address(organizer))
    needed = recipients(edit.attendees, what="attendees")
    optional = recipients(edit.optional, what="optional")
    for role, listed in (("REQ-PARTICIPANT", needed), ("OPT-PARTICIPANT", optional)):
        for one in listed:
            _add(event, "ATTENDEE", _attendee(one, role), encode=False)
    if edit.recurrence:
        _add(event, "RRULE", _rule(edit.recurrence))
    _described(event, edit.location, edit.text)
    _add(event, "STATUS", "CONFIRMED")
    _add(event, "SEQUENCE", 0)
    _add(event, "DTSTAMP", at.astimezone(UTC))
    if edit.reminder_minutes is not None:
        alarm = Alarm()
        _add(alarm, "ACTION", "DISPLAY")
        _add(alarm, "DESCRIPTION", "Reminder")
        _add(alarm, "TRIGGER", timedelta(minutes=-abs(edit.reminder_minutes)))
        event.add_component(alarm)
    calendar = _calendar("REQUEST", [event])
    text = edit.text or _summary(event)
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
        _add(event, "ORGANIZER", _calendar_address(organizer))
    named = next((one for one in _listed(original, "ATTENDEE") if _mail(one).lower() == me.key), None)
    name = str(getattr(named, "params", {}).get("CN", "")) or me.name
    own = _calendar_address(Address((name, me.address)))
    own.params["PARTSTAT"] = vText(state)
    _add(event, "ATTENDEE", own, encode=False)
    _add(event, "DTSTAMP", at.astimezone(UTC))
    if edit.text:
        _add(event, "COMMENT", edit.text)
    subject = f"{word}: {original.get('SUMMARY', '')}"
    return _draft(edit, me, [organizer], subject, edit.text, _calendar("REPLY", [event]), "REPLY", at)


def update_meeting(edit: UpdateMeeting, content: Content, at: datetime) -> Made:
    """The invitation with what changed, for everybody who is invited."""
    event = _event_of(content, "updated").copy(recursive=True)
    organizer = _organizer(event, content)
    if edit.subject is not None:
        _put(event, "SUMMARY", one_line(edit.subject))
    _moved(event, edit)
    if edit.location is not None:
        _put(event, "LOCATION", edit.location)
    if edit.text is not None:
        _put(event, "DESCRIPTION", edit.text)
    listed = _attendees(event, edit)
    _stamp(event, at)
    subject = str(event.get("SUMMARY", ""))
    calendar = _calendar("REQUEST", [event])
    text = edit.text if edit.text is not None else _summary(event)
    return _draft(edit, organizer, listed, f"Updated: {subject}", text, calendar, "REQUEST", at)


def cancel_meeting(edit: CancelMeeting, content: Content, at: datetime) -> Made:
    """The cancellation, for everybody who is invited."""
    event = _event_of(content, "cancelled").copy(recursive=True)
    organizer = _organizer(event, content)
    _put(event, "STATUS", "CANCELLED")
    if edit.text:
        _put(event, "COMMENT", edit.text)
    event.subcomponents = [one for one in event.subcomponents if one.name != "VALARM"]
    _stamp(event, at)
    listed = [_address(one) for one in _listed(event, "ATTENDEE") if _mail(one).lower() != organizer.key]
    subject = f"Canceled: {event.get('SUMMARY', '')}"
    return _draft(edit, organizer, listed, subject, edit.text, _calendar("CANCEL", [event]), "CANCEL", at)


def moment(text: str, zone: str | None, what: str) -> datetime | date:
    """A moment with its zone, or a day. Raises UnsupportedEditError for anything else."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UnsupportedEditError(f"{what}: {text[:60]!r} is no moment; write `2026-12-01T09:00`.") from exc
    if zone is not None:
        try:
            found = found.replace(tzinfo=ZoneInfo(zone)) if found.tzinfo is None else found.astimezone(ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise UnsupportedEditError(f"{zone[:60]!r} is no time zone; write one such as `Europe/Berlin`.") from exc
    if found.tzinfo is None:
        raise UnsupportedEditError(f"{what}: {text!r} has no offset; name the `zone` that it is in.")
    return found if zone is not None else found.astimezone(UTC)


def _in_order(start: datetime | date, end: datetime | date) -> None:
    if isinstance(start, datetime) is not isinstance(end, datetime):
        raise UnsupportedEditError("A meeting begins and ends with a day, or with a moment; not one with each.")
    if end <= start:  # pyright: ignore[reportOperatorIssue]  # both are of one kind
        raise UnsupportedEditError("A meeting ends after it begins.")


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
    _add(event, "UID", found.uid)
    _add(event, "SUMMARY", found.summary)
    _add(event, "DTSTART", datetime.fromisoformat(found.start or "").astimezone(UTC))
    if found.end:
        _add(event, "DTEND", datetime.fromisoformat(found.end).astimezone(UTC))
    if found.location:
        _add(event, "LOCATION", found.location)
    for guest in found.attendees:
        _add(event, "ATTENDEE", _attendee(Address((guest.name, guest.address)), guest.role), encode=False)
    return event


def _organizer(event: Event, content: Content) -> Address:
    listed = _listed(event, "ORGANIZER")
    if listed:
        return recipients([f"<{_mail(listed[0])}>"], what="the organizer")[0]
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
    _in_order(start, end)
    event.pop("DURATION", None)
    _put(event, "DTSTART", start)
    _put(event, "DTEND", end)


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
    listed = _listed(event, "ATTENDEE")
    gone = {one.strip().lower() for one in edit.remove_attendees}
    missing = gone - {_mail(one).lower() for one in listed}
    if missing:
        raise UnsupportedEditError(f"{sorted(missing)[0]!r} is not invited.")
    kept = [one for one in listed if _mail(one).lower() not in gone]
    for one in kept:
        one.params["PARTSTAT"] = vText("NEEDS-ACTION")  # a new time is a new question (RFC 5546, 3.2.2)
    event.pop("ATTENDEE", None)
    added = [_attendee(one, "REQ-PARTICIPANT") for one in recipients(edit.add_attendees, what="add_attendees")]
    for one in [*kept, *added]:
        _add(event, "ATTENDEE", one, encode=False)
    organizers = {_mail(one).lower() for one in _listed(event, "ORGANIZER")}
    return [_address(one) for one in [*kept, *added] if _mail(one).lower() not in organizers]


def _stamp(event: Event, at: datetime) -> None:
    try:
        sequence = int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        sequence = 0
    _put(event, "SEQUENCE", sequence + 1)
    _put(event, "DTSTAMP", at.astimezone(UTC))


def _put(event: Event, name: str, value: Any) -> None:
    event.pop(name, None)
    _add(event, name, value)


def _add(component: Any, name: str, value: Any, *, encode: bool = True) -> None:
    # icalendar leaves the type of values open.
    component.add(name, value, encode=encode)


def _rule(text: str) -> vRecur:
    try:
        found = vRecur.from_ical(text.removeprefix("RRULE:"))
    except UNREADABLE as exc:
        raise UnsupportedEditError(
            f"{text[:80]!r} is no recurrence; write one such as `FREQ=WEEKLY;COUNT=10`."
        ) from exc
    if "FREQ" not in found:
        raise UnsupportedEditError(f"{text[:80]!r} is no recurrence: it has no FREQ.")
    return found


def _described(event: Event, location: str, text: str) -> None:
    if location:
        _add(event, "LOCATION", location)
    if text:
        _add(event, "DESCRIPTION", text)


def _calendar(method: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    _add(calendar, "PRODID", f"-//Polydesk//Polydesk {__version__}//EN")
    _add(calendar, "VERSION", "2.0")
    _add(calendar, "METHOD", method)
    starts: list[date] = []
    for event in events:
        calendar.add_component(event)
        start: Any = getattr(event.get("DTSTART"), "dt", None)
        if isinstance(start, date):
            starts.append(start.date() if isinstance(start, datetime) else start)
    try:
        if starts:
            # Rules of the years around the meeting; Outlook stumbles over those of a century.
            calendar.add_missing_timezones(
                starts[0] - timedelta(days=366), starts[0] + timedelta(days=366 * _ZONE_YEARS)
            )
        return calendar.to_ical()
    except UNREADABLE as exc:
        raise UnsupportedEditError(f"The meeting cannot be written as a calendar object: {exc}.") from exc


def _summary(event: Event) -> str:
    start: Any = event.get("DTSTART")
    when = start.dt if start is not None else None
    words = written_date(when) if isinstance(when, datetime) else when.isoformat() if isinstance(when, date) else ""
    place = event.get("LOCATION")
    return "\n".join(line for line in (f"When: {words}" if words else "", f"Where: {place}" if place else "") if line)


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


def _calendar_address(one: Address) -> vCalAddress:
    made = vCalAddress(f"mailto:{one.address}")
    if one.name:
        made.params["CN"] = vText(one_line(one.name).replace('"', "'"))
    return made


def _attendee(one: Address, role: str) -> vCalAddress:
    made = _calendar_address(one)
    made.params["ROLE"] = vText(role)
    made.params["PARTSTAT"] = vText("NEEDS-ACTION")
    made.params["RSVP"] = vText("TRUE")
    return made


def _listed(event: Event, name: str) -> list[Any]:
    found: Any = event.get(name)
    return [] if found is None else list(cast("list[Any]", found)) if isinstance(found, list) else [found]


def _mail(value: Any) -> str:
    text = str(value).strip()
    return text[7:] if text.lower().startswith("mailto:") else text


def _address(value: Any) -> Address:
    found = recipients([f"<{_mail(value)}>"], what="an attendee")[0]
    return Address((str(getattr(value, "params", {}).get("CN", "")), found.address))
