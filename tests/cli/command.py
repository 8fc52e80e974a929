"""Runs the command line inside this process and keeps what it said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from polydesk.cli.main import cli


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def polydesk(*arguments: str | Path, stdin: str | bytes | None = None) -> Ran:
    """Run `polydesk` with these arguments."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)
