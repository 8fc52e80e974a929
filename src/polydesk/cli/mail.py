"""`polydesk mail`: mail read, threads followed, drafts made. Nothing is ever sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import click

from polydesk.cli.door import CommandEntry, Door
from polydesk.cli.files import Target, staged
from polydesk.cli.mail_sources import opened
from polydesk.cli.options import PATH, json_option
from polydesk.cli.output import say, say_json
from polydesk.core.errors import UsageError
from polydesk.office.mail.drawing import lines
from polydesk.office.mail.message import Message
from polydesk.office.mail.threads import threads


def _entry(module: str, attribute: str, summary: str) -> CommandEntry:
    return CommandEntry(f"polydesk.cli.{module}", attribute, summary)


class _Mail(Door):
    entries: ClassVar[Mapping[str, CommandEntry]] = {
        "list": _entry("mail", "list_", "List the mails of a file, folder, mbox or mailbox."),
        "show": _entry("mail", "show", "Print what a mail says, with the anchors that edits use."),
        "threads": _entry("mail", "threads_", "Show conversations, each mail below the one that it answers."),
        "folders": _entry("mail", "folders", "List the folders of a mailbox."),
        "changes": _entry("mail", "changes", "List what is new or changed in a folder of a mailbox."),
        "reply": _entry("mail_drafts", "reply", "Draft an answer to a mail."),
        "forward": _entry("mail_drafts", "forward", "Draft a mail that passes another one on."),
        "new": _entry("mail_drafts", "new", "Draft a mail that answers none."),
        "invite": _entry("mail_meetings", "invite", "Draft an invitation to a meeting."),
        "answer": _entry("mail_meetings", "answer", "Draft the answer to an invitation."),
        "apply": _entry("mail_drafts", "apply", "Apply a list of edits to a mail of a mailbox."),
    }


@click.group("mail", cls=_Mail)
def command() -> None:
    """Read mail, follow threads, and draft answers. Nothing is ever sent.

    SOURCE is a file (.eml, .msg, mbox), a folder of such files, or the name of a mailbox in the configuration. PLACE
    names one mail of it, as `polydesk mail list` shows it; a file that is one mail needs none.

    \b
    Examples:
      polydesk mail show message.eml
      polydesk mail threads archive.mbox
      polydesk mail reply message.eml --text "Tuesday suits me." -o answer.eml
      polydesk mail list work --folder INBOX --query budget
    """


source_argument = click.argument("source")
place_argument = click.argument("place", required=False)
folder_option = click.option("--folder", default="INBOX", show_default=True, help="Folder of a mailbox.")
query_option = click.option("--query", help="Only mails with these words; in files those of their heads.")
limit_option = click.option("--limit", type=click.IntRange(min=1), help="The latest so many; 50 in a mailbox.")


@click.command("list")
@source_argument
@folder_option
@query_option
@limit_option
@json_option
def list_(source: str, folder: str, query: str | None, limit: int | None, as_json: bool) -> None:
    """List the mails of a file, folder, mbox or mailbox.

    \b
    Examples:
      polydesk mail list archive.mbox --limit 20
      polydesk mail list work --query budget --json
    """
    with opened(source) as found:
        listed = found.summaries(folder=folder, query=query, limit=limit)
    if as_json:
        say_json(listed)
        return
    for one in listed:
        say(lines(one)[0])


@click.command("show")
@source_argument
@place_argument
@click.option("--headers", is_flag=True, help="Print every header field too.")
@click.option("--save-attachments", type=PATH, metavar="FOLDER", help="Write the attachments into this folder.")
@json_option
def show(source: str, place: str | None, headers: bool, save_attachments: Path | None, as_json: bool) -> None:
    """Print what a mail says: what is new in it, what it quotes, invitations, attachments, and what to beware of.

    \b
    Examples:
      polydesk mail show message.eml
      polydesk mail show archive.mbox 17 --save-attachments files
      polydesk mail show work "INBOX;UIDVALIDITY=1700000000/;UID=42"
    """
    with opened(source) as found:
        message = found.message(place)
    if save_attachments is not None:
        _save(message, save_attachments)
    view = message.view()
    if as_json:
        say_json(view)
        return
    if headers:
        say("\n".join(f"{one.name}: {one.value}" for one in view.headers) + "\n")
    say("\n".join(lines(view)).rstrip("\n"))


def _save(message: Message, folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; make it first.")
    for one in message.attachments():
        with staged(one.read(), Target(path=folder / one.name, replace=False), like=None):
            pass


@click.command("threads")
@source_argument
@folder_option
@query_option
@limit_option
@json_option
def threads_(source: str, folder: str, query: str | None, limit: int | None, as_json: bool) -> None:
    """Show conversations, the latest first, each mail below the one that it answers.

    \b
    Examples:
      polydesk mail threads archive.mbox
      polydesk mail threads work --query budget
    """
    with opened(source) as found:
        views = threads(found.summaries(folder=folder, query=query, limit=limit))
    if as_json:
        say_json(views)
        return
    for view in views:
        say("\n".join(lines(view)))


@click.command("folders")
@click.argument("mailbox")
@json_option
def folders(mailbox: str, as_json: bool) -> None:
    """List the folders of a mailbox, with how many mails they hold.

    \b
    Examples:
      polydesk mail folders work
    """
    with opened(mailbox) as found:
        if found.mailbox is None:
            raise UsageError(f"{mailbox} is a file or folder; `polydesk mail list` shows what is in it.")
        listed = found.mailbox.folders()
    if as_json:
        say_json(listed)
        return
    for one in listed:
        counts = "" if one.messages is None else f"  {one.messages} mails, {one.unread or 0} unread"
        say(f"{one.name}{f' ({one.role})' if one.role else ''}{counts}")


@click.command("changes")
@click.argument("mailbox")
@folder_option
@click.option("--since", help="The point that an earlier answer named; without, everything is new.")
@json_option
def changes(mailbox: str, folder: str, since: str | None, as_json: bool) -> None:
    """List what is new or changed in a folder of a mailbox, and the point to go on from next time.

    \b
    Examples:
      polydesk mail changes work
      polydesk mail changes work --since 1700000000.43.97 --json
    """
    with opened(mailbox) as found:
        if found.mailbox is None:
            raise UsageError(f"{mailbox} is a file or folder; `polydesk mail list` shows what is in it.")
        view = found.mailbox.changes(folder, since)
    if as_json:
        say_json(view)
        return
    for one in view.mails:
        say(lines(one)[0])
    for place in view.gone:
        say(f"{place}  (gone)")
    say(f"Next: --since {view.since}")
