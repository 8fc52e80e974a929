"""What became of one feature on its way from a client to a provider and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import anthropic
import openai

from tests.sdk.clients import INBOUND, Clients, Seen, given
from tests.sdk.features import Feature, Inbound
from tests.sdk.makers import Maker
from tests.vendors.http_server import Scene, VendorServer

Cell = str
"""`honoured`, `refused`, or what the gateway notes, such as `dropped seed`."""
ALWAYS = frozenset({"emulated max_output_tokens"})
"""Messages must say how long an answer may be: noted of every request that does not."""
NATIVE: dict[Inbound, str] = {"chat": "openai", "responses": "openai-responses", "messages": "anthropic"}
"""The provider that is sent each dialect's requests as they came, and judges them itself."""


class LostError(AssertionError):
    """Something did not arrive, and nobody was told."""


async def observe(
    feature: Feature, inbound: Inbound, maker: Maker, vendor: VendorServer, clients: Clients, *, stream: bool
) -> Cell | None:
    """What became of it; None where there is nothing to ask. Raises LostError."""
    answer = feature.answer_of(maker)
    if answer is None or inbound not in feature.asks:
        return None
    vendor.will_only(Scene(response=answer))
    before = len(vendor.requests)
    model = f"{maker.provider}/{maker.thinking_model if feature.thinks else maker.model}"
    try:
        seen = await INBOUND[inbound](clients, model, feature.asks[inbound], stream)
    except (openai.BadRequestError, anthropic.BadRequestError) as error:
        if len(vendor.requests) > before and NATIVE[inbound] != maker.provider:
            raise LostError(f"what the vendor was sent is wrong: {error}") from error
        return "refused"
    cell = cell_of(seen.notes)
    _check_sent(feature, maker, vendor.requests[before].body, cell)
    _check_shown(feature, seen, given(answer))
    return cell


def cell_of(notes: str) -> Cell:
    """The notes without the places that they are about."""
    said = [note for note in notes.split("; ") if note and note not in ALWAYS]
    return ", ".join(dict.fromkeys(re.sub(r"\w+\[\d+\]\.", "", note) for note in said)) or "honoured"


def _check_sent(feature: Feature, maker: Maker, body: Mapping[str, Any], cell: Cell) -> None:
    """An honoured wish stands in the vendor's request."""
    said = list(_leaves(body))
    wanted = feature.sent_to.get(maker.provider, feature.sent)
    missing = [value for value in wanted if not any(_says(leaf, value) for leaf in said)]
    if missing and cell == "honoured":
        raise LostError(f"{missing} was not sent, and no note says so: {json.dumps(body)[:2000]}")


def _check_shown(feature: Feature, seen: Seen, expected: Seen) -> None:
    """The client sees what the vendor answered."""
    for name in sorted(feature.shows):
        if getattr(seen, name) != getattr(expected, name):
            raise LostError(f"{name} is {getattr(seen, name)!r} and not {getattr(expected, name)!r}")


def _leaves(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in (key, *_leaves(item))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _says(leaf: Any, value: Any) -> bool:
    if isinstance(value, str):
        return isinstance(leaf, str) and value in leaf
    return leaf == value and not isinstance(leaf, bool)
