"""Images and documents: ours to Messages' and back.

Source: https://platform.claude.com/docs/en/build-with-claude/pdf-support (checked 2026-11-24).
"""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import DocumentPart, ImagePart
from polydesk.wire.anthropic_messages.shapes import (
    Base64Source,
    ContentSource,
    DocumentBlock,
    ImageBlock,
    TextSource,
    UrlSource,
)
from polydesk.wire.images import base64_of, bytes_of
from polydesk.wire.notes import Notes

PDF = "application/pdf"
PLAIN = "text/plain"


def image_to_wire(part: ImagePart) -> dict[str, Any]:
    """The image block that says `part`, without its cache mark."""
    if part.data is None:
        source = {"type": "url", "url": part.url}
    else:
        source = {"type": "base64", "media_type": part.media_type, "data": base64_of(part.data)}
    return {"type": "image", "source": source}


def document_to_wire(part: DocumentPart, path: str, notes: Notes) -> dict[str, Any] | None:
    """The document block that says `part`, without its cache mark; None, with a note, where it is no text."""
    source = _source(part, path, notes)
    if source is None:
        return None
    block: dict[str, Any] = {"type": "document", "source": source}
    return block if part.name is None else {**block, "title": part.name}


def image_from_wire(block: ImageBlock) -> ImagePart:
    """The image that a block carries or refers to. Raises WireError for one that is not base64."""
    cache = block.cache_control is not None
    if isinstance(block.source, Base64Source):
        return ImagePart(media_type=block.source.media_type, data=bytes_of(block.source.data), cache=cache)
    return ImagePart(url=block.source.url, cache=cache)


def document_from_wire(block: DocumentBlock) -> DocumentPart:
    """The document that a block carries or refers to. Raises WireError for one that is not base64."""
    cache, name = block.cache_control is not None, block.title
    match block.source:
        case Base64Source(media_type=media_type, data=data):
            return DocumentPart(media_type=media_type, data=bytes_of(data), name=name, cache=cache)
        case TextSource(data=text):
            return DocumentPart(media_type=PLAIN, data=text.encode(), name=name, cache=cache)
        case UrlSource(url=url):
            # The dialect takes no other documents by their addresses.
            return DocumentPart(media_type=PDF, url=url, name=name, cache=cache)
        case ContentSource(content=content):
            text = content if isinstance(content, str) else "\n\n".join(piece.text for piece in content)
            return DocumentPart(media_type=PLAIN, data=text.encode(), name=name, cache=cache)


def _source(part: DocumentPart, path: str, notes: Notes) -> dict[str, Any] | None:
    if part.data is None:
        return {"type": "url", "url": part.url}
    if part.media_type == PDF:
        return {"type": "base64", "media_type": PDF, "data": base64_of(part.data)}
    text = _text(part)
    if text is None:
        notes.dropped(f"{path}.document", f"Messages reads PDF and plain text, not {part.media_type}")
        return None
    if part.media_type != PLAIN:
        notes.rewritten(f"{path}.document.media_type", f"{part.media_type} is sent as plain text")
    return {"type": "text", "media_type": PLAIN, "data": text}


def _text(part: DocumentPart) -> str | None:
    """The words of a document that is text; None for one that is not."""
    kind = part.media_type or ""
    if not kind.startswith("text/") and kind not in ("application/json", "application/xml"):
        return None
    try:
        return (part.data or b"").decode()
    except UnicodeDecodeError:
        return None
