"""Keys are made once, kept as hashes, and found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.core.budgets import Budget
from polydesk.core.errors import RecordNotFoundError, UsageError
from polydesk.governance.keys import NewKey, create_key, find_key, new_secret, revoke_key, secret_sha256
from polydesk.store.store import Store
from tests.governance.clocks import NOON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "records.db")
    yield opened
    opened.close()


def test_a_secret_has_a_known_form_and_is_never_the_same() -> None:
    secrets = {new_secret() for _ in range(1_000)}
    assert len(secrets) == 1_000
    assert all(re.fullmatch(r"pd-[0-9A-Za-z]{43}", secret) for secret in secrets)


def test_a_key_comes_back_as_it_was_made(store: Store) -> None:
    asked = NewKey(
        name="bot",
        team="red",
        user="ann",
        expires_at=NOON + timedelta(days=1),
        permitted_models=["polydesk/auto", "gpt-4.1"],
        permitted_providers=["openai"],
        requests_per_minute=5,
        tokens_per_minute=6,
        max_parallel=7,
        data_class="public",
        budget=Budget(name="", hard_usd=Decimal(20), period="week"),
    )
    key, secret = create_key(store.keys, asked, now=NOON)
    assert store.keys.by_sha256() == {secret_sha256(secret): key}
    assert key.permitted_models == ("gpt-4.1", "polydesk/auto")
    assert key.budget == Budget(name="key bot", scope=f"key:{key.id}", hard_usd=Decimal(20), period="week")
    assert secret.startswith(key.hint)


def test_the_secret_is_in_no_file(store: Store, tmp_path: Path) -> None:
    _, secret = create_key(store.keys, NewKey(name="bot"), now=NOON)
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
        assert secret[8:].encode() not in file.read_bytes()


def test_a_key_is_revoked_once(store: Store) -> None:
    key, _ = create_key(store.keys, NewKey(name="bot"), now=NOON)
    version = store.keys.version()
    revoked = revoke_key(store.keys, "bot", now=NOON + timedelta(hours=1))
    assert (revoked.id, revoked.revoked_at) == (key.id, NOON + timedelta(hours=1))
    assert store.keys.version() > version
    assert revoke_key(store.keys, key.id, now=NOON + timedelta(hours=2)) == revoked
    assert store.keys.all() == [revoked]


def test_a_name_means_the_key_in_use(store: Store) -> None:
    old, _ = create_key(store.keys, NewKey(name="bot"), now=NOON)
    revoke_key(store.keys, old.id, now=NOON)
    new, _ = create_key(store.keys, NewKey(name="bot"), now=NOON + timedelta(seconds=1))
    assert find_key(store.keys.all(), "bot") == new
    assert find_key(store.keys.all(), old.id).revoked_at == NOON
    create_key(store.keys, NewKey(name="bot"), now=NOON + timedelta(seconds=2))
    with pytest.raises(UsageError, match=new.id):
        find_key(store.keys.all(), "bot")


def test_an_unknown_key_is_not_found(store: Store) -> None:
    with pytest.raises(RecordNotFoundError, match="nobody"):
        revoke_key(store.keys, "nobody", now=NOON)
