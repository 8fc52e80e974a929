"""The sections of `polydesk.toml`. Their docstrings are the reference page.

TOML has no null: what may be None is left out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from polydesk.catalog.card import DataClass, Dialect, EditStyle
from polydesk.routing.needs import Order

Seconds = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Hedge = Literal["off", "auto"] | Seconds
Name = Annotated[str, Meta(min_length=1)]


class _Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the file."""


class Server(_Section, frozen=True, kw_only=True):
    """The gateway, as programs reach it."""

    host: str = "127.0.0.1"
    """Address to listen at. Beyond this machine it listens only when there are keys."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 4100
    """0 takes any free one."""
    max_request_bytes: Count = 33_554_432
    """Longest request body that is read."""
    request_timeout_s: Seconds = 900.0
    """For a whole answer, fallbacks included."""
    header_timeout_s: Seconds = 10.0
    """For a request's head to arrive."""
    body_timeout_s: Seconds = 60.0
    """For a request's body to arrive."""
    drain_s: Annotated[float, Meta(ge=0)] = 30.0
    """How long answers under way may go on after the server was told to stop."""
    keep_alive_s: Seconds = 75.0
    """How long an idle connection is kept."""
    open: bool = True
    """Whether programs on this machine, but no pages of web sites, may ask without a key while no key exists."""
    workers: Annotated[int, Meta(ge=1, le=1_024)] = 1
    """Processes that answer at the port. More than one needs records in PostgreSQL and `[shared_limits]`."""


class ProviderRow(_Section, frozen=True, kw_only=True):
    """A provider: a new one, or what differs from a shipped one of that name.

    What is left out is as shipped. The least that a new one needs is `name`, `base_url` and `models`.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="small letters, digits, `.`, `_` and `-`")]
    """In small letters; the first half of its models' ids."""
    enabled: bool = True
    """False takes the provider and its models away."""
    base_url: str | None = None
    """Address, for Chat Completions with its `/v1`. An address in the environment goes before it."""
    key_env: str | None = None
    """Environment variable that holds the key. The key itself never stands in this file."""
    key_file: str | None = None
    """File that holds the key, from this file's folder; in place of `key_env`."""
    models: tuple[Name, ...] = ()
    """Models that it serves, by its own names for them. What is not known of a name is taken to be a text model with
    tools and JSON schemas, a window of 32,768 tokens and unmeasured quality; a `[[model]]` row says otherwise."""
    dialect: Dialect | None = None
    """What it speaks; `openai_chat` for a new one."""
    title: str | None = None
    """What a reader calls it; its name for a new one."""
    host: str | None = None
    """Where requests are processed; its title for a new one."""
    owner: str | None = None
    """Company that runs the host and bills for it."""
    jurisdiction: str | None = None
    """Country whose law the owner obeys, as in ISO 3166-1; `*` for your own machine."""
    region: str | None = None
    """Where requests are processed, such as `eu`."""
    data_classes: frozenset[DataClass] | None = None
    """The data that it may see; public and internal for a new one."""
    quirks: frozenset[str] | None = None
    """Ways in which it departs from its dialect."""
    settings: dict[str, str] | None = None
    """What else its dialect must know, such as `api_version` or `project`; laid over what is shipped."""
    price_list: str | None = None
    """Its id in the list of public prices (genai-prices), such as `azure`; its name when left out."""
    connections: Count | None = None
    """Most connections that are open to it at once; 1,000 when left out."""


class ModelRow(_Section, frozen=True, kw_only=True):
    """A model: a new one, or what differs from a known one of that provider and name."""

    provider: Name
    name: Name
    """The provider's own name for it."""
    enabled: bool = True
    """False takes the model away."""
    developer: str | None = None
    """Who made it."""
    family: str | None = None
    """Name of the same model whoever hosts it."""
    context_window_tokens: Count | None = None
    """What it can read and write together."""
    max_output_tokens: Count | None = None
    """The most it can write in one answer."""
    inputs: frozenset[Literal["text", "image", "document"]] | None = None
    """What it can read."""
    tools: bool | None = None
    """Whether it can call tools."""
    output_schema: bool | None = None
    """Whether it can be held to a JSON schema."""
    reasoning: bool | None = None
    """Whether it thinks before it answers."""
    edit_style: EditStyle | None = None
    """Whether it is asked for a list of typed edits, or paragraph by paragraph."""
    quality: Share | None = None
    """Share of office tasks that it does well, as you know or believe."""
    kind: Literal["chat", "embedding", "rerank"] | None = None
    """What it is for."""
    dialect: Dialect | None = None
    """What it is spoken to in, where that is not what its provider is spoken to in."""
    quirks: frozenset[str] | None = None
    """Ways in which it takes less than its dialect says."""
    prefill: bool | None = None
    """Whether it goes on from the end of an assistant's message that stands last."""
    dimensions: Count | None = None
    """Length of its vectors."""
    input_usd_per_mtok: Decimal | None = None
    """What a million tokens that it reads cost you, in place of the public price; 0 for a machine of your own."""
    output_usd_per_mtok: Decimal | None = None
    """The same for what it writes; both or neither. 0 for a model that writes nothing."""
    cache_read_usd_per_mtok: Decimal | None = None
    """The same for what it reads from a provider's cache; as other input when left out."""
    cache_creation_usd_per_mtok: Decimal | None = None
    """The same for what it reads and a provider's cache keeps; as other input when left out."""
    released: date | None = None
    retires: date | None = None
    """The day from which its maker no longer answers for it, such as `2027-06-30`."""
    note: str | None = None
    """A remark shown with the model."""


