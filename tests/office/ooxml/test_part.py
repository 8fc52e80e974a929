"""A part edited as a tree comes back as its own bytes with the edited elements spliced in."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from polydesk.core.errors import OfficeError, UnreadableDocumentError
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import XmlPart

TRACKED = ("p", "tbl", "tr", "body")
URI = W[1:-1]

prefixes = st.sampled_from(["w", "x", ""])
filling = st.sampled_from(
    [
        "",
        "words",
        " \n ",
        "<!-- <w:p> in a comment </w:p> -->",
        "<![CDATA[<p>no markup</p>]]>",
        "<?target <p> ?>",
        "&lt;p&gt;",
        "caf\u00e9 \U0001f600",
    ]
)
attributes = st.sampled_from(["", ' a="1"', " a = '>'", ' a="x > y" b=\'"\'', ' a="&lt;p/>"', "\n  a='1'"])


@st.composite
def elements(draw: st.DrawFn, prefix: str, depth: int = 0) -> str:
    name = draw(st.sampled_from(["p", "p", "tbl", "tr", "pPr", "t", "px"]))
    tag = f"{prefix}:{name}" if prefix else name
    if draw(st.integers(0, 3)) == 0:
        return f"<{tag}{draw(attributes)}{draw(st.sampled_from(['', ' ', chr(10)]))}/>"
    inner = draw(filling)
    for _ in range(draw(st.integers(0, 3 if depth < 3 else 0))):
        inner += draw(elements(prefix, depth + 1)) + draw(filling)
    return f"<{tag}{draw(attributes)}>{inner}</{tag}{draw(st.sampled_from(['', ' ']))}>"


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    prefix = draw(prefixes)
    body = f"{prefix}:body" if prefix else "body"
    root = f"{prefix}:document" if prefix else "document"
    declared = f'xmlns:{prefix}="{URI}"' if prefix else f'xmlns="{URI}"'
    inner = "".join(draw(elements(prefix)) + draw(filling) for _ in range(draw(st.integers(1, 4))))
    head = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n', "<!-- <p> first -->"]))
    return f"{head}<{root} {declared}><{body}>{inner}</{body}></{root}><!-- <p> last -->".encode()


def opened(data: bytes) -> XmlPart:
    return XmlPart(data, name="/word/document.xml", path=None, tracked=TRACKED)


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


def changed(part: XmlPart, chance: random.Random) -> None:
    """A few random changes by every method of the part."""
    for number in range(chance.randint(1, 6)):
        tracked = [e for e in part.root.iter(f"{W}p", f"{W}tbl", f"{W}tr") if e.getparent() is not None]
        if not tracked:
            return
        element = chance.choice(tracked)
        new = etree.Element(f"{W}p", made=str(number))
        new.text = chance.choice([None, "new & <b>", "\u65e5\u672c"])
        match chance.randrange(5):
            case 0:
                part.touch(element)
                element.set("touched", str(number))
                etree.SubElement(element, f"{W}t").text = "inside"
            case 1:
                part.insert_before(element, new)
            case 2:
                part.insert_after(element, new)
            case 3:
                part.append(element, new)
            case _:
                part.remove(element)


@settings(max_examples=300)
@given(documents(), st.integers(0, 2**32))
def test_the_bytes_parse_to_the_changed_tree(data: bytes, seed: int) -> None:
    part = opened(data)
    changed(part, random.Random(seed))
    assert canonical(opened(part.data()).root) == canonical(part.root)


@settings(max_examples=200)
@given(documents(), st.integers(0, 2**32))
def test_bytes_outside_a_changed_element_stay(data: bytes, seed: int) -> None:
    part = opened(data)
    found = [element for element in part.elements if element.tag in (f"{W}p", f"{W}tbl", f"{W}tr")]
    if not found:
        return
    element = random.Random(seed).choice(found)
    part.touch(element)
    element.set("touched", "yes")
    new = part.data()
    at = next(n for n in range(len(data)) if data[n] != new[n])
    kept = max(n for n in range(len(data) - at + 1) if n == 0 or data[-n:] == new[-n:])
    # What went out is one element, as its own bytes say.
    went = data[data.rindex(b"<", 0, at) : len(data) - kept]
    assert b"touched" not in went
    assert canonical(opened(new).root) == canonical(part.root)
    assert new.replace(b' touched="yes"', b"").count(b"<!--") == data.count(b"<!--")


@given(documents())
def test_touching_without_changing_keeps_every_byte(data: bytes) -> None:
    part = opened(data)
    assert part.data() is data
    for element in part.elements:
        part.touch(element)
    assert part.data() is data


@given(documents(), st.sampled_from(["utf-16", "utf-16-le", "iso-8859-1", "windows-1252"]))
def test_other_encodings_come_back_in_themselves(data: bytes, encoding: str) -> None:
    text = data.decode().replace("\U0001f600", "").replace('<?xml version="1.0" encoding="UTF-8"?>\n', "")
    head = "\ufeff" if encoding == "utf-16-le" else ""
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    encoded = (head + declared + text).encode(encoding)
    part = opened(encoded)
    assert part.data() is encoded
    part.touch(part.root)
    part.root.set("new", "\u65e5")
    back = part.data()
    assert back[:2] == encoded[:2]
    assert opened(back).root.get("new") == "\u65e5"


def test_strict_names_read_as_transitional_and_are_written_as_strict() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    data = f"<w:document xmlns:w='{strict}'><w:body><w:p/></w:body></w:document>".encode()
    part = opened(data)
    assert part.is_strict
    assert part.root.tag == f"{W}document"
    body = part.root[0]
    part.append(body, etree.Element(f"{W}p"))
    assert part.data() == data.replace(b"<w:p/>", b"<w:p/><w:p/>")


def test_names_of_both_kinds_in_one_part_stay_apart() -> None:
    """Otherwise the way back would turn the one into the other."""
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    data = f'<w:document xmlns:w="{URI}"><w:p xmlns:s="{strict}"><s:t/></w:p><w:p/></w:document>'.encode()
    part = opened(data)
    part.append(part.root, etree.Element(f"{W}p"))
    assert part.data() == data.replace(b"<w:p/>", b"<w:p/><w:p/>")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no markup",
        b"<w:p>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="zlib"?><a/>',
        b'<?xml version="1.0" encoding="unicode_escape"?><a/>',
        b"\xff\xfe<\x00a\x00/\x00>",
        b"\xff\xfe\x00\xd8",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        opened(data)


def test_the_root_cannot_be_removed() -> None:
    part = opened(f'<w:document xmlns:w="{URI}"/>'.encode())
    with pytest.raises(OfficeError, match="root"):
        part.remove(part.root)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("<r a='1'><p/><!-- r --></r>", "0", "<r a='1' show=\"0\"><p/><!-- r --></r>"),
        ("<r show = '1' b='a>b'><p/></r>", "0", "<r b='a>b' show=\"0\"><p/></r>"),
        ("<r\n show='0'><p/></r>", None, "<r><p/></r>"),
        ("<r/>", "0", '<r show="0"/>'),
        ("<r><p/></r>", None, "<r><p/></r>"),
    ],
)
def test_an_attribute_of_the_root_is_written_into_its_start_tag_alone(
    before: str, value: str | None, after: str
) -> None:
    part = XmlPart(before.encode(), name="/r.xml", path=None, tracked=("p",))
    part.set_root_attribute("show", value)
    assert part.data().decode() == after
