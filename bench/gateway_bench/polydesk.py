"""This checkout's own gateway as a contestant, with everything on and with as little as it can have."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from bench.gateway_bench.installs import UnavailableError
from bench.gateway_bench.launch import Launch, Place
from bench.gateway_bench.vendor import MODELS

ROOT = Path(__file__).parents[2]
PROGRAM = str(ROOT / "bin" / "polydesk")
OPEN = """
[server]
port = {port}
open = {open}

[[provider]]
name = "vendor"
title = "Local vendor"
base_url = "{vendor_url}"
dialect = "openai_chat"
models = [{models}]
owner = "Contoso"
jurisdiction = "DE"
region = "eu"
data_classes = ["public", "internal", "confidential"]
connections = 8000

[telemetry]
metrics = {metrics}
log_level = "warning"
"""
"""What both have: a receipt and a ledger row for every call are always kept."""
ALL_ON = """
[[budget]]
name = "everything"
period = "month"
soft_usd = 900_000
hard_usd = 1_000_000
unpriced = "allow"

[[budget]]
name = "bench"
scope = "team:bench"
period = "day"
hard_usd = 1_000_000
unpriced = "allow"

[limits]
requests_per_minute = 100_000_000
tokens_per_minute = 100_000_000_000
max_parallel = 20_000
"""
"""Limits and budgets that are kept for every call, too wide to refuse one."""


def checked(_: Path) -> None:
    """Raises UnavailableError while the checkout's program has no gateway."""
    asked = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise UnavailableError("this checkout's program has no `serve`")


def version() -> str:
    """The program's own word."""
    asked = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False)
    return asked.stdout.strip().split()[-1] if asked.stdout.strip() else "?"


def launch_open(place: Place) -> Launch:
    """No key, no budget, no limits, no metrics."""
    return _launch(place, is_open=True)


def launch_all_on(place: Place) -> Launch:
    """A key with a data class, limits, budgets, metrics."""
    return _launch(place, is_open=False)


def _launch(place: Place, *, is_open: bool) -> Launch:
    config = place.folder / "polydesk.toml"
    models = ", ".join(f'"{name}"' for name in MODELS)
    text = OPEN.format(
        port=place.port,
        open=str(is_open).lower(),
        metrics=str(not is_open).lower(),
        vendor_url=place.vendor_url,
        models=models,
    )
    config.write_text(text if is_open else text + ALL_ON, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place.folder),
        "POLYDESK_HOME": str(place.folder / "data"),
        "POLYDESK_CONFIG": str(config),
    }
    headers = {} if is_open else {"Authorization": f"Bearer {_key(environment)}"}
    # Not through bin/polydesk: a shell would stand in the process tree.
    python = str(ROOT / ".venv" / "bin" / "python")
    return Launch(
        command=(python, "-I", "-m", "polydesk", "serve", "--config", str(config)),
        environment=environment,
        headers={**headers, "x-polydesk-data-class": "internal"} if not is_open else headers,
    )


def _key(environment: dict[str, str]) -> str:
    """A key of team bench, made as an operator makes it."""
    asked = subprocess.run(
        [PROGRAM, "keys", "create", "bench", "--team", "bench"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"\bpd[\w-]{16,}", asked.stdout)
    if asked.returncode != 0 or found is None:
        raise UnavailableError(f"no key could be made: {(asked.stderr or asked.stdout).strip()[-300:]}")
    return found[0]
