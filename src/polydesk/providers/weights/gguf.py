"""The header of a GGUF file: is it one, what is it called, how much context was it trained for.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (checked 2026-11-24).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import msgspec

from polydesk.core.errors import WeightsError

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING = 8
_ARRAY = 9
_LONGEST_STRING = 16 * 1024 * 1024
_MOST_ENTRIES = 100_000
_VECTORS = (1, 2, 3)
"""Mean, first and last token. Source: https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (checked
2026-11-24)."""

Scalar = int | float | bool | str


class GgufHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a GGUF file says of itself. None where it does not say."""

    name: str | None
    architecture: str | None
    licence: str | None
    context_tokens: int | None
    has_chat_template: bool
    pooling: int | None = None
    """How the vectors of a text's tokens become one, as in llama.cpp's `llama_pooling_type`: only models that make
    vectors or rank texts say so."""
    vector_length: int | None = None

    @property
    def makes_vectors(self) -> bool:
        """Whether the model is for vectors rather than for text."""
        return self.pooling in _VECTORS


class _NotGgufError(Exception):
    """The bytes are not a GGUF header."""


def read_gguf_header(path: Path) -> GgufHeader:
    """The header of the file at `path`. Raises WeightsError when it is not a GGUF file of version 2 or 3."""
    try:
        with path.open("rb") as file:
            fields = _fields(file)
    except (OSError, _NotGgufError) as exc:
        raise WeightsError(f"{path} cannot be read as a GGUF model: {exc}. Give another file.", name=path.name) from exc
    architecture = _text(fields, "general.architecture")
    return GgufHeader(
        name=_text(fields, "general.name"),
        architecture=architecture,
        licence=_text(fields, "general.license"),
        context_tokens=_number(fields, f"{architecture}.context_length"),
        has_chat_template="tokenizer.chat_template" in fields,
        pooling=_number(fields, f"{architecture}.pooling_type"),
        vector_length=_number(fields, f"{architecture}.embedding_length"),
    )


def _fields(file: BinaryIO) -> dict[str, Scalar]:
    if file.read(4) != b"GGUF":
        raise _NotGgufError("it does not begin with the letters GGUF")
    if _unpacked(file, "<I") not in (2, 3):
        raise _NotGgufError("its version is neither 2 nor 3")
    _unpacked(file, "<Q")
    count = int(_unpacked(file, "<Q"))
    if count > _MOST_ENTRIES:
        raise _NotGgufError(f"it claims {count} entries")
    fields: dict[str, Scalar] = {}
    for _ in range(count):
        key = _string(file)
        value = _value(file, int(_unpacked(file, "<I")))
        if value is not None:
            fields[key] = value
    return fields


def _value(file: BinaryIO, kind: int) -> Scalar | None:
    """One value; None for an array, which is passed over."""
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        _skip_array(file)
        return None
    if kind not in _SCALARS:
        raise _NotGgufError(f"it has an entry of unknown type {kind}")
    return _unpacked(file, _SCALARS[kind])


def _skip_array(file: BinaryIO) -> None:
    kind, count = int(_unpacked(file, "<I")), int(_unpacked(file, "<Q"))
    if kind == _STRING:
        for _ in range(count):
            _string(file)
    elif kind in _SCALARS:
        file.seek(count * struct.calcsize(_SCALARS[kind]), 1)
    else:
        raise _NotGgufError(f"it has an array of unsupported type {kind}")


def _string(file: BinaryIO) -> str:
    length = int(_unpacked(file, "<Q"))
    if length > _LONGEST_STRING:
        raise _NotGgufError(f"it claims a text of {length} bytes")
    data = file.read(length)
    if len(data) != length:
        raise _NotGgufError("it ends inside the header")
    return data.decode("utf-8", "replace")


def _unpacked(file: BinaryIO, form: str) -> int | float | bool:
    data = file.read(struct.calcsize(form))
    if len(data) != struct.calcsize(form):
        raise _NotGgufError("it ends inside the header")
    return struct.unpack(form, data)[0]


def _number(fields: dict[str, Scalar], key: str) -> int | None:
    value = fields.get(key)
    return value if isinstance(value, int) else None


def _text(fields: dict[str, Scalar], key: str) -> str | None:
    value = fields.get(key)
    return value if isinstance(value, str) else None
