"""Every failure becomes a message, and the code that the table and the page give it."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from polydesk.cli.door import Door
from polydesk.cli.exit_codes import BROKEN, EXIT_CODES, INTERRUPTED, PIPE_CLOSED, UNEXPECTED, exit_code
from polydesk.cli.main import cli
from polydesk.core import errors
from polydesk.core.receipts import Rejection
from tests.cli.command import polydesk
from tests.docx_builder import docx

ROOT = Path(__file__).resolve().parents[2]
ERRORS = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, errors.PolydeskError) and value.__module__ == errors.__name__
]


def made(kind: type[errors.PolydeskError]) -> errors.PolydeskError:
    """An error of that class with a message and no facts."""
    error = kind.__new__(kind)
    error.args = ("it went wrong; do otherwise",)
    if isinstance(error, errors.NoCandidateError):
        error.rejections = []
    return error


def failing(error: BaseException) -> Callable[..., tuple[int, str, str]]:
    """Runs a command that raises `error`; gives the code and both outputs."""

    @click.command("fail")
    @click.option("--json", "as_json", is_flag=True)
    def fail(as_json: bool) -> None:
        raise error

    class Failing(Door):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return fail

    def run(*options: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(Failing("polydesk"), ["fail", *options], catch_exceptions=False)
        return result.exit_code, result.stdout, result.stderr

    return run


def test_every_error_class_has_its_own_code() -> None:
    assert set(EXIT_CODES) == set(ERRORS)
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    assert not set(EXIT_CODES.values()) & {0, BROKEN, UNEXPECTED, INTERRUPTED, PIPE_CLOSED}


def test_the_page_lists_the_codes_as_they_are() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (?:`(\w+)`)? ?\|", page, re.MULTILINE)
    expected = {(code, kind.__name__) for kind, code in EXIT_CODES.items()}
    assert {(int(code), name) for code, name in rows if name} == expected
    assert {int(code) for code, name in rows if not name} == {0, BROKEN, UNEXPECTED, INTERRUPTED, PIPE_CLOSED}


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_ends_the_command_with_its_code_and_words(kind: type[errors.PolydeskError]) -> None:
    assert failing(made(kind))() == (EXIT_CODES[kind], "", "polydesk: it went wrong; do otherwise\n")


def test_a_class_without_a_row_takes_its_parents_code() -> None:
    class NewProviderError(errors.RateLimitError):
        pass

    assert exit_code(NewProviderError("slow down", provider="p")) == EXIT_CODES[errors.RateLimitError]


def test_json_carries_type_message_code_and_facts() -> None:
    error = errors.RateLimitError("wait", provider="openai", model="m", status_code=429, retry_after_s=2.5)
    code, out, err = failing(error)("--json")
    assert (code, err) == (32, "polydesk: wait\n")
    assert json.loads(out) == {
        "error": {
            "type": "RateLimitError",
            "message": "wait",
            "exit_code": 32,
            "provider": "openai",
            "model": "m",
            "status_code": 429,
            "code": None,
            "request_id": None,
            "retry_after_s": 2.5,
        }
    }


def test_notes_follow_the_message() -> None:
    error = errors.ReplyError("no use", reply="?", problem="?")
    error.add_note("Receipt: rcp_1")
    assert failing(error)()[2] == "polydesk: no use\nReceipt: rcp_1\n"


def test_models_kept_out_for_one_reason_share_a_line_and_those_not_chosen_are_left_out() -> None:
    rejections = [
        Rejection(provider="a", model="1", rule="no_credential", reason="There is no key."),
        Rejection(provider="a", model="2", rule="no_credential", reason="There is no key."),
        Rejection(provider="b", model="1", rule="excluded_by_user", reason="a was asked for."),
        Rejection(provider="a", model="3", rule="context_window", reason="Too small."),
    ]
    error = errors.NoCandidateError("all of them", rejections=rejections)
    assert failing(error)()[2].splitlines() == [
        "polydesk: No model can be asked.",
        "  a/1 and 1 more: There is no key.",
        "  a/3: Too small.",
    ]
    assert len(json.loads(failing(error)("--json")[1])["error"]["rejections"]) == 4


def test_a_fault_of_ours_is_short_and_its_traceback_is_in_a_file(own_home: Path) -> None:
    code, out, err = failing(ZeroDivisionError("secret thing"))()
    assert (code, out) == (UNEXPECTED, "")
    assert "secret thing" not in err
    assert len(err.splitlines()) == 1
    (file,) = (own_home / ".local/share/polydesk/faults").iterdir()
    assert str(file) in err
    assert file.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError: secret thing" in file.read_text()


def test_a_traceback_that_cannot_be_written_is_printed(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_home / "file").write_text("")
    monkeypatch.setenv("POLYDESK_HOME", str(own_home / "file" / "below"))
    code, _, err = failing(ZeroDivisionError("oh"))()
    assert code == UNEXPECTED
    assert "ZeroDivisionError: oh" in err


def test_ctrl_c_is_quiet() -> None:
    assert failing(KeyboardInterrupt())() == (INTERRUPTED, "", "polydesk: stopped.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["show"], "Missing argument 'FILE'. See `polydesk show --help`."),
        (["show", "a", "--nonsense"], "No such option"),
        (["models", "pull"], "Missing argument"),
    ],
)
def test_wrong_use_is_code_2_and_names_the_help(words: list[str], said: str) -> None:
    ran = polydesk(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "--help`" in ran.err


def test_wrong_use_with_json_is_an_object_too() -> None:
    assert polydesk("show", "--json").json()["error"]["type"] == "UsageError"


def run_module(*arguments: str, stdout: int = subprocess.PIPE, code: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, *(["-c", code] if code else ["-m", "polydesk"]), *arguments]
    return subprocess.Popen(
        command,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src"), "HOME": "/nowhere"},
    )


def test_a_reader_who_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    file = tmp_path / "long.docx"
    file.write_bytes(docx(*[f"Paragraph {number} with a few words." for number in range(5_000)]))
    process = run_module("show", str(file))
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (PIPE_CLOSED, "")


def test_python_m_polydesk_is_the_command() -> None:
    out, err = run_module("--version").communicate(timeout=60)
    assert (out, err) == ("polydesk 0.1.0\n", "")


LOADED = """
import sys
sys.argv[0] = "polydesk"
from polydesk.cli.main import main
try:
    main()
