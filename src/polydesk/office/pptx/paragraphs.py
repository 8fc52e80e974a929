"""Paragraphs of a text body: made, put in, taken out, and a whole text laid over those that are there."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from lxml import etree
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.names import A_END, A_P, A_PPR
from polydesk.office.pptx.text import MAX_LEVEL, body_paragraphs, level_of, paragraph_text
from polydesk.office.pptx.words import append_piece, new_runs, plain_look, replace_words

_MAX_COMPARED = 10_000
"""Pairs of paragraphs whose likeness is weighed; above it they are paired in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph as an edit writes it."""

    text: str
    """A newline is a line break."""
    level: int


def parse_lines(text: str) -> list[Line]:
    """The paragraphs of a text: lines, with a tab for each level in front and vertical tabs for line breaks."""
    found: list[Line] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        words = line.lstrip("\t")
        level = len(line) - len(words)
        if level > MAX_LEVEL:
            raise UnsupportedEditError(f"a paragraph begins with {level} tabs; there are levels up to {MAX_LEVEL}")
        found.append(Line(text=clean_text(words.replace("\v", "\n")), level=level))
    return found


def lines_text(body: Element) -> str:
    """The text of a body in the form that `parse_lines` reads."""
    return "\n".join(
        "\t" * level_of(paragraph) + paragraph_text(paragraph).replace("\n", "\v")
        for paragraph in body_paragraphs(body)
    )


def new_paragraph(line: Line, like: Element | None) -> Element:
    """A paragraph with the properties of `like` and the look of its first words."""
    paragraph = etree.Element(A_P)
    properties = None if like is None else like.find(A_PPR)
    if properties is not None:
        paragraph.append(_copy(properties))
    set_level(paragraph, line.level)
    look = None if like is None else plain_look(like)
    paragraph.extend(new_runs(line.text, look))
    end = None if like is None else like.find(A_END)
    if end is not None:
        paragraph.append(_copy(end))
    elif look is not None and not line.text:
        mark = _copy(look)
        mark.tag = A_END
        paragraph.append(mark)
    return paragraph


def set_level(paragraph: Element, level: int) -> None:
    """Give the paragraph a level, its properties made where it has none."""
    properties = paragraph.find(A_PPR)
    if properties is None:
        if not level:
            return
        properties = etree.Element(A_PPR)
        paragraph.insert(0, properties)
    if level:
        properties.set("lvl", str(level))
    elif "lvl" in properties.attrib:
        del properties.attrib["lvl"]


def delete_paragraph(part: XmlPart, paragraph: Element) -> bool:
    """Take the paragraph out, or empty it when it is the last of its body; true when it went."""
    body = paragraph.getparent()
    if body is not None and len(body_paragraphs(body)) > 1:
        part.remove(paragraph)
        return True
    part.touch(paragraph)
    look = plain_look(paragraph)
    for child in list(paragraph):
        if child.tag not in (A_PPR, A_END):
            paragraph.remove(child)
    if paragraph.find(A_END) is None and look is not None:
        mark = _copy(look)
        mark.tag = A_END
        paragraph.append(mark)
    return False


def set_lines(part: XmlPart, body: Element, lines: list[Line]) -> list[str]:
    """Make the body read `lines`; paragraphs with the same text stay, others change by words or come and go.

    Returns the types of fields that became plain text.
    """
    old = body_paragraphs(body)
    lost: list[str] = []
    gone: list[Element] = []
    last: Element | None = None
    for kept, line in aligned([paragraph_text(paragraph) for paragraph in old], lines):
        paragraph = None if kept is None else old[kept]
        if line is None:
            gone += [] if paragraph is None else [paragraph]
            continue
        if paragraph is None:
            made = new_paragraph(line, _model(old, last, line.level))
            _put(part, body, made, last, old)
            last = made
            continue
        if paragraph_text(paragraph) != line.text or level_of(paragraph) != line.level:
            part.touch(paragraph)
            set_level(paragraph, line.level)
            lost += fill(paragraph, line.text)
        last = paragraph
    for paragraph in gone:
        part.remove(paragraph)
    return lost


def aligned(old: list[str], lines: list[Line]) -> list[tuple[int | None, Line | None]]:
    """Old paragraphs (by index) beside the lines that they become; None for what comes or goes."""
    pairs: list[tuple[int | None, Line | None]] = []
    gone, new = list[int](), list[Line]()
    for code in LCSseq.opcodes(old, [line.text for line in lines]):
        if code.tag != "equal":
            gone += range(code.src_start, code.src_end)
            new += lines[code.dest_start : code.dest_end]
            continue
        pairs += _paired(old, gone, new)
        gone, new = [], []
        pairs += zip(range(code.src_start, code.src_end), lines[code.dest_start : code.dest_end], strict=True)
    return pairs + _paired(old, gone, new)


def fill(paragraph: Element, text: str) -> list[str]:
    """Make the paragraph read `text`; return the types of fields that became plain text."""
    if paragraph_text(paragraph):
        return replace_words(paragraph, text)
    for run in new_runs(clean_text(text), plain_look(paragraph)):
        append_piece(paragraph, run)
    return []


def _paired(old: list[str], gone: list[int], new: list[Line]) -> list[tuple[int | None, Line | None]]:
    """Paragraphs that go beside lines that come, in order, so that alike ones meet and as many as can be."""
    if len(gone) * len(new) > _MAX_COMPARED or len(gone) == len(new):
        both = min(len(gone), len(new))
        rest = [*((index, None) for index in gone[both:]), *((None, line) for line in new[both:])]
        return [*zip(gone[:both], new[:both], strict=True), *rest]
    best = [[0.0] * (len(new) + 1) for _ in range(len(gone) + 1)]
    alike = [[fuzz.ratio(old[index], line.text) + 1 for line in new] for index in gone]
    for row in range(len(gone) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            met = best[row + 1][column + 1] + alike[row][column]
            best[row][column] = max(met, best[row + 1][column], best[row][column + 1])
    pairs: list[tuple[int | None, Line | None]] = []
    row, column = 0, 0
    while row < len(gone) and column < len(new):
        if best[row][column] == best[row + 1][column + 1] + alike[row][column]:
            pairs.append((gone[row], new[column]))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            pairs.append((gone[row], None))
            row += 1
        else:
            pairs.append((None, new[column]))
            column += 1
    return [*pairs, *((index, None) for index in gone[row:]), *((None, line) for line in new[column:])]


def _model(old: list[Element], last: Element | None, level: int) -> Element | None:
    """The paragraph that a new one looks like: the one before it, or the nearest of its own level."""
    if last is not None and level_of(last) == level:
        return last
    alike = [paragraph for paragraph in old if level_of(paragraph) == level]
    return alike[-1] if alike else last if last is not None else old[0] if old else None


def _put(part: XmlPart, body: Element, new: Element, last: Element | None, old: list[Element]) -> None:
    if last is not None:
        part.insert_after(last, new)
    elif old:
        part.insert_before(old[0], new)
    else:
        part.append(body, new)


def _copy(element: Element) -> Element:
    copy = deepcopy(element)
    copy.tail = None
    return copy
