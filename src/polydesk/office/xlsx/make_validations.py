"""How data validations are set and cleared (ECMA-376-1 §18.3.1.32, and [MS-XLSX] 2.6.6 for lists on other sheets)."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, cast

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.formulas.sheets import sheets_named
from polydesk.office.formulas.tokens import tokenize
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import address, is_anchor, sheet_name
from polydesk.office.xlsx.area_lists import absolute, areas_of, extension, ref_of, take_out
from polydesk.office.xlsx.inputs import formula_text, number_text, serial
from polydesk.office.xlsx.making import OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.object_edits import ClearValidation, SetValidation
from polydesk.office.xlsx.state import SheetState

X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
XM = "{http://schemas.microsoft.com/office/excel/2006/main}"
_EXTENSION = "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"
"""Of data validations that Excel 2010 added ([MS-XLSX] 2.2.10, checked 2026-11-24)."""

MAX_LIST, MAX_TITLE, MAX_MESSAGE = 255, 32, 255
"""Characters of a list's values, of a title and of a message, which Excel refuses to open beyond ([MS-OI29500]
2.1.585 and on, checked 2026-11-24)."""

OPERATORS = {
    "between": "between", "not_between": "notBetween", "equal": "equal", "not_equal": "notEqual",
    "greater": "greaterThan", "less": "lessThan", "greater_or_equal": "greaterThanOrEqual",
    "less_or_equal": "lessThanOrEqual",
}  # fmt: skip
"""By the words of edits (ST_DataValidationOperator, §18.18.20; ST_ConditionalFormattingOperator, §18.18.15)."""
_TYPES = {"text_length": "textLength"}
_TIME = re.compile(r"\d\d?:\d\d(:\d\d)?")


def _prepare_set(making: Making, edit: SetValidation) -> None:
    sheet, area = making.place(edit.at)
    sheet.stream  # noqa: B018  # refuses a sheet without cells
    _formulas(making, edit)
    for title in (edit.prompt_title, edit.error_title):
        _refuse_long(title, MAX_TITLE, "a title")
    for message in (edit.prompt, edit.error):
        _refuse_long(message, MAX_MESSAGE, "a message")
    making.claim(sheet, area, "validation")
    making.outcome.before = _told(sheet, edit.at, making)
    making.outcome.after = f"{edit.allow}: {', '.join(_formulas(making, edit))}"


def _refuse_long(text: str | None, limit: int, what: str) -> None:
    if text is not None and len(text) > limit:
        raise UnsupportedEditError(f"{what} of a validation has {len(text):,} characters; {limit} fit")


def _told(sheet: SheetState, at: str, making: Making) -> str | None:
    """The rules that the cells have now."""
    area = making.state.place(at).area
    found = [
        f"{rule.get('type', 'none')}: {', '.join(map(_words, rule.iterchildren('{*}formula1', '{*}formula2')))}"
        for rule in _rules(sheet)
        if any(own.meets(area) for own in areas_of(rule))
    ]
    return "; ".join(found[:5]) or None


def _words(element: Element) -> str:
    return "".join(cast("Any", element).itertext()).strip()


def _rules(sheet: SheetState) -> list[Element]:
    return list(sheet.frame.root.iter("{*}dataValidation"))


def _formulas(making: Making, edit: SetValidation) -> list[str]:
    """The formulas of a rule as the file has them. Raises UnsupportedEditError for bounds that make no sense."""
    if edit.allow == "list":
        return [_list(making, edit)]
    if edit.allow == "custom":
        if edit.formula is None:
            raise UnsupportedEditError("a custom rule needs its formula")
        return [formula_text(edit.formula)]
    two = edit.operator in ("between", "not_between")
    if edit.first is None or (edit.second is None) is two:
        raise UnsupportedEditError(f"{edit.operator} takes {'first and second' if two else 'first alone'}")
    bounds = [edit.first] if edit.second is None else [edit.first, edit.second]
    return [_bound(making, edit, bound) for bound in bounds]


def _list(making: Making, edit: SetValidation) -> str:
    if (edit.values is None) is (edit.source is None):
        raise UnsupportedEditError("a list has exactly one of values and source")
    if edit.values is not None:
        joined = ",".join(edit.values)
        if not edit.values or any("," in value or not value.strip() for value in edit.values) or len(joined) > MAX_LIST:
            raise UnsupportedEditError(
                f"values are texts without commas, {MAX_LIST} characters in all; for others write them into cells and "
                "name these as source"
            )
        return '"' + joined.replace('"', '""') + '"'
    source = (edit.source or "").strip()
    if is_anchor(source):
        sheet, area = making.state.place(source)
        if area.height > 1 and area.width > 1:
            raise UnsupportedEditError(f"{source} is more than one row or column, and a list is only one")
        own = making.state.place(edit.at).sheet
        return absolute(area) if sheet is own else f"{sheet_name(sheet.name)}!{absolute(area)}"
    if not source.startswith("="):
        raise UnsupportedEditError(f"{source!r} is no address such as Lists!A2:A9; a formula or name begins with =")
    for name in sheets_named(source):
        making.state.sheet(name)
    return formula_text(source)


def _bound(making: Making, edit: SetValidation, bound: float | str) -> str:
    if isinstance(bound, int | float):
        return number_text(bound)
    if bound.startswith("="):
        return formula_text(bound)
    try:
        if edit.allow == "date":
            return number_text(serial(_moment(bound), date1904=making.state.date1904))
        if edit.allow == "time" and _TIME.fullmatch(bound):
            moment = time.fromisoformat(bound.zfill(len(bound) + (bound.find(":") == 1)))
            return number_text((moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400)
    except ValueError as exc:
        raise UnsupportedEditError(f"{bound!r} is no {edit.allow}: {exc}") from exc
    raise UnsupportedEditError(
        f"{bound!r} is no bound for {edit.allow}: give a number, or a formula that begins with ="
    )


def _moment(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _make_set(making: Making, edit: SetValidation) -> None:
    sheet, area = making.place(edit.at)
    _clear(sheet, making, edit.at)
    formulas = _formulas(making, edit)
    elsewhere = any(token.prefix for formula in formulas for token in tokenize(formula))
    name = ref_of(area)
    if elsewhere:
        _put_extended(sheet, edit, formulas, name)
    else:
        _put(sheet, edit, formulas, name)


def _attributes(rule: Element, edit: SetValidation) -> None:
    """In the order in which Excel writes them."""
    rule.set("type", _TYPES.get(edit.allow, edit.allow))
    if edit.on_error != "stop":
        rule.set("errorStyle", edit.on_error)
    if edit.allow not in ("list", "custom") and edit.operator != "between":
        rule.set("operator", OPERATORS[edit.operator])
    if edit.allow_blank:
        rule.set("allowBlank", "1")
    if edit.allow == "list" and not edit.dropdown:
        rule.set("showDropDown", "1")  # §18.3.1.32: it hides the button, whatever its name
    rule.set("showInputMessage", "1")
    rule.set("showErrorMessage", "1")
    texts = (("errorTitle", edit.error_title), ("error", edit.error))
    for attribute, text in (*texts, ("promptTitle", edit.prompt_title), ("prompt", edit.prompt)):
        if text is not None:
            rule.set(attribute, _clean(text))


def _clean(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text).replace("\r\n", "\n")


def _put(sheet: SheetState, edit: SetValidation, formulas: list[str], name: str) -> None:
    frame = sheet.frame
    rule = frame.new("dataValidation")
    _attributes(rule, edit)
    rule.set("sqref", name)
    for number, formula in enumerate(formulas, 1):
        child = frame.new(f"formula{number}")
        child.text = formula
        rule.append(child)
    container = frame.child("dataValidations")
    if container is None:
        container = frame.new("dataValidations")
        container.set("count", "1")
        container.append(rule)
        frame.put(container)
        return
    frame.part.append(container, rule)
    frame.part.set_attribute(container, "count", str(sum(1 for _ in container.iterchildren("*"))))


def _put_extended(sheet: SheetState, edit: SetValidation, formulas: list[str], name: str) -> None:
    """A rule that looks at another sheet, which Excel 2007 cannot read and later ones keep in the extension list."""
    rule = etree.Element(f"{X14}dataValidation", nsmap={"x14": X14[1:-1], "xm": XM[1:-1]})
    _attributes(rule, edit)
    for number, formula in enumerate(formulas, 1):
        holder = etree.SubElement(rule, f"{X14}formula{number}")
        etree.SubElement(holder, f"{XM}f").text = formula
    etree.SubElement(rule, f"{XM}sqref").text = name
    put_extension(sheet, _EXTENSION, "dataValidations", rule)


def put_extension(sheet: SheetState, uri: str, container_name: str, item: Element) -> None:
    """Put an element into the container of a sheet's extension, both made where there is none."""
    frame = sheet.frame
    found = extension(frame.part, uri)
    container = None if found is None else next(found.iterchildren("{*}" + container_name), None)
    if container is not None:
        frame.part.append(container, item)
        if container.get("count") is not None:
            frame.part.set_attribute(container, "count", str(sum(1 for _ in container.iterchildren("*"))))
        return
    own = frame.new("ext")
    new = etree.Element(own.tag, nsmap={**own.nsmap, "x14": X14[1:-1]})  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportCallIssue, reportArgumentType]
    new.set("uri", uri)
    holder = etree.SubElement(new, f"{X14}{container_name}", nsmap={"xm": XM[1:-1]})
    if container_name == "dataValidations":
        holder.set("count", "1")
    holder.append(item)
    extensions = frame.child("extLst")
    if extensions is None:
        extensions = frame.new("extLst")
        extensions.append(new)
        frame.put(extensions)
    else:
        frame.part.append(extensions, new)


def _clear(sheet: SheetState, making: Making, at: str) -> None:
    area = making.state.place(at).area
    for rule in _rules(sheet):
        take_out(sheet.frame.part, rule, area)


def _prepare_clear(making: Making, edit: ClearValidation) -> None:
    sheet, area = making.place(edit.at)
    making.claim(sheet, area, "validation")
    making.outcome.before = _told(sheet, edit.at, making)
    if making.outcome.before is None:
        raise AnchorNotFoundError(f"{address(sheet.name, area)} has no validation")


def _make_clear(making: Making, edit: ClearValidation) -> None:
    _clear(making.state.place(edit.at).sheet, making, edit.at)


VALIDATION_MAKERS: Makers = {
    SetValidation: Maker(OBJECTS, _prepare_set, _make_set),
    ClearValidation: Maker(OBJECTS, _prepare_clear, _make_clear),
}
