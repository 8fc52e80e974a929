"""The reference page of the command line, from the commands' own help: `python -m polydesk.cli.reference` prints it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from polydesk.cli.main import cli
from polydesk.cli.output import say

_HEAD = """\
# The command line

Made from the commands' own help by `python -m polydesk.cli.reference > docs/reference/cli.md`; a test fails when it is
out of date. Failures and their codes: [exit codes](exit-codes.md). The environment: [settings](settings.md).
"""
_WIDTH = 100


def reference_page() -> str:
    """The whole page in Markdown: `polydesk` itself, then every command with its options."""
    top = click.Context(cli, info_name="polydesk", terminal_width=_WIDTH, **cli.context_settings)
    sections = [f"## {context.command_path}\n\n```text\n{context.get_help()}\n```\n" for context in _contexts(top)]
    return "\n".join([_HEAD, *sections])


def _contexts(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from _contexts(click.Context(command, info_name=name, parent=context))


if __name__ == "__main__":
    say(reference_page().rstrip("\n"))
