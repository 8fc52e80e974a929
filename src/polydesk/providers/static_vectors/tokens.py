"""Texts into the ids of their tokens, as a `tokenizer.json` with byte pairs after SentencePiece's manner says.

Only that one kind is read, that of Llama 2: spaces become `▁`, and what is not in the vocabulary becomes its bytes.
Format: https://huggingface.co/docs/tokenizers/components (checked 2026-11-24). The library that reads every kind brings
seven more packages with it.
"""

from __future__ import annotations

import heapq
import re
from functools import lru_cache
from typing import Annotated

import msgspec

from polydesk.core.errors import WeightsError

_SPACE = "▁"
_PIECES = re.compile(f"{_SPACE}*[^{_SPACE}]+|{_SPACE}+")
"""No token has a space after a letter, so texts are cut before spaces, and each piece is read by itself."""
_LONGEST_REMEMBERED = 32
_MOST_REMEMBERED = 20_000


class _Replaced(msgspec.Struct):
    text: str = msgspec.field(name="String")


class _Step(msgspec.Struct):
    type: str
    prepend: str | None = None
    pattern: _Replaced | None = None
    content: str | None = None


class _Normalizer(msgspec.Struct):
    normalizers: list[_Step]


class _Model(msgspec.Struct):
    type: str
    vocab: dict[str, Annotated[int, msgspec.Meta(ge=0)]]
    merges: list[str | tuple[str, str]]
    byte_fallback: bool = False


class _File(msgspec.Struct):
    model: _Model
    normalizer: _Normalizer


class Tokenizer:
    """Reads texts as their characters alone: `<s>` is three characters, never the start of a text."""

    def __init__(self, data: bytes, name: str) -> None:
        """`data` is the `tokenizer.json`. Raises WeightsError, with `name`, for one of another kind."""
        try:
            file = msgspec.json.decode(data, type=_File)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise WeightsError(f"The tokenizer of {name} cannot be read: {exc}. Pull it again.", name=name) from exc
        if not _is_known(file):
            raise WeightsError(f"The tokenizer of {name} is of a kind that is not known here.", name=name)
        self._vocabulary = file.model.vocab
        pairs = (tuple(pair.split(" ")) if isinstance(pair, str) else pair for pair in file.model.merges)
        self._ranks = {pair: rank for rank, pair in enumerate(pairs)}
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._ids_of_piece)

    @property
    def largest_id(self) -> int:
        """The largest id that `ids` can give."""
        return max(self._vocabulary.values(), default=0)

    def ids(self, text: str) -> list[int]:
        """The ids of the tokens of `text`; none for an empty one."""
        if not text:
            return []
        found: list[int] = []
        for match in _PIECES.finditer(_SPACE + text.replace(" ", _SPACE)):
            piece = match.group()
            found += self._remembered(piece) if len(piece) <= _LONGEST_REMEMBERED else self._ids_of_piece(piece)
        return found

    def _ids_of_piece(self, piece: str) -> tuple[int, ...]:
        symbols: list[str] = []
        for letter in piece:
            symbols += [letter] if letter in self._vocabulary else [f"<0x{byte:02X}>" for byte in _utf8(letter)]
        return tuple(self._vocabulary[symbol] for symbol in self._joined(symbols))

    def _joined(self, symbols: list[str]) -> list[str]:
        """`symbols` with neighbours joined in the order of the pairs' ranks, of equal ranks the leftmost first.

        Joined ones are left behind as empty texts. The time grows with the length but for a logarithm: texts without
        spaces may be long.
        """
        end = len(symbols)
        before, after = list(range(-1, end - 1)), list(range(1, end + 1))
        waiting: list[tuple[int, int]] = []

        def rank_at(left: int) -> int | None:
            right = after[left]
            return None if right >= end else self._ranks.get((symbols[left], symbols[right]))

        def offer(left: int) -> None:
            if left >= 0 and (rank := rank_at(left)) is not None:
                heapq.heappush(waiting, (rank, left))

        for left in range(end):
            offer(left)
        while waiting:
            rank, left = heapq.heappop(waiting)
            if not symbols[left] or rank_at(left) != rank:
                continue  # one of the two has been joined since to another
            right = after[left]
            symbols[left] += symbols[right]
            symbols[right] = ""
            after[left] = after[right]
            if after[left] < end:
                before[after[left]] = left
            offer(before[left])
            offer(left)
        return [symbol for symbol in symbols if symbol]


def _is_known(file: _File) -> bool:
    vocabulary = file.model.vocab
    steps = [(step.type, step.prepend or (step.pattern and step.pattern.text)) for step in file.normalizer.normalizers]
    return (
        file.model.type == "BPE"
        and file.model.byte_fallback
        and steps == [("Prepend", _SPACE), ("Replace", " ")]
        and all(f"<0x{byte:02X}>" in vocabulary for byte in range(256))
        and not any(_SPACE in token.lstrip(_SPACE) for token in vocabulary)
    )


def _utf8(letter: str) -> bytes:
    # Half of a surrogate pair is no character, but JSON can say it.
    return letter.encode("utf-8", "replace")
