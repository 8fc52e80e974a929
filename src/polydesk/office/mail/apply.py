"""Edits of one mail, all or none: a new draft, or the mail with the changes spliced in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.edits import kind_of
from polydesk.office.mail import drafting, meetings, splicing
from polydesk.office.mail.anchors import hash_of, section_of
from polydesk.office.mail.content import Attachment, Content
from polydesk.office.mail.edits import (
    AddAttachment,
    AddRecipient,
    AnswerMeeting,
    CancelMeeting,
    Drafting,
    Edit,
    Forward,
    MoveMessage,
    NewMeeting,
    NewMessage,
    RemoveAttachment,
    RemoveRecipient,
    ReplaceBody,
    Reply,
    ReplyAll,
    SetCategories,
    SetFlags,
    SetSubject,
    UpdateMeeting,
)
from polydesk.office.mail.eml import eml_content
from polydesk.office.mail.entities import parse_entity
from polydesk.office.mail.opening import Opened
from polydesk.office.mail.quoting import own_text
from polydesk.office.mail.read import categories, flags
from polydesk.office.results import AppliedEdit

_ORDER = (
    SetSubject,
    AddRecipient,
    RemoveRecipient,
    SetCategories,
    SetFlags,
    ReplaceBody,
    RemoveAttachment,
    AddAttachment,
)
"""In which edits are made, so that each finds its place whatever the list's order."""
ValueT = TypeVar("ValueT")
MARKING = (SetCategories, SetFlags)
"""Edits that leave what was written alone."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The new bytes, and what each edit did."""

    data: bytes
    edits: tuple[AppliedEdit, ...]
    parts: tuple[str, ...]


def apply_edits(opened: Opened, data: bytes, edits: Sequence[Edit], at: datetime) -> Applied:
    """The mail or the new draft. Raises AnchorNotFoundError, EditConflictError, UnsupportedEditError."""
    for number, edit in enumerate(edits, 1):
        _named(number, edit, lambda edit=edit: _find(edit, opened.content, data))
    _refuse_conflicts(edits)
    if edits and isinstance(edits[0], Drafting):
        made = _named(1, edits[0], lambda: _draft(edits[0], opened.content, data, at))
        notes = ("A new draft was made; nothing was sent.", *made.notes)
        return Applied(made.data, (AppliedEdit(edit=edits[0], after=_shown(edits[0]), notes=notes),), ("draft",))
    if edits and opened.root is None:
        raise UnsupportedEditError(
            f"Edit 1 (`{kind_of(edits[0])}`): a .msg is only read. Answer or forward it, which makes a draft, or save "
            "it as .eml from Outlook."
        )
    return _changed(opened, data, edits)


def _find(edit: Edit, content: Content, data: bytes) -> None:
    """Raise AnchorNotFoundError unless the edit's place is there as it was seen."""
    if isinstance(edit, NewMessage | NewMeeting):
        return
    section, digest = section_of(edit.at)
    if section is None:
        if isinstance(edit, RemoveAttachment):
            raise AnchorNotFoundError(f"{edit.at!r} is the mail; name an attachment of it.")
        if digest is not None and digest != hash_of(data):
            raise AnchorNotFoundError(f"The mail has changed since {edit.at!r} was read; read it again.")
        return
    if not isinstance(edit, RemoveAttachment):
        raise AnchorNotFoundError(f"{edit.at!r} is a part; name the mail by its own anchor.")
    _attachment(content, section, digest, edit.at)


def _attachment(content: Content, section: str, digest: str | None, anchor: str) -> Attachment:
    for one in content.attachments:
        if one.section == section:
            if digest is not None and digest != hash_of(one.read()):
                raise AnchorNotFoundError(f"The attachment has changed since {anchor!r} was read; read the mail again.")
            return one
    raise AnchorNotFoundError(f"The mail has no attachment {anchor!r}; read it again.")


def _refuse_conflicts(edits: Sequence[Edit]) -> None:
    drafts = [edit for edit in edits if isinstance(edit, Drafting)]
    if drafts and len(edits) > 1:
        raise EditConflictError(
            f"`{kind_of(drafts[0])}` makes a new draft, so that it stands alone in its list; "
            "apply the others by themselves."
        )
    taken: dict[tuple[str, ...], Edit] = {}
    for edit in edits:
        for place in _places(edit):
            if place in taken and taken[place] is not edit:
                raise EditConflictError(
                    f"Two edits of the list (`{kind_of(taken[place])}`, `{kind_of(edit)}`) want {' '.join(place)}."
                )
            taken[place] = edit


def _places(edit: Edit) -> list[tuple[str, ...]]:
    """What the edit wants for itself."""
    if isinstance(edit, ReplaceBody):
        return [("the text",)]
    if isinstance(edit, SetSubject):
        return [("the subject",)]
    if isinstance(edit, AddRecipient | RemoveRecipient):
        return [("the recipient", edit.address.rpartition("<")[2].strip(" >").lower())]
    if isinstance(edit, RemoveAttachment):
        return [("the attachment", edit.at.partition("~")[0])]
    if isinstance(edit, SetCategories):
        return [("the category", name) for name in {*edit.add, *edit.remove}]
    if isinstance(edit, SetFlags):
        return [("the mark", name) for name in ("read", "flagged", "answered") if getattr(edit, name) is not None]
    return []


