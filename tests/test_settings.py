"""The environment, read once: what is set, what is ignored, what is refused, and that keys never show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from polydesk.catalog.load import load_catalog
from polydesk.core.errors import SettingsError
from polydesk.settings import (
    AwsCredentials,
    PasswordSource,
    Settings,
    read_config_file,
    read_places,
    read_settings,
    variables,
)

PROVIDERS = load_catalog().providers
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"
HOME = {"HOME": "/somebody"}
KEY = "sk-test-0123456789"


def settings(**environment: str) -> Settings:
    return read_settings(PROVIDERS, HOME | environment)


@pytest.mark.parametrize(
    ("environment", "data", "models"),
    [
        ({}, "/somebody/.local/share/polydesk", "/somebody/.cache/polydesk/models"),
        ({"XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "/c"}, "/d/polydesk", "/c/polydesk/models"),
        (
            {"XDG_DATA_HOME": "d", "XDG_CACHE_HOME": ""},
            "/somebody/.local/share/polydesk",
            "/somebody/.cache/polydesk/models",
        ),
        ({"POLYDESK_HOME": "/p", "POLYDESK_MODELS": "/m", "XDG_DATA_HOME": "/d"}, "/p", "/m"),
        ({"POLYDESK_HOME": "~/p", "POLYDESK_MODELS": "~"}, "/somebody/p", "/somebody"),
    ],
)
def test_folders(environment: dict[str, str], data: str, models: str) -> None:
    places = read_places(HOME | environment)
    assert (str(places.data_folder), str(places.models_folder)) == (data, models)


def test_a_relative_folder_is_taken_from_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_places(HOME | {"POLYDESK_HOME": "here"}).data_folder == tmp_path / "here"


def test_a_vendor_is_known_by_its_key_alone() -> None:
    assert settings(OPENAI_API_KEY=f" {KEY}\n", ANTHROPIC_API_KEY="").keys == {"openai": KEY}


def test_a_key_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert settings(ANTHROPIC_API_KEY_FILE=str(tmp_path / "key")).keys == {"anthropic": KEY}


def test_the_configuration_may_name_the_file_of_a_key_that_the_environment_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    files = {"openai": tmp_path / "key", "anthropic": tmp_path / "key"}
    found = read_settings(PROVIDERS, HOME | {"ANTHROPIC_API_KEY": "sk-other"}, key_files=files)
    assert found.keys == {"openai": KEY, "anthropic": "sk-other"}


def test_a_key_file_of_the_configuration_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"`key_file` of openai names /nowhere/key"):
        read_settings(PROVIDERS, HOME, key_files={"openai": Path("/nowhere/key")})


def test_passwords_of_shared_engines_are_read_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of-the-file\n")
    sources = {
        "records": PasswordSource(variable=None, file=tmp_path / "password"),
        "shared_limits": PasswordSource(variable="LIMITS", file=None),
    }
    found = read_settings(PROVIDERS, HOME | {"LIMITS": "of-the-variable"}, passwords=sources)
    assert found.passwords == {"records": "of-the-file", "shared_limits": "of-the-variable"}
    assert "of-the" not in repr(found)
    with pytest.raises(SettingsError, match=r"LIMITS, which \[shared_limits\] names"):
        read_settings(PROVIDERS, HOME, passwords=sources)


def test_the_configuration_is_the_one_named_or_the_users_own_where_it_exists(tmp_path: Path) -> None:
    own = {"HOME": str(tmp_path)}
    assert read_config_file(own) is None
    file = tmp_path / ".config" / "polydesk" / "polydesk.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    assert read_config_file(own) == file
    assert read_config_file(own | {"XDG_CONFIG_HOME": "/elsewhere"}) is None
    assert read_config_file(own | {"POLYDESK_CONFIG": "~/mine.toml"}) == tmp_path / "mine.toml"


def test_a_configuration_in_the_working_folder_is_not_read_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "polydesk.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert read_config_file(HOME) is None


def test_keys_and_proxies_never_show() -> None:
    shown = repr(settings(OPENAI_API_KEY=KEY, HTTPS_PROXY="http://me:secret@proxy:3128"))
    assert KEY not in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"OPENAI_API_KEY": KEY, "OPENAI_API_KEY_FILE": "/x"}, "OPENAI_API_KEY_FILE"),
        ({"OPENAI_API_KEY_FILE": "/nowhere/key"}, "OPENAI_API_KEY_FILE names /nowhere/key"),
        ({"OPENAI_API_KEY": f"{KEY}\nsecret"}, "OPENAI_API_KEY holds"),
        ({"OPENAI_API_KEY": "secret\u2013"}, "OPENAI_API_KEY holds"),
        ({"OPENAI_BASE_URL": "secret"}, "OPENAI_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "ftp://secret"}, "ANTHROPIC_BASE_URL"),
        ({"HF_ENDPOINT": "secret"}, "HF_ENDPOINT"),
        ({"HTTPS_PROXY": "socks5://secret:1"}, "HTTPS_PROXY"),
        ({"HTTP_PROXY": "http://proxy:secret"}, "HTTP_PROXY"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name_and_not_repeated(
    environment: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**environment)
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)


def test_credentials_of_aws_are_an_access_key_or_a_profile_and_never_shown() -> None:
    assert settings().aws is None
    assert settings(AWS_PROFILE="work").aws == AwsCredentials(
        access_key_id=None, secret_access_key=None, session_token=None, profile="work"
    )
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    found = settings(**dict(zip(names, ("AKID", "hidden-1", "hidden-2"), strict=True)))
    assert found.aws is not None
    assert (found.aws.access_key_id, found.aws.session_token) == ("AKID", "hidden-2")
    assert "hidden" not in repr(found)


@pytest.mark.parametrize("half", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_an_access_key_of_aws_is_refused(half: str) -> None:
    with pytest.raises(SettingsError, match="other half"):
        settings(**{half: "x"})


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(SettingsError, match="empty"):
        settings(OPENAI_API_KEY_FILE=str(tmp_path / "key"))


def test_the_network_as_other_programs_read_it() -> None:
    found = settings(
        HTTPS_PROXY="http://big:1",
        https_proxy="small:2",
        HTTP_PROXY="http://plain:3",
        no_proxy="a.test,b.test",
        SSL_CERT_FILE="/ca.pem",
        HF_ENDPOINT="https://mirror.test",
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        POLYDESK_WEIGHTS_FOLDERS="/one:/two",
    )
    assert (found.https_proxy, found.http_proxy, found.no_proxy) == (
        "http://small:2",
        "http://plain:3",
        "a.test,b.test",
    )
    assert (found.ca_file, found.hub_url) == (Path("/ca.pem"), "https://mirror.test")
    assert found.base_urls == {"openai": "http://127.0.0.1:9/v1"}
    assert found.weights_folders == (Path("/one"), Path("/two"))


class Watching(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(HOME)
        self.asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]  # one form is used
        self.asked.add(key)
        return super().get(key, default)


def test_every_variable_that_is_read_is_on_the_page_and_no_other() -> None:
    environment = Watching()
    read_settings(PROVIDERS, environment)
    read = {name.upper() for name in environment.asked} - {"HOME"}
    assert read == set(variables(PROVIDERS))
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(read)
