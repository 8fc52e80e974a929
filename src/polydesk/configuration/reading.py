"""The file read: all of it right, or every fault said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from polydesk.catalog.load import Catalog
from polydesk.configuration.checking import faults_between, row_faults
from polydesk.configuration.decoding import Decoder, Fault
from polydesk.configuration.merging import merged, switched_on
from polydesk.configuration.positions import line_of, lines_of, words
from polydesk.configuration.secrets import secret_faults
from polydesk.configuration.sections import Configuration, MailboxRow, RecordsSection, SharedLimitsSection
from polydesk.core.errors import SettingsError
from polydesk.core.problems import Problem

EngineT = TypeVar("EngineT", RecordsSection, SharedLimitsSection, MailboxRow)
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


def read_configuration(path: Path | None, catalog: Catalog) -> Configuration:
    """What the file at `path` says; everything as it is by default when that is None.

    `catalog` is what there is without the file. Raises SettingsError with every fault of the file.
    """
    if path is None:
        return Configuration()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise SettingsError(
            f"The configuration {path} cannot be read: {exc.strerror}. Name another with --config or POLYDESK_CONFIG."
        ) from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"The configuration {path} is not text in UTF-8.") from exc
    return parse_configuration(text, catalog, file=path)


def parse_configuration(text: str, catalog: Catalog, *, file: Path) -> Configuration:
    """What `text` says, which stands in `file`. Raises SettingsError with every fault."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise _refusal([_not_toml(exc, file)]) from exc
    faults, configuration = _decoded(data, file)
    if not faults:
        after = merged(switched_on(configuration), catalog, file=str(file), today=datetime.now(UTC).date())
        faults = list(faults_between(configuration, catalog, after))
    if not faults:
        return configuration
    lines = lines_of(text)
    problems = [
        Problem(file=str(file), line=line_of(lines, one.place), path=words(one.place), what=one.what, remedy=one.remedy)
        for one in faults
    ]
    raise _refusal(sorted(problems, key=lambda problem: problem.line or 0))


def _decoded(data: dict[str, Any], file: Path) -> tuple[list[Fault], Configuration]:
    secrets = list(secret_faults(data))
    decoder = Decoder(row_faults)
    configuration = decoder.decode(data, Configuration)
    places = {one.place for one in secrets}
    # A key in the wrong place is one fault, not two.
    faults = [*secrets, *(one for one in decoder.faults if one.place not in places)]
    return faults, configuration if faults else _with_places(configuration, file.absolute().parent)


def _with_places(configuration: Configuration, folder: Path) -> Configuration:
    """`configuration` with key files found from the file's folder."""
    rows = tuple(
        row
        if row.key_file is None
        else msgspec.structs.replace(row, key_file=str(folder / Path(row.key_file).expanduser()))
        for row in configuration.providers
    )
    return msgspec.structs.replace(
        configuration,
        providers=rows,
        records=_with_place(configuration.records, folder),
        shared_limits=_with_place(configuration.shared_limits, folder),
        mailboxes={name: _with_place(row, folder) for name, row in configuration.mailboxes.items()},
    )


def _with_place(section: EngineT, folder: Path) -> EngineT:
    if section.password_file is None:
        return section
    return msgspec.structs.replace(section, password_file=str(folder / Path(section.password_file).expanduser()))


def _not_toml(error: Exception, file: Path) -> Problem:
    found = _AT_LINE.search(str(error))
    what = _AT_LINE.sub("", str(error)) or "it is nested too deeply"
    return Problem(
        file=str(file),
        line=None if found is None else int(found[1]),
        path="",
        what=f"this is not TOML: {what[:1].lower()}{what[1:]}",
        remedy="`polydesk config example` shows how it is written.",
    )


def _refusal(problems: Sequence[Problem]) -> SettingsError:
    head = "The configuration has a fault:" if len(problems) == 1 else f"The configuration has {len(problems)} faults:"
    error = SettingsError("\n".join([head, *(f"  {problem}" for problem in problems)]))
    error.problems = tuple(problems)
    return error
