"""A template as the beginning of a document: the same parts, declared as what they become."""

from __future__ import annotations

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.ooxml.part import XmlPart
from polydesk.office.opc.kinds import document_kind
from polydesk.office.opc.names import CONTENT_TYPES
from polydesk.office.opc.package import Package

_BECOMES = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    ),
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": (
        "application/vnd.ms-word.document.macroEnabled.main+xml"
    ),
}
"""Content types of main parts (ISO/IEC 29500-1, 11.3.10; [MS-OFFMACRO2] 2.2.1.3)."""


def as_document(data: bytes, *, path: str | None) -> bytes:
    """The file with its main part declared as a document's; the same bytes when it is one.

    Raises UnreadableDocumentError when `data` is no Word document or template.
    """
    package = Package.open(data, path=path)
    if document_kind(package).format != "docx":
        raise UnreadableDocumentError(
            f"{path or 'the template'} is no Word document or template; give a .dotx, .dotm, .docx or .docm.", path=path
        )
    main = package.main_part()
    declared = (package.content_type(main) or "").lower()
    new = next((becomes for old, becomes in _BECOMES.items() if old.lower() == declared), None)
    if new is None:
        return data
    types = XmlPart(package.read(CONTENT_TYPES), name=CONTENT_TYPES, path=path, tracked=("Override", "Default"))
    suffix = main.rpartition(".")[2].lower()
    for entry in types.root.iterchildren("{*}Override", "{*}Default"):
        is_main = entry.get("PartName", "").lower() == main.lower() or (
            entry.get("Extension", "").lower() == suffix and entry.get("ContentType", "").lower() == declared
        )
        if is_main:
            types.touch(entry)
            entry.set("ContentType", new)
    package.replace(CONTENT_TYPES, types.data())
    return package.save()
