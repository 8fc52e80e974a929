"""The group of all commands, loaded one by one when used, and the one place where failures become words and codes."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple, NoReturn

import click

from polydesk.cli.exit_codes import INTERRUPTED, PIPE_CLOSED, UNEXPECTED, USAGE, exit_code
from polydesk.cli.output import note, say_json
from polydesk.core.errors import NoCandidateError, PolydeskError

_CHOSEN_AWAY = {"excluded_by_user", "not_in_plan", "kind"}
"""Rules that keep a model out because another one was asked for."""


class CommandEntry(NamedTuple):
    """Where a command is found, so that only the one that is used is imported."""

    module: str
    attribute: str
    summary: str
    """The first line of its help."""


class Door(click.Group):
    """A group that imports a command when it is used, and answers every failure with a message and an exit code."""

    entries: ClassVar[Mapping[str, CommandEntry]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none of that name."""
        entry = self.entries.get(cmd_name)
        return None if entry is None else getattr(importlib.import_module(entry.module), entry.attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line, which is argv when `args` is None, and leave the process with its code."""
        words = sys.argv[1:] if args is None else list(args)
        sys.exit(self._run(words, **extra))

    def _run(self, words: list[str], **extra: Any) -> int:
        as_json = "--json" in words
        _print_whatever_comes()
        try:
            with self.make_context("polydesk", list(words), **extra) as ctx:
                self.invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_stdout()
            return PIPE_CLOSED
        except (KeyboardInterrupt, click.Abort):
            note("polydesk: stopped.")
            return INTERRUPTED
        except Exception as error:  # the door: whatever it is, its user gets a message and a code
            return _answer(error, as_json=as_json)
        return 0


def _answer(error: Exception, *, as_json: bool) -> int:
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case PolydeskError():
            message = "\n".join([_words(error), *getattr(error, "__notes__", [])])
            return _tell(type(error).__name__, message, exit_code(error), _facts(error), as_json=as_json)
        case click.ClickException():
            return _tell("UsageError", error.format_message() + _help_hint(error), USAGE, {}, as_json=as_json)
        case _:
            message = f"Something went wrong inside Polydesk ({type(error).__name__}). {_logged(error)}"
            return _tell("UnexpectedError", message, UNEXPECTED, {}, as_json=as_json)


def _words(error: PolydeskError) -> str:
    """The message; of models that were passed over, only those that something else than what was asked kept out."""
    if not isinstance(error, NoCandidateError):
        return str(error)
    models: dict[str, list[str]] = {}
    for one in error.rejections:
        if one.rule not in _CHOSEN_AWAY:
            models.setdefault(one.reason, []).append(f"{one.provider}/{one.model}")
    reasons = [f"  {_named(names)}: {reason}" for reason, names in models.items()]
    return "\n".join(["No model can be asked.", *reasons]) if reasons else str(error)


def _named(models: list[str]) -> str:
    return models[0] if len(models) == 1 else f"{models[0]} and {len(models) - 1} more"


def _help_hint(error: click.ClickException) -> str:
    where = error.ctx if isinstance(error, click.UsageError) else None
    return "" if where is None else f" See `{where.command_path} --help`."


def _tell(kind: str, message: str, code: int, facts: Mapping[str, Any], *, as_json: bool) -> int:
    note(f"polydesk: {message}")
    if as_json:
        # The reader may be gone already; the code still tells.
        with contextlib.suppress(BrokenPipeError):
            say_json({"error": {"type": kind, "message": message, "exit_code": code, **facts}})
    return code


def _facts(error: PolydeskError) -> dict[str, Any]:
    return {name: value for name, value in vars(error).items() if not name.startswith("_")}


def _logged(error: Exception) -> str:
    """Write the traceback to a file of the user's own and say where; say it here when that fails too."""
    trace = "".join(traceback.format_exception(error))
    try:
        # Imported here, for only a fault of ours needs to know where to write.
        from polydesk.settings import read_places

        folder = read_places().data_folder / "faults"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(trace)
    except (OSError, PolydeskError):
        return f"Please report it with these lines:\n{trace}"
    return f"Please report it with the lines in {path}."


def _print_whatever_comes() -> None:
    """Print words that the terminal's encoding does not have as escapes rather than failing on them."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Point stdout nowhere, so that the interpreter's own last flush is quiet too."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
