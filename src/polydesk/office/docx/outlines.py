"""Outlines of new Word documents: what stands in them, block by block, without a look."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.errors import UsageError


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of an outline."""


class Span(_Part, frozen=True, kw_only=True):
    """Words of one look."""

    text: str
    """A newline is a line break."""
    bold: bool = False
    italic: bool = False
    code: bool = False
    """Words for a computer, in letters of equal width."""
    link: str | None = None
    """An http, https or mailto address."""


class Heading(_Part, frozen=True, kw_only=True, tag="heading", tag_field="type"):
    """A heading."""

    text: str
    level: int = 1
    """From 1 to 9."""


class Paragraph(_Part, frozen=True, kw_only=True, tag="paragraph", tag_field="type"):
    """Body text."""

    spans: tuple[Span, ...]


class Quote(_Part, frozen=True, kw_only=True, tag="quote", tag_field="type"):
    """Words of somebody else, set off."""

    spans: tuple[Span, ...]


class Code(_Part, frozen=True, kw_only=True, tag="code", tag_field="type"):
    """Lines for a computer, kept as they are."""

    text: str


class Item(_Part, frozen=True, kw_only=True):
    """An item of a list."""

    spans: tuple[Span, ...]
    level: int = 0
    """Depth from 0 to 8."""
    numbered: bool = False


class Items(_Part, frozen=True, kw_only=True, tag="list", tag_field="type"):
    """A list. Numbers begin at 1 in each."""

    items: tuple[Item, ...]


class Table(_Part, frozen=True, kw_only=True, tag="table", tag_field="type"):
    """A table whose first row is its heading."""

    rows: tuple[tuple[str, ...], ...]
    """Every row has as many cells."""
    caption: str = ""
    """Without its number; empty for none."""


class Picture(_Part, frozen=True, kw_only=True, tag="picture", tag_field="type"):
    """A picture with its caption below."""

    file: str
    """Name under which its bytes are given."""
    alt: str
    """What it shows, for those who do not see it."""
    caption: str = ""


class PageBreak(_Part, frozen=True, kw_only=True, tag="page_break", tag_field="type"):
    """What follows begins a page."""


class Contents(_Part, frozen=True, kw_only=True, tag="contents", tag_field="type"):
    """A table of contents."""

    levels: int = 3


Block = Heading | Paragraph | Quote | Code | Items | Table | Picture | PageBreak | Contents


class Outline(_Part, frozen=True, kw_only=True):
    """A whole document."""

    title: str = ""
    """Stands at the top and in the document's properties; empty for none."""
    subtitle: str = ""
    language: str = "en-GB"
    """BCP 47 tag of what is written, for spelling and for readers aloud; a template's own stays."""
    blocks: tuple[Block, ...]


def parse_outline(data: bytes | str, *, path: str | None = None) -> Outline:
    """The outline in JSON. Raises UsageError that names the file, the place and what is expected there."""
    try:
        return msgspec.json.decode(data, type=Outline)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path or 'the outline'}: {exc}. docs/how-to/new-document.md shows an outline.") from exc


def outline_schema() -> dict[str, Any]:
    """JSON Schema of an outline, for a model's structured output."""
    return msgspec.json.schema(Outline)
