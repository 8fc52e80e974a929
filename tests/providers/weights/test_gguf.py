"""Reading the header of a GGUF file."""

from __future__ import annotations

from pathlib import Path

import pytest

from polydesk.core.errors import WeightsError
from polydesk.providers.weights.gguf import GgufHeader, read_gguf_header
from tests.providers.weights.samples import gguf_bytes


def test_a_header_is_read_past_its_arrays(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(gguf_bytes())
    assert read_gguf_header(tmp_path / "own.gguf") == GgufHeader(
        name="Own Model", architecture="llama", licence=None, context_tokens=4096, has_chat_template=True
    )


def test_a_model_of_vectors_says_so(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(gguf_bytes(vectors=True))
    header = read_gguf_header(tmp_path / "own.gguf")
    assert (header.makes_vectors, header.pooling, header.vector_length) == (True, 1, 384)
    (tmp_path / "chat.gguf").write_bytes(gguf_bytes())
    assert not read_gguf_header(tmp_path / "chat.gguf").makes_vectors


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin with"),
        (b"GGUF\x09\0\0\0", "its version"),
        (gguf_bytes()[:90], "it ends inside the header"),
        (b"GGUF" + b"\x03\0\0\0" + b"\0" * 8 + b"\xff" * 8, "it claims"),
        (b"GGUF" + b"\x03\0\0\0" + b"\0" * 8 + b"\x01" + b"\0" * 7 + b"\xff" * 8, "it claims a text"),
    ],
)
def test_what_is_no_header_is_refused_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "own.gguf").write_bytes(data)
    with pytest.raises(WeightsError, match=reason):
        read_gguf_header(tmp_path / "own.gguf")
