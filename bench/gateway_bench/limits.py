"""What a gateway holds: idle streams, a slow reader beside others, and its memory over many requests.

    bench/gateway_limits [--only NAME…] [--streams N] [--slow N] [--requests N] [--quick] [--json OUT.json]

idle      streams held open at once by one process, a token every 5 seconds in each; memory per stream
slow      readers that take 1 KiB a second of an endless fast answer, beside streams of 20 tokens a second
requests  resident memory while so many plain requests are answered, and its slope after the warm-up
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.gateway_bench import processes
from bench.gateway_bench.contestants import CONTESTANTS, Contestant, installed_of
from bench.gateway_bench.installs import UnavailableError, default_scratch
from bench.gateway_bench.load import Counted, Held, held_streams, wrk
from bench.gateway_bench.report import table
from bench.gateway_bench.session import Leg, Session, WrongAnswerError, running

_FAST_STREAMS = 100
_MOST_MIB = 4_096
"""A gateway that has grown to this is not watched further, so that it does not take the machine with it."""
_SETTLE_S = 2.0
_FILES_PER_STREAM = 2
_SPARE_FILES = 500


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """Streams held open while next to nothing flows."""

    streams: int
    """That were open at once."""
    refused: int
    kib_per_stream: float
    """(Resident memory with them - before them) / their number."""
    cpu_percent: float
    """Of the gateway's core, while they were held."""
    kib_left: float
    """Per stream, by which resident memory is larger after a second such wave had left than after the first."""


class Slow(msgspec.Struct, frozen=True, kw_only=True):
    """Streams of 20 tokens a second, without and with slow readers beside them."""

    slow: int
    tokens_per_s: float
    """In each of the fast streams, without slow readers."""
    tokens_per_s_beside: float
    gap_p99_ms: float
    """Between two arrivals in a fast stream, without slow readers."""
    gap_p99_ms_beside: float
    grown_mib: float
    """Resident memory with the slow readers - before them."""
    grown_later_mib: float
    """And once more so long afterwards: near the first when memory is bounded."""