class PlanRow(_Section, frozen=True, kw_only=True):
    """A virtual model: a name that programs ask for, and what is asked in its place.

    Its name goes before a real model's. `polydesk/auto` (ranked) and `polydesk/cheap` (the cheapest of those with 0.7
    of the best quality) are there without being written, and can be written anew.
    """

    models: tuple[Name, ...] = ()
    """Ids, names, families or providers: nothing else is asked. Left out, every model may be."""
    order: Order = "ranked"
    """By quality for cost, as listed, by expected cost, or by how soon they began to answer lately."""
    quality_floor: Share = 0.0
    """Share of the best permitted model's quality below which none is asked."""
    fallbacks: Annotated[int, Meta(ge=0, le=9)] | None = None
    """How many more are asked when the first fails; 3 when left out."""
    hedge: Hedge | None = None
    """As in `[survival]`, for this plan alone."""
    strict: bool = False
    """Whether a provider that cannot be told everything that is asked is passed over."""
    data_class: DataClass | None = None
    """What is sent counts as this, unless the caller says that it needs more care."""


class BudgetRow(_Section, frozen=True, kw_only=True):
    """A limit on what may be spent."""

    name: Name
    scope: Annotated[str, Meta(pattern=r"^(all|team:.+|key:.+)$", description="`all`, `team:NAME` or `key:NAME`")] = (
        "all"
    )
    """`all`, `team:NAME` or `key:NAME`."""
    period: Literal["day", "week", "month", "quarter", "year", "total"] = "month"
    """When it begins anew, in UTC; `total` never does."""
    soft_usd: Decimal | None = None
    """From here on it warns."""
    hard_usd: Decimal | None = None
    """Beyond this nothing is asked."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What becomes of a call whose price is unknown."""


class LimitsSection(_Section, frozen=True, kw_only=True):
    """What a key may do that does not say so itself. Left out, there is no limit."""

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    max_parallel: Count | None = None
    """Calls under way at once."""


class CacheSection(_Section, frozen=True, kw_only=True):
    """Answers given again without asking a model, to the same key and for the same data class. They are kept in memory
    alone."""

    exact: bool = False
    """Whether the very same request gets the same answer, at any temperature."""
    semantic: bool = False
    """Whether a single question that means the same does."""
    ttl_s: Seconds = 3_600.0
    """How long an answer is kept."""
    max_entries: Count = 10_000
    """How many are kept."""
    max_bytes: Count = 67_108_864
    """How much memory they may take together; what was not asked for longest goes first."""
    similarity: Share = 0.95
    """How alike two requests must be to mean the same: the cosine of the angle between their vectors."""
    embedding_model: Name | None = None
    """Model that makes the vectors, such as `openai/text-embedding-3-small`; `semantic` needs one. It is sent the
    question of each request that could be answered so, and only where the caller's key and data class permit it."""


class SurvivalSection(_Section, frozen=True, kw_only=True):
    """How hard a call tries to get its answer."""

    first_token_timeout_s: Seconds = 120.0
    """How long a model may take to begin while another could be asked."""
    idle_timeout_s: Seconds = 60.0
    """Longest silence inside a streamed answer; what is learnt of a model shortens it."""
    min_idle_timeout_s: Seconds = 10.0
    """But never below this."""
    hedge: Hedge = "off"
    """When the next model is asked too because the first has not begun: after so many seconds, after what is usual for
    it (`auto`), or never (`off`)."""
    hold_tool_calls: bool = True
    """Whether a streamed tool call is kept back until it is whole while another model could take over."""
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    """How often the last model that could answer is asked again after a failure that may pass."""
    retry_delay_s: Annotated[float, Meta(ge=0)] = 0.5
    """Before the first retry; each further one waits twice as long."""
    breaker_failures: Count = 5
    """Failures in a row after which a model is left for last."""
    breaker_open_s: Seconds = 10.0
    """For how long, at first."""
    queue_wait_s: Annotated[float, Meta(ge=0)] = 2.0
    """How long a request may be expected to wait for a busy model of this machine before another one that is permitted
    is asked first."""


