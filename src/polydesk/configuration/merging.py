"""The catalog as the file changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from polydesk.catalog.card import ModelCard, ModelPrices, ProviderCard, Source
from polydesk.catalog.load import Catalog
from polydesk.configuration.sections import Configuration, MailboxRow, ModelRow, ProviderRow
from polydesk.settings import PasswordSource

UNKNOWN_WINDOW_TOKENS = 32_768
"""What a model is taken to read and write together when nobody says."""
PRICE_KEYS = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_creation_usd_per_mtok")
_SAID_AS_THEY_ARE = (
    "base_url",
    "dialect",
    "title",
    "host",
    "owner",
    "jurisdiction",
    "region",
    "data_classes",
    "quirks",
    "price_list",
)
_NOTE = "From your configuration; its quality has not been measured."


def merged(configuration: Configuration, catalog: Catalog, *, file: str, today: date) -> Catalog:
    """`catalog` with the providers and models that the file adds, changes and takes away.

    `file` is named as the source of what the file says, read on `today`.
    """
    source = Source(url=f"file:{file}", checked=today)
    providers = _providers(configuration.providers, catalog, source)
    names = {card.name for card in providers}
    models = {card.id: card for card in catalog.models}
    for row in configuration.providers:
        for name in row.models:
            models.setdefault(f"{row.name}/{name}", _model(row.name, name, catalog, source))
    for row in configuration.models:
        models = _with_row(models, row, catalog, source)
    return Catalog(providers=tuple(providers), models=tuple(card for card in models.values() if card.provider in names))


def switched_on(configuration: Configuration) -> Configuration:
    """`configuration` with nothing taken away, so that what may be named is known though it is off for now."""
    providers = tuple(msgspec.structs.replace(row, enabled=True) for row in configuration.providers)
    models = tuple(msgspec.structs.replace(row, enabled=True) for row in configuration.models)
    return msgspec.structs.replace(configuration, providers=providers, models=models)


def key_files(configuration: Configuration) -> dict[str, Path]:
    """Files that hold keys, by provider name."""
    return {row.name: Path(row.key_file) for row in configuration.providers if row.key_file is not None}


def password_sources(configuration: Configuration) -> dict[str, PasswordSource]:
    """Where the passwords of shared engines are found, by their sections."""
    sections = {"records": configuration.records, "shared_limits": configuration.shared_limits}
    return {
        name: PasswordSource(
            variable=section.password_env,
            file=None if section.password_file is None else Path(section.password_file),
        )
        for name, section in sections.items()
        if section.password_env is not None or section.password_file is not None
    }


def mailbox_source(row: MailboxRow) -> PasswordSource:
    """Where the password or token of a mailbox is found."""
    return PasswordSource(
        variable=row.password_env, file=None if row.password_file is None else Path(row.password_file)
    )


def _providers(rows: Iterable[ProviderRow], catalog: Catalog, source: Source) -> list[ProviderCard]:
    changed = {row.name: row for row in rows}
    shipped = {card.name for card in catalog.providers}
    cards = [_changed(card, changed.get(card.name)) for card in catalog.providers]
    new = [_new(row, source) for row in changed.values() if row.name not in shipped and row.enabled]
    return [*(card for card in cards if card is not None), *new]


def _changed(card: ProviderCard, row: ProviderRow | None) -> ProviderCard | None:
    if row is None:
        return card
    return msgspec.structs.replace(card, **_said(row, card.settings)) if row.enabled else None


def _new(row: ProviderRow, source: Source) -> ProviderCard:
    title = row.title or row.name
    plain = ProviderCard(
        name=row.name,
        title=title,
        host=title,
        dialect="openai_chat",
        base_url=None,
        key_variable=None,
        source=source,
    )
    return msgspec.structs.replace(plain, **_said(row, {}))


def _said(row: ProviderRow, settings: dict[str, str]) -> dict[str, Any]:
    """The fields of a card that `row` speaks of."""
    said = {name: getattr(row, name) for name in _SAID_AS_THEY_ARE if getattr(row, name) is not None}
    if row.key_env is not None:
        said["key_variable"] = row.key_env
    if row.settings is not None:
        said["settings"] = {**settings, **row.settings}
    return said


def _model(provider: str, name: str, catalog: Catalog, source: Source) -> ModelCard:
    """A model that is known by its name alone: what is known of it elsewhere, or what most are."""
    elsewhere = next((card for card in catalog.models if name in (card.name, card.family)), None)
    if elsewhere is not None:
        return msgspec.structs.replace(
            elsewhere,
            provider=provider,
            name=name,
            family=elsewhere.family or elsewhere.name,
            # These are of the other host, not of the model.
            dialect=None,
            quirks=frozenset[str](),
            retires=None,
            prices=None,
            source=source,
        )
    return ModelCard(
        provider=provider,
        name=name,
        developer="unknown",
        context_window_tokens=UNKNOWN_WINDOW_TOKENS,
        tools=True,
        output_schema=True,
        note=_NOTE,
        source=source,
    )


def _with_row(models: dict[str, ModelCard], row: ModelRow, catalog: Catalog, source: Source) -> dict[str, ModelCard]:
    model_id = f"{row.provider}/{row.name}"
    if not row.enabled:
        return {key: card for key, card in models.items() if key != model_id}
    card = models.get(model_id) or _model(row.provider, row.name, catalog, source)
    return {**models, model_id: msgspec.structs.replace(card, **dict(_facts(row, card, source)))}


def _facts(row: ModelRow, card: ModelCard, source: Source) -> Iterator[tuple[str, Any]]:
    """The fields of `card` that `row` speaks of."""
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if name not in ("provider", "name", "enabled", *PRICE_KEYS) and value is not None:
            yield name, value
    if row.input_usd_per_mtok is not None and row.output_usd_per_mtok is not None:
        said = {key: getattr(row, key) for key in PRICE_KEYS}
        yield "prices", ModelPrices(**said, source=f"configuration {source.url.removeprefix('file:')}")
    if row.quality is not None and row.note is None and card.note == _NOTE:
        yield "note", None
