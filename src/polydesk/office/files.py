"""Open any file that Polydesk edits, by what it is and not by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import msgspec

from polydesk.office.editable import source_bytes
from polydesk.office.opc.findings import Finding
from polydesk.office.opc.kinds import document_kind
from polydesk.office.opc.package import Package
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
    edits_between: Callable[[Any, Any], list[Any]] | None = None
    """The edits that lead from one file to another; None where they are not worked out."""
    inexpressible: Callable[[Any, Any], list[str]] | None = None
    """Sentences on what differs and no edit can bring about; None where `edits_between` is."""
    with_files: Callable[[list[Any], Callable[[str], bytes]], list[Any]] | None = None
    """The edits with the files that they name read in, by a function from path to bytes; None where edits name none.
    For edits that a person or program gives: those of a model reach no file."""


@cache
def _format(name: str) -> Format:
    """A format, its code loaded when the first file of it is opened: a command starts no slower for the others."""
    words, document, kind = _FORMATS[name]
    edits = import_module(f"polydesk.office.{name}.edits")
    differences = f"polydesk.office.{name}.differences"
    return Format(
        name=name,
        words=words,
        open=getattr(import_module(f"polydesk.office.{name}.{document}"), kind),
        parse_edits=edits.parse_edits,
        edits_schema=edits.edits_schema,
        lines=None if name == "docx" else import_module(f"polydesk.office.{name}.drawing").lines,
        edits_between=_function(differences, "edits_between"),
        inexpressible=_function(differences, "inexpressible"),
        with_files=_function(f"polydesk.office.{name}.picture_files", "with_files"),
    )


def _function(module: str, name: str) -> Callable[..., Any] | None:
    """The function of a module; None where there is no such module."""
    return getattr(import_module(module), name) if find_spec(module) is not None else None


_FORMATS = {
    "docx": ("a Word document", "document", "Document"),
    "xlsx": ("an Excel workbook", "workbook", "Workbook"),
    "pptx": ("a PowerPoint presentation", "presentation", "Presentation"),
    "mail": ("a mail", "message", "Message"),
}
"""By name: what a user calls such a file, and the module and class that open it."""


def format_of(data: bytes, *, path: str | None = None) -> Format:
    """The format of a file, by its first bytes and its main part.

    Raises UnreadableDocumentError, saying what the file is and what can be done about it, when it is of none.
    """
    if _is_mail(data, path):
        return _format("mail")
    return _format(document_kind(Package.open(data, path=path)).format)


_MESSAGE_NAME = "__properties_version1.0".encode("utf-16-le")
"""A name that every Outlook message has in its directory ([MS-OXMSG] 2.2)."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIELDS = re.compile(
    rb"^(?:received|return-path|delivered-to|message-id|mime-version|from|to|cc|subject|date|sender|reply-to|"
    rb"x-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(rb"(?:From [^\r\n]*\r?\n)?[!-9;-~]+[ \t]*:")
_HEAD = 4096


def _is_mail(data: bytes, path: str | None) -> bool:
    """Whether the bytes are a message: Outlook's own, or one that begins with the fields of a header (RFC 5322)."""
    if data.startswith(_OLE):
        return _MESSAGE_NAME in data
    if data.startswith(b"PK"):
        return False
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf\r\n")
    named = path is not None and path.lower().endswith(".eml")
    return named or (_FIELD.match(head) is not None and _FIELDS.search(head) is not None)


def finished(file: OfficeFile, result: Result) -> Result:
    """A result that is to be kept, with what follows from its edits: of a workbook, the values of its formulas."""
    finish: Callable[[Result], Result] | None = getattr(file, "finished", None)
    return result if finish is None else finish(result)


def open_file(path: Path) -> tuple[Format, OfficeFile]:
    """The format of a file, and the file opened.

    Raises UnreadableDocumentError, saying what is wrong and what can be done about it.
    """
    data, name = source_bytes(path)
    found = format_of(data, path=name)
    return found, found.open(data, path=name)
