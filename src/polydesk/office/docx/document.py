"""Open a Word document, look at it, check edits against it, and apply them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from polydesk.core.errors import ProtectedDocumentError
from polydesk.office.docx.apply import Applied, apply_edits
from polydesk.office.docx.changes import made_change_id
from polydesk.office.docx.comments import W_COMMENT, comment_id
from polydesk.office.docx.edits import Edit
from polydesk.office.docx.read import read_document
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.views import ChangeView, DocumentView
from polydesk.office.editable import Editable, source_bytes
from polydesk.office.opc.findings import Finding, findings
from polydesk.office.opc.package import Package
from polydesk.office.results import DEFAULT_AUTHOR, AppliedEdit, Result


class Document(Editable[Edit]):
    """A Word document as it is on disk. Reading and applying never change it."""

    def __init__(self, data: bytes, *, path: str | None = None) -> None:
        """Raises UnreadableDocumentError when `data` is no Word document that can be read."""
        self.data = data
        self.path = path
        self._parsed: Stories | None = Stories(self._package())
        """The document as it is, parsed; None while it is in use, and once an application has changed it."""
        self._parsed.main  # noqa: B018  # refuses what is no Word document, here rather than later

    def findings(self) -> list[Finding]:
        """What to know before an edit: signatures, protection, labels, macros, links to outside."""
        return findings(self._package())

    def view(self) -> DocumentView:
        """Everything a reader sees, each place with the anchor that edits use."""
        stories = self._taken()
        view = read_document(stories, self.data)
        self._parsed = stories
        return view

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        tracked: bool = True,
        author: str = DEFAULT_AUTHOR,
        at: datetime | None = None,
        ignore_protection: bool = False,
    ) -> Result:
        """The document with `edits` applied, all or none; parts that no edit names keep their bytes.

        `tracked` makes tracked changes unless an edit says otherwise. `at` dates them; None means now. Raises
        AnchorNotFoundError, EditConflictError, UnsupportedEditError, each naming the edit, and ProtectedDocumentError
        for a signed or protected document unless `ignore_protection`.
        """
        stories = self._taken()
        package = stories.package
        if edits and not ignore_protection:
            refuse_protected(package)
        revisions = Revisions(stories, author=author, at=at or datetime.now(UTC), tracked=tracked)
        applied = apply_edits(stories, edits, revisions)
        data = stories.save()
        return Result(
            data=data,
            edits=tuple(_with_ids(applied, stories)),
            changed_parts=tuple(package.changed_parts()),
        )

    def changes(self) -> list[ChangeView]:
        """The tracked changes in the document."""
        return list(self.view().changes)

    def _taken(self) -> Stories:
        """The parsed document, for one use alone, so that nothing is parsed twice in the common open, edit, save."""
        stories, self._parsed = self._parsed, None
        return Stories(self._package()) if stories is None else stories

    def _package(self) -> Package:
        return Package.open(self.data, path=self.path)


def open_document(source: bytes | str | Path) -> Document:
    """The Word document in a file or in bytes.

    Raises UnreadableDocumentError, saying what is wrong and what can be done about it.
    """
    data, path = source_bytes(source)
    return Document(data, path=path)


def refuse_protected(package: Package) -> None:
    """Raise ProtectedDocumentError for a signed document, or one that is protected against editing."""
    blocking = [finding for finding in findings(package) if finding.blocks_edit]
    if blocking:
        raise ProtectedDocumentError(
            f"{package.path or 'the document'}: {' '.join(finding.text for finding in blocking)} "
            "Nothing was changed; repeat with --force to edit it all the same.",
            path=package.path,
            part=blocking[0].part,
        )


def _with_ids(applied: Sequence[Applied], stories: Stories) -> Iterator[AppliedEdit]:
    """What each edit did, by the ids that views use."""
    for item in applied:
        ids = [made_change_id(stories, element) for element in item.made]
        yield AppliedEdit(
            edit=item.edit,
            change_ids=tuple(id for id in ids if id is not None),
            comment_ids=tuple(comment_id(element) for element in item.made if element.tag == W_COMMENT),
            notes=tuple(item.notes),
        )
