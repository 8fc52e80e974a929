"""`polydesk keys`: the keys by which programs use the gateway."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast, get_args

import click
import msgspec

from polydesk.app import look_around
from polydesk.catalog.card import DataClass
from polydesk.cli.options import config_file, json_option, records
from polydesk.cli.output import note, say, say_json
from polydesk.core.budgets import Budget, Period
from polydesk.core.errors import UsageError
from polydesk.core.keys import GatewayKey
from polydesk.governance.keys import NewKey, create_key, revoke_key
from polydesk.store.store import Store

_COUNT = click.IntRange(min=1)


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key as `polydesk keys list` shows it."""

    state: str
    """`in use`, `expired` or `revoked`."""
    key: GatewayKey


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was made."""

    secret: str
    """Shown this once."""
    key: GatewayKey


class Usd(click.ParamType[Decimal]):
    """An amount of money, such as `20` or `0.50`."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The amount. Fails for what is no number above zero."""
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or amount <= 0:
            self.fail(f"{value!r} is no amount above 0", param, ctx)
        return amount


class Moment(click.ParamType[datetime]):
    """A day such as `2027-01-31`, at whose beginning (UTC) it is, or a span from now such as `90d`, `12h` or `30m`."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment. Fails for one that has passed."""
        if isinstance(value, datetime):
            return value
        now = datetime.now(UTC)
        at = _moment(str(value), now)
        if at is None or at <= now:
            self.fail(f"{value!r} is neither a day to come, such as 2027-01-31, nor a span such as 90d", param, ctx)
        return at


_SPAN = {"d": "days", "h": "hours", "m": "minutes"}


def _moment(words: str, now: datetime) -> datetime | None:
    span = re.fullmatch(r"(\d{1,6})([dhm])", words)
    try:
        if span is not None:
            return now + timedelta(**{_SPAN[span[2]]: int(span[1])})
        return datetime.fromisoformat(words).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@click.group("keys", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Make, list and revoke the keys by which programs use the gateway.

    \b
    Examples:
      polydesk keys
      polydesk keys create reports --team finance --budget-usd 20
      polydesk keys revoke reports
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command, as_json=as_json)


