"""Load on a gateway from one core: wrk for requests and whole streams, our own client for streams that stay open."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

_SCRIPT = Path(__file__).with_name("post.lua")
_STREAMS = Path(__file__).with_name("streams.py")
QUESTION = (
    "Which clauses of the agreement limit what we may do with the supplier's data, and for how long after it ends?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests go, and how they must look there."""

    port: int
    path: str
    headers: Mapping[str, str]
    model_prefix: str
    """Stands before a model's name."""

    @property
    def header_lines(self) -> list[str]:
        """Each header as 'Name: value'."""
        return [f"{name}: {value}" for name, value in {"Content-Type": "application/json", **self.headers}.items()]

    def body(self, model: str, *, stream: bool) -> bytes:
        """A request of about 200 bytes for that model."""
        asked: dict[str, object] = {
            "model": self.model_prefix + model,
            "messages": [{"role": "user", "content": QUESTION}],
        }
        if stream:
            asked |= {"stream": True, "stream_options": {"include_usage": True}}
        return json.dumps(asked).encode()


class Wrk(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of wrk saw."""

    requests: int
    duration_us: int
    bytes: int
    p50_us: int
    p99_us: int
    refused: int
    """Answers other than 200."""
    broken: int
    """Connections that could not be made, or broke, or answered too late."""

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return 1e6 * self.requests / self.duration_us if self.duration_us else 0.0


def wrk(target: Target, body: bytes, *, connections: int, seconds: float, core: int) -> Wrk:
    """Ask over and over from so many connections, each with one request under way at a time."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(body)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
        command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{target.port}{target.path}", "--"]
        command += [file.name, *target.header_lines]
        asked = subprocess.run(
            ["taskset", "--cpu-list", str(core), *command], capture_output=True, text=True, check=True
        )
    return read_wrk(asked.stdout)


def read_wrk(printed: str) -> Wrk:
    """What post.lua printed."""
    line = next(line for line in printed.splitlines() if line.startswith("RESULT "))
    return msgspec.json.decode(line.removeprefix("RESULT "), type=Wrk)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What streams that are held open have received up to a moment."""

    open: int
    refused: int
    events: int
    bytes: int
    gap_p99_ms: float
    """Between two arrivals in one stream, since the last count."""


class Held:
    """Streams that a process of ours holds open."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def count(self) -> Counted:
        """What they have received up to now."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Counted)

    def wait_until_open(self, count: int, *, patience_s: float) -> Counted:
        """Return once so many flow, or have been refused, or the patience is at its end."""
        until = time.monotonic() + patience_s
        while True:
            counted = self.count()
            if counted.open + counted.refused >= count or time.monotonic() > until:
                return counted
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """Of the process that holds them."""
        return self._process.pid


@contextmanager
def held_streams(target: Target, model: str, count: int, *, core: int, slow: bool = False) -> Iterator[Held]:
    """So many streams of that model, open until the end of the block."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(target.body(model, stream=True))
        file.flush()
        arguments = ["--port", str(target.port), "--path", target.path, "--body", file.name, "--streams", str(count)]
        arguments += [argument for line in target.header_lines for argument in ("--header", line)]
        process = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), *_python(_STREAMS), *arguments, *(["--slow"] if slow else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield Held(process)
        finally:
            process.kill()
            process.communicate()


def _python(script: Path) -> Sequence[str]:
    return (sys.executable, "-P", str(script))
