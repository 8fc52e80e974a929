"""Peers installed outside the checkout, each from exact pins with hashes, once.

No install script runs: Python packages come as wheels alone, Node's with --ignore-scripts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class UnavailableError(Exception):
    """A contestant cannot be measured here; the message says why."""


def default_scratch() -> Path:
    """Where peers are installed unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polydesk-bench"


def python_environment(scratch: Path, pins: Path) -> Path:
    """A virtual environment with exactly those wheels. Raises UnavailableError."""
    folder = scratch / pins.stem
    if _is_current(folder, pins):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    _tell(f"installing {pins.stem} into {folder}")
    _run((sys.executable, "-I", "-m", "venv", str(folder)))
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary", ":all:")
    _run((str(folder / "bin" / "python"), "-I", "-m", "pip", "install", *options, "--requirement", str(pins)))
    shutil.copy(pins, folder / "installed")
    return folder


def node_modules(scratch: Path, pins: Path) -> Path:
    """A folder with exactly the packages of a package-lock.json. Raises UnavailableError."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise UnavailableError("needs Node.js and npm (Debian: apt-get install nodejs npm)")
    folder = scratch / pins.name
    lock = pins / "package-lock.json"
    if _is_current(folder, lock):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    _tell(f"installing {pins.name} into {folder}")
    shutil.copytree(pins, folder)
    _run(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), folder)
    shutil.copy(lock, folder / "installed")
    return folder


def _is_current(folder: Path, pins: Path) -> bool:
    stamp = folder / "installed"
    return stamp.exists() and stamp.read_bytes() == pins.read_bytes()


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise UnavailableError(f"could not be installed: {lines[-1] if lines else f'status {done.returncode}'}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
