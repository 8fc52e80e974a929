"""`polydesk models`: which models can be used, and the weights of those that run on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import click
import msgspec

from polydesk.app import World, look_around
from polydesk.catalog.card import ModelCard
from polydesk.catalog.own_models import manifest_for
from polydesk.catalog.weights.manifest import WeightsManifest, manifest_named
from polydesk.cli.options import config_file, json_option
from polydesk.cli.output import note, say, say_json
from polydesk.core.receipts import Rejection
from polydesk.core.usage import Usage
from polydesk.partners.prices import PublicPrices
from polydesk.providers.weights.cache import remove_weights
from polydesk.providers.weights.pull import OnProgress, PullOptions, PullProgress, adopt_file, pull_weights
from polydesk.routing.candidates import candidates
from polydesk.routing.needs import Choice, Needs

_PRICED_TOKENS = 1_000
"""Prices of some models rise with the length of the request; those shown are for short ones."""


_SOON_DAYS = 90
"""A model that retires within so many days is warned of: changing it takes testing."""
Kind = Literal["chat", "embedding", "rerank"]
_KINDS: tuple[Kind, ...] = ("chat", "embedding", "rerank")


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One model as `polydesk models list` shows it."""

    id: str
    usable: bool
    why_not: str | None
    """None when it can be used."""
    input_usd_per_mtok: Decimal | None
    """None when the price is unknown."""
    output_usd_per_mtok: Decimal | None
    price_source: str | None
    kind: str
    """`chat`, `embedding` or `rerank`."""
    developer: str
    host: str | None
    """Where it runs, such as `this machine`."""
    owner: str | None
    """Company that runs the host; None is unknown."""
    jurisdiction: str | None
    """Country whose law the owner obeys; `*` for this machine, None is unknown."""
    region: str | None
    context_window_tokens: int
    quality: float
    dimensions: int | None
    """Length of its vectors; None where it makes none."""
    retires: date | None
    """The day from which its maker no longer answers for it; None when none is announced."""
    size_bytes: int | None
    """Of the weights; None for a vendor's model."""
    licence: str | None
    note: str | None


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that are now on this machine."""

    name: str
    path: str
    size_bytes: int


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that no longer are."""

    name: str
    freed_bytes: int


