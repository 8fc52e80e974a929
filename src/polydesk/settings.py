"""What the environment says: the one place where it is read. Everyone else receives values.

Every variable is described in docs/reference/settings.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from polydesk.catalog.card import ProviderCard
from polydesk.core.errors import SettingsError

_KEY_ENDING = "_API_KEY"
_KEY_LIMIT_BYTES = 64 * 1024
_BASE_URLS = {"AWS_BEARER_TOKEN_BEDROCK": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"}
"""Variables of addresses that are not called as their keys are."""
_AWS_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders that Polydesk uses. Nothing in them exists until it is needed."""

    data_folder: Path
    """Receipts, the ledger and original documents."""
    models_folder: Path
    """Weights, shared by all clones."""

    @property
    def records_file(self) -> Path:
        """The database."""
        return self.data_folder / "records.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCredentials:
    """What AWS's own programs read of credentials: an access key, or the name of a profile in their files."""

    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    """Set if and only if `access_key_id` is."""
    session_token: str | None = field(repr=False)
    """None where the access key is a user's own."""
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSource:
    """Where the password of a shared engine is found: in one of the two."""

    variable: str | None
    file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the environment decides."""

    places: Places
    keys: Mapping[str, str] = field(repr=False)
    """Credentials by provider name; only those that are set."""
    base_urls: Mapping[str, str]
    """Addresses in place of the catalog's, by provider name."""
    hosts: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """What else is known of hosts, by provider name: the catalog's `settings` and, over them, the environment's."""
    https_proxy: str | None = field(repr=False)
    """`http://` address through which https addresses are reached; it may carry a credential."""
    http_proxy: str | None = field(repr=False)
    """The same for http addresses."""
    no_proxy: str
    """Hosts reached directly, separated by commas; `*` for all."""
    ca_file: Path | None
    """Certificates to trust instead of the system's; None trusts the system's."""
    hub_url: str | None
    """A mirror in place of the model hub; None asks the hub."""
    weights_folders: tuple[Path, ...]
    """Folders of the user's own that may hold weights; looked at first."""
    config_file: Path | None
    """The configuration; None when there is none."""
    aws: AwsCredentials | None = None
    """With which requests to AWS are signed; None when the environment names none."""
    key_files: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """The files from which keys were read, by provider name."""
    passwords: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Passwords of shared engines, by their sections of the configuration."""


def read_places(environment: Mapping[str, str] = os.environ) -> Places:
    """The folders that `environment` names. Raises SettingsError when there is no home to put them in."""
    return Places(
        data_folder=_folder(environment, "POLYDESK_HOME") or _base(environment, "XDG_DATA_HOME", ".local/share"),
        models_folder=_folder(environment, "POLYDESK_MODELS")
        or _base(environment, "XDG_CACHE_HOME", ".cache") / "models",
    )


def read_config_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration that `environment` names or, when it names none, the user's own; None when there is none.

    A `polydesk.toml` in the working folder is not taken unasked: a folder that came from somebody else could send keys
    and documents to an address of its own.
    """
    named = _folder(environment, "POLYDESK_CONFIG")
    if named is not None:
        return named
    try:
        own = _base(environment, "XDG_CONFIG_HOME", ".config") / "polydesk.toml"
    except SettingsError:  # there is no home, and none is needed
        return None
    return own if own.exists() else None


