"""The edits of a mail. Those that answer, forward or invite make a new draft; none sends anything."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.office.edits import TypedEdit, parse_list


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file to attach."""

    name: str
    """Its name, without folders."""
    data: bytes
    """Its bytes; in JSON as base64."""
    media_type: str | None = None
    """Such as `application/pdf`; None goes by the name's ending."""


class Reply(TypedEdit, frozen=True, tag="reply", kw_only=True):
    """Draft an answer to the sender, with the mail quoted below as Outlook does."""

    at: str
    """Anchor of the mail."""
    text: str
    """The answer as plain text; each line is a line."""
    html: str | None = None
    """The answer as HTML; None makes it of `text`."""
    quote: bool = True
    """Whether the mail is quoted."""
    sender: str | None = None
    """Address that the draft is from; None leaves it to the mail program."""
    own_addresses: tuple[str, ...] = ()
    """Addresses of the one who answers, which get no copy."""
    cc: tuple[str, ...] = ()
    """Further recipients, such as `Ann <ann@example.com>`."""
    attachments: tuple[NewAttachment, ...] = ()


class ReplyAll(TypedEdit, frozen=True, tag="reply_all", kw_only=True):
    """Draft an answer to the sender and every other recipient."""

    at: str
    """Anchor of the mail."""
    text: str
    """As in `reply`."""
    html: str | None = None
    quote: bool = True
    sender: str | None = None
    own_addresses: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    attachments: tuple[NewAttachment, ...] = ()


class Forward(TypedEdit, frozen=True, tag="forward", kw_only=True):
    """Draft a mail that passes this one on with its attachments."""

    at: str
    """Anchor of the mail."""
    to: tuple[str, ...]
    """Recipients, such as `Ann <ann@example.com>`; may be empty, to be filled in later."""
    text: str = ""
    """What is said about it."""
    html: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    as_attachment: bool = False
    """Whether the mail is attached whole, with every byte, instead of quoted."""
    sender: str | None = None
    attachments: tuple[NewAttachment, ...] = ()


class NewMessage(TypedEdit, frozen=True, tag="new_message", kw_only=True):
    """Draft a mail that answers none."""

    to: tuple[str, ...] = ()
    """Recipients, such as `Ann <ann@example.com>`."""
    subject: str = ""
    text: str = ""
    html: str | None = None
    """The mail as HTML; None sends plain text alone."""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    sender: str | None = None
    importance: Literal["high", "normal", "low"] = "normal"
    attachments: tuple[NewAttachment, ...] = ()


class ReplaceBody(TypedEdit, frozen=True, tag="replace_body", kw_only=True):
    """Replace the text of a draft."""

    at: str
    """Anchor of the draft."""
    text: str
    """The new text, of its HTML too when `html` is None."""
    html: str | None = None
    keep_quoted: bool = True
    """Whether what the draft quotes stays below."""


class SetSubject(TypedEdit, frozen=True, tag="set_subject", kw_only=True):
    """Replace the subject of a draft."""

    at: str
    """Anchor of the draft."""
    subject: str


class AddRecipient(TypedEdit, frozen=True, tag="add_recipient", kw_only=True):
    """Add a recipient to a draft."""

    at: str
    """Anchor of the draft."""
    address: str
    """Such as `Ann <ann@example.com>`."""
    field: Literal["to", "cc", "bcc"] = "to"


class RemoveRecipient(TypedEdit, frozen=True, tag="remove_recipient", kw_only=True):
    """Take a recipient out of a draft, wherever it stands."""

    at: str
    """Anchor of the draft."""
    address: str
    """The address alone."""


class AddAttachment(TypedEdit, frozen=True, tag="add_attachment", kw_only=True):
    """Attach a file to a draft."""

    at: str
    """Anchor of the draft."""
    attachment: NewAttachment


class RemoveAttachment(TypedEdit, frozen=True, tag="remove_attachment", kw_only=True):
    """Take an attachment out of a draft."""

    at: str
    """Anchor of the attachment."""


