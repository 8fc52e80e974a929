"""What an edit would break or go against is known before it, and nothing else is claimed."""

from __future__ import annotations

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.findings import Finding, blocking_findings, findings
from polydesk.office.opc.kinds import DocumentKind, document_kind
from polydesk.office.opc.package import Package
from tests.office.opc.archives import CONTENT_TYPES, STRICT, TRANSITIONAL, relationships, word_file

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = ("rId1", f"{TRANSITIONAL}/officeDocument", "word/document.xml")
WORD = {
    TRANSITIONAL: "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    STRICT: "http://purl.oclc.org/ooxml/wordprocessingml/main",
}
LABEL = "11111111-2222-3333-4444-555555555555"


def found(members: dict[str, str]) -> list[Finding]:
    package = Package.open(word_file(members), path="report.docx")
    everything = findings(package)
    assert blocking_findings(package) == [finding for finding in everything if finding.blocks_edit]
    return everything


def facts(members: dict[str, str]) -> list[tuple[str, str, bool, str | None]]:
    return [(finding.kind, finding.part, finding.blocks_edit, finding.detail) for finding in found(members)]


def with_settings(content: str, base: str = TRANSITIONAL) -> dict[str, str]:
    return {
        "_rels/.rels": relationships(("rId1", f"{base}/officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": relationships(("rId1", f"{base}/settings", "settings.xml")),
        "word/settings.xml": f'<w:settings xmlns:w="{WORD[base]}"><!-- x -->{content}<w:zoom/></w:settings>',
    }


def with_properties(rows: dict[str, str], base: str = TRANSITIONAL, kind: str = "custom-properties") -> dict[str, str]:
    properties = "".join(
        f'<property name="{name}"><v:lpwstr xmlns:v="v">{value}</v:lpwstr></property>' for name, value in rows.items()
    )
    return {
        "_rels/.rels": relationships(MAIN, ("rId2", f"{base}/{kind}", "docProps/custom.xml")),
        "docProps/custom.xml": f'<Properties xmlns="p">{properties}</Properties>',
    }


def test_a_plain_document_has_no_findings() -> None:
    assert found({}) == []


def test_a_signature_blocks_an_edit() -> None:
    members = {
        "_rels/.rels": relationships(
            MAIN, ("rId2", f"{PACKAGE}/digital-signature/origin", "_xmlsignatures/origin.sigs")
        ),
        "_xmlsignatures/origin.sigs": "",
        "_xmlsignatures/_rels/origin.sigs.rels": relationships(
            ("rId1", f"{PACKAGE}/digital-signature/signature", "sig1.xml")
        ),
        "_xmlsignatures/sig1.xml": "<Signature/>",
    }
    assert facts(members) == [("signature", "/_xmlsignatures/sig1.xml", True, None)]
    del members["_xmlsignatures/_rels/origin.sigs.rels"]
    assert facts(members) == []


@pytest.mark.parametrize("base", [TRANSITIONAL, STRICT])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<w:documentProtection w:edit="readOnly" w:enforcement="1"/>', ("edit_protection", True, "readOnly")),
        ('<w:documentProtection w:edit="comments" w:enforcement="true"/>', ("edit_protection", True, "comments")),
        ('<w:documentProtection w:edit="forms" w:enforcement="on"/>', ("edit_protection", True, "forms")),
        (
            '<w:documentProtection w:edit="trackedChanges" w:enforcement="1"/>',
            ("edit_protection", False, "trackedChanges"),
        ),
        ('<w:documentProtection w:edit="new" w:enforcement="1"/>', ("edit_protection", True, "new")),
        ('<w:documentProtection w:edit="readOnly" w:enforcement="0"/>', None),
        ('<w:documentProtection w:edit="readOnly"/>', None),
        ('<w:documentProtection w:formatting="1" w:enforcement="1"/>', None),
        ('<w:writeProtection w:recommended="1"/>', ("write_protection", False, "recommended")),
        ('<w:writeProtection w:recommended="1" w:hash="x" w:salt="y"/>', ("write_protection", True, "password")),
        ('<w:writeProtection w:hashValue="x"/>', ("write_protection", True, "password")),
    ],
)
def test_word_protection_is_told(content: str, base: str, expected: tuple[str, bool, str] | None) -> None:
    found_facts = facts(with_settings(content, base))
    assert [(kind, blocks, detail) for kind, _, blocks, detail in found_facts] == ([expected] if expected else [])


@pytest.mark.parametrize(("base", "kind"), [(TRANSITIONAL, "custom-properties"), (STRICT, "customProperties")])
@pytest.mark.parametrize(("value", "final"), [("true", True), ("1", True), ("false", False)])
def test_a_document_marked_as_final_blocks_an_edit(base: str, kind: str, value: str, final: bool) -> None:
    members = with_properties({"_MarkAsFinal": value, "Client": "true"}, base, kind)
    assert facts(members) == ([("marked_final", "/docProps/custom.xml", True, None)] if final else [])


