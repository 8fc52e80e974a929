"""A damaged document is refused with a reason, or read and edited as far as it holds: nothing else ever comes out."""

from __future__ import annotations

import io
import random
import re
import zipfile

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AcceptChange, Edit, RejectChange
from tests.office.docx.trials import applied, trial_edits
from tests.test_docx_builder import rich

VALUES = (b'""', b'"x"', b'"-1"', b'"99999999999999"', b'"1.5"', '"\u00b2"'.encode(), '"\u0663"'.encode())
STRAY = (
    *(b"<w:p/>", b"<w:r/>", b"<w:tr/>", b"<w:tc/>", b"<w:tbl/>", b"<w:ins/>", b"<w:del/>", b"<w:moveFromRangeStart/>"),
    *(b"<!-- c -->", b"<?pi x?>", b"<w:commentRangeStart/>", b'<w:fldChar w:fldCharType="end"/>', b"<w:cellDel/>"),
)
NAMES = (b"p", b"r", b"tr", b"tc", b"tbl", b"t", b"pPr", b"rPr", b"ins", b"del", b"sdt", b"body", b"comment", b"style")


def damaged_xml(xml: bytes, chance: random.Random) -> bytes:
    """The part with a few tags changed, renamed, lost or added, or cut off."""
    pieces = re.split(rb"(<[^>?]*>)", xml)
    at = chance.randrange(1, len(pieces), 2) if len(pieces) > 1 else 0
    match chance.randrange(6):
        case 0:
            pieces[at] = re.sub(rb'\s[\w:]+="[^"]*"', b"", pieces[at], count=1)
        case 1:
            pieces[at] = re.sub(rb'"[^"]*"', lambda _: chance.choice(VALUES), pieces[at], count=1)
        case 2:
            pieces[at] += chance.choice(STRAY)
        case 3 if pieces[at].endswith(b"/>"):
            pieces[at] = b""
        case 4:
            return xml[: chance.randrange(len(xml))]
        case _:
            old, new = chance.sample(NAMES, 2)
            return re.sub(rb"(</?w:)%s(?=[ >/])" % old, rb"\g<1>%s" % new, xml)
    return b"".join(pieces)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The package with one part damaged, or now and then one missing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = [name for name in source.namelist() if name.endswith((".xml", ".rels"))]
        chosen = chance.choice([*names, "word/document.xml", "word/document.xml", "word/comments.xml"])
        is_lost = chance.random() < 0.05
        for name in source.namelist():
            content = source.read(name)
            if name != chosen:
                target.writestr(name, content)
            elif not is_lost:
                target.writestr(name, damaged_xml(content, chance))
    return out.getvalue()


@pytest.mark.parametrize("seed", range(250))
def test_only_office_errors_come_out_of_damaged_files(seed: int) -> None:
    chance = random.Random(seed)
    data = damaged(rich(), chance)
    try:
        view = Document(data).view()
    except OfficeError:
        return
    settling = [kind(change=c.id) for c in view.changes for kind in (AcceptChange, RejectChange)]
    edits: list[Edit] = [*trial_edits(view, chance), *settling, AcceptChange(change="*"), RejectChange(change="*")]
    for edit in chance.sample(edits, min(len(edits), 6)):
        for tracked in (True, False):
            try:
                result = applied(data, edit, tracked=tracked)
            except OfficeError:
                continue
            Document(result.data).view()
