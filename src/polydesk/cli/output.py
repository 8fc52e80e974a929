"""Words and JSON on the way out: results to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

_UNSEEN = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}
"""Control characters: in a document's words they could drive the terminal."""


def say(text: str = "") -> None:
    """Print a result, a line or more, without anything that a terminal would obey."""
    click.echo(text.translate(_UNSEEN))


def say_piece(text: str) -> None:
    """Print a piece of a result as it comes, at once and on the same line."""
    click.echo(text.translate(_UNSEEN), nl=False)
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a remark or a step on stderr."""
    click.echo(text.translate(_UNSEEN), err=True)


def say_json(value: Any) -> None:
    """Print `value` as indented JSON in UTF-8, whatever the terminal's encoding."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def shortened(text: str | None, length: int = 70) -> str:
    """`text` on one line of at most `length` characters; empty for None."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def quoted(text: str | None, length: int = 70) -> str:
    """`shortened` between quotation marks; empty when there are no words."""
    line = shortened(text, length)
    return f"“{line}”" if line else ""
