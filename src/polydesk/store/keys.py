"""Gateway keys as rows, found by the hashes of their secrets."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from polydesk.core.errors import RecordNotFoundError
from polydesk.core.keys import GatewayKey
from polydesk.store.calls import damaged_record
from polydesk.store.database import Database

_COUNT_UP = "UPDATE marks SET value = value + 1 WHERE name = 'keys_version'"


class KeyTable:
    """The keys in one store. Every method raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        """A number that grows with every change, so that a reader knows when to read the keys again."""
        return self._database.rows("SELECT value FROM marks WHERE name = 'keys_version'")[0]["value"]

    def all(self) -> list[GatewayKey]:
        """Every key, revoked ones too, oldest first."""
        return list(self.by_sha256().values())

    def by_sha256(self) -> Mapping[bytes, GatewayKey]:
        """Every key by the hash of its secret, oldest first."""
        rows = self._database.rows("SELECT sha256, json FROM gateway_keys ORDER BY id")
        return {row["sha256"]: self._decoded(row["json"]) for row in rows}

    def add(self, key: GatewayKey, sha256: bytes) -> None:
        """Keep a key that is new. `sha256` is that of its secret."""
        with self._database.writing() as transaction:
            transaction.execute(
                "INSERT INTO gateway_keys (id, name, sha256, json) VALUES (?, ?, ?, ?)",
                (key.id, key.name, sha256, msgspec.json.encode(key)),
            )
            transaction.execute(_COUNT_UP)

    def replace(self, key: GatewayKey) -> None:
        """Keep `key` in place of the one with its id. Raises RecordNotFoundError when there is none."""
        with self._database.writing() as transaction:
            changed = transaction.execute(
                "UPDATE gateway_keys SET name = ?, json = ? WHERE id = ?", (key.name, msgspec.json.encode(key), key.id)
            )
            if changed == 0:
                raise RecordNotFoundError(f"No key has the id {key.id} in {self._database.place}.")
            transaction.execute(_COUNT_UP)

    def _decoded(self, json: bytes) -> GatewayKey:
        try:
            return msgspec.json.decode(json, type=GatewayKey)
        except msgspec.DecodeError as exc:
            raise damaged_record(self._database.place, exc) from exc