class TelemetrySection(_Section, frozen=True, kw_only=True):
    """What operators see."""

    otlp_endpoint: str | None = None
    """Where traces go, as OTLP over HTTP; left out, nowhere."""
    sample: Share = 1.0
    """Share of calls that are traced."""
    metrics: bool = True
    """Whether the gateway answers at `/metrics`."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "text"
    log_content: bool = False
    """Whether traces carry what was asked and answered."""


class RecordsSection(_Section, frozen=True, kw_only=True):
    """Receipts and the ledger."""

    durability: Literal["process", "power"] = "process"
    """What a call's record has survived when the answer is given: the end of the process, or of the machine's power.
    In PostgreSQL `process` leaves it to the server's own `synchronous_commit`, and `power` turns that on."""
    url: str | None = None
    """A PostgreSQL database that many machines share, such as `postgresql://polydesk@db.example:5432/polydesk`, with
    options as libpq knows them (`?sslmode=verify-full`). Left out, records are a file of this machine."""
    password_env: str | None = None
    """Environment variable that holds the database's password. The password itself never stands in this file."""
    password_file: str | None = None
    """File that holds it, from this file's folder; in place of `password_env`."""


class SharedLimitsSection(_Section, frozen=True, kw_only=True):
    """Limits and budgets that several workers and machines keep together, in Valkey or Redis. Left out, each process
    keeps its own."""

    url: str | None = None
    """Where it is, such as `valkey://limits.example:6379/0`, or `valkeys://` for TLS."""
    password_env: str | None = None
    """Environment variable that holds its password. The password itself never stands in this file."""
    password_file: str | None = None
    """File that holds it, from this file's folder; in place of `password_env`."""
    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+$", description="letters, digits, `.`, `_` and `-`")] = (
        "polydesk"
    )
    """How its keys begin; another one for each Polydesk that has records of its own."""
    timeout_s: Seconds = 2.0
    """How long it may take to answer before it counts as away."""
    when_away: Literal["refuse", "local"] = "refuse"
    """What becomes of requests while it is away: refused with 503, or let in by limits and budgets that each process
    keeps for itself until it is back."""
    lease_s: Annotated[float, Meta(ge=0.5)] = 10.0
    """A worker that has said nothing for so long is taken for dead, and what it had reserved is freed."""


class MailboxRow(_Section, frozen=True, kw_only=True):
    """A live mailbox that `polydesk mail NAME` reads, marks and writes drafts into. Nothing is ever sent from it."""

    kind: Literal["imap", "graph"]
    """IMAP, or Microsoft Graph for Outlook and Exchange Online."""
    user: Name
    """The user's name at the server, usually an address; for Graph `me`, or the user whose mailbox it is."""
    host: str | None = None
    """The IMAP server."""
    port: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    """993 with `tls`, else 143, when left out."""
    security: Literal["tls", "starttls", "none"] = "tls"
    """How the connection to an IMAP server is protected; `none` only on this machine."""
    auth: Literal["password", "xoauth2", "oauthbearer"] = "password"
    """How one enters over IMAP; the last two with an OAuth 2 token. Graph always takes a token."""
    password_env: str | None = None
    """Environment variable that holds the password or token. It never stands in this file."""
    password_file: str | None = None
    """File that holds it, from this file's folder; in place of `password_env`."""
    token_url: str | None = None
    """Where an access token is got; what is held then is a refresh token. Left out, it is the access token itself."""
    client_id: str | None = None
    """The program's id at `token_url`."""
    scope: str | None = None
    """What the token is for, where `token_url` must be told."""
    base_url: str = "https://graph.microsoft.com/v1.0"
    """Address of Graph; national clouds have others."""
    own_addresses: tuple[Name, ...] = ()
    """Addresses at which the user gets mail, that for drafts first; `user` is one when it has an `@`."""
    drafts: str | None = None
    """The folder for drafts; left out, the server is asked."""


class Configuration(
    _Section, frozen=True, kw_only=True, rename={"providers": "provider", "models": "model", "budgets": "budget"}
):
    """Everything that the file says. Each section and each key may be left out."""

    server: Server = Server()
    providers: tuple[ProviderRow, ...] = ()
    models: tuple[ModelRow, ...] = ()
    plans: dict[str, PlanRow] = {}
    budgets: tuple[BudgetRow, ...] = ()
    limits: LimitsSection = LimitsSection()
    cache: CacheSection = CacheSection()
    survival: SurvivalSection = SurvivalSection()
    telemetry: TelemetrySection = TelemetrySection()
    records: RecordsSection = RecordsSection()
    shared_limits: SharedLimitsSection = SharedLimitsSection()
    mailboxes: dict[str, MailboxRow] = {}

    def provider(self, name: str) -> ProviderRow | None:
        """The row of that provider; None when the file has none."""
        return next((row for row in self.providers if row.name == name), None)
