"""Tables of vectors: read exactly, and refused where they are not whole."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from polydesk.core.errors import WeightsError
from polydesk.providers.static_vectors.table import StaticModel
from tests.providers.static_vectors.samples import TOKENS, table, tokenizer, write_model


@pytest.mark.parametrize("dtype", ["F16", "F32"])
def test_a_text_has_the_mean_of_its_tokens_vectors(tmp_path: Path, dtype: str) -> None:
    model = StaticModel(write_model(tmp_path, table(dtype) + tokenizer()))
    assert model.dimensions == 4
    assert model.mean(model.tokenizer.ids("ab")) == [3.0, 4.0, 0.0, 0.0]
    assert model.mean(model.tokenizer.ids("ab ab c")) == [1.5, 2.5, 0.25, 0.0]  # the mean of ▁ab, ▁ab, ▁ and c
    assert model.mean([]) == [0.0] * 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"short", "cannot be read"),
        (struct.pack("<Q", 1 << 60) + b"{}", "its header is cut off"),
        (struct.pack("<Q", 2) + b"{}", "0 tensors"),
        (table(dtype="F16", data_offsets=[0, 8]) + tokenizer(), "its numbers are cut off"),
        (table(shape=[1 << 40, 4], data_offsets=[0, 1 << 43]), "its numbers are cut off"),
        (table(data_offsets=[-8, len(TOKENS) * 8 - 8]) + tokenizer(), "its numbers are cut off"),
        (table(shape=[-len(TOKENS), -4]) + tokenizer(), "cannot be read"),
        (table(dtype="F16", shape=[4]) + tokenizer(), "cannot be read"),
        (table().replace(b'"F16"', b'"I16"') + tokenizer(), "cannot be read"),
        (table(), "tokenizer"),
        (table(rows=10) + tokenizer(), "fewer vectors than tokens"),
    ],
)
def test_what_is_no_whole_table_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(WeightsError, match=reason):
        StaticModel(write_model(tmp_path, data))
