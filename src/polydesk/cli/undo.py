"""`polydesk undo`: what Polydesk did to a document, taken back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click
import msgspec

from polydesk.cli.files import Target, staged, target_of
from polydesk.cli.leaving import edit_and_leave, tell
from polydesk.cli.options import file_argument, force_option, json_option, output_options, records
from polydesk.cli.output import note, say_json
from polydesk.copilot.provenance import fingerprints
from polydesk.core.document_receipts import DocumentReceipt
from polydesk.core.errors import AnchorNotFoundError, RecordNotFoundError, UsageError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import RejectChange
from polydesk.office.docx.views import ChangeView
from polydesk.office.files import OfficeFile, open_file
from polydesk.store.places import RecordsPlace
from polydesk.store.store import Store


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk undo FILE --json` says."""

    output: str
    sha256: str
    undone: DocumentReceipt


@click.command("undo")
@file_argument
@click.argument("ids", metavar="[ID...]", nargs=-1)
@output_options("undone")
@force_option
@json_option
def command(
    file: Path,
    ids: tuple[str, ...],
    out: Path | None,
    in_place: bool,
    overwrite: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Take back what Polydesk did to a document.

    Without ids, gives back the very file that FILE was made of, byte for byte, as long as FILE has not been saved by
    another program since. With ids, rejects those tracked changes, if they are Polydesk's.

    \b
    Examples:
      polydesk undo report.edited.docx
      polydesk undo report.edited.docx body#12 body#13 -o report.docx
    """
    target = target_of(file, out, in_place=in_place, overwrite=overwrite, ending="undone")
    form, opened = open_file(file)
    place = records()
    if not ids:
        _restore(opened, target, place, as_json=as_json)
        return
    if not isinstance(opened, Document):
        raise UsageError(f"{file} is {form.words}, which marks no changes; undo it as a whole, without ids.")
    _refuse_others(opened, ids, place)
    edits = [RejectChange(change=id) for id in dict.fromkeys(ids)]
    tell(edit_and_leave(opened, edits, target, place, force=force), as_json=as_json)


def _restore(file: OfficeFile, target: Target, place: RecordsPlace, *, as_json: bool) -> None:
    with closing(Store.open(place)) as store:
        receipt = store.document_by_output_sha256(file.sha256)
        if receipt is None:
            raise RecordNotFoundError(
                f"{file.path} is not as Polydesk left it: it was made or saved by another program. {_remedy(file)}"
            )
        original = store.blob(receipt.input_sha256)
    with staged(original, target, like=Path(file.path or target.path)):
        pass  # nothing to record: the receipt of what is undone stays
    if as_json:
        say_json(Restored(output=str(target.path), sha256=receipt.input_sha256, undone=receipt))
    else:
        note(f"Wrote {target.path}, identical to {receipt.input_name} before {receipt.id}.")


def _remedy(file: OfficeFile) -> str:
    if isinstance(file, Document):
        return "Name the changes to take back; `polydesk receipt` says which are Polydesk's."
    return "Take the original itself; `polydesk receipt` lists what was made of which file."


def _refuse_others(document: Document, ids: tuple[str, ...], place: RecordsPlace) -> None:
    """Raise for an id that is no tracked change of the document, or not one of Polydesk's."""
    view = document.view()
    changes = {change.id: change for change in view.changes}
    known = fingerprints(view)
    with closing(Store.open(place)) as store:
        for id in ids:
            if id in {comment.id for comment in view.comments}:
                raise UsageError(f"{id} is a comment; only tracked changes can be taken back one by one.")
            if id not in changes:
                raise AnchorNotFoundError(
                    f"{document.path} has no tracked change {id!r}; `polydesk changes` lists them.", path=document.path
                )
            if store.document_by_fingerprint(known[id]) is None:
                raise RecordNotFoundError(_not_ours(document, changes[id]))


def _not_ours(document: Document, change: ChangeView) -> str:
    return (
        f"{change.id} is not a change of Polydesk's but of {change.author or 'an unnamed author'}; "
        f"`polydesk reject {document.path} {change.id}` rejects it all the same."
    )
