"""`polydesk config`: the configuration file checked, and an example of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import click
import msgspec

from polydesk.app import World, look_around
from polydesk.catalog.card import DataClass, ModelCard, ProviderCard
from polydesk.cli.options import PATH, config_file, json_option
from polydesk.cli.output import say, say_json
from polydesk.configuration.reference import example
from polydesk.configuration.sections import (
    BudgetRow,
    CacheSection,
    LimitsSection,
    RecordsSection,
    Server,
    SharedLimitsSection,
    SurvivalSection,
    TelemetrySection,
)
from polydesk.core.errors import NoCandidateError, UsageError
from polydesk.core.usage import Usage
from polydesk.partners.prices import PublicPrices
from polydesk.routing.candidates import candidates
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import route

_USAGE = Usage(input_tokens=1_000, output_tokens=1_000)
"""An ordinary question, by which plans are put in order."""


_DATA_CLASSES: tuple[DataClass, ...] = get_args(DataClass)
_SURVIVED = {"process": "the end of the process", "power": "the end of the machine's power"}


class ProviderState(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it would be used."""

    name: str
    title: str
    host: str
    owner: str | None
    jurisdiction: str | None
    region: str | None
    base_url: str | None
    """Without a credential; None for what runs inside Polydesk."""
    data_classes: tuple[str, ...]
    models: int
    usable_models: int
    why_not: str | None
    """Why none of its models can be used; None when one can."""


