"""How defined names are made and deleted, print areas and titles included (ECMA-376-1 §18.2.5 and §18.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.formulas.references import is_plain_sheet
from polydesk.office.formulas.sheets import qualify, sheets_named
from polydesk.office.formulas.tokens import is_area, tokenize
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import Area, address, is_anchor, parse_area, sheet_name
from polydesk.office.xlsx.area_lists import absolute
from polydesk.office.xlsx.copy_sheet import names_and_ids
from polydesk.office.xlsx.inputs import formula_text
from polydesk.office.xlsx.making import OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.object_edits import DeleteName, SetName, SetPrintArea, SetPrintTitles
from polydesk.office.xlsx.shifting import TextChange
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure import Follower

PRINT_AREA, PRINT_TITLES = "_xlnm.Print_Area", "_xlnm.Print_Titles"
_NAME = re.compile(r"[^\W\d][\w.\\?]{0,254}|\\[\w.\\?]{0,254}")
_LISTED = 5


def names_of(state: WorkbookState) -> list[Element]:
    """The workbook's `definedName` elements."""
    return list(state.workbook.root.iterfind("{*}definedNames/{*}definedName"))


def find_name(state: WorkbookState, name: str, sheet: SheetState | None) -> Element | None:
    """The name of that scope, whatever its case; None when there is none."""
    scope = None if sheet is None else str(sheet.index)
    for element in names_of(state):
        if element.get("name", "").casefold() == name.casefold() and element.get("localSheetId") == scope:
            return element
    return None


def put_name(state: WorkbookState, name: str, sheet: SheetState | None, text: str) -> None:
    """Let a name of a scope mean a formula, given without the equals sign."""
    found = find_name(state, name, sheet)
    if found is not None:
        state.workbook.touch(found)
        found.text = text
        return
    element = state.new_workbook_element("definedName")
    element.set("name", name)
    if sheet is not None:
        element.set("localSheetId", str(sheet.index))
    element.text = text
    container = state.workbook_child("definedNames")
    if container is None:
        container = state.new_workbook_element("definedNames")
        container.append(element)
        state.put_workbook_child(container)
    else:
        state.workbook.append(container, element)


def drop_name(state: WorkbookState, element: Element) -> None:
    """Take a name out, and the list of names when it was the last."""
    parent = element.getparent()
    state.workbook.remove(element)
    if parent is not None and next(parent.iterchildren("*"), None) is None:
        state.workbook.remove(parent)


def _scope(making: Making, sheet: str | None) -> SheetState | None:
    return None if sheet is None else making.state.sheet(sheet)


def _prepare_set(making: Making, edit: SetName) -> None:
    sheet = _scope(making, edit.sheet)
    found = find_name(making.state, edit.name, sheet)
    _refuse_name(making.state, edit.name, new=found is None)
    making.claim_thing(f"the name {edit.name} ({edit.sheet or 'workbook'})".casefold())
    making.outcome.before = None if found is None else f"={found.text or ''}"
    making.outcome.after = f"={_meaning(making, edit, sheet)}"


def _refuse_name(state: WorkbookState, name: str, *, new: bool) -> None:
    if not _NAME.fullmatch(name) or is_area(name) or not is_plain_sheet(re.sub(r"[\\?]", "_", name)):
        raise UnsupportedEditError(
            f"{name!r} cannot be a name: it begins with a letter or _, has letters, digits, _ and . only, is no cell"
        )
    tables = names_and_ids(state)[0] - {element.get("name", "").casefold() for element in names_of(state)}
    if new and name.casefold() in tables:
        raise UnsupportedEditError(f"a table is called {name!r} already")


def _meaning(making: Making, edit: SetName, scope: SheetState | None) -> str:
    """The formula behind a name, without the equals sign."""
    text = edit.refers_to.strip()
    if is_anchor(text) or parse_area(text) is not None:
        sheet, area = making.place(text if "!" in text or scope is None else address(scope.name, _area(text)))
        return f"{sheet_name(sheet.name)}!{absolute(area)}"
    if not text.startswith("="):
        raise UnsupportedEditError(f"{text!r} is no address such as Sales!B2:B9; a formula begins with =")
    formula = formula_text(text)
    for name in sheets_named(formula):
        making.state.sheet(name)
    if any(token.kind == "reference" and not token.prefix for token in tokenize(formula)):
        if scope is None:
            raise UnsupportedEditError("a name's formula says the sheet of every cell, as in =SUM(Sales!$B$2:$B$9)")
        formula = qualify(formula, scope.name)
    return formula


def _area(text: str) -> Area:
    area = parse_area(text)
    assert area is not None
    return area


def _make_set(making: Making, edit: SetName) -> None:
    sheet = _scope(making, edit.sheet)
    put_name(making.state, edit.name, sheet, _meaning(making, edit, sheet))
    making.state.values_changed = True


