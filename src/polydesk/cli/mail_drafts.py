"""`polydesk mail reply`, `forward`, `new`, `apply`: drafts into files, or into a mailbox's drafts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from polydesk.cli.files import Target, staged
from polydesk.cli.mail import place_argument, source_argument
from polydesk.cli.mail_sources import Source, opened
from polydesk.cli.options import PATH, CommandT, json_option
from polydesk.cli.output import note, say, say_json
from polydesk.core.errors import UsageError
from polydesk.mailboxes.editing import LiveEdit, apply_live, draft_live
from polydesk.office.mail.drafting import new_message
from polydesk.office.mail.edits import (
    AnswerMeeting,
    Forward,
    NewAttachment,
    NewMeeting,
    NewMessage,
    Reply,
    ReplyAll,
    parse_edits,
)
from polydesk.office.mail.meetings import new_meeting


class Drafted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a draft lies."""

    path: str | None = None
    """The file; None in a mailbox."""
    place: str | None = None
    """Its place in the mailbox; None in a file."""
    notes: tuple[str, ...] = ()


def draft_options(command: CommandT) -> CommandT:
    """The options that every draft has."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there."),
        click.option(
            "-o", "--out", type=PATH, help="File to write; of a mailbox the draft lies in its drafts without."
        ),
        click.option("--attach", type=PATH, multiple=True, help="Attach this file; can be given several times."),
        click.option("--from", "sender", help="Address that the draft is from."),
        click.option("--text-file", type=PATH, help="File that holds the text; - for standard input."),
        click.option("-t", "--text", help="What to write."),
    ):
        command = option(command)
    return command


cc_option = click.option("--cc", multiple=True, help="Further recipient; can be given several times.")


def text_of(text: str | None, text_file: Path | None, *, needed: bool = True) -> str:
    """The words of a draft. Raises UsageError when there are none, or two."""
    if text is not None and text_file is not None:
        raise UsageError("--text and --text-file contradict each other; give one of them.")
    if text_file is not None:
        try:
            data = sys.stdin.buffer.read() if str(text_file) == "-" else text_file.read_bytes()
            return data.decode("utf-8")
        except OSError as exc:
            raise UsageError(f"{text_file} cannot be read: {exc.strerror or exc}.") from exc
        except UnicodeDecodeError as exc:
            raise UsageError(f"{text_file} is not text in UTF-8.") from exc
    if text is None and needed:
        raise UsageError("Say what to write, with --text or --text-file.")
    return text or ""


def attached(paths: tuple[Path, ...]) -> tuple[NewAttachment, ...]:
    """The files to attach. Raises UsageError for one that cannot be read."""
    found: list[NewAttachment] = []
    for path in paths:
        try:
            found.append(NewAttachment(name=path.name, data=path.read_bytes()))
        except OSError as exc:
            raise UsageError(f"{path} cannot be read: {exc.strerror or exc}.") from exc
    return tuple(found)


def make_draft(
    source: str,
    place: str | None,
    edit: Callable[[str], Reply | ReplyAll | Forward | AnswerMeeting],
    out: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make the draft that `edit` gives for an anchor, where it belongs, and say where."""
    with opened(source) as found:
        message = found.message(place)
        made = edit(message.view().anchor)
        if found.mailbox is not None and out is None:
            assert place is not None
            _tell_live(apply_live(found.mailbox, place, [made], at=datetime.now(UTC)), as_json=as_json)
            return
        result = message.apply([made])
        notes = tuple(line for done in result.edits for line in done.notes)
        like = found.path if found.path is not None and found.path.is_file() else None
        write_draft(result.data, _target(found, out, overwrite=overwrite), notes, like=like, as_json=as_json)


def make_new(
    mailbox: str | None, edit: NewMessage | NewMeeting, out: Path | None, *, overwrite: bool, as_json: bool
) -> None:
    """Make a draft that answers none, in a mailbox or in a file."""
    if (mailbox is None) is (out is None):
        raise UsageError("Say where the draft goes: --mailbox NAME, or -o FILE.")
    if out is not None:
        now = datetime.now(UTC).replace(microsecond=0)
        made = new_message(edit, now) if isinstance(edit, NewMessage) else new_meeting(edit, now)
        write_draft(made.data, Target(path=out, replace=overwrite), tuple(made.notes), like=None, as_json=as_json)
        return
    assert mailbox is not None
    with opened(mailbox) as found:
        if found.mailbox is None:
            raise UsageError(f"{mailbox} is a file or folder, not a mailbox.")
        _tell_live(draft_live(found.mailbox, edit, at=datetime.now(UTC)), as_json=as_json)


def _target(source: Source, out: Path | None, *, overwrite: bool) -> Target:
    if out is None and source.path is not None and source.path.is_file():
        out = source.path.with_name(f"{source.path.stem}.draft.eml")
    if out is None:
        raise UsageError("Name the file to write with -o.")
    if out.exists() and not overwrite:
        raise UsageError(f"{out} is already there; say --overwrite to replace it, or name another file with --out.")
    return Target(path=out, replace=overwrite)


