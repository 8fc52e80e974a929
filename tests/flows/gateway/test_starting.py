"""What keeps the gateway from starting is said in one message, with its own exit code, and leaves nothing behind."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.gateway.process import done, new_key

SETTINGS = 10
USAGE = 2
STORE = 11
EVERYBODY = "0.0.0.0"  # noqa: S104 - nobody gets to listen there


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start that must fail."""

    configuration: str = "[server]\nport = 0\n"
    options: tuple[str, ...] = ()
    code: int = SETTINGS
    says: tuple[str, ...]


KEY_FILE = '[[provider]]\nname = "{name}"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["m"]\nkey_file = "{file}"\n'
STARTS = {
    "no TOML": Start(configuration="[server\n", says=("polydesk.toml:1:", "not TOML")),
    "an unknown key": Start(configuration="[server]\nprot = 1\n", says=("polydesk.toml:2:", "server.prot", "port")),
    "two faults": Start(configuration="[server]\nport = -1\ndrain_s = -1\n", says=("2 faults", "toml:2:", "toml:3:")),
    "a key in the file": Start(
        configuration='[[provider]]\nname = "x"\napi_key = "sk-canary-canary"\n', says=("toml:3:", "must not stand")
    ),
    "a missing file": Start(options=("--config", "missing.toml"), says=("missing.toml", "No such file")),
    "a missing key file": Start(
        configuration=KEY_FILE.format(name="mine", file="missing.key"), says=("key_file", "mine", "No such file")
    ),
    "an empty key file": Start(
        configuration=KEY_FILE.format(name="mine", file="empty.key"), says=("empty.key", "is empty")
    ),
    "a folder for a key": Start(configuration=KEY_FILE.format(name="mine", file="."), says=("key_file", "directory")),
    "an endless key": Start(
        configuration=KEY_FILE.format(name="mine", file="/dev/zero"), says=("/dev/zero", "too long")
    ),
    "open to others without keys": Start(
        options=("--host", EVERYBODY), says=(EVERYBODY, "no keys", "polydesk keys create")
    ),
    "no such port": Start(options=("--port", "70000"), code=USAGE, says=("--port",)),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
async def test_what_keeps_it_from_starting_is_said(start: Start, tmp_path: Path) -> None:
    (tmp_path / "polydesk.toml").write_text(start.configuration)
    (tmp_path / "empty.key").touch()
    config = () if "--config" in start.options else ("--config", "polydesk.toml")
    await check_refused(tmp_path, start, *config, *start.options)


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        await check_refused(tmp_path, Start(says=("127.0.0.1", port, "in use")), "--port", port)


async def test_an_address_of_another_machine_is_said(tmp_path: Path) -> None:
    await new_key(tmp_path)
    await check_refused(tmp_path, Start(says=("192.0.2.1", "cannot assign")), "--host", "192.0.2.1", "--port", "0")


async def test_records_of_another_program_are_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "records.db").write_bytes(b"what somebody else wrote" * 100)
    code, _, err = await done(tmp_path, "serve", "--port", "0")
    assert (code, "records.db" in err) == (STORE, True), err


async def check_refused(folder: Path, start: Start, *options: str) -> None:
    """One message, no traceback, the right code; of the records, at most an empty file of the owner's own."""
    code, out, err = await done(folder, "serve", *options)
    assert code == start.code, err
    assert out == ""
    assert err.startswith("polydesk: ")
    assert [words for words in start.says if words not in err] == [], err
    assert "Traceback" not in err
    assert "canary" not in err
    check_left(folder)


def check_left(folder: Path) -> None:
    left = {path.relative_to(folder).as_posix(): path.stat().st_mode for path in folder.rglob("*") if path.is_file()}
    assert left.keys() - {"polydesk.toml", "empty.key"} <= {"data/records.db"}
    assert left.get("data/records.db", 0) & 0o077 == 0
