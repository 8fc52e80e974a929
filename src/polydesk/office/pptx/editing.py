"""The shared state of one application: places claimed, steps to be made, what each edit did.

All places are found before anything changes, so that anchors mean the presentation as it was; then the steps are made
phase by phase, so that edits on different places give the same whatever their order in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from polydesk.core.errors import EditConflictError
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck

WORDS, LOOKS, INSERTION, REMOVAL, COMMENTS, COMMENT_REMOVAL, SLIDE_MOVES, SLIDES, SECTIONS, SLIDE_REMOVAL = range(10)
"""The phases: what leaves the number of things alone, then what is new, then what goes away; slides after what is on
them, new ones after moves so that they stand by their neighbours wherever these go, and what deletes last of all."""


@dataclass(slots=True)
class Outcome:
    """What one edit did."""

    before: str | None = None
    after: str | None = None
    notes: list[str] = field(default_factory=list[str])
    comment_ids: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Step:
    """One edit with its place found, ready to be made."""

    phase: int
    index: int
    make: Callable[[], object]


class Editing:
    """One list of edits on its way into one deck."""

    def __init__(self, deck: Deck, count: int, *, author: str, at: datetime) -> None:
        self.deck = deck
        self.author = author
        self.at = at
        self.outcomes = [Outcome() for _ in range(count)]
        self.steps: list[Step] = []
        self.last_after: dict[Element, Element] = {}
        """By what was inserted after: the last thing put there, so that several stand in the order of the list."""
        self.at_end: list[Callable[[], object]] = []
        """What is done once after all steps, such as taking out parts that nothing leads to any more."""
        self._claims: dict[tuple[object, str], tuple[bool | str, int]] = {}
        self._spans: dict[Element, list[tuple[int, int, str, int]]] = {}

    def step(self, phase: int, index: int, make: Callable[[], object]) -> None:
        """Have `make` called in its phase."""
        self.steps.append(Step(phase, index, make))

    def claim(self, index: int, thing: object, facet: str, *, shared: bool | str = False) -> None:
        """Take a facet (`text`, `place`, `being`, …) of a thing for an edit; edits that say the same may share it.

        Raises EditConflictError when another edit of the list has taken it.
        """
        key = (thing, facet)
        taken = self._claims.get(key)
        if taken is not None and taken[1] != index and not (shared and taken[0] == shared):
            raise EditConflictError(f"edit {taken[1] + 1} of the list changes the same place")
        self._claims.setdefault(key, (shared, index))

    def span(self, index: int, paragraph: Element, start: int, end: int, text: str) -> bool:
        """Note a replacement in a paragraph; true for the first one there. Raises EditConflictError on an overlap."""
        self.claim(index, paragraph, "text", shared=True)
        others = self._spans.setdefault(paragraph, [])
        for other_start, other_end, _, other in others:
            if (start < other_end and other_start < end) or (start, end) == (other_start, other_end):
                raise EditConflictError(f"edit {other + 1} of the list replaces the same words")
        others.append((start, end, text, index))
        return len(others) == 1

    def with_spans(self, paragraph: Element, text: str) -> str:
        """The paragraph's text with every replacement noted for it."""
        for start, end, new, _ in sorted(self._spans[paragraph], reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def editors(self, paragraph: Element) -> list[int]:
        """The edits that replace words of a paragraph."""
        return [index for *_, index in self._spans[paragraph]]

    def told(self, index: int, *, before: str | None = None, after: str | None = None) -> None:
        """Note what stood where an edit was made, and what stands there now."""
        self.outcomes[index].before, self.outcomes[index].after = before, after

    def note(self, index: int, sentence: str) -> None:
        """Add a sentence on what followed from an edit."""
        if sentence not in self.outcomes[index].notes:
            self.outcomes[index].notes.append(sentence)


Plans = Mapping[type[Any], Callable[[Editing, int, Any], None]]
"""For each type of edit the function that finds its place, claims it, and adds its steps to the `Editing`."""
