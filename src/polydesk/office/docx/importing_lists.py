"""Lists of one document found again in another, or appended to its numbering (ISO/IEC 29500-1, 17.9)."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from polydesk.office.docx.inline import W_VAL, whole_number
from polydesk.office.docx.parts import ensured_part
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart

_IDENTITIES = frozenset(f"{W}{name}" for name in ("nsid", "tmpl"))


class ListMap:
    """By list of the source: the list of the target that is defined likewise, appended when there is none."""

    def __init__(self, source: Stories, target: Stories) -> None:
        self._target = target
        self._theirs, self._ours = _Lists(source), _Lists(target)
        self._mapped: dict[str, str] = {"0": "0"}
        self._abstract: dict[str, str] = {}

    def mapped(self, number: str) -> str:
        """The target's number of the source's list; one that the source does not define keeps its number."""
        if number not in self._mapped:
            self._mapped[number] = self._find(number)
        return self._mapped[number]

    def _find(self, number: str) -> str:
        key = self._theirs.key(number)
        if key is None or self._ours.key(number) == key:
            return number
        taken = set(self._mapped.values())
        alike = (ours for ours in self._ours.numbers if ours not in taken and self._ours.key(ours) == key)
        return next(alike, None) or self._append(number)

    def _append(self, number: str) -> str:
        part = self._target.part(ensured_part(self._target, "numbering"))
        instance = self._theirs.numbers[number]
        abstract = self._abstract_number(part, _value(instance, "abstractNumId"))
        copy = deepcopy(instance)
        copy.tail = None
        reference = copy.find(f"{W}abstractNumId")
        if reference is not None:
            reference.set(W_VAL, abstract)
        return append_list(part, copy)

    def _abstract_number(self, part: XmlPart, number: str) -> str:
        if number not in self._abstract:
            definition = self._theirs.abstract.get(number)
            if definition is None:
                return number
            copy = deepcopy(definition)
            copy.tail = None
            for child in [child for child in copy if child.tag in _IDENTITIES]:
                copy.remove(child)
            self._abstract[number] = append_definition(part, copy)
        return self._abstract[number]


class _Lists:
    def __init__(self, stories: Stories) -> None:
        part = stories.related("numbering")
        root = None if part is None else stories.part(part).root
        instances = [] if root is None else root.findall(f"{W}num")
        definitions = [] if root is None else root.findall(f"{W}abstractNum")
        self.numbers = {item.get(f"{W}numId", ""): item for item in instances}
        self.abstract = {item.get(f"{W}abstractNumId", ""): item for item in definitions}
        self._keys: dict[str, bytes] = {}

    def key(self, number: str) -> bytes | None:
        """What the list looks like, equal for lists that count alike; None for one that is not defined."""
        instance = self.numbers.get(number)
        if instance is None:
            return None
        if number not in self._keys:
            definition = self.abstract.get(_value(instance, "abstractNumId"))
            overrides = [_canonical(item) for item in instance.findall(f"{W}lvlOverride")]
            self._keys[number] = b"\0".join([b"" if definition is None else _canonical(definition), *overrides])
        return self._keys[number]


def append_definition(part: XmlPart, definition: Element) -> str:
    """Put a `w:abstractNum` behind those that are there and return the number that it got."""
    known = [whole_number(item.get(f"{W}abstractNumId")) or 0 for item in part.root.findall(f"{W}abstractNum")]
    number = str(max(known, default=-1) + 1)
    definition.set(f"{W}abstractNumId", number)
    _put(part, definition, (f"{W}numPicBullet", f"{W}abstractNum"))
    return number


def append_list(part: XmlPart, instance: Element) -> str:
    """Put a `w:num` behind those that are there and return the number that it got."""
    known = [whole_number(item.get(f"{W}numId")) or 0 for item in part.root.findall(f"{W}num")]
    number = str(max(known, default=0) + 1)
    instance.set(f"{W}numId", number)
    _put(part, instance, (f"{W}numPicBullet", f"{W}abstractNum", f"{W}num"))
    return number


def _put(part: XmlPart, new: Element, earlier: tuple[str, ...]) -> None:
    """Put `new` behind the last of the `earlier` elements, for the schema wants definitions before lists."""
    before = [item for item in part.root if item.tag in earlier]
    if before:
        part.insert_after(before[-1], new)
    elif len(part.root):
        part.touch(part.root)
        part.root.insert(0, new)
    else:
        part.append(part.root, new)


def _canonical(element: Element) -> bytes:
    copy = deepcopy(element)
    copy.tail = None
    for child in [child for child in copy if child.tag in _IDENTITIES]:
        copy.remove(child)
    for name in (f"{W}abstractNumId", f"{W}numId"):
        if name in copy.attrib:
            del copy.attrib[name]
    for node in copy.iter("*"):
        for name in [name for name in map(str, node.attrib) if "rsid" in name or not name.startswith(W)]:
            del node.attrib[name]
        node.text, node.tail = None, None
    return etree.tostring(copy, method="c14n", exclusive=True)


def _value(element: Element, name: str) -> str:
    child = element.find(f"{W}{name}")
    return "" if child is None else child.get(W_VAL, "")
