"""Places of a list of edits, found before anything changes, and the order in which the edits are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from polydesk.core.errors import EditConflictError, UnsupportedEditError
from polydesk.office.docx.inline import paragraph_text
from polydesk.office.docx.lists import Lists
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.spans import find_span

# Within one list: what leaves characters alone, then words and looks, then what is new among them, then new blocks,
# then what goes away, whose neighbours the new may be, then changes that were there before.
COMMENT, LOOKS, WORDS, INLINE, INSERTION, REMOVAL, SETTLE = range(7)


@dataclass(slots=True)
class Step:
    """One edit with its place found, ready to be made."""

    phase: int
    index: int
    edits: list[int]
    make: Callable[[], object]
    """May return a sentence on what followed."""


@dataclass(slots=True)
class Span:
    """Characters of a paragraph as it was that an edit exchanges."""

    start: int
    end: int
    text: str
    index: int
    """Of the edit."""
    is_made: bool = False


@dataclass(slots=True)
class Plan:
    """What the edits of one list share."""

    stories: Stories
    revisions: Revisions
    styles: Styles
    authors: Sequence[str] | None = None
    """Author of each edit; None lets all have the list's."""
    spans: dict[Element, list[Span]] = field(default_factory=dict[Element, list[Span]])
    gone: dict[Element, int] = field(default_factory=dict[Element, int])
    last_after: dict[Element, Element] = field(default_factory=dict[Element, Element])
    """By paragraph or row: what was put behind it last, so that insertions stand in the order of the list."""
    own_lists: Lists | None = None
    """Made when the first item asks for them."""
    touched: dict[Element, None] = field(default_factory=dict[Element, None])
    """Paragraphs whose words or style may change, and new ones."""

    @property
    def lists(self) -> Lists:
        """The lists that items can join."""
        if self.own_lists is None:
            self.own_lists = Lists(self.stories, self.styles)
        return self.own_lists

    def step(self, phase: int, index: int, make: Callable[[], object]) -> Step:
        """A step that makes one edit."""
        return Step(phase, index, [index], make)

    def tracked(self, choice: bool | None) -> bool:
        """Whether an edit that says `choice` leaves marks."""
        return self.revisions.tracked if choice is None else choice

    def paragraph_at(self, anchor: str) -> tuple[XmlPart, Element]:
        """The paragraph that an anchor names, and whose words or style the edit changes."""
        part, paragraph = self.stories.paragraph_at(anchor)
        self.touched[paragraph] = None
        return part, paragraph

    def span_at(
        self, anchor: str, find: str | None, start: int | None, end: int | None
    ) -> tuple[XmlPart, Element, tuple[int, int]]:
        """A paragraph, and the characters of it that an edit names."""
        part, paragraph = self.stories.paragraph_at(anchor)
        return part, paragraph, find_span(paragraph_text(paragraph), find=find, start=start, end=end, at=anchor)

    def claim(self, index: int, part: XmlPart, element: Element) -> None:
        """Refuse a second edit that takes away what another has taken."""
        if element in self.gone:
            raise EditConflictError(
                f"edit {self.gone[element] + 1} of the list deletes, moves or rebuilds the same place", part=part.name
            )
        self.gone[element] = index

    def claim_span(self, index: int, part: XmlPart, paragraph: Element, span: Span, at: str) -> Span:
        """Refuse a second edit that exchanges the same characters, or puts something at the same point."""
        spans = self.spans.setdefault(paragraph, [])
        for other in spans:
            if (span.start < other.end and other.start < span.end) or (span.start, span.end) == (
                other.start,
                other.end,
            ):
                raise EditConflictError(
                    f"another edit of the list replaces some of the same words at {at}", part=part.name
                )
        spans.append(span)
        return span

    def now(self, paragraph: Element, offset: int) -> int:
        """Where a character of the paragraph as it was stands after the edits that have been made."""
        return offset + sum(
            len(span.text) - (span.end - span.start)
            for span in self.spans.get(paragraph, ())
            if span.is_made and span.end <= offset
        )

    def exchanged(self, paragraph: Element, own: Sequence[Span]) -> str:
        """What the paragraph reads once `own` spans are made too; they count as made from then on."""
        text = paragraph_text(paragraph)
        for span in sorted(own, key=lambda span: (span.start, span.end), reverse=True):
            start = self.now(paragraph, span.start)
            text = text[:start] + span.text + text[start + span.end - span.start :]
        for span in own:
            span.is_made = True
        return text


def one_side(after: str | None, before: str | None) -> tuple[str, bool]:
    """The anchor, and whether the new thing goes in front of it."""
    if (after is None) == (before is None):
        raise UnsupportedEditError("give either `after` or `before`, one of the two")
    return (before, True) if before is not None else (after or "", False)
