"""How a gateway is started and asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.gateway_bench.load import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a gateway runs once."""

    folder: Path
    """Its own, empty, for configuration and state."""
    port: int
    """Where it is to listen."""
    vendor_port: int
    installed: Path
    """What its installation returned."""

    @property
    def vendor_url(self) -> str:
        """The vendor's base address, as OpenAI's clients take it."""
        return f"http://127.0.0.1:{self.vendor_port}/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One way to start a gateway, and to ask it."""

    command: Sequence[str]
    environment: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str = "/v1/chat/completions"
    model_prefix: str = ""
    port_file: Path | None = None
    """Where it writes the port that it chose; None when it listens where it was told."""

    def target(self, port: int) -> Target:
        """How it is asked at that port."""
        return Target(port=port, path=self.path, headers=self.headers, model_prefix=self.model_prefix)
