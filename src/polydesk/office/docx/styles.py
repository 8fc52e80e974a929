"""The styles of a document: their names, what follows what, and heading levels (ISO/IEC 29500-1, 17.7)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_VAL, whole_number
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One style of the document."""

    id: str
    name: str
    """What a reader sees, such as `heading 1`."""
    kind: str
    """`paragraph`, `character`, `table` or `numbering`."""
    based_on: str | None
    next: str | None
    """Id of the style of the paragraph that follows; None for the same."""
    level: int | None
    """Own outline level from 1; None where it sets none."""
    numbering: Element | None
    """Its `w:numPr`; None where it sets none."""
    default: bool


class Styles:
    """Styles by id, as the styles part defines them; empty when there is none."""

    def __init__(self, stories: Stories) -> None:
        part = stories.related("styles")
        elements = [] if part is None else stories.part(part).root.findall(f"{W}style")
        self.by_id = {style.id: style for style in map(_style, elements)}
        self.default = next((s for s in self.by_id.values() if s.default and s.kind == "paragraph"), None)

    def name(self, style_id: str | None) -> str | None:
        """The name of a style; the id itself for one that is not defined; None for None."""
        if style_id is None:
            return None
        style = self.by_id.get(style_id)
        return style_id if style is None else style.name

    def level(self, style_id: str | None) -> int | None:
        """The heading level from 1 that the style or one that it builds on sets; None for body text."""
        return next((style.level for style in self.lineage(style_id) if style.level is not None), None)

    def numbering(self, style_id: str | None) -> tuple[Style, Element] | None:
        """The style that gives the numbering, and its `w:numPr`; None when no style does."""
        return next(((style, style.numbering) for style in self.lineage(style_id) if style.numbering is not None), None)

    def lineage(self, style_id: str | None) -> list[Style]:
        """The style and those it builds on, nearest first. A circle ends where it closes."""
        found: list[Style] = []
        style = self.default if style_id is None else self.by_id.get(style_id)
        while style is not None and style not in found:
            found.append(style)
            style = self.by_id.get(style.based_on or "")
        return found

    def paragraph_style_names(self) -> list[str]:
        """Names of all paragraph styles, in the order of the file."""
        return [style.name for style in self.by_id.values() if style.kind == "paragraph"]

    def paragraph_style(self, wanted: str) -> Style:
        """The paragraph style with that id or name, case ignored. Raises UnsupportedEditError that names near ones."""
        return self.style(wanted, "paragraph")

    def style(self, wanted: str, kind: str) -> Style:
        """The same for a style of any kind."""
        styles = [style for style in self.by_id.values() if style.kind == kind]
        for names in ([style.id for style in styles], [style.name for style in styles]):
            for fold in (str, str.lower):
                folded = [fold(name) for name in names]
                if fold(wanted) in folded:
                    return styles[folded.index(fold(wanted))]
        near = difflib.get_close_matches(wanted, [style.name for style in styles], n=3, cutoff=0.3)
        raise UnsupportedEditError(
            f"the document has no {kind} style {wanted!r}"
            + (
                f"; near it are {', '.join(near)}"
                if near
                else f"; it has {', '.join(s.name for s in styles) or 'none'}"
            )
        )

    def has(self, name: str, kind: str) -> bool:
        """Whether there is a style of the kind with that very name."""
        return any(style.kind == kind and style.name == name for style in self.by_id.values())

    def named_style(self, paragraph: Element) -> str | None:
        """The name of the paragraph's style; None for the default one."""
        reference = paragraph.find(f"{W}pPr/{W}pStyle")
        style = None if reference is None else self.by_id.get(reference.get(W_VAL, ""))
        return None if style is None or style.default else style.name

    def named(self, name: str, kind: str) -> Style | None:
        """The style of a kind with a built-in name such as `caption`, whatever its id; None when there is none."""
        return next((s for s in self.by_id.values() if s.kind == kind and s.name.lower() == name.lower()), None)


def _style(element: Element) -> Style:
    number = whole_number(_value(element, f"{W}pPr/{W}outlineLvl"))
    return Style(
        id=element.get(f"{W}styleId", ""),
        name=_value(element, f"{W}name") or element.get(f"{W}styleId", ""),
        kind=element.get(f"{W}type", "paragraph"),
        based_on=_value(element, f"{W}basedOn"),
        next=_value(element, f"{W}next"),
        # Level 9 says body text (17.3.1.20).
        level=number + 1 if number is not None and number < 9 else None,
        numbering=element.find(f"{W}pPr/{W}numPr"),
        default=element.get(f"{W}default") in ("1", "true", "on"),
    )


def _value(element: Element, path: str) -> str | None:
    child = element.find(path)
    return None if child is None else child.get(W_VAL)
