"""A configuration from a few lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from polydesk.catalog.load import Catalog, load_catalog
from polydesk.configuration.merging import merged
from polydesk.configuration.reading import parse_configuration
from polydesk.configuration.sections import Configuration
from polydesk.core.errors import SettingsError
from polydesk.core.problems import Problem

KNOWN = load_catalog()
FILE = Path("/etc/polydesk.toml")
TODAY = date(2026, 11, 24)


def configuration(text: str) -> Configuration:
    """What `text` says beside the shipped catalog."""
    return parse_configuration(text, KNOWN, file=FILE)


def catalog(text: str) -> Catalog:
    """The shipped catalog as `text` changes it."""
    return merged(configuration(text), KNOWN, file=str(FILE), today=TODAY)


def problems(text: str) -> list[Problem]:
    """What is wrong with `text`, in the order of its lines."""
    with pytest.raises(SettingsError) as caught:
        configuration(text)
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [str(one) for one in caught.value.problems]
    return list(caught.value.problems)