class NameUses(TextChange):
    """Collects where formulas use a name; changes nothing."""

    def __init__(self, name: str, scope: str | None, hiding: frozenset[str]) -> None:
        """`scope` is the sheet of the name; `hiding` the sheets that have a name of their own that hides it."""
        super().__init__(self._seen)
        self._name, self._scope, self._hiding = name.casefold(), scope and scope.casefold(), hiding
        self.places: list[str] = []

    def _seen(self, text: str) -> str:
        self._look(text, "", f"={text}"[:60])
        return text

    def formula(self, text: str, *, sheet: str) -> str:
        self._look(text, sheet, f"={text}"[:60])
        return text

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        self._look(text, sheet, address(sheet, home))
        return text

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        self._look(text, sheet, address(sheet, Area.cell(row, column)))
        return text

    def _look(self, text: str, sheet: str, place: str) -> None:
        if self._name in text.casefold() and any(self._is_it(name, prefix, sheet) for name, prefix in _names_in(text)):
            self.places.append(place)

    def _is_it(self, name: str, prefix: str, sheet: str) -> bool:
        if name.casefold() != self._name:
            return False
        on = (prefix.removesuffix("!").strip("'").replace("''", "'") or sheet).casefold()
        return on == self._scope if self._scope is not None and on else on not in self._hiding


def _names_in(text: str) -> Iterator[tuple[str, str]]:
    for token in tokenize(text):
        if token.kind == "name":
            yield token.text[len(token.prefix) :], token.prefix


def _prepare_delete(making: Making, edit: DeleteName) -> None:
    state = making.state
    sheet = _scope(making, edit.sheet)
    found = find_name(state, edit.name, sheet)
    if found is None:
        there = ", ".join(element.get("name", "") for element in names_of(state)[:20]) or "none"
        raise AnchorNotFoundError(f"there is no name {edit.name!r} of that scope; the names are: {there}")
    making.claim_thing(f"the name {edit.name} ({edit.sheet or 'workbook'})".casefold())
    making.outcome.before = f"={found.text or ''}"
    uses = _uses(state, edit, sheet)
    if uses and not edit.force:
        more = f" and {len(uses) - _LISTED} more" if len(uses) > _LISTED else ""
        raise UnsupportedEditError(
            f"{edit.name} is used in {', '.join(uses[:_LISTED])}{more}, which would show #NAME?; change these first, "
            'or say "force": true'
        )
    if uses:
        making.outcome.notes.append(f"{len(uses)} formulas used {edit.name} and show #NAME? from now on")


def _uses(state: WorkbookState, edit: DeleteName, sheet: SheetState | None) -> list[str]:
    hiding: set[str] = set()
    if sheet is None:
        hiding = {one.name.casefold() for one in state.sheets if find_name(state, edit.name, one) is not None}
    uses = NameUses(edit.name, None if sheet is None else sheet.name, frozenset(hiding))
    Follower(state, uses).follow()
    return list(dict.fromkeys(uses.places))


def _make_delete(making: Making, edit: DeleteName) -> None:
    found = find_name(making.state, edit.name, _scope(making, edit.sheet))
    assert found is not None
    drop_name(making.state, found)
    making.state.values_changed = True


def _prepare_print(making: Making, edit: SetPrintArea | SetPrintTitles) -> None:
    sheet = making.state.sheet(edit.sheet)
    name = PRINT_AREA if isinstance(edit, SetPrintArea) else PRINT_TITLES
    making.claim_thing(f"{name} of {edit.sheet}".casefold())
    found = find_name(making.state, name, sheet)
    making.outcome.before = None if found is None else found.text
    making.outcome.after = _printed(sheet, edit) or None


def _printed(sheet: SheetState, edit: SetPrintArea | SetPrintTitles) -> str:
    """What the built-in name means; empty for nothing."""
    if isinstance(edit, SetPrintArea):
        areas = [_named(text) for text in edit.areas]
    else:
        areas = [_named(text) for text in (edit.columns, edit.rows) if text is not None]
        if (edit.rows and not _named(edit.rows).whole_rows) or (
            edit.columns and not _named(edit.columns).whole_columns
        ):
            raise UnsupportedEditError("rows are given as 1:2, columns as A:B")
    return ",".join(f"{sheet_name(sheet.name)}!{absolute(area)}" for area in areas)


def _named(text: str) -> Area:
    area = parse_area(text.strip())
    if area is None:
        raise AnchorNotFoundError(f"{text!r} is no area such as A1:F40; the sheet has a field of its own")
    return area


def _make_print(making: Making, edit: SetPrintArea | SetPrintTitles) -> None:
    state = making.state
    sheet = state.sheet(edit.sheet)
    name = PRINT_AREA if isinstance(edit, SetPrintArea) else PRINT_TITLES
    text = _printed(sheet, edit)
    if text:
        put_name(state, name, sheet, text)
    elif (found := find_name(state, name, sheet)) is not None:
        drop_name(state, found)


NAME_MAKERS: Makers = {
    SetName: Maker(OBJECTS, _prepare_set, _make_set),
    DeleteName: Maker(OBJECTS, _prepare_delete, _make_delete),
    SetPrintArea: Maker(OBJECTS, _prepare_print, _make_print),
    SetPrintTitles: Maker(OBJECTS, _prepare_print, _make_print),
}
