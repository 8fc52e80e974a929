"""A weights file while it grows: hashed as it is written, kept when the work is interrupted."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from polydesk.catalog.weights.manifest import WeightsManifest
from polydesk.core.errors import WeightsError

_BLOCK = 1024 * 1024


class TooLongError(Exception):
    """A source gives more bytes than the file has."""


class GrowingFile:
    """The beginning of a file whose size and hash are known. A context manager; leaving it keeps what was written."""

    def __init__(self, manifest: WeightsManifest, path: Path, on_growth: Callable[[int], None]) -> None:
        """`on_growth` receives the bytes that are there after every block."""
        self._manifest = manifest
        self._on_growth = on_growth
        self._hash = hashlib.sha256()
        self._size = 0
        try:
            self._file = path.open("a+b")
        except OSError as exc:
            raise WeightsError(f"{path} cannot be written: {exc.strerror}.", name=manifest.name) from exc
        self._take_in_what_is_there()
        self._require_space(path)

    @property
    def size(self) -> int:
        """Bytes written so far, those of an earlier pull included."""
        return self._size

    @property
    def is_whole(self) -> bool:
        """Whether no byte is missing; the content may still be wrong."""
        return self._size == self._manifest.size_bytes

    @property
    def is_right(self) -> bool:
        """Whether the content is the one that the manifest names."""
        return self.is_whole and self._hash.hexdigest() == self._manifest.sha256

    def append(self, data: bytes) -> None:
        """Write more. Raises TooLongError beyond the known size, and WeightsError when the disk is full."""
        if self._size + len(data) > self._manifest.size_bytes:
            raise TooLongError(f"it holds more than {self._manifest.size_bytes} bytes")
        try:
            self._file.write(data)
        except OSError as exc:
            raise WeightsError(
                f"{self._file.name} cannot be written: {exc.strerror}. Free some space and pull again.",
                name=self._manifest.name,
            ) from exc
        self._hash.update(data)
        self._size += len(data)
        self._on_growth(self._size)

    def restart(self) -> None:
        """Throw everything away and begin anew."""
        self._file.truncate(0)
        self._hash = hashlib.sha256()
        self._size = 0
        self._on_growth(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def _take_in_what_is_there(self) -> None:
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._hash.update(block)
            self._size += len(block)
        if self._size > self._manifest.size_bytes:
            self.restart()

    def _require_space(self, path: Path) -> None:
        missing = self._manifest.size_bytes - self._size
        free = shutil.disk_usage(path.parent).free
        if free < missing:
            self._file.close()
            raise WeightsError(
                f"{self._manifest.name} needs {_megabytes(missing)} more in {path.parent}, where {_megabytes(free)} "
                "are free. Free some space or choose another cache folder.",
                name=self._manifest.name,
            )


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
