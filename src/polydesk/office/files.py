"""Open any file that Polydesk edits, by what it is and not by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.docx import edits as word_edits
from polydesk.office.docx.document import Document
from polydesk.office.opc.findings import Finding
from polydesk.office.results import Problem, Result


class OfficeFile(Protocol):
    """A file as it is on disk, of any format. Reading and applying never change it."""

    data: bytes
    path: str | None

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        ...

    def findings(self) -> list[Finding]:
        """What to know before an edit."""
        ...

    def view(self) -> msgspec.Struct:
        """Everything a reader sees, each place with the anchor that edits use."""
        ...

    def check(self, edits: Sequence[Any]) -> list[Problem]:
        """The edits that could not be applied, each tried alone; empty when all can."""
        ...

    def apply(
        self,
        edits: Sequence[Any],
        *,
        tracked: bool = True,
        author: str = "Polydesk",
        at: datetime | None = None,
        ignore_protection: bool = False,
    ) -> Result:
        """The file with `edits` applied, all or none; what no edit names keeps its bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What there is to do with the files of one format."""

    name: str
    """As in DocumentKind, or `mail`."""
    words: str
    """What a user calls such a file, with the article."""
    open: Callable[..., Any]
    """From bytes and `path`, the OfficeFile; UnreadableDocumentError when it is none of this format."""
    parse_edits: Callable[..., list[Any]]
    edits_schema: Callable[[], dict[str, Any]]
    lines: Callable[[Any], list[str]] | None = None
    """A view as text for models and people; None for Word, whose views the copilot and the command line draw."""


WORD = Format(
    name="docx",
    words="a Word document",
    open=Document,
    parse_edits=word_edits.parse_edits,
    edits_schema=word_edits.edits_schema,
)


def format_of(data: bytes, *, path: str | None = None) -> Format:
    """The format of a file, by its first bytes and its main part.

    Raises UnreadableDocumentError, saying what the file is and what can be done about it, when it is of none.
    """
    return WORD


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableDocumentError."""
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UnreadableDocumentError(f"{path} cannot be read: {exc.strerror or exc}", path=str(path)) from exc


def open_file(path: Path) -> tuple[Format, OfficeFile]:
    """The format of a file, and the file opened.

    Raises UnreadableDocumentError, saying what is wrong and what can be done about it.
    """
    data = read_file(path)
    found = format_of(data, path=str(path))
    return found, found.open(data, path=str(path))
