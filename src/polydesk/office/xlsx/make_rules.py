"""How conditional formats are added and cleared (ECMA-376-1 §18.3.1.10 and §18.3.1.18)."""

from __future__ import annotations

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import Area, address, cell_name
from polydesk.office.xlsx.area_lists import areas_of, ref_of, take_out
from polydesk.office.xlsx.builtin_formats import BUILTIN_FORMATS
from polydesk.office.xlsx.formats import argb, format_id
from polydesk.office.xlsx.inputs import formula_text, number_text
from polydesk.office.xlsx.make_validations import OPERATORS
from polydesk.office.xlsx.making import LOOKS, OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.object_edits import AddConditionalFormat, ClearConditionalFormats, Look
from polydesk.office.xlsx.state import SheetState
from polydesk.office.xlsx.styles import Styles

_SCALES = ("color_scale", "data_bar", "icons")
_SIMPLE = {
    "duplicate": "duplicateValues", "unique": "uniqueValues", "blank": "containsBlanks",
    "not_blank": "notContainsBlanks", "error": "containsErrors", "not_error": "notContainsErrors",
}  # fmt: skip
_TEXT = {
    "contains": ("containsText", "containsText", "NOT(ISERROR(SEARCH({text},{cell})))"),
    "not_contains": ("notContainsText", "notContains", "ISERROR(SEARCH({text},{cell}))"),
    "begins_with": ("beginsWith", "beginsWith", "LEFT({cell},LEN({text}))={text}"),
    "ends_with": ("endsWith", "endsWith", "RIGHT({cell},LEN({text}))={text}"),
}
"""Type, operator and formula by the way of matching, as Excel writes them."""
_CHECKS = {
    "blank": "LEN(TRIM({cell}))=0", "not_blank": "LEN(TRIM({cell}))>0", "error": "ISERROR({cell})",
    "not_error": "NOT(ISERROR({cell}))",
}  # fmt: skip
_STEPS = {3: (0, 33, 67), 4: (0, 25, 50, 75), 5: (0, 20, 40, 60, 80)}


def _formats(sheet: SheetState) -> list[Element]:
    return list(sheet.frame.root.iter("{*}conditionalFormatting"))


def _prepare_add(making: Making, edit: AddConditionalFormat) -> None:
    sheet, area = making.place(edit.at)
    sheet.stream  # noqa: B018  # refuses a sheet without cells
    _refuse(edit)
    for color in (*edit.colors, *_colors(edit.look)):
        argb(color)
    making.outcome.after = f"{edit.when}: {', '.join(filter(None, (_formula(edit, area), *edit.colors, edit.icons)))}"


def _colors(look: Look | None) -> list[str]:
    return [] if look is None else [color for color in (look.color, look.fill, look.border) if color is not None]


def _refuse(edit: AddConditionalFormat) -> None:
    problem = None
    if edit.when in _SCALES and edit.look is not None:
        problem = f"{edit.when} has no look"
    elif edit.when not in _SCALES and (edit.look is None or edit.look == Look()):
        problem = f"{edit.when} needs a look that says something"
    elif edit.when == "color_scale" and len(edit.colors) not in (2, 3):
        problem = "a colour scale has two or three colors"
    elif edit.when == "data_bar" and len(edit.colors) != 1:
        problem = "a data bar has one of colors"
    elif edit.when == "icons" and edit.icons is None:
        problem = "icons names a set of icons"
    elif edit.when == "value" and (edit.first is None or (edit.second is None) is (edit.operator in _TWO)):
        problem = f"{edit.operator} takes {'first and second' if edit.operator in _TWO else 'first alone'}"
    elif edit.when == "formula" and edit.formula is None:
        problem = "formula is missing"
    elif edit.when == "text" and not edit.text:
        problem = "text is missing"
    elif not 1 <= edit.rank <= (100 if edit.percent else 1000):
        problem = "rank is from 1 to 1,000, or to 100 per cent"
    if problem is not None:
        raise UnsupportedEditError(f"the conditional format cannot be made: {problem}")


_TWO = ("between", "not_between")


def _formula(edit: AddConditionalFormat, area: Area) -> str | None:
    """The formula of a rule for the first cell of its area; None for rules that have none, or two."""
    cell = cell_name(area.top, area.left)
    if edit.when == "formula":
        return formula_text(edit.formula or "")
    if edit.when == "text":
        return _TEXT[edit.match][2].format(text=_quoted(edit.text or ""), cell=cell)
    if edit.when in _CHECKS:
        return _CHECKS[edit.when].format(cell=cell)
    if edit.when == "value":
        return _operand(edit.first)
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _operand(value: float | str | None) -> str:
    if isinstance(value, int | float):
        return number_text(value)
    text = value or ""
    return formula_text(text) if text.startswith("=") else _quoted(text)


def _make_add(making: Making, edit: AddConditionalFormat) -> None:
    sheet, area = making.place(edit.at)
    frame = sheet.frame
    rule = frame.new("cfRule")
    _describe(rule, edit)
    if edit.look is not None:
        rule.set("dxfId", str(making.state.styles.index("dxfs", _dxf(making.state.styles, edit.look))))
    rule.set("priority", str(_priority(sheet, edit)))
    if edit.stop_if_true:
        rule.set("stopIfTrue", "1")
    formulas = [_formula(edit, area)]
    if edit.when == "value" and edit.second is not None:
        formulas.append(_operand(edit.second))
    for formula in formulas:
        if formula is not None:
            _child(sheet, rule, "formula").text = formula
    if edit.when in _SCALES:
        _scale(sheet, rule, edit)
    holder = frame.new("conditionalFormatting")
    holder.set("sqref", ref_of(area))
    holder.append(rule)
    frame.put(holder)