except SystemExit as end:
    print(end.code, *sorted(name for name in {names!r} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], ["lxml", "rich", "genai_prices", "xllamacpp", "ssl", "sqlite3", "polydesk.office", "asyncio"]),
        (["show", "{file}"], ["rich", "genai_prices", "xllamacpp", "sqlite3", "polydesk.providers", "asyncio"]),
        (["models", "--help"], ["rich", "xllamacpp", "lxml", "sqlite3"]),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], absent: list[str], tmp_path: Path) -> None:
    """This, and not the clock, is what keeps the first answer quick."""
    file = tmp_path / "a.docx"
    file.write_bytes(docx("One."))
    words = [argument.format(file=file) for argument in arguments]
    _, err = run_module(*words, code=LOADED.format(names=absent)).communicate(timeout=60)
    assert err == "0\n"


def commands(group: click.Group, path: str = "polydesk") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((f"{path} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{path} {name}")
    return found


@pytest.mark.parametrize(("path", "command"), [("polydesk", cli), *commands(cli)], ids=lambda value: str(value)[:40])
def test_every_command_has_help_with_an_example_of_itself(path: str, command: click.Command) -> None:
    assert "Examples:" in (command.help or "")
    assert path in (command.help or "")


@pytest.mark.parametrize("name", list(cli.entries))
def test_the_table_says_what_the_command_says_of_itself(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").splitlines()[0] == cli.entries[name].summary


def test_the_reference_page_is_what_the_commands_say() -> None:
    from polydesk.cli.reference import reference_page

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert page == reference_page(), "run `python -m polydesk.cli.reference > docs/reference/cli.md`"
