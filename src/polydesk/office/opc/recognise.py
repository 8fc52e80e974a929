"""What a file that is no office package really is, said by its first bytes, and what its owner can do about it."""

from __future__ import annotations

from pathlib import PurePath
from typing import NoReturn

from polydesk.core.errors import UnreadableDocumentError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted with a password; open it in Office, remove the password and save it again"),
    ("DRMEncryptedDataSpace", "protected by rights management; save an unprotected copy from Office"),
    ("WordDocument", "a Word 97-2003 document (.doc); save it as .docx"),
    ("Workbook", "an Excel 97-2003 workbook (.xls); save it as .xlsx"),
    ("Book", "an Excel 5.0/95 workbook (.xls); save it as .xlsx"),
    ("PowerPoint Document", "a PowerPoint 97-2003 presentation (.ppt); save it as .pptx"),
    ("__properties_version1.0", "an Outlook message (.msg), not an office document"),
)
_MARKS = (
    (b"%PDF-", "a PDF file; export it to a Word document first"),
    (b"{\\rtf", "an RTF file; save it as .docx"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"PK\x03\x04", "a zip file whose end is missing: it is cut off or damaged; take an undamaged copy"),
    (b"PK\x00\x00PK", "one volume of a split zip file; join the volumes first"),
)


def refuse_other_formats(data: bytes, *, path: str | None) -> None:
    """Raise UnreadableDocumentError for what is certainly no office package, though it may carry one inside."""
    if not data:
        _refuse("empty (0 bytes): take a copy that was saved or transferred completely", path)
    if data.startswith((_OLE, b"%PDF-", b"{\\rtf")):
        refuse_unknown(data, path=path)


def refuse_unknown(data: bytes, *, path: str | None) -> NoReturn:
    """Raise UnreadableDocumentError naming what the bytes are, as far as they tell."""
    if data.startswith(_OLE):
        _refuse(_ole_kind(data), path)
    for mark, name in _MARKS:
        if data.startswith(mark):
            _refuse(name, path)
    if path is not None and PurePath(path).name.startswith("~$"):
        _refuse("only the mark that Office leaves while a document is open; name the document itself", path)
    _refuse(_text_kind(data[:_HEAD]), path)


def refuse_foreign_zip(names: list[str], mimetype: bytes | None, *, path: str | None) -> NoReturn:
    """Raise UnreadableDocumentError for a sound zip archive without a content types stream.

    `mimetype` is the content of the member of that name; None when there is none.
    """
    kind = (mimetype or b"").strip().decode("ascii", "replace")
    lowered = {name.lower() for name in names}
    if kind.startswith("application/vnd.oasis.opendocument") or ("/meta-inf/manifest.xml" in lowered and kind):
        _refuse(f"an OpenDocument file ({kind}); save it as .docx, .xlsx or .pptx", path)
    if kind == "application/epub+zip":
        _refuse("an EPUB book", path)
    if any(name.endswith((".iwa", "/index.zip")) for name in lowered):
        _refuse("an Apple iWork document; export it to Word, Excel or PowerPoint", path)
    if "/encryptedpackage" in lowered:
        _refuse(_OLE_STREAMS[0][1], path)
    _refuse("a zip archive but not an office document: it has no [Content_Types].xml. Unpack it first", path)


def _ole_kind(data: bytes) -> str:
    """What an OLE compound file is, by the UTF-16 names in its directory; the first of our list that is found."""
    for name, kind in _OLE_STREAMS:
        if name.encode("utf-16-le") + b"\0\0" in data:
            return kind
    return "an OLE compound file that holds no known document; save it in the current format from its own program"


def _text_kind(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) & ~1].decode("utf-16", "replace")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    start = text.lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "an HTML page (perhaps a sign-in page saved instead of the file); download it again or save it as .docx"
    if start.startswith("<"):
        return "a bare XML file; if it is flat OPC or Word 2003 XML, save it as .docx"
    if "\nmime-version:" in "\n" + start:
        return "an e-mail message or web archive, not an office document"
    if not any(ord(letter) < 32 and letter not in "\t\r\n\f\x1b" for letter in text):
        return "plain text; paste it into a document"
    return "not an office document: its first bytes belong to no format that is known here. Take another copy"


def _refuse(problem: str, path: str | None) -> NoReturn:
    raise UnreadableDocumentError(f"{path or 'The document'} is {problem}.", path=path)
