"""Open a presentation, look at it, check edits against it, and apply them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from polydesk.core.errors import ProtectedDocumentError
from polydesk.office.editable import Editable, source_bytes
from polydesk.office.opc.findings import Finding
from polydesk.office.opc.package import Package
from polydesk.office.pptx.apply import apply_edits
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.protection import blocking_findings, presentation_findings
from polydesk.office.pptx.read import read_presentation
from polydesk.office.pptx.views import PresentationView
from polydesk.office.results import DEFAULT_AUTHOR, Result


class Presentation(Editable[Edit]):
    """A PowerPoint presentation as it is on disk. Reading and applying never change it."""

    def __init__(self, data: bytes, *, path: str | None = None) -> None:
        """Raises UnreadableDocumentError when `data` is no presentation that can be read."""
        self.data = data
        self.path = path
        self._parsed: Deck | None = Deck(self._package())
        """The presentation as it is, parsed; None while it is in use, and once an application has changed it."""
        self._parsed.main  # noqa: B018  # refuses what is no presentation, here rather than later

    def findings(self) -> list[Finding]:
        """What to know before an edit: signatures, protection, labels, macros, actions, links to outside."""
        return presentation_findings(Deck(self._package()))

    def view(self) -> PresentationView:
        """Everything a reader sees, each place with the anchor that edits use."""
        deck = self._taken()
        view = read_presentation(deck, self.data, presentation_findings(deck))
        self._parsed = deck
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
        """The presentation with `edits` applied, all or none; parts that no edit names keep their bytes.

        `tracked` means nothing here, for PowerPoint tracks no changes. `author` and `at` (None for now) sign comments.
        Raises AnchorNotFoundError, EditConflictError, UnsupportedEditError, each naming the edit, and
        ProtectedDocumentError for a signed or protected presentation unless `ignore_protection`.
        """
        deck = self._taken()
        if edits and not ignore_protection:
            _refuse_protected(deck)
        applied = apply_edits(deck, edits, author=author, at=at or datetime.now(UTC))
        data = deck.save()
        return Result(data=data, edits=tuple(applied), changed_parts=tuple(deck.package.changed_parts()))

    def finished(self, result: Result) -> Result:
        """A result of `apply` on this presentation, with notes on what its readers would stumble over since the edits.

        Text that overflows its shape, shapes off the slide or over one another, contrast, what is missing.
        """
        from polydesk.office.pptx.report import new_problems  # loads the fonts, which most uses do without

        found = () if result.data == self.data else new_problems(self.data, result.data)
        return replace(result, notes=(*result.notes, *(f"Slide {one.slide}: {one.text}" for one in found)))

    def _taken(self) -> Deck:
        """The parsed presentation, for one use alone: nothing is parsed twice in the common open, edit, save."""
        deck, self._parsed = self._parsed, None
        return Deck(self._package()) if deck is None else deck

    def _package(self) -> Package:
        return Package.open(self.data, path=self.path)


def open_presentation(source: bytes | str | Path) -> Presentation:
    """The presentation in a file or in bytes.

    Raises UnreadableDocumentError, saying what is wrong and what can be done about it.
    """
    data, path = source_bytes(source)
    return Presentation(data, path=path)


def _refuse_protected(deck: Deck) -> None:
    blocking = blocking_findings(deck)
    if blocking:
        raise ProtectedDocumentError(
            f"{deck.package.path or 'the presentation'}: {' '.join(finding.text for finding in blocking)} "
            "Nothing was changed; repeat with --force to edit it all the same.",
            path=deck.package.path,
            part=blocking[0].part,
        )
