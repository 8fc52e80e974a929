"""Mail in a place of many: a folder of files, a Maildir, or an mbox, by heads alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.mbox import Mbox, is_mbox
from polydesk.office.mail.message import Message, open_message
from polydesk.office.mail.ole import MAGIC
from polydesk.office.mail.opening import open_mail
from polydesk.office.mail.threads import head_summary, summary
from polydesk.office.mail.views import SummaryView

_SUFFIXES = {".eml", ".msg", ".emlx", ".mht"}
_HEAD = 65_536
_FLAGS = {"S": "read", "R": "answered", "F": "flagged", "D": "draft", "T": "deleted"}


def is_mbox_file(path: Path) -> bool:
    """Whether the file is an mbox. Raises UnreadableDocumentError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return is_mbox(file.read(_HEAD))
    except OSError as exc:
        raise UnreadableDocumentError(f"{path} cannot be read: {exc.strerror or exc}", path=str(path)) from exc


def summaries(path: Path) -> Iterator[SummaryView]:
    """The mails in a folder (its sub-folders too) or an mbox; a single mail is a list of one.

    Files in a folder that are no mail are passed over. Raises UnreadableDocumentError.
    """
    if path.is_dir():
        yield from _folder(path)
    elif is_mbox_file(path):
        box = Mbox(path)
        for number, head in enumerate(box.heads()):
            start, end = box.span(number)
            yield head_summary(head, str(number + 1), size=end - start)
    else:
        message = open_message(path)
        yield summary(message.content, path.name, size=len(message.data))


def open_one(path: Path, place: str | None) -> Message:
    """The mail at `place`: a number in an mbox, a file's name in a folder; None for a file that is one mail.

    Raises UnreadableDocumentError.
    """
    if path.is_dir():
        if place is None:
            raise UnreadableDocumentError(f"{path} is a folder; name one of its mails.", path=str(path))
        inside = (path / place).resolve()
        if not inside.is_relative_to(path.resolve()):
            raise UnreadableDocumentError(f"{place!r} is not inside {path}.", path=str(path))
        return open_message(path / place)
    if place is None:
        if is_mbox_file(path) and len(box := Mbox(path)) == 1:
            return Message(box.read(0), path=str(path))
        return open_message(path)
    box = Mbox(path)
    if not re.fullmatch(r"[1-9]\d{0,9}", place):
        raise UnreadableDocumentError(
            f"{place!r} is no number of a message in {path}; they count from 1.", path=str(path)
        )
    return Message(box.read(int(place) - 1), path=f"{path} message {place}")


def _folder(path: Path) -> Iterator[SummaryView]:
    for file in sorted(path.rglob("*")):
        maildir = file.parent.name in ("cur", "new")
        if not file.is_file() or not (file.suffix.lower() in _SUFFIXES or maildir):
            continue
        try:
            yield _file(file, file.relative_to(path).as_posix())
        except UnreadableDocumentError:
            continue


def _file(file: Path, place: str) -> SummaryView:
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
            size = file.stat().st_size
            if head.startswith(MAGIC):
                return summary(open_mail(head + opened.read(), path=str(file)).content, place, size=size)
    except OSError as exc:
        raise UnreadableDocumentError(f"{file} cannot be read: {exc.strerror or exc}", path=str(file)) from exc
    found = head_summary(head, place, size=size)
    letters = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
    marks = tuple(word for letter, word in _FLAGS.items() if letter in letters)
    if not (found.subject or found.from_ or found.date or found.message_id):
        raise UnreadableDocumentError(f"{file} is no mail.", path=str(file))
    return msgspec.structs.replace(found, flags=marks) if marks else found
