"""`polydesk diff`: what leads from one file to another, as edits."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from polydesk.cli.options import PATH, json_option
from polydesk.cli.output import note, quoted, say, say_json
from polydesk.copilot.provenance import place_of
from polydesk.core.errors import UsageError
from polydesk.office.edits import TypedEdit, edits_to_json, kind_of
from polydesk.office.files import Format, OfficeFile, open_file
from polydesk.office.results import AppliedEdit


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk diff --json` says."""

    edits: list[TypedEdit]
    """Applied to the first file they give the content of the second, but for what is inexpressible."""
    inexpressible: list[str]
    """Sentences on what no edit can bring about."""


@click.command("diff")
@click.argument("first", metavar="A", type=PATH)
@click.argument("second", metavar="B", type=PATH)
@click.option("--edits", "as_edits", is_flag=True, help="Print the edits themselves, as `polydesk apply` reads them.")
@json_option
def command(first: Path, second: Path, as_edits: bool, as_json: bool) -> None:
    """Say which edits lead from file A to file B of the same format.

    What lies beyond the edits is said on the standard error. To see the changes of a Word document inside it, as
    tracked changes, use `polydesk compare`.

    \b
    Examples:
      polydesk diff draft.xlsx final.xlsx
      polydesk diff draft.xlsx final.xlsx --edits > edits.json
      polydesk apply draft.xlsx edits.json -o again.xlsx
    """
    form, one = open_file(first)
    other_form, other = open_file(second)
    if form.name != other_form.name:
        raise UsageError(f"{first} is {form.words} and {second} is {other_form.words}; name two files of one format.")
    found = _differences(form, one, other)
    if as_json:
        say_json(found)
        return
    if as_edits:
        say(edits_to_json(found.edits).decode())
    elif found.edits:
        say(
            "\n".join(_line(applied) for applied in one.apply(found.edits, tracked=False, ignore_protection=True).edits)
        )
    elif not found.inexpressible:
        note("Both say the same.")
    for sentence in found.inexpressible:
        note(f"Not expressed: {sentence}")


def _differences(form: Format, one: OfficeFile, other: OfficeFile) -> Differences:
    if form.edits_between is None or form.inexpressible is None:
        raise UsageError(f"The differences of {form.words} cannot be expressed as edits.")
    return Differences(edits=form.edits_between(one, other), inexpressible=form.inexpressible(one, other))


def _line(applied: AppliedEdit) -> str:
    words = " → ".join(text for text in (quoted(applied.before), quoted(applied.after)) if text)
    return " ".join(
        part for part in (kind_of(applied.edit).replace("_", " "), f"[{place_of(applied.edit)}]", words) if part
    )
