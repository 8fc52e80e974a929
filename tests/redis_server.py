"""A server of the tests' own that speaks Valkey's protocol, on loopback, with nothing on the disk."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.postgres import free_port

PROGRAMS = ("valkey-server", "redis-server")


def missing() -> str | None:
    """Why there can be none here; None when there can be."""
    if any(shutil.which(name) for name in PROGRAMS):
        return None
    return "Neither Valkey nor Redis is installed: apt-get install redis-server"


class LimitsServer:
    """A running server with a password, that forgets everything when it is started again."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(12)
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="polydesk-limits-"))
        self._made = 0
        self.start()

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def new_prefix(self) -> str:
        """A name that nobody has used."""
        self._made += 1
        return f"test{self._made}"

    def start(self) -> None:
        """Let it run, and wait until it answers."""
        program = next(found for name in PROGRAMS if (found := shutil.which(name)))
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "dir": str(self._folder)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [program, *words, "--requirepass", self.password], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for _ in range(100_000):
            if self._answers():
                return
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, and take its folder away."""
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False
