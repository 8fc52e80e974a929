"""One XML part that is edited as a tree and saved as its original bytes with the edited elements spliced in."""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import UnreadableDocumentError, UnsupportedEditError
from polydesk.office.ooxml.names import STRICT_TO_TRANSITIONAL, local_name
from polydesk.office.opc.xml import parse_xml

Element = etree._Element  # pyright: ignore[reportPrivateUsage]  # lxml names its element class only so
_DECLARATION = re.compile(rb'\s+xmlns(?::([^\s=]+))?="([^"]*)"')
_START_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_XML_DECLARATION = re.compile(rb"\A\s*<\?xml\s.*?\?>", re.DOTALL)
_SINGLE_BYTE = re.compile(r"iso-?8859-(?:[1-9]|1[013-6])|latin1|(?:windows-|cp)125\d")
_STRICT_AUTHORITY = b"http://purl.oclc.org/ooxml/"
_NAME = re.compile(rb"[^\s/>]+")
_SKIPPED = rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
_REST = rb"(?:[^>\"']|\"[^\"]*\"|'[^']*')*>"
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
        self._codec = _Codec(data, name=name, path=path)
        self._text = self._codec.decoded
        self.root: Element = parse_xml(self._codec.parsable, part=name, path=path)
        self._tracked = frozenset({*tracked, local_name(self.root.tag)})
        self._places: _Places | None = None
        self._touched: dict[Element, bytes] = {}
        """Elements to be written anew, with what they were before: unchanged ones keep their bytes."""
        self._retagged: dict[Element, dict[str, str | None]] = {}
        """Attributes set on elements that otherwise keep their bytes."""
        self._removed: dict[Element, None] = {}
        self._slots: dict[tuple[Element, str], list[Element]] = {}
        self._slot_of: dict[Element, list[Element]] = {}
        self._root_attributes: set[str] = set()

    @property
    def is_strict(self) -> bool:
        """Whether the file uses the strict namespaces of ISO/IEC 29500-1."""
        return self._codec.is_strict

    @property
    def text(self) -> bytes:
        """The part as it was read, in UTF-8 and the transitional namespaces."""
        return self._text

    @property
    def elements(self) -> list[Element]:
        """The tracked elements as first read, in the order of the file."""
        return self._located().elements

    @property
    def changed(self) -> bool:
        """Whether anything was touched, added or removed, be it to no effect."""
        attributes = self._retagged or self._root_attributes
        return bool(self._touched or attributes or self._removed or any(self._slots.values()))

    def touch(self, element: Element) -> None:
        """Declare that `element` is about to be changed inside, so that it is written anew."""
        places = self._located()
        for candidate in (element, *element.iterancestors()):
            if candidate in self._slot_of:
                return  # A new element is written from the tree anyway.
            if candidate in places:
                if candidate not in self._touched:
                    self._touched[candidate] = _serialised(candidate)
                return
        raise AssertionError("the root is always tracked")

    def set_root_attribute(self, name: str, value: str | None) -> None:
        """Give the root element an attribute without namespace, or take it away when None.

        The start tag alone is written anew; `touch` of the root would write the whole part.
        """
        if value is not None:
            self.root.set(name, value)
        elif name in self.root.attrib:
            del self.root.attrib[name]
        self._root_attributes.add(name)

    def set_attribute(self, element: Element, name: str, value: str | None) -> None:
        """Set an attribute without prefix, or take it off for None; a tracked element keeps all but its start tag."""
        places = self._located()
        if element in places and element not in self._slot_of:
            self._retagged.setdefault(element, {})[name] = value
        else:
            self.touch(element)
        if value is not None:
            element.set(name, value)
        elif name in element.attrib:
            del element.attrib[name]

    def insert_before(self, reference: Element, new: Element) -> None:
        """Put `new` directly before `reference`."""
        self._insert(reference, new, "before")

    def insert_after(self, reference: Element, new: Element) -> None:
        """Put `new` directly after `reference`."""
        self._insert(reference, new, "after")

    def append(self, container: Element, new: Element) -> None:
        """Put `new` last inside `container`."""
        places = self._located()
        if container in places and places.span(container).end_tag is not None:
            self._join_slot((container, "inside"), new, at_end=True)
        else:
            self.touch(container)
        container.append(new)

    def remove(self, element: Element) -> None:
        """Take `element` out of the part."""
        places = self._located()
        parent = element.getparent()
        if parent is None:
            raise UnsupportedEditError("the root element of a part cannot be removed", path=self._path, part=self.name)
        slot = self._slot_of.pop(element, None)
        if slot is not None:
            slot.remove(element)
        elif element in places:
            self._removed[element] = None
        else:
            self.touch(parent)
        _detach(element)

    def data(self) -> bytes:
        """The part's bytes with every change spliced in; the original object when there is none."""
        patches = self._patches() if self.changed else []
        return self._codec.encode(_spliced(self._text, patches)) if patches else self._original

    def _insert(self, reference: Element, new: Element, side: str) -> None:
        places = self._located()
        slot = self._slot_of.get(reference)
        if slot is not None:
            slot.insert(slot.index(reference) + (side == "after"), new)
            self._slot_of[new] = slot
        elif reference in places:
            self._join_slot((reference, side), new, at_end=side == "before")
        else:
            self.touch(reference)
        if side == "before":
            reference.addprevious(new)
        else:
            _put_behind(reference, new)

    def _join_slot(self, key: tuple[Element, str], new: Element, *, at_end: bool) -> None:
        slot = self._slots.setdefault(key, [])
        slot.insert(len(slot) if at_end else 0, new)
        self._slot_of[new] = slot

    def _located(self) -> _Places:
        """The tracked elements of the original with their places in the bytes; to be taken before the tree changes."""
        if self._places is None:
            self._places = _Places(self._text, self.root, self._tracked)
            if not self._places.agree:
                raise UnsupportedEditError(
                    f"{self.name} cannot be edited in place: its tags and its tree disagree",
                    path=self._path,
                    part=self.name,
                )
        return self._places

    def _patches(self) -> list[_Patch]:
        places = self._located()
        patches: list[_Patch] = []
        for element in self._removed:
            span = places.span(element)
            patches.append(_Patch(span.start, span.end, "in_place", b""))
        for element, before in self._touched.items():
            now = before if element in self._removed else _serialised(element)
            if now != before:
                span = places.span(element)
                patches.append(_Patch(span.start, span.end, "in_place", now))
        for element, attributes in self._retagged.items():
            if element not in self._removed:
                start = places.span(element).start
                tag = written = places.start_tag(element)
                for name, value in attributes.items():
                    written = _with_attribute(written, name, value)
                patches.append(_Patch(start, start + len(tag), "in_place", written))
        for (element, side), new in self._slots.items():
            span = places.span(element)
            at = {"before": span.start, "after": span.end, "inside": span.end_tag}[side]
            assert at is not None
            patches.append(_Patch(at, at, side, b"".join(_serialised(item) for item in new)))
        if self._root_attributes and self.root not in self._touched:
            patches.append(self._root_tag(places))
        return patches

    def _root_tag(self, places: _Places) -> _Patch:
        """The root's start tag with its attributes as they are now."""
        start = places.span(self.root).start
        tag = _START_TAG.match(self._text, start)
        assert tag is not None
        written = tag.group()
        for name in sorted(self._root_attributes):
            written = _with_attribute(written, name, self.root.get(name))
        return _Patch(start, tag.end(), "in_place", written)


