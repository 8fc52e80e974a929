"""Text boxes are stored twice: for newer readers and, as a fallback, for older ones. Both must read the same."""

from __future__ import annotations

from polydesk.office.docx.inline import W_P, paragraph_text
from polydesk.office.ooxml.names import MC, W
from polydesk.office.ooxml.part import Element

_TEXT_BOX = f"{W}txbxContent"


def mirror_of(paragraph: Element) -> Element | None:
    """The paragraph that says the same in the other form of a text box; None when there is none."""
    for ancestor in paragraph.iterancestors():
        if ancestor.tag in (f"{MC}Choice", f"{MC}Fallback"):
            return _counterpart(paragraph, ancestor)
    return None


def _counterpart(paragraph: Element, branch: Element) -> Element | None:
    alternate = branch.getparent()
    if alternate is None:
        return None
    own = _paragraphs(branch)
    for other in alternate:
        theirs = _paragraphs(other) if other is not branch else []
        if len(own) == len(theirs) and paragraph in own:
            twin = theirs[own.index(paragraph)]
            if paragraph_text(twin) == paragraph_text(paragraph):
                return twin
    return None


def _paragraphs(branch: Element) -> list[Element]:
    return [paragraph for box in branch.iter(_TEXT_BOX) for paragraph in box.iter(W_P)]
