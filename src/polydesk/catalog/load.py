"""The catalog: every provider and model that we know of, read from the data files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.errors import SettingsError

CardT = TypeVar("CardT", ProviderCard, ModelCard)


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Providers and models, in the order of their files."""

    providers: tuple[ProviderCard, ...]
    models: tuple[ModelCard, ...]

    def provider(self, name: str) -> ProviderCard | None:
        """The provider of that name; None when there is none."""
        return next((card for card in self.providers if card.name == name), None)

    def model(self, name: str) -> ModelCard | None:
        """The model of that id (`provider/name`) or, where only one provider has it, plain name; None otherwise."""
        named = [card for card in self.models if name in (card.id, card.name)]
        exact = [card for card in named if card.id == name]
        return exact[0] if exact else named[0] if len(named) == 1 else None


def load_catalog() -> Catalog:
    """The catalog that is shipped with the package. Raises SettingsError naming the file and row that is wrong."""
    folder = resources.files("polydesk.catalog")
    models = sorted((file for file in (folder / "models").iterdir() if file.name.endswith(".toml")), key=_name)
    return read_catalog(folder / "providers.toml", models)


def read_catalog(providers: Traversable, models: Iterable[Traversable]) -> Catalog:
    """The catalog that these TOML files describe.

    Raises SettingsError naming file and row: not TOML, a wrong, missing or unknown field, an id twice, or a model of
    an unknown provider.
    """
    catalog = Catalog(
        providers=tuple(_rows(providers, "provider", ProviderCard)),
        models=tuple(card for file in models for card in _rows(file, "model", ModelCard)),
    )
    _refuse_doubles("provider", [card.name for card in catalog.providers])
    _refuse_doubles("model", [card.id for card in catalog.models])
    for card in catalog.models:
        if catalog.provider(card.provider) is None:
            raise SettingsError(f"catalog: model {card.id} names a provider that providers.toml does not have")
    return catalog


def _rows(file: Traversable, table: str, card: type[CardT]) -> list[CardT]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"catalog: {file.name} is not valid TOML: {exc}") from exc
    rows: list[dict[str, Any]] = data.pop(table, [])
    if data:
        raise SettingsError(f"catalog: {file.name} has {', '.join(data)} where only [[{table}]] is known")
    return [_card(file.name, number, row, card) for number, row in enumerate(rows, start=1)]


def _card(file: str, number: int, row: dict[str, Any], card: type[CardT]) -> CardT:
    label = f"{file}, row {number} ({row.get('name', 'without a name')})"
    unknown = set(row) - set(card.__struct_fields__)
    if unknown:
        raise SettingsError(f"catalog: {label} has unknown fields: {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(_with_absent_as_none(row, card), card)
    except msgspec.ValidationError as exc:
        raise SettingsError(f"catalog: {label}: {exc}") from exc


def _with_absent_as_none(row: dict[str, Any], card: type[CardT]) -> dict[str, Any]:
    # TOML has no null: a field that may be None is left out in the file.
    optional = {"base_url", "key_variable"} if card is ProviderCard else {"note"}
    return {**dict.fromkeys(optional), **row}


def _refuse_doubles(kind: str, names: Sequence[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise SettingsError(f"catalog: {kind} twice: {', '.join(doubles)}")


def _name(file: Traversable) -> str:
    return file.name
