"""LibreOffice as an oracle: what a program that we did not write reads in a document that we wrote.

One soffice with its own profile serves a whole test run. Tests ask through the `libreoffice` fixture:

    def test_accepting_everything_gives_the_new_text(libreoffice: LibreOffice) -> None:
        assert libreoffice.accept_all(data) == ["The new text."]
"""

from __future__ import annotations

import io
import json
import os
import re
import select
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

Changes = Literal["keep", "accept", "reject"]
Target = Literal["pdf", "docx", "odt", "txt"]

WORKER = Path(__file__).with_name("libreoffice_worker.py")
PYTHONS_WITH_UNO = ("/usr/bin/python3", "/usr/lib/libreoffice/program/python", "/opt/libreoffice/program/python")


class Redline(NamedTuple):
    """One tracked change as LibreOffice sees it; neighbours of one kind, author and paragraph are one."""

    type: str
    """`Insert`, `Delete`, `Format` or `ParagraphFormat`."""
    author: str
    text: str
    """What the change covers; paragraph ends are newlines."""


class Comment(NamedTuple):
    """One comment as LibreOffice sees it."""

    author: str
    text: str
    resolved: bool


class Reading(NamedTuple):
    """The words of a document. Deleted words are still there while the changes are kept.

    Paragraphs are in reading order, those of a table cell by cell, row by row. Marks of notes and comments are left
    out; tabs and line breaks are `\\t` and `\\n`.
    """

    body: list[str]
    footnotes: list[list[str]]
    endnotes: list[list[str]]
    headers: list[list[str]]
    footers: list[list[str]]
    frames: list[list[str]]
    """Text boxes that LibreOffice holds as frames."""
    shapes: list[list[str]]
    """Text boxes that LibreOffice holds as drawing shapes."""
    comments: list[Comment]
    redlines: list[Redline]


class LibreOfficeError(Exception):
    """LibreOffice could not do what it was asked; the next question starts it anew if it has gone."""


