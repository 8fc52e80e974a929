"""How sheets are inserted, deleted, renamed, moved, copied and hidden."""

from __future__ import annotations

import re
from functools import partial

from polydesk.core.errors import EditConflictError, UnsupportedEditError
from polydesk.office.edits import kind_of
from polydesk.office.formulas.sheets import delete_sheets, move_sheets, rename_sheet
from polydesk.office.formulas.structured import delete_table
from polydesk.office.ooxml.names import S
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW, Area
from polydesk.office.xlsx.copy_sheet import copy_sheet
from polydesk.office.xlsx.make_grid import make_plan
from polydesk.office.xlsx.making import STRUCTURE, Maker, Makers, Making
from polydesk.office.xlsx.sheet_tabs import (
    EMPTY_SHEET,
    WORKSHEET_TYPE,
    add_sheet,
    free_part,
    remove_parts,
    reorder,
    retitle,
)
from polydesk.office.xlsx.shifting import TextChange
from polydesk.office.xlsx.shifting_parts import linked_parts
from polydesk.office.xlsx.shifting_rows import strings_in
from polydesk.office.xlsx.shifting_tables import open_table, table_name
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.structure import Follower
from polydesk.office.xlsx.structure_edits import (
    CopySheet,
    DeleteSheet,
    InsertSheet,
    MoveSheet,
    RenameSheet,
    SheetEdit,
    ShowSheet,
)
from polydesk.office.xlsx.structure_plan import StructurePlan, plan_of, refuse_name

_STRICT_S = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def prepare_sheet(making: Making, edit: SheetEdit) -> None:
    """Check an edit of a sheet and add it to the list's plan."""
    state, plan = making.state, plan_of(making)
    if not isinstance(edit, InsertSheet):
        sheet = state.sheet(edit.sheet)
        if not isinstance(edit, CopySheet):
            making.claim(sheet, _WHOLE, kind_of(edit))
        making.outcome.before = sheet.name
    if isinstance(edit, InsertSheet | CopySheet | RenameSheet):
        old = edit.sheet if isinstance(edit, RenameSheet) else None
        taken = [name for name in _names(state, plan) if old is None or name.casefold() != old.casefold()]
        refuse_name(edit.name, taken)
        making.outcome.after = edit.name
    if isinstance(edit, InsertSheet):
        _new_sheet(state, edit.name)
    if isinstance(edit, InsertSheet | CopySheet | MoveSheet):
        _refuse_both(edit)
        for other in (edit.before, edit.after):
            if other is not None:
                state.sheet(other)
    plan.sheets.append(edit)
    if len(plan.sheets) == 1:
        plan.lasts.append(partial(make_sheets, plan))


_WHOLE = Area(1, 1, MAX_ROW, MAX_COLUMN)


def _names(state: WorkbookState, plan: StructurePlan) -> list[str]:
    new = [edit.name for edit in plan.sheets if isinstance(edit, CopySheet | RenameSheet)]
    return [*(sheet.name for sheet in state.sheets), *new]


def _refuse_both(edit: InsertSheet | CopySheet | MoveSheet) -> None:
    if edit.before is not None and edit.after is not None:
        raise UnsupportedEditError("before and after cannot both be given")
    if isinstance(edit, MoveSheet) and edit.before is None and edit.after is None:
        raise UnsupportedEditError("one of before and after is given")


def make_sheets(plan: StructurePlan, state: WorkbookState) -> None:
    """Make all edits of sheets: copies and new ones first, then deletions, places, names, and what is shown."""
    edits = plan.sheets
    gone = {edit.sheet.casefold() for edit in edits if isinstance(edit, DeleteSheet)}
    for edit in edits:
        target = edit.sheet if isinstance(edit, RenameSheet | MoveSheet | ShowSheet) else None
        if target is not None and target.casefold() in gone:
            raise EditConflictError(f"another edit of the list deletes the sheet {target!r}")
    new = {edit.name for edit in edits if isinstance(edit, InsertSheet)}
    before = [sheet for sheet in state.sheets if sheet.name not in new]
    order = [sheet.element for sheet in state.sheets if sheet.name not in new]
    for edit in edits:
        if isinstance(edit, InsertSheet):
            _place(state, order, state.sheet(edit.name).element, edit.before, edit.after)
        elif isinstance(edit, CopySheet):
            copied = copy_sheet(state, state.sheet(edit.sheet), edit.name)
            after = edit.after if edit.before or edit.after else edit.sheet
            _place(state, order, copied, edit.before, after)
    for edit in edits:
        if isinstance(edit, MoveSheet):
            element = state.sheet(edit.sheet).element
            if element is state.sheet(edit.before or edit.after).element:
                continue
            order.remove(element)
            _place(state, order, element, edit.before, edit.after)
        elif isinstance(edit, ShowSheet):
            shown = None if edit.state == "visible" else edit.state
            state.workbook.set_attribute(state.sheet(edit.sheet).element, "state", shown)
    names = [sheet.name for sheet in before]
    new_names = [element.get("name", "") for element in order]
    kept = [element for element in order if element.get("name", "").casefold() not in gone]
    if not all(isinstance(edit, RenameSheet) for edit in edits):
        reorder(state, kept)
    if [name for name in new_names if name in names] != names:
        Follower(state, TextChange(partial(_moved, names, new_names))).follow()
    for name in sorted(gone):
        _delete(state, name, names)
    _rename(state, [edit for edit in edits if isinstance(edit, RenameSheet)])
    kinds = {sheet.name: sheet.kind for sheet in before}
    renamed = {edit.sheet.casefold(): edit.name for edit in edits if isinstance(edit, RenameSheet)}
    titles = [
        (kinds.get(name, "worksheet"), renamed.get(name.casefold(), name))
        for name in new_names
        if name.casefold() not in gone
    ]
    retitle(state, before, titles)


