"""Views of mail as lines of text that a model and a person can read, each place with its anchor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polydesk.office.mail.views import (
    AddressView,
    AttachmentView,
    InvitationView,
    MessageView,
    SummaryView,
    ThreadView,
)

_MAX_PEOPLE = 30
_MAX_LINKS = 20
_WIDE = 4_000
"""Characters of a quotation that are shown; what is new is shown whole."""


def lines(view: MessageView | SummaryView | ThreadView) -> list[str]:
    """The view as lines, without line ends."""
    if isinstance(view, ThreadView):
        return list(_thread(view))
    if isinstance(view, SummaryView):
        return [summary_line(view)]
    return list(_message(view))


def _message(view: MessageView) -> Iterator[str]:
    kind = "draft" if view.draft else view.item
    yield f"[{view.anchor}] {kind}: {view.subject or '(no subject)'}"
    yield from _head(view)
    for one in view.invitations:
        yield from _invitation(one)
    for bounce in view.bounces:
        yield f"Delivery: {bounce.action} {bounce.recipient} {bounce.status or ''} {bounce.reason or ''}".rstrip()
    yield from (f"! {one.text}" for one in view.findings if one.kind != "received_message")
    yield ""
    yield from _blocks(view)
    if view.bodies:
        yield "Text parts: " + ", ".join(f"[{one.anchor}] {one.media_type}" for one in view.bodies)
    yield from _links(view)
    for one in view.attachments:
        yield from _attachment(one)


def _head(view: MessageView) -> Iterator[str]:
    for name, listed in (
        ("From", view.from_),
        ("Reply-To", view.reply_to),
        ("To", view.to),
        ("Cc", view.cc),
        ("Bcc", view.bcc),
    ):
        if listed:
            yield f"{name}: {people_line(listed)}"
    if view.sender is not None:
        yield f"Sent by: {person(view.sender)}"
    if view.date is not None:
        yield f"Date: {view.date}"
    marks = [
        *(f"importance {word}" for word in [view.importance] if word),
        *(f"sensitivity {word}" for word in [view.sensitivity] if word),
        *(f"label “{name}”" for name in view.labels),
        *view.flags,
        *(f"category “{name}”" for name in view.categories),
        *view.protections,
        *(f"list {name}" for name in [view.mailing_list] if name),
    ]
    if marks:
        yield "Marks: " + ", ".join(marks)
    for one in view.authentication[:1]:
        results = ", ".join(f"{method}={result}" for method, result in one.results.items())
        yield f"Checked by {one.server or 'the receiving server'}: {results}"


def person(one: AddressView) -> str:
    """`Name <address>`, or what there is of it."""
    return f"{one.name} <{one.address}>" if one.name and one.address else one.name or one.address


def people_line(listed: Sequence[AddressView]) -> str:
    """The first of many, and how many more there are."""
    shown = ", ".join(person(one) for one in listed[:_MAX_PEOPLE])
    more = len(listed) - _MAX_PEOPLE
    return f"{shown} and {more} more" if more > 0 else shown


def _blocks(view: MessageView) -> Iterator[str]:
    for block in view.blocks:
        if block.kind != "new":
            yield f"--- {block.kind} ---"
        if block.introduction:
            yield from block.introduction.split("\n")
        text = block.text
        if block.kind in ("quoted", "forwarded") and len(text) > _WIDE:
            text = f"{text[:_WIDE]}\n… ({len(block.text) - _WIDE} more characters)"
        mark = "> " if block.kind in ("quoted", "forwarded") else ""
        yield from (f"{mark}{line}".rstrip() for line in text.split("\n"))
        yield ""


def _links(view: MessageView) -> Iterator[str]:
    for link in view.links[:_MAX_LINKS]:
        warning = " (deceptive)" if link.deceptive else ""
        yield f"Link: {link.text or '(picture)'} -> {link.url[:200]}{warning}"
    if len(view.links) > _MAX_LINKS:
        yield f"… and {len(view.links) - _MAX_LINKS} more links"


def _attachment(one: AttachmentView) -> Iterator[str]:
    inline = ", inline" if one.inline else ""
    yield f"Attachment: [{one.anchor}] {one.name} ({one.media_type}, {one.bytes} bytes{inline})"
    if one.message is not None:
        yield from (f"    {line}".rstrip() for line in _message(one.message))


def _invitation(one: InvitationView) -> Iterator[str]:
    yield f"Meeting ({one.state}): {one.summary}"
    when = " to ".join(moment for moment in (one.start, one.end) if moment)
    zone = f" ({one.zone})" if one.zone else ""
    place = f", at {one.location}" if one.location else ""
    yield f"  When: {when or 'not said'}{zone}{place}"
    if one.recurrence:
        yield f"  Repeats: {one.recurrence}"
    if one.recurrence_id:
        yield f"  Only the meeting of {one.recurrence_id}"
    if one.organizer is not None:
        yield f"  Organizer: {person(one.organizer)}"
    for guest in one.attendees[:_MAX_PEOPLE]:
        optional = ", optional" if guest.role.startswith("OPT") else ""
        yield f"  {guest.name or guest.address}: {guest.answer.lower()}{optional}"
    if len(one.attendees) > _MAX_PEOPLE:
        yield f"  … and {len(one.attendees) - _MAX_PEOPLE} more"


def summary_line(one: SummaryView) -> str:
    """One mail of a list: place, date, sender, subject."""
    who = one.from_.name or one.from_.address if one.from_ else ""
    unread = "" if "read" in one.flags or not one.flags else " "
    flagged = "⚑ " if "flagged" in one.flags else ""
    kept = f" [{', '.join(one.categories)}]" if one.categories else ""
    subject = one.subject or "(no subject)"
    return f"{one.place}  {(one.date or '')[:16]:16}  {who[:28]:28}  {unread}{flagged}{subject}{kept}"


def _thread(view: ThreadView) -> Iterator[str]:
    span = " to ".join(dict.fromkeys(moment[:10] for moment in (view.first, view.last) if moment))
    yield f"{view.subject or '(no subject)'} ({len(view.nodes)} mails, {span or 'undated'})"
    for node in view.nodes:
        who = node.message.from_
        name = "" if who is None else who.name or who.address
        yield f"  {'  ' * node.depth}{node.message.place}  {(node.message.date or '')[:16]}  {name}"
