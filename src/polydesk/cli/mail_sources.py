"""Where mail comes from for the command line: a file, a folder, an mbox, or a mailbox of the configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from polydesk.app import configured_mailbox
from polydesk.cli.options import config_file
from polydesk.core.errors import UsageError
from polydesk.mailboxes.base import Mailbox
from polydesk.office.mail.folders import open_one, summaries
from polydesk.office.mail.message import Message
from polydesk.office.mail.views import SummaryView


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files, or a live mailbox: one of the two."""

    path: Path | None = None
    mailbox: Mailbox | None = None

    def summaries(self, *, folder: str, query: str | None, limit: int | None) -> list[SummaryView]:
        """The mails that are there; in a mailbox those of a folder, the latest first."""
        if self.mailbox is not None:
            return self.mailbox.summaries(folder, query=query, limit=limit or 50)
        assert self.path is not None
        found = summaries(self.path)
        if query is not None:
            words = query.lower()
            found = (one for one in found if words in _searched(one))
        listed = list(found)
        return listed if limit is None else listed[-limit:]

    def message(self, place: str | None) -> Message:
        """One mail. Raises UsageError when a mailbox is not told which."""
        if self.mailbox is None:
            assert self.path is not None
            return open_one(self.path, place)
        if place is None:
            raise UsageError("Say which mail of the mailbox: `polydesk mail list` shows the places.")
        return Message(self.mailbox.read(place), path=place)


def _searched(one: SummaryView) -> str:
    people = [*([one.from_] if one.from_ else []), *one.to]
    return " ".join([one.subject, *(f"{person.name} {person.address}" for person in people)]).lower()


@contextmanager
def opened(source: str) -> Generator[Source]:
    """The files or the mailbox of that name, left at the end. A file or folder of the name goes first.

    Raises UsageError when there is neither.
    """
    path = Path(source)
    if path.exists() or "/" in source or source.lower().endswith((".eml", ".msg", ".mbox")):
        yield Source(path=path)
        return
    mailbox = configured_mailbox(source, config_file=config_file())
    try:
        yield Source(mailbox=mailbox)
    finally:
        mailbox.close()