def _draft(edit: Edit, content: Content, data: bytes, at: datetime) -> drafting.Made:
    match edit:
        case Reply() | ReplyAll():
            return drafting.reply(edit, content, at)
        case Forward():
            return drafting.forward(edit, content, data, at)
        case NewMessage():
            return drafting.new_message(edit, at)
        case NewMeeting():
            return meetings.new_meeting(edit, at)
        case AnswerMeeting():
            return meetings.answer_meeting(edit, content, at)
        case UpdateMeeting():
            return meetings.update_meeting(edit, content, at)
        case CancelMeeting():
            return meetings.cancel_meeting(edit, content, at)
        case _:
            raise AssertionError(edit)


def _changed(opened: Opened, data: bytes, edits: Sequence[Edit]) -> Applied:
    done: dict[int, AppliedEdit] = {}
    current = data
    for number, edit in sorted(enumerate(edits), key=lambda item: _rank(item[1])):
        before = current
        current = _named(number + 1, edit, lambda edit=edit, before=before: _made(edit, opened.content, before))
        old, new = _what(edit, opened.content)
        notes = () if current != before else ("Nothing had to be changed.",)
        done[number] = AppliedEdit(edit=edit, before=old, after=new, notes=notes)
    parts = tuple(dict.fromkeys(_part(edit) for edit in edits)) if current != data else ()
    return Applied(current, tuple(done[number] for number in range(len(edits))), parts)


def _rank(edit: Edit) -> tuple[int, list[int]]:
    kind = next((number for number, one in enumerate(_ORDER) if isinstance(edit, one)), len(_ORDER))
    if isinstance(edit, RemoveAttachment):  # from behind, so that the numbers of those before stay
        section = section_of(edit.at)[0] or ""
        return kind, [-int(number) for number in section.split(".") if number.isdigit()]
    return kind, []


def _made(edit: Edit, content: Content, data: bytes) -> bytes:
    match edit:
        case SetSubject():
            return splicing.with_subject(data, edit.subject)
        case AddRecipient():
            return splicing.with_recipient(data, edit.field, edit.address)
        case RemoveRecipient():
            return splicing.without_recipient(data, edit.address)
        case SetCategories():
            return splicing.with_categories(data, lambda old: _recategorised(edit, old), _categories_in(data))
        case SetFlags():
            return splicing.with_flags(data, _marks(edit))
        case ReplaceBody():
            return splicing.with_body(data, content, edit.text, edit.html, keep_quoted=edit.keep_quoted)
        case RemoveAttachment():
            return splicing.without_part(data, section_of(edit.at)[0] or "")
        case AddAttachment():
            return splicing.with_attachment(data, drafting.new_piece(edit.attachment))
        case MoveMessage():
            raise UnsupportedEditError("A mail in a file has no folder; `move_message` is for live mailboxes.")
        case _:
            raise AssertionError(edit)


def _categories_in(data: bytes) -> list[str]:
    return categories(eml_content(parse_entity(data)))


def _recategorised(edit: SetCategories, old: list[str]) -> list[str]:
    gone = {name.lower() for name in edit.remove}
    kept = [name for name in old if name.lower() not in gone]
    have = {name.lower() for name in kept}
    for name in edit.add:
        if "," in name or not name.strip():
            raise UnsupportedEditError(f"{name!r} cannot be a category: it is empty or holds a comma.")
        if name.strip().lower() not in have:
            kept.append(name.strip())
            have.add(name.strip().lower())
    return kept


def _marks(edit: SetFlags) -> dict[str, bool]:
    values = {"read": edit.read, "flagged": edit.flagged, "answered": edit.answered}
    return {name: on for name, on in values.items() if on is not None}


def _what(edit: Edit, content: Content) -> tuple[str | None, str | None]:
    """What stood there and what stands there now."""
    match edit:
        case SetSubject():
            return content.first("subject"), edit.subject
        case AddRecipient():
            return None, f"{edit.field}: {edit.address}"
        case RemoveRecipient():
            return edit.address, None
        case ReplaceBody():
            return own_text(content), edit.text
        case RemoveAttachment():
            section, digest = section_of(edit.at)
            return _attachment(content, section or "", digest, edit.at).name, None
        case AddAttachment():
            return None, edit.attachment.name
        case SetCategories():
            return ", ".join(categories(content)), ", ".join(_recategorised(edit, categories(content)))
        case SetFlags():
            return ", ".join(flags(content)), ", ".join(
                f"{name}: {'yes' if on else 'no'}" for name, on in _marks(edit).items()
            )
        case _:
            return None, None


def _part(edit: Edit) -> str:
    match edit:
        case SetSubject():
            return "header/subject"
        case AddRecipient() | RemoveRecipient():
            return "header/recipients"
        case SetCategories():
            return "header/keywords"
        case SetFlags():
            return "header/status"
        case ReplaceBody():
            return "body"
        case RemoveAttachment():
            return edit.at.partition("~")[0]
        case _:
            return "attachments"


def _shown(edit: Edit) -> str | None:
    return getattr(edit, "text", None)


def _named(number: int, edit: Edit, work: Callable[[], ValueT]) -> ValueT:
    try:
        return work()
    except OfficeError as exc:
        raise type(exc)(f"Edit {number} (`{kind_of(edit)}`): {exc}") from exc
