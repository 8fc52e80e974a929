"""The texts of SmartArt, from its data model (ISO/IEC 29500-1, 21.4.2)."""

from __future__ import annotations

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.ooxml.names import A, R
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.names import DGM
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.text import paragraph_text

_MAX_DEPTH = 64
_SHOWN = ("node", "asst")


def smartart_lines(deck: Deck, part: str, element: Element) -> tuple[str, ...]:
    """The texts of a SmartArt graphic in reading order, a tab for each level; empty for anything else."""
    ids = element.find(f"{A}graphic/{A}graphicData/{DGM}relIds")
    data = None if ids is None else deck.target(part, ids.get(f"{R}dm"))
    if data is None:
        return ()
    try:
        model = deck.part(data).root
    except UnreadableDocumentError:
        return ()
    points = {point.get("modelId", ""): point for point in model.iterfind(f"{DGM}ptLst/{DGM}pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for link in model.iterfind(f"{DGM}cxnLst/{DGM}cxn"):
        if link.get("type", "parOf") == "parOf":
            below.setdefault(link.get("srcId", ""), []).append((_order(link), link.get("destId", "")))
    roots = [id for id, point in points.items() if point.get("type") == "doc"]
    lines: list[str] = []
    for root in roots:
        _gather(root, points, below, 0, lines, set())
    return tuple(lines)


def _gather(
    id: str,
    points: dict[str, Element],
    below: dict[str, list[tuple[int, str]]],
    depth: int,
    lines: list[str],
    seen: set[str],
) -> None:
    if depth > _MAX_DEPTH:
        return
    for _, child in sorted(below.get(id, [])):
        point = points.get(child)
        if point is None or child in seen or point.get("type", "node") not in _SHOWN:
            continue
        seen.add(child)
        body = point.find(f"{DGM}t")
        text = "" if body is None else " / ".join(map(paragraph_text, body.iterchildren(f"{A}p")))
        lines.append("\t" * depth + text)
        _gather(child, points, below, depth + 1, lines, seen)


def _order(link: Element) -> int:
    return whole(link.get("srcOrd"))
