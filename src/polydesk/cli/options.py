"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from polydesk.store.places import RecordsPlace

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)

model_option = click.option(
    "--model", help="Ask this model, plan, family or provider, and no other; `polydesk models` lists them."
)

file_argument = click.argument("file", type=PATH)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
direct_option = click.option("--direct", is_flag=True, help="Change the text itself instead of tracking changes.")
author_option = click.option(
    "--author", default="Polydesk", show_default=True, help="Name that tracked changes and comments bear."
)
force_option = click.option("--force", is_flag=True, help="Edit even a signed or protected document.")


def config_file() -> Path | None:
    """The configuration that `--config` names before the command; None when it is not there."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.find_root().params.get("config")


def records() -> RecordsPlace:
    """Where records are kept, as the configuration says."""
    from polydesk.app import records_place  # a command without records need not load it

    return records_place(config_file())


def output_options(ending: str) -> Callable[[CommandT], CommandT]:
    """`-o`, `--in-place` and `--overwrite` for a command that writes `NAME.<ending>` with the file's suffix."""

    def decorate(command: CommandT) -> CommandT:
        for option in (
            click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there."),
            click.option("--in-place", is_flag=True, help="Replace FILE itself; the original stays in the records."),
            click.option(
                "-o",
                "--out",
                type=PATH,
                help=f"File to write. Default: NAME.{ending} beside FILE, with its ending.",
            ),
        ):
            command = option(command)
        return command

    return decorate