@click.group("models", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List, pull and remove models.

    \b
    Examples:
      polydesk models
      polydesk models pull qwen2.5-coder-1.5b
      polydesk models remove smollm2-135m
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command, as_json=as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List every model: those usable now, then the rest with the reason why not.

    Prices are for a million tokens read and written.

    \b
    Examples:
      polydesk models list
      polydesk models list --json
    """
    rows = model_rows(look_around(config_file=config_file()))
    if as_json:
        say_json(rows)
        return
    say("\n".join(_lines(rows)))


@command.command("pull")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
def pull_command(names: tuple[str, ...], as_json: bool) -> None:
    """Fetch the weights of models that run on this machine.

    NAME is a model of `polydesk models list`, or a path to a GGUF file of your own. What was interrupted is taken up
    again; what does not have the expected content is refused.

    \b
    Examples:
      polydesk models pull qwen2.5-coder-1.5b
      polydesk models pull ./my-model.gguf
    """
    world = look_around(config_file=config_file())
    pulled = [pull_for(name, world) for name in names]
    if as_json:
        say_json(pulled)
        return
    for one in pulled:
        say(f"{one.name}  {size_words(one.size_bytes)}  {one.path}")


@command.command("remove")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
def remove_command(names: tuple[str, ...], as_json: bool) -> None:
    """Delete the weights of models from this machine, and what an interrupted pull has left of them.

    \b
    Examples:
      polydesk models remove smollm2-135m
    """
    world = look_around(config_file=config_file())
    manifests = [_manifest(name, world) for name in names]
    folder = world.settings.places.models_folder
    removed = [Removed(name=one.name, freed_bytes=remove_weights(one, folder)) for one in manifests]
    if as_json:
        say_json(removed)
        return
    for one in removed:
        say(f"{one.name}  {f'freed {size_words(one.freed_bytes)}' if one.freed_bytes else 'was not here'}")


def model_rows(world: World) -> list[ModelRow]:
    """Every model of the catalog; the usable ones first, the better ones first."""
    catalog = world.catalog
    reasons = {f"{one.provider}/{one.model}": one for kind in _KINDS for one in _rejections(world, kind)}
    prices = PublicPrices(catalog.providers, catalog.models)
    rows = [_model_row(card, reasons.get(card.id), prices, world) for card in catalog.models]
    return sorted(rows, key=lambda row: (not row.usable, -row.quality, row.id))


def _rejections(world: World, kind: Kind) -> list[Rejection]:
    """Why models of that kind cannot be used."""
    cards = [card for card in world.catalog.models if card.kind == kind]
    needs = Needs(input_tokens=0, kind=kind)
    return candidates(needs, Choice(), cards, world.catalog.providers, world.available())[1]


def _model_row(card: ModelCard, rejection: Rejection | None, prices: PublicPrices, world: World) -> ModelRow:
    provider = world.catalog.provider(card.provider)
    embedded = provider is not None and provider.base_url is None
    manifest = manifest_for(card.name, world.manifests) if embedded else None
    read, source = _price(card, prices, Usage(input_tokens=_PRICED_TOKENS, output_tokens=0))
    written, _ = _price(card, prices, Usage(input_tokens=0, output_tokens=_PRICED_TOKENS))
    return ModelRow(
        id=card.id,
        usable=rejection is None,
        why_not=None if rejection is None else rejection.reason,
        input_usd_per_mtok=read,
        output_usd_per_mtok=written,
        price_source=source,
        kind=card.kind,
        developer=card.developer,
        host=None if provider is None else provider.host,
        owner=None if provider is None else provider.owner,
        jurisdiction=None if provider is None else provider.jurisdiction,
        region=None if provider is None else provider.region,
        context_window_tokens=card.context_window_tokens,
        quality=card.quality,
        dimensions=card.dimensions,
        retires=card.retires,
        size_bytes=None if manifest is None else manifest.size_bytes,
        licence=None if manifest is None else manifest.licence,
        note=card.note,
    )


def _price(card: ModelCard, prices: PublicPrices, usage: Usage) -> tuple[Decimal | None, str | None]:
    price = prices.price(provider=card.provider, models=[card.name], usage=usage, at=datetime.now(UTC))
    cost = price.cost_usd
    return None if cost is None else cost * 1_000_000 / _PRICED_TOKENS, price.source


def _lines(rows: list[ModelRow]) -> list[str]:
    lines: list[str] = []
    for usable, title in ((True, "Usable now"), (False, "Not usable")):
        chosen = [row for row in rows if row.usable is usable]
        if chosen:
            lines += [*([""] if lines else []), title, *(line for row in chosen for line in _row_lines(row))]
    return lines


def _row_lines(row: ModelRow) -> list[str]:
    facts = [_price_words(row), f"{row.context_window_tokens:,} tokens", _what_for(row)]
    if row.size_bytes is not None:
        facts += [size_words(row.size_bytes), row.licence or "licence unknown"]
    facts.append(_where(row))
    today = datetime.now(UTC).date()
    remarks = [f"    {remark}" for remark in (row.why_not, row.note, retirement_words(row.retires, today)) if remark]
    return [f"  {row.id:<38} {', '.join(facts)}", *remarks]


def _what_for(row: ModelRow) -> str:
    if row.kind == "chat":
        return f"quality {row.quality:.2f}"
    return row.kind if row.dimensions is None else f"{row.kind} of {row.dimensions:,} numbers"


def _where(row: ModelRow) -> str:
    """Who processes what is sent, and under whose law."""
    law = None if row.jurisdiction in ("*", None) else row.jurisdiction
    known = (row.host, row.owner if row.owner != row.host else None, row.region, law)
    return "at " + ", ".join(fact for fact in known if fact)


def retirement_words(retires: date | None, today: date) -> str | None:
    """When a model retires, as a warning where that is soon; None when nothing is announced."""
    if retires is None:
        return None
    left = (retires - today).days
    if left <= 0:
        return f"Warning: it was retired on {retires}; choose another."
    return f"{'Warning: it' if left <= _SOON_DAYS else 'It'} retires on {retires}, in {left} days."


def _price_words(row: ModelRow) -> str:
    if row.input_usd_per_mtok is None or row.output_usd_per_mtok is None:
        return "price unknown"
    if not row.input_usd_per_mtok and not row.output_usd_per_mtok:
        return "free"
    return f"${row.input_usd_per_mtok:.2f} read, ${row.output_usd_per_mtok:.2f} written"


def size_words(size_bytes: int) -> str:
    """A size for people, in decimal units."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size_bytes >= 10**power:
            return f"{size_bytes / 10**power:.1f} {unit}"
    return f"{size_bytes} bytes"


def _manifest(name: str, world: World) -> WeightsManifest:
    """The manifest that a user means by a weights' name, a model's name or its id. Raises UsageError."""
    found = manifest_for(name.removeprefix("embedded/"), world.manifests)
    return found or manifest_named(name, world.manifests)


def pull_for(name: str, world: World) -> Pulled:
    """The weights that a user means by `name`, fetched with progress on stderr. Raises UsageError and WeightsError."""
    with _progress() as on_progress:
        return _pull(name, world, on_progress)


def _pull(name: str, world: World, on_progress: OnProgress) -> Pulled:
    settings = world.settings
    folder = settings.places.models_folder
    file = Path(name).expanduser()
    if file.suffix == ".gguf" or file.is_file():
        manifest = adopt_file(file, folder, on_progress)
    else:
        manifest = _manifest(name, world)
    options = PullOptions(folders=settings.weights_folders, hub_url=settings.hub_url)
    path = pull_weights(manifest, folder, on_progress, options)
    return Pulled(name=manifest.name, path=str(path), size_bytes=manifest.size_bytes)


@contextmanager
def _progress() -> Generator[Callable[[PullProgress], None]]:
    """A bar on a terminal; elsewhere one line whenever the source changes."""
    if not sys.stderr.isatty():
        yield _StepLines()
        return
    # Imported here, for it is slow and only a terminal needs it.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("starting", total=None)

        def update(progress: PullProgress) -> None:
            description = f"{progress.name} from {progress.source}"
            bar.update(shown, description=description, completed=progress.done_bytes, total=progress.total_bytes)

        yield update


class _StepLines:
    """Notes each new source on a line of its own."""

    def __init__(self) -> None:
        self._source = ""

    def __call__(self, progress: PullProgress) -> None:
        if progress.source != self._source:
            self._source = progress.source
            note(f"{progress.name}: {progress.source} ({size_words(progress.total_bytes)})")
