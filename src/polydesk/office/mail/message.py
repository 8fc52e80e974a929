"""Open a mail, look at it, check edits against it, and apply them. Nothing is ever sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from polydesk.core.errors import ProtectedDocumentError
from polydesk.office.editable import Editable, source_bytes
from polydesk.office.mail.apply import MARKING, apply_edits
from polydesk.office.mail.content import Attachment, Content
from polydesk.office.mail.edits import Drafting, Edit
from polydesk.office.mail.opening import Opened, open_mail
from polydesk.office.mail.read import content_findings, read_message
from polydesk.office.mail.trust import blocking
from polydesk.office.mail.views import MessageView
from polydesk.office.opc.findings import Finding
from polydesk.office.results import DEFAULT_AUTHOR, Result


class Message(Editable[Edit]):
    """A mail as it is on disk: `.eml` or `.msg`. Reading and applying never change it."""

    def __init__(self, data: bytes, *, path: str | None = None) -> None:
        """Raises UnreadableDocumentError when `data` is no mail that can be read."""
        self.data = data
        self.path = path
        self._opened: Opened = open_mail(data, path=path)

    @property
    def content(self) -> Content:
        """What it says, apart from its form."""
        return self._opened.content

    def findings(self) -> list[Finding]:
        """What to know before an edit: protection, origin, labels, what its HTML would fetch, what is damaged."""
        return content_findings(self.content)

    def view(self) -> MessageView:
        """Everything a reader sees, each place with the anchor that edits use."""
        return read_message(self.content, self.data)

    def attachments(self) -> tuple[Attachment, ...]:
        """What came with it: safe name, media type, bytes."""
        return self.content.attachments

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        tracked: bool = True,
        author: str = DEFAULT_AUTHOR,
        at: datetime | None = None,
        ignore_protection: bool = False,
    ) -> Result:
        """A new draft, or this mail with `edits` made, all or none; what no edit names keeps its bytes.

        `tracked` and `author` mean nothing in mail. `at` dates a draft; None means now. Raises AnchorNotFoundError,
        EditConflictError, UnsupportedEditError, each naming the edit, and ProtectedDocumentError for an edit of a mail
        that is signed, encrypted or no draft, unless `ignore_protection`.
        """
        if not ignore_protection and any(not isinstance(edit, (*MARKING, *_DRAFTING)) for edit in edits):
            self._refuse_protected()
        applied = apply_edits(self._opened, self.data, edits, (at or datetime.now(UTC)).replace(microsecond=0))
        return Result(data=applied.data, edits=applied.edits, changed_parts=applied.parts)

    def _refuse_protected(self) -> None:
        found = blocking(self.findings())
        if found:
            raise ProtectedDocumentError(
                f"{self.path or 'the mail'}: {' '.join(finding.text for finding in found)} "
                "Nothing was changed; repeat with --force to edit it all the same.",
                path=self.path,
                part=found[0].part,
            )


_DRAFTING = Drafting.__args__


def open_message(source: bytes | str | Path) -> Message:
    """The mail in a file or in bytes.

    Raises UnreadableDocumentError, saying what is wrong and what can be done about it.
    """
    data, path = source_bytes(source)
    return Message(data, path=path)
