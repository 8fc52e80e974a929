"""What bench/gateway found, as Markdown: medians of the rounds, and each as a multiple of our own."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant in one round."""

    name: str
    requests_per_s: float
    """At 32 connections, like the two latencies below it."""
    cpu_us_per_request: float
    """Of the gateway's process tree."""
    p50_ms: float
    p99_ms: float
    single_p50_ms: float
    """At one connection."""
    single_p99_ms: float
    streams_per_s: float
    """Whole streams of 64 events, sent by the vendor at once."""
    cpu_us_per_token: float
    """While many streams each get 20 tokens a second."""
    tokens_per_s: float
    """That came meanwhile, in all streams."""
    resident_mib: float
    """Of the process tree, after the load."""
    failures: int
    """Answers that were refused, connections that broke, streams that never flowed."""
    others: float
    """Largest share of the machine's processor time, in any piece of load, that went to none of our processes."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All of one measurement."""

    machine: str
    versions: dict[str, str]
    isolated: bool
    """Whether it all had a network with loopback alone."""
    left_out: dict[str, str]
    """Who could not be measured, and why."""
    runs: list[Run]


FIGURES = tuple(name for name in Run.__struct_fields__ if name != "name")
_BUSY = 0.05
OURS = "polydesk"


def medians(runs: Sequence[Run]) -> dict[str, Run]:
    """The median of every figure by name; the most failures and the busiest moment, which no median may hide."""
    found: dict[str, Run] = {}
    for name in dict.fromkeys(run.name for run in runs):
        own = [run for run in runs if run.name == name]
        figures = {figure: statistics.median(getattr(run, figure) for run in own) for figure in FIGURES}
        worst = {"failures": max(run.failures for run in own), "others": max(run.others for run in own)}
        found[name] = Run(name=name, **(figures | worst))
    return found


def text(told: Told, titles: Mapping[str, str]) -> str:
    """The report."""
    found = medians(told.runs)
    rounds = max((sum(run.name == name for run in told.runs) for name in found), default=0)
    parts = [
        f"{told.machine}. " + ", ".join(f"{name} {version}" for name, version in told.versions.items() if version) + "."
    ]
    parts.append(
        f"Medians of {rounds} round{'s' * (rounds != 1)}." + (" No network but loopback." if told.isolated else "")
    )
    parts.append(_figures(found, titles))
    if found:
        parts.append(_ratios(found, titles))
    parts += _remarks(told, found, titles)
    return "\n\n".join(parts)


def _figures(found: Mapping[str, Run], titles: Mapping[str, str]) -> str:
    heads = ["gateway", "requests/s", "µs CPU per request", "p50/p99 ms", "p50/p99 ms at 1 connection", "added p50 ms"]
    heads += ["streams/s", "µs CPU per paced token", "resident MiB"]
    direct = found.get("direct")
    rows = [
        [
            titles.get(name, name),
            _number(run.requests_per_s),
            _number(run.cpu_us_per_request),
            f"{_number(run.p50_ms)}/{_number(run.p99_ms)}",
            f"{_number(run.single_p50_ms)}/{_number(run.single_p99_ms)}",
            "-" if direct is None or name == "direct" else _number(run.single_p50_ms - direct.single_p50_ms),
            _number(run.streams_per_s),
            _number(run.cpu_us_per_token),
            _number(run.resident_mib),
        ]
        for name, run in found.items()
    ]
    return table(heads, rows)


def _ratios(found: Mapping[str, Run], titles: Mapping[str, str]) -> str:
    """Everything as a multiple of our own: of the first one's when ours was not measured."""
    ours = found.get(OURS) or next(iter(found.values()))
    columns = {
        "requests/s": "requests_per_s",
        "CPU per request": "cpu_us_per_request",
        "p50 at 1 connection": "single_p50_ms",
        "streams/s": "streams_per_s",
        "CPU per paced token": "cpu_us_per_token",
        "resident": "resident_mib",
    }
    rows = [
        [titles.get(name, name), *(_ratio(getattr(run, figure), getattr(ours, figure)) for figure in columns.values())]
        for name, run in found.items()
    ]
    return table([f"as multiples of {titles.get(ours.name, ours.name)}", *columns], rows)


def _remarks(told: Told, found: Mapping[str, Run], titles: Mapping[str, str]) -> list[str]:
    remarks = [f"Left out: {titles.get(name, name)}, {reason}" for name, reason in told.left_out.items()]
    remarks += [
        f"Not clean: {titles.get(name, name)} failed {run.failures} times in its worst round."
        for name, run in found.items()
        if run.failures
    ]
    busiest = max((run.others for run in found.values()), default=0.0)
    if busiest > _BUSY:
        remarks.append(f"The machine was not quiet: other programs had up to {busiest:.0%} of it.")
    return remarks


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    """Three significant digits, thousands set apart."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits):,.{digits}f}" if abs(value) < 1_000 else f"{float(f'{value:.3g}'):,.0f}"


def _ratio(value: float, ours: float) -> str:
    return _number(value / ours) if ours else "-"