def _moved(before: list[str], after: list[str], text: str) -> str:
    return move_sheets(text, before, after)


def _place(state: WorkbookState, order: list[Element], element: Element, before: str | None, after: str | None) -> None:
    if before is not None:
        order.insert(order.index(state.sheet(before).element), element)
    elif after is not None:
        order.insert(order.index(state.sheet(after).element) + 1, element)
    else:
        order.append(element)


def _new_sheet(state: WorkbookState, name: str) -> None:
    """Add an empty sheet as the last one, at once: later edits of the list may name its cells."""
    part = free_part(state, "/xl/worksheets/sheet{}.xml")
    namespace = _STRICT_S if state.workbook.is_strict else S[1:-1]
    state.package.add(part, EMPTY_SHEET.format(namespace).encode(), WORKSHEET_TYPE)
    element = add_sheet(state, name, part)
    state.sheets.append(SheetState(state, element, len(state.sheets), part, "worksheet"))


def _delete(state: WorkbookState, name: str, order: list[str]) -> None:
    sheet = next(sheet for sheet in state.sheets if sheet.name.casefold() == name)
    package = state.package
    tables = (
        []
        if sheet.part is None
        else [table_name(open_table(package, part)) for part in linked_parts(package, sheet.part, "table")]
    )
    if sheet.part is not None and sheet.kind == "worksheet":
        state.strings.references -= sum(strings_in(block.data) for block in sheet.blocks())
    for link in package.relationships(state.main):
        if sheet.part is not None and package.resolve(state.main, link) == sheet.part:
            package.remove_relationship(state.main, link.id)
    for chain in linked_parts(package, state.main, "calcChain"):
        package.replace(chain, _without_sheet(package.read(chain), sheet.sheet_id))
    if sheet.part is not None:
        remove_parts(state, sheet.part)
    state.settle()

    def rewrite(text: str) -> str:
        text = delete_sheets(text, [name], order)
        for table in tables:
            text = delete_table(text, table)
        return text

    Follower(state, TextChange(rewrite)).follow()
    state.values_changed = True
    state.settle()


def _without_sheet(chain: bytes, sheet_id: int) -> bytes:
    """The calculation chain without the cells of one sheet."""
    current = 0

    def kept(match: re.Match[bytes]) -> bytes:
        nonlocal current
        own = re.search(rb"\si=\"(\d{1,9})\"", match[0])
        said = current
        current = int(own[1]) if own is not None else current
        if current == sheet_id:
            return b""
        # The entry that said this one's sheet may be gone; saying it again does no harm.
        return match[0] if own is not None or said != sheet_id else match[0][:-2] + b' i="%d"/>' % current

    return re.sub(rb"<(?:[\w.-]+:)?c\s[^<>]*?/>", kept, chain)


def _rename(state: WorkbookState, edits: list[RenameSheet]) -> None:
    for edit in edits:
        state.settle()
        sheet = state.sheet(edit.sheet)
        old = sheet.name
        Follower(state, TextChange(partial(_renamed, old, edit.name))).follow()
        state.workbook.set_attribute(sheet.element, "name", edit.name)


def _renamed(old: str, new: str, text: str) -> str:
    return rename_sheet(text, old, new)


SHEET_MAKERS: Makers = {
    kind: Maker(STRUCTURE, prepare_sheet, make_plan)
    for kind in (InsertSheet, DeleteSheet, RenameSheet, MoveSheet, CopySheet, ShowSheet)
}
