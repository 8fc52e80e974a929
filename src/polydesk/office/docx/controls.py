"""Content controls filled, with the data that they are bound to (ISO/IEC 29500-1, 17.5.2)."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.docx.inline import W_P, W_PPR, W_R, W_RPR, W_SDT, W_VAL
from polydesk.office.docx.runs import new_run
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import W14, W, local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.xml import parse_xml

_STEP = re.compile(r"(?:(?P<prefix>[\w.-]+):)?(?P<name>[\w.-]+)(?:\[(?P<number>[0-9]{1,6})\])?")
_DECLARED = re.compile(r"""xmlns:([\w.-]+)=(?:'([^']*)'|"([^"]*)")""")
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DATE_PARTS = {"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dddd": "%A", "ddd": "%a", "dd": "%d"}
_OTHER = ("picture", "group", "docPartObj", "docPartList", "citation", "bibliography", "equation", "repeatingSection")


def control_named(stories: Stories, name: str) -> tuple[XmlPart, Element]:
    """The content control with that title, tag or number. Raises AnchorNotFoundError, also when several have it."""
    found = [
        (stories.part(part), control)
        for part in stories.story_parts()
        if b"sdtPr" in stories.part(part).text
        for control in stories.part(part).root.iter(W_SDT)
    ]
    if name.startswith("#"):
        number = int(name[1:]) if name[1:].isdecimal() and len(name) < 8 else 0
        chosen = found[number - 1 : number] if number else []
    else:
        chosen = [item for item in found if name in _names(item[1])]
    if len(chosen) != 1:
        known = ", ".join(f"#{n} {_names(c)[0] if _names(c) else ''}".strip() for n, (_, c) in enumerate(found, 1))
        raise AnchorNotFoundError(
            f"{len(chosen) or 'no'} content controls are called {name!r}; the document has {known or 'none'}",
            path=stories.package.path,
        )
    return chosen[0]


def fill_control(stories: Stories, part: XmlPart, control: Element, value: str) -> None:
    """Give the control its value, as a user would who fills the form."""
    properties = control.find(f"{W}sdtPr")
    content = control.find(f"{W}sdtContent")
    if properties is None or content is None:
        raise UnsupportedEditError("that content control is damaged: it has no properties or no content")
    lock = properties.find(f"{W}lock")
    if lock is not None and lock.get(W_VAL) in ("contentLocked", "sdtContentLocked"):
        raise UnsupportedEditError("that content control is locked against changes of its content")
    shown, stored = _value(properties, value)
    part.touch(control)
    _show(content, properties, shown)
    for hint in properties.findall(f"{W}showingPlcHdr"):
        properties.remove(hint)
    binding = properties.find(f"{W}dataBinding")
    if binding is not None:
        _store(stories, binding, stored)


def _names(control: Element) -> list[str]:
    found = [control.find(f"{W}sdtPr/{W}{name}") for name in ("alias", "tag")]
    return [value for item in found if item is not None and (value := item.get(W_VAL))]


def _value(properties: Element, value: str) -> tuple[str, str]:
    """What the control then shows, and what it stores."""
    kinds = {local_name(child.tag): child for child in properties}
    for name in _OTHER:
        if name in kinds:
            raise UnsupportedEditError(f"a content control of the kind {name} cannot be filled with text")
    if "checkbox" in kinds:
        return _check(kinds["checkbox"], value)
    if "date" in kinds:
        return _date(kinds["date"], value)
    for name in ("dropDownList", "comboBox"):
        if name in kinds:
            return _choice(kinds[name], value, free=name == "comboBox")
    text = clean_text(value)
    plain = kinds.get("text")
    if "\n" in text and plain is not None and plain.get(f"{W}multiLine") not in ("1", "true", "on"):
        raise UnsupportedEditError("that content control takes a single line")
    return text, text


def _check(box: Element, value: str) -> tuple[str, str]:
    chosen = _YES.get(value.strip().lower())
    if chosen is None:
        raise UnsupportedEditError(f"a check box takes true or false, not {value!r}")
    state = box.find(f"{W14}checked")
    if state is None:
        state = etree.SubElement(box, f"{W14}checked")
        box.insert(0, state)
    state.set(f"{W14}val", "1" if chosen else "0")
    sign = box.find(f"{W14}{'checkedState' if chosen else 'uncheckedState'}")
    code = None if sign is None else sign.get(f"{W14}val")
    default = "\N{BALLOT BOX WITH X}" if chosen else "\N{BALLOT BOX}"
    is_code = code is not None and re.fullmatch("[0-9A-Fa-f]{4}", code) is not None
    return chr(int(code, 16)) if code is not None and is_code else default, "true" if chosen else "false"


def _date(properties: Element, value: str) -> tuple[str, str]:
    try:
        day = date.fromisoformat(value.strip())
    except ValueError as exc:
        raise UnsupportedEditError(f"{value!r} is no date; give it as 2026-11-24") from exc
    properties.set(f"{W}fullDate", f"{day.isoformat()}T00:00:00Z")
    form = properties.find(f"{W}dateFormat")
    pattern = "yyyy-MM-dd" if form is None else form.get(W_VAL, "yyyy-MM-dd")
    stored = properties.find(f"{W}storeMappedDataAs")
    kind = "dateTime" if stored is None else stored.get(W_VAL, "dateTime")
    shown = _formatted(day, pattern)
    by_kind = {"date": day.isoformat(), "text": shown}
    return shown, by_kind.get(kind, f"{day.isoformat()}T00:00:00")


