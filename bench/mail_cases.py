"""The edits of mails that bench/fidelity and bench/fuzz make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from bench.file_cases import FileCase
from polydesk.office.edits import TypedEdit
from polydesk.office.files import OfficeFile
from polydesk.office.mail import edits as mail
from polydesk.office.mail.views import MessageView

NEW_TEXT = "Measured text, one line."


def cases(file: OfficeFile, places: int) -> list[FileCase]:
    """Every edit that fits the message; a mail has one place."""
    view = cast(MessageView, file.view())
    attached = mail.NewAttachment(name="notes.txt", data=b"notes")
    found = [
        _case(mail.Reply(at=view.anchor, text=NEW_TEXT), shown=_says(NEW_TEXT)),
        _case(mail.ReplyAll(at=view.anchor, text=NEW_TEXT), shown=_says(NEW_TEXT)),
        _case(mail.Forward(at=view.anchor, to=("ann@example.com",), text=NEW_TEXT), shown=_says(NEW_TEXT)),
        _case(mail.Forward(at=view.anchor, to=(), as_attachment=True), " whole"),
    ]
    if view.form == "eml":
        found += [
            _case(mail.SetCategories(at=view.anchor, add=("Measured",)), shown=_has_category),
            _case(mail.SetFlags(at=view.anchor, flagged=True)),
            _case(mail.SetSubject(at=view.anchor, subject=NEW_TEXT), shown=_has_subject),
            _case(mail.AddRecipient(at=view.anchor, address="ann@example.com")),
            _case(mail.AddAttachment(at=view.anchor, attachment=attached)),
            _case(mail.ReplaceBody(at=view.anchor, text=NEW_TEXT), shown=_says(NEW_TEXT)),
        ]
        found += [_case(mail.RemoveAttachment(at=one.anchor)) for one in view.attachments[:1]]
    if view.invitations:
        found.append(_case(mail.AnswerMeeting(at=view.anchor, answer="accepted", attendee="ann@example.com")))
    return found


def edits(view: Any) -> list[TypedEdit]:
    """The edits alone, for a view."""

    class Seen:
        def view(self) -> Any:
            return view

    return [case.edit for case in cases(cast(OfficeFile, Seen()), 1)]


def _case(edit: TypedEdit, how: str = "", *, shown: Callable[[OfficeFile], bool] | None = None) -> FileCase:
    return FileCase(edit=edit, may_change=(), how=how, shown=shown)


def _says(words: str) -> Callable[[OfficeFile], bool]:
    return lambda file: words in "\n".join(block.text for block in cast(MessageView, file.view()).blocks)


def _has_category(file: OfficeFile) -> bool:
    return "Measured" in cast(MessageView, file.view()).categories


def _has_subject(file: OfficeFile) -> bool:
    return cast(MessageView, file.view()).subject == NEW_TEXT
