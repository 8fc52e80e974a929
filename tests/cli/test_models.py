"""Models listed with what they cost and why they cannot be used; weights pulled and removed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.cli.models import retirement_words
from tests.cli.command import polydesk
from tests.providers.weights.samples import gguf_bytes


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf_bytes())
    return path


def row(id: str) -> dict[str, object]:
    (found,) = [one for one in polydesk("models", "list", "--json").json() if one["id"] == id]
    return found


def test_without_a_key_a_vendors_models_say_which_is_missing() -> None:
    found = row("openai/gpt-4.1-mini")
    assert (found["usable"], found["why_not"]) == (False, "There is no key for OpenAI; set OPENAI_API_KEY.")


def test_with_a_key_they_are_usable_and_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-0123456789")
    rows = polydesk("models", "--json").json()
    assert {one["id"].partition("/")[0] for one in rows if one["usable"]} == {"anthropic"}
    assert [one["usable"] for one in rows] == sorted((one["usable"] for one in rows), reverse=True)
    assert polydesk("models").out.startswith("Usable now\n  anthropic/")
    assert "sk-test" not in polydesk("models").out


def test_vendors_prices_are_known_and_dated() -> None:
    found = row("openai/gpt-4.1-mini")
    prices = [Decimal(str(found[name])) for name in ("input_usd_per_mtok", "output_usd_per_mtok")]
    assert prices == [Decimal("0.4"), Decimal("1.6")]
    assert "list price on 20" in str(found["price_source"])


def test_an_embedded_model_has_size_licence_and_no_price() -> None:
    found = row("embedded/smollm2-135m-instruct")
    assert (found["size_bytes"], found["licence"], found["input_usd_per_mtok"]) == (98362432, "Apache-2.0", "0")
    assert "polydesk models pull smollm2-135m-instruct" in str(found["why_not"])
    assert "Weak" in str(found["note"])


def test_a_file_of_ones_own_is_pulled_listed_and_removed(own_model: Path, own_home: Path) -> None:
    ran = polydesk("models", "pull", own_model, "--json")
    (pulled,) = ran.json()
    assert (ran.code, pulled["name"], pulled["size_bytes"]) == (0, "mine", own_model.stat().st_size)
    assert Path(pulled["path"]).read_bytes() == own_model.read_bytes()
    assert Path(pulled["path"]).is_relative_to(own_home / ".cache/polydesk/models")
    assert row("embedded/mine")["usable"] is True
    assert polydesk("models", "remove", "embedded/mine").out.startswith("mine  freed ")
    assert not Path(pulled["path"]).exists()
    assert own_model.exists()


def test_progress_without_a_terminal_is_one_line_for_each_source(own_model: Path) -> None:
    lines = polydesk("models", "pull", own_model).err.splitlines()
    assert lines
    assert len(lines) == len(set(lines))
    assert all(line.startswith("mine: ") for line in lines)


@pytest.mark.parametrize("name", ["smollm2-135m", "smollm2-135m-instruct", "embedded/smollm2-135m-instruct"])
def test_weights_are_meant_by_their_own_or_their_models_name(name: str) -> None:
    ran = polydesk("models", "remove", name, "--json")
    assert (ran.code, ran.json()) == (0, [{"name": "smollm2-135m", "freed_bytes": 0}])


@pytest.mark.parametrize("command", ["pull", "remove"])
def test_an_unknown_name_is_refused_with_the_known_ones(command: str) -> None:
    ran = polydesk("models", command, "nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert "smollm2-135m" in ran.err


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.gguf").write_text("words")
    assert polydesk("models", "pull", tmp_path / "words.gguf").code == 12


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1")
    ran = polydesk("models", "list", "--json")
    assert (ran.code, ran.json()["error"]["type"]) == (10, "SettingsError")


def test_each_says_what_it_is_for_where_it_runs_under_whose_law_and_when_it_retires(tmp_path: Path) -> None:
    file = tmp_path / "polydesk.toml"
    file.write_text(
        '[[provider]]\nname = "house"\nbase_url = "http://127.0.0.1:9/v1"\nhost = "Nord"\nowner = "Contoso"\n'
        'jurisdiction = "DE"\nregion = "eu"\nmodels = ["large"]\n'
        '[[model]]\nprovider = "house"\nname = "vectors"\nkind = "embedding"\ndimensions = 1024\n'
        '[[model]]\nprovider = "house"\nname = "order"\nkind = "rerank"\n'
    )
    found = {one["id"]: one for one in polydesk("--config", file, "models", "--json").json()}
    assert {name: (one["kind"], one["usable"]) for name, one in found.items() if name.startswith("house/")} == {
        "house/large": ("chat", True),
        "house/vectors": ("embedding", True),
        "house/order": ("rerank", True),
    }
    places = [found["house/large"][name] for name in ("host", "owner", "jurisdiction", "region")]
    assert places == ["Nord", "Contoso", "DE", "eu"]
    lines = polydesk("--config", file, "models").out
    assert "quality 0.10, at Nord, Contoso, eu, DE" in lines
    assert "embedding of 1,024 numbers, at Nord" in lines
    assert "at this machine" in lines


@pytest.mark.parametrize(
    ("retires", "expected"),
    [
        (None, None),
        (date(2026, 11, 24), "Warning: it was retired on 2026-11-24; choose another."),
        (date(2026, 12, 24), "Warning: it retires on 2026-12-24, in 30 days."),
        (date(2027, 11, 24), "It retires on 2027-11-24, in 365 days."),
    ],
)
def test_a_model_that_retires_soon_is_warned_of(retires: date | None, expected: str | None) -> None:
    assert retirement_words(retires, date(2026, 11, 24)) == expected
