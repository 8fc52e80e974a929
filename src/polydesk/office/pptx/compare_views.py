"""What two presentations show otherwise, in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package
from polydesk.office.pptx.presentation import Presentation

_NAMES_ONLY = frozenset(
    {
        "anchor",
        "part",
        "id",
        "sha256",
        "findings",
        "layouts",
        "workbook_id",
        "name_formula",
        "formula",
        "date",
        "parent",
    }
)
"""Fields of a view that say where something is, not what a reader sees."""
_SHOWN = 60
_MOST = 200


def differences_of(a: Presentation, b: Presentation) -> list[str]:
    """What a reader sees otherwise in `b` than in `a`: one line for each place, at most 200."""
    return _first(_differing(_seen(a), _seen(b), ""), _MOST)


def _seen(presentation: Presentation) -> Any:
    """The view as plain values, without names of places; pictures by their bytes."""
    package = Package.open(presentation.data, path=presentation.path)
    return _stripped(msgspec.json.decode(msgspec.json.encode(presentation.view())), package)


def _stripped(value: Any, package: Package) -> Any:
    if isinstance(value, list):
        return [_stripped(item, package) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, item in cast("dict[str, Any]", value).items():
        if key == "content":
            found[key] = _digest(package, str(item))
        elif key == "notes":
            found[key] = _stripped(item, package).get("paragraphs", [])
        elif key == "slides" and item and isinstance(item[0], str):
            found[key] = len(item)
        elif key not in _NAMES_ONLY and not (key == "name" and "kind" in value):
            found[key] = _stripped(item, package)
    if found.get("notes") and not any(paragraph.get("text") for paragraph in found["notes"]):
        del found["notes"]
    return found


def _digest(package: Package, part: str) -> str:
    try:
        return hashlib.sha256(package.read(part)).hexdigest()[:12] if package.has(part) else part
    except UnreadableDocumentError:
        return part


def _differing(one: Any, two: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(two, dict):
        left, right = cast("dict[str, Any]", one), cast("dict[str, Any]", two)
        for key in dict.fromkeys([*left, *right]):
            yield from _differing(left.get(key), right.get(key), f"{place} {key}")
    elif isinstance(one, list) and isinstance(two, list) and len(cast("list[Any]", one)) == len(cast("list[Any]", two)):
        for number, (left, right) in enumerate(zip(cast("list[Any]", one), cast("list[Any]", two), strict=True), 1):
            yield from _differing(left, right, f"{place} {number}")
    elif one != two:
        yield f"{place.strip()}: {_short(one)} instead of {_short(two)}"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value) if not isinstance(value, list) else f"{len(cast('list[Any]', value))} of them"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"


def _first(lines: Iterator[str], most: int) -> list[str]:
    found: list[str] = []
    for line in lines:
        if len(found) == most:
            return [*found, "and more"]
        found.append(line)
    return found
