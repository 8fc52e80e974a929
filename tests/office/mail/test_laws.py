"""The laws of mail, over every mail of the corpus: nothing raises, nothing is lost, drafts say what was asked."""

from __future__ import annotations

import email
import email.policy
import random
import re
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from polydesk.core.errors import OfficeError, ProtectedDocumentError
from polydesk.office.mail.drawing import lines
from polydesk.office.mail.edits import (
    AddAttachment,
    AddRecipient,
    Edit,
    Forward,
    NewAttachment,
    RemoveAttachment,
    ReplaceBody,
    Reply,
    SetCategories,
    SetFlags,
    SetSubject,
)
from polydesk.office.mail.entities import parse_entity
from polydesk.office.mail.message import Message
from polydesk.office.mail.views import MessageView
from polydesk.office.opc.recognise import _OLE  # pyright: ignore[reportPrivateUsage]
from polydesk.office.results import Result
from tests.corpus_files import corpus_files, corpus_id
from tests.office.mail.samples import AT, RICH, change_edits, draft_edits

FILES = corpus_files(".eml", ".msg")
BY_NAME = pytest.mark.parametrize("path", FILES, ids=corpus_id)


def opened(path: Path) -> Message:
    return Message(path.read_bytes(), path=str(path))


def tried(message: Message, edit: Edit) -> Result | None:
    """What the edit does; None when it is refused by name."""
    if message.check([edit]):
        return None
    return message.apply([edit], at=AT, ignore_protection=True)


def test_the_corpus_is_whole() -> None:
    assert (len([p for p in FILES if p.suffix == ".eml"]), len([p for p in FILES if p.suffix == ".msg"])) == (229, 52)


@BY_NAME
def test_a_mail_is_read_and_without_edits_stays_identical(path: Path) -> None:
    message = opened(path)
    view = message.view()
    assert message.apply([]).data == path.read_bytes()
    assert msgspec.json.decode(msgspec.json.encode(view), type=MessageView) == view
    assert lines(view)[0].startswith(f"[{view.anchor}]")
    assert message.view() == view


@BY_NAME
def test_parts_lie_inside_one_another_and_in_order(path: Path) -> None:
    root = parse_entity(path.read_bytes())
    for entity in root.walk():
        assert entity.start <= entity.body <= entity.end <= len(entity.data)
        inside = [child for child in entity.children if child.data is entity.data]
        assert all(entity.body <= child.start and child.end <= entity.end for child in inside)
        assert all(one.end <= other.start for one, other in pairwise(inside))


@BY_NAME
def test_answers_and_forwards_say_what_was_asked_and_are_mail_to_others(path: Path) -> None:
    message = opened(path)
    view = message.view()
    for edit in draft_edits(view):
        result = tried(message, edit)
        if result is None:
            continue
        assert message.apply([edit], at=AT).data == result.data
        draft = Message(result.data).view()
        assert draft.draft
        assert message.data == path.read_bytes()
        if isinstance(edit, Reply):
            assert "Yes." in draft.blocks[0].text
            assert draft.in_reply_to == ((view.message_id,) if view.message_id else ())
        if isinstance(edit, Forward) and edit.as_attachment:
            assert Message(result.data).attachments()[0].read() == path.read_bytes()
        foreign = email.message_from_bytes(result.data, policy=email.policy.default)
        assert isinstance(foreign, EmailMessage)
        assert [part.defects for part in _own_parts(foreign)] == [[]] * len(_own_parts(foreign))
        assert _long_lines(result.data, whole=isinstance(edit, Forward)) == []


def _own_parts(message: EmailMessage) -> list[EmailMessage]:
    """The parts that we wrote, without what lies in passed-on messages."""
    if message.get_content_maintype() != "multipart":
        return [message]
    children = [child for child in message.iter_parts() if isinstance(child, EmailMessage)]
    return [message, *(part for child in children for part in _own_parts(child))]


def _long_lines(data: bytes, *, whole: bool) -> list[bytes]:
    """Lines that RFC 5322 forbids; a message that is passed on keeps its own."""
    return [] if whole else [line[:60] for line in data.split(b"\r\n") if len(line) > 998]


