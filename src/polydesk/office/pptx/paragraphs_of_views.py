"""The text of viewed paragraphs in the form that edits take: lines, with a tab for each level."""

from __future__ import annotations

from collections.abc import Sequence

from polydesk.office.pptx.views import ParagraphView


def written(paragraphs: Sequence[ParagraphView]) -> str:
    """The paragraphs as `set_text` takes them."""
    return "\n".join("\t" * paragraph.level + paragraph.text.replace("\n", "\v") for paragraph in paragraphs)


def is_writable(paragraphs: Sequence[ParagraphView]) -> bool:
    """Whether `set_text` gives these paragraphs back: no text begins with a tab, which would mean a level."""
    return not any(paragraph.text.startswith("\t") or "\v" in paragraph.text for paragraph in paragraphs)