def read_settings(
    providers: Sequence[ProviderCard],
    environment: Mapping[str, str] = os.environ,
    *,
    key_files: Mapping[str, Path] | None = None,
    passwords: Mapping[str, PasswordSource] | None = None,
) -> Settings:
    """The settings that `environment` holds. Raises SettingsError naming the variable; never its value.

    `key_files` are files that hold keys, by provider name, for those whose key is not in the environment; `passwords`
    those of shared engines, by their sections of the configuration.
    """
    ca_file = _value(environment, "SSL_CERT_FILE")
    folders = _value(environment, "POLYDESK_WEIGHTS_FOLDERS") or ""
    return Settings(
        places=read_places(environment),
        keys=_present({card.name: _key(environment, card, (key_files or {}).get(card.name)) for card in providers}),
        base_urls=_present({card.name: _base_url(environment, card) for card in providers}),
        hosts={card.name: _host(environment, card) for card in providers if card.variables},
        https_proxy=_proxy(environment, "HTTPS_PROXY"),
        http_proxy=_proxy(environment, "HTTP_PROXY"),
        no_proxy=_either_case(environment, "NO_PROXY") or "",
        ca_file=None if ca_file is None else Path(ca_file),
        hub_url=_address(environment, "HF_ENDPOINT"),
        weights_folders=tuple(Path(folder).expanduser() for folder in folders.split(os.pathsep) if folder),
        config_file=read_config_file(environment),
        key_files=_key_files(environment, providers, key_files or {}),
        aws=_aws(environment) if _asks_aws(providers) else None,
        passwords={name: _password(environment, name, source) for name, source in (passwords or {}).items()},
    )


def read_mailbox_secret(name: str, source: PasswordSource, environment: Mapping[str, str] = os.environ) -> str:
    """The password or token of a mailbox. Raises SettingsError naming the variable or file; never its value."""
    return _password(environment, f"mailboxes.{name}", source)


