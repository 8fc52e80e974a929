"""Keys made, listed and revoked from the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polydesk.governance.admission import Admission
from polydesk.settings import read_places
from polydesk.store.store import Store
from tests.cli.command import polydesk

FULL = (
    *("--team", "finance", "--user", "ann", "--expires", "90d", "--model", "polydesk/auto", "--model", "gpt-4.1"),
    *("--provider", "openai", "--requests-per-minute", "60", "--tokens-per-minute", "90000", "--max-parallel", "8"),
    *("--data-class", "confidential", "--budget-usd", "20", "--soft-usd", "15", "--budget-period", "week"),
)


def test_the_secret_alone_is_the_output_and_opens_the_gateway() -> None:
    ran = polydesk("keys", "create", "laptop")
    assert ran.code == 0
    store = Store.open(read_places().records_file)
    caller = Admission(store).admit(ran.out.removesuffix("\n")).caller
    store.close()
    assert caller is not None
    assert caller.key_id in ran.err


def test_a_key_has_what_was_asked() -> None:
    key = polydesk("keys", "create", "reports", *FULL, "--json").json()["key"]
    expires = datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < expires <= timedelta(days=90)
    expected = {
        "name": "reports",
        "team": "finance",
        "user": "ann",
        "permitted_models": ["gpt-4.1", "polydesk/auto"],
        "permitted_providers": ["openai"],
        "requests_per_minute": 60,
        "tokens_per_minute": 90000,
        "max_parallel": 8,
        "data_class": "confidential",
        "revoked_at": None,
    }
    assert {name: key[name] for name in expected} == expected
    assert key["budget"] == {
        "name": "key reports",
        "scope": f"key:{key['id']}",
        "period": "week",
        "soft_usd": "15",
        "hard_usd": "20",
        "unpriced": "refuse",
    }


def test_a_list_tells_everything_but_secrets() -> None:
    secret = polydesk("keys", "create", "reports", *FULL).out.strip()
    ran = polydesk("keys")
    assert secret not in ran.out
    assert secret not in polydesk("keys", "list", "--json").out
    first, *facts = ran.out.splitlines()
    assert first.startswith("reports  key_")
    assert first.endswith(f"{secret[:8]}…  in use")
    assert facts[0].startswith("  team finance, user ann, expires 20")
    assert facts[1:] == [
        "  up to confidential data; models gpt-4.1, polydesk/auto; providers openai",
        "  60 requests a minute, 90,000 tokens a minute, 8 at once, $20 a week, warns from $15 a week",
    ]


def test_without_keys_the_list_says_how_to_make_one() -> None:
    assert "polydesk keys create" in polydesk("keys", "list").out
    assert polydesk("keys", "list", "--json").json() == []


def test_a_revoked_key_comes_last() -> None:
    for name in ("one", "two"):
        polydesk("keys", "create", name)
    ran = polydesk("keys", "revoke", "one", "--json")
    assert (ran.code, [key["name"] for key in ran.json()]) == (0, ["one"])
    rows = polydesk("keys", "list", "--json").json()
    assert [(row["key"]["name"], row["state"]) for row in rows] == [("two", "in use"), ("one", "revoked")]
    assert "revoked 20" in polydesk("keys", "revoke", rows[1]["key"]["id"]).out


def test_two_keys_of_one_name_are_told_apart_by_their_ids() -> None:
    for _ in range(2):
        polydesk("keys", "create", "same")
    ran = polydesk("keys", "revoke", "same")
    assert ran.code == 2
    id = polydesk("keys", "--json").json()[0]["key"]["id"]
    assert id in ran.err
    assert polydesk("keys", "revoke", id).code == 0
    assert polydesk("keys", "revoke", "same").code == 0


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        (("create", "a", "--budget-usd", "0"), 2, "no amount above 0"),
        (("create", "a", "--budget-usd", "NaN"), 2, "no amount above 0"),
        (("create", "a", "--budget-usd", "5", "--soft-usd", "6"), 2, "never warn"),
        (("create", "a", "--expires", "2001-01-01"), 2, "90d"),
        (("create", "a", "--expires", "soon"), 2, "90d"),
        (("create", "a", "--model", "no-such-model"), 2, "no-such-model"),
        (("create", "a", "--provider", "nobody"), 2, "openai"),
        (("create", "a", "--requests-per-minute", "0"), 2, "0"),
        (("create",), 2, "NAME"),
        (("revoke", "nobody"), 13, "nobody"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_makes_no_key(wrong: tuple[str, ...], code: int, says: str) -> None:
    ran = polydesk("keys", *wrong)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert polydesk("keys", "list", "--json").json() == []


def test_records_that_cannot_be_used_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POLYDESK_HOME", str(tmp_path))
    (tmp_path / "records.db").write_text("no database at all, but long enough to be taken for one" * 9)
    ran = polydesk("keys", "list", "--json")
    assert (ran.code, ran.json()["error"]["type"]) == (11, "StoreError")
