"""One contestant running with its vendor, each on its core, and what a piece of load cost it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from bench.gateway_bench import processes
from bench.gateway_bench.contestants import ENVIRONMENT, Contestant
from bench.gateway_bench.launch import Launch, Place
from bench.gateway_bench.load import Target
from bench.gateway_bench.vendor import ANSWER, EVENTS

_VENDOR = Path(__file__).with_name("vendor.py")
Result = TypeVar("Result")


class WrongAnswerError(Exception):
    """A contestant answers, but not with what the vendor said; the message says how it differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg(Generic[Result]):
    """A piece of load, and what it cost."""

    result: Result
    seconds: float
    cpu_s: float
    """Processor time of the gateway's process tree."""
    others: float
    """Share of the machine's processor time that went to nobody of ours: above a few per cent the machine was busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A contestant that listens."""

    target: Target
    pid: int

    def leg(self, work: Callable[[], Result]) -> Leg[Result]:
        """Do the work, and account for it."""
        busy, ours, cpu = processes.busy(), self._ours_s(), processes.cpu_s(self.pid)
        result = work()
        busy_after, ours_after, cpu_after = processes.busy(), self._ours_s(), processes.cpu_s(self.pid)
        seconds = busy_after.at_s - busy.at_s
        foreign_s = busy_after.used_s - busy.used_s - (ours_after - ours)
        return Leg(
            result=result,
            seconds=seconds,
            cpu_s=cpu_after - cpu,
            others=max(0.0, foreign_s / (seconds * (os.cpu_count() or 1))),
        )

    def _ours_s(self) -> float:
        """Processor time of this process and of all that it started."""
        return processes.cpu_s(os.getpid())


@contextmanager
def running(contestant: Contestant, installed: Path | None) -> Iterator[Session]:
    """The contestant with a fresh vendor behind it, checked to give the vendor's answers.

    Raises StartError, WrongAnswerError or UnavailableError.
    """
    with TemporaryDirectory(prefix="gateway-") as name, _vendor(Path(name)) as vendor_port:
        folder = Path(name) / contestant.name
        folder.mkdir()
        port = processes.free_port()
        launch = contestant.launch(
            Place(folder=folder, port=port, vendor_port=vendor_port, installed=installed or folder)
        )
        log = Path(name) / "said"
        with processes.running(
            launch.command, core=processes.gateway_core(), folder=folder, environment=launch.environment, log=log
        ) as process:
            if launch.port_file is not None:
                port = _port_written(launch, process, log, patience_s=contestant.patience_s)
            processes.wait_for_port(port, process, log, patience_s=contestant.patience_s)
            target = launch.target(port)
            try:
                check(target)
            except WrongAnswerError as exc:
                raise WrongAnswerError(f"{exc}; it said: {processes.said(log) or 'nothing'}") from exc
            yield Session(target=target, pid=process.pid)


@contextmanager
def _vendor(folder: Path) -> Iterator[int]:
    port, log = processes.free_port(), folder / "vendor"
    command = (sys.executable, "-P", str(_VENDOR), "--port", str(port))
    with processes.running(
        command, core=processes.load_core(), folder=folder, environment=ENVIRONMENT, log=log
    ) as process:
        processes.wait_for_port(port, process, log, patience_s=20)
        yield port


def _port_written(launch: Launch, process: subprocess.Popen[bytes], log: Path, *, patience_s: float) -> int:
    assert launch.port_file is not None
    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        if launch.port_file.exists() and (text := launch.port_file.read_text()):
            return int(text)
        time.sleep(0.05)
    raise processes.StartError(f"did not say its port: {processes.said(log)}")


# What it answers ----------------------------------------------------------------------------------------------


def check(target: Target, *, patience_s: float = 30.0) -> None:
    """See that it gives the vendor's text, plain and streamed. Raises WrongAnswerError.

    Until the patience ends it may still be starting behind its open port.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            _check_plain(target)
            _check_stream(target)
        except (WrongAnswerError, OSError, http.client.HTTPException, ValueError) as exc:
            if time.monotonic() > until:
                raise WrongAnswerError(str(exc)) from exc
            time.sleep(0.3)
        else:
            return


def _check_plain(target: Target) -> None:
    answer = json.loads(_asked(target, stream=False))
    if answer["choices"][0]["message"]["content"] != ANSWER or answer["usage"]["completion_tokens"] != EVENTS - 2:
        raise WrongAnswerError("the plain answer is not the vendor's")


def _check_stream(target: Target) -> None:
    lines = [line for line in _asked(target, stream=True).splitlines() if line.startswith(b"data: ")]
    events = [json.loads(line.removeprefix(b"data: ")) for line in lines if b"[DONE]" not in line]
    choices = [choice for event in events for choice in event.get("choices", ())]
    words = "".join(choice.get("delta", {}).get("content") or "" for choice in choices)
    if words != (EVENTS - 3) * " clause":
        raise WrongAnswerError(
            f"the streamed answer is not the vendor's: {len(events)} events, {len(words)} characters"
        )


def _asked(target: Target, *, stream: bool) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=20)
    try:
        headers = {"Content-Type": "application/json", **target.headers}
        connection.request("POST", target.path, target.body("mock", stream=stream), headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise WrongAnswerError(f"answered {response.status}: {body[:300].decode(errors='replace')}")
    return body
