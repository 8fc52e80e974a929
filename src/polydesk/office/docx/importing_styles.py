"""Styles of one document found again in another, or appended to it."""

from __future__ import annotations

from copy import deepcopy

from polydesk.office.docx.importing_lists import ListMap
from polydesk.office.docx.inline import W_VAL
from polydesk.office.docx.parts import ensured_part
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_REFERENCES = ("basedOn", "next", "link")


class StyleMap:
    """By style of the source: the style of the target that has its name, appended when there is none."""

    def __init__(self, source: Stories, target: Stories, lists: ListMap) -> None:
        self.source, self._target = source, target
        self._lists = lists
        self._theirs = _by_id(source)
        self._ours = _by_id(target)
        self._named = {(_kind(style), _name(style).lower()): id for id, style in self._ours.items()}
        self._mapped: dict[str, str] = {}
        self.appended: list[str] = []
        """Names of the styles that were appended."""

    def mapped(self, id: str, kind: str) -> str:
        """Id in the target of the source's style; one that the source does not define keeps its id."""
        if id not in self._mapped:
            self._mapped[id] = self._find(id, kind)
        return self._mapped[id]

    def _find(self, id: str, kind: str) -> str:
        style = self._theirs.get(id)
        ours = self._ours.get(id)
        if style is None:
            return id
        if ours is not None and _kind(ours) == _kind(style) and _name(ours).lower() == _name(style).lower():
            return id
        return self._named.get((_kind(style), _name(style).lower())) or self._append(id, style)

    def _append(self, id: str, style: Element) -> str:
        new_id, number = id, 1
        while new_id in self._ours:
            number += 1
            new_id = f"{id}{number}"
        self._mapped[id] = new_id  # Styles refer to each other in circles.
        copy = deepcopy(style)
        copy.tail = None
        copy.set(f"{W}styleId", new_id)
        if f"{W}default" in copy.attrib:
            del copy.attrib[f"{W}default"]
        self._ours[new_id] = copy
        self._named[_kind(copy), _name(copy).lower()] = new_id
        for name in _REFERENCES:
            reference = copy.find(f"{W}{name}")
            if reference is not None:
                reference.set(W_VAL, self.mapped(reference.get(W_VAL, ""), _kind(style)))
        for number_id in copy.iter(f"{W}numId"):
            number_id.set(W_VAL, self._lists.mapped(number_id.get(W_VAL, "")))
        part = self._target.part(ensured_part(self._target, "styles"))
        part.append(part.root, copy)
        self.appended.append(_name(copy))
        return new_id


def _by_id(stories: Stories) -> dict[str, Element]:
    part = stories.related("styles")
    root = None if part is None else stories.part(part).root
    return {} if root is None else {style.get(f"{W}styleId", ""): style for style in root.findall(f"{W}style")}


def _kind(style: Element) -> str:
    return style.get(f"{W}type", "paragraph")


def _name(style: Element) -> str:
    name = style.find(f"{W}name")
    return style.get(f"{W}styleId", "") if name is None else name.get(W_VAL, "")