def test_a_label_is_told_by_its_name() -> None:
    rows = {f"MSIP_Label_{LABEL}_Enabled": "true", f"MSIP_Label_{LABEL}_Name": "Confidential"}
    assert found(with_properties(rows)) == [
        Finding(
            kind="sensitivity_label",
            text="The document carries the sensitivity label “Confidential”.",
            part="/docProps/custom.xml",
            blocks_edit=False,
            detail="Confidential",
        )
    ]


@pytest.mark.parametrize(
    ("attributes", "rows", "expected"),
    [
        ('enabled="1" removed="0"', {}, [LABEL]),
        ('enabled="1" removed="0"', {f"MSIP_Label_{LABEL}_Name": "Amber"}, ["Amber"]),
        ('enabled="1" removed="0"', {"MSIP_Label_other_Name": "Green"}, [LABEL, "Green"]),
        ('enabled="1" removed="1"', {}, []),
        ('enabled="false" removed="0"', {}, []),
    ],
)
def test_a_label_in_its_newer_place_is_told_once(attributes: str, rows: dict[str, str], expected: list[str]) -> None:
    members = with_properties(rows)
    members["_rels/.rels"] = relationships(
        MAIN,
        ("rId2", f"{TRANSITIONAL}/custom-properties", "docProps/custom.xml"),
        (
            "rId3",
            "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels",
            "docMetadata/LabelInfo.xml",
        ),
    )
    namespace = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
    members["docMetadata/LabelInfo.xml"] = (
        f'<c:labelList xmlns:c="{namespace}"><c:label id="{{{LABEL.upper()}}}" {attributes}/></c:labelList>'
    )
    assert [finding.detail for finding in found(members)] == expected


def test_macros_are_told_and_do_not_block() -> None:
    vba = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    members = {
        "word/_rels/document.xml.rels": relationships(("rId1", vba, "vbaProject.bin")),
        "word/vbaProject.bin": "",
    }
    assert facts(members) == [("macros", "/word/vbaProject.bin", False, None)]


def test_outside_content_is_told_and_hyperlinks_are_not() -> None:
    links = relationships(
        ("rId1", f"{TRANSITIONAL}/attachedTemplate", "https://example.org/evil.dotm"),
        ("rId2", f"{TRANSITIONAL}/hyperlink", "https://example.org/"),
        ("rId3", f"{TRANSITIONAL}/image", "file://server/picture.png"),
        mode=' TargetMode="External"',
    )
    assert facts({"word/_rels/settings.xml.rels": links}) == [
        ("external_content", "/word/settings.xml", False, "https://example.org/evil.dotm"),
        ("external_content", "/word/settings.xml", False, "file://server/picture.png"),
    ]


def test_what_blocks_an_edit_comes_first() -> None:
    members = with_settings('<w:documentProtection w:edit="readOnly" w:enforcement="1"/>')
    members["word/_rels/a.xml.rels"] = relationships(
        ("rId1", f"{TRANSITIONAL}/image", "http://example.org/a.png"), mode=' TargetMode="External"'
    )
    assert [finding.kind for finding in found(members)] == ["edit_protection", "external_content"]


def typed(content_type: str) -> bytes:
    declared = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return word_file({"[Content_Types].xml": CONTENT_TYPES.replace(declared, content_type)})


OPEN = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("content_type", "format", "variant", "macros"),
    [
        (f"{OPEN}.wordprocessingml.document.main+xml", "docx", "document", False),
        (f"{OPEN}.wordprocessingml.template.main+xml", "docx", "template", False),
        ("application/vnd.ms-word.document.macroEnabled.main+xml", "docx", "document", True),
        ("application/vnd.ms-word.template.macroEnabledTemplate.main+xml", "docx", "template", True),
        (f"{OPEN}.spreadsheetml.sheet.main+xml", "xlsx", "document", False),
        (f"{OPEN}.spreadsheetml.template.main+xml", "xlsx", "template", False),
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xlsx", "document", True),
        ("application/vnd.ms-excel.addin.macroEnabled.main+xml", "xlsx", "add-in", True),
        (f"{OPEN}.presentationml.presentation.main+xml", "pptx", "document", False),
        (f"{OPEN}.presentationml.slideshow.main+xml", "pptx", "show", False),
        ("application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml; charset=utf-8", "pptx", "show", True),
    ],
)
def test_the_main_type_says_what_a_document_is(content_type: str, format: str, variant: str, macros: bool) -> None:
    kind = document_kind(Package.open(typed(content_type)))
    assert kind == DocumentKind(format=format, variant=variant, macros=macros)  # pyright: ignore[reportArgumentType]  # from the table


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", r"binary Excel workbook \(\.xlsb\)"),
        ("application/vnd.ms-visio.drawing.main+xml", "a Visio drawing"),
        ("application/pdf", "no Word, Excel or PowerPoint file: .*'application/pdf'"),
    ],
)
def test_another_kind_of_package_is_refused(content_type: str, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        document_kind(Package.open(typed(content_type)))
