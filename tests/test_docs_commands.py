"""The documentation tells the truth: its commands are executed, and what they print is compared with what it shows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_commands import Command, commands_of, shows

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    page
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if page.exists()
]
EXECUTED = ("polydesk ", "bin/polydesk ", "echo ", "cmp ")
"""Ours, and what pages need around them; others would install things, or run the tests again."""
TIMEOUT_S = 300

EXAMPLE = """
# Page
```console
$ polydesk show a.docx
1  Hello
...
$ polydesk --version
```
<!-- not run: needs a vendor's key -->
```sh
$ polydesk edit a.docx \\
    "shorter"
```
<!-- exit: 3 -->
```console
$ polydesk show missing.docx
polydesk: no such file …
```
```python
$ polydesk not-a-command-block
```
"""


def test_commands_are_read_with_their_lines_output_status_and_reason() -> None:
    assert commands_of(EXAMPLE) == [
        Command(line=4, text="polydesk show a.docx", output="1  Hello\n...", exit_status=0, not_run=None),
        Command(line=7, text="polydesk --version", output="", exit_status=0, not_run=None),
        Command(
            line=11,
            text='polydesk edit a.docx      "shorter"',
            output="",
            exit_status=0,
            not_run="needs a vendor's key",
        ),
        Command(
            line=16, text="polydesk show missing.docx", output="polydesk: no such file …", exit_status=3, not_run=None
        ),
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("", "anything", True),
        ("one\ntwo", "one \ntwo\n", True),
        ("one\n...\nfour", "one\ntwo\nthree\nfour", True),
        ("took … ms", "took 12 ms", True),
        ("one", "one\ntwo", False),
        ("a.c", "abc", False),
    ],
)
def test_shown_output_matches_with_ellipses_only(shown: str, printed: str, expected: bool) -> None:
    assert shows(shown, printed) is expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_is_not_run_says_why(page: Path) -> None:
    assert [command for command in commands_of(page.read_text(encoding="utf-8")) if command.not_run == ""] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_do_what_it_shows(page: Path, tmp_path: Path, models_cache: Path) -> None:
    """The commands of one page follow each other in one folder, as a reader would type them."""
    commands = [
        command
        for command in commands_of(page.read_text(encoding="utf-8"))
        if command.not_run is None and f"{command.text} ".startswith(EXECUTED)
    ]
    if not commands:
        return
    folder, environment = reader_folder(tmp_path)
    for command in commands:
        where = f"{page.relative_to(ROOT)}:{command.line}: $ {command.text}"
        result = subprocess.run(
            ["sh", "-c", command.text],
            cwd=folder,
            env=environment | {"POLYDESK_MODELS": str(models_cache)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        printed = result.stdout if result.returncode == 0 else result.stdout + result.stderr
        assert result.returncode == command.exit_status, f"{where}\n{result.stdout}{result.stderr}"
        assert shows(command.output, printed), f"{where}\nprinted:\n{printed}\nthe page shows:\n{command.output}"


def reader_folder(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder like the reader's checkout, with copies of the examples and both names of the command."""
    folder = tmp_path / "checkout"
    (folder / "bin").mkdir(parents=True)
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", folder / "examples")
    program = folder / "bin" / "polydesk"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m polydesk "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    return folder, dict(os.environ) | {"PATH": path, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120", "NO_COLOR": "1"}
