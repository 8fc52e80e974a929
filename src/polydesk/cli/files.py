"""Files on the way out: where a result goes, and how it gets there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from polydesk.core.errors import OutputError, UsageError
from polydesk.office.docx.document import Document
from polydesk.office.files import open_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a result goes."""

    path: Path
    replace: bool
    """Whether a file that lies there may be replaced."""


def target_of(file: Path, out: Path | None, *, in_place: bool, overwrite: bool, ending: str) -> Target:
    """The target that a command's options name; by default `NAME.<ending>.docx` beside `file`.

    Raises UsageError when the options contradict each other, would replace the input, or a file is in the way.
    """
    if in_place:
        if out is not None:
            raise UsageError("--in-place and --out contradict each other; give one of them.")
        return Target(path=file.resolve(), replace=True)
    path = out or file.with_name(f"{file.stem}.{ending}{file.suffix}")
    if path.is_dir():
        path = path / file.with_name(f"{file.stem}.{ending}{file.suffix}").name
    if _same_file(file, path):
        raise UsageError(f"{path} is the input itself; say --in-place to replace it, or name another file with --out.")
    if path.exists() and not overwrite:
        raise _in_the_way(path)
    # A link keeps its place; what it leads to is replaced.
    return Target(path=path.resolve() if path.is_symlink() else path, replace=overwrite)


def word_document(path: Path) -> Document:
    """The Word document in a file. Raises UsageError for a file of another format, UnreadableDocumentError for none."""
    form, file = open_file(path)
    if not isinstance(file, Document):
        raise UsageError(f"{path} is {form.words}; this is for Word documents alone, whose changes can be tracked.")
    return file


@contextmanager
def staged(data: bytes, target: Target, *, like: Path | None) -> Generator[None]:
    """Have `data` on the disk beside the target before the block, and under its name after it.

    Permissions are those of `like`; None leaves it to its owner alone. An error, also in the block, leaves everything
    as it was. Raises OutputError, and UsageError when a file has come in the way meanwhile.
    """
    with _output_errors(target.path):
        temporary = target.path.with_name(f".polydesk-{secrets.token_hex(6)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o600 if like is None else _mode(like))
                os.fsync(file.fileno())
            yield
            _publish(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
    _sync_folder(target.path.parent)


@contextmanager
def _output_errors(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as exc:
        remedy = _REMEDIES.get(exc.errno or 0, "free some space there or name another file with --out")
        raise OutputError(
            f"{path} cannot be written: {exc.strerror or exc}. Nothing was changed; {remedy}.", path=str(path)
        ) from exc


_REMEDIES = {
    errno.ENOENT: "make the folder first, or name another file with --out",
    errno.ENOTDIR: "name a file in a folder with --out",
    errno.EACCES: "name a file with --out in a folder that you may write to",
    errno.EROFS: "name a file with --out in a folder that can be written to",
}


def _publish(temporary: Path, target: Target) -> None:
    if target.replace:
        temporary.replace(target.path)
        return
    try:
        os.link(temporary, target.path)  # unlike a rename it never replaces what has come in the way
    except FileExistsError as exc:
        raise _in_the_way(target.path) from exc
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        # A file system without links, such as FAT.
        if target.path.exists():
            raise _in_the_way(target.path) from exc
        temporary.rename(target.path)


def _in_the_way(path: Path) -> UsageError:
    return UsageError(f"{path} is already there; say --overwrite to replace it, or name another file with --out.")


def _mode(like: Path) -> int:
    return stat.S_IMODE(like.stat().st_mode) & 0o777


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _sync_folder(folder: Path) -> None:
    # So that the new name, too, survives the machine's power; some file systems cannot, and the file is there anyway.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
