"""The user's cache of weights: what lies in it, under which name, and what may be taken out.

Files are named by their content (`sha256-….gguf`), so that every clone and every version of Polydesk shares them. A
file that is still growing ends in `.part`: what it holds is the beginning of that content, wherever it came from.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from polydesk.catalog.weights.manifest import WeightsManifest, load_manifests, shipped_manifests
from polydesk.core.errors import WeightsError


def weights_path(manifest: WeightsManifest, cache: Path) -> Path:
    """Where the file of `manifest` belongs in `cache`, whether or not it is there."""
    ending = "gguf" if manifest.format == "gguf" else "vectors"
    return cache / f"sha256-{manifest.sha256}.{ending}"


def partial_path(manifest: WeightsManifest, cache: Path) -> Path:
    """Where a pull lets the file grow."""
    return cache / f"sha256-{manifest.sha256}.part"


def find_weights(manifest: WeightsManifest, cache: Path) -> Path | None:
    """The whole file in `cache`; None when it is not there. Its content was verified when it was stored."""
    path = weights_path(manifest, cache)
    return path if _size(path) == manifest.size_bytes else None


def known_manifests(cache: Path) -> list[WeightsManifest]:
    """The manifests of Polydesk and the user's own in `cache`; of two with one name, Polydesk's."""
    found = {manifest.name: manifest for manifest in [*load_manifests(cache / "manifests"), *shipped_manifests()]}
    return [found[name] for name in sorted(found)]


def remove_weights(manifest: WeightsManifest, cache: Path) -> int:
    """Take the file of `manifest`, its partial form and a manifest of the user's own out of `cache`.

    Returns the bytes freed, 0 when nothing was there. Raises WeightsError when a file cannot be deleted.
    """
    freed = 0
    with locked(manifest, cache, _no_wait_notice):
        for path in (weights_path(manifest, cache), partial_path(manifest, cache)):
            freed += _size(path) or 0
            _delete(path, manifest.name)
        _delete(cache / "manifests" / f"{manifest.name}.toml", manifest.name)
    return freed


@contextmanager
def locked(manifest: WeightsManifest, cache: Path, on_wait: Callable[[], None]) -> Generator[None]:
    """Hold the one right to write the file of `manifest`; `on_wait` is called once when another process has it."""
    path = cache / f"sha256-{manifest.sha256}.lock"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as exc:
        raise WeightsError(f"The cache {cache} cannot be written: {exc.strerror}.", name=manifest.name) from exc
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        # The lock file stays: deleting it would let two pulls hold locks on two files of the same name.
        yield


def free_names(names: Sequence[str], wished: str) -> str:
    """`wished`, or `wished-2` and so on, whichever first is not among `names`."""
    number = 2
    name = wished
    while name in names:
        name = f"{wished}-{number}"
        number += 1
    return name


def _no_wait_notice() -> None:
    return


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _delete(path: Path, name: str) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        raise WeightsError(f"{path} cannot be deleted: {exc.strerror}.", name=name) from exc
