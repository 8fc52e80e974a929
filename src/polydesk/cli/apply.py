"""`polydesk apply`: a list of edits onto a document."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from polydesk.cli.files import target_of
from polydesk.cli.leaving import edit_and_leave, tell
from polydesk.cli.options import (
    author_option,
    direct_option,
    file_argument,
    force_option,
    json_option,
    output_options,
    records,
)
from polydesk.core.errors import UsageError
from polydesk.office.edits import TypedEdit
from polydesk.office.files import Format, open_file


@click.command("apply")
@file_argument
@click.argument("edits", metavar="EDITS.json")
@output_options("edited")
@direct_option
@author_option
@force_option
@json_option
def command(
    file: Path,
    edits: str,
    out: Path | None,
    in_place: bool,
    overwrite: bool,
    direct: bool,
    author: str,
    force: bool,
    as_json: bool,
) -> None:
    """Apply a list of edits to a document; no model is asked.

    EDITS.json is a list of edits as docs/reference/edits.md describes them for Word, and its neighbours for the other
    formats, or - for standard input. Places are named by the anchors of `polydesk show`. All edits are made or none. An
    empty list gives back the identical file.

    \b
    Examples:
      polydesk apply report.docx edits.json
      polydesk apply report.docx edits.json -o final.docx --direct
      echo '[]' | polydesk apply report.docx - -o copy.docx
    """
    target = target_of(file, out, in_place=in_place, overwrite=overwrite, ending="edited")
    form, opened = open_file(file)
    left = edit_and_leave(
        opened, _read_edits(edits, form), target, records(), tracked=not direct, author=author, force=force
    )
    tell(left, as_json=as_json)


def _read_edits(source: str, form: Format) -> list[TypedEdit]:
    if source == "-":
        edits = form.parse_edits(sys.stdin.buffer.read(), path="standard input")
    else:
        edits = form.parse_edits(_bytes(source), path=source)
    return edits if form.with_files is None else form.with_files(edits, _bytes)


def _bytes(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as exc:
        raise UsageError(f"{name} cannot be read: {exc.strerror or exc}.") from exc