class SetCategories(TypedEdit, frozen=True, tag="set_categories", kw_only=True):
    """Add categories to a mail, or take some away. In a file they are its Keywords field."""

    at: str
    """Anchor of the mail."""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class SetFlags(TypedEdit, frozen=True, tag="set_flags", kw_only=True):
    """Mark a mail. In a file the marks are its Status and X-Status fields, as in mbox. None leaves a mark as it is."""

    at: str
    """Anchor of the mail."""
    read: bool | None = None
    flagged: bool | None = None
    answered: bool | None = None


class MoveMessage(TypedEdit, frozen=True, tag="move_message", kw_only=True):
    """Move a mail of a live mailbox to another of its folders."""

    at: str
    """Anchor of the mail."""
    folder: str


class NewMeeting(TypedEdit, frozen=True, tag="new_meeting", kw_only=True):
    """Draft an invitation to a meeting."""

    subject: str
    start: str
    """ISO 8601: `2026-12-01T09:00` in `zone`, a moment with its offset, or a day alone for all of it."""
    end: str
    """The same; for whole days the first day after the meeting."""
    organizer: str
    """Who invites, such as `Ann <ann@example.com>`."""
    attendees: tuple[str, ...]
    zone: str | None = None
    """Such as `Europe/Berlin`; needed when `start` has no offset."""
    optional: tuple[str, ...] = ()
    """Attendees who need not come."""
    location: str = ""
    text: str = ""
    recurrence: str | None = None
    """An RRULE such as `FREQ=WEEKLY;COUNT=10`; None for one meeting."""
    reminder_minutes: int | None = 15
    """None for no reminder."""


class AnswerMeeting(TypedEdit, frozen=True, tag="answer_meeting", kw_only=True):
    """Draft the answer to an invitation, for its organizer."""

    at: str
    """Anchor of the mail with the invitation."""
    answer: Literal["accepted", "declined", "tentative"]
    attendee: str
    """Address of the one who answers."""
    text: str = ""


class UpdateMeeting(TypedEdit, frozen=True, tag="update_meeting", kw_only=True):
    """Draft the update of an invitation that its organizer sends. What is None stays."""

    at: str
    """Anchor of the mail with the invitation."""
    subject: str | None = None
    start: str | None = None
    """As in `new_meeting`; in the meeting's own zone when it has no offset."""
    end: str | None = None
    location: str | None = None
    text: str | None = None
    add_attendees: tuple[str, ...] = ()
    remove_attendees: tuple[str, ...] = ()
    """Their addresses."""


class CancelMeeting(TypedEdit, frozen=True, tag="cancel_meeting", kw_only=True):
    """Draft the cancellation of a meeting that its organizer sends."""

    at: str
    """Anchor of the mail with the invitation."""
    text: str = ""


Edit = (
    Reply
    | ReplyAll
    | Forward
    | NewMessage
    | ReplaceBody
    | SetSubject
    | AddRecipient
    | RemoveRecipient
    | AddAttachment
    | RemoveAttachment
    | SetCategories
    | SetFlags
    | MoveMessage
    | NewMeeting
    | AnswerMeeting
    | UpdateMeeting
    | CancelMeeting
)

Drafting = Reply | ReplyAll | Forward | NewMessage | NewMeeting | AnswerMeeting | UpdateMeeting | CancelMeeting
"""Those that make a new draft and leave the mail as it is."""


def parse_edits(data: bytes | str, *, path: str | None = None) -> list[Edit]:
    """The edits of a JSON list, or of an object with the list under `edits`.

    Raises UsageError that names the file, the place and what is expected there.
    """
    return parse_list(data, Edit, path=path, page="docs/reference/edits-mail.md")


def edits_schema() -> dict[str, Any]:
    """JSON Schema of a list of edits, for a model's structured output and for other programs."""
    return msgspec.json.schema(list[Edit])
