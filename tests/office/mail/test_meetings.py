"""Meetings are read, made, answered, moved and cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.edits import AnswerMeeting, CancelMeeting, Edit, NewMeeting, UpdateMeeting
from polydesk.office.mail.message import Message
from tests.corpus_files import CORPUS
from tests.office.mail.samples import AT

MEETING = NewMeeting(
    subject="Review",
    start="2026-12-01T09:00",
    end="2026-12-01T10:30",
    zone="Europe/Berlin",
    organizer="Ann <ann@example.com>",
    attendees=("Bob <bob@example.net>",),
    optional=("Carol, Inc. <carol@example.org>",),
    location="Room 5",
    text="Agenda: ü",
    recurrence="FREQ=WEEKLY;COUNT=3",
)
BLANK = Message(b"Subject: x\r\n\r\n")


def made(edit: Edit, message: Message = BLANK) -> Message:
    return Message(message.apply([edit], at=AT).data)


def meeting(message: Message) -> Any:
    (found,) = message.view().invitations
    return found


def test_an_invitation_says_everything() -> None:
    message = made(MEETING)
    found = meeting(message)
    assert (found.method, found.state, found.summary, found.location) == (
        "REQUEST",
        "an invitation",
        "Review",
        "Room 5",
    )
    assert (found.start, found.end, found.zone) == (
        "2026-12-01T09:00:00+01:00",
        "2026-12-01T10:30:00+01:00",
        "Europe/Berlin",
    )
    assert [(one.address, one.name, one.role) for one in found.attendees] == [
        ("bob@example.net", "Bob", "REQ-PARTICIPANT"),
        ("carol@example.org", "Carol, Inc.", "OPT-PARTICIPANT"),
    ]
    assert (found.recurrence, found.description) == ("FREQ=WEEKLY;COUNT=3", "Agenda: ü")
    assert [one.address for one in message.view().to] == ["bob@example.net", "carol@example.org"]
    assert made(MEETING).data == message.data


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_an_answer_goes_to_the_organizer_alone(answer: Any) -> None:
    message = made(AnswerMeeting(at="message", answer=answer, attendee="BOB@example.net", text="ok"), made(MEETING))
    found = meeting(message)
    assert (found.method, found.uid) == ("REPLY", meeting(made(MEETING)).uid)
    assert [(one.address.lower(), one.name, one.answer) for one in found.attendees] == [
        ("bob@example.net", "Bob", answer.upper())
    ]
    assert [one.address for one in message.view().to] == ["ann@example.com"]


def test_an_update_has_the_next_number_and_asks_everybody_anew() -> None:
    edit = UpdateMeeting(
        at="message", start="2026-12-02T11:00", add_attendees=("dan@x.org",), remove_attendees=("carol@example.org",)
    )
    message = made(edit, made(MEETING))
    found = meeting(message)
    assert (found.sequence, found.state) == (1, "an update of an invitation")
    assert (found.start, found.end) == ("2026-12-02T11:00:00+01:00", "2026-12-02T12:30:00+01:00")
    assert [one.address for one in message.view().to] == ["bob@example.net", "dan@x.org"]


def test_a_cancellation_reaches_everybody() -> None:
    message = made(CancelMeeting(at="message", text="Sorry."), made(MEETING))
    found = meeting(message)
    assert (found.method, found.status, found.sequence) == ("CANCEL", "CANCELLED", 1)
    assert [one.address for one in message.view().to] == ["bob@example.net", "carol@example.org"]


def test_days_are_days() -> None:
    edit = NewMeeting(subject="Off", start="2026-12-24", end="2026-12-27", organizer="a@x.org", attendees=("b@x.org",))
    found = meeting(made(edit))
    assert (found.start, found.end, found.all_day) == ("2026-12-24", "2026-12-27", True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "soon"}, "is no moment"),
        ({"zone": None}, "has no offset"),
        ({"zone": "Nowhere/Town"}, "is no time zone"),
        ({"end": "2026-12-01T08:00"}, "ends after it begins"),
        ({"end": "2026-12-02"}, "a day, or with a moment"),
        ({"recurrence": "sometimes"}, "is no recurrence"),
        ({"attendees": ("nobody",)}, "no address"),
    ],
)
def test_what_is_no_meeting_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    facts = {name: getattr(MEETING, name) for name in MEETING.__struct_fields__}
    with pytest.raises(UnsupportedEditError, match=words):
        made(NewMeeting(**{**facts, **changes}))


def test_a_mail_without_a_meeting_cannot_be_answered() -> None:
    with pytest.raises(UnsupportedEditError, match="holds no meeting"):
        made(AnswerMeeting(at="message", answer="accepted", attendee="a@x.org"))


@pytest.mark.parametrize(
    ("name", "start", "recurring"),
    [
        ("A_schedule", "2021-10-13T02:00:00+00:00", False),
        ("A_weekly_1", "2022-12-12T07:00:00+00:00", True),
        ("Appointment_sample_EST", "2022-12-04T13:00:00+00:00", False),
    ],
)
def test_outlooks_own_items_say_when(name: str, start: str, recurring: bool) -> None:
    path = next((CORPUS / "msgreader").glob(f"*{name}.msg"), None)
    if path is None:
        pytest.skip("no corpus")
    found = meeting(Message(path.read_bytes()))
    assert found.start is not None
    assert (found.recurrence is not None) is recurring
    if name != "A_schedule":
        assert found.start == start


def test_a_damaged_calendar_is_said_and_not_read() -> None:
    data = b"Subject: x\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nnonsense\r\n"
    view = Message(data).view()
    assert view.invitations == ()
    assert any("calendar" in one.text for one in view.findings)
