"""`polydesk doctor`: what does not work on this machine, and what to do."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from polydesk.app import World, build, look_around
from polydesk.catalog.load import load_catalog
from polydesk.cli.doctor_here import (
    ClockWatch,
    Finding,
    configuration_finding,
    environment_findings,
    file_findings,
    folder_findings,
    provider_findings,
    records_finding,
    retirement_findings,
    shared_limits_finding,
    shared_records_finding,
)
from polydesk.cli.exit_codes import BROKEN
from polydesk.cli.options import config_file, json_option
from polydesk.cli.output import say, say_json
from polydesk.core.errors import PolydeskError, SettingsError
from polydesk.settings import Places, read_places

_MARKS = {"ok": "ok     ", "note": "note   ", "warning": "WARNING", "broken": "BROKEN "}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found."""

    healthy: bool
    """False when something is broken."""
    online: bool
    """Whether endpoints were asked."""
    findings: tuple[Finding, ...]


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask each endpoint a few words, with its key; costs next to nothing.")
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Find what does not work on this machine, and say what to do.

    Looks at Python, the configuration, keys, weights, folders, records and the clock. Nothing is sent without --online,
    and no key is ever shown. The exit code is 50 when something is broken.

    \b
    Examples:
      polydesk doctor
      polydesk doctor --online --json
    """
    diagnosis = diagnose(online=online)
    if as_json:
        say_json(diagnosis)
    else:
        say("\n".join(diagnosis_lines(diagnosis)))
    if not diagnosis.healthy:
        ctx.exit(BROKEN)


def diagnose(*, online: bool) -> Diagnosis:
    """Everything that can be found, however much of it is broken."""
    watch = ClockWatch()
    findings = list(environment_findings())
    places, world = _places(findings), _world(findings)
    if world is not None:
        findings += _world_findings(world)
    if places is not None:
        findings += [*folder_findings(places), _records_finding(places, world)]
    if online and world is not None:
        findings += _online_findings()
    findings.append(watch.finding(load_catalog()))
    healthy = all(one.state != "broken" for one in findings)
    return Diagnosis(healthy=healthy, online=online, findings=tuple(findings))


def diagnosis_lines(diagnosis: Diagnosis) -> list[str]:
    """The diagnosis for people: a line for each finding, its remedy under it, and the sum."""
    lines: list[str] = []
    for one in diagnosis.findings:
        lines.append(f"{_MARKS[one.state]}  {one.what}")
        if one.remedy is not None:
            lines.append(f"         → {one.remedy}")
    counts = Counter(one.state for one in diagnosis.findings)
    asked = "" if diagnosis.online else " Endpoints were not asked; --online does."
    return [*lines, "", f"{counts['broken']} broken, {counts['warning']} to mind, {counts['ok']} well.{asked}"]


def _places(findings: list[Finding]) -> Places | None:
    try:
        return read_places()
    except SettingsError as error:
        findings.append(_broken("folders", error, "Set the variables that it names."))
        return None


def _world(findings: list[Finding]) -> World | None:
    try:
        return look_around(config_file=config_file())
    except SettingsError as error:
        findings += _settings_findings(error)
    except PolydeskError as error:
        findings.append(_broken("weights", error, "Remove the file that it names."))
    return None


def _settings_findings(error: SettingsError) -> list[Finding]:
    if not error.problems:
        return [_broken("settings", error, "Correct what it names; docs/reference/settings.md says how.")]
    return [
        Finding(
            check="configuration",
            state="broken",
            what=": ".join(part for part in (f"{one.file}:{one.line or ''}".rstrip(":"), one.path, one.what) if part)
            + ".",
            remedy=one.remedy,
        )
        for one in error.problems
    ]


def _records_finding(places: Places, world: World | None) -> Finding:
    place = places.records_file if world is None else world.records_place
    return records_finding(place) if isinstance(place, Path) else shared_records_finding(place)


def _world_findings(world: World) -> list[Finding]:
    return [
        configuration_finding(world),
        *provider_findings(world),
        *retirement_findings(world.catalog, datetime.now(UTC)),
        *file_findings(sorted(world.settings.key_files.values())),
        *_limits_findings(world),
    ]


def _limits_findings(world: World) -> list[Finding]:
    section = world.configuration.shared_limits
    return [] if section.url is None else [shared_limits_finding(world.limits_place, section.prefix)]


def _online_findings() -> list[Finding]:
    try:
        return asyncio.run(_ask_endpoints())
    except PolydeskError as error:
        return [_broken("endpoints", error, "Mend what is said above first.")]


async def _ask_endpoints() -> list[Finding]:
    from polydesk.cli.doctor_online import endpoint_findings

    async with build(config_file=config_file()) as app:
        return await endpoint_findings(app)


def _broken(check: str, error: PolydeskError, remedy: str) -> Finding:
    return Finding(check=check, state="broken", what=str(error), remedy=remedy)
