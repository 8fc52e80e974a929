"""A tiny static model: letters, all bytes and a few pairs, each token with a vector of its own."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LETTERS = ["▁", "a", "b", "c", "d"]
PAIRS = [("a", "b"), ("▁", "ab"), ("c", "d"), ("ab", "cd"), ("▁", "▁")]
TOKENS = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS, *map("".join, PAIRS)]
DIMENSIONS = 4
ROWS = {"▁ab": (3.0, 4.0, 0.0, 0.0), "▁": (0.0, 0.0, 1.0, 0.0), "c": (0.0, 2.0, 0.0, 0.0), "cd": (-3.0, -4.0, 0.0, 0.0)}
"""Vectors by token; of all others zeros."""


def tokenizer(**model: Any) -> bytes:
    """The `tokenizer.json`, with `model` laid over its model."""
    steps = [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]
    known = {
        "type": "BPE",
        "vocab": {token: number for number, token in enumerate(TOKENS)},
        "merges": [" ".join(pair) for pair in PAIRS],
        "unk_token": "<unk>",
        "fuse_unk": True,
        "byte_fallback": True,
    }
    return json.dumps({"normalizer": {"type": "Sequence", "normalizers": steps}, "model": known | model}).encode()


def table(dtype: str = "F16", *, rows: int = len(TOKENS), **header: Any) -> bytes:
    """The table in safetensors form, with `header` laid over what it says of its tensor."""
    form = {"F16": "e", "F32": "f"}[dtype]
    numbers: Sequence[float] = [number for token in TOKENS[:rows] for number in ROWS.get(token, (0.0,) * DIMENSIONS)]
    data = struct.pack(f"<{len(numbers)}{form}", *numbers)
    tensor = {"dtype": dtype, "shape": [rows, DIMENSIONS], "data_offsets": [0, len(data)]} | header
    head = json.dumps({"__metadata__": {"made": "here"}, "embedding.weight": tensor}).encode()
    return struct.pack("<Q", len(head)) + head + data


def write_model(folder: Path, data: bytes | None = None) -> Path:
    """The model's file in `folder`; `data` in place of what belongs there."""
    path = folder / "tiny.vectors"
    path.write_bytes(table() + tokenizer() if data is None else data)
    return path