@command.command("create")
@click.argument("name")
@click.option("--team", help="Team that the use counts for.")
@click.option("--user", help="Person or program that the use counts for.")
@click.option("--expires", type=Moment(), metavar="WHEN", help="Refuse it from then on: 2027-01-31, 90d, 12h or 30m.")
@click.option("--model", "models", multiple=True, metavar="MODEL", help="Permit this model or plan. May be repeated.")
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="Permit this one. May be repeated.")
@click.option("--requests-per-minute", type=_COUNT, help="Default: as the configuration says.")
@click.option("--tokens-per-minute", type=_COUNT, help="Read and written together. Default: as above.")
@click.option("--max-parallel", type=_COUNT, help="Calls under way at once. Default: as above.")
@click.option(
    "--data-class",
    type=click.Choice(get_args(DataClass)),
    default="internal",
    show_default=True,
    help="The data in most need of care that it may send.",
)
@click.option("--budget-usd", type=Usd(), metavar="USD", help="Refuse calls beyond this in a period.")
@click.option("--soft-usd", type=Usd(), metavar="USD", help="Warn from here on in a period.")
@click.option("--budget-period", type=click.Choice(get_args(Period)), default="month", show_default=True)
@json_option
def create_command(as_json: bool, **asked: Any) -> None:
    """Make a key called NAME and print its secret, which is shown this once and kept nowhere.

    Programs send it as `Authorization: Bearer` or `x-api-key`. Without --model and --provider it permits all.

    \b
    Examples:
      polydesk keys create laptop
      polydesk keys create reports --team finance --budget-usd 20 --soft-usd 15
      polydesk keys create ci --model polydesk/cheap --requests-per-minute 60 --expires 90d
      OPENAI_API_KEY=$(polydesk keys create notebook)
    """
    new = _new_key(asked)
    _refuse_unknown(new)
    with _store() as store:
        key, secret = create_key(store.keys, new, now=datetime.now(UTC))
    if as_json:
        say_json(Created(secret=secret, key=key))
        return
    say(secret)
    note(f"{key.id} is made. Keep the secret: it is shown this once.")


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List every key: those in use, then those that have expired or were revoked.

    \b
    Examples:
      polydesk keys list
      polydesk keys list --json
    """
    with _store() as store:
        keys = store.keys.all()
    now = datetime.now(UTC)
    rows = sorted((KeyRow(state=_state(key, now), key=key) for key in keys), key=lambda row: row.state != "in use")
    if as_json:
        say_json(rows)
        return
    say("\n".join(_lines(rows)) or "There are no keys; `polydesk keys create NAME` makes one.")


@command.command("revoke")
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@json_option
def revoke_command(keys: tuple[str, ...], as_json: bool) -> None:
    """Refuse keys from now on. KEY is a key's id or name. A running gateway notices within two seconds.

    \b
    Examples:
      polydesk keys revoke laptop
      polydesk keys revoke key_01JD2M3Q4R5S6T7V8W9X0Y1Z2A
    """
    with _store() as store:
        revoked = [revoke_key(store.keys, key, now=datetime.now(UTC)) for key in keys]
    if as_json:
        say_json(revoked)
        return
    for key in revoked:
        say(f"{key.id}  {key.name}  revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC")


@contextmanager
def _store() -> Generator[Store]:
    store = Store.open(records())
    try:
        yield store
    finally:
        store.close()


def _new_key(asked: dict[str, Any]) -> NewKey:
    hard, soft = cast("Decimal | None", asked["budget_usd"]), cast("Decimal | None", asked["soft_usd"])
    if hard is not None and soft is not None and soft > hard:
        raise UsageError("--soft-usd is more than --budget-usd, so that it would never warn.")
    budget = Budget(name=asked["name"], hard_usd=hard, soft_usd=soft, period=asked["budget_period"])
    own = {name: asked[name] for name in ("requests_per_minute", "tokens_per_minute", "max_parallel", "data_class")}
    return NewKey(
        name=asked["name"],
        team=asked["team"],
        user=asked["user"],
        expires_at=asked["expires"],
        permitted_models=asked["models"] or None,
        permitted_providers=asked["providers"] or None,
        budget=None if hard is None and soft is None else budget,
        **own,
    )


def _refuse_unknown(new: NewKey) -> None:
    """Raise UsageError for a model or provider that does not exist: a key that permits it permits nothing."""
    if new.permitted_models is None and new.permitted_providers is None:
        return
    world = look_around(config_file=config_file())
    for name in new.permitted_models or ():
        world.resolve(name)
    known = [card.name for card in world.catalog.providers]
    for name in new.permitted_providers or ():
        if name not in known:
            raise UsageError(f"No provider is called {name}; there are {', '.join(known)}.")


def _state(key: GatewayKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and now >= key.expires_at else "in use"


def _lines(rows: Sequence[KeyRow]) -> list[str]:
    width = max((len(row.key.name) for row in rows), default=0)
    lines: list[str] = []
    for row in rows:
        key = row.key
        lines.append(f"{key.name:{width}}  {key.id}  {key.hint}…  {row.state}")
        lines += [f"  {facts}" for facts in (_who(key), _what(key), _how_much(key)) if facts]
    return lines


def _who(key: GatewayKey) -> str:
    facts = [f"team {key.team}" if key.team else "", f"user {key.user}" if key.user else ""]
    facts.append(f"expires {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "")
    return ", ".join(filter(None, facts))


def _what(key: GatewayKey) -> str:
    facts = [f"up to {key.data_class} data"]
    if key.permitted_models is not None:
        facts.append(f"models {', '.join(key.permitted_models)}")
    if key.permitted_providers is not None:
        facts.append(f"providers {', '.join(key.permitted_providers)}")
    return "; ".join(facts)


def _how_much(key: GatewayKey) -> str:
    facts = [
        f"{key.requests_per_minute:,} requests a minute" if key.requests_per_minute else "",
        f"{key.tokens_per_minute:,} tokens a minute" if key.tokens_per_minute else "",
        f"{key.max_parallel:,} at once" if key.max_parallel else "",
    ]
    if key.budget is not None and key.budget.hard_usd is not None:
        facts.append(f"${key.budget.hard_usd:f} {_PERIOD_WORDS[key.budget.period]}")
    if key.budget is not None and key.budget.soft_usd is not None:
        facts.append(f"warns from ${key.budget.soft_usd:f} {_PERIOD_WORDS[key.budget.period]}")
    return ", ".join(filter(None, facts))


_PERIOD_WORDS: dict[Period, str] = {
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
    "total": "altogether",
}
