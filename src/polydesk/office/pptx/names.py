"""Qualified names and relationship kinds of PresentationML and DrawingML (ISO/IEC 29500-1, 19 to 21; [MS-PPTX])."""

from __future__ import annotations

from polydesk.office.ooxml.names import A, R

P14 = "{http://schemas.microsoft.com/office/powerpoint/2010/main}"
P15 = "{http://schemas.microsoft.com/office/powerpoint/2012/main}"
P188 = "{http://schemas.microsoft.com/office/powerpoint/2018/8/main}"
AC = "{http://schemas.microsoft.com/office/drawing/2013/main/command}"
A16 = "{http://schemas.microsoft.com/office/drawing/2014/main}"
ADEC = "{http://schemas.microsoft.com/office/drawing/2017/decorative}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

A_P, A_R, A_BR, A_FLD, A_T = f"{A}p", f"{A}r", f"{A}br", f"{A}fld", f"{A}t"
A_PPR, A_RPR, A_END = f"{A}pPr", f"{A}rPr", f"{A}endParaRPr"
R_ID, R_EMBED, R_LINK = f"{R}id", f"{R}embed", f"{R}link"
TABLE_URI = "http://schemas.openxmlformats.org/drawingml/2006/table"
CHART_URI = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DIAGRAM_URI = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
OLE_URI = "http://schemas.openxmlformats.org/presentationml/2006/ole"
CHARTEX_URI = "http://schemas.microsoft.com/office/drawing/2014/chartex"

SECTIONS_EXT = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"
"""The extension of `p:presentation` that holds the sections ([MS-PPTX] 2.2.3.9)."""
TRANSITIONAL_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
STRICT_TYPES = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
