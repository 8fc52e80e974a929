"""The catalog and its data files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.catalog.load import load_catalog, read_catalog
from polydesk.core.errors import SettingsError
from polydesk.wire.anthropic_messages.request import QUIRKS as ANTHROPIC_QUIRKS
from polydesk.wire.bedrock_converse.request import QUIRKS as BEDROCK_QUIRKS
from polydesk.wire.gemini.request import QUIRKS as CHAT_QUIRKS
from polydesk.wire.gemini_vectors import NO_TASKS

CATALOG = load_catalog()
GEMINI_QUIRKS = CHAT_QUIRKS | {NO_TASKS}
PROVIDER = """
[[provider]]
name = "p"
title = "P"
host = "P"
dialect = "openai_chat"
source = { url = "https://example.com", checked = 2026-11-24 }
"""
MODEL = """
[[model]]
provider = "p"
name = "m"
developer = "D"
context_window_tokens = 10
max_output_tokens = 5
inputs = ["text"]
tools = false
output_schema = false
reasoning = false
edit_style = "paragraph"
quality = 0.1
source = { url = "https://example.com", checked = 2026-11-24 }
"""


@pytest.mark.parametrize("card", [*CATALOG.providers, *CATALOG.models], ids=lambda card: card.name)
def test_every_row_is_sourced_and_dated(card: ProviderCard | ModelCard) -> None:
    assert card.source.url.startswith("https://")
    assert card.source.checked <= datetime.now(tz=UTC).date()


@pytest.mark.parametrize("card", CATALOG.models, ids=lambda card: card.id)
def test_every_model_has_possible_numbers(card: ModelCard) -> None:
    assert 0 < card.max_output_tokens <= card.context_window_tokens
    assert 0 < card.quality < 1
    assert "text" in card.inputs


def test_every_vendor_has_an_address_and_a_credential_and_the_embedded_engine_neither() -> None:
    reached = {
        card.name: (card.base_url is not None, card.key_variable is not None or "credentials" in card.variables)
        for card in CATALOG.providers
    }
    assert reached.pop("embedded") == (False, False)
    assert set(reached.values()) == {(True, True)}


@pytest.mark.parametrize("card", CATALOG.models, ids=lambda card: card.id)
def test_quirks_have_names_that_a_dialect_knows(card: ModelCard) -> None:
    provider = CATALOG.provider(card.provider)
    assert provider is not None
    known = {"gemini": GEMINI_QUIRKS, "gemini_vertex": GEMINI_QUIRKS}
    known |= {"anthropic_messages": ANTHROPIC_QUIRKS, "anthropic_vertex": ANTHROPIC_QUIRKS}
    known |= {"bedrock_converse": BEDROCK_QUIRKS}
    assert card.quirks <= known.get(provider.dialect, card.quirks)


def test_same_model_has_the_same_limits_wherever_it_is_asked() -> None:
    here = {card.family or card.name: card for card in CATALOG.models if card.provider in ("anthropic", "gemini")}
    there = [card for card in CATALOG.models if card.provider in ("vertex", "vertex-anthropic")]
    for card in there:
        twin = here[card.family or card.name]
        assert (card.context_window_tokens, card.max_output_tokens, card.quirks, card.prefill, card.quality) == (
            twin.context_window_tokens,
            twin.max_output_tokens,
            twin.quirks,
            twin.prefill,
            twin.quality,
        )


def test_weak_model_says_so() -> None:
    card = CATALOG.model("smollm2-135m-instruct")
    assert card is not None
    assert "Weak" in (card.note or "")


def test_model_is_found_by_id_and_by_plain_name() -> None:
    assert CATALOG.model("openai/gpt-4.1") == CATALOG.model("gpt-4.1")
    assert CATALOG.model("gpt-4.1") is not None
    assert CATALOG.model("nobody/nothing") is None


def _write(folder: Path, providers: str, models: str) -> tuple[Path, list[Path]]:
    (folder / "providers.toml").write_text(providers)
    (folder / "some.toml").write_text(models)
    return folder / "providers.toml", [folder / "some.toml"]


def test_files_of_ones_own_are_read(tmp_path: Path) -> None:
    assert [card.id for card in read_catalog(*_write(tmp_path, PROVIDER, MODEL)).models] == ["p/m"]


@pytest.mark.parametrize(
    ("providers", "models", "problem"),
    [
        (PROVIDER, MODEL.replace("= 10", '= "ten"'), r"some\.toml, row 1 \(m\): .*context_window_tokens"),
        (PROVIDER, MODEL.replace("source", "sauce"), r"some\.toml, row 1 \(m\) has unknown fields: sauce"),
        (PROVIDER, MODEL.replace('developer = "D"\n', ""), r"some\.toml, row 1 \(m\): .*developer"),
        (PROVIDER, MODEL + MODEL, r"model twice: p/m"),
        (PROVIDER + PROVIDER, MODEL, r"provider twice: p"),
        (PROVIDER, MODEL.replace('provider = "p"', 'provider = "q"'), r"model q/m names a provider"),
        (PROVIDER, "[[model]", r"some\.toml is not valid TOML"),
        (PROVIDER, "[[modle]]", r"some\.toml has modle"),
    ],
)
def test_wrong_file_is_refused_with_file_and_row(tmp_path: Path, providers: str, models: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        read_catalog(*_write(tmp_path, providers, models))
