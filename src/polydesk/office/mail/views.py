"""What a reader sees in mail, as plain values with a JSON form, each place with its anchor."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.mail.quotes import BlockKind
from polydesk.office.opc.findings import Finding


class _View(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a view."""


class AddressView(_View, frozen=True, kw_only=True):
    """A sender or recipient."""

    address: str = ""
    """Empty for a name alone."""
    name: str = ""


class BlockView(_View, frozen=True, kw_only=True):
    """Neighbouring lines of one kind."""

    kind: BlockKind
    text: str
    """Without the marks of quotation; in an answer between quoted lines each block stands in its place."""
    introduction: str | None = None
    """The lines that say whom a quotation quotes; None when there are none."""


class BodyView(_View, frozen=True, kw_only=True):
    """A piece of the mail's text, as it can be replaced in a draft."""

    anchor: str
    media_type: str


class LinkView(_View, frozen=True, kw_only=True):
    """A link in the text."""

    text: str
    url: str
    deceptive: bool = False
    """Whether its text names another host than it leads to."""


class AttachmentView(_View, frozen=True, kw_only=True):
    """A file, picture or mail that came with it."""

    anchor: str
    name: str
    """Safe as a file name."""
    media_type: str
    bytes: int
    inline: bool = False
    """Whether the text shows it in its place."""
    written_name: str | None = None
    """The name as the sender wrote it, where `name` had to differ."""
    message: MessageView | None = None
    """The mail that it is; None for anything else."""


class AttendeeView(_View, frozen=True, kw_only=True):
    """Somebody who is invited."""

    address: str
    name: str = ""
    role: str = "REQ-PARTICIPANT"
    """As iCalendar says it: also `CHAIR`, `OPT-PARTICIPANT`, `NON-PARTICIPANT`."""
    answer: str = "NEEDS-ACTION"
    """`ACCEPTED`, `DECLINED`, `TENTATIVE`, `DELEGATED` or `NEEDS-ACTION`."""
    kind: str = "INDIVIDUAL"
    """Also `ROOM`, `RESOURCE`, `GROUP`."""


class InvitationView(_View, frozen=True, kw_only=True):
    """A meeting that the mail is about."""

    method: str
    """As iTIP says it (RFC 5546): `REQUEST`, `REPLY`, `CANCEL`, `COUNTER`, `PUBLISH` and others."""
    state: str
    """In words: an invitation, an update, a cancellation, an answer."""
    summary: str = ""
    start: str | None = None
    """ISO 8601: a moment with its offset, a floating one without, or a day alone. None when it is not said."""
    end: str | None = None
    zone: str | None = None
    """The zone that it was written in."""
    all_day: bool = False
    location: str = ""
    description: str = ""
    organizer: AddressView | None = None
    attendees: tuple[AttendeeView, ...] = ()
    recurrence: str | None = None
    """The RRULE; None for one meeting."""
    recurrence_id: str | None = None
    """Which meeting of a series this is about; None for all of it."""
    excluded: int = 0
    """How many meetings of the series were taken out."""
    status: str | None = None
    """`TENTATIVE`, `CONFIRMED` or `CANCELLED`; None when it is not said."""
    uid: str | None = None
    sequence: int = 0


class BounceView(_View, frozen=True, kw_only=True):
    """What became of a mail for one recipient (RFC 3464)."""

    recipient: str
    action: str
    """`failed`, `delayed`, `delivered`, `relayed` or `expanded`."""
    status: str | None = None
    """Such as `5.1.1`."""
    reason: str | None = None
    """The server's words."""


class AuthenticationView(_View, frozen=True, kw_only=True):
    """What a mail server found out about the sender (RFC 8601). Only the reader's own server is to be believed."""

    server: str
    results: dict[str, str]
    """By method, such as `dkim`: `pass`, `fail`, `none` and others."""


class HeaderView(_View, frozen=True, kw_only=True):
    """A header field, decoded."""

    name: str
    value: str


class MessageView(_View, frozen=True, kw_only=True, tag="message", tag_field="type"):
    """One mail."""

    anchor: str
    form: Literal["eml", "msg"] = "eml"
    item: str = "mail"
    """Of a `.msg` also `meeting`, `appointment`, `contact`, `task`, `note` or `report`."""
    subject: str = ""
    from_: tuple[AddressView, ...] = msgspec.field(default=(), name="from")
    sender: AddressView | None = None
    """Who sent it in the name of `from`; None when that is the same."""
    reply_to: tuple[AddressView, ...] = ()
    to: tuple[AddressView, ...] = ()
    cc: tuple[AddressView, ...] = ()
    bcc: tuple[AddressView, ...] = ()
    date: str | None = None
    """ISO 8601 with the sender's offset; None when there is none that can be read."""
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_topic: str | None = None
    draft: bool = False
    """Whether it has not been sent yet."""
    importance: str | None = None
    """`high` or `low`; None for normal."""
    sensitivity: str | None = None
    """`personal`, `private` or `company-confidential`; None for normal."""
    labels: tuple[str, ...] = ()
    """Names of its sensitivity labels."""
    categories: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    """`read`, `answered`, `flagged`, `deleted`, as far as the file says."""
    mailing_list: str | None = None
    """The list that it came through."""
    protections: tuple[str, ...] = ()
    """`smime_signed`, `smime_opaque_signed`, `smime_encrypted`, `pgp_signed`, `pgp_encrypted`, `pgp_inline_signed`,
    `pgp_inline_encrypted`. Signatures are recognised, not checked."""
    authentication: tuple[AuthenticationView, ...] = ()
    blocks: tuple[BlockView, ...] = ()
    """The text in reading order: what is new, quotations, the signature."""
    bodies: tuple[BodyView, ...] = ()
    links: tuple[LinkView, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    invitations: tuple[InvitationView, ...] = ()
    bounces: tuple[BounceView, ...] = ()
    findings: tuple[Finding, ...] = ()
    headers: tuple[HeaderView, ...] = ()
    """Every header field in order."""


class SummaryView(_View, frozen=True, kw_only=True, tag="summary", tag_field="type"):
    """One mail of many, by its head alone."""

    place: str
    """Where it is: a number in an mbox, a file's name in a folder, an id in a mailbox."""
    subject: str = ""
    from_: AddressView | None = msgspec.field(default=None, name="from")
    to: tuple[AddressView, ...] = ()
    date: str | None = None
    message_id: str | None = None
    parents: tuple[str, ...] = ()
    """Ids of the mails before it in its thread, the oldest first."""
    thread_index: str | None = None
    """Outlook's place of the mail in its conversation, in base64; None when it gives none."""
    bytes: int | None = None
    """None when it is not known."""
    flags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class ThreadNodeView(_View, frozen=True, kw_only=True):
    """A mail in its thread."""

    depth: int
    """0 for the first."""
    message: SummaryView


class ThreadView(_View, frozen=True, kw_only=True, tag="thread", tag_field="type"):
    """A conversation."""

    subject: str
    """Without `Re:` and the like."""
    nodes: tuple[ThreadNodeView, ...]
    """Each mail behind the one that it answers."""
    first: str | None = None
    """Date of the oldest mail."""
    last: str | None = None
    """Date of the latest one."""