def _describe(rule: Element, edit: AddConditionalFormat) -> None:
    """Type and what goes with it."""
    match edit.when:
        case "value":
            rule.set("type", "cellIs")
            rule.set("operator", OPERATORS[edit.operator])
        case "formula":
            rule.set("type", "expression")
        case "text":
            type, operator, _ = _TEXT[edit.match]
            rule.set("type", type)
            rule.set("operator", operator)
            rule.set("text", edit.text or "")
        case "top" | "bottom":
            rule.set("type", "top10")
            if edit.percent:
                rule.set("percent", "1")
            if edit.when == "bottom":
                rule.set("bottom", "1")
            rule.set("rank", str(edit.rank))
        case "above_average" | "below_average":
            rule.set("type", "aboveAverage")
            if edit.when == "below_average":
                rule.set("aboveAverage", "0")
        case "color_scale" | "data_bar" | "icons":
            rule.set("type", {"color_scale": "colorScale", "data_bar": "dataBar", "icons": "iconSet"}[edit.when])
        case _:
            rule.set("type", _SIMPLE[edit.when])


def _child(sheet: SheetState, parent: Element, name: str, **attributes: str) -> Element:
    child = sheet.frame.new(name)
    for attribute, value in attributes.items():
        child.set(attribute, value)
    parent.append(child)
    return child


def _scale(sheet: SheetState, rule: Element, edit: AddConditionalFormat) -> None:
    """A colour scale, data bar or icon set with thresholds as Excel offers them first (§18.3.1.11)."""
    if edit.when == "icons":
        assert edit.icons is not None
        icons = _child(sheet, rule, "iconSet", iconSet=edit.icons)
        for attribute, wanted in (("showValue", not edit.show_value), ("reverse", edit.reverse)):
            if wanted:
                icons.set(attribute, "0" if attribute == "showValue" else "1")
        for step in _STEPS[int(edit.icons[0])]:
            _child(sheet, icons, "cfvo", type="percent", val=str(step))
        return
    bar = edit.when == "data_bar"
    scale = _child(sheet, rule, "dataBar" if bar else "colorScale")
    if bar and not edit.show_value:
        scale.set("showValue", "0")
    _child(sheet, scale, "cfvo", type="min")
    if len(edit.colors) == 3:
        _child(sheet, scale, "cfvo", type="percentile", val="50")
    _child(sheet, scale, "cfvo", type="max")
    for color in edit.colors:
        _child(sheet, scale, "color", rgb=argb(color))


def _priority(sheet: SheetState, edit: AddConditionalFormat) -> int:
    """A priority that no other rule of the sheet has; the lowest applies first (§18.3.1.10)."""
    rules = list(sheet.frame.root.iter("{*}cfRule"))
    taken = [whole(rule.get("priority"), 0) for rule in rules]
    if edit.priority == "last" or not taken:
        return max(taken, default=0) + 1
    if min(taken) > 1:
        return min(taken) - 1
    for rule in rules:
        if rule.get("priority") is not None:
            sheet.frame.part.set_attribute(rule, "priority", str(whole(rule.get("priority"), 0) + 1))
    return 1


def _dxf(styles: Styles, look: Look) -> Element:
    """A differential format (§18.8.14); its parts stand in the order of the schema."""
    dxf = styles.new("dxf")
    font = styles.new("font")
    for name, wanted in (("b", look.bold), ("i", look.italic), ("strike", look.strike)):
        if wanted is not None:
            _add(styles, font, name, **({} if wanted else {"val": "0"}))
    if look.color is not None:
        _add(styles, font, "color", rgb=argb(look.color))
    if look.underline is not None:
        underline = styles.new("u")
        if not look.underline:
            underline.set("val", "none")
        font.insert(len(font) - (look.color is not None), underline)
    if len(font):
        dxf.append(font)
    if look.number_format is not None:
        id = format_id(styles, look.number_format)
        _add(styles, dxf, "numFmt", numFmtId=str(id), formatCode=BUILTIN_FORMATS.get(id, look.number_format))
    if look.fill is not None:
        _add(styles, _add(styles, _add(styles, dxf, "fill"), "patternFill"), "bgColor", rgb=argb(look.fill))
    if look.border is not None:
        border = _add(styles, dxf, "border")
        for side in ("left", "right", "top", "bottom"):
            _add(styles, _add(styles, border, side, style="thin"), "color", rgb=argb(look.border))
    return dxf


def _add(styles: Styles, parent: Element, name: str, **attributes: str) -> Element:
    child = styles.new(name)
    for attribute, value in attributes.items():
        child.set(attribute, value)
    parent.append(child)
    return child


def _prepare_clear(making: Making, edit: ClearConditionalFormats) -> None:
    sheet, area = making.place(edit.at)
    making.claim(sheet, area, "conditional formats")
    met = [item for item in _formats(sheet) if any(own.meets(area) for own in areas_of(item))]
    if not met:
        raise AnchorNotFoundError(f"{address(sheet.name, area)} has no conditional format")
    kinds = [rule.get("type", "") for item in met for rule in item.iterchildren("{*}cfRule")]
    making.outcome.before = ", ".join(dict.fromkeys(kinds))


def _make_clear(making: Making, edit: ClearConditionalFormats) -> None:
    sheet, area = making.place(edit.at)
    for item in _formats(sheet):
        take_out(sheet.frame.part, item, area)


RULE_MAKERS: Makers = {
    AddConditionalFormat: Maker(OBJECTS, _prepare_add, _make_add),
    ClearConditionalFormats: Maker(LOOKS, _prepare_clear, _make_clear),  # before the list adds others
}
