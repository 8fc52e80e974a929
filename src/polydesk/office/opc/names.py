"""Part names: from the archive's bytes, and from one part to another.

Rules: ECMA-376-2, 4th edition, §9.1.1 (part names), §9.3 (relationships); RFC 3986 §5 (resolution).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

CONTENT_TYPES = "/[Content_Types].xml"

_DRIVE = re.compile(r"/*[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UTF8_FLAG = 0x800


def member_name(raw: bytes, flags: int) -> str:
    """The archive's own name of a member as text: UTF-8 where the flag says so (and it is), else code page 437."""
    if flags & _UTF8_FLAG or raw.isascii():
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return raw.decode("cp437")


def part_name(name: str) -> str:
    """The part name of an archive's member name: leading slash, slashes for backslashes, no `.` segments.

    Percent-encoding stays as it is. Raises ValueError, saying why, for a name that would leave the package.
    """
    if "\0" in name:
        raise ValueError("contains a NUL character")
    if _DRIVE.match(name):
        raise ValueError("names a drive")
    segments = name.replace("\\", "/").split("/")
    if ".." in segments:
        raise ValueError("climbs out of the package with '..'")
    kept = [segment for segment in segments[:-1] if segment not in ("", ".")]
    return "/" + "/".join([*kept, segments[-1]])


def relationships_name(part: str | None) -> str:
    """The name of the part that holds the relationships of `part`, or of the package when None."""
    if part is None:
        return "/_rels/.rels"
    folder, _, leaf = part.rpartition("/")
    return f"{folder}/_rels/{leaf}.rels"


def source_name(relationships_part: str) -> str | None:
    """The part whose relationships `relationships_part` holds; None for the package's own."""
    folder, _, leaf = relationships_part.rpartition("/")
    leaf = leaf[: -len(".rels")]
    return f"{folder[: -len('/_rels')]}/{leaf}" if leaf else None


def is_relationships_name(part: str) -> bool:
    """True for the name of a relationships part."""
    folder, _, leaf = part.lower().rpartition("/")
    return leaf.endswith(".rels") and folder.endswith("/_rels")


def target_names(part: str | None, target: str) -> list[str]:
    """The part names that an internal `target` of `part` may mean, likeliest first; empty when it names no part.

    The second, if any, is the percent-decoded form: writers disagree on which of the two they store.
    """
    target = target.partition("#")[0].replace("\\", "/")
    if not target or _SCHEME.match(target):
        return []
    folder = "" if part is None else part.rpartition("/")[0]
    absolute = target if target.startswith("/") else f"{folder}/{target}"
    kept: list[str] = []
    for segment in absolute.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    name = "/" + "/".join(kept)
    return list(dict.fromkeys((name, unquote(name))))
