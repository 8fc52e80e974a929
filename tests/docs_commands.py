"""The commands shown in the documentation, read out of its fenced `console` and `sh` blocks.

In a block, a line that begins with `$ ` is a command (a final backslash continues it); what follows, up to the next
command, is what it prints, where `...` or `…` stands for anything. An HTML comment on the line before the fence says
otherwise: `<!-- not run: reason -->`, or `<!-- exit: 3 -->` for a block whose last command ends with that status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

BLOCK = re.compile(
    r"(?:^<!--[ ]*(?P<key>not[ ]run|exit):[ ]*(?P<value>.*?)[ ]*-->[ ]*\n)?"
    r"^```(?:console|sh)[ ]*\n(?P<body>.*?)^```[ ]*$",
    re.MULTILINE | re.DOTALL,
)


class Command(NamedTuple):
    """One command of a page."""

    line: int
    """Line of the page, from 1."""
    text: str
    output: str
    """What the page shows; empty when it shows nothing."""
    exit_status: int
    not_run: str | None
    """The reason why it cannot be executed here; None when it can."""


def commands_of(page: str) -> list[Command]:
    """All commands of a page, in order."""
    return [command for block in BLOCK.finditer(page) for command in _commands_of_block(page, block)]


def _commands_of_block(page: str, block: re.Match[str]) -> Iterator[Command]:
    first_line = page.count("\n", 0, block.start("body")) + 1
    chunks = re.split(r"^(?=\$ )", block["body"], flags=re.MULTILINE)
    line = first_line
    for number, chunk in enumerate(chunks):
        if chunk.startswith("$ "):
            text, output = _split_chunk(chunk)
            last = number == len(chunks) - 1
            status = int(block["value"]) if block["key"] == "exit" and last else 0
            not_run = block["value"] if block["key"] == "not run" else None
            yield Command(line=line, text=text, output=output, exit_status=status, not_run=not_run)
        line += chunk.count("\n")


def _split_chunk(chunk: str) -> tuple[str, str]:
    found = re.match(r"\$ ((?:[^\n]*\\\n)*[^\n]*)\n?", chunk)
    assert found is not None
    return found[1].replace("\\\n", " "), chunk[found.end() :].strip("\n")


def shows(shown: str, printed: str) -> bool:
    """Whether a page's text tells the truth about what was printed; empty text claims nothing."""
    pieces = [re.escape(piece) for piece in re.split(r"\.\.\.|…", _tidy(shown))]
    return not shown or re.fullmatch(".*".join(pieces), _tidy(printed), re.DOTALL) is not None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
