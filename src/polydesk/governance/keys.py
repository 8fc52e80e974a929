"""Gateway keys: made, recognised, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from polydesk.catalog.card import DataClass
from polydesk.core.budgets import Budget
from polydesk.core.errors import KeyRefusedError, RecordNotFoundError, UsageError
from polydesk.core.ids import time_sortable_id
from polydesk.core.keys import GatewayKey
from polydesk.store.keys import KeyTable

PREFIX = "pd-"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BITS = 256
_CHARACTERS = 43
"""As many digits of base 62 as 256 bits need."""
_HINT_CHARACTERS = 8


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a key that is to be made; None is as in GatewayKey."""

    name: str
    team: str | None = None
    user: str | None = None
    expires_at: datetime | None = None
    permitted_models: Sequence[str] | None = None
    permitted_providers: Sequence[str] | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    max_parallel: int | None = None
    data_class: DataClass = "internal"
    budget: Budget | None = None
    """Its name and scope are set to the key's own."""


def new_secret() -> str:
    """`pd-` and 43 characters that hold 256 random bits."""
    number = secrets.randbits(_SECRET_BITS)
    digits: list[str] = []
    for _ in range(_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return PREFIX + "".join(digits)


def secret_sha256(secret: str) -> bytes:
    """What is kept of a secret, and looked up when it is shown.

    A slow hash protects passwords, which can be guessed. Nobody guesses 256 random bits, so that one quick round is
    enough; and as the hash is looked up rather than compared, the time that takes tells nothing of the secret.
    """
    return hashlib.sha256(secret.encode()).digest()


def create_key(table: KeyTable, asked: NewKey, *, now: datetime) -> tuple[GatewayKey, str]:
    """A new key, and its secret, which nothing can tell again. Raises StoreError."""
    secret = new_secret()
    id = time_sortable_id("key", now)
    budget = asked.budget and msgspec.structs.replace(asked.budget, name=f"key {asked.name}", scope=f"key:{id}")
    key = GatewayKey(
        id=id,
        name=asked.name,
        hint=secret[:_HINT_CHARACTERS],
        created_at=now,
        team=asked.team,
        user=asked.user,
        expires_at=asked.expires_at,
        permitted_models=_sorted(asked.permitted_models),
        permitted_providers=_sorted(asked.permitted_providers),
        requests_per_minute=asked.requests_per_minute,
        tokens_per_minute=asked.tokens_per_minute,
        max_parallel=asked.max_parallel,
        data_class=asked.data_class,
        budget=budget,
    )
    table.add(key, secret_sha256(secret))
    return key, secret


def revoke_key(table: KeyTable, which: str, *, now: datetime) -> GatewayKey:
    """The key with that id or name, revoked; one that was revoked before stays as it is.

    Raises RecordNotFoundError, UsageError when several keys that are in use have the name, and StoreError.
    """
    key = find_key(table.all(), which)
    if key.revoked_at is not None:
        return key
    revoked = msgspec.structs.replace(key, revoked_at=now)
    table.replace(revoked)
    return revoked


def find_key(keys: Sequence[GatewayKey], which: str) -> GatewayKey:
    """The key whose id or name is `which`; of one name, the one in use. Raises RecordNotFoundError and UsageError."""
    named = [key for key in keys if which in (key.id, key.name)]
    found = [key for key in named if key.revoked_at is None] or named[-1:]
    if not found:
        raise RecordNotFoundError(f"No key is called {which}; `polydesk keys list` shows every key.")
    if len(found) > 1:
        ids = ", ".join(key.id for key in found)
        raise UsageError(f"Several keys are called {which}; name one by its id: {ids}.")
    return found[0]


def refuse_unusable(key: GatewayKey, now: datetime) -> None:
    """Raise KeyRefusedError for a key that was revoked or has expired."""
    if key.revoked_at is not None:
        raise KeyRefusedError(f"The key {key.id} has been revoked.")
    if key.expires_at is not None and now >= key.expires_at:
        raise KeyRefusedError(f"The key {key.id} expired on {key.expires_at:%Y-%m-%d}.")


def _sorted(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(set(names)))
