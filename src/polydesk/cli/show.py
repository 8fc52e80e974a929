"""`polydesk show`: what a document says."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from polydesk.cli.drawing import drawn
from polydesk.cli.options import file_argument, json_option
from polydesk.cli.output import say, say_json
from polydesk.office.docx.views import DocumentView
from polydesk.office.files import open_file

_WIDEST = 120


@click.command("show")
@file_argument
@json_option
@click.option("--anchors/--no-anchors", default=True, show_default=True, help="Name each place as edits do.")
def command(file: Path, as_json: bool, anchors: bool) -> None:
    """Print what a document says, with the anchors that edits use.

    Of a Word document: headings, lists, tables, notes, comments, tracked changes and pictures in reading order. Tracked
    insertions are in the text, deletions are listed below. Of a workbook: what each sheet holds, in samples. Of a
    presentation: slide by slide. Of a mail: what is new in it, what it quotes, and what is attached.

    \b
    Examples:
      polydesk show report.docx
      polydesk show report.docx --no-anchors | less
      polydesk show report.docx --json > view.json
    """
    form, opened = open_file(file)
    view = opened.view()
    if as_json:
        say_json(view)
        return
    if form.lines is not None:
        say("\n".join(form.lines(view)))
        return
    assert isinstance(view, DocumentView)
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    say("\n".join(drawn(view, width=width, anchors=anchors)).rstrip("\n"))
