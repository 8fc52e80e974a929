"""The edits of mail on a live mailbox: drafts go into its drafts, marks and moves are its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from polydesk.core.errors import EditConflictError
from polydesk.mailboxes.base import Mailbox
from polydesk.office.edits import TypedEdit
from polydesk.office.mail.drafting import new_message
from polydesk.office.mail.edits import (
    Drafting,
    Edit,
    Forward,
    MoveMessage,
    NewMeeting,
    NewMessage,
    Reply,
    ReplyAll,
    SetCategories,
    SetFlags,
)
from polydesk.office.mail.meetings import new_meeting
from polydesk.office.mail.message import Message

_HOW: dict[type[TypedEdit], str] = {Reply: "reply", ReplyAll: "reply_all", Forward: "forward"}


class LiveEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What edits did in a mailbox."""

    place: str
    """Where the draft is, or the mail that was changed."""
    draft: bool
    """Whether a draft was written."""
    edits: tuple[str, ...]
    """The words of the edits."""
    notes: tuple[str, ...] = ()


def apply_live(mailbox: Mailbox, place: str, edits: Sequence[Edit], *, at: datetime) -> LiveEdit:
    """Apply edits to the mail at `place` of a mailbox.

    A list holds one edit that makes a draft, or changes of one draft, or marks with at most one move, which is made
    last. Every edit is checked on the mail before anything is changed. Raises what Message.apply raises, and
    MailboxError.
    """
    data = mailbox.read(place)
    message = Message(data, path=place)
    marks = [edit for edit in edits if isinstance(edit, SetCategories | SetFlags | MoveMessage)]
    others = [edit for edit in edits if edit not in marks]
    if marks and others:
        raise EditConflictError("Marks and moves stand in a list of their own; apply the others by themselves.")
    if marks:
        return _mark(mailbox, message, place, marks, at)
    result = message.apply([_as_own(edit, mailbox) for edit in others], at=at, ignore_protection=True)
    notes = tuple(note for done in result.edits for note in done.notes)
    words = tuple(_word(edit) for edit in others)
    if others and isinstance(others[0], Drafting):
        new = mailbox.save_draft(result.data, answers=place, how=_HOW.get(type(others[0])))
        return LiveEdit(place=new, draft=True, edits=words, notes=notes)
    if result.data == data:
        return LiveEdit(place=place, draft=False, edits=words, notes=("Nothing had to be changed.",))
    return LiveEdit(place=mailbox.replace_draft(place, result.data), draft=True, edits=words, notes=notes)


def draft_live(mailbox: Mailbox, edit: NewMessage | NewMeeting, *, at: datetime) -> LiveEdit:
    """Write a new draft into a mailbox."""
    own = _as_own(edit, mailbox)
    if isinstance(own, NewMessage):
        made = new_message(own, at)
    else:
        assert isinstance(own, NewMeeting)
        made = new_meeting(own, at)
    return LiveEdit(place=mailbox.save_draft(made.data), draft=True, edits=(_word(edit),), notes=tuple(made.notes))


def _mark(mailbox: Mailbox, message: Message, place: str, marks: Sequence[Edit], at: datetime) -> LiveEdit:
    moves = [edit for edit in marks if isinstance(edit, MoveMessage)]
    if len(moves) > 1:
        raise EditConflictError("Two edits of the list (`move_message`) want the folder.")
    message.apply(
        [edit for edit in marks if not isinstance(edit, MoveMessage)], at=at
    ) if message.content.form == "eml" else None
    for edit in marks:
        if isinstance(edit, SetFlags):
            values = {"read": edit.read, "flagged": edit.flagged, "answered": edit.answered}
            mailbox.set_flags(place, {name: on for name, on in values.items() if on is not None})
        elif isinstance(edit, SetCategories):
            mailbox.set_categories(place, add=edit.add, remove=edit.remove)
    for edit in moves:
        place = mailbox.move(place, edit.folder)
    return LiveEdit(place=place, draft=False, edits=tuple(_word(edit) for edit in marks))


def _as_own(edit: Edit, mailbox: Mailbox) -> Edit:
    """The edit with the mailbox's addresses where it leaves them open."""
    own = mailbox.account.addresses
    if not own:
        return edit
    changes: dict[str, object] = {}
    if getattr(edit, "sender", "") is None:
        changes["sender"] = own[0]
    if isinstance(edit, Reply | ReplyAll) and not edit.own_addresses:
        changes["own_addresses"] = own
    return msgspec.structs.replace(edit, **changes) if changes else edit


def _word(edit: TypedEdit) -> str:
    return str(type(edit).__struct_config__.tag)
