"""Paragraphs made items of lists, with the lists that this needs (ISO/IEC 29500-1, 17.9)."""

from __future__ import annotations

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.edits_layout import SetList
from polydesk.office.docx.importing_lists import append_definition, append_list
from polydesk.office.docx.inline import W_P, W_PPR, W_VAL
from polydesk.office.docx.order import put_child
from polydesk.office.docx.parts import ensured_part
from polydesk.office.docx.properties import base_properties, paragraph_properties, remember_properties, style_id
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_BULLETS = ("\N{BULLET}", "\N{EN DASH}", "\N{WHITE BULLET}")
_FORMATS = ("decimal", "lowerLetter", "lowerRoman")
_INDENT = 720
_HANGING = 360


class Lists:
    """The lists that items can join, those made by one set of edits included."""

    def __init__(self, stories: Stories, styles: Styles) -> None:
        self._stories, self._styles = stories, styles
        self._made: dict[str, str] = {}
        """The list that was made last, by kind."""

    def set_list(self, paragraph: Element, edit: SetList, revisions: Revisions, *, tracked: bool) -> None:
        """Put the paragraph into a list, or out of it."""
        if not 0 <= edit.level <= 8:
            raise UnsupportedEditError(f"lists have levels 0 to 8; the edit says {edit.level}")
        old = base_properties(paragraph)
        number = "0" if edit.kind == "none" else self._list(paragraph, edit)
        properties = paragraph_properties(paragraph)
        inherits = self._styles.numbering(style_id(paragraph)) is not None
        if number == "0" and not inherits:
            for own in properties.findall(f"{W}numPr"):
                properties.remove(own)
            if not len(properties):
                paragraph.remove(properties)
        else:
            put_child(properties, _reference(number, edit.level))
        if tracked:
            remember_properties(paragraph, old, revisions)

    def _list(self, paragraph: Element, edit: SetList) -> str:
        """Number of the list that the item joins."""
        own = self._number(paragraph)
        if edit.restart:
            made = self._new(edit.kind, like=own if own and self.kind(own) == edit.kind else None)
            self._made[edit.kind] = made
            return made
        above = self._above(paragraph, edit.kind)
        if above is not None:
            return above
        if own is not None and self.kind(own) == edit.kind:
            return own
        return self._made.setdefault(edit.kind, "") or self._remember(edit.kind)

    def _remember(self, kind: str) -> str:
        self._made[kind] = self._new(kind, like=None)
        return self._made[kind]

    def _above(self, paragraph: Element, kind: str) -> str | None:
        """The list of that kind whose item stands nearest above, before a heading or table comes between."""
        for sibling in paragraph.itersiblings(preceding=True):
            if sibling.tag != W_P or self._styles.level(style_id(sibling)) is not None:
                return None
            number = self._number(sibling)
            if number is not None and self.kind(number) == kind:
                return number
        return None

    def _number(self, paragraph: Element) -> str | None:
        own = paragraph.find(f"{W_PPR}/{W}numPr/{W}numId")
        if own is not None:
            return own.get(W_VAL) if own.get(W_VAL) != "0" else None
        inherited = self._styles.numbering(style_id(paragraph))
        number = None if inherited is None else inherited[1].find(f"{W}numId")
        return None if number is None else number.get(W_VAL)

    def kind(self, number: str) -> str | None:
        """`bullet` or `number`, by the first level of the list; None for one that is not defined."""
        definition = self._definition(number)
        level = None if definition is None else definition.find(f"{W}lvl/{W}numFmt")
        if level is None:
            return None
        return "bullet" if level.get(W_VAL) == "bullet" else "number"

    def _definition(self, number: str) -> Element | None:
        name = self._stories.related("numbering")
        root = None if name is None else self._stories.part(name).root
        instances = [] if root is None else root.findall(f"{W}num")
        instance = next((item for item in instances if item.get(f"{W}numId") == number), None)
        if root is None or instance is None:
            return None
        reference = instance.find(f"{W}abstractNumId")
        wanted = None if reference is None else reference.get(W_VAL)
        return next((d for d in root.findall(f"{W}abstractNum") if d.get(f"{W}abstractNumId") == wanted), None)

    def restarted(self, number: str | None) -> str:
        """Number of a new numbered list that looks like `number`, or plain for None, and counts from 1."""
        return self._new("number", like=number)

    def new_list(self, kind: str) -> str:
        """Number of a new list of that kind, which counts from 1."""
        return self._new(kind, like=None)

    def _new(self, kind: str, like: str | None) -> str:
        part = self._stories.part(ensured_part(self._stories, "numbering"))
        definition = None if like is None else self._definition(like)
        if definition is not None:
            number = definition.get(f"{W}abstractNumId", "0")
        else:
            number = append_definition(part, _new_definition(kind))
        instance = etree.Element(f"{W}num")
        etree.SubElement(instance, f"{W}abstractNumId").set(W_VAL, number)
        if kind == "number":
            for level in range(9):
                override = etree.SubElement(instance, f"{W}lvlOverride")
                override.set(f"{W}ilvl", str(level))
                etree.SubElement(override, f"{W}startOverride").set(W_VAL, "1")
        return append_list(part, instance)


def _reference(number: str, level: int) -> Element:
    own = etree.Element(f"{W}numPr")
    if number != "0":
        etree.SubElement(own, f"{W}ilvl").set(W_VAL, str(level))
    etree.SubElement(own, f"{W}numId").set(W_VAL, number)
    return own


def _new_definition(kind: str) -> Element:
    definition = etree.Element(f"{W}abstractNum")
    etree.SubElement(definition, f"{W}multiLevelType").set(W_VAL, "hybridMultilevel")
    for depth in range(9):
        level = etree.SubElement(definition, f"{W}lvl")
        level.set(f"{W}ilvl", str(depth))
        text = _BULLETS[depth % 3] if kind == "bullet" else f"%{depth + 1}."
        values = {"start": "1", "numFmt": "bullet" if kind == "bullet" else _FORMATS[depth % 3], "lvlText": text}
        for name, value in {**values, "lvlJc": "left"}.items():
            etree.SubElement(level, f"{W}{name}").set(W_VAL, value)
        indent = etree.SubElement(etree.SubElement(level, f"{W}pPr"), f"{W}ind")
        indent.set(f"{W}left", str(_INDENT * (depth + 1)))
        indent.set(f"{W}hanging", str(_HANGING))
    return definition
