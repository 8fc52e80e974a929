"""An OLE compound file as streams by name; the one place that speaks to olefile, which has no types."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import olefile  # pyright: ignore[reportMissingTypeStubs]  # it has none

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BROKEN = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)
"""What olefile raises on damaged files beside its own errors, which are OSErrors."""


class OleError(Exception):
    """The file is damaged; the message says how."""


class OleFile:
    """The streams of a compound file, by the names of their folders and their own, joined by `/`."""

    def __init__(self, data: bytes) -> None:
        """Raises OleError."""
        try:
            library: Any = olefile
            file = library.OleFileIO(io.BytesIO(data))
            listed: list[list[str]] = file.listdir(streams=True, storages=False)
        except _BROKEN as exc:
            raise OleError(f"its directory is damaged ({exc})") from exc
        self._file = file
        self._names = {"/".join(path).lower(): "/".join(path) for path in listed}
        self._folders: dict[str, list[str]] = {}
        for name in self._names.values():
            folders = name.split("/")[:-1]
            for depth in range(len(folders)):
                parent, child = "/".join(folders[:depth]), "/".join(folders[: depth + 1])
                children = self._folders.setdefault(parent, [])
                if child not in children:
                    children.append(child)

    def read(self, name: str) -> bytes | None:
        """The bytes of a stream; None when there is none. Raises OleError when it is damaged."""
        found = self._names.get(name.lower())
        if found is None:
            return None
        try:
            stream: Any = self._file.openstream(found)
            data: bytes = stream.read()
        except _BROKEN as exc:
            raise OleError(f"its stream {found!r} is damaged ({exc})") from exc
        return data

    def folders(self, inside: str) -> Iterator[str]:
        """The folders directly in `inside`, in the file's order; the root is an empty name."""
        yield from self._folders.get(inside, ())
