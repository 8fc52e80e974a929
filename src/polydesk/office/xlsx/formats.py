"""Changes of cell formats, as functions from one format's index to another's, remembered per index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.builtin_formats import BUILTIN_FORMATS, is_date_format
from polydesk.office.xlsx.cell_edits import SetStyle, Side
from polydesk.office.xlsx.elements import attributes, drop_attribute, sibling
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.patches import Restyle
from polydesk.office.xlsx.styles import Styles

FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip
"""As Excel writes a font's children (CT_Font is a choice in the schema, but other readers want this order)."""

_SIDES = ("left", "right", "top", "bottom")
_BORDER_ORDER = ("start", "end", *_SIDES, "diagonal", "vertical", "horizontal")


def without_format(index: int) -> int:
    """The format of a cell that never had any."""
    return 0


def format_id(styles: Styles, code: str) -> int:
    """The id of a number format code, one of Excel's own where there is one."""
    if not code or len(code) > 255:
        raise UnsupportedEditError(f"a number format has from 1 to 255 characters, not {len(code)}")
    for id, known in BUILTIN_FORMATS.items():
        if known.lower() == code.lower() and id not in styles.codes:
            return id
    return styles.code_id(code)


def with_number_format(styles: Styles, code: str) -> Restyle:
    """Gives a number format and keeps all else."""

    @cache
    def restyle(index: int) -> int:
        return styles.changed("cellXfs", index, _with_format_id(format_id(styles, code)))

    return restyle


def with_date_format(styles: Styles, code: str) -> Restyle:
    """Gives a number format to cells whose own shows no date or time."""
    change = with_number_format(styles, code)

    @cache
    def restyle(index: int) -> int:
        id, own = styles.number_format(index)
        return index if is_date_format(own if own is not None else BUILTIN_FORMATS.get(id, "")) else change(index)

    return restyle


def with_style(styles: Styles, edit: SetStyle) -> Restyle:
    """Makes the changes of look that an edit asks for."""
    named = None if edit.style is None else styles.named(edit.style)
    if edit.style is not None and named is None:
        known = ", ".join(styles.names()[:30])
        raise UnsupportedEditError(f"the workbook has no cell style {edit.style!r}; it has {known}")

    @cache
    def restyle(index: int) -> int:
        def change(xf: Element) -> None:
            if named is not None:
                _take_style(xf, named[0], named[1])
            _change_font(styles, xf, edit)
            _change_fill(styles, xf, edit)
            _change_border(styles, xf, edit)
            _change_alignment(xf, edit)
            if edit.locked is not None:
                _child(xf, "protection").set("locked", "1" if edit.locked else "0")
                xf.set("applyProtection", "1")

        return styles.changed("cellXfs", index, change)

    return restyle


def _with_format_id(id: int) -> Callable[[Element], None]:
    def change(xf: Element) -> None:
        xf.set("numFmtId", str(id))
        if id:
            xf.set("applyNumberFormat", "1")
        else:
            drop_attribute(xf, "applyNumberFormat")

    return change


def _take_style(xf: Element, index: int, style: Element) -> None:
    """What a named style says, in place of all that the cell had."""
    for child in list(xf):
        xf.remove(child)
    for name in ("numFmtId", "fontId", "fillId", "borderId"):
        xf.set(name, style.get(name, "0"))
    for name in [name for name in xf.attrib if str(name).startswith("apply")]:
        del xf.attrib[name]
    for child in style.iterchildren("{*}alignment", "{*}protection"):
        copy = _child(xf, local_name(child.tag))
        for name, value in attributes(child).items():
            copy.set(name, value)
    xf.set("xfId", str(index))


def _change_font(styles: Styles, xf: Element, edit: SetStyle) -> None:
    wishes: dict[str, dict[str, str] | None] = {}
    for name, wish in (("b", edit.bold), ("i", edit.italic), ("u", edit.underline), ("strike", edit.strike)):
        if wish is not None:
            wishes[name] = {} if wish else None
    if edit.size is not None:
        if not 1 <= edit.size <= 409:
            raise UnsupportedEditError(f"a font has from 1 to 409 points, not {edit.size:g}")
        wishes["sz"] = {"val": f"{edit.size:g}"}
    if edit.color is not None:
        wishes["color"] = None if edit.color == "automatic" else {"rgb": argb(edit.color)}
    if edit.font is not None:
        wishes |= {"name": {"val": edit.font}, "family": None, "charset": None, "scheme": None}
    if not wishes:
        return

    def change(font: Element) -> None:
        for name, wish in wishes.items():
            _put(font, name, wish, FONT_ORDER)

    xf.set("fontId", str(styles.changed("fonts", _id(xf, "fontId"), change)))
    xf.set("applyFont", "1")