class LibreOffice:
    """One warm LibreOffice. Start it by asking; stop it by `close`."""

    def __init__(self, folder: Path, *, timeout_s: float = 120.0, worker: Path = WORKER) -> None:
        """`worker` is the program that LibreOffice's own Python runs to answer questions."""
        self._folder = folder
        self._program = worker
        self._timeout_s = timeout_s
        self._worker: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._asked = 0

    def convert(self, data: bytes, to: Target, *, suffix: str = ".docx", changes: Changes = "keep") -> bytes:
        """The document in another format."""
        with TemporaryDirectory(dir=self._folder) as folder:
            out = Path(folder) / f"out.{to}"
            data = data if changes == "keep" else changes_kept_apart(data)
            self._ask(data, Path(folder) / f"in{suffix}", changes=changes, to=to, out=out)
            return out.read_bytes()

    def read(self, data: bytes, *, suffix: str = ".docx", changes: Changes = "keep") -> Reading:
        """All the words, comments and tracked changes, after accepting or rejecting everything if asked to."""
        with TemporaryDirectory(dir=self._folder) as folder:
            reply = self._ask(changes_kept_apart(data), Path(folder) / f"in{suffix}", changes=changes)
        reply["comments"] = [Comment(**comment) for comment in reply["comments"]]
        reply["redlines"] = [Redline(**redline) for redline in reply["redlines"]]
        return Reading(**reply)

    def text(self, data: bytes) -> list[str]:
        """The body's paragraphs with inserted and deleted words both."""
        return self.read(data).body

    def accept_all(self, data: bytes) -> list[str]:
        """The body's paragraphs after all tracked changes were accepted."""
        return self.read(data, changes="accept").body

    def reject_all(self, data: bytes) -> list[str]:
        """The body's paragraphs after all tracked changes were rejected."""
        return self.read(data, changes="reject").body

    def redlines(self, data: bytes) -> list[Redline]:
        """The tracked changes in document order, those of headers, notes and tables included."""
        return self.read(data).redlines

    def close(self, *, patience_s: float = 10) -> None:
        """Stop LibreOffice, by force after `patience_s`. A later question would start it again."""
        worker, self._worker, self._buffer = self._worker, None, b""
        if worker is None:
            return
        assert worker.stdin is not None
        assert worker.stdout is not None
        with _ignoring_broken_pipe():
            worker.stdin.close()
        worker.stdout.close()
        _stop_group(worker, patience_s)

    def _ask(
        self, data: bytes, path: Path, *, changes: Changes, to: Target | None = None, out: Path | None = None
    ) -> dict[str, Any]:
        path.write_bytes(data)
        question = {"path": str(path), "changes": changes, "to": to, "out": str(out) if out else None}
        reply = self._exchange(question)
        if "error" in reply:
            raise LibreOfficeError(reply["error"])
        return reply

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            worker = self._running()
            assert worker.stdin is not None
            worker.stdin.write(json.dumps(question).encode() + b"\n")
            worker.stdin.flush()
            return self._reply(worker)
        except (BrokenPipeError, LibreOfficeError) as error:
            self.close(patience_s=0)
            raise LibreOfficeError(f"LibreOffice went away while it was asked: {error}") from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._worker is None:
            self._worker = self._started()
            self._reply(self._worker)
        return self._worker

    def _started(self) -> subprocess.Popen[bytes]:
        python, soffice = python_with_uno(), shutil.which("soffice")
        if python is None or soffice is None:
            raise LibreOfficeError(missing() or "")
        profile = self._folder / "profile"
        return subprocess.Popen(
            [python, "-I", str(self._program), soffice, str(profile)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={"PATH": os.defpath, "HOME": str(self._folder), "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"},
        )

    def _reply(self, worker: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert worker.stdout is not None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([worker.stdout], [], [], self._timeout_s)
            if not ready:
                raise LibreOfficeError(f"no answer within {self._timeout_s:g} s")
            piece = os.read(worker.stdout.fileno(), 1 << 16)
            if not piece:
                raise LibreOfficeError("its process ended")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)


def changes_kept_apart(data: bytes) -> bytes:
    """The document with the dates of its tracked changes set two minutes apart from paragraph to paragraph.

    LibreOffice 7.4 joins an insertion at the end of one paragraph with an insertion of the same author and minute at
    the start of the next, and so takes the paragraph's end between them for inserted too, which the file does not say.
    Returns the data itself where nothing is tracked or the package is not one that `zipfile` reads.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for member in source.infolist():
                target.writestr(
                    member, _apart(source.read(member)) if member.filename.endswith(".xml") else source.read(member)
                )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return data
    return out.getvalue()


def _apart(part: bytes) -> bytes:
    paragraphs = 0

    def dated(tag: re.Match[bytes]) -> bytes:
        nonlocal paragraphs
        if tag["name"] == b"p":
            paragraphs += 1
            return tag[0]
        date = (datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=2 * paragraphs)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rest = re.sub(rb"\s[\w]+:date=(\"[^\"]*\"|'[^']*')", b"", tag["rest"])
        return b'<%s:%s %s:date="%s"%s' % (tag["prefix"], tag["name"], tag["prefix"], date.encode(), rest)

    return re.sub(rb"<(?P<prefix>\w+):(?P<name>p|ins|del|moveFrom|moveTo)(?P<rest>(?:\s[^>]*)?>)", dated, part)


def missing() -> str | None:
    """What the machine lacks for LibreOffice's answers, with the remedy; None when nothing."""
    if shutil.which("soffice") is None or python_with_uno() is None:
        return "LibreOffice with its Python bridge is not installed: apt-get install libreoffice-writer python3-uno"
    return None


@lru_cache(maxsize=1)
def python_with_uno() -> str | None:
    """The first Python that can speak to LibreOffice; None when there is none."""
    return next((python for python in PYTHONS_WITH_UNO if _has_uno(python)), None)


def _has_uno(python: str) -> bool:
    if not Path(python).exists():
        return False
    check = subprocess.run([python, "-I", "-c", "import uno"], capture_output=True, check=False)
    return check.returncode == 0


def _stop_group(worker: subprocess.Popen[bytes], patience_s: float) -> None:
    try:
        worker.wait(timeout=patience_s)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@contextmanager
def _ignoring_broken_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        return
