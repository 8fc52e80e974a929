"""A PostgreSQL cluster of the tests' own, on loopback, gone with its folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from polydesk.store.places import PostgresPlace

DEBIANS = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
"""The server refuses to be root's, as tests are in a container."""


def program(name: str) -> str | None:
    """Where `name` of PostgreSQL is; None when it is not installed."""
    debians = DEBIANS / name
    return str(debians) if debians.exists() else shutil.which(name)


def missing() -> str | None:
    """Why there can be no cluster here; None when there can be."""
    if program("initdb") is None or program("postgres") is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    return None


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A running server with a password, whose data is lost when the machine fails, which it does not do here."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(12)
        self.port = free_port()
        self._made = 0
        self._folder = Path(tempfile.mkdtemp(prefix="polydesk-postgres-"))
        self._as_user: list[str] = []
        if os.getuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as_user = ["setpriv", f"--reuid={USER}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._init()
        self.start()

    def start(self) -> None:
        """Let it run, and wait until it answers."""
        options = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200", f"port={self.port}")
        words = [program("postgres") or "", "-D", str(self._data), "-k", str(self._folder)]
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, *words, *(word for option in options for word in ("-c", option))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        ready = [*self._as_user, program("pg_ctl") or "", "status", "-D", str(self._data)]
        for _ in range(600):
            if (
                subprocess.run(ready, capture_output=True, cwd=self._folder, check=False).returncode == 0
                and self._answers()
            ):
                return
        raise AssertionError("PostgreSQL did not start")

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: by default at once, without a word to its clients."""
        self._process.send_signal(how)
        self._process.wait()

    def close(self) -> None:
        """End it, and take its data away."""
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        (self._folder.parent / f"{self._folder.name}.log").unlink(missing_ok=True)

    def new_place(self) -> PostgresPlace:
        """An empty database."""
        self._made += 1
        name = f"records_{self._made}"
        self.do(f"CREATE DATABASE {name}")
        return self.place(name)

    def place(self, database: str = "postgres") -> PostgresPlace:
        """The database called so."""
        url = f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"
        return PostgresPlace(url=url, password=self.password)

    def do(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Do it as the superuser, and give what it finds."""
        place = self.place(database)
        with psycopg.connect(place.url, password=place.password, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _init(self) -> None:
        words: Sequence[str] = [program("initdb") or "", "-D", str(self._data), "-U", USER, "--no-sync", "-E", "UTF8"]
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        subprocess.run(
            [*self._as_user, *words, "--auth=scram-sha-256", f"--pwfile={password_file}"],
            check=True,
            capture_output=True,
            cwd=self._folder,
        )

    def _answers(self) -> bool:
        try:
            self.do("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
