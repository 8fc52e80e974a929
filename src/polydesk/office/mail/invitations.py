"""Calendar objects in mail, read as invitations, answers and cancellations (RFC 5545 and 5546)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from icalendar import Calendar, Component

from polydesk.office.mail.charsets import decode
from polydesk.office.mail.content import Content, MeetingFacts
from polydesk.office.mail.headers import addresses
from polydesk.office.mail.views import AddressView, AttendeeView, InvitationView

MAX_CALENDAR = 1_000_000
"""Bytes of a calendar that are read."""
_MAX_EVENTS = 200
_STATES = {
    "REQUEST": "an invitation",
    "PUBLISH": "an event, without being asked for an answer",
    "CANCEL": "a cancellation",
    "REPLY": "an answer to an invitation",
    "COUNTER": "a proposal of another time",
    "DECLINECOUNTER": "a refusal of another time",
    "REFRESH": "a request for the latest state",
    "ADD": "further dates of a series",
}
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "accepted tentatively",
    "DELEGATED": "delegated",
}
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading a damaged calendar raises."""


def read_calendar(data: bytes) -> Calendar | None:
    """The calendar in `data`; None when it is none."""
    text = decode(data[:MAX_CALENDAR], "utf-8")[0].lstrip("\ufeff\r\n\t ")
    try:
        found = cast(Any, Calendar.from_ical(text, multiple=True))
    except UNREADABLE:
        return None
    return next((one for one in found if isinstance(one, Calendar)), None)


def invitations(content: Content) -> tuple[list[InvitationView], list[str]]:
    """The meetings that a mail is about, and sentences on calendars that cannot be read."""
    found: list[InvitationView] = []
    faults: list[str] = []
    for data in content.calendars:
        calendar = read_calendar(data)
        if calendar is None:
            faults.append("A calendar object in the mail is damaged and was not read.")
            continue
        found += _events(calendar, faults)
    if not found and content.meeting is not None:
        found.append(_from_facts(content, content.meeting))
    unique = {(one.uid, one.recurrence_id, one.method): one for one in reversed(found)}
    return list(reversed(unique.values())), faults


def _events(calendar: Calendar, faults: list[str]) -> Iterator[InvitationView]:
    method = str(calendar.get("METHOD", "PUBLISH")).upper()
    events = [one for one in calendar.subcomponents if one.name in ("VEVENT", "VTODO")]
    for event in events[:_MAX_EVENTS]:
        try:
            yield _event(event, method)
        except UNREADABLE:
            faults.append("An event of a calendar object is damaged and was not read.")


def _event(event: Component, method: str) -> InvitationView:
    attendees = tuple(_attendees(event))
    start, end = _value(event, "DTSTART"), _value(event, "DTEND") or _value(event, "DUE")
    if end is None and start is not None and isinstance(length := _value(event, "DURATION"), timedelta):
        end = start + length
    sequence = _number(event.get("SEQUENCE"))
    rule: Any = event.get("RRULE")
    return InvitationView(
        method=method,
        state=_state(method, sequence, attendees),
        summary=_words(event.get("SUMMARY")),
        start=_iso(start),
        end=_iso(end),
        zone=_zone(event, start),
        all_day=isinstance(start, date) and not isinstance(start, datetime),
        location=_words(event.get("LOCATION")),
        description=_words(event.get("DESCRIPTION")).strip(),
        organizer=_organizer(event),
        attendees=attendees,
        recurrence=rule.to_ical().decode("utf-8", "replace") if hasattr(rule, "to_ical") else None,
        recurrence_id=_iso(_value(event, "RECURRENCE-ID")),
        excluded=sum(len(one.dts) for one in _all(event, "EXDATE") if hasattr(one, "dts")),
        status=str(event["STATUS"]).upper() if "STATUS" in event else None,
        uid=str(event["UID"]) if "UID" in event else None,
        sequence=sequence,
    )


def _state(method: str, sequence: int, attendees: Sequence[AttendeeView]) -> str:
    if method == "REQUEST" and sequence > 0:
        return "an update of an invitation"
    if method == "REPLY" and len(attendees) == 1 and attendees[0].answer in _ANSWERS:
        who = attendees[0].name or attendees[0].address
        return f"an answer to an invitation: {who} has {_ANSWERS[attendees[0].answer]}"
    return _STATES.get(method, f"a calendar object ({method[:40]})")


def _value(event: Component, name: str) -> Any:
    """The moment, day or length of a property; None when there is none that can be read."""
    found: Any = event.get(name)
    if isinstance(found, list):
        found = cast("list[Any]", found)[0]
    return getattr(found, "dt", None)


def _iso(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


def _zone(event: Component, start: Any) -> str | None:
    written: Any = event.get("DTSTART")
    zone = getattr(written, "params", {}).get("TZID")
    if zone:
        return str(zone)
    return "UTC" if isinstance(start, datetime) and start.tzinfo is not None else None


def _organizer(event: Component) -> AddressView | None:
    found = next(iter(_all(event, "ORGANIZER")), None)
    return None if found is None else AddressView(address=_mail(found), name=_parameter(found, "CN"))


def _attendees(event: Component) -> Iterator[AttendeeView]:
    for one in _all(event, "ATTENDEE"):
        yield AttendeeView(
            address=_mail(one),
            name=_parameter(one, "CN"),
            role=_parameter(one, "ROLE").upper() or "REQ-PARTICIPANT",
            answer=_parameter(one, "PARTSTAT").upper() or "NEEDS-ACTION",
            kind=_parameter(one, "CUTYPE").upper() or "INDIVIDUAL",
        )


def _all(event: Component, name: str) -> list[Any]:
    found: Any = event.get(name)
    return [] if found is None else list(cast("list[Any]", found)) if isinstance(found, list) else [found]


def _mail(value: Any) -> str:
    text = str(value).strip()
    return text[7:] if text.lower().startswith("mailto:") else text


def _parameter(value: Any, name: str) -> str:
    return str(getattr(value, "params", {}).get(name, "")).strip('"')


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _words(value: Any) -> str:
    if isinstance(value, list):
        value = cast("list[Any]", value)[0]
    return "" if value is None else str(value)


def _from_facts(content: Content, facts: MeetingFacts) -> InvitationView:
    organizer = addresses(content.first("from") or "")
    attendees: tuple[AttendeeView, ...] = ()
    if facts.method == "REPLY" and organizer and facts.answer:
        one = organizer[0]
        attendees = (AttendeeView(address=one.address, name=one.name, answer=facts.answer),)
    elif facts.method != "REPLY":
        attendees = tuple(
            AttendeeView(address=one.address, name=one.name, role=role)
            for name, role in (("to", "REQ-PARTICIPANT"), ("cc", "OPT-PARTICIPANT"))
            for one in addresses(content.first(name) or "")
        )
    return InvitationView(
        method=facts.method,
        state="an appointment" if facts.method == "PUBLISH" else _state(facts.method, 0, attendees),
        summary=content.first("subject") or "",
        start=facts.start,
        end=facts.end,
        zone=facts.zone,
        location=facts.location or "",
        organizer=AddressView(address=organizer[0].address, name=organizer[0].name)
        if organizer and facts.method != "REPLY"
        else None,
        attendees=attendees,
        recurrence="(a series; the file does not say its rule in words)" if facts.recurring else None,
        uid=facts.uid,
    )