def variables(providers: Sequence[ProviderCard]) -> list[str]:
    """The name of every variable that is read."""
    keys = [card.key_variable for card in providers if card.key_variable is not None]
    hosts = dict.fromkeys(variable for card in providers for variable in card.variables.values())
    fixed = ["POLYDESK_HOME", "XDG_DATA_HOME", "POLYDESK_MODELS", "XDG_CACHE_HOME", "POLYDESK_WEIGHTS_FOLDERS"]
    fixed += ["POLYDESK_CONFIG", "XDG_CONFIG_HOME"]
    fixed += ["HF_ENDPOINT", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE"]
    fixed += _AWS_VARIABLES if _asks_aws(providers) else ()
    return [*fixed, *hosts, *(name for key in keys for name in (key, f"{key}_FILE", base_url_variable(key)))]


def base_url_variable(key_variable: str) -> str:
    """The variable by which vendors' own programs read another address, such as `OPENAI_BASE_URL`."""
    return _BASE_URLS.get(key_variable) or key_variable.removesuffix(_KEY_ENDING) + "_BASE_URL"


def _value(environment: Mapping[str, str], name: str) -> str | None:
    # An empty variable is as good as none: `NAME= polydesk …` is how a shell unsets one for a single command.
    return environment.get(name, "").strip() or None


def _either_case(environment: Mapping[str, str], name: str) -> str | None:
    """Proxy variables are known in small letters too, which win, as in curl."""
    return _value(environment, name.lower()) or _value(environment, name)


def _folder(environment: Mapping[str, str], name: str) -> Path | None:
    value = _value(environment, name)
    return None if value is None else _expanded(value, environment)


def _base(environment: Mapping[str, str], name: str, under_home: str) -> Path:
    # A relative path is invalid and ignored:
    # https://specifications.freedesktop.org/basedir/latest/ (checked 2026-11-24).
    value = _value(environment, name)
    if value is not None and Path(value).is_absolute():
        return Path(value) / "polydesk"
    return _expanded("~", environment) / under_home / "polydesk"


def _expanded(path: str, environment: Mapping[str, str]) -> Path:
    try:
        home = _value(environment, "HOME") or str(Path.home())
    except RuntimeError as exc:
        raise SettingsError("There is no home folder; set POLYDESK_HOME and POLYDESK_MODELS to folders.") from exc
    if path == "~" or path.startswith("~/"):
        return Path(home + path[1:])
    return Path(path).absolute()


def _key(environment: Mapping[str, str], card: ProviderCard, key_file: Path | None) -> str | None:
    key = None if card.key_variable is None else _key_in_environment(environment, card.key_variable)
    what = card.key_variable
    if key is None and key_file is not None:
        key, what = _key_in_file(f"The `key_file` of {card.name}", key_file), str(key_file)
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise SettingsError(f"{what} holds characters that no key has; copy the key again.")
    return key


def _key_in_environment(environment: Mapping[str, str], variable: str) -> str | None:
    value = _value(environment, variable)
    file = _value(environment, f"{variable}_FILE")
    if value is not None and file is not None:
        raise SettingsError(f"Both {variable} and {variable}_FILE are set; unset one of them.")
    return value if file is None else _key_in_file(f"{variable}_FILE", Path(file))


def _password(environment: Mapping[str, str], section: str, source: PasswordSource) -> str:
    if source.file is not None:
        return _key_in_file(f"The `password_file` of [{section}]", source.file)
    password = None if source.variable is None else _value(environment, source.variable)
    if password is None:
        raise SettingsError(f"{source.variable}, which [{section}] names as `password_env`, is not set.")
    return password


def _key_files(
    environment: Mapping[str, str], providers: Sequence[ProviderCard], given: Mapping[str, Path]
) -> dict[str, Path]:
    found = {card.name: _key_file(environment, card, given.get(card.name)) for card in providers}
    return {name: path for name, path in found.items() if path is not None}


def _key_file(environment: Mapping[str, str], card: ProviderCard, given: Path | None) -> Path | None:
    """The file from which the key of `card` is read; None when it is read from none."""
    if card.key_variable is None:
        return given
    named = _value(environment, f"{card.key_variable}_FILE")
    if named is not None:
        return Path(named)
    return None if _value(environment, card.key_variable) is not None else given


def _key_in_file(variable: str, path: Path) -> str:
    try:
        with path.expanduser().open("rb") as file:  # which may be a pipe, or have no end
            data = file.read(_KEY_LIMIT_BYTES + 1)
        key = data.decode().strip()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not text"
        raise SettingsError(f"{variable} names {path}, which cannot be read: {reason}.") from exc
    if not key:
        raise SettingsError(f"{variable} names {path}, which is empty.")
    if len(data) > _KEY_LIMIT_BYTES:
        raise SettingsError(f"{variable} names {path}, which is too long for a key.")
    return key


def _host(environment: Mapping[str, str], card: ProviderCard) -> dict[str, str]:
    given = {name: _value(environment, variable) for name, variable in card.variables.items()}
    return {**card.settings, **_present(given)}


def _asks_aws(providers: Sequence[ProviderCard]) -> bool:
    return any(card.dialect == "bedrock_converse" for card in providers)


def _aws(environment: Mapping[str, str]) -> AwsCredentials | None:
    key_id, secret, session, profile = (_value(environment, name) for name in _AWS_VARIABLES)
    if (key_id is None) != (secret is None):
        missing = "AWS_ACCESS_KEY_ID" if key_id is None else "AWS_SECRET_ACCESS_KEY"
        raise SettingsError(f"{missing} is not set, but the other half of the access key is.")
    if key_id is None and profile is None:
        return None
    return AwsCredentials(access_key_id=key_id, secret_access_key=secret, session_token=session, profile=profile)


def _base_url(environment: Mapping[str, str], card: ProviderCard) -> str | None:
    return None if card.key_variable is None else _address(environment, base_url_variable(card.key_variable))


def _address(environment: Mapping[str, str], name: str) -> str | None:
    value = _value(environment, name)
    if value is not None and not _is_http(value, ("http", "https")):
        raise SettingsError(f"{name} is not an http or https address.")
    return value


def _proxy(environment: Mapping[str, str], name: str) -> str | None:
    value = _either_case(environment, name)
    if value is None:
        return None
    address = value if "://" in value else f"http://{value}"
    if not _is_http(address, ("http",)):
        raise SettingsError(f"{name} is not an http:// address; other kinds of proxy are not supported.")
    return address


def _is_http(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _present(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