class Many(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory over many requests."""

    requests: int
    failures: int
    first_mib: float
    """After the warm-up."""
    last_mib: float
    kib_per_1000: float
    """Slope of a straight line through the samples, for a thousand requests."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one contestant."""

    name: str
    idle: Idle
    slow: Slow
    many: Many


def main(arguments: Sequence[str], *, isolate: Callable[[], bool] = processes.isolate) -> int:
    """Measure and print; 1 when nothing could be measured."""
    options = _options(arguments)
    if lack := processes.lacking("wrk", "taskset", "setpriv"):
        print(lack, file=sys.stderr)
        return 2
    left_out: dict[str, str] = {}
    chosen = installed_of(options.only, options.scratch, left_out)
    files = processes.raise_file_limit()
    options.streams = min(options.streams, (files - _SPARE_FILES) // _FILES_PER_STREAM)
    isolate()
    found: list[Found] = []
    for contestant, folder in chosen:
        try:
            found.append(_found(contestant, folder, options))
        except (processes.StartError, WrongAnswerError, UnavailableError) as exc:
            left_out[contestant.name] = str(exc)
    print(f"{processes.machine()}.\n")
    print("\n\n".join([text(found), *(f"Left out: {name}, {reason}" for name, reason in left_out.items())]))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0 if found else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    names = [one.name for one in CONTESTANTS]
    parser = argparse.ArgumentParser(prog="bench/gateway_limits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=names, default=["polydesk"], metavar="NAME", help=", ".join(names))
    parser.add_argument("--streams", type=int, default=5_000, help="idle streams (default 5000)")
    parser.add_argument("--slow", type=int, default=20, help="slow readers (default 20)")
    parser.add_argument("--requests", type=int, default=200_000, help="plain requests (default 200000)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each look (default 10)")
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything: to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    parser.add_argument(
        "--scratch", type=Path, default=default_scratch(), metavar="FOLDER", help="where peers are (%(default)s)"
    )
    options = parser.parse_args(arguments)
    if options.quick:
        options.streams, options.slow, options.requests, options.seconds = 50, 2, 2_000, 2.0
    return options


def _found(contestant: Contestant, folder: Path | None, options: argparse.Namespace) -> Found:
    """Each question has a fresh process, so that one leaves nothing to the next."""
    with running(contestant, folder) as session:
        idle = _idle(session, options.streams, options.seconds)
    with running(contestant, folder) as session:
        slow = _slow(session, options.slow, options.seconds)
    with running(contestant, folder) as session:
        many = _many(session, options.requests, options.seconds)
    return Found(name=contestant.name, idle=idle, slow=slow, many=many)


# Idle streams -------------------------------------------------------------------------------------------------


def _idle(session: Session, count: int, seconds: float) -> Idle:
    with held_streams(session.target, "mock-idle", min(50, count), core=processes.load_core()) as few:
        few.wait_until_open(min(50, count), patience_s=30)  # what the first streams bring with them is not theirs alone
    time.sleep(min(_SETTLE_S, seconds))
    before = processes.resident_mib(session.pid)
    leg, counted, during = _wave(session, count, seconds)
    after = processes.resident_mib(session.pid)
    _wave(session, count, seconds)
    return Idle(
        streams=counted.open,
        refused=count - counted.open,
        kib_per_stream=1_024 * (during - before) / max(1, counted.open),
        cpu_percent=100 * leg.cpu_s / leg.seconds,
        kib_left=1_024 * (processes.resident_mib(session.pid) - after) / max(1, counted.open),
    )


def _wave(session: Session, count: int, seconds: float) -> tuple[Leg[None], Counted, float]:
    """Open the streams, hold them, let all clients leave at once; with them: what it cost, who was open, memory."""
    with held_streams(session.target, "mock-idle", count, core=processes.load_core()) as held:
        held.wait_until_open(count, patience_s=120)
        leg = session.leg(lambda: time.sleep(seconds))
        counted, during = held.count(), processes.resident_mib(session.pid)
    time.sleep(min(_SETTLE_S, seconds))
    return leg, counted, during


# Slow readers -------------------------------------------------------------------------------------------------


def _slow(session: Session, count: int, seconds: float) -> Slow:
    with held_streams(session.target, "mock-paced", _FAST_STREAMS, core=processes.load_core()) as fast:
        fast.wait_until_open(_FAST_STREAMS, patience_s=30)
        alone = _look(session, fast, seconds)
        before = processes.resident_mib(session.pid)
        with held_streams(session.target, "mock-flood", count, core=processes.load_core(), slow=True) as slow:
            slow.wait_until_open(count, patience_s=30)
            beside = _look(session, fast, seconds)
            during = processes.resident_mib(session.pid)
            _pause(session, seconds)
            later = processes.resident_mib(session.pid)
    return Slow(
        slow=count,
        tokens_per_s=alone[0],
        tokens_per_s_beside=beside[0],
        gap_p99_ms=alone[1],
        gap_p99_ms_beside=beside[1],
        grown_mib=during - before,
        grown_later_mib=later - before,
    )


def _look(session: Session, held: Held, seconds: float) -> tuple[float, float]:
    """Tokens per second in each stream, and the 99th percentile of the gaps in ms."""
    before, started = held.count(), time.monotonic()
    _pause(session, seconds)
    after: Counted = held.count()
    return (after.events - before.events) / (time.monotonic() - started) / max(1, after.open), after.gap_p99_ms


def _pause(session: Session, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and processes.resident_mib(session.pid) < _MOST_MIB:
        time.sleep(0.25)


# Many requests ------------------------------------------------------------------------------------------------


def _many(session: Session, requests: int, warm_up_s: float) -> Many:
    body = session.target.body("mock", stream=False)
    warm_up = wrk(session.target, body, connections=32, seconds=warm_up_s, core=processes.load_core())
    samples: list[tuple[float, float]] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.25):
            samples.append((time.monotonic(), processes.resident_mib(session.pid)))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        seconds = max(2.0, requests / max(1.0, warm_up.per_s))
        seen = wrk(session.target, body, connections=32, seconds=seconds, core=processes.load_core())
    finally:
        done.set()
        sampler.join()
    slope_mib_per_s = statistics.linear_regression(*zip(*samples, strict=True)).slope
    return Many(
        requests=seen.requests,
        failures=seen.refused + seen.broken,
        first_mib=samples[0][1],
        last_mib=samples[-1][1],
        kib_per_1000=1_024 * slope_mib_per_s / max(1.0, seen.per_s) * 1_000,
    )


# The report ---------------------------------------------------------------------------------------------------


def text(found: Sequence[Found]) -> str:
    """A Markdown table for each of the three questions."""
    return "\n\n".join(
        (
            table(
                ("idle streams", "open", "refused", "KiB per stream", "% of a core", "KiB per stream left behind"),
                [
                    (
                        one.name,
                        f"{one.idle.streams:,}",
                        f"{one.idle.refused:,}",
                        f"{one.idle.kib_per_stream:.1f}",
                        f"{one.idle.cpu_percent:.1f}",
                        f"{one.idle.kib_left:.1f}",
                    )
                    for one in found
                ],
            ),
            table(
                (
                    "slow readers",
                    "number",
                    "tokens/s in each other stream, without/with them",
                    "p99 gap ms",
                    "grown MiB",
                ),
                [
                    (
                        one.name,
                        str(one.slow.slow),
                        f"{one.slow.tokens_per_s:.2f}/{one.slow.tokens_per_s_beside:.2f}",
                        f"{one.slow.gap_p99_ms:.1f}/{one.slow.gap_p99_ms_beside:.1f}",
                        f"{one.slow.grown_mib:.1f}, later {one.slow.grown_later_mib:.1f}",
                    )
                    for one in found
                ],
            ),
            table(
                ("many requests", "answered", "failed", "MiB at first", "MiB at last", "KiB per 1,000 requests"),
                [
                    (
                        one.name,
                        f"{one.many.requests:,}",
                        f"{one.many.failures:,}",
                        f"{one.many.first_mib:.1f}",
                        f"{one.many.last_mib:.1f}",
                        f"{one.many.kib_per_1000:.2f}",
                    )
                    for one in found
                ],
            ),
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
