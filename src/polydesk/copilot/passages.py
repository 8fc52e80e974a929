"""A document's view as passages that a model reads, and the sections that headings make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polydesk.office.docx.views import BlockView, DocumentView, ParagraphView, StoryView, TableView

WHOLE_DOCUMENT = "the whole document"
_WORD = re.compile(r"\w+")
_TITLES = frozenset({"title", "subtitle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One paragraph as a model is shown it."""

    anchor: str
    text: str
    heading: str
    """Text of the heading above it; empty before the first."""
    level: int | None
    """Depth of a heading from 1, 0 for a title; None for what is no heading."""
    label: str | None
    """Number or bullet before it; None when there is none."""
    cell: str | None
    """Anchor of the table cell that it is in; None outside tables."""
    story: str
    """`body`, `header`, `footnote` and so on."""
    has_changes: bool
    """Whether somebody's tracked changes are in it."""

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading or title."""
        return self.level is not None


def passages(view: DocumentView) -> list[Passage]:
    """Every paragraph with words in it, but for comments, in reading order."""
    return [passage for story in view.stories if story.kind != "comment" for passage in _of_story(story)]


def sections(all_passages: Sequence[Passage]) -> list[str]:
    """Texts of the headings of the body, each once, in order."""
    return list(
        dict.fromkeys(passage.text for passage in all_passages if passage.is_heading and passage.story == "body")
    )


def section_of(all_passages: Sequence[Passage], heading: str, *, with_headings: bool = False) -> list[Passage]:
    """The passages under `heading`, those under its lower headings included; the headings only if asked for.

    Text boxes, notes and other stories are in no section. A heading that occurs twice opens two sections.
    """
    found: list[Passage] = []
    depth: int | None = None
    for passage in all_passages:
        if passage.story != "body":
            continue
        level = passage.level
        if level is not None and depth is not None and level <= depth:
            depth = None
        if level is not None and passage.text == heading and depth is None:
            depth = level
            if with_headings:
                found.append(passage)
        elif depth is not None and (with_headings or not passage.is_heading):
            found.append(passage)
    return found


def named_sections(instruction: str, headings: Sequence[str]) -> list[str]:
    """The headings whose words all stand together in `instruction`, the longest reading first."""
    asked = " ".join(_WORD.findall(instruction.lower()))
    found: list[str] = []
    for heading in sorted(headings, key=len, reverse=True):
        words = " ".join(_WORD.findall(heading.lower()))
        if words and re.search(rf"\b{re.escape(words)}\b", asked):
            found.append(heading)
            asked = asked.replace(words, " ")
    return [heading for heading in headings if heading in found]


def most_alike(question: str, candidates: Sequence[Passage], count: int) -> list[Passage]:
    """The passages that share most rare words with `question`, in reading order."""
    bags = [set(_stems(passage.text)) for passage in candidates]
    spread: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            spread[word] = spread.get(word, 0) + 1
    wanted = set(_stems(question))
    scores = [sum(1 / spread[word] for word in bag & wanted) for bag in bags]
    best = sorted(range(len(candidates)), key=lambda index: -scores[index])[:count]
    return [candidates[index] for index in sorted(best) if scores[index] > 0]


def _stems(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower()):
        if len(word) > 2:
            yield word[:6]


def _of_story(story: StoryView) -> Iterator[Passage]:
    heading = ""
    for block, cell in _paragraphs(story.blocks, None):
        level = _level(block)
        if block.text.strip():
            yield Passage(
                anchor=block.anchor,
                text=block.text,
                heading=heading,
                level=level,
                label=block.label,
                cell=cell,
                story=story.kind,
                has_changes=bool(block.changes),
            )
        if level is not None:
            heading = block.text


def _paragraphs(blocks: Sequence[BlockView], cell: str | None) -> Iterator[tuple[ParagraphView, str | None]]:
    for block in blocks:
        match block:
            case ParagraphView():
                yield block, cell
            case TableView():
                for row in block.rows:
                    for inner in row.cells:
                        yield from _paragraphs(inner.blocks, inner.anchor)


def _level(paragraph: ParagraphView) -> int | None:
    return 0 if (paragraph.style or "").lower() in _TITLES else paragraph.level
