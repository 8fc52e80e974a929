"""`polydesk compare` and `merge`: documents brought together as tracked changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from polydesk.cli.files import target_of, word_document
from polydesk.cli.marked import leave_marked
from polydesk.cli.options import PATH, author_option, force_option, json_option, records
from polydesk.office.docx.compare import compare as compare_documents
from polydesk.office.docx.merge import Review
from polydesk.office.docx.merge import merge as merge_documents

_out = click.option("-o", "--out", type=PATH, help="File to write.")
_overwrite = click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there.")


@click.command("compare")
@click.argument("a", type=PATH)
@click.argument("b", type=PATH)
@_out
@_overwrite
@author_option
@force_option
@json_option
def compare(a: Path, b: Path, out: Path | None, overwrite: bool, author: str, force: bool, as_json: bool) -> None:
    """Write document A with tracked changes that lead to document B.

    To accept them all gives what B says, to reject them all what A says. Tracked changes that A or B hold already count
    as accepted. By default the file is A.compared.docx beside A.

    \b
    Examples:
      polydesk compare contract.docx contract.signed.docx
      polydesk compare old.docx new.docx -o differences.docx --author "Legal"
    """
    target = target_of(a, out, in_place=False, overwrite=overwrite, ending="compared")
    document, other = word_document(a), word_document(b)
    at = datetime.now(UTC)
    result = compare_documents(document, other, author=author, at=at, ignore_protection=force)
    leave_marked(
        document,
        result,
        target,
        records(),
        kind="compare",
        asked=f"compare with {b.name}",
        at=at,
        notes=result.notes,
        as_json=as_json,
    )


@click.command("merge")
@click.argument("base", type=PATH)
@click.argument("reviews", type=PATH, nargs=-1, required=True)
@_out
@_overwrite
@force_option
@json_option
def merge(base: Path, reviews: tuple[Path, ...], out: Path | None, overwrite: bool, force: bool, as_json: bool) -> None:
    """Bring the changes of several reviewers into one document.

    REVIEWS are copies of BASE as its reviewers sent them back. Their comments come along. Each change is a tracked
    change by who made it; one that nobody is named for bears the name of its file. Where two contradict each other the
    first one's is made, and the other's becomes a comment and is told. By default the file is BASE.merged.docx beside
    BASE.

    \b
    Examples:
      polydesk merge report.docx report.ann.docx report.bob.docx
      polydesk merge report.docx reviews/*.docx -o report.reviewed.docx
    """
    target = target_of(base, out, in_place=False, overwrite=overwrite, ending="merged")
    document = word_document(base)
    at = datetime.now(UTC)
    copies = [Review(document=word_document(path), name=path.stem) for path in reviews]
    result = merge_documents(document, copies, at=at, ignore_protection=force)
    leave_marked(
        document,
        result,
        target,
        records(),
        kind="merge",
        asked=f"merge {', '.join(path.name for path in reviews)}",
        at=at,
        notes=[*(f"Contradiction: {conflict}" for conflict in result.conflicts), *result.notes],
        as_json=as_json,
    )
