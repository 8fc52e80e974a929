"""What a configuration would make hold, and every fault of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from polydesk.cli.config import public_address
from tests.cli.command import polydesk

KEY = "test-key-0123456789"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "key").write_text(KEY)
    path = tmp_path / "polydesk.toml"
    path.write_text(
        """
        [[provider]]
        name = "house"
        base_url = "http://127.0.0.1:9/v1"
        models = ["large", "small"]
        key_file = "key"
        data_classes = ["public", "internal", "confidential"]

        [[provider]]
        name = "mistral"
        enabled = false

        [[model]]
        provider = "house"
        name = "large"
        quality = 0.8

        [plans."office/secret"]
        models = ["small", "openai", "large"]
        order = "listed"
        data_class = "confidential"

        [[budget]]
        name = "all of it"
        soft_usd = 8
        hard_usd = 10
        """
    )
    return path


def test_without_a_file_it_says_what_holds_by_default() -> None:
    found = polydesk("config", "check", "--json").json()
    assert (found["file"], found["server"]["port"]) == (None, 4100)
    assert [one["name"] for one in found["plans"]] == ["polydesk/auto", "polydesk/cheap"]
    openai = next(one for one in found["providers"] if one["name"] == "openai")
    assert (openai["usable_models"], openai["why_not"]) == (0, "There is no key for OpenAI; set OPENAI_API_KEY.")


def test_providers_and_plans_are_shown_as_they_would_be_used(file: Path) -> None:
    found = polydesk("config", "check", file, "--json").json()
    providers = {one["name"]: one for one in found["providers"]}
    assert "mistral" not in providers
    assert (providers["house"]["usable_models"], providers["house"]["why_not"]) == (2, None)
    plans = {one["name"]: one["steps"] for one in found["plans"]}
    assert plans["office/secret"] == ["house/small", "house/large"]
    assert plans["polydesk/auto"] == ["house/large"]
    assert [one["name"] for one in found["budgets"]] == ["all of it"]


def test_people_are_told_the_same_and_never_a_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:{KEY}@127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ran = polydesk("config", "check", file)
    assert ran.code == 0
    assert "office/secret (listed): house/small → house/large" in ran.out
    assert "all of it: all, each month, warns from 8 USD, ends at 10 USD" in ran.out
    assert "http://127.0.0.1:9/v1" in ran.out
    assert KEY not in ran.out + polydesk("config", "check", file, "--json").out


def test_faults_end_with_the_code_of_settings_and_are_data_too(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("[server]\nprt = 1\n[cach]\n")
    ran = polydesk("config", "check", path, "--json")
    assert (ran.code, ran.json()["error"]["type"]) == (10, "SettingsError")
    assert [(one["line"], one["path"]) for one in ran.json()["error"]["problems"]] == [(2, "server.prt"), (3, "cach")]
    assert f"{path}:2: server.prt: there is no such key. Did you mean `port`?" in ran.err


def test_the_file_is_named_before_the_command_or_by_the_environment_for_every_command(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {one["id"] for one in polydesk("--config", file, "models", "--json").json()}
    assert "house/large" in ids
    assert "house/large" not in {one["id"] for one in polydesk("models", "--json").json()}
    monkeypatch.setenv("POLYDESK_CONFIG", str(file))
    assert polydesk("config", "check", "--json").json()["file"] == str(file)


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    text = polydesk("config", "example").out
    (tmp_path / "polydesk.toml").write_text(text)
    ran = polydesk("config", "check", tmp_path / "polydesk.toml", "--json")
    assert (ran.code, {one["name"] for one in ran.json()["plans"]}) == (
        0,
        {"polydesk/auto", "polydesk/cheap", "office/confidential", "office/quick"},
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:secret@h:1/v1?key=secret#secret", "https://h:1/v1"),
        ("https://h/v1", "https://h/v1"),
    ],
)
def test_an_address_is_shown_without_its_credential(url: str, expected: str) -> None:
    assert public_address(url) == expected
