"""What does not work is found, said with its remedy, and never shown with a key."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polydesk.app import look_around
from polydesk.catalog.load import load_catalog
from polydesk.cli.doctor_here import ClockWatch, retirement_findings
from polydesk.cli.doctor_online import reach
from polydesk.cli.exit_codes import BROKEN
from polydesk.store.store import Store
from tests.cli.command import Ran, polydesk
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.openai_server import KEY, openai_server

Findings = dict[str, dict[str, Any]]
CATALOG = load_catalog()


def findings(ran: Ran) -> Findings:
    """What was found, by its check; each check says one thing in these tests."""
    return {one["check"]: one for one in ran.json()["findings"]}


def doctor(*arguments: str | Path) -> tuple[int, Findings]:
    ran = polydesk(*arguments, "doctor", "--json")
    return ran.code, findings(ran)


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def test_without_key_and_weights_nobody_can_be_asked() -> None:
    code, found = doctor()
    assert (code, found["weights"]["state"]) == (BROKEN, "broken")
    assert "polydesk models pull" in found["weights"]["remedy"]


@pytest.mark.usefixtures("keyed")
def test_a_key_is_enough_and_is_not_shown() -> None:
    ran = polydesk("doctor", "--json")
    assert (ran.code, ran.json()["healthy"], ran.json()["online"]) == (0, True, False)
    assert findings(ran)["key:openai"]["what"] == "OpenAI has a key."
    words = polydesk("doctor")
    assert words.out.splitlines()[-1].startswith("0 broken, ")
    assert KEY not in ran.out + words.out + words.err


@pytest.mark.usefixtures("keyed")
def test_every_fault_of_the_configuration_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "polydesk.toml"
    file.write_text("[server]\nprt = 1\n[cach]\n")
    ran = polydesk("--config", file, "doctor", "--json")
    broken = [(one["check"], one["what"], one["remedy"]) for one in ran.json()["findings"] if one["state"] == "broken"]
    assert (ran.code, broken) == (
        BROKEN,
        [
            ("configuration", f"{file}:2: server.prt: there is no such key.", "Did you mean `port`?"),
            ("configuration", f"{file}:3: cach: there is no such key.", "Did you mean `cache`?"),
        ],
    )


def test_a_setting_that_cannot_be_used_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1")
    code, found = doctor()
    assert (code, found["settings"]["state"]) == (BROKEN, "broken")
    assert "HTTPS_PROXY" in found["settings"]["what"]


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o644, "warning")])
def test_a_key_file_that_others_can_read_is_warned_of(
    mode: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(mode)
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(path))
    code, found = doctor()
    assert (code, found["key_file"]["state"]) == (0, state)
    assert (found["key_file"]["remedy"] or "").startswith("Run `chmod 600" if state == "warning" else "")


@pytest.mark.usefixtures("keyed")
def test_records_are_held_against_themselves(own_home: Path) -> None:
    path = own_home / ".local/share/polydesk/records.db"
    Store.open(path).close()
    assert doctor()[1]["records"]["state"] == "ok"
    data = bytearray(path.read_bytes())
    data[4096:6144] = os.urandom(2048)
    path.write_bytes(data)
    code, found = doctor()
    assert (code, found["records"]["state"]) == (BROKEN, "broken")
    assert "restore" in found["records"]["remedy"]


@pytest.mark.usefixtures("keyed")
def test_a_folder_that_cannot_be_one_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("POLYDESK_HOME", str(tmp_path / "file" / "records"))
    code, found = doctor()
    assert (code, found["folder:records"]["state"]) == (BROKEN, "broken")
    assert "POLYDESK_HOME" in found["folder:records"]["remedy"]


@pytest.mark.parametrize(
    ("began", "now", "state"),
    [
        ((1_800_000_000.0, 5.0), (1_800_000_001.0, 6.0), "ok"),
        ((1_800_000_000.0, 5.0), (1_800_000_061.0, 6.0), "warning"),
        ((0.0, 5.0), (1.0, 6.0), "broken"),
    ],
)
def test_the_clock_is_held_against_reason(began: tuple[float, float], now: tuple[float, float], state: str) -> None:
    walls, ticks = iter((began[0], now[0])), iter((began[1], now[1]))
    watch = ClockWatch(wall=lambda: next(walls), monotonic=lambda: next(ticks))
    assert watch.finding(CATALOG).state == state


def test_models_that_retire_soon_are_warned_of() -> None:
    first, second, *_ = CATALOG.models
    cards = (
        msgspec.structs.replace(first, retires=date(2027, 1, 1)),
        msgspec.structs.replace(second, retires=date(2028, 1, 1)),
    )
    catalog = msgspec.structs.replace(CATALOG, models=cards)
    found = list(retirement_findings(catalog, datetime(2026, 11, 24, tzinfo=UTC)))
    assert [one.what for one in found] == [f"{first.id} retires on 2027-01-01."]


@pytest.fixture
async def vendor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{running.url}/v1")
        yield running


@pytest.fixture
def one_model(tmp_path: Path) -> Path:
    """A configuration whose OpenAI has one model that the local vendor serves."""
    path = tmp_path / "polydesk.toml"
    rows = [
        f'[[model]]\nprovider = "openai"\nname = "{card.name}"\nenabled = false\n'
        for card in CATALOG.models
        if card.provider == "openai" and card.name != "gpt-4.1"
    ]
    path.write_text("\n".join(rows))
    return path


async def online(config: Path) -> tuple[Ran, Findings]:
    ran = await asyncio.to_thread(polydesk, "--config", config, "doctor", "--online", "--json")
    return ran, findings(ran)


async def test_online_an_endpoint_is_reached_and_its_key_is_tried(vendor: VendorServer, one_model: Path) -> None:
    ran, found = await online(one_model)
    assert ran.code == 0, ran.out
    assert found["endpoint:openai"]["what"] == f"OpenAI is reached at {vendor.url}."
    assert found["answer:openai"]["what"] == "openai/gpt-4.1 answers, and the key is good."
    first, second = vendor.requests
    assert "authorization" not in first.headers, "no key is sent before the address is known to answer"
    assert second.body["max_completion_tokens"] == 16


async def test_online_a_wrong_key_is_broken_and_not_shown(
    vendor: VendorServer, one_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789")
    ran, found = await online(one_model)
    assert (ran.code, found["answer:openai"]["state"]) == (BROKEN, "broken")
    assert "OPENAI_API_KEY" in found["answer:openai"]["remedy"]
    assert "sk-wrong" not in ran.out + ran.err


async def test_online_a_vendor_in_trouble_is_a_warning(vendor: VendorServer, one_model: Path) -> None:
    vendor.will(*[Scene(fault=Refuse(status=429, retry_after="0"))] * 5)
    ran, found = await online(one_model)
    assert (ran.code, found["answer:openai"]["state"]) == (0, "warning")


async def test_online_an_address_where_nobody_listens_is_broken(
    vendor: VendorServer, one_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    ran, found = await online(one_model)
    assert (ran.code, found["endpoint:openai"]["state"]) == (BROKEN, "broken")
    assert "connection refused" in found["endpoint:openai"]["what"]
    assert "answer:openai" not in found


class _Dated(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("date", formatdate(1_800_000_000, usegmt=True))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def dated() -> Iterator[str]:
    """An address that says that it is 2027-01-15."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Dated)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_clock_is_held_against_the_endpoints(dated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{dated}/v1")
    world = look_around()
    card = world.catalog.provider("openai")
    assert card is not None
    assert reach(card, world, wall=lambda: 1_800_000_000.0).skew_s == 0
    assert reach(card, world, wall=lambda: 1_799_999_000.0).skew_s == 1_000
