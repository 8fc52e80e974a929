"""What the file says held against itself and against the catalog."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.catalog.load import Catalog
from polydesk.configuration.decoding import Fault, suggestion
from polydesk.configuration.merging import PRICE_KEYS
from polydesk.configuration.positions import Place
from polydesk.configuration.secrets import looks_like_a_key
from polydesk.configuration.sections import (
    BudgetRow,
    CacheSection,
    Configuration,
    MailboxRow,
    ModelRow,
    PlanRow,
    ProviderRow,
    RecordsSection,
    SharedLimitsSection,
    TelemetrySection,
)
from polydesk.routing.candidates import chosen

_POSTGRES = ("postgresql", "postgres")
_VALKEY = ("valkey", "valkeys", "redis", "rediss")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def row_faults(section: msgspec.Struct) -> Iterator[Fault]:
    """What is wrong with one table by itself."""
    match section:
        case ProviderRow():
            yield from _provider_faults(section)
        case BudgetRow():
            yield from _budget_faults(section)
        case ModelRow():
            yield from _price_faults(section)
        case TelemetrySection(otlp_endpoint=str(address)) if not _is_http(address):
            yield _fault("otlp_endpoint", "this is not an http or https address", "Write `http://HOST:4318`, say.")
        case RecordsSection():
            yield from _engine_faults(section, _POSTGRES, "postgresql://USER@HOST:5432/DATABASE")
        case SharedLimitsSection():
            yield from _engine_faults(section, _VALKEY, "valkey://HOST:6379/0")
        case MailboxRow():
            yield from _mailbox_faults(section)
        case CacheSection(semantic=True, embedding_model=None):
            remedy = "Add `embedding_model`, such as `openai/text-embedding-3-small`."
            yield _fault("semantic", "nothing says which model compares the questions", remedy)
        case _:
            return


def faults_between(configuration: Configuration, known: Catalog, merged: Catalog) -> Iterator[Fault]:
    """What does not fit together: twice the same, or a provider or model that is not there.

    `known` is the catalog without the file, `merged` with it, and with what it has switched off: a plan may name that.
    """
    yield from _doubles("provider", [row.name for row in configuration.providers])
    yield from _doubles("model", [(row.provider, row.name) for row in configuration.models])
    yield from _doubles("budget", [row.name for row in configuration.budgets])
    for number, row in enumerate(configuration.providers):
        yield from _new_provider_faults(row, number, known)
    yield from _model_faults(configuration, known)
    cards = [*known.models, *merged.models]
    for name, plan in configuration.plans.items():
        yield from _plan_faults(name, plan, cards)
    yield from _cache_faults(configuration.cache, cards)


def _provider_faults(row: ProviderRow) -> Iterator[Fault]:
    if row.name == "polydesk":
        yield _fault("name", "this name is Polydesk's own", "Choose another.")
    if row.base_url is not None and not _is_http(row.base_url):
        yield _fault("base_url", "this is not an http or https address", "Write `https://HOST/v1`, say.")
    if row.key_env is not None and looks_like_a_key(row.key_env):
        yield _fault(
            "key_env",
            "this looks like a key, where the name of an environment variable belongs",
            "Put the key into a variable, such as `MY_API_KEY`, and write that name here.",
        )
    elif row.key_env is not None and not _VARIABLE.fullmatch(row.key_env):
        yield _fault("key_env", "this is not the name of an environment variable", "Write `MY_API_KEY`, say.")
    if row.key_env is not None and row.key_file is not None:
        yield _fault("key_file", "the key is in two places, for `key_env` is there too", "Leave one of them out.")


def _mailbox_faults(row: MailboxRow) -> Iterator[Fault]:
    if row.kind == "imap" and row.host is None:
        yield _fault("host", "nothing says which server it is", 'Add `host = "imap.example.com"`, say.')
    if row.kind == "imap" and row.auth == "password" and row.token_url is not None:
        yield _fault("token_url", "a password needs no token", 'Say `auth = "xoauth2"`, or leave it out.')
    if (row.token_url is None) is not (row.client_id is None):
        missing = "client_id" if row.client_id is None else "token_url"
        yield _fault(missing, "a token is got with both `token_url` and `client_id`", "Give both, or none.")
    for name in ("base_url", "token_url"):
        address = getattr(row, name)
        if address is not None and not _is_http(address):
            yield _fault(name, "this is not an http or https address", "Write one that begins with `https://`.")
    variable = row.password_env
    if variable is not None and not _VARIABLE.fullmatch(variable):
        yield _fault("password_env", "this is not the name of an environment variable", "Write `MAIL_PASSWORD`, say.")
    if variable is not None and row.password_file is not None:
        what = "the password is in two places, for `password_env` is there too"
        yield _fault("password_file", what, "Leave one of them out.")
    if variable is None and row.password_file is None:
        yield _fault("password_env", "nothing says where its password or token is", "Name a variable or a file.")


def _engine_faults(
    section: RecordsSection | SharedLimitsSection, schemes: Sequence[str], example: str
) -> Iterator[Fault]:
    if section.url is not None and not _is_address(section.url, schemes):
        yield _fault("url", f"this is not an address of {schemes[0]}://", f"Write `{example}`, say.")
    variable = section.password_env
    if variable is not None and not _VARIABLE.fullmatch(variable):
        yield _fault("password_env", "this is not the name of an environment variable", "Write `DB_PASSWORD`, say.")
    if variable is not None and section.password_file is not None:
        what = "the password is in two places, for `password_env` is there too"
        yield _fault("password_file", what, "Leave one of them out.")
    if section.url is None and (variable or section.password_file):
        yield Fault(place=(), what="there is a password, but no `url`", remedy=f'Add `url = "{example}"`, say.')


def _budget_faults(row: BudgetRow) -> Iterator[Fault]:
    if row.soft_usd is None and row.hard_usd is None:
        yield Fault(place=(), what="the budget limits nothing", remedy="Add `soft_usd`, `hard_usd` or both.")
    amounts = {"soft_usd": row.soft_usd, "hard_usd": row.hard_usd}
    wrong = _no_sums(amounts)
    yield from wrong
    if not wrong and row.soft_usd is not None and row.hard_usd is not None and row.soft_usd > row.hard_usd:
        yield _fault("soft_usd", "the warning would come after the limit", "Let it be at most `hard_usd`.")


def _price_faults(row: ModelRow) -> Iterator[Fault]:
    prices = {key: getattr(row, key) for key in PRICE_KEYS}
    yield from _no_sums(prices)
    missing = [key for key in PRICE_KEYS[:2] if prices[key] is None]
    if missing and any(price is not None for price in prices.values()):
        remedy = f"Add `{missing[0]} = …`, which may be 0."
        yield Fault(place=(), what=f"there is a price, but no `{missing[0]}`", remedy=remedy)


def _no_sums(amounts: Mapping[str, Decimal | None]) -> list[Fault]:
    wrong = [key for key, amount in amounts.items() if amount is not None and not (amount.is_finite() and amount >= 0)]
    return [_fault(key, "this is no sum of money", "Write a number of at least 0.") for key in wrong]


def _doubles(table: str, names: Sequence[Hashable]) -> Iterator[Fault]:
    counts = Counter(names)
    for number, name in enumerate(names):
        if counts[name] > 1 and names.index(name) < number:
            yield Fault(
                place=(table, number),
                what=f"there is one of that name already, as {table}[{names.index(name) + 1}]",
                remedy="Put both into one.",
            )


def _new_provider_faults(row: ProviderRow, number: int, known: Catalog) -> Iterator[Fault]:
    shipped = known.provider(row.name)
    if shipped is None and row.base_url is None:
        names = [card.name for card in known.providers]
        remedy = f"Add `base_url` for a new provider. {suggestion(row.name, names)}"
        yield Fault(place=("provider", number), what="no provider of that name is shipped", remedy=remedy)
    if shipped is not None and shipped.base_url is None and row.base_url is not None:
        yield Fault(
            place=("provider", number, "base_url"),
            what="this provider runs inside Polydesk and has no address",
            remedy="Leave it out, or give the server a name of its own.",
        )


def _model_faults(configuration: Configuration, known: Catalog) -> Iterator[Fault]:
    names = [*(card.name for card in known.providers), *(row.name for row in configuration.providers)]
    for number, row in enumerate(configuration.models):
        if row.provider not in names:
            remedy = f"{suggestion(row.provider, names)} A new provider needs a `[[provider]]` of its own."
            yield Fault(place=("model", number, "provider"), what="no provider has that name", remedy=remedy)


def _plan_faults(name: str, plan: PlanRow, cards: Iterable[ModelCard]) -> Iterator[Fault]:
    cards = list(cards)
    place: Place = ("plans", name, "models")
    for number, model in enumerate(plan.models):
        if not any(chosen(card, model) for card in cards):
            known = sorted(
                {word for card in cards for word in (card.id, card.name, card.provider, card.family) if word}
            )
            remedy = f"{suggestion(model, known)} `polydesk models` lists all."
            yield Fault(place=(*place, number), what="no model, family or provider has that name", remedy=remedy)
    if plan.order == "listed" and not plan.models:
        yield Fault(
            place=("plans", name, "order"), what="nothing is listed to follow", remedy="Add `models`, or another order."
        )


def _cache_faults(cache: CacheSection, cards: Sequence[ModelCard]) -> Iterator[Fault]:
    name = cache.embedding_model
    able = [card for card in cards if card.kind == "embedding"]
    if name is not None and not any(chosen(card, name) for card in able):
        remedy = f"{suggestion(name, [card.id for card in able])} `polydesk models` lists all."
        yield Fault(place=("cache", "embedding_model"), what="no embedding model has that name", remedy=remedy)


def _is_http(address: str) -> bool:
    return _is_address(address, ("http", "https"))


def _is_address(address: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _fault(key: str, what: str, remedy: str) -> Fault:
    return Fault(place=(key,), what=what, remedy=remedy)
