"""Small workbooks for tests, written as plain XML so that each oddity of real files can be put in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_S = "http://purl.oclc.org/ooxml/spreadsheetml/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    '<styleSheet xmlns="{S}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.000"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="2"><cellStyle name="Normal" xfId="0" builtinId="0"/><cellStyle name="Strong" xfId="1"/>'
    "</cellStyles></styleSheet>"
)


def sheet(rows: str, *, before: str = "", after: str = "", prefix: str = "") -> str:
    """A sheet's XML around rows; `before` and `after` are what precedes and follows them."""
    p = f"{prefix}:" if prefix else ""
    ns = f"xmlns:{prefix}" if prefix else "xmlns"
    return (
        f'{HEAD}<{p}worksheet {ns}="{S}" xmlns:r="{R}">{before}<{p}sheetData>{rows}</{p}sheetData>{after}'
        f"</{p}worksheet>"
    )


def xlsx(
    *sheets: str | bytes,
    names: Sequence[str] = (),
    strings: Sequence[str] | None = None,
    styles: str | None = STYLES,
    chain: str | None = None,
    workbook: str = "",
    properties: str = "",
    states: Mapping[int, str] | None = None,
    parts: Mapping[str, str | bytes] | None = None,
    links: Mapping[int, str] | None = None,
    strict: bool = False,
    type: str = "sheet",
) -> bytes:
    """A workbook of the sheets, called Sheet1, Sheet2, … unless `names` says otherwise.

    `strings` are plain shared strings, `chain` the calculation chain's entries, `workbook` and `properties` XML behind
    and before the workbook's sheets, `links` relationships of a sheet by its number, `parts` further parts.
    """
    main = "application/vnd.ms-excel" if type.startswith("sheet.macro") else _TYPES
    overrides = [("/xl/workbook.xml", f"{main}.{type}.main+xml")]
    rels: list[tuple[str, str]] = []
    content: dict[str, str | bytes] = {}
    entries = ""
    for number, text in enumerate(sheets, 1):
        content[f"xl/worksheets/sheet{number}.xml"] = text
        overrides.append((f"/xl/worksheets/sheet{number}.xml", f"{_TYPES}.worksheet+xml"))
        rels.append(("worksheet", f"worksheets/sheet{number}.xml"))
        name = names[number - 1] if number <= len(names) else f"Sheet{number}"
        state = f' state="{states[number]}"' if states and number in states else ""
        entries += f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>'
        if links and number in links:
            content[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _rels_xml(links[number])
    if styles is not None:
        content["xl/styles.xml"] = HEAD + styles.replace("{S}", S)
        overrides.append(("/xl/styles.xml", f"{_TYPES}.styles+xml"))
        rels.append(("styles", "styles.xml"))
    if strings is not None:
        items = "".join(f"<si><t>{text}</t></si>" for text in strings)
        content["xl/sharedStrings.xml"] = (
            f'{HEAD}<sst xmlns="{S}" count="{len(strings)}" uniqueCount="{len(strings)}">{items}</sst>'
        )
        overrides.append(("/xl/sharedStrings.xml", f"{_TYPES}.sharedStrings+xml"))
        rels.append(("sharedStrings", "sharedStrings.xml"))
    if chain is not None:
        content["xl/calcChain.xml"] = f'{HEAD}<calcChain xmlns="{S}">{chain}</calcChain>'
        overrides.append(("/xl/calcChain.xml", f"{_TYPES}.calcChain+xml"))
        rels.append(("calcChain", "calcChain.xml"))
    content["xl/workbook.xml"] = (
        f'{HEAD}<workbook xmlns="{S}" xmlns:r="{R}">{properties}<sheets>{entries}</sheets>{workbook}</workbook>'
    )
    content["xl/_rels/workbook.xml.rels"] = _rels_xml(
        "".join(
            f'<Relationship Id="rId{number}" Type="{R}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(rels, 1)
        )
    )
    content["_rels/.rels"] = _rels_xml(f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="xl/workbook.xml"/>')
    content |= parts or {}
    types = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    content["[Content_Types].xml"] = (
        f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>'
    )
    return _zipped({name: _strict(text) if strict else text for name, text in content.items()})


def _rels_xml(entries: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{HEAD}<Relationships xmlns="{namespace}">{entries}</Relationships>'


def _strict(text: str | bytes) -> str | bytes:
    return text if isinstance(text, bytes) else text.replace(S, STRICT_S).replace(R, STRICT_R)


def _zipped(content: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in content.items():
            package.writestr(name, text)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    """One member of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name)
