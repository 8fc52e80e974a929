"""`polydesk`: the table of its commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import click

from polydesk import __version__
from polydesk.cli.door import CommandEntry, Door
from polydesk.cli.options import PATH


def _entry(module: str, summary: str, attribute: str = "command") -> CommandEntry:
    return CommandEntry(f"polydesk.cli.{module}", attribute, summary)


class _Polydesk(Door):
    entries: ClassVar[Mapping[str, CommandEntry]] = {
        "edit": _entry("edit", "Change a document as an instruction says."),
        "summarize": _entry("edit", "Say in a few sentences what a document says.", "summarize"),
        "show": _entry("show", "Print what a document says, with the anchors that edits use."),
        "apply": _entry("apply", "Apply a list of edits to a document; no model is asked."),
        "diff": _entry("diff", "Say which edits lead from file A to file B of the same format."),
        "new": _entry("new", "Make a new file from an outline, without a model."),
        "convert": _entry("convert", "Make a workbook of a CSV file, or a CSV file of a workbook's sheet."),
        "compare": _entry("compare", "Write document A with tracked changes that lead to document B.", "compare"),
        "merge": _entry("compare", "Bring the changes of several reviewers into one document.", "merge"),
        "changes": _entry("changes", "List the tracked changes of a document.", "changes"),
        "accept": _entry("changes", "Accept tracked changes.", "accept"),
        "reject": _entry("changes", "Reject tracked changes.", "reject"),
        "undo": _entry("undo", "Take back what Polydesk did to a document."),
        "receipt": _entry("receipt", "Say where each change of a document came from."),
        "mail": _entry("mail", "Read mail, follow threads, and draft answers. Nothing is ever sent."),
        "ask": _entry("ask", "Ask a model a question."),
        "models": _entry("models", "List, pull and remove models."),
        "keys": _entry("keys", "Make, list and revoke the keys by which programs use the gateway."),
        "usage": _entry("usage", "Say what calls cost, and what is left of each budget."),
        "config": _entry("config", "Check the configuration file, or print an example of one."),
        "doctor": _entry("doctor", "Find what does not work on this machine, and say what to do."),
        "serve": _entry("serve", "Answer other programs as OpenAI and Anthropic do, with any model."),
        "demo": _entry("demo", "Improve an example report with a model on this machine."),
    }


@click.group(
    cls=_Polydesk,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 2 wrong use, others as docs/reference/exit-codes.md lists them.",
)
@click.version_option(__version__, prog_name="polydesk", message="%(prog)s %(version)s")
@click.option("--config", type=PATH, help="Configuration file; docs/reference/configuration.md says which is read.")
def cli(config: Path | None) -> None:
    """A copilot for documents, workbooks, presentations and mail: every change with its receipt.

    \b
    Examples:
      polydesk edit report.docx "Tighten the executive summary"
      polydesk receipt report.edited.docx
      polydesk undo report.edited.docx
      polydesk models
    """


def main() -> None:
    """Run the command line of this process."""
    cli.main()
