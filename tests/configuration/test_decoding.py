"""Whatever a file holds, it is read or refused; nothing else happens."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from polydesk.configuration.checking import row_faults
from polydesk.configuration.decoding import Decoder, nearest, suggestion
from polydesk.configuration.positions import words
from polydesk.configuration.reading import parse_configuration
from polydesk.configuration.secrets import secret_faults
from polydesk.configuration.sections import Configuration
from polydesk.core.errors import SettingsError
from tests.configuration.samples import KNOWN

SECTIONS = {field.encode_name: field for field in msgspec.structs.fields(Configuration)}
KEYS = [*SECTIONS, "name", "base_url", "models", "hard_usd", "hedge", "settings"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.datetimes()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_any_tables_are_read_or_refused_with_places_that_are_there(data: dict[str, Any]) -> None:
    decoder = Decoder(row_faults)
    found = decoder.decode(data, Configuration)
    assert decoder.faults or isinstance(found, Configuration)
    for fault in [*decoder.faults, *secret_faults(data)]:
        assert words(fault.place) or fault.remedy
        assert fault.what
        assert fault.remedy.endswith((".", "?"))


@given(st.text(alphabet="[]{}=\"'#.,\n\\ab1 -", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SettingsError):
        parse_configuration(text, KNOWN, file=Path("a.toml"))


def test_the_nearest_name_is_suggested_only_where_it_is_near() -> None:
    assert nearest("prot", ["port", "host"]) == "port"
    assert nearest("zzzz", ["port", "host"]) is None
    assert suggestion("zzzz", ["port", "host"]) == "Known here: `port`, `host`."