def _change_fill(styles: Styles, xf: Element, edit: SetStyle) -> None:
    if edit.fill is None:
        return
    fill = styles.new("fill")
    pattern = _child(fill, "patternFill")
    pattern.set("patternType", "none" if edit.fill == "none" else "solid")
    if edit.fill != "none":
        _child(pattern, "fgColor").set("rgb", argb(edit.fill))
        _child(pattern, "bgColor").set("indexed", "64")
    xf.set("fillId", str(styles.index("fills", fill)))
    xf.set("applyFill", "1")


def _change_border(styles: Styles, xf: Element, edit: SetStyle) -> None:
    own = {"left": edit.left, "right": edit.right, "top": edit.top, "bottom": edit.bottom}
    wishes = {name: side or edit.border for name, side in own.items() if side or edit.border}
    if not wishes:
        return

    def change(border: Element) -> None:
        for name, side in wishes.items():
            assert side is not None
            _set_side(border, name, side)

    xf.set("borderId", str(styles.changed("borders", _id(xf, "borderId"), change)))
    xf.set("applyBorder", "1")


def _set_side(border: Element, name: str, side: Side) -> None:
    logical = {"left": "start", "right": "end"}.get(name, name)
    present = next(border.iterchildren("{*}" + logical), None)
    if present is not None:
        name = logical
    element = _put(border, name, {}, _BORDER_ORDER)
    assert element is not None
    for child in list(element):
        element.remove(child)
    drop_attribute(element, "style")
    if side.style != "none":
        element.set("style", side.style)
        color = _child(element, "color")
        if side.color is None:
            color.set("auto", "1")
        else:
            color.set("rgb", argb(side.color))


def _change_alignment(xf: Element, edit: SetStyle) -> None:
    wishes = {"horizontal": edit.horizontal, "vertical": edit.vertical}
    wishes["wrapText"] = None if edit.wrap is None else "1" if edit.wrap else "0"
    wishes["indent"] = None if edit.indent is None else str(edit.indent)
    if edit.indent is not None and not 0 <= edit.indent <= 250:
        raise UnsupportedEditError(f"an indent is from 0 to 250, not {edit.indent}")
    given = {name: value for name, value in wishes.items() if value is not None}
    if given:
        alignment = _put(xf, "alignment", None, ("alignment", "protection", "extLst"), keep=True)
        assert alignment is not None
        for name, value in given.items():
            alignment.set(name, value)
        xf.set("applyAlignment", "1")


def argb(color: str) -> str:
    """`FFRRGGBB` for `#RRGGBB`. Raises UnsupportedEditError."""
    digits = color.removeprefix("#")
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise UnsupportedEditError(f"{color!r} is no colour of the form #RRGGBB")
    return "FF" + digits.upper()


def _put(
    parent: Element,
    name: str,
    wishes: dict[str, str] | None,
    order: Sequence[str],
    *,
    keep: bool = False,
) -> Element | None:
    """A child with these attributes in its place in the order; None takes it out, unless `keep` wants it as it is."""
    present = next(parent.iterchildren("{*}" + name), None)
    if wishes is None and not keep:
        if present is not None:
            parent.remove(present)
        return None
    if present is None:
        present = sibling(parent, name)
        rank = order.index(name)
        following = next(
            (child for child in parent if local_name(child.tag) in order and order.index(local_name(child.tag)) > rank),
            None,
        )
        if following is None:
            parent.append(present)
        else:
            following.addprevious(present)
    if wishes:
        present.attrib.clear()
        for key, value in wishes.items():
            present.set(key, value)
    return present


def _child(parent: Element, name: str) -> Element:
    """The child of that name, made last when there is none."""
    found = next(parent.iterchildren("{*}" + name), None)
    if found is None:
        found = sibling(parent, name)
        parent.append(found)
    return found


def _id(xf: Element, name: str) -> int:
    return whole(xf.get(name))
