"""What the files of every format have in common, however they are read and edited."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from polydesk.core.errors import OfficeError, UnreadableDocumentError
from polydesk.office.edits import TypedEdit
from polydesk.office.results import DEFAULT_AUTHOR, Problem, Result

EditT = TypeVar("EditT", bound=TypedEdit)


class Editable(ABC, Generic[EditT]):
    """A file as it is on disk. Reading and applying never change it."""

    data: bytes
    path: str | None

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def check(self, edits: Sequence[EditT]) -> list[Problem]:
        """The edits that could not be applied to this file, each tried alone; empty when all can."""
        try:
            self.apply(edits, ignore_protection=True)
        except OfficeError:
            return self._problems(edits)
        return []

    @abstractmethod
    def apply(
        self,
        edits: Sequence[EditT],
        *,
        tracked: bool = True,
        author: str = DEFAULT_AUTHOR,
        at: datetime | None = None,
        ignore_protection: bool = False,
    ) -> Result:
        """The file with `edits` applied, all or none."""

    def _problems(self, edits: Sequence[EditT]) -> list[Problem]:
        problems: list[Problem] = []
        for index, edit in enumerate(edits):
            try:
                self.apply([edit], ignore_protection=True)
            except OfficeError as exc:
                problems.append(Problem(index=index, error=exc))
        return problems


def source_bytes(source: bytes | str | Path) -> tuple[bytes, str | None]:
    """The bytes of a file, or those given, and the file's name; None without one. Raises UnreadableDocumentError."""
    if isinstance(source, bytes):
        return source, None
    path = Path(source)
    try:
        return path.read_bytes(), str(path)
    except OSError as exc:
        raise UnreadableDocumentError(f"{path} cannot be read: {exc.strerror or exc}", path=str(path)) from exc
