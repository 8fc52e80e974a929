"""Anchors of mail: `message~hash` for the mail, `part/2.1~hash` for a part, the hash being of what was seen there."""

from __future__ import annotations

import hashlib

from polydesk.core.errors import AnchorNotFoundError

MESSAGE = "message"


def hash_of(data: bytes) -> str:
    """The eight hexadecimal digits by which an anchor knows its place again."""
    return hashlib.sha256(data).hexdigest()[:8]


def message_anchor(data: bytes) -> str:
    """Of a mail as a whole."""
    return f"{MESSAGE}~{hash_of(data)}"


def part_anchor(section: str, data: bytes) -> str:
    """Of a part with that content."""
    return f"part/{section}~{hash_of(data)}"


def section_of(anchor: str) -> tuple[str | None, str | None]:
    """The section that an anchor names (None for the whole mail) and its hash (None when it has none).

    Raises AnchorNotFoundError when it is no anchor of mail.
    """
    place, _, digest = anchor.partition("~")
    if place == MESSAGE:
        return None, digest or None
    head, slash, section = place.partition("/")
    if head == "part" and slash and section:
        return section, digest or None
    raise AnchorNotFoundError(f"{anchor!r} is no place in a mail: an anchor is `message~hash` or `part/SECTION~hash`.")