def _formatted(day: date, pattern: str) -> str:
    def part(match: re.Match[str]) -> str:
        code = match[0]
        if code.startswith("'"):
            return code.strip("'")
        if code in _DATE_PARTS:
            return day.strftime(_DATE_PARTS[code])
        return str({"M": day.month, "d": day.day}[code[0]])

    return re.sub(r"'[^']*'|y{4}|yy|M{1,4}|d{1,4}", part, pattern)


def _choice(listing: Element, value: str, *, free: bool) -> tuple[str, str]:
    items = [
        (item.get(f"{W}displayText") or item.get(f"{W}value", ""), item.get(f"{W}value", ""))
        for item in listing.findall(f"{W}listItem")
    ]
    for shown, stored in items:
        if value in (shown, stored):
            listing.set(f"{W}lastValue", stored)
            return shown, stored
    if free:
        return clean_text(value), clean_text(value)
    known = ", ".join(shown for shown, _ in items)
    raise UnsupportedEditError(f"{value!r} is none of the choices of that content control: {known}")


def _show(content: Element, properties: Element, text: str) -> None:
    """Put the text in the control's content, with the look that it has, or that its properties give."""
    paragraphs = list(content.iter(W_P))
    if len(paragraphs) > 1 and content.getparent() is not None:
        for extra in paragraphs[1:]:
            holder = extra.getparent()
            if holder is content:
                content.remove(extra)
    holder = paragraphs[0] if paragraphs else content
    old = next((run.find(W_RPR) for run in holder.iter(W_R) if run.find(W_RPR) is not None), None)
    own = properties.find(W_RPR)
    was_hint = properties.find(f"{W}showingPlcHdr") is not None
    look = own if own is not None or was_hint else old
    look = None if look is None else deepcopy(look)
    for child in list(holder):
        if child.tag not in (W_PPR, f"{W}tc", f"{W}tr") and not local_name(child.tag).startswith("bookmark"):
            holder.remove(child)
    if any(child.tag in (f"{W}tc", f"{W}tr") for child in holder):
        raise UnsupportedEditError("that content control holds rows or cells of a table; set the cell's text instead")
    if text:
        holder.append(new_run(text, look))


def _store(stories: Stories, binding: Element, value: str) -> None:
    """Write the value where the control's data lie, so that Word does not put the old one back."""
    part = _data_part(stories, binding.get(f"{W}storeItemID", ""))
    if part is None:
        return
    prefixes = {m[0]: m[1] or m[2] for m in _DECLARED.findall(binding.get(f"{W}prefixMappings", ""))}
    tracked = re.findall(r"[\w.-]+", binding.get(f"{W}xpath", ""))
    data = XmlPart(stories.package.read(part), name=part, path=stories.package.path, tracked=tracked)
    node = _node(data.root, binding.get(f"{W}xpath", ""), prefixes)
    if node is None:
        return
    data.touch(node[0])
    if node[1] is None:
        for child in list(node[0]):
            node[0].remove(child)
        node[0].text = value
    else:
        node[0].set(node[1], value)
    stories.package.replace(part, data.data())


def _data_part(stories: Stories, item: str) -> str | None:
    """The custom XML part whose properties bear the item's id (22.5.2.2); core properties have an id of their own."""
    package = stories.package
    for relationship in package.relationships(stories.main_part):
        part = package.resolve(stories.main_part, relationship) if relationship.kind == "customXml" else None
        for about in [] if part is None else package.relationships(part):
            name = package.resolve(part, about)
            if name is not None and about.kind == "customXmlProps":
                root = parse_xml(package.read(name), part=name, path=package.path)
                if any(value.lower() == item.lower() for value in map(str, root.attrib.values())):
                    return part
    return None


def _node(root: Element, path: str, prefixes: dict[str, str]) -> tuple[Element, str | None] | None:
    """The element, or element and attribute, that a simple path names; None for one that is none or leads nowhere."""
    steps = path.strip().lstrip("/").split("/")
    current: Element | None = None
    for step in steps:
        if step.startswith("@"):
            match = _STEP.fullmatch(step[1:])
            if current is None or match is None:
                return None
            uri = prefixes.get(match["prefix"] or "")
            return current, f"{{{uri}}}{match['name']}" if uri and match["prefix"] else match["name"]
        if step == "text()":
            break
        match = _STEP.fullmatch(step)
        if match is None:
            return None
        uri = prefixes.get(match["prefix"] or "", "")
        tag = f"{{{uri}}}{match['name']}" if uri else match["name"]
        found = [root] if current is None else list(current.iterchildren(tag))
        number = int(match["number"] or 1)
        if not 1 <= number <= len(found) or found[number - 1].tag != tag:
            return None
        current = found[number - 1]
    return None if current is None else (current, None)