@BY_NAME
def test_a_change_is_read_back_and_everything_else_keeps_its_bytes(path: Path) -> None:
    message = opened(path)
    view = message.view()
    if message.data.startswith(_OLE):
        return
    for edit in change_edits(view):
        result = tried(message, edit)
        if result is None:
            continue
        after = Message(result.data).view()
        match edit:
            case SetSubject():
                assert after.subject == edit.subject
                assert _without(result.data, "subject") == _without(message.data, "subject")
            case AddRecipient():
                assert "zoe@example.com" in [one.address for one in after.cc]
                assert _without(result.data, "cc") == _without(message.data, "cc")
            case SetCategories():
                assert {*view.categories, *edit.add} == {*after.categories}
            case SetFlags():
                assert {"read", "flagged"} <= {*after.flags}
            case ReplaceBody():
                assert "New words" in "".join(block.text for block in after.blocks)
                assert after.attachments == view.attachments
            case AddAttachment():
                assert [(a.name, a.bytes) for a in after.attachments if a.name.startswith("notes")][-1:] == [
                    ("notes.txt", 5)
                ]
                assert after.blocks == view.blocks
            case RemoveAttachment():
                assert len(after.attachments) == len(view.attachments) - 1
            case _:
                raise AssertionError(edit)
        if not isinstance(edit, ReplaceBody | AddAttachment | RemoveAttachment):
            root, new = parse_entity(message.data), parse_entity(result.data)
            assert result.data[new.body :] == message.data[root.body :]


def _without(data: bytes, name: str) -> list[bytes]:
    """Every field but the first of that name."""
    fields = parse_entity(data).fields
    skipped = next((one for one in fields if one.name.lower() == name), None)
    return [data[one.start : one.end].rstrip(b"\r\n") for one in fields if one is not skipped]


def test_changes_of_different_places_commute_and_undo() -> None:
    message = Message(RICH)
    edits = list(change_edits(message.view()))
    forwards = message.apply(edits, at=AT, ignore_protection=True).data
    assert message.apply(edits[::-1], at=AT, ignore_protection=True).data == forwards
    at = message.view().anchor
    added = message.apply(
        [AddAttachment(at=at, attachment=NewAttachment(name="x.txt", data=b"x"))], ignore_protection=True
    )
    new = Message(added.data)
    back = new.apply([RemoveAttachment(at=new.view().attachments[-1].anchor)], ignore_protection=True)
    assert back.data == RICH


def test_a_received_mail_is_changed_only_on_demand() -> None:
    message = Message(RICH)
    at = message.view().anchor
    with pytest.raises(ProtectedDocumentError):
        message.apply([SetSubject(at=at, subject="x")])
    assert message.apply([SetFlags(at=at, read=True)]).changed_parts == ("header/status",)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_mail_is_read_or_refused_by_name(seed: int) -> None:
    """bench/fuzz goes on where this ends."""
    chance = random.Random(seed)
    said: list[str] = []
    for _ in range(60):
        path = chance.choice(FILES)
        data = mutated(path.read_bytes()[:200_000], chance)
        try:
            message = Message(data, path=path.name)
            view = message.view()
            lines(view)
            for edit in chance.sample([*draft_edits(view), *change_edits(view)], 2):
                message.apply([edit], at=AT, ignore_protection=True)
        except OfficeError as exc:
            said.append(str(exc))
    assert [text for text in said if not re.match(r"\w+-.*(eml|msg) |Edit 1 ", text)] == []


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few pieces changed, taken out, doubled or exchanged."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not made:
            break
        at, length = chance.randrange(len(made)), chance.choice((1, 1, 4, 40, 400))
        piece = bytes(made[at : at + length])
        made[at : at + length] = chance.choice(
            (b"", piece * 2, piece[::-1], chance.randbytes(len(piece)), b"\r\n", b"=?utf-8?b?", b"--", b'"')
        )
    return bytes(made)