def _with_attribute(tag: bytes, name: str, value: str | None) -> bytes:
    """The start tag with one attribute given another value, put last, or left out when None."""
    without = re.sub(rb"\s+" + re.escape(name.encode()) + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", b"", tag, count=1)
    if value is None:
        return without
    end = len(without) - (2 if without.endswith(b"/>") else 1)
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return without[:end].rstrip() + f' {name}="{escaped}"'.encode() + without[end:]


def _put_behind(reference: Element, new: Element) -> None:
    """Put `new` directly behind `reference`, in front of what follows it (lxml would keep white space before it)."""
    tail, reference.tail = reference.tail, None
    reference.addnext(new)
    new.tail = tail


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


class _Places:
    """Where the tracked elements of a part begin in its bytes: the n-th of them is the n-th matching start tag.

    Ends are looked for only when they are asked for, since an edit touches few of very many elements.
    """

    def __init__(self, text: bytes, root: Element, names: frozenset[str]) -> None:
        self.elements: list[Element] = list(root.iter(*(f"{{*}}{name}" for name in names)))
        self._text = text
        prefixes: set[str | None] = {element.prefix for element in self.elements}
        self._starts = array("Q", _starts(text, _tag_pattern(names, prefixes)))
        self._index = {element: index for index, element in enumerate(self.elements)}

    @property
    def agree(self) -> bool:
        """Whether tree and bytes hold equally many tracked elements."""
        return len(self._starts) == len(self.elements)

    def __contains__(self, element: Element) -> bool:
        return element in self._index

    def start_tag(self, element: Element) -> bytes:
        """The bytes of a tracked element's start tag."""
        tag = _START_TAG.match(self._text, self._starts[self._index[element]])
        assert tag is not None
        return tag.group()

    def span(self, element: Element) -> _Span:
        """The place of a tracked element of the original."""
        start = self._starts[self._index[element]]
        tag = _START_TAG.match(self._text, start)
        assert tag is not None
        if tag.group().endswith(b"/>"):
            return _Span(start, tag.end(), None)
        return self._closed(start, tag.end())

    def _closed(self, start: int, position: int) -> _Span:
        """The span of the element that begins at `start` and whose start tag ends at `position`."""
        name = _NAME.match(self._text, start + 1)
        assert name is not None
        depth = 1
        pattern = re.compile(_SKIPPED + rb"|<(/?)" + re.escape(name.group()) + rb"(?=[\s/>])" + _REST, re.DOTALL)
        for match in pattern.finditer(self._text, position):
            if match.group(1):
                depth -= 1
            elif match.group(1) is not None and not match.group().endswith(b"/>"):
                depth += 1
            if not depth:
                return _Span(start, match.end(), match.start())
        raise AssertionError("the part was parsed, so every start tag has its end")


def _tag_pattern(names: frozenset[str], prefixes: set[str | None]) -> re.Pattern[bytes]:
    """Start tags with one of the local names; also what may hold such a tag without being markup."""
    forms = b"|".join(sorted(re.escape(f"{prefix}:".encode()) if prefix else b"" for prefix in prefixes))
    locals_ = b"|".join(sorted((re.escape(name.encode()) for name in names), key=len, reverse=True))
    return re.compile(_SKIPPED + rb"|<(?:" + forms + rb")(" + locals_ + rb")(?=[\s/>])", re.DOTALL)


def _starts(text: bytes, pattern: re.Pattern[bytes]) -> Iterable[int]:
    return (match.start() for match in pattern.finditer(text) if match.group(1) is not None)


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

    def __init__(self, data: bytes, *, name: str, path: str | None) -> None:
        self._bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", None))
        self._encoding = encoding or _declared_encoding(data)
        text = data[len(self._bom) :]
        if self._encoding != "utf-8":
            text = self._as_utf8(text, name, path)
        self._strict = list(_pairs_in(text))
        self.is_strict = any(strict in text for strict, _ in self._strict)
        self.decoded = text
        for strict, transitional in self._strict:
            self.decoded = self.decoded.replace(strict, transitional)

    @property
    def parsable(self) -> bytes:
        """What a parser reads: without a declaration of an encoding that it no longer has."""
        declaration = None if self._encoding == "utf-8" else _XML_DECLARATION.match(self.decoded)
        return self.decoded if declaration is None else self.decoded[declaration.end() :]

    def encode(self, text: bytes) -> bytes:
        for strict, transitional in self._strict:
            text = text.replace(transitional, strict)
        if self._encoding == "utf-8":
            return self._bom + text
        return self._bom + text.decode("utf-8").encode(self._encoding, "xmlcharrefreplace")

    def _as_utf8(self, data: bytes, name: str, path: str | None) -> bytes:
        try:
            return data.decode(self._encoding).encode("utf-8")
        except UnicodeError as exc:
            raise UnreadableDocumentError(
                f"{path or 'The document'}: {name} is not in {self._encoding}, as it says of itself ({exc}). "
                "Open and save the file in Office, or take an undamaged copy.",
                path=path,
                part=name,
            ) from exc


def _pairs_in(text: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Strict names, quoted, with what stands for each; none where the text has the other too, which none can undo.

    Of a strict part those are included that it has not yet, since new elements may bring them.
    """
    if _STRICT_AUTHORITY not in text:
        return
    for strict, transitional in STRICT_TO_TRANSITIONAL.items():
        for quote in ('"', "'"):
            pair = (f"{quote}{strict}{quote}".encode(), f"{quote}{transitional}{quote}".encode())
            if pair[1] not in text:
                yield pair


def _declared_encoding(data: bytes) -> str:
    """The encoding by the XML declaration or the first bytes (XML 1.0, appendix F); UTF-8 for one not to be trusted."""
    if data[:2] == b"<\x00":
        return "utf-16-le"
    if data[:2] == b"\x00<":
        return "utf-16-be"
    match = re.match(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""", data[:200])
    name = "utf-8" if match is None else match.group(1).decode("ascii").lower()
    return codecs.lookup(name).name if _SINGLE_BYTE.fullmatch(name) else "utf-8"
