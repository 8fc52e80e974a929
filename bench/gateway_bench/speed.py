"""Gateways side by side: requests, streams, processor time, memory and added latency, each alone on one core.

    bench/gateway [--rounds N] [--seconds S] [--only NAME…] [--quick] [--json OUT.json] [--scratch FOLDER]

The first core has the gateway; the last has the vendor and the load. The gateways take turns, each as a fresh process
in every round, so that a busy minute falls on all of them. What the columns mean: bench/README.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.gateway_bench import processes, report
from bench.gateway_bench.contestants import CONTESTANTS, Contestant, installed_of
from bench.gateway_bench.installs import UnavailableError, default_scratch
from bench.gateway_bench.load import Held, held_streams, wrk
from bench.gateway_bench.report import Run
from bench.gateway_bench.session import Leg, Session, WrongAnswerError, running

CONNECTIONS = 32


def main(arguments: Sequence[str], *, isolate: Callable[[], bool] = processes.isolate) -> int:
    """Measure and print; 1 when nothing could be measured. `isolate` takes the network away after the installations."""
    options = _options(arguments)
    if lack := processes.lacking("wrk", "taskset", "setpriv"):
        print(lack, file=sys.stderr)
        return 2
    left_out: dict[str, str] = {}
    installed = installed_of(options.only, options.scratch, left_out)
    processes.raise_file_limit()
    is_isolated = isolate()
    runs = _measured(installed, options, left_out)
    told = report.Told(
        machine=processes.machine(), versions=_versions(installed), isolated=is_isolated, left_out=left_out, runs=runs
    )
    print(report.text(told, {one.name: one.title for one in CONTESTANTS}))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    return 0 if runs else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    names = [one.name for one in CONTESTANTS]
    parser = argparse.ArgumentParser(prog="bench/gateway", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each piece of load (default 5)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="one round of one second each: to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=default_scratch(),
        metavar="FOLDER",
        help="where peers are installed (%(default)s)",
    )
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, 1.0
    return options


def _versions(installed: Sequence[tuple[Contestant, Path | None]]) -> dict[str, str]:
    return {one.name: one.version() for one, _ in installed} | {"wrk": processes.version_of("wrk", "-v").split()[1]}


def _measured(
    installed: Sequence[tuple[Contestant, Path | None]], options: argparse.Namespace, left_out: dict[str, str]
) -> list[Run]:
    """All rounds; who fails once is left out of the further ones, with the reason."""
    runs: list[Run] = []
    for number in range(options.rounds):
        start = number % max(1, len(installed))
        for contestant, folder in (*installed[start:], *installed[:start]):
            if contestant.name in left_out:
                continue
            _tell(f"round {number + 1} of {options.rounds}: {contestant.name}")
            try:
                with running(contestant, folder) as session:
                    runs.append(_run(contestant, session, options.seconds))
            except (processes.StartError, WrongAnswerError, UnavailableError) as exc:
                left_out[contestant.name] = f"in round {number + 1}: {exc}"
    _tell("")
    return runs


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


# One contestant once ------------------------------------------------------------------------------------------


def _run(contestant: Contestant, session: Session, seconds: float) -> Run:
    plain, stream = (session.target.body("mock", stream=is_stream) for is_stream in (False, True))
    for body in (plain, stream):  # caches and compilers warm up, pools fill
        wrk(
            session.target,
            body,
            connections=CONNECTIONS,
            seconds=min(contestant.warm_up_s, 2 * seconds),
            core=processes.load_core(),
        )
    many = session.leg(
        lambda: wrk(session.target, plain, connections=CONNECTIONS, seconds=seconds, core=processes.load_core())
    )
    one = session.leg(lambda: wrk(session.target, plain, connections=1, seconds=seconds, core=processes.load_core()))
    streams = session.leg(
        lambda: wrk(session.target, stream, connections=CONNECTIONS, seconds=seconds, core=processes.load_core())
    )
    resident = processes.resident_mib(session.pid)
    tokens, token_failures = _paced(session, contestant.paced_streams, seconds)
    return Run(
        name=contestant.name,
        requests_per_s=many.result.per_s,
        cpu_us_per_request=1e6 * many.cpu_s / max(1, many.result.requests),
        p50_ms=many.result.p50_us / 1e3,
        p99_ms=many.result.p99_us / 1e3,
        single_p50_ms=one.result.p50_us / 1e3,
        single_p99_ms=one.result.p99_us / 1e3,
        streams_per_s=streams.result.per_s,
        cpu_us_per_token=1e6 * tokens.cpu_s / max(1, tokens.result),
        tokens_per_s=tokens.result / tokens.seconds,
        resident_mib=resident,
        failures=token_failures + sum(leg.result.refused + leg.result.broken for leg in (many, one, streams)),
        others=max(many.others, one.others, streams.others, tokens.others),
    )


def _paced(session: Session, count: int, seconds: float) -> tuple[Leg[int], int]:
    """Tokens that came while that many streams of 20 a second flowed, and the streams that did not."""
    with held_streams(session.target, "mock-paced", count, core=processes.load_core()) as held:
        opened = held.wait_until_open(count, patience_s=30)
        leg = session.leg(lambda: _events_in(held, seconds))
        return leg, count - opened.open


def _events_in(held: Held, seconds: float) -> int:
    before = held.count().events
    time.sleep(seconds)
    return held.count().events - before


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
