"""Answers in memory, by the request that they answer: bounded in number, bytes and age."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from cachetools import TTLCache

from polydesk.catalog.card import ModelCard
from polydesk.core.messages import ModelResponse
from polydesk.core.receipts import CallReceipt, ReceiptId

_OVERHEAD_BYTES = 600
"""What an answer takes beside its own bytes, about."""
_DECODER = msgspec.msgpack.Decoder(ModelResponse)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that can be given again."""

    packed: bytes
    """The answer in MessagePack, which is smaller than the values that it stands for."""
    card: ModelCard
    """The model that gave it."""
    host: str | None
    receipt_id: ReceiptId
    """Of the call that it was given in."""
    vector_bytes: int = 0
    """What the vector of its question takes, where that is kept too."""

    @property
    def response(self) -> ModelResponse:
        """The answer."""
        return _DECODER.decode(self.packed)


def kept(response: ModelResponse, card: ModelCard, receipt: CallReceipt, *, vector_bytes: int = 0) -> Kept:
    """`response` as it is kept: without what was true at that moment only."""
    lasting = msgspec.structs.replace(response, rate_limits=None, original=None)
    packed = msgspec.msgpack.encode(lasting)
    return Kept(packed=packed, card=card, host=receipt.host, receipt_id=receipt.id, vector_bytes=vector_bytes)


class ExactAnswers:
    """Answers by the hash of their request. What was not asked for longest goes first. Used by one thread."""

    def __init__(self, *, max_entries: int, max_bytes: int, ttl_s: float, elapsed_s: Callable[[], float]) -> None:
        # One bound serves for two, in bytes times entries: each takes at least its share, so that all of them have all.
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        bound = max_bytes * max_entries
        self._kept: TTLCache[bytes, Kept] = TTLCache(bound, ttl_s, timer=elapsed_s, getsizeof=self._share)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: bytes) -> bool:
        return key in self._kept

    def get(self, key: bytes) -> Kept | None:
        """The answer to that request; None when there is none, or none any more."""
        return self._kept.get(key)

    def put(self, key: bytes, answer: Kept) -> bool:
        """Keep `answer`, and tell whether it is not too large for that."""
        if _bytes_of(answer) > self._max_bytes:
            return False
        self._kept[key] = answer
        return True

    def _share(self, answer: Kept) -> int:
        return max(self._max_bytes, _bytes_of(answer) * self._max_entries)


def _bytes_of(answer: Kept) -> int:
    return len(answer.packed) + answer.vector_bytes + _OVERHEAD_BYTES