class PlanState(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual model as it would be answered now, for an ordinary question."""

    name: str
    order: str
    steps: tuple[str, ...]
    """Ids of the models that would be asked, in order."""
    why_not: str | None
    """Why none would be; None when one would."""


class ConfigReport(msgspec.Struct, frozen=True, kw_only=True):
    """What would hold."""

    file: str | None
    """None when there is none."""
    providers: tuple[ProviderState, ...]
    plans: tuple[PlanState, ...]
    budgets: tuple[BudgetRow, ...]
    server: Server
    limits: LimitsSection
    cache: CacheSection
    survival: SurvivalSection
    telemetry: TelemetrySection
    records: RecordsSection
    shared_limits: SharedLimitsSection


@click.group("config")
def command() -> None:
    """Check the configuration file, or print an example of one.

    \b
    Examples:
      polydesk config check
      polydesk config example > polydesk.toml
    """


@command.command("check")
@click.argument("file", type=PATH, required=False)
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """Say what a configuration would make hold, or every fault of it.

    Without FILE, the one that would be read. Each provider is shown with why it cannot be used, each plan with the
    models that would be asked for an ordinary question. Nothing is sent.

    \b
    Examples:
      polydesk config check
      polydesk config check polydesk.toml --json
    """
    report = config_report(look_around(config_file=file or config_file()))
    if as_json:
        say_json(report)
        return
    say("\n".join(report_lines(report)))


@command.command("example")
def example_command() -> None:
    """Print a configuration with every key and what it means.

    \b
    Examples:
      polydesk config example
    """
    say(example().rstrip("\n"))


def config_report(world: World) -> ConfigReport:
    """What holds in `world`."""
    configuration = world.configuration
    return ConfigReport(
        file=None if world.config_file is None else str(world.config_file),
        providers=tuple(_provider_state(card, world) for card in world.catalog.providers),
        plans=tuple(_plan_state(name, world) for name in world.plans),
        budgets=configuration.budgets,
        server=configuration.server,
        limits=configuration.limits,
        cache=configuration.cache,
        survival=configuration.survival,
        telemetry=configuration.telemetry,
        records=configuration.records,
        shared_limits=configuration.shared_limits,
    )


def public_address(url: str) -> str:
    """`url` without a credential that it may carry."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _provider_state(card: ProviderCard, world: World) -> ProviderState:
    models = [model for model in world.catalog.models if model.provider == card.name]
    reasons = [reason for reason in (_reason(model, world) for model in models) if reason is not None]
    url = world.settings.base_urls.get(card.name) or card.base_url
    return ProviderState(
        name=card.name,
        title=card.title,
        host=card.host,
        owner=card.owner,
        jurisdiction=card.jurisdiction,
        region=card.region,
        base_url=None if url is None else public_address(url),
        data_classes=tuple(one for one in _DATA_CLASSES if card.base_url is None or one in card.data_classes),
        models=len(models),
        usable_models=len(models) - len(reasons),
        why_not=_why_none(len(models), reasons),
    )


def _reason(model: ModelCard, world: World) -> str | None:
    """Why `model` cannot be used at all; None when it can."""
    needs = Needs(input_tokens=0, kind=model.kind)
    _, rejections = candidates(needs, Choice(), [model], world.catalog.providers, world.available())
    return rejections[0].reason if rejections else None


def _why_none(models: int, reasons: list[str]) -> str | None:
    if not models:
        return "It has no models; name some with `models`."
    return reasons[0] if len(reasons) == models else None


def _plan_state(name: str, world: World) -> PlanState:
    prices = PublicPrices(world.catalog.providers, world.catalog.models)

    def quote(card: ModelCard) -> Decimal | None:
        price = prices.price(provider=card.provider, models=[card.name], usage=_USAGE, at=datetime.now(UTC))
        return price.cost_usd

    order = world.plans[name].order
    try:
        found = route(
            Needs(input_tokens=1_000),
            world.resolve(name).choice,
            world.catalog.models,
            world.catalog.providers,
            world.available(),
            quote,
        )
    except (NoCandidateError, UsageError) as error:
        return PlanState(name=name, order=order, steps=(), why_not=_short_reason(error))
    return PlanState(name=name, order=order, steps=tuple(step.card.id for step in found.steps), why_not=None)


def _short_reason(error: NoCandidateError | UsageError) -> str:
    if isinstance(error, UsageError):
        return str(error)
    reasons = {one.reason for one in error.rejections if one.rule not in ("not_in_plan", "kind")}
    return reasons.pop() if len(reasons) == 1 else "None of its models can be used; each provider above says why."


def report_lines(report: ConfigReport) -> list[str]:
    """The report for people."""
    return [
        f"Configuration: {report.file or 'none; everything is as it is by default'}",
        "",
        "Providers",
        *(line for one in report.providers for line in _provider_lines(one)),
        "",
        "Plans",
        *(_plan_line(one) for one in report.plans),
        "",
        "Budgets",
        *([_budget_line(one) for one in report.budgets] or ["  none"]),
        "",
        *_rest_lines(report),
    ]


def _provider_lines(state: ProviderState) -> Iterator[str]:
    count = f"{state.usable_models} of {state.models} models" if state.usable_models else "not usable"
    where = state.base_url or state.host
    yield f"  {state.name:<12} {count}, {where}; may see {', '.join(state.data_classes)} data"
    if state.why_not is not None:
        yield f"    {state.why_not}"


def _plan_line(state: PlanState) -> str:
    steps = " → ".join(state.steps) if state.steps else f"nobody: {state.why_not}"
    return f"  {state.name} ({state.order}): {steps}"


def _budget_line(row: BudgetRow) -> str:
    soft = None if row.soft_usd is None else f"warns from {row.soft_usd} USD"
    hard = None if row.hard_usd is None else f"ends at {row.hard_usd} USD"
    limits = ", ".join(words for words in (soft, hard) if words)
    return f"  {row.name}: {row.scope}, each {row.period}, {limits}, unpriced calls: {row.unpriced}"


def _rest_lines(report: ConfigReport) -> list[str]:
    limits = {name: getattr(report.limits, name) for name in report.limits.__struct_fields__}
    said = [f"{name} {value:,}" for name, value in limits.items() if value is not None]
    caches = [name for name in ("exact", "semantic") if getattr(report.cache, name)]
    traces = report.telemetry.otlp_endpoint
    return [
        f"Gateway: http://{report.server.host}:{report.server.port}{_workers_words(report.server)}",
        f"Limits of a key that says nothing: {', '.join(said) or 'none'}",
        f"Cache: {', '.join(caches) or 'off'}",
        f"Traces: {public_address(traces) if traces else 'nowhere'}",
        f"Records: {_records_words(report.records)}",
        f"Limits and budgets: {_limits_words(report.shared_limits)}",
    ]


def _workers_words(server: Server) -> str:
    return "" if server.workers == 1 else f", {server.workers} workers"


def _records_words(section: RecordsSection) -> str:
    survived = _SURVIVED[section.durability]
    if section.url is None:
        return f"a file of this machine; they survive {survived}"
    return f"{public_address(section.url)}; they survive {survived}"


def _limits_words(section: SharedLimitsSection) -> str:
    if section.url is None:
        return "each process keeps its own"
    meanwhile = {"refuse": "requests are refused", "local": "each process keeps its own"}[section.when_away]
    return f"shared at {public_address(section.url)}; while that is away, {meanwhile}"
