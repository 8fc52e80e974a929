"""The measurement of gateways: what it counts is what there is."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from bench.gateway_bench import limits, polydesk, processes, speed
from bench.gateway_bench.contestants import CONTESTANTS
from bench.gateway_bench.launch import Place
from bench.gateway_bench.load import Target, held_streams, read_wrk
from bench.gateway_bench.report import Run, Told, medians, text
from bench.gateway_bench.session import WrongAnswerError, check
from bench.gateway_bench.streams import request_bytes
from bench.gateway_bench.vendor import ANSWER, EVENTS, MODELS, Vendor
from polydesk.catalog.load import load_catalog
from polydesk.configuration.reading import read_configuration

VENDOR = Path(speed.__file__).with_name("vendor.py")
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="the wrk program is not installed")


# The vendor ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def vendor() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a vendor in this process."""
    server = await asyncio.get_running_loop().create_server(Vendor, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()


def asked(body: dict[str, object], *headers: str) -> bytes:
    return request_bytes("/v1/chat/completions", 1, headers, json.dumps(body).encode())


async def plain(reader: asyncio.StreamReader) -> dict[str, object]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    return json.loads(await reader.readexactly(length))


async def test_requests_in_pieces_and_in_one_packet_are_each_answered(
    vendor: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    reader, writer = vendor
    request = asked({"model": "mock"})
    writer.write(request[:40])
    await writer.drain()
    await asyncio.sleep(0)
    writer.write(request[40:] + request + b"GET /v1/models HTTP/1.1\r\n\r\n")
    answers = [await plain(reader) for _ in range(3)]
    assert [answer["object"] for answer in answers] == ["chat.completion", "chat.completion", "list"]
    choices = answers[0]["choices"]
    assert isinstance(choices, list)
    assert choices[0]["message"]["content"] == ANSWER


async def test_a_chunked_request_is_answered(vendor: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    reader, writer = vendor
    head = b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head + b'8\r\n{"model"\r\n7\r\n:"mock"\r\n1\r\n}\r\n0\r\n\r\n')
    assert (await plain(reader))["model"] == "mock"


async def test_a_client_that_wants_to_close_gets_the_end(
    vendor: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    reader, writer = vendor
    writer.write(asked({"model": "nobody"}, "Connection: close"))
    answered = await reader.read()
    assert answered.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(("options", "events"), [({}, EVENTS - 1), ({"include_usage": True}, EVENTS)])
async def test_a_stream_has_its_events_and_usage_only_where_asked(
    vendor: tuple[asyncio.StreamReader, asyncio.StreamWriter], options: dict[str, bool], events: int
) -> None:
    reader, writer = vendor
    writer.write(asked({"model": "mock", "stream": True, "stream_options": options}))
    answered = await reader.readuntil(b"\r\n0\r\n\r\n")
    lines = [line for line in answered.splitlines() if line.startswith(b"data: ")]
    assert len(lines) == events + 1
    assert lines[-1] == b"data: [DONE]"
    assert sum(b'"usage"' in line for line in lines) == ("include_usage" in options)


async def test_an_endless_stream_waits_for_its_reader(
    vendor: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """More than the buffers hold comes to one who reads, and the vendor keeps next to nothing for one who does not."""
    reader, writer = vendor
    writer.write(asked({"model": "mock-flood", "stream": True}))
    assert len(await reader.readexactly(1_000_000)) == 1_000_000


# The instruments ----------------------------------------------------------------------------------------------


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    """A vendor in a process of its own."""
    port, log = processes.free_port(), tmp_path / "vendor"
    command = (sys.executable, "-P", str(VENDOR), "--port", str(port))
    with processes.running(
        command, core=processes.load_core(), folder=tmp_path, environment=os.environ, log=log
    ) as process:
        processes.wait_for_port(port, process, log, patience_s=20)
        yield Target(port=port, path="/v1/chat/completions", headers={}, model_prefix="")


def test_a_vendor_gives_its_own_answers_and_others_are_told_apart(target: Target) -> None:
    check(target)
    other = (
        msgspec.structs.replace
        if False
        else Target(port=target.port, path=target.path, headers={}, model_prefix="other-")
    )
    with pytest.raises(WrongAnswerError, match="404"):
        check(other, patience_s=0)


def test_held_streams_are_counted_while_they_flow(target: Target) -> None:
    with held_streams(target, "mock-paced", 7, core=processes.load_core()) as held:
        opened = held.wait_until_open(7, patience_s=20)
        assert (opened.open, opened.refused) == (7, 0)
        first = opened.events
        while (counted := held.count()).events < first + 14:  # two tokens in each, at 20 a second
            time.sleep(0.01)
        assert counted.open == 7


def test_refused_streams_are_counted_as_such(target: Target) -> None:
    with held_streams(target, "no-such-model", 3, core=processes.load_core()) as held:
        assert held.wait_until_open(3, patience_s=20).refused == 3


def test_a_slow_reader_takes_a_kibibyte_at_a_time(target: Target) -> None:
    with held_streams(target, "mock-flood", 2, core=processes.load_core(), slow=True) as held:
        counted = held.wait_until_open(2, patience_s=20)
        assert counted.bytes <= 2 * 2 * 1_024


def test_processor_time_and_memory_are_those_of_the_whole_tree() -> None:
    work = "import subprocess, sys; b = bytearray(50_000_000); b[::4096] = b[::4096]; subprocess.run([sys.executable, "
    work += '"-c", "x = sum(range(8_000_000)); print(flush=True); input()"])'
    process = subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        assert len(processes.tree(process.pid)) == 2
        assert processes.cpu_s(process.pid) > 0.05
        assert processes.resident_mib(process.pid) > 50
        process.communicate(b"\n")


def test_what_wrk_saw_is_read_beside_its_own_report() -> None:
    line = 'RESULT {"requests":10,"duration_us":2000000,"bytes":5,"p50_us":3,"p99_us":4,"refused":1,"broken":2}'
    seen = read_wrk(f"Running 1s test\n{line}\n")
    assert (seen.per_s, seen.refused, seen.broken) == (5.0, 1, 2)


def test_a_process_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "said"
    with (
        processes.running(
            (sys.executable, "-c", "raise SystemExit('no such setting')"),
            core=processes.load_core(),
            folder=tmp_path,
            environment=os.environ,
            log=log,
        ) as process,
        pytest.raises(processes.StartError, match="status 1: no such setting"),
    ):
        processes.wait_for_port(processes.free_port(), process, log, patience_s=20)


# Contestants --------------------------------------------------------------------------------------------------


def test_our_own_configurations_are_ones_that_the_program_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polydesk, "_key", lambda environment: "pd-key")  # there is no program to make one with here
    for launch, is_open in ((polydesk.launch_open, True), (polydesk.launch_all_on, False)):
        place = Place(folder=tmp_path, port=4_100, vendor_port=4_200, installed=tmp_path)
        assert bool(launch(place).headers) is not is_open
        configuration = read_configuration(tmp_path / "polydesk.toml", load_catalog())
        assert configuration.server.open is is_open
        assert configuration.providers[0].models == tuple(MODELS)
        assert bool(configuration.budgets) is not is_open


def test_no_contestant_sees_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ours")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for one in CONTESTANTS:
        if one.name.startswith("polydesk"):
            continue
        launch = one.launch(Place(folder=tmp_path, port=4_100, vendor_port=4_200, installed=tmp_path))
        assert not {"OPENAI_API_KEY", "HTTPS_PROXY"} & launch.environment.keys()
        assert one.version is not None


# The whole ----------------------------------------------------------------------------------------------------


def run(name: str, rate: float, **others: float) -> Run:
    figures = dict.fromkeys((figure for figure in Run.__struct_fields__ if figure != "name"), 1.0)
    return msgspec.convert(
        {"name": name, **figures, "failures": 0, "others": 0.0, "requests_per_s": rate, **others}, Run
    )


def test_medians_hide_no_failure() -> None:
    found = medians([run("nginx", 10), run("nginx", 30, failures=4), run("nginx", 20)])
    assert (found["nginx"].requests_per_s, found["nginx"].failures) == (20, 4)


def test_figures_and_ratios_stand_in_two_tables() -> None:
    told = Told(
        machine="two cores",
        versions={"nginx": "1.22.1"},
        isolated=True,
        left_out={"portkey": "needs Node.js"},
        runs=[run("polydesk", 12_000, single_p50_ms=0.25), run("nginx", 30_000), run("direct", 50_000, others=0.2)],
    )
    report = text(told, {"polydesk": "Polydesk"})
    assert "| Polydesk | 12,000 | 1.00 | 1.00/1.00 | 0.250/1.00 | -0.750 |" in report
    assert "| nginx | 2.50 | 1.00 | 4.00 |" in report
    assert "Left out: portkey, needs Node.js" in report
    assert "other programs had up to 20%" in report


@needs_wrk
def test_the_measurement_takes_its_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--quick", "--only", "direct", "--json", str(tmp_path / "out.json")]
    assert speed.main(arguments, isolate=lambda: False) == 0
    told = msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=Told)
    assert [run.name for run in told.runs] == ["direct"]
    assert told.runs[0].failures == 0
    assert min(told.runs[0].requests_per_s, told.runs[0].streams_per_s, told.runs[0].tokens_per_s) > 0
    assert "| the vendor itself |" in capsys.readouterr().out


@needs_wrk
def test_the_limits_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--only", "direct", "--streams", "9", "--slow", "1", "--requests", "100", "--seconds", "0.3"]
    assert limits.main(arguments, isolate=lambda: False) == 0
    assert capsys.readouterr().out.count("\n| direct |") == 3
