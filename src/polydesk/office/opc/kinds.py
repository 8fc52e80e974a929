"""What a package is: Word, Excel or PowerPoint, and document, template or show, with or without macros.

Content types: ECMA-376-1 for the plain forms, [MS-OFFMACRO2] for those with macros.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package

Format = Literal["docx", "xlsx", "pptx"]
Variant = Literal["document", "template", "show", "add-in"]

_OPEN = "application/vnd.openxmlformats-officedocument."
_KINDS: dict[str, tuple[Format, Variant, bool]] = {
    f"{_OPEN}wordprocessingml.document.main+xml": ("docx", "document", False),
    f"{_OPEN}wordprocessingml.template.main+xml": ("docx", "template", False),
    "application/vnd.ms-word.document.macroenabled.main+xml": ("docx", "document", True),
    "application/vnd.ms-word.template.macroenabledtemplate.main+xml": ("docx", "template", True),
    f"{_OPEN}spreadsheetml.sheet.main+xml": ("xlsx", "document", False),
    f"{_OPEN}spreadsheetml.template.main+xml": ("xlsx", "template", False),
    "application/vnd.ms-excel.sheet.macroenabled.main+xml": ("xlsx", "document", True),
    "application/vnd.ms-excel.template.macroenabled.main+xml": ("xlsx", "template", True),
    "application/vnd.ms-excel.addin.macroenabled.main+xml": ("xlsx", "add-in", True),
    f"{_OPEN}presentationml.presentation.main+xml": ("pptx", "document", False),
    f"{_OPEN}presentationml.template.main+xml": ("pptx", "template", False),
    f"{_OPEN}presentationml.slideshow.main+xml": ("pptx", "show", False),
    "application/vnd.ms-powerpoint.presentation.macroenabled.main+xml": ("pptx", "document", True),
    "application/vnd.ms-powerpoint.template.macroenabled.main+xml": ("pptx", "template", True),
    "application/vnd.ms-powerpoint.slideshow.macroenabled.main+xml": ("pptx", "show", True),
    "application/vnd.ms-powerpoint.addin.macroenabled.main+xml": ("pptx", "add-in", True),
}
_REFUSED = {
    "application/vnd.ms-excel.sheet.binary.macroenabled.main": "a binary Excel workbook (.xlsb); save it as .xlsx",
    "application/vnd.ms-visio.drawing.main+xml": "a Visio drawing, which is not read here",
}


class DocumentKind(msgspec.Struct, frozen=True, kw_only=True):
    """What the main part's content type says of the whole file."""

    format: Format
    variant: Variant
    macros: bool
    """True when the format may carry macros; whether it does is a finding."""


def document_kind(package: Package) -> DocumentKind:
    """What kind of document the package is, whatever its file name says.

    Raises UnreadableDocumentError when it is none of Word's, Excel's or PowerPoint's.
    """
    part = package.main_part()
    declared = package.content_type(part) or ""
    known = _KINDS.get(declared.partition(";")[0].strip().lower())
    if known is None:
        kind = _REFUSED.get(declared.lower(), f"no Word, Excel or PowerPoint file: its main part has type {declared!r}")
        raise UnreadableDocumentError(f"{package.path or 'The document'} is {kind}.", path=package.path, part=part)
    return DocumentKind(format=known[0], variant=known[1], macros=known[2])
