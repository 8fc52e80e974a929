"""Weights from a file of the user's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from polydesk.catalog.weights.manifest import WeightsManifest
from polydesk.providers.weights.growing import GrowingFile

_BLOCK = 1024 * 1024


class LocalMissError(Exception):
    """The file is not there, or is plainly another."""


def append_local(path: Path, manifest: WeightsManifest, growing: GrowingFile) -> None:
    """Copy what `growing` still misses from the file at `path`. Raises LocalMissError."""
    try:
        size = path.stat().st_size
        if size != manifest.size_bytes:
            raise LocalMissError(f"it has {size} bytes, not {manifest.size_bytes}")
        with path.open("rb") as file:
            file.seek(growing.size)
            while block := file.read(_BLOCK):
                growing.append(block)
    except OSError as exc:
        raise LocalMissError(exc.strerror or str(exc)) from exc


def candidate_files(manifest: WeightsManifest, folders: Iterable[Path]) -> list[Path]:
    """The files in `folders` that may be the one wanted: under its maker's name, or ours."""
    names = (manifest.file_name, f"{manifest.name}.gguf", f"sha256-{manifest.sha256}.gguf")
    return [folder / name for folder in folders for name in names if (folder / name).is_file()]
