"""Namespaces of Office Open XML and the qualified names built from them (ISO/IEC 29500-1, 29500-3, 29500-4)."""

from __future__ import annotations

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
XML = "{http://www.w3.org/XML/1998/namespace}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"

STRICT_TO_TRANSITIONAL = {
    "http://purl.oclc.org/ooxml/wordprocessingml/main": W[1:-1],
    "http://purl.oclc.org/ooxml/officeDocument/relationships": R[1:-1],
    "http://purl.oclc.org/ooxml/officeDocument/math": M[1:-1],
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": WP[1:-1],
    "http://purl.oclc.org/ooxml/drawingml/main": A[1:-1],
    "http://purl.oclc.org/ooxml/drawingml/chart": C[1:-1],
    "http://purl.oclc.org/ooxml/spreadsheetml/main": S[1:-1],
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing": (
        "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    ),
    "http://purl.oclc.org/ooxml/presentationml/main": P[1:-1],
    "http://purl.oclc.org/ooxml/drawingml/table": "http://schemas.openxmlformats.org/drawingml/2006/table",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "http://purl.oclc.org/ooxml/drawingml/picture": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
"""Strict namespace names (ISO/IEC 29500-1) and the transitional ones (29500-4) that mean the same to us."""


def local_name(tag: object) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
