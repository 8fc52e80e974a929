"""One XML part that is edited as a tree and saved as its original bytes with the edited elements spliced in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import STRICT_TO_TRANSITIONAL, local_name
from polydesk.office.opc.xml import parse_xml

Element = etree._Element  # pyright: ignore[reportPrivateUsage]  # lxml names its element class only so
_DECLARATION = re.compile(rb'\s+xmlns(?::([^\s=]+))?="([^"]*)"')
_START_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_XML_DECLARATION = re.compile(rb"\A\s*<\?xml\s.*?\?>", re.DOTALL)
_SIDE_ORDER = {"after": 0, "before": 1, "inside": 2, "in_place": 3}
"""At one place of the bytes: what follows the element that ends there, what precedes the one that begins there, …"""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class _Span:
    """Where an element stands in the bytes: its whole, and where its end tag begins."""

    start: int
    end: int
    end_tag: int | None
    """None for an empty-element tag, which has no place for children."""


@dataclass(frozen=True, slots=True)
class _Patch:
    """New bytes for a span of the original."""

    start: int
    end: int
    side: str
    replacement: bytes


class XmlPart:
    """A part whose bytes stay as they are except for the elements that are touched, added or removed.

    `root` is an ordinary lxml tree in the transitional namespaces, whatever the file uses. Change it freely below an
    element after `touch` of that element; add, remove and reorder tracked elements by the methods here alone.
    """

    def __init__(self, data: bytes, *, name: str, path: str | None, tracked: Iterable[str]) -> None:
        self.name = name
        self._path = path
        self._original = data
        self._codec = _Codec(data)
        self._text = self._codec.decoded
        self.root: Element = parse_xml(_XML_DECLARATION.sub(b"", self._text), part=name, path=path)
        self._tracked = frozenset({*tracked, local_name(self.root.tag)})
        self._spans: dict[Element, _Span] | None = None
        self._touched: dict[Element, None] = {}
        self._removed: dict[Element, None] = {}
        self._slots: dict[tuple[Element, str], list[Element]] = {}
        self._slot_of: dict[Element, list[Element]] = {}

    @property
    def is_strict(self) -> bool:
        """Whether the file uses the strict namespaces of ISO/IEC 29500-1."""
        return self._codec.is_strict

    @property
    def changed(self) -> bool:
        """Whether anything was touched, added or removed."""
        return bool(self._touched or self._removed or any(self._slots.values()))

    def touch(self, element: Element) -> None:
        """Declare that `element` is about to be changed inside, so that it is written anew."""
        spans = self._located()
        for candidate in (element, *element.iterancestors()):
            if candidate in self._slot_of:
                return  # A new element is written from the tree anyway.
            if candidate in spans:
                self._touched[candidate] = None
                return
        raise AssertionError("the root is always tracked")

    def insert_before(self, reference: Element, new: Element) -> None:
        """Put `new` directly before `reference`."""
        self._insert(reference, new, "before")

    def insert_after(self, reference: Element, new: Element) -> None:
        """Put `new` directly after `reference`."""
        self._insert(reference, new, "after")

    def append(self, container: Element, new: Element) -> None:
        """Put `new` last inside `container`."""
        span = self._located().get(container)
        container.append(new)
        if span is None or span.end_tag is None:
            self.touch(container)
            return
        self._join_slot((container, "inside"), new, at_end=True)

    def remove(self, element: Element) -> None:
        """Take `element` out of the part."""
        spans = self._located()
        parent = element.getparent()
        if parent is None:
            raise UnsupportedEditError("the root element of a part cannot be removed", path=self._path, part=self.name)
        slot = self._slot_of.pop(element, None)
        if slot is not None:
            slot.remove(element)
        elif element in spans:
            self._removed[element] = None
        else:
            self.touch(parent)
        _detach(element)

    def data(self) -> bytes:
        """The part's bytes with every change spliced in; the original object when there is none."""
        if not self.changed:
            return self._original
        return self._codec.encode(_spliced(self._text, self._patches()))

    def _insert(self, reference: Element, new: Element, side: str) -> None:
        spans = self._located()
        slot = self._slot_of.get(reference)
        if side == "before":
            reference.addprevious(new)
        else:
            reference.addnext(new)
        if slot is not None:
            slot.insert(slot.index(reference) + (side == "after"), new)
            self._slot_of[new] = slot
        elif reference in spans:
            self._join_slot((reference, side), new, at_end=side == "before")
        else:
            self.touch(reference)

    def _join_slot(self, key: tuple[Element, str], new: Element, *, at_end: bool) -> None:
        slot = self._slots.setdefault(key, [])
        slot.insert(len(slot) if at_end else 0, new)
        self._slot_of[new] = slot

    def _located(self) -> dict[Element, _Span]:
        """Every tracked element of the original with its place in the bytes.

        Must be taken before the tree changes: the n-th tracked element is the n-th matching start tag.
        """
        if self._spans is None:
            elements = list(self.root.iter(*(f"{{*}}{name}" for name in self._tracked)))
            spans = _spans(self._text, self._tracked)
            if len(elements) != len(spans):
                raise UnsupportedEditError(
                    f"{self.name} cannot be edited in place: its tags and its tree disagree",
                    path=self._path,
                    part=self.name,
                )
            self._spans = dict(zip(elements, spans, strict=True))
        return self._spans

    def _patches(self) -> list[_Patch]:
        spans = self._located()
        patches = [_Patch(spans[element].start, spans[element].end, "in_place", b"") for element in self._removed]
        for element in self._touched:
            if element not in self._removed:
                span = spans[element]
                patches.append(_Patch(span.start, span.end, "in_place", _serialised(element)))
        for (element, side), new in self._slots.items():
            span = spans[element]
            at = {"before": span.start, "after": span.end, "inside": span.end_tag}[side]
            assert at is not None
            patches.append(_Patch(at, at, side, b"".join(_serialised(item) for item in new)))
        return patches


