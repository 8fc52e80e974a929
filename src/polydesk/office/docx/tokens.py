"""A paragraph as words and things, to be compared with another one: what is alike has equal keys."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from polydesk.office.docx.inline import (
    CONTAINERS,
    OBJECTS,
    W_FLD_SIMPLE,
    W_HYPERLINK,
    W_INS,
    W_MOVE_TO,
    W_PPR,
    W_R,
    W_RPR,
    W_SDT,
    W_SDT_CONTENT,
    W_T,
    W_VAL,
)
from polydesk.office.docx.paragraphs import RANGE_MARKS
from polydesk.office.docx.parts import content_key
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import MC, WP, R, W, local_name
from polydesk.office.ooxml.part import Element
from polydesk.office.worddiff import words_of

_NOTHING = frozenset({f"{W}proofErr", f"{W}lastRenderedPageBreak"})
_FIELD_CHARACTER = f"{W}fldChar"
_REFERENCE = f"{W}commentReference"
_VOLATILE = re.compile(r"(?i).*(rsid\w*|anchorId|editId|spid|paraId|textId|id)")
TEXT_BOX = f"{W}txbxContent"


@dataclass(slots=True, eq=False, kw_only=True)
class Token:
    """A word, a thing in a run, something with tokens inside, or an equation."""

    key: Hashable
    """Equal where a reader sees the same; the look is not part of it."""
    stretches: list[tuple[str, Element | None]] = field(default_factory=list[tuple[str, "Element | None"]])
    """A word's characters with the run properties of each stretch of them."""
    node: Element | None = None
    """A thing: one child of a run."""
    look: Element | None = None
    """Run properties of a thing."""
    whole: Element | None = None
    """A link, content control, simple field, equation, or other element that is no run."""
    inner: Inline | None = None
    """What a link, content control or field shows; None for other tokens."""
    head: list[Element] = field(default_factory=list[Element])
    """Runs up to where the result of a complex field begins."""
    tail: list[Element] = field(default_factory=list[Element])
    """The run that ends a complex field."""
    marks: list[Element] = field(default_factory=list[Element])
    """Ends of ranges, and runs with comment references, that stand in front of it."""

    @property
    def is_blank(self) -> bool:
        """Whether it is white space without a line break."""
        return isinstance(self.key, str) and self.key.isspace()


@dataclass(slots=True, eq=False)
class Inline:
    """The tokens of a paragraph, or of something in it."""

    tokens: list[Token]
    marks: list[Element]
    """What stands behind the last token."""


@dataclass(frozen=True, slots=True)
class _Event:
    """A stretch of text, a thing, an element that is no run, or a mark, in the order of the file."""

    kind: str
    element: Element
    look: Element | None = None


def inline_of(parent: Element, stories: Stories, part: str) -> Inline:
    """The tokens below a paragraph, link or other element that holds runs."""
    return _Tokens(stories, part).grouped(list(_events(parent)))


def _events(parent: Element) -> Iterator[_Event]:
    for child in parent.iterchildren("*"):
        tag = child.tag
        if tag == W_R:
            yield from _run_events(child)
        elif tag in (W_PPR, f"{W}sdtPr", f"{W}sdtEndPr", f"{W}smartTagPr", f"{W}customXmlPr") or tag in _NOTHING:
            continue
        elif tag in RANGE_MARKS:
            yield _Event("mark", child)
        elif tag in (W_INS, W_MOVE_TO, W_SDT_CONTENT):
            yield from _events(child)
        else:
            yield _Event("whole", child)


def _run_events(run: Element) -> Iterator[_Event]:
    look = run.find(W_RPR)
    for node in run.iterchildren("*"):
        if node.tag == W_T:
            yield _Event("text", node, look)
        elif node.tag == _REFERENCE:
            yield _Event("mark", run if len(run) - (look is not None) == 1 else _alone(node, look))
        elif node.tag != W_RPR and node.tag not in _NOTHING:
            yield _Event("thing", node, look)


def _alone(node: Element, look: Element | None) -> Element:
    run = etree.Element(W_R)
    if look is not None:
        run.append(deepcopy(look))
    run.append(deepcopy(node))
    return run


