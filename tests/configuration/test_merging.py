"""The catalog as a file changes it: one row is a new endpoint, and a shipped provider keeps what is not said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from polydesk.catalog.card import ModelCard, ModelPrices, ProviderCard, Source
from polydesk.configuration.merging import key_files
from polydesk.configuration.sections import ModelRow, ProviderRow
from tests.configuration.samples import KNOWN, TODAY, catalog, configuration


def test_an_endpoint_is_one_row() -> None:
    found = catalog('[[provider]]\nname = "vllm"\nbase_url = "http://h:8000/v1"\nmodels = ["large", "small"]')
    card = found.provider("vllm")
    assert card is not None
    assert (card.dialect, card.base_url, card.key_variable, card.title) == (
        "openai_chat",
        "http://h:8000/v1",
        None,
        "vllm",
    )
    assert card.source == Source(url="file:/etc/polydesk.toml", checked=TODAY)
    added = [model for model in found.models if model.provider == "vllm"]
    assert [(model.id, model.tools, model.quality) for model in added] == [
        ("vllm/large", True, 0.1),
        ("vllm/small", True, 0.1),
    ]
    assert [one for one in found.providers if one.name != "vllm"] == list(KNOWN.providers)


def test_a_model_that_is_known_elsewhere_brings_its_facts() -> None:
    known = KNOWN.models[-1]
    found = catalog(f'[[provider]]\nname = "host"\nbase_url = "http://h/v1"\nmodels = ["{known.name}"]')
    card = found.model(f"host/{known.name}")
    assert card is not None
    assert (card.developer, card.quality, card.family) == (known.developer, known.quality, known.family or known.name)


def test_a_shipped_provider_keeps_what_is_not_said() -> None:
    shipped = KNOWN.provider("openai")
    card = catalog('[[provider]]\nname = "openai"\nregion = "eu"\nkey_env = "TEAM_KEY"').provider("openai")
    assert shipped is not None
    assert card is not None
    assert (card.region, card.key_variable) == ("eu", "TEAM_KEY")
    assert (card.base_url, card.title, card.source) == (shipped.base_url, shipped.title, shipped.source)


def test_a_provider_that_is_switched_off_is_gone_with_its_models() -> None:
    found = catalog('[[provider]]\nname = "openai"\nenabled = false')
    assert found.provider("openai") is None
    assert "openai" not in {model.provider for model in found.models}
    assert found.model("anthropic/claude-opus-5-1") == KNOWN.model("anthropic/claude-opus-5-1")


def test_a_models_facts_are_changed_added_and_taken_away() -> None:
    found = catalog(
        '[[model]]\nprovider = "openai"\nname = "gpt-4.1-mini"\nquality = 0.99\n'
        '[[model]]\nprovider = "openai"\nname = "gpt-4.1-nano"\nenabled = false\n'
        '[[model]]\nprovider = "openai"\nname = "new"\nkind = "embedding"\ndimensions = 8\n'
    )
    changed, shipped = found.model("openai/gpt-4.1-mini"), KNOWN.model("openai/gpt-4.1-mini")
    assert changed is not None
    assert shipped is not None
    assert (changed.quality, changed.context_window_tokens) == (0.99, shipped.context_window_tokens)
    assert found.model("openai/gpt-4.1-nano") is None
    new = found.model("openai/new")
    assert new is not None
    assert (new.kind, new.dimensions) == ("embedding", 8)


def test_every_fact_of_a_card_can_be_said_in_a_row() -> None:
    """A card that gains a field gains a key in configuration/sections.py."""
    unsaid = {"source", "key_variable", "variables", "prices"}  # prices have keys of their own
    assert set(ModelCard.__struct_fields__) - set(ModelRow.__struct_fields__) - unsaid == set()
    assert set(ProviderCard.__struct_fields__) - set(ProviderRow.__struct_fields__) - unsaid == set()


def test_key_files_are_known_by_provider() -> None:
    assert key_files(configuration('[[provider]]\nname = "openai"\nkey_file = "/k"')) == {"openai": Path("/k")}


def test_prices_of_ones_own_stand_with_the_model_and_say_where_they_are_from() -> None:
    text = '[[provider]]\nname = "vllm"\nbase_url = "http://h/v1"\n[[model]]\nprovider = "vllm"\nname = "m"\n'
    card = catalog(text + "input_usd_per_mtok = 0.5\noutput_usd_per_mtok = 2\n").model("vllm/m")
    assert card is not None
    assert card.prices == ModelPrices(
        input_usd_per_mtok=Decimal("0.5"), output_usd_per_mtok=Decimal(2), source="configuration /etc/polydesk.toml"
    )
    plain = catalog(text).model("vllm/m")
    assert plain is not None
    assert plain.prices is None
