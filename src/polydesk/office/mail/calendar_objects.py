"""Calendar objects and their parts, as drafts about meetings need them (RFC 5545 and 5546)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar, Event, vCalAddress, vRecur, vText

from polydesk import __version__
from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.encoding import one_line, recipients
from polydesk.office.mail.headers import Address
from polydesk.office.mail.invitations import UNREADABLE
from polydesk.office.mail.quoting import written_date

_ZONE_YEARS = 10
"""For how long the rules of a zone are written; a series of meetings rarely outlives them."""


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


def refuse_disorder(start: datetime | date, end: datetime | date) -> None:
    """Raise UnsupportedEditError unless both are of one kind and the end comes later."""
    if isinstance(start, datetime) is not isinstance(end, datetime):
        raise UnsupportedEditError("A meeting begins and ends with a day, or with a moment; not one with each.")
    if end <= start:  # pyright: ignore[reportOperatorIssue]  # both are of one kind
        raise UnsupportedEditError("A meeting ends after it begins.")


def put(event: Event, name: str, value: Any) -> None:
    """Set a property in place of what it was."""
    event.pop(name, None)
    add(event, name, value)


def add(component: Any, name: str, value: Any, *, encode: bool = True) -> None:
    """Add a property."""
    # icalendar leaves the type of values open.
    component.add(name, value, encode=encode)


def rule(text: str) -> vRecur:
    """A recurrence. Raises UnsupportedEditError for what is none."""
    try:
        found = vRecur.from_ical(text.removeprefix("RRULE:"))
    except UNREADABLE as exc:
        raise UnsupportedEditError(
            f"{text[:80]!r} is no recurrence; write one such as `FREQ=WEEKLY;COUNT=10`."
        ) from exc
    if "FREQ" not in found:
        raise UnsupportedEditError(f"{text[:80]!r} is no recurrence: it has no FREQ.")
    return found


def describe(event: Event, location: str, text: str) -> None:
    """Say where and what for, where that is known."""
    if location:
        add(event, "LOCATION", location)
    if text:
        add(event, "DESCRIPTION", text)


def calendar_bytes(method: str, events: Iterable[Event]) -> bytes:
    """A calendar object with the events, for one method of iTIP. Raises UnsupportedEditError."""
    calendar = Calendar()
    add(calendar, "PRODID", f"-//Polydesk//Polydesk {__version__}//EN")
    add(calendar, "VERSION", "2.0")
    add(calendar, "METHOD", method)
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


def when_and_where(event: Event) -> str:
    """The meeting in words, for programs without a calendar."""
    start: Any = event.get("DTSTART")
    when = start.dt if start is not None else None
    words = written_date(when) if isinstance(when, datetime) else when.isoformat() if isinstance(when, date) else ""
    place = event.get("LOCATION")
    return "\n".join(line for line in (f"When: {words}" if words else "", f"Where: {place}" if place else "") if line)


def calendar_address(one: Address) -> vCalAddress:
    """A person as calendars write them."""
    made = vCalAddress(f"mailto:{one.address}")
    if one.name:
        made.params["CN"] = vText(one_line(one.name).replace('"', "'"))
    return made


def attendee(one: Address, role: str) -> vCalAddress:
    """Somebody who is asked."""
    made = calendar_address(one)
    made.params["ROLE"] = vText(role)
    made.params["PARTSTAT"] = vText("NEEDS-ACTION")
    made.params["RSVP"] = vText("TRUE")
    return made


def listed_in(event: Event, name: str) -> list[Any]:
    """The values of a property, in any number."""
    found: Any = event.get(name)
    return [] if found is None else list(cast("list[Any]", found)) if isinstance(found, list) else [found]


def address_in(value: Any) -> str:
    """The address of a person in a calendar."""
    text = str(value).strip()
    return text[7:] if text.lower().startswith("mailto:") else text


def person_in(value: Any) -> Address:
    """A person in a calendar. Raises UnsupportedEditError for one without an address."""
    found = recipients([f"<{address_in(value)}>"], what="an attendee")[0]
    return Address((str(getattr(value, "params", {}).get("CN", "")), found.address))