class _Tokens:
    def __init__(self, stories: Stories, part: str) -> None:
        self._stories, self._part = stories, part

    def grouped(self, events: Sequence[_Event]) -> Inline:
        """Tokens of the events, complex fields taken as one each."""
        found = Inline([], [])
        text: list[tuple[str, Element | None]] = []
        position = 0
        while position < len(events):
            event = events[position]
            if event.kind == "text":
                text.append((event.element.text or "", event.look))
            else:
                self._add(found, _words(text))
                text = []
                end = _end_of_field(events, position)
                if end is not None:
                    self._add(found, [self._field(events[position : end + 1])])
                    position = end
                elif event.kind == "mark":
                    found.marks.append(event.element)
                else:
                    self._add(found, [self._thing(event) if event.kind == "thing" else self._whole(event.element)])
            position += 1
        self._add(found, _words(text))
        return found

    def _add(self, found: Inline, tokens: Sequence[Token]) -> None:
        for token in tokens:
            token.marks, found.marks = found.marks, []
            found.tokens.append(token)

    def _field(self, events: Sequence[_Event]) -> Token:
        depth, split = 0, len(events) - 1
        for position, event in enumerate(events):
            kind = _field_kind(event)
            depth += (kind == "begin") - (kind == "end")
            if kind == "separate" and depth == 1:
                split = position + 1
                break
        head, result, tail = events[:split], events[split:-1], events[-1:]
        instruction = "".join(e.element.text or "" for e in head if e.element.tag == f"{W}instrText")
        return Token(
            key=("field", " ".join(instruction.split())),
            head=[_as_run(event) for event in head if event.kind != "mark"],
            inner=self.grouped(result),
            tail=[_as_run(event) for event in tail],
        )

    def _thing(self, event: _Event) -> Token:
        node = event.element
        if node.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            key: Hashable = (node.tag,)
        elif node.tag in OBJECTS:
            key = (node.tag, object_key(node, self._stories, self._part))
        else:
            key = (node.tag, node.text or "", tuple(sorted(node.attrib.items())), _inside(node))
        return Token(key=key, node=node, look=event.look)

    def _whole(self, element: Element) -> Token:
        if element.tag not in CONTAINERS:
            return Token(key=(element.tag, object_key(element, self._stories, self._part)), whole=element)
        return Token(key=self._container_key(element), whole=element, inner=self.grouped(list(_events(element))))

    def _container_key(self, element: Element) -> Hashable:
        if element.tag == W_HYPERLINK:
            target = content_key(self._stories.package, self._part, element.get(f"{R}id", ""))
            return (element.tag, target, element.get(f"{W}anchor"))
        if element.tag == W_FLD_SIMPLE:
            return (element.tag, " ".join(element.get(f"{W}instr", "").split()))
        if element.tag == W_SDT:
            names = [element.find(f"{W}sdtPr/{W}{name}") for name in ("tag", "alias")]
            return (element.tag, *(None if name is None else name.get(W_VAL) for name in names))
        return (element.tag, element.get(f"{W}element"), element.get(W_VAL))


def object_key(element: Element, stories: Stories, part: str) -> bytes:
    """What a drawing, object or equation is, equal for two that differ in ids, or in the words of text boxes, alone."""
    copy = deepcopy(element)
    copy.tail = None
    for node in list(copy.iter(f"{MC}Fallback", TEXT_BOX)):
        if node.tag == TEXT_BOX:
            for child in list(node):
                node.remove(child)
        elif (parent := node.getparent()) is not None:
            parent.remove(node)
    for node in copy.iter("*"):
        for name in list(map(str, node.attrib)):
            if name.startswith(R):
                node.set(name, content_key(stories.package, part, node.get(name, "")))
            elif _VOLATILE.fullmatch(local_name(name)) or (local_name(name) == "name" and node.tag == f"{WP}docPr"):
                del node.attrib[name]
    return etree.tostring(copy, method="c14n", exclusive=True)


def _words(text: list[tuple[str, Element | None]]) -> list[Token]:
    joined = "".join(words for words, _ in text)
    looks = [look for words, look in text for _ in words]
    tokens: list[Token] = []
    at = 0
    for word in words_of(joined):
        tokens.append(Token(key=word, stretches=_stretches(word, looks[at : at + len(word)])))
        at += len(word)
    return tokens


def _stretches(word: str, looks: Sequence[Element | None]) -> list[tuple[str, Element | None]]:
    found: list[tuple[str, Element | None]] = []
    for character, look in zip(word, looks, strict=True):
        if found and found[-1][1] is look:
            found[-1] = (found[-1][0] + character, look)
        else:
            found.append((character, look))
    return found


def _end_of_field(events: Sequence[_Event], start: int) -> int | None:
    """Where the complex field that begins at `start` ends; None where none begins, or ends elsewhere."""
    if _field_kind(events[start]) != "begin":
        return None
    depth = 0
    for position in range(start, len(events)):
        kind = _field_kind(events[position])
        depth += (kind == "begin") - (kind == "end")
        if not depth:
            return position
    return None


def _field_kind(event: _Event) -> str | None:
    is_mark = event.kind == "thing" and event.element.tag == _FIELD_CHARACTER
    return event.element.get(f"{W}fldCharType") if is_mark else None


def _as_run(event: _Event) -> Element:
    """The event as a run of its own, or as the element that it is."""
    if event.kind in ("mark", "whole"):
        return event.element
    return _alone(event.element, event.look)


def _inside(node: Element) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True) if len(node) else b""
