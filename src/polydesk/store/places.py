"""Where records can be kept: a file of this machine, or a PostgreSQL database that many machines share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPlace:
    """A PostgreSQL database."""

    url: str = field(repr=False)
    """`postgresql://user@host:port/database?options`, without a password.
    https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING-URIS (checked 2026-11-24)"""
    password: str | None = field(default=None, repr=False)
    """None where the server asks for none, or finds it by libpq's own ways."""

    def __str__(self) -> str:
        """Where it is, without who uses it and how."""
        parts = urlsplit(self.url)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


RecordsPlace: TypeAlias = Path | PostgresPlace
