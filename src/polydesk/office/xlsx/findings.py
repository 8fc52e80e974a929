"""What to know of a workbook before an edit: protection, what formulas would reach outside for, what is hidden.

Nothing is fetched, started or calculated. Sources: ECMA-376-1 §18.2.29 (workbookProtection), §18.3.1.85
(sheetProtection), §18.2.12 (fileSharing), §18.14 (external links, DDE); for injection by formulas OWASP, "CSV
Injection" (owasp.org, checked 2026-11-24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from polydesk.core.errors import OfficeError, ProtectedDocumentError
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.opc.findings import Finding, findings
from polydesk.office.opc.xml import parse_xml
from polydesk.office.xlsx.addresses import parse_anchor, sheet_name
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.state import SheetState, WorkbookState

_TRUE = ("1", "true", "on")
_MAX_PER_SHEET = 20
_SHOWN = 120
_REACHING = re.compile(rb"(?i)webservice|hyperlink|image\(|rtd\(|call\(|register|exec\(|dde|\|")
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f(?:\s[^>]*)?>([^<]+)<")
_KINDS = (
    (re.compile(r"(?i)\bWEBSERVICE\s*\("), "asks a web address"),
    (re.compile(r"(?i)\bIMAGE\s*\("), "loads a picture from a web address"),
    (re.compile(r"(?i)\bHYPERLINK\s*\((?=[^)]*&)"), "makes a link out of the workbook's content"),
    (re.compile(r"(?i)\bRTD\s*\("), "asks a program for live data (RTD)"),
    (re.compile(r"(?i)\b(?:CALL|REGISTER(?:\.ID)?|EXEC)\s*\("), "calls a program"),
    (re.compile(r"(?i)(?:^|[=+\-*/(,&\s])'?[\w.]+\|'?[^!|\"]*'?!"), "starts or asks a program (DDE)"),
)
_STRING = re.compile(r'"(?:[^"]|"")*"')


def workbook_findings(state: WorkbookState) -> list[Finding]:
    """Everything found, what blocks an edit first."""
    found = [
        *findings(state.package),
        *_workbook_protection(state),
        *(finding for sheet in state.sheets for finding in _sheet_findings(state, sheet)),
        *_name_findings(state),
        *_connections(state),
    ]
    return sorted(found, key=lambda finding: not finding.blocks_edit)


def refuse_protected(state: WorkbookState, edits: Sequence[TypedEdit]) -> None:
    """Raise ProtectedDocumentError when the edits go against a signature or a protection.

    A protected sheet blocks the edits that name it, a protected structure those of whole sheets, as in Excel.
    """
    blocking = [finding for finding in findings(state.package) if finding.blocks_edit]
    blocking += [
        finding
        for finding in _workbook_protection(state)
        if finding.blocks_edit and (finding.detail != "structure" or any("sheet" in kind_of(edit) for edit in edits))
    ]
    for sheet in _named_sheets(state, edits):
        blocking += _sheet_protection(sheet)
    if blocking:
        raise ProtectedDocumentError(
            f"{state.path or 'the workbook'}: {' '.join(finding.text for finding in blocking)} "
            "Nothing was changed; repeat with --force to edit it all the same.",
            path=state.path,
            part=blocking[0].part,
        )


def _named_sheets(state: WorkbookState, edits: Sequence[TypedEdit]) -> list[SheetState]:
    """The sheets that edits name, by an address or by name."""
    names: set[str] = set()
    for edit in edits:
        for text in _texts(edit):
            names.add(text.casefold())
            try:
                anchor = parse_anchor(text)
            except OfficeError:
                continue
            names.add(state.sheets[0].name.casefold() if anchor.sheet is None else anchor.sheet.casefold())
    return [sheet for sheet in state.sheets if sheet.name.casefold() in names and sheet.holds_cells]


def _texts(edit: TypedEdit) -> Iterator[str]:
    """The texts of an edit that may name a place: those in its own fields, not in lists of values."""
    values = (getattr(edit, name) for name in edit.__struct_fields__)
    yield from (value for value in values if isinstance(value, str))


def _workbook_protection(state: WorkbookState) -> Iterator[Finding]:
    protection = state.workbook_child("workbookProtection")
    if protection is not None and protection.get("lockStructure", "0").lower() in _TRUE:
        text = "The workbook's structure is protected: sheets may not be added, removed, renamed, moved or shown."
        yield Finding(kind="edit_protection", text=text, part=state.main, blocks_edit=True, detail="structure")
    sharing = state.workbook_child("fileSharing")
    if sharing is None:
        return
    if any(name in sharing.attrib for name in ("reservationPassword", "hashValue", "saltValue")):
        text = "A password is asked for before the workbook may be modified."
        yield Finding(kind="write_protection", text=text, part=state.main, blocks_edit=True, detail="password")
    elif sharing.get("readOnlyRecommended", "0").lower() in _TRUE:
        text = "Its author recommends opening the workbook read-only."
        yield Finding(kind="write_protection", text=text, part=state.main, blocks_edit=False, detail="recommended")


def _sheet_findings(state: WorkbookState, sheet: SheetState) -> Iterator[Finding]:
    part = sheet.part or state.main
    if sheet.hidden in ("hidden", "veryHidden"):
        how = "cannot be shown from Excel's own menus" if sheet.hidden == "veryHidden" else "is hidden"
        text = f"The sheet {sheet.name!r} {how}."
        yield Finding(kind="hidden_content", text=text, part=part, blocks_edit=False, detail=sheet.hidden)
    if "acrosheet" in sheet.kind:
        text = f"The sheet {sheet.name!r} is a macro sheet (Excel 4.0); it is kept as it is and never executed."
        yield Finding(kind="macros", text=text, part=part, blocks_edit=False, detail="xlm")
    if sheet.holds_cells:
        yield from _sheet_protection(sheet)
        yield from _formula_findings(sheet)


def _sheet_protection(sheet: SheetState) -> list[Finding]:
    protection = sheet.frame.child("sheetProtection")
    if protection is None or protection.get("sheet", "0").lower() not in _TRUE:
        return []
    text = f"The sheet {sheet.name!r} is protected."
    part = sheet.part or ""
    return [Finding(kind="edit_protection", text=text, part=part, blocks_edit=True, detail="sheet")]


def _formula_findings(sheet: SheetState) -> Iterator[Finding]:
    count = 0
    for block in sheet.blocks():
        if _REACHING.search(block.data) is None:
            continue
        for match in _FORMULA.finditer(block.data):
            finding = _formula_finding(from_xml(match[1]), sheet_name(sheet.name), sheet.part or "")
            if finding is not None:
                yield finding
                count += 1
                if count == _MAX_PER_SHEET:
                    return


def _formula_finding(formula: str, where: str, part: str) -> Finding | None:
    bare = _STRING.sub('""', formula)
    for pattern, words in _KINDS:
        if pattern.search(bare):
            shown = formula if len(formula) <= _SHOWN else formula[:_SHOWN] + "…"
            text = f"A formula on {where} {words}: ={shown}"
            return Finding(kind="active_content", text=text, part=part, blocks_edit=False, detail=formula)
    return None


def _name_findings(state: WorkbookState) -> Iterator[Finding]:
    container = state.workbook_child("definedNames")
    for item in () if container is None else container.iterchildren("{*}definedName"):
        finding = _formula_finding(item.text or "", f"the name {item.get('name', '')}", state.main)
        if finding is not None:
            yield finding
        if item.get("name", "").lower().startswith(("_xlnm.auto_open", "auto_open", "_xlnm.auto_close", "auto_close")):
            text = f"The name {item.get('name', '')!r} starts a macro when the workbook is opened or closed."
            yield Finding(kind="macros", text=text, part=state.main, blocks_edit=False, detail="auto")


def _connections(state: WorkbookState) -> Iterator[Finding]:
    package = state.package
    for link in package.relationships(state.main):
        part = package.resolve(state.main, link)
        if part is None or link.kind not in ("connections", "externalLink"):
            continue
        root = parse_xml(package.read(part), part=part, path=state.path)
        for item in root.iterchildren("{*}connection"):
            text = f"The workbook has a data connection ({item.get('name', '')}); it is not opened."
            yield Finding(kind="external_content", text=text, part=part, blocks_edit=False, detail=item.get("name"))
        for item in root.iterchildren("{*}ddeLink"):
            program = f"{item.get('ddeService', '')}|{item.get('ddeTopic', '')}"
            text = f"The workbook is linked to a program (DDE: {program[:_SHOWN]}); it is not asked."
            yield Finding(kind="active_content", text=text, part=part, blocks_edit=False, detail=program)
