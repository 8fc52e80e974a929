"""`polydesk changes`, `accept` and `reject`: the tracked changes that are in a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from polydesk.cli.drawing import change_line
from polydesk.cli.files import target_of, word_document
from polydesk.cli.leaving import edit_and_leave, tell
from polydesk.cli.options import file_argument, force_option, json_option, output_options, records
from polydesk.cli.output import note, say, say_json
from polydesk.core.errors import UsageError
from polydesk.office.docx.edits import AcceptChange, RejectChange

_ids_argument = click.argument("ids", metavar="ID...", nargs=-1)


@click.command("changes")
@file_argument
@json_option
def changes(file: Path, as_json: bool) -> None:
    """List the tracked changes of a document.

    \b
    Examples:
      polydesk changes report.docx
      polydesk changes report.docx --json
    """
    found = word_document(file).changes()
    if as_json:
        say_json(found)
    elif found:
        say("\n".join(change_line(change) for change in found))
    else:
        note(f"{file} has no tracked changes.")


def _settling(
    ending: str,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The arguments of a command that settles changes and writes `NAME.<ending>.docx`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        words = "Accept" if ending == "accepted" else "Reject"
        for option in (
            json_option,
            force_option,
            output_options(ending),
            click.option("--all", "every", is_flag=True, help=f"{words} all changes, as the id * does."),
            _ids_argument,
            file_argument,
        ):
            command = option(command)
        return command

    return decorate


@click.command("accept")
@_settling("accepted")
def accept(**given: Any) -> None:
    """Accept tracked changes.

    Ids are those of `polydesk changes`. A move is accepted at both its ends.

    \b
    Examples:
      polydesk accept report.docx body#5 body#6
      polydesk accept report.docx --all -o final.docx
    """
    _settle(AcceptChange, "accepted", **given)


@click.command("reject")
@_settling("rejected")
def reject(**given: Any) -> None:
    """Reject tracked changes.

    Ids are those of `polydesk changes`. A move is rejected at both its ends.

    \b
    Examples:
      polydesk reject report.docx body#5 body#6
      polydesk reject report.docx --all -o original.docx
    """
    _settle(RejectChange, "rejected", **given)


def _settle(
    verdict: type[AcceptChange | RejectChange],
    ending: str,
    *,
    file: Path,
    ids: tuple[str, ...],
    every: bool,
    out: Path | None,
    in_place: bool,
    overwrite: bool,
    force: bool,
    as_json: bool,
) -> None:
    target = target_of(file, out, in_place=in_place, overwrite=overwrite, ending=ending)
    document = word_document(file)
    edits = [verdict(change=id) for id in _wanted(ids, every=every)]
    tell(edit_and_leave(document, edits, target, records(), force=force), as_json=as_json)


def _wanted(ids: tuple[str, ...], *, every: bool) -> list[str]:
    """The ids to settle, `*` alone for all. Raises UsageError when none, or both, are named."""
    if every == bool(ids):
        raise UsageError("Name the changes by their ids, or say --all for all of them; `polydesk changes` lists them.")
    return ["*"] if every or "*" in ids else list(dict.fromkeys(ids))
