"""What a paragraph holds beside characters, and the looks of its characters, for the view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from polydesk.office.docx.inline import (
    W_FLD_SIMPLE,
    W_HYPERLINK,
    W_ID,
    W_P,
    W_RPR,
    W_SDT,
    W_VAL,
    Piece,
    is_on,
    kind_of_object,
)
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.views import MarkKind, MarkView, RunView
from polydesk.office.ooxml.names import WP, M, R, W
from polydesk.office.ooxml.part import Element

_REFERENCES: dict[str, tuple[MarkKind, str]] = {
    f"{W}footnoteReference": ("footnote", "footnote#"),
    f"{W}endnoteReference": ("endnote", "endnote#"),
    f"{W}commentReference": ("comment", "comment#"),
}


@dataclass(slots=True)
class _OpenField:
    start: int
    instruction: list[str] = field(default_factory=list[str])
    in_result: bool = False


def run_views(content: list[Piece], stories: Stories, part: str, styles: Styles) -> tuple[RunView, ...]:
    """Neighbouring characters of one look; empty when the whole paragraph looks plain."""
    targets = _Links(stories, part)
    looks = [(_look(piece.run, targets, styles), piece.text) for piece in content if piece.text]
    views = tuple(
        RunView(
            text="".join(text for _, text in group),
            bold=look[0],
            italic=look[1],
            underline=look[2],
            strike=look[3],
            style=look[4],
            link=look[5],
        )
        for look, group in groupby(looks, key=lambda item: item[0])
    )
    return () if len(views) == 1 and views[0] == RunView(text=views[0].text) else views


def marks(paragraph: Element, content: list[Piece]) -> Iterator[MarkView]:
    """Notes, comments, objects, fields, content controls and bookmarks, in order of their beginnings."""
    offsets = _offsets(content)
    found = [*_points(content), *_fields(content), *_around(paragraph, offsets)]
    yield from sorted(found, key=lambda mark: (mark.start, mark.end))


Look = tuple[bool, bool, bool, bool, str | None, str | None]


def _look(run: Element, links: _Links, styles: Styles) -> Look:
    properties = run.find(W_RPR)
    link = links.target(run)
    if properties is None:
        return (False, False, False, False, None, link)
    underline, style = properties.find(f"{W}u"), properties.find(f"{W}rStyle")
    return (
        is_on(properties.find(f"{W}b")),
        is_on(properties.find(f"{W}i")),
        underline is not None and underline.get(W_VAL, "single") != "none",
        is_on(properties.find(f"{W}strike")),
        None if style is None else styles.name(style.get(W_VAL)),
        link,
    )


class _Links:
    """Where the hyperlinks of one part lead."""

    def __init__(self, stories: Stories, part: str) -> None:
        self._stories = stories
        self._part = part

    def target(self, run: Element) -> str | None:
        """The address or `#bookmark` behind the run; None when it is no link."""
        for ancestor in run.iterancestors():
            if ancestor.tag == W_P:
                return None
            if ancestor.tag == W_HYPERLINK:
                return self._address(ancestor)
        return None

    def _address(self, link: Element) -> str | None:
        bookmark = link.get(f"{W}anchor")
        key = link.get(f"{R}id")
        relationships = self._stories.package.relationships(self._part) if key is not None else []
        address = next((item.target for item in relationships if item.id == key), None)
        if bookmark is not None:
            return f"{address or ''}#{bookmark}"
        return address


def _offsets(content: list[Piece]) -> dict[Element, tuple[int, int]]:
    """Where the characters of each run begin and end."""
    position, found = 0, dict[Element, tuple[int, int]]()
    for piece in content:
        start = found[piece.run][0] if piece.run in found else position
        position += len(piece.text)
        found[piece.run] = (start, position)
    return found


def _points(content: list[Piece]) -> Iterator[MarkView]:
    position = 0
    for piece in content:
        position += len(piece.text)
        if piece.deleted:
            continue
        reference = _REFERENCES.get(piece.node.tag)
        if reference is not None:
            kind, prefix = reference
            yield MarkView(kind=kind, start=position, end=position, ref=f"{prefix}{piece.node.get(W_ID, '')}")
            continue
        word = kind_of_object(piece.node)
        if word is not None:
            yield _object(word, piece.node, position)


def _object(word: str, node: Element, position: int) -> MarkView:
    kind: MarkKind = "text_box" if word == "text_box" else "equation" if word == "equation" else "image"
    if word == "object":
        kind = "object"
    described = next((item for item in node.iter(f"{WP}docPr")), None)
    text = None if described is None else described.get("descr") or described.get("name")
    return MarkView(kind=kind, start=position, end=position, ref=text)


def _fields(content: list[Piece]) -> Iterator[MarkView]:
    position = 0
    stack: list[_OpenField] = []
    for piece in content:
        if piece.node.tag == f"{W}fldChar":
            kind = piece.node.get(f"{W}fldCharType")
            if kind == "begin":
                stack.append(_OpenField(position))
            elif kind == "end" and stack:
                done = stack.pop()
                instruction = " ".join("".join(done.instruction).split())
                yield MarkView(kind="field", start=done.start, end=position, ref=instruction or None)
        elif piece.node.tag == f"{W}instrText" and stack:
            stack[-1].instruction.append(piece.node.text or "")
        position += len(piece.text)


def _around(paragraph: Element, offsets: dict[Element, tuple[int, int]]) -> Iterator[MarkView]:
    position, opened = 0, dict[str | None, tuple[int, str | None]]()
    for node in paragraph.iter(
        f"{W}r",
        W_FLD_SIMPLE,
        W_SDT,
        f"{W}bookmarkStart",
        f"{W}bookmarkEnd",
        f"{M}oMath",
    ):
        if node.tag == f"{W}r":
            position = offsets.get(node, (position, position))[1]
        elif node.tag == W_FLD_SIMPLE:
            instruction = " ".join(node.get(f"{W}instr", "").split())
            yield _spanning("field", node, offsets, position, instruction or None)
        elif node.tag == W_SDT:
            yield _spanning("content_control", node, offsets, position, _title(node))
        elif node.tag == f"{W}bookmarkStart":
            opened[node.get(W_ID)] = (position, node.get(f"{W}name"))
        elif node.tag == f"{W}bookmarkEnd":
            if node.get(W_ID) in opened:
                start, name = opened.pop(node.get(W_ID))
                yield MarkView(kind="bookmark", start=start, end=position, ref=name)
        else:
            yield MarkView(kind="equation", start=position, end=position)
    for start, name in opened.values():  # What ends in a later paragraph goes to the end of this one.
        yield MarkView(kind="bookmark", start=start, end=position, ref=name)


def _spanning(
    kind: MarkKind, node: Element, offsets: dict[Element, tuple[int, int]], position: int, ref: str | None
) -> MarkView:
    spans = [offsets[run] for run in node.iter(f"{W}r") if run in offsets]
    start = min((span[0] for span in spans), default=position)
    end = max((span[1] for span in spans), default=position)
    return MarkView(kind=kind, start=start, end=end, ref=ref)


def _title(control: Element) -> str | None:
    for name in ("alias", "tag"):
        element = control.find(f"{W}sdtPr/{W}{name}")
        if element is not None:
            return element.get(W_VAL)
    return None