def _detach(element: Element) -> None:
    """Remove from the tree, leaving the whitespace behind it where it was."""
    parent = element.getparent()
    assert parent is not None
    tail, previous = element.tail, element.getprevious()
    element.tail = None
    if tail and previous is not None:
        previous.tail = (previous.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _spans(text: bytes, names: frozenset[str]) -> list[_Span]:
    """Places of all elements with one of these local names, in document order."""
    alternatives = b"|".join(sorted((re.escape(name).encode() for name in names), key=len, reverse=True))
    pattern = re.compile(
        rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>"
        rb"|(?:[^\s<>/:\"'=!?]+:)?(" + alternatives + rb")(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>"
        rb"|(/)(?:[^\s<>/:\"'=!?]+:)?(?:" + alternatives + rb")\s*>)",
        re.DOTALL,
    )
    found: list[_Span | None] = []
    open_at: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        if match.group(2):
            index, start = open_at.pop()
            found[index] = _Span(start, match.end(), match.start())
        elif match.group(1):
            if text[match.end() - 2] == 0x2F:
                found.append(_Span(match.start(), match.end(), None))
            else:
                open_at.append((len(found), match.start()))
                found.append(None)
    return [span for span in found if span is not None]


def _spliced(text: bytes, patches: list[_Patch]) -> bytes:
    """`text` with each span replaced; a patch inside a span that is itself replaced is already part of it."""
    pieces: list[bytes] = []
    position = 0
    for patch in sorted(patches, key=lambda patch: (patch.start, _SIDE_ORDER[patch.side], -patch.end)):
        if patch.start < position:
            continue
        pieces += (text[position : patch.start], patch.replacement)
        position = patch.end
    pieces.append(text[position:])
    return b"".join(pieces)


def _serialised(element: Element) -> bytes:
    """The element as it stands in the tree, without the namespace declarations that its parent makes already."""
    data: bytes = etree.tostring(element, encoding="UTF-8", with_tail=False)
    parent = element.getparent()
    inherited = {} if parent is None else parent.nsmap
    tag = _START_TAG.match(data)
    assert tag is not None

    def kept(declaration: re.Match[bytes]) -> bytes:
        prefix = declaration.group(1)
        uri = inherited.get(prefix.decode() if prefix else None)
        return b"" if uri is not None and uri.encode() == declaration.group(2) else declaration.group(0)

    return _DECLARATION.sub(kept, tag.group(0)) + data[tag.end() :]


class _Codec:
    """The part as UTF-8 in the transitional namespaces, and the way back to what the file had."""

    def __init__(self, data: bytes) -> None:
        self._bom, self._encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", None))
        if self._encoding is None:
            self._encoding = _declared_encoding(data)
        self._strict = [
            (strict.encode(), transitional.encode())
            for strict, transitional in STRICT_TO_TRANSITIONAL.items()
            if strict.encode() in (data if self._encoding == "utf-8" else self._utf8(data))
        ]
        self.decoded = self._forth(data)
        if self.encode(self.decoded) != data:
            # Both name sets in one part, or an encoding that does not come back: then the part is left as it is.
            self._strict = []
            self.decoded = self._forth(data)

    @property
    def is_strict(self) -> bool:
        return bool(self._strict)

    def encode(self, text: bytes) -> bytes:
        for strict, transitional in self._strict:
            text = text.replace(b'"' + transitional + b'"', b'"' + strict + b'"')
            text = text.replace(b"'" + transitional + b"'", b"'" + strict + b"'")
        if self._encoding == "utf-8":
            return self._bom + text
        assert self._encoding is not None
        return self._bom + text.decode("utf-8").encode(self._encoding, "xmlcharrefreplace")

    def _utf8(self, data: bytes) -> bytes:
        body = data[len(self._bom) :]
        if self._encoding == "utf-8" or self._encoding is None:
            return body
        return body.decode(self._encoding, "replace").encode("utf-8", "replace")

    def _forth(self, data: bytes) -> bytes:
        text = self._utf8(data)
        for strict, transitional in self._strict:
            text = text.replace(b'"' + strict + b'"', b'"' + transitional + b'"')
            text = text.replace(b"'" + strict + b"'", b"'" + transitional + b"'")
        return text


def _declared_encoding(data: bytes) -> str:
    """The encoding by the XML declaration or the first bytes (XML 1.0, appendix F)."""
    if data[:2] == b"<\x00":
        return "utf-16-le"
    if data[:2] == b"\x00<":
        return "utf-16-be"
    match = re.match(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""", data[:200])
    if match is None:
        return "utf-8"
    try:
        name = codecs.lookup(match.group(1).decode("ascii")).name
    except LookupError:
        return "utf-8"
    return "utf-8" if name == "ascii" else name
