"""The package around the pieces of `tests.docx_builder`: names, numbers, relationships, content types, zip.

Namespaces after ISO/IEC 29500-1:2016 annex A (strict) and 29500-4:2016 annex A (transitional).
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Literal

Kind = Literal["document", "template", "macro", "macro-template"]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one point, used by `image`."""


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_WORD = "http://schemas.microsoft.com/office/word"
WORD_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"

NAMESPACES: Mapping[str, str] = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": OFFICE,
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": f"{_DRAWING}/wordprocessingDrawing",
    "a": f"{_DRAWING}/main",
    "pic": f"{_DRAWING}/picture",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w14": f"{_WORD}/2010/wordml",
    "w15": f"{_WORD}/2012/wordml",
    "wps": f"{_WORD}/2010/wordprocessingShape",
}
"""What each prefix in a piece stands for, in the transitional form."""

_STRICT = (
    (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    ),
    (OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    (_DRAWING, "http://purl.oclc.org/ooxml/drawingml"),
)
_MAIN_TYPES: Mapping[Kind, str] = {
    "document": f"{WORD_TYPES}.document.main+xml",
    "template": f"{WORD_TYPES}.template.main+xml",
    "macro": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "macro-template": "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
}
AUTO_ID = "auto-id"


class Parts:
    """Gathers parts, content types and relationships, and numbers what `auto-id` marks."""

    def __init__(self, *, kind: Kind, strict: bool, prefix: str, encoding: str) -> None:
        self.relationships: list[tuple[str, str]] = []
        self._files: dict[str, bytes] = {}
        self._types = {"/word/document.xml": _MAIN_TYPES[kind]}
        self._strict, self._prefix, self._encoding = strict, prefix, encoding
        self._last_id = 100  # above ids that tests write by hand

    def add(self, name: str, xml: str, *, relation: str | None = None, content_type: str | None = None) -> int:
        """Add word/<name>.xml and return the number of its relationship."""
        self._write(f"word/{name}.xml", xml, "UTF-8", [])
        self._types[f"/word/{name}.xml"] = content_type or f"{WORD_TYPES}.{relation or name}+xml"
        kind = relation or name
        self.relationships.append((kind if "/" in kind else f"{OFFICE}/{kind}", f"{name}.xml"))
        return len(self.relationships)

    def add_document(self, xml: str) -> None:
        if self._strict:
            xml = xml.replace("<w:document>", '<w:document w:conformance="strict">', 1)
        self._write("word/document.xml", xml, self._encoding, self.relationships)

    def _write(self, name: str, xml: str, encoding: str, relationships: list[tuple[str, str]]) -> None:
        def number(match: re.Match[str]) -> str:
            target = match[3].replace("&quot;", '"')
            kind = "hyperlink" if match[2] == "link" else "image"
            relationships.append((f"{OFFICE}/{kind}", target))
            if kind == "image":
                self._files["word/media/image1.png"] = PNG
            return f'{match[1]}="rId{len(relationships)}"'

        xml = re.sub(r'(r:id|r:embed)="to-(link|image):([^"]*)"', number, xml)
        text = self._spelled(self._numbered(xml))
        head = f'<?xml version="1.0" encoding="{encoding}" standalone="yes"?>\n'
        self._files[name] = (head + text).encode(encoding)
        if relationships:
            folder, _, base = name.rpartition("/")
            self._files[f"{folder}/_rels/{base}.rels"] = self._rels(relationships)

    def _numbered(self, xml: str) -> str:
        named: dict[str, int] = {}

        def number(match: re.Match[str]) -> str:
            known = named.get(match[1])
            if known is None:
                self._last_id = known = self._last_id + 1
            if match[1]:
                named[match[1]] = known
            return f'"{known}"'

        return re.sub(f'"{AUTO_ID}(=[^"]*|)"', number, xml)

    def _spelled(self, xml: str) -> str:
        used = [name for name in NAMESPACES if re.search(rf"[< /]{name}:|Requires=\"{name}\"", xml)]
        extra = [name for name in ("w14", "w15") if name in used]
        declared = "".join(
            f' xmlns:{name}="{NAMESPACES[name]}"' for name in [*used, *(["mc"] * (bool(extra) and "mc" not in used))]
        )
        declared += f' mc:Ignorable="{" ".join(extra)}"' if extra else ""
        xml = re.sub(r"^<[\w:]+", lambda match: match[0] + declared, xml, count=1)
        if self._prefix != "w":
            xml = re.sub(
                r"<[^>]*>", lambda tag: re.sub(r"(?<=[</ ])w(?=:)|(?<=xmlns:)w(?==)", self._prefix, tag[0]), xml
            )
        return self._modern(xml)

    def _modern(self, xml: str) -> str:
        for transitional, strict in _STRICT if self._strict else ():
            xml = xml.replace(transitional, strict)
        return xml

    def _rels(self, relationships: Iterable[tuple[str, str]]) -> bytes:
        rows = ""
        for n, (kind, target) in enumerate(relationships, start=1):
            mode = ' TargetMode="External"' if kind.endswith("/hyperlink") else ""
            rows += f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"{mode}/>'
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        return self._modern(f'{_HEAD}<Relationships xmlns="{space}">{rows}</Relationships>').encode()

    def _content_types(self) -> bytes:
        defaults = {
            "rels": "application/vnd.openxmlformats-package.relationships+xml",
            "xml": "application/xml",
            "png": "image/png",
            "bin": "application/vnd.ms-office.vbaProject",
        }
        rows = "".join(f'<Default Extension="{k}" ContentType="{v}"/>' for k, v in defaults.items())
        rows += "".join(f'<Override PartName="{k}" ContentType="{v}"/>' for k, v in self._types.items())
        space = "http://schemas.openxmlformats.org/package/2006/content-types"
        return f'{_HEAD}<Types xmlns="{space}">{rows}</Types>'.encode()

    def zipped(self, extra: Mapping[str, bytes]) -> bytes:
        """Return the package: content types first, fixed times, deflated."""
        root = self._rels([(f"{OFFICE}/officeDocument", "word/document.xml")])
        files = {"[Content_Types].xml": self._content_types(), "_rels/.rels": root, **self._files, **extra}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, data in files.items():
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return out.getvalue()


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
COMPAT = (
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    'w:val="15"/></w:compat>'
)
STYLES = (
    '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/></w:rPr>'
    '</w:rPrDefault><w:pPrDefault/></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/></w:style>'
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:basedOn w:val="Normal"/>'
        f'<w:next w:val="Normal"/><w:pPr><w:outlineLvl w:val="{n - 1}"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>'
        for n in (1, 2, 3)
    )
    + '<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/><w:rPr><w:i/>'
    '</w:rPr></w:style><w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '</w:style><w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
    '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>'
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + "</w:tblBorders></w:tblPr></w:style>"
)
NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>'
    '</w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/>'
    '<w:lvlJc w:val="left"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="\u2022"/><w:lvlJc w:val="left"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
)
