"""Animations of a slide: what is shown of them, and how they follow when their targets change.

The timing tree: ISO/IEC 29500-1, 19.5. A shape is named by `spid`, its paragraphs by index in `p:pRg`.
"""

from __future__ import annotations

from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.numbers import whole

_CLASSES = {
    "entr": "entrance",
    "emph": "emphasis",
    "exit": "exit",
    "path": "path",
    "mediacall": "media",
    "verb": "verb",
}
_STARTS = {"clickEffect": "click", "withEffect": "with_previous", "afterEffect": "after_previous"}
_EFFECTS = frozenset(_STARTS)
_P_PAR, _P_SEQ, _P_CTN = f"{P}par", f"{P}seq", f"{P}cTn"
_MEDIA = frozenset({f"{P}video", f"{P}audio"})


def steps_of(root: Element) -> list[tuple[str, str, str]]:
    """Every animated step as (kind, shape id, start), in the order of the timing tree."""
    found: list[tuple[str, str, str]] = []
    for node in root.iterfind(f"{P}timing//{P}cTn"):
        kind = _CLASSES.get(node.get("presetClass", ""))
        target = next(node.iter(f"{P}spTgt"), None)
        if kind is not None and target is not None:
            found.append((kind, target.get("spid", ""), _STARTS.get(node.get("nodeType", ""), "")))
    return found


def remove_animations(part: XmlPart, ids: set[str]) -> int:
    """Take every step out that animates a shape with one of the ids; return how many.

    What a removed click started starts with the next step's own click, and emptied groups go too.
    """
    timing = part.root.find(f"{P}timing")
    if timing is None or not any(target.get("spid") in ids for target in timing.iter(f"{P}spTgt", f"{P}bldP")):
        return 0
    part.touch(timing)
    count = 0
    for target in list(timing.iter(f"{P}spTgt")):
        if target.get("spid") in ids and (node := _node_of(target, timing)) is not None:
            count += 1
            _remove_node(node)
    for build in [build for build in timing.iterfind(f"{P}bldLst/*") if build.get("spid") in ids]:
        _drop(build)
    _tidy(part, timing)
    return count


def remove_paragraph(part: XmlPart, id: str, index: int) -> int:
    """Follow the removal of a shape's paragraph `index` (from 0); return how many steps went with it."""
    return _shift(part, id, index, -1)


def insert_paragraph(part: XmlPart, id: str, index: int) -> int:
    """Follow the insertion of a paragraph in front of the shape's paragraph `index`; return 1 where steps moved on."""
    return _shift(part, id, index, 1)


def trim_paragraphs(part: XmlPart, id: str, before: int, after: int) -> int:
    """Take the steps of a shape's last paragraphs out that are no more; return how many."""
    return sum(_shift(part, id, index, -1) for index in range(before - 1, after - 1, -1))


def animates_paragraphs(root: Element, id: str) -> bool:
    """Whether the shape's paragraphs are animated one by one."""
    targets = root.iterfind(f"{P}timing//{P}spTgt")
    return any(target.get("spid") == id and target.find(f"{P}txEl/{P}pRg") is not None for target in targets)


def _shift(part: XmlPart, id: str, index: int, by: int) -> int:
    timing = part.root.find(f"{P}timing")
    if timing is None or not animates_paragraphs(part.root, id):
        return 0
    part.touch(timing)
    gone = 0
    for target in list(timing.iter(f"{P}spTgt")):
        span = target.find(f"{P}txEl/{P}pRg") if target.get("spid") == id else None
        if span is None:
            continue
        start, end = whole(span.get("st")), whole(span.get("end"))
        if by < 0 and start == end == index:
            node = _node_of(target, timing)
            if node is not None:
                _remove_node(node)
                gone += 1
            continue
        span.set("st", str(start + (by if start >= index + (by < 0) else 0)))
        span.set("end", str(end + (by if end >= index else 0)))
    _tidy(part, timing)
    return gone


def _node_of(target: Element, timing: Element) -> Element | None:
    """The node of the tree that goes with its target; None when it has gone already.

    That is the effect around it, the film or sound it plays, or the whole sequence that a click on it starts.
    """
    if not any(ancestor is timing for ancestor in target.iterancestors()):
        return None
    for ancestor in target.iterancestors():
        node = ancestor.find(_P_CTN)
        if ancestor.tag in _MEDIA:
            return ancestor
        if (
            ancestor.tag == _P_PAR
            and node is not None
            and (node.get("nodeType") in _EFFECTS or node.get("presetClass"))
        ):
            return ancestor
        if ancestor.tag == _P_SEQ:
            return ancestor
        if ancestor is timing:
            return None
    return None


def _remove_node(node: Element) -> None:
    """Remove a node and every group that has nothing left; the next one takes over its click."""
    content = node.find(_P_CTN)
    parent = node.getparent()
    if content is not None and content.get("nodeType") == "clickEffect" and parent is not None:
        following = node.getnext()
        heir = None if following is None else following.find(_P_CTN)
        if heir is not None and heir.get("nodeType") in ("withEffect", "afterEffect"):
            heir.set("nodeType", "clickEffect")
    _drop(node)
    while parent is not None and parent.tag == f"{P}childTnLst" and not len(parent):
        holder = parent.getparent()
        group = None if holder is None else holder.getparent()
        if group is None or (holder is not None and holder.get("nodeType") == "tmRoot"):
            return
        parent = group.getparent()
        _drop(group)


def _tidy(part: XmlPart, timing: Element) -> None:
    """Remove an empty build list, and the timing itself when nothing is left to play."""
    builds = timing.find(f"{P}bldLst")
    if builds is not None and not len(builds):
        _drop(builds)
    if next(timing.iter(f"{P}spTgt"), None) is None and next(timing.iter(f"{P}sldTgt"), None) is None:
        part.remove(timing)


def _drop(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