def write_draft(data: bytes, target: Target, notes: tuple[str, ...], *, like: Path | None, as_json: bool) -> None:
    """Write the draft, whole or not at all, and say where it lies."""
    with staged(data, target, like=like):
        pass
    if as_json:
        say_json(Drafted(path=str(target.path), notes=notes))
        return
    say(f"Draft: {target.path}")
    for line in notes:
        note(line)


def _tell_live(done: LiveEdit, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
        return
    say(f"{'Draft' if done.draft else 'Mail'}: {done.place}")
    for line in done.notes:
        note(line)


@click.command("reply")
@source_argument
@place_argument
@click.option("--all", "to_all", is_flag=True, help="Answer every recipient.")
@click.option("--no-quote", is_flag=True, help="Leave the mail itself out of the answer.")
@click.option("--own", multiple=True, help="An address of yours, which gets no copy; can be given several times.")
@cc_option
@draft_options
@json_option
def reply(
    source: str,
    place: str | None,
    to_all: bool,
    no_quote: bool,
    own: tuple[str, ...],
    cc: tuple[str, ...],
    text: str | None,
    text_file: Path | None,
    sender: str | None,
    attach: tuple[Path, ...],
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draft an answer to a mail, quoted below as Outlook does. It is not sent.

    The draft is a new file, by default NAME.draft.eml beside the mail; of a mailbox it goes into its drafts.

    \b
    Examples:
      polydesk mail reply message.eml --text "Tuesday suits me."
      polydesk mail reply message.eml --all --text-file answer.txt --attach plan.pdf
    """
    kind = ReplyAll if to_all else Reply
    words, files = text_of(text, text_file), attached(attach)
    make_draft(
        source,
        place,
        lambda at: kind(
            at=at, text=words, quote=not no_quote, sender=sender, own_addresses=own, cc=cc, attachments=files
        ),
        out,
        overwrite=overwrite,
        as_json=as_json,
    )


@click.command("forward")
@source_argument
@place_argument
@click.option("--to", multiple=True, help="Recipient; can be given several times.")
@cc_option
@click.option("--as-attachment", is_flag=True, help="Attach the mail whole, instead of quoting it.")
@draft_options
@json_option
def forward(
    source: str,
    place: str | None,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    as_attachment: bool,
    text: str | None,
    text_file: Path | None,
    sender: str | None,
    attach: tuple[Path, ...],
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draft a mail that passes another one on, with its attachments. It is not sent.

    \b
    Examples:
      polydesk mail forward message.eml --to "Ann <ann@example.com>" --text "For you."
    """
    words, files = text_of(text, text_file, needed=False), attached(attach)
    make_draft(
        source,
        place,
        lambda at: Forward(
            at=at, to=to, cc=cc, text=words, as_attachment=as_attachment, sender=sender, attachments=files
        ),
        out,
        overwrite=overwrite,
        as_json=as_json,
    )


@click.command("new")
@click.option("--mailbox", help="Mailbox of the configuration, into whose drafts it goes.")
@click.option("--to", multiple=True, help="Recipient; can be given several times.")
@cc_option
@click.option("--subject", default="", help="Its subject.")
@draft_options
@json_option
def new(
    mailbox: str | None,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    subject: str,
    text: str | None,
    text_file: Path | None,
    sender: str | None,
    attach: tuple[Path, ...],
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draft a mail that answers none, into a file or a mailbox's drafts. It is not sent.

    \b
    Examples:
      polydesk mail new --to ann@example.com --subject Lunch --text "At one?" -o lunch.eml
    """
    edit = NewMessage(
        to=to, cc=cc, subject=subject, text=text_of(text, text_file), sender=sender, attachments=attached(attach)
    )
    make_new(mailbox, edit, out, overwrite=overwrite, as_json=as_json)


@click.command("apply")
@click.argument("mailbox")
@click.argument("place")
@click.argument("edits", metavar="EDITS.json")
@json_option
def apply(mailbox: str, place: str, edits: str, as_json: bool) -> None:
    """Apply a list of edits to a mail of a mailbox: marks, categories, moves, drafts.

    EDITS.json is a list as docs/reference/edits-mail.md describes it, or - for standard input. A file is changed by
    `polydesk apply`.

    \b
    Examples:
      polydesk mail apply work "INBOX;UIDVALIDITY=1700000000/;UID=42" edits.json
    """
    if edits == "-":
        listed = parse_edits(sys.stdin.buffer.read(), path="standard input")
    else:
        try:
            listed = parse_edits(Path(edits).read_bytes(), path=edits)
        except OSError as exc:
            raise UsageError(f"{edits} cannot be read: {exc.strerror or exc}.") from exc
    with opened(mailbox) as found:
        if found.mailbox is None:
            raise UsageError(f"{mailbox} is a file or folder; `polydesk apply` changes files.")
        _tell_live(apply_live(found.mailbox, place, listed, at=datetime.now(UTC)), as_json=as_json)
