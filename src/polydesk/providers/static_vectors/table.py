"""The file of a static model: a table of vectors in safetensors form, and behind it the model's `tokenizer.json`.

Format of the first: https://huggingface.co/docs/safetensors (checked 2026-11-24): eight bytes that say the length of a
JSON header, the header, and the numbers. What follows them is not safetensors', and is where the tokenizer stands, so
that the model is one file with one hash.
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from collections.abc import Sequence
from operator import add
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from polydesk.core.errors import WeightsError
from polydesk.providers.static_vectors.tokens import Tokenizer

_LETTERS = {"F16": "e", "F32": "f"}
_SIZES = {"F16": 2, "F32": 4}
_Count = Annotated[int, msgspec.Meta(gt=0)]


class _Tensor(msgspec.Struct):
    dtype: Literal["F16", "F32"]
    shape: tuple[_Count, _Count]
    """Tokens, numbers of a vector."""
    data_offsets: tuple[int, int]


class StaticModel:
    """An open model. The file is mapped, not read: of its table only the rows that are asked for come into memory."""

    def __init__(self, path: Path) -> None:
        """Raises WeightsError for a file that is not one."""
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            start, tensor = _table_of(self._data)
        except (OSError, ValueError, struct.error, msgspec.MsgspecError) as exc:
            words = f"{path} cannot be read as a table of vectors: {exc}. Pull the model again."
            raise WeightsError(words, name=path.name) from exc
        self.tokenizer = Tokenizer(self._data[start + tensor.data_offsets[1] :], path.name)
        self._first = start + tensor.data_offsets[0]
        rows, self.dimensions = tensor.shape
        self._row = struct.Struct(f"<{self.dimensions}{_LETTERS[tensor.dtype]}")
        if self.tokenizer.largest_id >= rows:
            raise WeightsError(f"{path} has fewer vectors than tokens. Pull the model again.", name=path.name)

    def mean(self, ids: Sequence[int]) -> list[float]:
        """The mean of the vectors of the tokens `ids`; zeros when there are none."""
        total = [0.0] * self.dimensions
        for token, times in Counter(ids).items():
            row = self._row.unpack_from(self._data, self._first + token * self._row.size)
            total = list(map(add, total, row if times == 1 else [number * times for number in row]))
        return [number / len(ids) for number in total] if ids else total


def _table_of(data: mmap.mmap) -> tuple[int, _Tensor]:
    """Where the numbers begin in `data`, and the one tensor. Raises ValueError and msgspec's errors."""
    (length,) = struct.unpack_from("<Q", data)
    start = 8 + length
    if start > len(data):
        raise ValueError("its header is cut off")
    header = msgspec.json.decode(data[8:start], type=dict[str, msgspec.Raw])
    tensors = [value for name, value in header.items() if name != "__metadata__"]
    if len(tensors) != 1:
        raise ValueError(f"it has {len(tensors)} tensors, not one")
    tensor = msgspec.json.decode(tensors[0], type=_Tensor)
    begin, end = tensor.data_offsets
    wanted = tensor.shape[0] * tensor.shape[1] * _SIZES[tensor.dtype]
    if begin < 0 or end - begin != wanted or start + end > len(data):
        raise ValueError("its numbers are cut off")
    return start, tensor
