"""The page that says what each provider honours, made of what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.sdk.features import FEATURES, Inbound
from tests.sdk.makers import MAKERS
from tests.sdk.observing import Cell

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "fidelity.md"
Observed = Mapping[tuple[str, Inbound, str, bool], Cell | None]
"""By feature, dialect of the client, provider, and whether it was streamed."""
TITLES: dict[Inbound, str] = {
    "chat": "Clients that speak Chat Completions",
    "responses": "Clients that speak Responses",
    "messages": "Clients that speak Messages",
}
HEAD = """# What arrives

What a client asks for in one dialect, and what becomes of it at a provider that speaks another. Each cell is an
observation: vendors' official SDKs ask `polydesk serve` before local servers that judge requests by the vendors' own
published schemas, plain and streamed. `bin/test tests/sdk --write-page` writes this page; the tests hold it to what
they see.

- **yes**: the provider was sent it, and the client saw the answer as it was given.
- **rewritten**, **emulated**, **dropped**: said in other words, got in another way, or left out, with the name of what
  it befell. The answer says so in `x-polydesk-notes`, and its receipt says why. A request with
  `x-polydesk-strict: true` is refused instead.
- **refused**: the request fails with a 400 that says why, and costs nothing.
- **-**: the dialect, or the provider, has no word for it.

Where two words stand with a slash, the second is for streams. Nothing is lost in silence: that is what the tests look
for. Models differ too; these columns are for
"""


def page(observed: Observed) -> str:
    """The page."""
    models = ",\n".join(f"`{maker.provider}/{maker.model}`" for maker in MAKERS)
    tables = [f"## {title}\n\n{_table(observed, inbound)}\n" for inbound, title in TITLES.items()]
    return HEAD + models + ".\n\n" + "\n".join(tables)


def _table(observed: Observed, inbound: Inbound) -> str:
    heads = ["", *(maker.title for maker in MAKERS)]
    rows = [
        [feature.name, *(_cell(observed, feature.name, inbound, maker.provider) for maker in MAKERS)]
        for feature in FEATURES
        if inbound in feature.asks
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))


def _cell(observed: Observed, feature: str, inbound: Inbound, provider: str) -> str:
    plain, streamed = (_word(observed[feature, inbound, provider, stream]) for stream in (False, True))
    return plain if plain == streamed else f"{plain} / {streamed}"


def _word(cell: Cell | None) -> str:
    return {None: "-", "honoured": "yes"}.get(cell, cell or "")
