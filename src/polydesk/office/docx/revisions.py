"""Marks of tracked changes: who, when, and an id that nothing else in the document has."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lxml import etree

from polydesk.office.docx.inline import W_ID
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_ID = re.compile(rb""":id\s*=\s*["']\s*(-?\d{1,20})\s*["']""")
_LARGEST = 2**31 - 1


class Revisions:
    """Makes the marks of one set of edits.

    Bookmarks, comments and revisions share `w:id`; Word refuses files where two of them collide, so an id is taken
    above every one in any part with text.
    """

    def __init__(self, stories: Stories, *, author: str, at: datetime, tracked: bool = True) -> None:
        self.author = author
        self.date = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.tracked = tracked
        """Whether edits leave marks, unless an edit says otherwise."""
        self.made: list[Element] = []
        """Marks and comments that were made, in order."""
        self.split_off: dict[Element, list[Element]] = {}
        """Second halves of marks that were there before, by the first half."""
        self.deleted: set[Element] = set()
        """Paragraphs that are deleted whole."""
        self.stand_ins: dict[Element, Element] = {}
        """By paragraph whose mark is deleted in place of a last one, which cannot be: that last paragraph."""
        self._stories = stories
        self._used: set[int] | None = None
        self._next = 0

    def mark(self, name: str) -> Element:
        """A new `w:ins`, `w:del`, `w:comment` or other element with author, date and id."""
        element = etree.Element(f"{W}{name}")
        element.set(W_ID, self.new_id())
        element.set(f"{W}author", self.author)
        element.set(f"{W}date", self.date)
        self.made.append(element)
        return element

    def new_id(self) -> str:
        """An id that no annotation of the document has."""
        if self._used is None:
            self._used = self._scanned()
            # Ids near the limit would leave no room above them; then the gaps below are filled.
            highest = max(self._used, default=0)
            self._next = highest + 1 if 0 <= highest < _LARGEST // 2 else 1
        while self._next in self._used:
            self._next += 1
        self._used.add(self._next)
        return str(self._next)

    def _scanned(self) -> set[int]:
        """Ids in the document as it was read: those made since are known."""
        stories = self._stories
        return {int(number) for part in stories.story_parts() for number in _ID.findall(stories.part(part).text)}
