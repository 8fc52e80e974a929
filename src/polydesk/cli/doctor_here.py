"""What `polydesk doctor` looks at on this machine, without the network."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from polydesk.app import World
from polydesk.catalog.card import ProviderCard
from polydesk.catalog.load import Catalog
from polydesk.cli.models import size_words
from polydesk.core.errors import LimitsUnavailableError, StoreError
from polydesk.settings import Places
from polydesk.store.integrity import damages
from polydesk.store.places import PostgresPlace

if TYPE_CHECKING:
    from polydesk.governance.shared.engine import EnginePlace

State = Literal["ok", "note", "warning", "broken"]
OLDEST_PYTHON = (3, 11)
LITTLE_SPACE_BYTES = 1_000_000_000
NO_SPACE_BYTES = 50_000_000
_SHORTLY_S = 5.0
_JUMP_S = 2.0
"""Wall and monotonic clock may differ by so much over the time of a look: more is a clock that was set meanwhile."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    check: str
    """A stable word, such as `clock`."""
    state: State
    what: str
    """One sentence, never with a key in it."""
    remedy: str | None = None
    """What to do; None when all is well."""


def environment_findings() -> Iterator[Finding]:
    """Python and the packages beside it."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield Finding(
            check="python",
            state="broken",
            what=f"Python {version} is too old.",
            remedy=f"Use Python {oldest} or later; `bin/polydesk` finds one.",
        )
    else:
        yield Finding(check="python", state="ok", what=f"Python {version} on {platform.system()} {platform.machine()}.")
    yield from _package_findings()


def _package_findings() -> Iterator[Finding]:
    try:
        wanted = [line.partition(";")[0].strip() for line in metadata.requires("polydesk") or []]
    except metadata.PackageNotFoundError:
        yield Finding(check="packages", state="note", what="Polydesk runs from its source; packages are not compared.")
        return
    wrong = [words for name, _, version in (one.partition("==") for one in wanted) if (words := _wrong(name, version))]
    if not wrong:
        yield Finding(check="packages", state="ok", what=f"All {len(wanted)} packages are as they were tested.")
    for words in wrong:
        remedy = "Install Polydesk anew, or run `bin/polydesk` from a checkout, which keeps its packages right."
        yield Finding(check="packages", state="warning", what=words, remedy=remedy)


def _wrong(name: str, version: str) -> str | None:
    try:
        found = metadata.version(name.partition("[")[0])
    except metadata.PackageNotFoundError:
        return f"{name} is not installed."
    return f"{name} is {found}, but Polydesk was tested with {version}." if version and found != version else None


def configuration_finding(world: World) -> Finding:
    """Which file holds; one with a fault was found before."""
    if world.config_file is None:
        return Finding(check="configuration", state="ok", what="There is no configuration file, and none is needed.")
    return Finding(check="configuration", state="ok", what=f"{world.config_file} is right.")


def provider_findings(world: World) -> Iterator[Finding]:
    """Which providers have a key, and whether any model at all can be used."""
    available = world.available()
    for card in world.catalog.providers:
        if card.base_url is not None:
            yield _key_finding(card, world, usable=card.name in available.providers)
    pulled = sorted(world.pulled())
    if pulled:
        yield Finding(check="weights", state="ok", what=f"On this machine: {', '.join(pulled)}.")
    else:
        state: State = "note" if _vendors(world) else "broken"
        what = "No model's weights are on this machine."
        if state == "broken":
            what += " No vendor has a key either, so nobody can be asked."
        remedy = "Run `polydesk models pull qwen2.5-coder-1.5b`, or set a vendor's key."
        yield Finding(check="weights", state=state, what=what, remedy=remedy)


def _vendors(world: World) -> list[ProviderCard]:
    available = world.available().providers
    return [card for card in world.catalog.providers if card.base_url is not None and card.name in available]


def _key_finding(card: ProviderCard, world: World, *, usable: bool) -> Finding:
    check = f"key:{card.name}"
    has_key = card.name in world.settings.keys
    if usable:
        words = "has a key" if has_key else "is set up without a key of its own"
        return Finding(check=check, state="ok", what=f"{card.title} {words}.")
    known = {**card.settings, **world.settings.hosts.get(card.name, {})}
    missing = [variable for name, variable in card.variables.items() if name not in known]
    if has_key and missing:
        remedy = f"Set {' and '.join(missing)}, or the same under `settings` in the configuration."
        return Finding(check=check, state="warning", what=f"{card.title} has a key, but is not set up.", remedy=remedy)
    if card.key_variable is not None and not has_key:
        missing.insert(0, card.key_variable)
    remedy = f"Set {' and '.join(missing)} to use it." if missing else None
    return Finding(check=check, state="note", what=f"{card.title} is not set up.", remedy=remedy)


def retirement_findings(catalog: Catalog, now: datetime) -> Iterator[Finding]:
    """Models that their makers will soon no longer answer for."""
    soon = now.date() + timedelta(days=90)
    for card in catalog.models:
        if card.retires is not None and card.retires <= soon:
            yield Finding(
                check="retirement",
                state="warning",
                what=f"{card.id} retires on {card.retires}.",
                remedy="Name another where it is named, and try your work with that one.",
            )


def file_findings(files: Sequence[Path]) -> Iterator[Finding]:
    """Whether others on this machine can read the files that hold keys."""
    for path in files:
        try:
            mode = stat.S_IMODE(path.expanduser().stat().st_mode)
        except OSError as exc:
            remedy = "Put the key there, or name another file."
            yield Finding(check="key_file", state="broken", what=f"{path}: {exc.strerror}.", remedy=remedy)
            continue
        if os.name == "posix" and mode & 0o077:
            yield Finding(
                check="key_file",
                state="warning",
                what=f"{path} holds a key and can be read or changed by others ({mode:o}).",
                remedy=f"Run `chmod 600 {path}`.",
            )
        else:
            yield Finding(check="key_file", state="ok", what=f"{path} is its owner's alone.")


def folder_findings(places: Places) -> Iterator[Finding]:
    """Whether there is a place to write to, and room."""
    for word, folder, variable in (
        ("records", places.data_folder, "POLYDESK_HOME"),
        ("models", places.models_folder, "POLYDESK_MODELS"),
    ):
        yield _folder_finding(f"folder:{word}", folder, variable)
    if os.name == "posix" and places.data_folder.is_dir() and places.data_folder.stat().st_mode & 0o077:
        yield Finding(
            check="folder:records",
            state="warning",
            what=f"{places.data_folder} holds documents and can be entered by others.",
            remedy=f"Run `chmod 700 {places.data_folder}`.",
        )


def _folder_finding(check: str, folder: Path, variable: str) -> Finding:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        remedy = f"Let this user write there, or set {variable} to another folder."
        return Finding(check=check, state="broken", what=f"{folder} cannot be written to.", remedy=remedy)
    free = shutil.disk_usage(there).free
    what = f"{folder} has {size_words(free)} free."
    if free >= LITTLE_SPACE_BYTES:
        return Finding(check=check, state="ok", what=what)
    state: State = "broken" if free < NO_SPACE_BYTES else "warning"
    return Finding(check=check, state=state, what=what, remedy=f"Free some space, or set {variable} to another disk.")


def shared_limits_finding(place: EnginePlace, prefix: str) -> Finding:
    """Whether the limits that workers share can be asked."""
    from polydesk.governance.shared.engine import Engine

    async def asked() -> str:
        engine = Engine(place, prefix=prefix)
        try:
            return await engine.version()
        finally:
            await engine.close()

    try:
        version = asyncio.run(asked())
    except LimitsUnavailableError as error:
        remedy = "Let it run, or correct `[shared_limits]`; docs/how-to/run-on-many-machines.md says how."
        return Finding(check="shared_limits", state="broken", what=str(error), remedy=remedy)
    return Finding(check="shared_limits", state="ok", what=f"{place} answers as {version}.")


def shared_records_finding(place: PostgresPlace) -> Finding:
    """Whether the database that many machines share can be used."""
    from polydesk.store.store import Store

    try:
        with closing(Store.open(place, busy_timeout_s=_SHORTLY_S)) as store:
            store.keys.version()
    except StoreError as error:
        remedy = "Let the database run, or correct `[records]`; docs/how-to/run-on-many-machines.md says how."
        return Finding(check="records", state="broken", what=str(error), remedy=remedy)
    return Finding(check="records", state="ok", what=f"{place} answers and has our tables.")


def records_finding(path: Path) -> Finding:
    """Whether the file of the records is whole."""
    if not path.exists():
        return Finding(check="records", state="ok", what="There are no records yet.")
    try:
        found = damages(path)
    except StoreError as error:
        found = [str(error)]
    if not found:
        return Finding(check="records", state="ok", what=f"{path} is whole ({size_words(path.stat().st_size)}).")
    remedy = "Put it aside and restore a backup; without the file Polydesk begins a new one."
    return Finding(check="records", state="broken", what=f"{path} is damaged: {'; '.join(found)}", remedy=remedy)


class ClockWatch:
    """Watches the machine's clock from its making on."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._began = wall(), monotonic()

    def finding(self, catalog: Catalog) -> Finding:
        """Whether the clock can be right and has run evenly so far."""
        wall, monotonic = self._wall(), self._monotonic()
        newest = max(card.source.checked for card in catalog.models)
        now = datetime.fromtimestamp(wall, UTC)
        remedy = "Let the machine keep its clock by NTP."
        if now.date() < newest - timedelta(days=1):
            what = f"The clock says {now:%Y-%m-%d}, which is before this Polydesk was made."
            return Finding(check="clock", state="broken", what=what, remedy=remedy)
        jump = (wall - self._began[0]) - (monotonic - self._began[1])
        if abs(jump) > _JUMP_S:
            what = f"The clock was moved by {jump:+.0f} s while we looked."
            return Finding(check="clock", state="warning", what=what, remedy=remedy)
        return Finding(check="clock", state="ok", what=f"The clock says {now:%Y-%m-%d %H:%M} UTC.")
