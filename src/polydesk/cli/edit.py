"""`polydesk edit` and `polydesk summarize`: a model at work on a document."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from polydesk.app import build
from polydesk.cli.files import Target, target_of
from polydesk.cli.leaving import Left, Report, edit_and_leave, tell
from polydesk.cli.options import (
    author_option,
    config_file,
    direct_option,
    file_argument,
    force_option,
    json_option,
    model_option,
    output_options,
    records,
)
from polydesk.cli.output import note, say, say_json
from polydesk.cli.receipt import cost_words, total_cost
from polydesk.cli.steps import steps
from polydesk.copilot.edit import edit_document
from polydesk.copilot.edit_file import edit_file
from polydesk.copilot.proposal import Proposal
from polydesk.copilot.provenance import Origin
from polydesk.copilot.summarize import Summary, summarize_document
from polydesk.core.errors import ProtectedDocumentError
from polydesk.core.receipts import CallReceipt
from polydesk.office.docx.document import Document, open_document
from polydesk.office.files import Format, OfficeFile, open_file
from polydesk.settings import Settings


class EditOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk edit --json` says."""

    written: Report
    scope: str
    checks: tuple[str, ...]
    warnings: tuple[str, ...]
    calls: tuple[CallReceipt, ...]


class SummaryOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk summarize --json` says."""

    sentences: tuple[str, ...]
    checks: tuple[str, ...]
    warnings: tuple[str, ...]
    calls: tuple[CallReceipt, ...]


@click.command("edit")
@file_argument
@click.argument("instruction")
@output_options("edited")
@model_option
@direct_option
@author_option
@force_option
@json_option
def command(
    file: Path,
    instruction: str,
    out: Path | None,
    in_place: bool,
    overwrite: bool,
    model: str | None,
    direct: bool,
    author: str,
    force: bool,
    as_json: bool,
) -> None:
    """Change a document as an instruction says.

    A model proposes edits; they are verified and made, in a Word document as tracked changes and comments. The best
    model that can be used now is asked, the next one when it fails. What could not be verified is left alone and said.

    \b
    Examples:
      polydesk edit report.docx "Tighten the executive summary"
      polydesk edit report.docx "Answer the comments" --model anthropic
      polydesk edit figures.xlsx "Add a total below each column" --model openai
    """
    target = target_of(file, out, in_place=in_place, overwrite=overwrite, ending="edited")
    form, opened = open_file(file)
    if not force:
        _refuse_protected(opened)
    proposal = asyncio.run(propose(form, opened, instruction, model))
    left = leave_proposal(opened, proposal, instruction, target, tracked=not direct, author=author, force=force)
    if as_json:
        say_json(
            EditOutcome(
                written=left.report(),
                scope=proposal.scope,
                checks=proposal.checks,
                warnings=proposal.warnings,
                calls=proposal.calls,
            )
        )
        return
    tell(left, as_json=False)
    tell_remarks(proposal)


@click.command("summarize")
@file_argument
@model_option
@json_option
def summarize(file: Path, model: str | None, as_json: bool) -> None:
    """Say in a few sentences what a document says.

    \b
    Examples:
      polydesk summarize report.docx
      polydesk summarize report.docx --model openai/gpt-4.1-mini --json
    """
    summary = asyncio.run(_summary(open_document(file), model))
    if as_json:
        say_json(
            SummaryOutcome(
                sentences=summary.sentences, checks=summary.checks, warnings=summary.warnings, calls=summary.calls
            )
        )
        return
    say(summary.text)
    tell_remarks(summary)


def leave_proposal(
    file: OfficeFile,
    proposal: Proposal,
    instruction: str,
    target: Target,
    *,
    tracked: bool,
    author: str,
    force: bool,
) -> Left:
    """Write `file` with the proposed edits, and record which call each came from."""
    origin = Origin(
        instruction=instruction,
        calls=tuple(call.id for call in proposal.calls),
        proposed_by={index: one.receipt_id for index, one in enumerate(proposal.edits)},
        checks=proposal.checks,
        warnings=proposal.warnings,
    )
    edits = [one.edit for one in proposal.edits]
    return edit_and_leave(file, edits, target, records(), tracked=tracked, author=author, force=force, origin=origin)


def tell_remarks(found: Proposal | Summary) -> None:
    """Say on stderr what was checked, what needs a reader's eye, and what it cost."""
    for check in found.checks:
        note(f"Checked: {check}")
    for warning in found.warnings:
        note(f"Warning: {warning}")
    models = ", ".join(dict.fromkeys(f"{call.provider}/{call.model}" for call in found.calls if call.model is not None))
    if found.calls:
        count = len(found.calls)
        calls = "1 model call" if count == 1 else f"{count} model calls"
        note(f"{calls} to {models or 'nobody'}: {cost_words(total_cost(found.calls))}.")


def _refuse_protected(file: OfficeFile) -> None:
    """Refuse before a model is asked what would be refused after it."""
    blocking = [finding for finding in file.findings() if finding.blocks_edit]
    if blocking:
        raise ProtectedDocumentError(
            f"{file.path}: {' '.join(finding.text for finding in blocking)} "
            "Nothing was changed; repeat with --force to edit it all the same.",
            path=file.path,
            part=blocking[0].part,
        )


async def propose(
    form: Format, file: OfficeFile, instruction: str, model: str | None, settings: Settings | None = None
) -> Proposal:
    """What a model proposes, with its steps on stderr. None for `settings` reads the environment."""
    async with build(settings, config_file=config_file()) as app:
        with steps() as on_progress:
            choice = app.choice(model)
            if isinstance(file, Document):
                return await edit_document(file, instruction, app.inference, choice=choice, progress=on_progress)
            return await edit_file(form, file, instruction, app.inference, choice=choice, progress=on_progress)


async def _summary(document: Document, model: str | None, settings: Settings | None = None) -> Summary:
    async with build(settings, config_file=config_file()) as app:
        with steps() as on_progress:
            return await summarize_document(document, app.inference, choice=app.choice(model), progress=on_progress)
